"""Being told when the price of a kind and period changes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.screen import Id, Open, Screen, SmallNumber, button, grid, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.watching.stopped import show_stopped
from model.colleagues import Right
from model.doers import Act
from px6 import Price, Version
from services.money.prices import price_list, sold_kinds
from services.watching.prices import MOST_WATCHED, NotSold, OtherCurrency, TooManyWatched

router = Router(name=__name__)

MOST_SHOWN = 8  # periods


class NewPrice(CallbackData, prefix="pw-n", needs=Right.ALL):
    """Asks of which kind."""


class PricePeriods(CallbackData, prefix="pw-k", needs=Right.ALL):
    """Asks for which period."""

    version: Version


class WatchPrice(CallbackData, prefix="pw-a", durable=True, needs=Right.ALL):
    """Has the person told when this price changes."""

    version: Version
    period: SmallNumber


class StopPrice(CallbackData, prefix="pw-x", durable=True, needs=Right.ALL):
    """Ends a watch of a price."""

    number: Id


@router.callback_query(NewPrice.filter())
async def choose_kind(_: CallbackQuery, turn: Turn) -> None:
    await turn.show(kinds_screen(turn.words, await sold_kinds(await turn.px6())))


def kinds_screen(w: Words, sold: Sequence[Version]) -> Screen:
    kinds = [button(w.kind(version), PricePeriods(version=version)) for version in sold]
    text = lines(w.title("The price of which kind?"))
    return Screen(text, [*grid(kinds, 2), home_row(w, Open(screen="watch"))])


@router.callback_query(PricePeriods.filter())
async def choose_period(_: CallbackQuery, turn: Turn, callback_data: PricePeriods) -> None:
    version = callback_data.version
    prices = await price_list(await turn.px6(), 1, version, BUY_PERIODS)
    await turn.show(periods_screen(turn.words, version, prices))


def periods_screen(w: Words, version: Version, prices: Sequence[Price]) -> Screen:
    """A button for each period, with its price of now."""
    choices = [
        button(
            f"{w.days(price.period)} · {w.money(price.price, price.currency)}",
            WatchPrice(version=version, period=price.period),
        )
        for price in prices[:MOST_SHOWN]
    ]
    text = lines(
        w.title("{kind}: for how many days?", kind=w.kind(version)),
        w.tr("I will tell you when the price of one proxy changes."),
        None if choices else w.tr("px6 does not sell such proxies now."),
    )
    return Screen(text, [*([each] for each in choices), home_row(w, NewPrice())])


@router.callback_query(WatchPrice.filter())
async def watch(_: CallbackQuery, turn: Turn, callback_data: WatchPrice) -> None:
    w, version, period = turn.words, callback_data.version, callback_data.period
    try:
        price = await turn.services.price_watches.watch(turn.person.telegram_id, version, period)
    except TooManyWatched:
        most = w.number(MOST_WATCHED)
        return await turn.toast(w.tr("At most {count} can be watched. End one in /watch.", count=most), alert=True)
    except NotSold:
        return await turn.toast(w.tr("px6 does not sell such proxies now."), alert=True)
    except OtherCurrency:
        return await turn.toast(other_currency_text(w), alert=True)
    await note_act(turn, Act.WATCH_NEW)
    turn.on_disk()
    account = await turn.services.accounts.account(turn.person.telegram_id)
    await turn.show(watching_screen(w, version, period, price, account.currency if account else ""))
    return None


def other_currency_text(w: Words) -> str:
    return w.tr("px6 names prices in another currency now, so nothing is watched yet. Try again later.")


def watching_screen(w: Words, version: Version, period: int, price: Decimal, currency: str) -> Screen:
    text = lines(
        w.title("I will tell you"),
        w.tr("{kind}, {days}: one message each time the price changes.", kind=w.kind(version), days=w.days(period)),
        w.tr("One proxy costs {sum} now.", sum=w.money(price, currency)),
        w.tr("I look every hour, and write nothing in your quiet hours."),
    )
    return Screen(text, [[button(w.tr("Watched"), Open(screen="watch"))], home_row(w, PricePeriods(version=version))])


@router.callback_query(StopPrice.filter())
async def stop(_: CallbackQuery, turn: Turn, callback_data: StopPrice) -> None:
    stopped = await turn.services.price_watches.stop(turn.person.telegram_id, callback_data.number)
    await note_act(turn, Act.WATCH_ENDED, int(stopped))
    await show_stopped(turn, stopped=stopped)
