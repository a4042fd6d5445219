"""/watch: what is watched for the person, each with a button that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.rights import Whose
from handlers.ground.screen import Open, Page, Row, Screen, button, grid, home_button, page_row, pairs
from handlers.ground.switching_off import switch_spending
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.watching.health import NewHealth
from handlers.watching.health_card import HealthCard, bought_of
from handlers.watching.health_words import bought_text, health_line
from handlers.watching.keep import CancelKept
from handlers.watching.kept_words import payment_text
from handlers.watching.prices import NewPrice, StopPrice
from handlers.watching.stock_card import StockCard, stock_line, with_look
from model.colleagues import Right
from model.health import HealthWatch
from model.replacing import Bought
from model.watching import KeptPayment, PriceWatch, StockWatch

router = Router(name=__name__)

A_PAGE = 6


class Watched(CallbackData, prefix="watch", needs=Right.LOOK):
    """A page of what is watched."""

    page: Page = 1


class SwitchSpending(CallbackData, prefix="watch-s", durable=True, needs=Whose.OWNER):
    """The one switch of all that is spent automatically, by rules and by payments that wait for money."""

    on: bool


@router.message(Command("watch"))
@router.callback_query(Open.filter(F.screen == "watch"))
async def watched(_: Message | CallbackQuery, turn: Turn) -> None:
    """/watch"""
    await show(turn, 1)


@router.callback_query(Watched.filter())
async def watched_page(_: CallbackQuery, turn: Turn, callback_data: Watched) -> None:
    await show(turn, callback_data.page)


@router.callback_query(SwitchSpending.filter())
async def switch(_: CallbackQuery, turn: Turn, callback_data: SwitchSpending) -> None:
    await switch_spending(turn, on=callback_data.on)
    await show(turn, 1)


async def show(turn: Turn, page: int) -> None:
    person, services = turn.person.telegram_id, turn.services
    kept, stock, may_spend = (
        await services.kept.of(person),
        await services.stock.of(person),
        await services.kept.may_spend(person),
    )
    seen = await services.health.of(person), await services.price_watches.of(person)
    now, bought = services.now(), await bought_of(turn)
    shown = watched_screen(turn.words, kept, stock, now, page, may_spend=may_spend, seen=seen, bought=bought)
    await turn.show(shown)


def watched_screen(
    w: Words,
    kept: Sequence[KeptPayment],
    stock: Sequence[StockWatch],
    now: datetime,
    page: int = 1,
    *,
    may_spend: bool = True,
    seen: tuple[Sequence[HealthWatch], Sequence[PriceWatch]] = ((), ()),
    bought: Sequence[Bought] = (),
) -> Screen:
    """Six entries a page, numbered; the buttons end them by their numbers, or open proxies that are checked.

    `may_spend`: the switch of all automatic spending, which is offered where something is to be paid at once. `seen`:
    proxies that are checked, and prices. `bought`: what watches that buy cost this month.
    """
    health, prices = seen
    every: list[tuple[Text, CallbackData]] = [(health_line(w, one, now), HealthCard(number=one.id)) for one in health]
    every += [(kept_line(w, one, now), CancelKept(number=one.id)) for one in kept]
    every += [(stock_line(w, one, now), StockCard(number=one.id)) for one in stock]
    every += [(price_line(w, one, now), StopPrice(number=one.id)) for one in prices]
    pages = -(-len(every) // A_PAGE)
    page = min(page, pages)
    first = (page - 1) * A_PAGE
    listed = list(enumerate(every[first : first + A_PAGE], first + 1))
    limits = [*(one.up_to for one in kept), *(one.up_to for one in stock), *(one.replacing for one in health)]
    spends = any(limit is not None for limit in limits)
    text = lines(
        w.title("What I watch for you"),
        *(Text(f"{number}. ", line) for number, (line, _) in listed),
        w.tr("Bought by watches this month: {what}", what=bought_text(w, bought)) if bought else None,
        *(switched_off_lines(w, free=any(seen)) if spends and not may_spend else ()),
        None
        if every
        else w.tr("Nothing now. Where money is missing, or a country is sold out, there is a button for it, too."),
    )
    label = w.tr("Stop automatic spending") if may_spend else w.tr("Resume automatic spending")
    switch: Row = [button(label, SwitchSpending(on=not may_spend))] if spends else []
    ends: list[InlineKeyboardButton] = [entry_button(w, number, data) for number, (_, data) in listed]
    turning = page_row(page, pages, lambda number: Watched(page=number))
    new = pairs(button(w.tr("Check proxies"), NewHealth()), button(w.tr("Watch a price"), NewPrice()))
    return Screen(text, [*grid(ends, 3), turning, switch, *new, [home_button(w)]])


def switched_off_lines(w: Words, *, free: bool) -> list[str]:
    """What does not happen while automatic spending is off. `free`: something is watched that spends nothing."""
    off = w.tr("Automatic spending is switched off: I ask first, and no rule or watch pays anything.")
    return [off, *([w.tr("Checks and watched prices continue: nothing is spent on them.")] if free else [])]


def entry_button(w: Words, number: int, data: CallbackData) -> InlineKeyboardButton:
    """What can be changed is opened; all else ends."""
    opens = isinstance(data, HealthCard | StockCard)
    return button(w.tr("Show {number}", number=number) if opens else w.tr("End {number}", number=number), data)


def price_line(w: Words, one: PriceWatch, now: datetime) -> Text:
    """`IPv6, 30 days: when the price changes, now 21.00 RUB (looked today 10:40)`"""
    kind, days, sum_ = w.kind(one.version), w.days(one.period), w.money(one.price, one.currency)
    line = w.tr("{kind}, {days}: when the price changes, now {sum}", kind=kind, days=days, sum=sum_)
    return with_look(w, Text(line), one.looked_at, now)


def kept_line(w: Words, one: KeptPayment, now: datetime) -> Text:
    """What waits for how much money, and what happens then."""
    what, sum_ = payment_text(w, one.kind, one.wish, one.count, one.period), w.money(one.price, one.currency)
    until = w.soon(one.until, now, hour=False)
    if one.up_to is None:
        return w.rich("{what}: I ask when there is {sum}, until {until}", what=what, sum=sum_, until=until)
    most = w.money(one.up_to, one.currency)
    return w.rich("{what}: paid at once, up to {sum}, until {until}", what=what, sum=most, until=until)
