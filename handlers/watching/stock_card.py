"""One watch of stock: what it waits for, and whether that is told or bought at once; both can be changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.screen import Id, Open, Screen, button, choice_button, grid, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.pay import show_stale
from handlers.watching.kept_words import stock_text
from handlers.watching.stock import AtOnceTerms, StopWatching, at_once_screen
from model.colleagues import Right
from model.watching import StockWatch
from services.money.forecast import USUAL_PERIOD

router = Router(name=__name__)

COUNTS = (1, 2, 3, 5, 10, 20)


class StockCard(CallbackData, prefix="sw-c", needs=Right.LOOK):
    """What is waited for, and what can be changed."""

    number: Id


class AtOnceTerm(AtOnceTerms, prefix="sw-m", needs=Right.ALL):
    """Asks for one of them: d days, m how many."""

    name: Annotated[str, Field(pattern=r"^[dm]$")] = "d"


@router.callback_query(StockCard.filter())
async def show_card(_: CallbackQuery, turn: Turn, callback_data: StockCard) -> None:
    one = await open_watch(turn, callback_data.number)
    if one is not None:
        may_spend = await turn.services.kept.may_spend(turn.person.telegram_id)
        await turn.show(card_screen(turn.words, one, turn.services.now(), may_spend=may_spend))


async def open_watch(turn: Turn, number: int) -> StockWatch | None:
    """A watch that waits still; None, which is said, when there is none."""
    found = await turn.services.stock.one(turn.person.telegram_id, number)
    if found is None or found.told_at is not None:
        await turn.toast(turn.words.tr("This is no longer watched."), alert=True)
        return None
    return found


def card_screen(w: Words, one: StockWatch, now: datetime, *, may_spend: bool) -> Screen:
    text = lines(
        w.title("Waiting for stock"),
        stock_line(w, one, now),
        w.tr("Automatic spending is switched off: until it is on, I only tell you.")
        if one.up_to is not None and not may_spend
        else None,
    )
    label = w.tr("Buy at once: on") if one.up_to is not None else w.tr("Buy at once: off")
    terms = AtOnceTerms(number=one.id, count=max(1, one.wish.count), period=one.wish.period or USUAL_PERIOD)
    end = button(w.tr("Stop watching"), StopWatching(number=one.id))
    return Screen(text, [[button(label, terms)], [end], home_row(w, Open(screen="watch"))])


def stock_line(w: Words, one: StockWatch, now: datetime) -> Text:
    what, until = stock_text(w, one.wish), w.soon(one.until, now, hour=False)
    if one.up_to is None:
        line = w.rich("{what}: when it is in stock, until {until}", what=what, until=until)
    else:
        most = w.money(one.up_to, one.currency)
        line = w.rich("{what}: bought when in stock, up to {sum}, until {until}", what=what, sum=most, until=until)
    return with_look(w, line, one.looked_at, now)


def with_look(w: Words, line: Text, looked_at: datetime | None, now: datetime) -> Text:
    """With the time at which it was looked at last."""
    return line if looked_at is None else Text(line, " · ", w.rich("last look {time}", time=w.soon(looked_at, now)))


@router.callback_query(AtOnceTerms.filter())
async def show_terms(_: CallbackQuery, turn: Turn, callback_data: AtOnceTerms) -> None:
    """What so many for so long cost now, and the green button that has them bought up to that."""
    one = await open_watch(turn, callback_data.number)
    if one is None:
        return None
    if callback_data.period not in BUY_PERIODS:
        return await show_stale(turn)
    wish = msgspec.structs.replace(one.wish, count=callback_data.count, period=callback_data.period)
    quote = await turn.services.orders.price_buy(turn.person.telegram_id, wish)
    w, chosen = turn.words, msgspec.structs.replace(one, wish=wish)
    terms = pairs(
        button(w.tr("Days"), AtOnceTerm(**callback_data.model_dump(), name="d")),
        button(w.tr("Quantity"), AtOnceTerm(**callback_data.model_dump(), name="m")),
    )
    screen = at_once_screen(w, chosen, quote)
    await turn.show(Screen(screen.text, [*screen.rows[:1], *terms, *screen.rows[1:]]))
    return None


@router.callback_query(AtOnceTerm.filter())
async def choose_term(_: CallbackQuery, turn: Turn, callback_data: AtOnceTerm) -> None:
    await turn.show(term_screen(turn.words, callback_data))


def term_screen(w: Words, asked: AtOnceTerm) -> Screen:
    """The usual numbers or days; the one that is chosen is marked."""
    terms = AtOnceTerms(**asked.model_dump(exclude={"name"}))
    title = w.title("For how many days?") if asked.name == "d" else w.title("How many proxies?")
    field, values = ("period", BUY_PERIODS) if asked.name == "d" else ("count", COUNTS)
    choices = [
        choice_button(
            w.days(each) if asked.name == "d" else w.number(each),
            getattr(terms, field) == each,
            terms.model_copy(update={field: each}),
        )
        for each in values
    ]
    return Screen(lines(title), [*grid(choices, 3), home_row(w, terms)])
