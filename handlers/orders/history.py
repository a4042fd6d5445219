"""/orders: what was bought and prolonged, with sums and outcomes; a card for each; sums per month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.buttons import OrderCard, Who
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.screen import Open, Page, Row, Screen, button, choice_button, home_button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, lines
from handlers.orders.order_buttons import BuyAgain, ExportOrder
from handlers.orders.outcome_words import notes_on_done, state_name, why_nothing
from handlers.orders.who_did import (
    ALONE,
    ColleagueActions,
    Team,
    narrowed_line,
    team_of,
    who_buttons,
    who_did,
    who_line,
    with_doer,
)
from model.colleagues import Right
from model.doers import EVERYBODY
from model.orders import MonthlySum
from services.orders import Order, OrderState

router = Router(name=__name__)

ORDERS_PER_PAGE = 5
MONTHS_SHOWN = 3  # whose sums stand on the first page
IDS_SHOWN = 40  # on a card
FILTERS: dict[str, tuple[Literal["buy", "prolong"] | None, tuple[OrderState, ...]]] = {
    "all": (None, ()),
    "buy": ("buy", ()),
    "prolong": ("prolong", ()),
    "open": (None, (OrderState.UNCLEAR, *(state for state in OrderState if state.is_open))),
}
DELETED = "deleted"
STATE_MARKS = {OrderState.DONE: "✓", OrderState.UNCLEAR: "?"}  # open ones have "…", all others "✗"


class OrdersPage(CallbackData, prefix="ol", needs=Right.LOOK):
    """A page of the history."""

    later_field = "who"

    show: str = "all"
    page: Page = 1
    who: Who = ""


class OrdersFilter(CallbackData, prefix="of-f", needs=Right.LOOK):
    """Chooses what is listed."""

    later_field = "who"

    show: str
    who: Who = ""


class OrdersFile(CallbackData, prefix="of", needs=Right.LOOK):
    """The whole history as CSV."""


class FilteredFile(CallbackData, prefix="of-c", needs=Right.LOOK):
    """As much of it as the filter shows."""

    show: str = "all"
    who: Who = ""


@router.message(Command("orders"))
@router.callback_query(Open.filter(F.screen == "orders"))
async def orders(_: Message | CallbackQuery, turn: Turn) -> None:
    await show_orders(turn, OrdersPage())


@router.callback_query(OrdersPage.filter(F.show.in_(FILTERS)))
async def orders_tap(_: CallbackQuery, turn: Turn, callback_data: OrdersPage) -> None:
    await show_orders(turn, callback_data)


async def show_orders(turn: Turn, asked: OrdersPage) -> None:
    person, history = turn.person.telegram_id, turn.services.orders.history
    kind, states = FILTERS[asked.show]
    of = await team_of(turn)
    found = await history(
        person,
        kind=kind,
        states=states,
        who=asked.who,
        limit=ORDERS_PER_PAGE + 1,
        offset=(asked.page - 1) * ORDERS_PER_PAGE,
    )
    first = asked.page == 1 and asked.who == EVERYBODY
    paid = await turn.services.orders.paid_by_month(person, turn.words.zone, MONTHS_SHOWN) if first else ()
    removed = asked.show != "open" and await turn.services.orders.has_removed(person)
    await turn.show(orders_screen(turn.words, asked, found, paid, removed=removed, of=of))


def orders_screen(
    w: Words,
    asked: OrdersPage,
    found: Sequence[Order],
    paid: Sequence[MonthlySum],
    *,
    removed: bool = False,
    of: Team = ALONE,
) -> Screen:
    """A page of orders, newest first, each on a button; `found` holds one more than a page when there is another.

    `removed`: there were older ones, which the last page says. `of`: for whom it says who made each.
    """
    gone = w.tr("Older orders are no longer kept.") if removed and len(found) <= ORDERS_PER_PAGE else None
    text = lines(
        w.title("Orders"),
        *(month_line(w, each) for each in paid),
        narrowed_line(w, of, asked.who),
        gone or (None if found else w.tr("Nothing here yet.")),
    )
    listed = [
        [
            button(
                order_label(w, order, of), OrderCard(order=order.id, show=asked.show, page=asked.page, who=asked.who)
            )
        ]
        for order in found[:ORDERS_PER_PAGE]
    ]
    return Screen(text, [*listed, *last_rows(w, asked, of, more=len(found) > ORDERS_PER_PAGE)])


def last_rows(w: Words, asked: OrdersPage, of: Team, *, more: bool) -> list[Row]:
    """The last rows of a page: other pages, the filter, the file, home."""
    turn_page = [
        *([button("‹", OrdersPage(show=asked.show, page=asked.page - 1, who=asked.who))] if asked.page > 1 else []),
        *([button("›", OrdersPage(show=asked.show, page=asked.page + 1, who=asked.who))] if more else []),
    ]
    what = filter_names(w)[asked.show]
    narrow = button(w.tr("Filter: {what}", what=what), OrdersFilter(show=asked.show, who=asked.who))
    is_whole = asked.show == "all" and asked.who == EVERYBODY
    file = OrdersFile() if is_whole else FilteredFile(show=asked.show, who=asked.who)
    files = pairs(button(w.tr("Spending"), Open(screen="spending")), button(w.tr("CSV file"), file))
    others = button(w.tr("Other actions"), ColleagueActions()) if of.is_shown else None
    return [turn_page, [narrow], *files, *pairs(others, home_button(w))]


def filter_names(w: Words) -> dict[str, str]:
    return {
        "all": w.tr("All"),
        "buy": w.tr("Bought"),
        "prolong": w.tr("Prolonged"),
        "open": w.tr("Pending"),
        DELETED: w.tr("Deleted"),
    }


@router.callback_query(OrdersFilter.filter())
async def choose_filter(_: CallbackQuery, turn: Turn, callback_data: OrdersFilter) -> None:
    await turn.show(filter_screen(turn.words, callback_data.show, callback_data.who, await team_of(turn)))


def filter_screen(w: Words, current: str, who: str = EVERYBODY, of: Team = ALONE) -> Screen:
    """What is listed, and by whom it was done, where several people did something."""
    names = filter_names(w)
    choices = [choice_button(name, show == current, OrdersPage(show=show, who=who)) for show, name in names.items()]
    known = current if current in names else "all"
    by_whom = who_buttons(w, of, who, lambda whose: OrdersPage(show=known, who=whose))
    back = OrdersPage(show=known, who=who)
    return Screen(w.title("Which orders?"), [*pairs(*choices), *pairs(*by_whom), home_row(w, back)])


def month_line(w: Words, paid: MonthlySum) -> str:
    """`November 2026: 412.30 RUB, 3 payments`"""
    return w.n(
        "{month}: {sum}, {count} payment",
        "{month}: {sum}, {count} payments",
        paid.count,
        month=w.month(paid.month),
        sum=w.money(paid.sum, paid.currency),
    )


def order_label(w: Words, order: Order, of: Team = ALONE) -> str:
    """`✓ 26 Nov · 5 × IPv6 · 103.30 RUB`. With colleagues also who ordered it: `✓ 26 Nov · ↻ 3 · 63.00 RUB · Bob`."""
    what = f"{count_of(order)} × {w.kind(order.version)}" if order.kind == "buy" else f"↻ {count_of(order)}"
    if order.kind != "buy" and not of.is_shown:
        what = w.n("{count} prolongation", "{count} prolongations", count_of(order))
    sum_ = w.money(order.charged if order.charged is not None else order.quoted, order.currency)
    mark = "…" if order.state.is_open else STATE_MARKS.get(order.state, "✗")
    who = who_did(w, of, order.by_person, order.by_name, order.source)
    return with_doer(f"{mark} {w.day(order.confirmed_at)} · {what} · {sum_}", who)


def count_of(order: Order) -> int:
    """How many proxies were bought or prolonged, of an order that is done; else how many were ordered."""
    return order.got if order.state is OrderState.DONE else order.count


@router.callback_query(OrderCard.filter())
async def order_card(_: CallbackQuery, turn: Turn, callback_data: OrderCard) -> None:
    order = await turn.services.orders.order(turn.person.telegram_id, callback_data.order)
    if order is None:
        removed = await turn.services.orders.has_removed(turn.person.telegram_id)
        await turn.toast(no_order(turn.words, removed=removed))
        await show_orders(turn, OrdersPage())
        return
    show = callback_data.show if callback_data.show in FILTERS else "all"
    back = OrdersPage(show=show, page=callback_data.page, who=callback_data.who)
    await turn.show(order_screen(turn.words, order, back, await team_of(turn)))


def no_order(w: Words, *, removed: bool) -> str:
    """In place of an order that is not there. `removed`: some of the person's are no longer kept."""
    return w.tr("This order is no longer kept.") if removed else w.tr("There is no such order.")


