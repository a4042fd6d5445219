"""The history as a CSV file: a row for each order, and for each proxy that was deleted; or what a filter shows."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import UTC

from aiogram import F, Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text

from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.history import DELETED, FILTERS, FilteredFile, OrdersFile, count_of, filter_names
from handlers.orders.who_did import Team, narrowed_line, team_of
from model.deletions import Deletion, DeletionProxy
from model.doers import EVERYBODY
from model.orders import BY_ITSELF, Source
from services.orders import Order
from services.proxies.exports import harmless

router = Router(name=__name__)

CSV_ROWS = 10_000
ORDERS_READ_AT_ONCE = 500  # orders that are read for the file between two turns of others
CSV_COLUMNS = (
    *("order", "confirmed_utc", "kind", "state", "count", "days", "country", "version", "comment"),
    *("quoted", "paid", "currency", "proxy_ids", "days_left"),
)
DONE_BY = "by"  # a column of accounts that have, or had, colleagues


@router.callback_query(OrdersFile.filter())
async def orders_file(_: CallbackQuery, turn: Turn) -> None:
    """Send all orders and deletions as a file."""
    content = await csv_of(turn, "all", EVERYBODY)
    await turn.send_file("orders.csv", content, lines(turn.words.title("Orders")))


@router.callback_query(FilteredFile.filter(F.show.in_({*FILTERS, DELETED})))
async def filtered_file(_: CallbackQuery, turn: Turn, callback_data: FilteredFile) -> None:
    """Send what the filter shows, which the file's name and its caption say."""
    show, who = callback_data.show, callback_data.who
    content = await csv_of(turn, show, who)
    await turn.send_file("orders-filtered.csv", content, filtered_caption(turn.words, show, who, await team_of(turn)))


def filtered_caption(w: Words, show: str, who: str, of: Team) -> Text:
    """What the file holds, as the screen says it."""
    what = None if show == "all" else w.tr("Filter: {what}", what=filter_names(w)[show])
    return lines(w.title("Orders"), what, narrowed_line(w, of, who))


async def csv_of(turn: Turn, show: str, who: str) -> bytes:
    """Orders and deletions as the filter shows them; of everything both, else what it is about."""
    person = turn.person.telegram_id
    orders = [] if show == DELETED else await orders_of(turn, show, who)
    has_deleted = show in ("all", DELETED)
    deleted = await turn.services.deletions.history(person, CSV_ROWS, 0, who) if has_deleted else []
    doers = await turn.services.orders.doers(person)
    return await asyncio.to_thread(orders_csv, orders, deleted, with_doers=doers.had_colleagues)


async def orders_of(turn: Turn, show: str, who: str) -> list[Order]:
    """Read in portions, so that nobody waits for it."""
    (kind, states), found = FILTERS[show], list[Order]()
    while len(found) < CSV_ROWS:
        portion = {"limit": ORDERS_READ_AT_ONCE, "offset": len(found)}
        history = turn.services.orders.history
        part = await history(turn.person.telegram_id, kind=kind, states=states, who=who, **portion)
        found += part
        if len(part) < ORDERS_READ_AT_ONCE:
            break
    return found


def orders_csv(found: Sequence[Order], deleted: Sequence[Deletion], *, with_doers: bool = False) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read it; times are UTC. A deleted proxy has a row.

    `with_doers`: also who ordered or deleted.
    """
    out = io.StringIO()
    columns = (*CSV_COLUMNS, DONE_BY) if with_doers else CSV_COLUMNS
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(order_row(order) for order in found)
    writer.writerows(deleted_row(deletion, each) for deletion in deleted for each in deletion.proxies)
    return out.getvalue().encode("utf-8-sig")


def order_row(order: Order) -> dict[str, object]:
    """The row of a purchase or a prolongation, by column."""
    return {
        "order": order.id,
        "confirmed_utc": order.confirmed_at.astimezone(UTC).isoformat(timespec="seconds"),
        "kind": order.kind,
        "state": order.state.value,
        "count": count_of(order),
        "days": order.period,
        "country": order.country or "",
        "version": order.version or "",
        "comment": harmless(order.comment or ""),
        "quoted": order.quoted,
        "paid": "" if order.charged is None else order.charged,
        "currency": order.currency,
        "proxy_ids": " ".join(str(i) for i in order.ids),
        DONE_BY: doer(order.by_person, order.by_name, order.source),
    }


def deleted_row(deletion: Deletion, each: DeletionProxy) -> dict[str, object]:
    """The row of one proxy that was to be deleted, by column."""
    return {
        "confirmed_utc": deletion.deleted_at.astimezone(UTC).isoformat(timespec="seconds"),
        "kind": "delete",
        "state": {True: "done", False: "not_done", None: "unknown"}[each.gone],
        "count": 1,
        "country": each.country or "",
        "comment": harmless(each.comment),
        "proxy_ids": each.id,
        "days_left": each.days_left if each.host else "",
        DONE_BY: doer(deletion.by_person, deletion.by_name),
    }


def doer(by_person: int | None, by_name: str | None, source: Source | None = None) -> str:
    """`owner`, `rule`, `watch`, or the name of a colleague."""
    if by_person is not None:
        return harmless(by_name or "former colleague")
    return "rule" if source == "rule" else "watch" if source in BY_ITSELF else "owner"
