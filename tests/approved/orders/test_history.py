from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from handlers.orders.deletion_history import deletion_screen, deletions_screen, no_deletion
from handlers.orders.history import OrdersPage, filter_screen, no_order, order_screen, orders_screen
from handlers.orders.orders_file import orders_csv
from model.deletions import Deletion, DeletionProxy
from model.orders import MonthlySum
from services.orders import OrderState
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve
from tests.handlers.sample_orders import an_order
from tests.sample_proxies import NOW

DELETIONS = OrdersPage(show="deleted")
NOTHING: dict[str, Any] = {"longer": 0, "charged": None}
OCTOBER = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # November in Berlin


def deleted(
    count: int, gone: bool | None = True, *, first: int = 15, days: float = 2.5, comment: str = ""
) -> list[DeletionProxy]:
    return [
        DeletionProxy(id=first + nth, host=f"185.22.134.{nth + 1}", days_left=days, gone=gone, comment=comment)
        for nth in range(count)
    ]


def a_deletion(*proxies: DeletionProxy) -> Deletion:
    return Deletion(id=7, telegram_id=1001, px6_user_id="7", deleted_at=NOW, certain=True, proxies=proxies)


def pages() -> Iterator[State]:
    for current in ("all", "buy", "prolong", "open", "deleted", "forged"):
        yield f"filter: {current}", [filter_screen(w, current) for w in (EN, RU)]
    five = [an_order(id=nth) for nth in range(5)]
    for page in (1, 2):
        yield f"page {page}: none", orders_screen(EN, OrdersPage(page=page), [], [])
        yield f"page {page}: exactly full", orders_screen(EN, OrdersPage(page=page), five, [])
        yield f"page {page}: more than fits", orders_screen(EN, OrdersPage(page=page), [*five, an_order(id=9)], [])
    for count in (0, 5, 6):
        some = [an_order(id=nth) for nth in range(count)]
        yield (
            f"older ones removed: {count}",
            [orders_screen(w, OrdersPage(), some, [], removed=True) for w in (EN, RU)],
        )
    yield "not there", [no_order(w, removed=removed) for w in (EN, RU) for removed in (False, True)]
    for show in ("all", "buy", "prolong", "open"):
        yield f"shown are {show}", orders_screen(EN, OrdersPage(show=show, page=2), five[:1], [])
    kinds = [an_order("buy", (15, 16)), an_order("buy", (15, 16), 1), an_order("prolong", (15, 16), 1)]
    yield "kinds and counts", orders_screen(EN, OrdersPage(), kinds, [])
    yield "a sum that differs from its quote", orders_screen(EN, OrdersPage(), [an_order(charged="20.00")], [])
    for state in OrderState:
        order = an_order("buy", (15, 16), state=state, **NOTHING)
        yield f"label: {state.value}", orders_screen(EN, OrdersPage(), [order], []).rows[0]
    paid = [MonthlySum(NOW, "RUB", Decimal("412.3"), 3), MonthlySum(OCTOBER, "USD", Decimal("1204.50"), 1)]
    yield "months", orders_screen(EN, OrdersPage(), five[:1], paid)
    yield "months in Berlin", orders_screen(IN_BERLIN, OrdersPage(), [an_order(confirmed_at=OCTOBER)], paid)
    yield (
        "Russian",
        orders_screen(RU, OrdersPage(), kinds, [MonthlySum(NOW, "RUB", Decimal(5), each) for each in (1, 2, 5, 21)]),
    )


