"""The home screen: state first, then what the person most likely wants. /start, /help, /cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.account.picking import PICKING, take_keyboard_away
from handlers.ground.beginning import Beginning, still_listing
from handlers.ground.buttons import AskKey
from handlers.ground.filters import Command
from handlers.ground.maintenance_words import maintenance_notice
from handlers.ground.screen import Open, Row, Screen, button, home_button, pairs, top_up_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, flag, lines
from handlers.money.outlook import outlook_line
from handlers.money.spent import paid_today, spent_line
from handlers.operators.commands import is_operator, operator_commands
from handlers.orders.limit_line import with_limit
from handlers.orders.prolong import soon_to_end
from model.accounts import Outlook
from model.orders import PaidSum
from px6 import Proxy, ProxyList, State

router = Router(name=__name__)


@dataclass(frozen=True)
class Below:
    """What the home screen says below the proxies.

    `outlook`: how long the balance lasts. `paid`: today. `waiting`: payments that wait for money. `notice`: what
    everybody is told now, and what a colleague may pay. `hint`: a line of help.
    """

    outlook: Outlook | None = None
    paid: Sequence[PaidSum] = ()
    waiting: int = 0
    notice: str | None = None
    hint: str | None = None


@router.message(Command("start"))
@router.callback_query(Open.filter(F.screen == "home"))
async def home(_: Message | CallbackQuery, turn: Turn, hint: str | None = None) -> None:
    """/start and every Home button. Without a key it is the screen that asks for one, like everywhere.

    `hint`: a line of help below.
    """
    turn.retry_with(Open(screen="home"))
    site_url, several, connects = turn.services.site_url, turn.person.account is not None, await has_no_own(turn)

    async def make_first(first: ProxyList) -> Screen:
        now = turn.services.now()
        return home_screen(turn.words, first, now, site_url, is_first=True, several=several, connects=connects)

    beginning = Beginning(turn, make_first)
    proxies = await turn.listed(
        State.ACTIVE, lambda client: client.proxies(State.ACTIVE, nokey=True, begun=beginning.begun)
    )
    await beginning.shown()
    below = Below(
        waiting=await turn.services.kept.money_seen(turn.person.telegram_id, proxies.balance),
        outlook=await turn.services.forecaster.outlook(turn.person.telegram_id, proxies),
        notice=await with_limit(turn, await maintenance_notice(turn)),
        paid=await paid_today(turn),
        hint=hint,
    )
    now = turn.services.now()
    await turn.show(home_screen(turn.words, proxies, now, site_url, below, several=several, connects=connects))


async def has_no_own(turn: Turn) -> bool:
    """Whether the person acts on somebody else's account, and has none of their own."""
    return turn.person.colleague is not None and not await turn.services.several.own(turn.person.chat_id)


def home_screen(
    w: Words,
    account: ProxyList,
    now: datetime,
    site_url: str,
    below: Below = Below(),
    *,
    is_first: bool = False,
    several: bool = False,
    connects: bool = False,
) -> Screen:
    """Balance, how many proxies are active, what ends next; the first button is what is most urgent.

    `is_first`: px6 may tell more proxies than these. `several`: the person has other px6 accounts, too. `connects`:
    it is somebody else's, and they may connect one of their own.
    """
    running = sorted((p for p in account.proxies if p.ends_at > now), key=lambda p: p.ends_at)
    soon = soon_to_end(running, now)
    text = lines(
        w.title("px6 · {sum}", sum=w.money(account.balance, account.currency)),
        active_line(w, len(running), 0 if is_first else len(soon)),
        still_listing(w) if is_first else None,
        next_line(w, running[0], now) if running and not is_first else None,
        outlook_line(w, below.outlook, now),
        spent_line(w, below.paid),
        waiting_line(w, below.waiting),
        None if running else first_step_line(w, account),
        below.notice,
        below.hint,
    )
    urgent = [] if is_first else urgent_rows(w, account, soon, site_url)
    beginning = not running and account.balance > 0
    return Screen(text, [*urgent, *usual_rows(w, beginning=beginning, several=several, connects=connects)])


def usual_rows(w: Words, *, beginning: bool, several: bool, connects: bool) -> Sequence[Row]:
    """The ways to everything else. `beginning`: there are no proxies yet, and money to buy some."""
    return [
        *([[button(w.tr("Buy proxies"), Open(screen="buy"))]] if beginning else []),
        *pairs(
            None if beginning else button(w.tr("Buy"), Open(screen="buy")),
            button(w.tr("My proxies"), Open(screen="proxies")),
            button(w.tr("Prices"), Open(screen="prices")),
            button(w.tr("Forecast"), Open(screen="forecast")),
            button(w.tr("Reminders"), Open(screen="reminders")),
            button(w.tr("Orders"), Open(screen="orders")),
            button(w.tr("Settings"), Open(screen="settings")),
            button(w.tr("Help"), Open(screen="help")),
            button(w.tr("Other accounts"), Open(screen="accounts")) if several and not connects else None,
            button(w.tr("Accounts"), Open(screen="accounts")) if connects else None,
            button(w.tr("Connect my own"), AskKey()) if connects else None,
        ),
    ]


def active_line(w: Words, active: int, soon: int) -> str:
    if not active:
        return w.tr("No active proxies.")
    counted = w.n("{count} active proxy", "{count} active proxies", active)
    return (
        counted
        if not soon
        else w.n(
            "{active}, {count} ends soon",
            "{active}, {count} end soon",
            soon,
            active=counted,
        )
    )


