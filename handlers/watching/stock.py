"""Being told when a country has enough again, or having it bought at once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from aiogram import Router
from aiogram.types import CallbackQuery
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    SmallNumber,
    button,
    home_button,
    home_row,
    pairs,
    spend_button,
)
from handlers.ground.switching_off import note_begun
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.buy import next_step
from handlers.orders.buy_buttons import FROM_COMMAND, Buy, WatchStock, wish_of
from handlers.orders.buy_quote import quote
from handlers.orders.pay import show_stale
from handlers.watching.kept_words import stock_text
from handlers.watching.stopped import show_stopped
from model.colleagues import Right
from model.doers import Act
from model.orders import BuyWish, Quote
from model.watching import StockWatch
from services.watching.stock import MOST_WATCHED, WATCHED_FOR, TooManyWatched

router = Router(name=__name__)


class BuyWatched(CallbackData, prefix="sw-b", needs=Right.ALL):
    """Goes on with a purchase that waited for stock."""

    number: Id


class AskAtOnce(CallbackData, prefix="sw-o", needs=Right.ALL):
    """Asks whether it is to be bought as soon as there are enough, and up to which sum."""

    number: Id


class BuyAtOnce(CallbackData, prefix="sw-p", durable=True, needs=Right.ALL):
    """Spends, when there are enough: up to the sum that is on the button."""

    number: Id
    up_to: Annotated[str, Field(pattern=r"^\d{1,9}\.\d\d$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class AtOnceTerms(CallbackData, prefix="sw-n", needs=Right.ALL):
    """Shows what so many for so many days would cost, before they are bought at once."""

    number: Id
    count: Annotated[SmallNumber, Field(ge=1)]
    period: Annotated[SmallNumber, Field(ge=1)]


class BuySoMany(AtOnceTerms, prefix="sw-q", durable=True, needs=Right.ALL):
    """Spends, when there are enough: on so many for so many days, up to the sum that is on the button."""

    up_to: Annotated[str, Field(pattern=r"^\d{1,9}\.\d\d$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class OnlyTell(CallbackData, prefix="sw-t", durable=True, needs=Right.ALL):
    """Buys nothing when there are enough: the person is told."""

    number: Id


class StopWatching(CallbackData, prefix="sw-x", durable=True, needs=Right.ALL):
    """Ends a watch of stock."""

    number: Id


@router.callback_query(WatchStock.filter())
async def watch(_: CallbackQuery, turn: Turn, callback_data: WatchStock) -> None:
    w, wish = turn.words, await wish_of(turn, callback_data)
    try:
        number = await turn.services.stock.watch(turn.person.telegram_id, wish)
    except TooManyWatched:
        most = w.number(MOST_WATCHED)
        return await turn.toast(w.tr("At most {count} can be watched. End one in /watch.", count=most), alert=True)
    await note_act(turn, Act.WATCH_NEW)
    turn.on_disk()
    await turn.show(watching_screen(w, wish, callback_data.but(), number))
    return None


def watching_screen(w: Words, wish: BuyWish, back: Buy, number: int) -> Screen:
    """What will be told; where all is chosen, the way to have it bought at once."""
    text = lines(
        w.title("I will tell you"),
        w.tr("{what}: one message when px6 has enough.", what=stock_text(w, wish)),
        w.tr(
            "I look every ten minutes for {days}, and write nothing in your quiet hours.",
            days=w.days(WATCHED_FOR.days),
        ),
    )
    at_once = [button(w.tr("Buy it at once instead"), AskAtOnce(number=number))] if wish.period and wish.count else []
    watched = [button(w.tr("Watched"), Open(screen="watch"))]
    return Screen(text, [at_once, watched, home_row(w, back.but(country="", page=1))])


@router.callback_query(AskAtOnce.filter())
async def ask_at_once(_: CallbackQuery, turn: Turn, callback_data: AskAtOnce) -> None:
    person = turn.person.telegram_id
    found = await turn.services.stock.one(person, callback_data.number)
    if found is None or found.told_at is not None or not (found.wish.period and found.wish.count):
        return await show_stale(turn)
    return await show_terms(turn, found)


async def show_terms(turn: Turn, found: StockWatch) -> None:
    """What it costs now, and the button that has it bought up to that."""
    quote = await turn.services.orders.price_buy(turn.person.telegram_id, found.wish)
    await turn.show(at_once_screen(turn.words, found, quote))


def at_once_screen(w: Words, one: StockWatch, quote: Quote) -> Screen:
    """What is bought up to which sum, and the green button that names it."""
    [option] = quote.options
    sum_, balance = w.money(option.price, quote.currency), w.money(quote.balance, quote.currency)
    text = lines(
        w.title("As soon as it is in stock"),
        f"{stock_text(w, one.wish)}, {w.days(one.wish.period)}",
        w.tr("It costs {sum} now; on the balance: {balance}", sum=sum_, balance=balance),
        w.tr("I buy it once, up to the sum on the button, in quiet hours without a sound."),
        w.tr("If it costs more by then, or money is missing, I tell you instead, and nothing is spent."),
    )
    many = {"number": one.id, "count": one.wish.count, "period": one.wish.period}
    at_once = BuySoMany(**many, up_to=f"{option.price:.2f}", currency=quote.currency)
    rows: list[Row] = [
        [spend_button(w.tr("Buy at once, up to {sum}", sum=sum_), at_once)],
        [button(w.tr("Only tell me"), OnlyTell(number=one.id))],
        home_row(w, Open(screen="watch")),
    ]
    return Screen(text, rows)


@router.callback_query(BuyAtOnce.filter())
async def buy_at_once(_: CallbackQuery, turn: Turn, callback_data: BuyAtOnce) -> None:
    up_to = Decimal(callback_data.up_to)
    await want(turn, callback_data.number, up_to, callback_data.currency)


@router.callback_query(BuySoMany.filter())
async def buy_so_many(_: CallbackQuery, turn: Turn, callback_data: BuySoMany) -> None:
    many = callback_data.count, callback_data.period
    if callback_data.period not in BUY_PERIODS:
        return await show_stale(turn)
    await want(turn, callback_data.number, Decimal(callback_data.up_to), callback_data.currency, many)
    return None


@router.callback_query(OnlyTell.filter())
async def only_tell(_: CallbackQuery, turn: Turn, callback_data: OnlyTell) -> None:
    await want(turn, callback_data.number, None)


async def want(
    turn: Turn, number: int, up_to: Decimal | None, currency: str = "", many: tuple[int, int] | None = None
) -> None:
    """Have it bought at once up to this sum, or (None) told. `many`: how many, for how many days."""
    person = turn.person.telegram_id
    one = await turn.services.stock.buy_at_once(person, number, up_to, currency, by=turn.person.by, many=many)
    turn.on_disk()
    await note_act(turn, Act.WATCH_CHANGED, int(one is not None))
    turn.owes_outcome = True
    if one is None:
        return await show_why_unchanged(turn, number, up_to)
    may_spend = await turn.services.kept.may_spend(person)
    await turn.show(wanted_screen(turn.words, one, turn.services.now(), may_spend=may_spend))
    return None


async def show_why_unchanged(turn: Turn, number: int, up_to: Decimal | None) -> None:
    """It has ended, or is being bought; else the sum is in another currency than the account: it is asked anew."""
    w, person = turn.words, turn.person.telegram_id
    found, account = await turn.services.stock.one(person, number), await turn.services.accounts.account(person)
    theirs = found is not None and account is not None and found.px6_user_id == account.px6_user_id
    if found is None or found.told_at is not None or not theirs:
        await turn.toast(w.tr("This is no longer watched."), alert=True)
    elif found.paying is not None or up_to is None:
        await turn.toast(w.tr("Too late: it has ended, or is being paid. See /orders."), alert=True)
    else:
        await show_terms(turn, found)


def wanted_screen(w: Words, one: StockWatch, now: datetime, *, may_spend: bool = True) -> Screen:
    """What happens when there are enough. `may_spend`: the switch of all automatic spending is on."""
    what = f"{stock_text(w, one.wish)}, {w.days(one.wish.period)}"
    title = w.title("I will tell you") if one.up_to is None else w.title("I will buy it at once")
    text = lines(
        title,
        what,
        w.tr("Up to {sum}, once; I will tell you here.", sum=w.money(one.up_to, one.currency))
        if one.up_to is not None
        else w.tr("One message when px6 has enough."),
        w.tr("Automatic spending is switched off: until it is on, I only tell you.")
        if one.up_to is not None and not may_spend
        else None,
        w.rich("Until {when}; to call it off: here or in /watch.", when=w.near(one.until, now)),
    )
    cancel = button(w.tr("Cancel"), StopWatching(number=one.id))
    return Screen(text, [*pairs(cancel, button(w.tr("Watched"), Open(screen="watch"))), [home_button(w)]])


@router.callback_query(BuyWatched.filter())
async def buy_watched(_: CallbackQuery, turn: Turn, callback_data: BuyWatched) -> None:
    """The quote of what was wanted; where days or number were not chosen, that comes first."""
    found = await turn.services.stock.one(turn.person.telegram_id, callback_data.number)
    if found is None:
        return await show_stale(turn)
    if found.wish.period and found.wish.count:
        return await quote(turn, found.wish, FROM_COMMAND)
    wish = found.wish
    chosen = Buy(version=wish.version, country=wish.country, period=wish.period, count=wish.count)
    return await next_step(turn, chosen)


@router.callback_query(StopWatching.filter())
async def stop(_: CallbackQuery, turn: Turn, callback_data: StopWatching) -> None:
    stopped = await turn.services.stock.stop(turn.person.telegram_id, callback_data.number)
    await note_act(turn, Act.WATCH_ENDED, int(stopped))
    await note_begun(turn, "stock")
    await show_stopped(turn, stopped=stopped)
