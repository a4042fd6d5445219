"""What the bot says of twins that it buys by itself: announced with Skip, not bought, not yet. Pure screens."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Bold, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    button,
    home_button,
    home_in_new_message,
    new_message_button,
    pairs,
    top_up_button,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.watching.health_card import AskReplace
from handlers.watching.health_words import named_lines
from handlers.watching.kept_words import stock_text
from model.colleagues import Right
from model.doers import Act
from model.orders import BuyWish
from services.notifications.watching_kinds import ReplaceEnded, ReplaceFailed, Replacing

router = Router(name=__name__)

ANEW = ("price", "late", "interrupted")  # reasons after which it comes again
WAITS = ("money", "sold_out", "maintenance", "not_sold")


class SkipTwins(CallbackData, prefix="hr-s", durable=True, needs=Right.ALL):
    """Keeps what one message announced from being bought."""

    number: Id


def twins_text(w: Words, wish: BuyWish) -> str:
    """`2 × IPv6, Germany, 30 days`"""
    return f"{stock_text(w, wish)}, {w.days(wish.period)}"


def replacing_screen(w: Words, said: Replacing, site_url: str) -> Screen:
    """What will be bought in place of what, when, and one Skip for all of it."""
    count, short = said.wish.count, said.missing > 0
    text = lines(
        Bold(
            w.n(
                "Replacing {count} proxy that stopped working",
                "Replacing {count} proxies that stopped working",
                count,
            )
        ),
        *named_lines(w, said.named, count),
        w.tr("I will buy {what}: {sum}", what=twins_text(w, said.wish), sum=w.money(said.price, said.currency)),
        w.rich("When: {time}, unless they work again by then.", time=w.time(said.at)),
        w.tr("⚠️ Missing on the balance: {sum}", sum=w.money(said.missing, said.currency)) if short else None,
    )
    watched = new_message_button(w.tr("Watched"), Open(screen="watch"))
    rows = pairs(button(w.tr("Skip"), SkipTwins(number=said.number)), watched)
    return Screen(text, [*rows, [top_up_button(w, site_url)] if short else [], [home_in_new_message(w)]])


def not_replaced_screen(w: Words, said: ReplaceEnded) -> Screen:
    """Why what was announced is not bought; in place of that message."""
    reasons = {
        "back": w.tr("Just before paying I checked once more: the proxies work again."),
        "replaced": w.tr("You have bought such proxies yourself since then."),
        "gone": w.tr("The proxies are gone, work again, or end within a day."),
        "account": w.tr("You have since connected another px6 account."),
        "currency": w.tr("Your px6 account is in another currency now: set the limits anew."),
        "off": w.tr("Replacing was switched off."),
        "limit": w.tr("This month's limit is reached. I continue next month, or with a higher limit."),
        "refused": w.tr("px6 no longer sells this for so many days."),
        "lost": w.tr("It was called off in this moment, or another payment came first."),
        "price": w.tr("The price rose. If the limits allow it, I announce it anew."),
        "late": w.tr("It could not be paid in time. If they still fail, I announce it anew."),
        "later": w.tr("Payments are paused, or another one is under way. I will try again."),
        "interrupted": w.tr("I was stopped before I could pay. I will try again now."),
    }
    title = w.title("Not bought yet") if said.why in (*ANEW, "later") else w.title("Not bought")
    text = lines(title, twins_text(w, said.wish), reasons[said.why], w.tr("Nothing was spent."))
    watched = new_message_button(w.tr("Watched"), Open(screen="watch"))
    return Screen(text, pairs(watched, home_in_new_message(w)))


def failed_screen(w: Words, said: ReplaceFailed, site_url: str) -> Screen:
    """Why proxies that stopped working are not replaced, or not yet."""
    count = said.count
    title = (
        w.n("⚠️ {count} proxy is not replaced yet", "⚠️ {count} proxies are not replaced yet", count)
        if said.why in WAITS
        else w.n("⚠️ {count} proxy is not replaced", "⚠️ {count} proxies are not replaced", count)
    )
    text = lines(Bold(title), *named_lines(w, said.named, count), why_failed(w, said), w.tr("Nothing was spent."))
    terms = new_message_button(w.tr("Limits"), AskReplace(number=said.watch))
    watched = new_message_button(w.tr("Watched"), Open(screen="watch"))
    rows: list[Row] = [[top_up_button(w, site_url)]] if said.why == "money" else []
    return Screen(text, [*rows, *pairs(terms, watched), [home_in_new_message(w)]])


def why_failed(w: Words, said: ReplaceFailed) -> str:
    match said.why:
        case "limit":
            return w.tr("This month's limit is reached. I continue next month, or with a higher limit.")
        case "currency":
            return w.tr("Your px6 account is in another currency now: set the limits anew.")
        case "unsure":
            return w.tr("px6 does not say of which kind they are: buy the twin from the message about them.")
        case "refused":
            return w.tr("px6 does not sell such proxies for so many days now.")
        case "money":
            missing = w.money(said.missing, said.currency)
            return w.tr("Missing on the balance: {sum}. I try again every hour.", sum=missing)
        case "not_sold":
            return w.tr("The purchase came to nothing. I announce it anew after the next failed check.")
        case "sold_out":
            return w.tr("They are sold out. I try again every hour.")
    return w.tr("Payments are paused for maintenance. I try again after it.")


@router.callback_query(SkipTwins.filter())
async def skip(_: CallbackQuery, turn: Turn, callback_data: SkipTwins) -> None:
    skipped = await turn.services.replacing.skip(turn.person.telegram_id, callback_data.number)
    turn.on_disk()
    await note_act(turn, Act.WATCH_CHANGED, int(skipped is True))
    turn.owes_outcome = skipped is True
    if skipped:
        await turn.show(skipped_screen(turn.words))
    else:
        await turn.toast(why_not_skipped(turn.words, skipped), alert=True)


def why_not_skipped(w: Words, skipped: bool | None) -> str:
    """Why a tap on Skip kept nothing from happening; None: the announcement does not count any more."""
    if skipped is None:
        return w.tr("This no longer applies: it was called off or announced anew.")
    return w.tr("Too late: already bought or skipped. See /orders.")


def skipped_screen(w: Words) -> Screen:
    text: Text = lines(
        w.title("Skipped"),
        w.tr("No twin will be bought this time. Should the proxy work again and then fail, I announce it anew."),
    )
    return Screen(text, [[button(w.tr("Watched"), Open(screen="watch"))], [home_button(w)]])