def cards() -> Iterator[State]:
    back = OrdersPage(show="buy", page=3)
    for kind in ("buy", "prolong"):
        for state in OrderState:
            order = an_order(kind, state=state, error="NoMoney" if state is OrderState.REFUSED else None, **NOTHING)
            yield f"{kind}: {state.value}", order_screen(EN, order, back)
        yield f"{kind}: 2 of 2", order_screen(EN, an_order(kind, (15, 16)), back)
        yield f"{kind}: 1 of 2", order_screen(EN, an_order(kind, (15, 16), 1), back)
    for before, after in ((None, None), ("50.00", None), (None, "29.00"), ("50.00", "29.00")):
        order = an_order(balance_before=before, balance_after=after, charged="21.00")
        yield f"balance from {before} to {after}", order_screen(EN, order, back)
    commented = an_order("buy", comment="shop", rename="refused", mark="px6-7f3a", corrected=True)
    yield "with a comment", order_screen(IN_BERLIN, commented, back)
    for count in (0, 40, 41, 42):
        yield f"{count} proxies", order_screen(EN, an_order(proxies=range(15, 15 + count)), back)
    for kind in ("buy", "prolong"):
        yield f"Russian: {kind}", order_screen(RU, an_order(kind, (15, 16, 17)), back)
    yield "Russian: 61 proxies", order_screen(RU, an_order(proxies=range(15, 76)), back)


def deletions() -> Iterator[State]:
    five = [a_deletion(*deleted(1)) for _ in range(5)]
    yield "deletions: none", deletions_screen(EN, DELETIONS, [])
    for count in (0, 5, 6):
        some = [a_deletion(*deleted(1)) for _ in range(count)]
        screens = [deletions_screen(w, DELETIONS, some, removed=True) for w in (EN, RU)]
        yield f"deletions: older ones removed: {count}", screens
    yield "deletion: not there", [no_deletion(w, removed=removed) for w in (EN, RU) for removed in (False, True)]
    yield "deletions: exactly a page", deletions_screen(EN, DELETIONS, five)
    yield (
        "deletions: more than a page",
        deletions_screen(EN, OrdersPage(show="deleted", page=2), [*five, a_deletion(*deleted(1))]),
    )
    for gone in (True, False, None):
        yield f"deletions: gone {gone}", deletions_screen(EN, DELETIONS, [a_deletion(*deleted(2, gone))])
    yield "deletions: some are gone", deletions_screen(EN, DELETIONS, [a_deletion(*deleted(1), *deleted(1, False))])
    back = OrdersPage(show="deleted", page=2)
    for days in (0.0, 0.4, 0.6, 1.0, 2.5):
        yield f"deletion: {days} days left", deletion_screen(EN, a_deletion(*deleted(1, days=days)), back)
    mixed = a_deletion(*deleted(2, comment="shop"), *deleted(1, False, first=30), *deleted(1, None, first=40))
    yield "deletion: gone, still there and unknown", deletion_screen(EN, mixed, back)
    yield "deletion: a comment of blanks", deletion_screen(EN, a_deletion(*deleted(1, comment=" ")), back)
    for count in (40, 41, 42):
        yield f"deletion: {count}", deletion_screen(EN, a_deletion(*deleted(count)), back)
    for count in (1, 2, 5, 21):
        yield f"Russian: deletion of {count}", deletion_screen(RU, a_deletion(*deleted(count, days=1.0)), back)


def files() -> Iterator[State]:
    bought = an_order("buy", (15, 16), comment="=1+1", confirmed_at=NOW + timedelta(microseconds=5))
    refused = an_order(id=6, state="refused", error="NoMoney", **NOTHING)
    rows = [bought, refused, an_order(proxies=(15, 16), longer=1)]
    gone = [a_deletion(*deleted(1, comment="shop, 2"), *deleted(1, False, first=30), *deleted(1, None, first=40))]
    yield "file", orders_csv(rows, gone).decode("utf-8-sig").replace("\r\n", "\n")
    yield "file: empty", orders_csv([], []).decode("utf-8-sig").replace("\r\n", "\n")


def states() -> Iterator[State]:
    for table in (pages, cards, deletions, files):
        yield from table()


def test_every_page_and_card_of_the_orders_reads_as_approved() -> None:
    approve(__file__, states())