def waiting_line(w: Words, waiting: int) -> str | None:
    """How many payments wait for money; None when none does."""
    if not waiting:
        return None
    return w.n("{count} payment waits for money: /watch", "{count} payments wait for money: /watch", waiting)


def first_step_line(w: Words, account: ProxyList) -> str:
    """What somebody without proxies does first."""
    if account.balance > 0:
        return w.tr("To begin, choose what to buy: you will see the price before you pay.")
    return w.tr("To begin, top up the balance at px6, then buy here: you will see the price before you pay.")


def next_line(w: Words, proxy: Proxy, now: datetime) -> Text:
    """What ends soonest, and when."""
    return w.rich(
        "Next to end: {flag} {address}, {when}",
        flag=flag(proxy.country),
        address=code(f"{proxy.host}:{proxy.port}"),
        when=w.near(proxy.ends_at, now),
    )


def urgent_rows(w: Words, account: ProxyList, soon: list[Proxy], site_url: str) -> list[Row]:
    """The buttons for what is most urgent: prolonging, else topping up; none when neither is needed."""
    if soon and account.balance > 0:
        return [[button(w.tr("Prolong what ends soon · {count}", count=len(soon)), Open(screen="prolong_soon"))]]
    if account.balance > 0:
        return []
    return [*pairs(top_up_button(w, site_url), button(w.tr("I have topped up"), Open(screen="home")))]


@router.message(Command("cancel"))
async def cancel(_: Message, turn: Turn) -> None:
    """/cancel: says that the open question is closed. Every command closes it; only this one says so."""
    if turn.person.choices.get(PICKING) is not None:
        await take_keyboard_away(turn, turn.words.tr("Cancelled."))
        return
    await turn.show(cancelled_screen(turn.words, was_asked=bool(turn.person.choices.get("asking"))))


def cancelled_screen(w: Words, *, was_asked: bool) -> Screen:
    return Screen(Text(w.tr("Cancelled.") if was_asked else w.tr("Nothing to cancel.")), [[home_button(w)]])


@router.message(Command("help"))
@router.callback_query(Open.filter(F.screen == "help"))
async def help_(_: Message | CallbackQuery, turn: Turn) -> None:
    await turn.show(help_screen(turn.words, operates=is_operator(turn)))


def commands(w: Words) -> list[tuple[str, str, str]]:
    """Every command in the order of the menu: name, arguments (one form a line), what it does."""
    return [
        ("start", "", w.tr("home")),
        ("proxies", "[active|expiring|expired|all] [COMMENT]", w.tr("my proxies")),
        ("buy", "COUNT DAYS COUNTRY [VERSION] [http|socks] [COMMENT]", w.tr("buy proxies")),
        ("prolong", "DAYS IDS", w.tr("prolong proxies")),
        ("find", "TEXT", w.tr("find proxies")),
        ("balance", "", w.tr("balance at px6")),
        ("price", "COUNT DAYS [VERSION]", w.tr("proxy prices")),
        ("stock", "COUNTRY [VERSION]", w.tr("proxies in stock")),
        ("countries", "[VERSION]", w.tr("countries with proxies")),
        ("check", "IDS\nHOST:PORT:LOGIN:PASSWORD", w.tr("check proxies")),
        ("type", "http|socks IDS", w.tr("change the protocol")),
        ("comment", "IDS TEXT\nOLD > NEW", w.tr("change the comment")),
        ("delete", "IDS\nCOMMENT", w.tr("delete proxies")),
        ("bind", "IP[,IP]\noff", w.tr("access by IP address")),
        ("export", "", w.tr("export proxies as text or file")),
        ("orders", "", w.tr("order history")),
        ("reminders", "", w.tr("reminders and automatic prolonging")),
        ("watch", "", w.tr("what I watch for you")),
        ("forecast", "", w.tr("cost forecast")),
        ("key", "KEY", w.tr("enter or change the px6 key")),
        ("accounts", "", w.tr("px6 accounts, colleagues")),
        ("settings", "", w.tr("settings")),
        ("language", "[LANGUAGE]", w.tr("change the language")),
        ("forget", "", w.tr("erase everything")),
        ("cancel", "", w.tr("cancel the current input")),
        ("help", "", w.tr("help")),
    ]


def help_screen(w: Words, *, operates: bool = False) -> Screen:
    """What the arguments mean, and all commands in a quotation that opens on a tap; of operators theirs as well."""
    listed = [
        f"/{name} {arguments}".rstrip() + f" – {does}"
        for name, forms, does in (*commands(w), *(operator_commands(w) if operates else ()))
        for arguments in forms.split("\n")
    ]
    text = lines(
        w.title("What I can do"),
        w.tr("Everything is on the buttons; commands are for those who prefer typing."),
        ExpandableBlockQuote("\n".join(listed)),
        w.tr(
            "IDS are the numbers in /proxies, separated by commas or spaces. "
            "VERSION is ipv4, shared, ipv6 or mtproto."
        ),
        w.tr("Lists of proxies need no command: paste them, or send a .txt, .csv or .json file."),
        w.rich("A number in quotes is taken as text: {example}", example=code('/delete "2024"')),
    )
    return Screen(text, [[home_button(w)]], of_account=False)