def order_screen(w: Words, order: Order, back: OrdersPage, of: Team = ALONE) -> Screen:
    """The card of an order: what was ordered and when, sums, outcome, and which proxies."""
    spent_nothing = order.state.spent_nothing
    text = lines(
        w.title("Order {id}: {state}", id=order.id, state=state_name(w, order)),
        what_line(w, order),
        w.rich("Confirmed {when}", when=w.time(order.confirmed_at)),
        who_line(w, of, order.by_person, order.by_name, order.source),
        *order_sums(w, order),
        *(why_nothing(w, order, is_colleague=of.reader is not None) if spent_nothing else notes_on_done(w, order)),
        w.tr("Comment: {comment}", comment=order.comment) if order.comment else None,
        ids_quote(w, order),
    )
    is_open = order.state.is_open or order.state is OrderState.UNCLEAR  # first the person looks what became of it
    again = button(w.tr("Buy the same"), BuyAgain(order=order.id)) if order.kind == "buy" and not is_open else None
    export = button(w.tr("Export"), ExportOrder(order=order.id)) if order.state is OrderState.DONE else None
    return Screen(text, [*pairs(again, export if order.ids else None), home_row(w, back)])


def what_line(w: Words, order: Order) -> str:
    """`Purchase: 5 × IPv6, Germany, 30 days` or `Prolonging: 3 proxies for 30 days`"""
    days = w.days(order.period)
    if order.kind == "prolong":
        what = w.n("{count} proxy for {days}", "{count} proxies for {days}", count_of(order), days=days)
        return w.tr("Prolonging: {what}", what=what)
    what = w.tr(
        "{count} × {kind}, {country}, {days}",
        count=count_of(order),
        kind=w.kind(order.version),
        country=w.country(order.country),
        days=days,
    )
    return w.tr("Purchase: {what}", what=what)


def order_sums(w: Words, order: Order) -> list[str]:
    """What was quoted and paid, and the balance before and after, as far as they are known."""
    told = [w.tr("Quote: {sum}", sum=w.money(order.quoted, order.currency))]
    if order.charged is not None:
        told.append(w.tr("{sum} paid", sum=w.money(order.charged, order.currency)))
    if order.balance_before is not None and order.balance_after is not None:
        before, after = w.money(order.balance_before, order.currency), w.money(order.balance_after, order.currency)
        told.append(w.tr("Balance {before} → {after}", before=before, after=after))
    return told


def ids_quote(w: Words, order: Order) -> Text | None:
    """The ids of the order's proxies, each with its new end, in a fold; a single one as text that a tap copies."""
    if not order.proxies:
        return None
    listed = [
        f"{each.id} → {w.clock(each.end_after)}" if each.end_after else str(each.id)
        for each in order.proxies[:IDS_SHOWN]
    ]
    if len(order.proxies) > IDS_SHOWN:
        listed.append(w.n("and {count} more", "and {count} more", len(order.proxies) - IDS_SHOWN))
    return ExpandableBlockQuote("\n".join(listed)) if len(listed) > 1 else code(listed[0])
