"""Messages besides digests that the bot sends by itself: low balance, changes at px6, a refused key."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text

from handlers.ground.buttons import AskKey, key_page
from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.errors import how_to_allow
from handlers.ground.screen import (
    Open,
    Row,
    Screen,
    button,
    home_button,
    home_in_new_message,
    link_button,
    pairs,
    top_up_button,
)
from handlers.ground.switching_off import note_begun
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.notifications.colleague_notices import (
    access_ended_screen,
    colleague_news_screen,
    limits_dropped_screen,
    right_changed_screen,
)
from handlers.notifications.rule_notices import (
    SkipAnnounced,
    announcement_screen,
    called_off_screen,
    failed_screen,
    running_screen,
    stopped_screen,
)
from handlers.watching import replace_notices
from handlers.watching.health_notices import fell_screen, price_screen, works_again_screen
from handlers.watching.watch_notices import (
    back_screen,
    ended_screen,
    money_there_screen,
    paying_screen,
    stock_over_screen,
)
from model.colleagues import Right
from model.doers import Act
from model.notifications import ColleagueNews, LimitsDropped
from services.notifications.kinds import (
    AccessEnded,
    Announcement,
    CalledOff,
    Change,
    KeyRefused,
    LowBalance,
    Notice,
    Px6Answers,
    RightChanged,
    RuleFailed,
    RulesStopped,
    Running,
)
from services.notifications.watching_kinds import (
    HealthBack,
    HealthFell,
    KeptEnded,
    KeptPaying,
    MoneyThere,
    PriceChanged,
    ReplaceEnded,
    ReplaceFailed,
    Replacing,
    StockBack,
    StockWatchOver,
)

router = Router(name=__name__)


class ThatWasMe(CallbackData, prefix="me", needs=Right.ALL):
    """The person knows of the change."""


def notice_screen(w: Words, notice: Notice, site_url: str) -> Screen:
    """The screen for each kind of notice."""
    match notice:
        case LowBalance():
            return low_screen(w, notice, site_url)
        case Change():
            return change_screen(w, notice, site_url)
        case KeyRefused():
            return refused_screen(w, notice, site_url)
        case Px6Answers():
            return answers_screen(w, notice)
        case Announcement():
            return announcement_screen(w, notice, site_url)
        case Running():
            return running_screen(w, notice)
        case CalledOff():
            return called_off_screen(w, notice)
        case RuleFailed():
            return failed_screen(w, notice, site_url)
        case RulesStopped():
            return stopped_screen(w, notice)
        case MoneyThere():
            return money_there_screen(w, notice)
        case KeptPaying():
            return paying_screen(w, notice)
        case KeptEnded():
            return ended_screen(w, notice)
        case StockBack():
            return back_screen(w, notice)
        case StockWatchOver():
            return stock_over_screen(w, notice)
        case HealthFell():
            return fell_screen(w, notice)
        case HealthBack():
            return works_again_screen(w, notice)
        case Replacing():
            return replace_notices.replacing_screen(w, notice, site_url)
        case ReplaceEnded():
            return replace_notices.not_replaced_screen(w, notice)
        case ReplaceFailed():
            return replace_notices.failed_screen(w, notice, site_url)
        case PriceChanged():
            return price_screen(w, notice)
        case ColleagueNews():
            return colleague_news_screen(w, notice)
        case LimitsDropped():
            return limits_dropped_screen(w, notice)
        case RightChanged():
            return right_changed_screen(w, notice)
        case AccessEnded():
            return access_ended_screen(w, notice)


def low_screen(w: Words, low: LowBalance, site_url: str) -> Screen:
    needed, missing = w.money(low.needed, low.currency), w.money(low.needed - low.balance, low.currency)
    text = lines(
        w.title("⚠️ The balance will not be enough"),
        w.n(
            "{count} proxy ends within {days}; prolonging it costs {sum}.",
            "{count} proxies end within {days}; prolonging them costs {sum}.",
            low.count,
            days=w.days(low.days),
            sum=w.tr("at most {sum}", sum=needed) if low.at_most else needed,
        ),
        w.tr(
            "You have {have}, missing {missing}.",
            have=w.money(low.balance, low.currency),
            missing=w.tr("at most {sum}", sum=missing) if low.at_most else missing,
        ),
    )
    rows = [[top_up_button(w, site_url)]]
    return Screen(text, [*rows, *pairs(button(w.tr("Forecast"), Open(screen="forecast")), home_button(w))])


def change_screen(w: Words, change: Change, site_url: str) -> Screen:
    """What changed at px6; who did it is said only where the amounts tell."""
    moved = len(change.moved)
    days = sorted(set(change.moved.values()))
    facts: list[str | None] = [
        w.tr("The balance fell by {sum}.", sum=w.money(change.fell, change.currency)) if change.fell else None,
        w.n(
            "{count} proxy was prolonged for {days}.",
            "{count} proxies were prolonged for {days}.",
            moved,
            days=" / ".join(w.days(one) for one in days),
        )
        if moved
        else None,
        w.n("{count} new proxy appeared.", "{count} new proxies appeared.", change.bought) if change.bought else None,
        w.tr("The sum is exactly what this prolongation costs.") if change.matches else None,
        who_line(w, change),
    ]
    text = lines(w.title("Something changed at px6 without me"), *facts)
    rows: list[Row] = [
        [link_button(w.tr("My key at px6"), key_page(site_url, w))],
        [button(w.tr("That was me"), ThatWasMe())],
        [button(w.tr("Erase everything"), Open(screen="forget"))],
        [home_in_new_message(w)],
    ]
    return Screen(text, rows)


def who_line(w: Words, change: Change) -> str:
    if change.by == "px6":
        return w.tr("px6's auto-renewal was switched on when these were bought: it probably did this.")
    if change.by == "site":
        return w.tr("It was done on px6's site, or by another program with your key.")
    return w.tr("px6 does not say who did it. If it was not you, create a new key at px6.")


@router.callback_query(ThatWasMe.filter())
async def that_was_me(_: CallbackQuery, turn: Turn) -> None:
    await turn.show(left_alone_screen(turn.words))


def left_alone_screen(w: Words) -> Screen:
    return Screen(Text(w.tr("Everything stays as it is.")), [[home_button(w)]])


def refused_screen(w: Words, refused: KeyRefused, site_url: str) -> Screen:
    """Why the bot cannot look at the account, what that stops, and the place at px6 where it can be mended."""
    why, rows = address_refused(w, site_url, refused.address) if refused.code == 105 else key_refused(w, site_url)
    text = lines(
        *why,
        w.tr("Until this is fixed I cannot see when your proxies end and cannot remind you."),
        w.tr("Automatic prolonging has stopped.") if refused.rules_stopped else None,
        w.tr("Payments that waited for money have ended; nothing was spent.") if refused.kept else None,
    )
    return Screen(text, [*rows, [home_button(w)]])


def answers_screen(w: Words, notice: Px6Answers) -> Screen:
    """The person asked for it, so they know what this is about."""
    text = lines(
        w.title("px6 answers again"),
        w.rich("It had not answered since {time}.", time=w.time(notice.since)),
    )
    return Screen(text, pairs(button(w.tr("My proxies"), Open(screen="proxies")), home_button(w)))


def address_refused(w: Words, site_url: str, address: str) -> tuple[list[Text | str], list[Row]]:
    """Another key of the account would be refused as well."""
    why: list[Text | str] = [
        w.title("px6 refuses the bot's IP address"),
        w.tr("Your px6 account accepts API calls only from certain IP addresses."),
        how_to_allow(w, address),
    ]
    return why, [[link_button(w.tr("API settings at px6"), key_page(site_url, w))]]


def key_refused(w: Words, site_url: str) -> tuple[list[Text | str], list[Row]]:
    why: list[Text | str] = [
        w.title("px6 no longer accepts your key"),
        w.tr("The key was changed or switched off at px6."),
    ]
    rows: list[Row] = [
        [link_button(w.tr("My key at px6"), key_page(site_url, w))],
        [button(w.tr("Enter a new key"), AskKey())],
    ]
    return why, rows


@router.callback_query(SkipAnnounced.filter())
async def skip(_: CallbackQuery, turn: Turn, callback_data: SkipAnnounced) -> None:
    skipped = await turn.services.rules.skip(turn.person.telegram_id, callback_data.cycle)
    await note_act(turn, Act.RULE_SKIPPED, skipped or 0)
    turn.on_disk()
    turn.owes_outcome = bool(skipped)
    if skipped:
        await note_begun(turn, "rule")
        await turn.show(skipped_screen(turn.words, skipped))
    else:
        await turn.toast(why_not_skipped(turn.words, skipped), alert=True)


def why_not_skipped(w: Words, skipped: int | None) -> str:
    """Why a tap on Skip kept nothing from happening. `skipped` None: its announcement does not count any more."""
    if skipped is None:
        return w.tr("This no longer applies: the rule was changed or has stopped.")
    return w.tr("Too late: already prolonged or skipped.")


def skipped_screen(w: Words, count: int) -> Screen:
    text = lines(
        w.title("Skipped"),
        w.n(
            "{count} proxy will not be prolonged this time. I will remind you as usual.",
            "{count} proxies will not be prolonged this time. I will remind you as usual.",
            count,
        ),
    )
    return Screen(text, [[button(w.tr("Automatic prolonging"), Open(screen="rules"))], [home_button(w)]])
