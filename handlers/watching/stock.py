"""Being told when a country has enough again."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.screen import Id, Open, Screen, button, home_row
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
from model.orders import BuyWish
from services.watching.stock import MOST_WATCHED, WATCHED_FOR, TooManyWatched

router = Router(name=__name__)


class BuyWatched(CallbackData, prefix="sw-b", needs=Right.ALL):
    """Goes on with a purchase that waited for stock."""

    number: Id


class StopWatching(CallbackData, prefix="sw-x", durable=True, offline=True, needs=Right.ALL):
    """Ends a watch of stock."""

    number: Id


@router.callback_query(WatchStock.filter())
async def watch(_: CallbackQuery, turn: Turn, callback_data: WatchStock) -> None:
    w, wish = turn.words, await wish_of(turn, callback_data)
    try:
        await turn.services.stock.watch(turn.person.telegram_id, wish)
    except TooManyWatched:
        most = w.number(MOST_WATCHED)
        return await turn.toast(w.tr("At most {count} can be watched. End one in /watch.", count=most), alert=True)
    await note_act(turn, Act.WATCH_NEW)
    turn.on_disk()
    await turn.show(watching_screen(w, wish, callback_data.but()))
    return None


def watching_screen(w: Words, wish: BuyWish, back: Buy) -> Screen:
    text = lines(
        w.title("I will tell you"),
        w.tr("{what}: one message when px6 has enough.", what=stock_text(w, wish)),
        w.tr(
            "I look every ten minutes for {days}, and write nothing in your quiet hours.",
            days=w.days(WATCHED_FOR.days),
        ),
    )
    return Screen(text, [[button(w.tr("Watched"), Open(screen="watch"))], home_row(w, back.but(country="", page=1))])


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
    await show_stopped(turn, stopped=stopped)
