"""Twins: whether a purchase may have brought one already, which were bought, for how much, and whose was skipped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import BuyWish
from model.replacing import Bought
from storage import replacements
from storage.schema import orders
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

AT_ONCE = timedelta(0)
ANN, BOB = 1001, 1002


@pytest.mark.parametrize(
    ("given", "settled", "is_buying"),
    [
        ({"state": "confirmed"}, None, True),
        ({"state": "sending"}, None, True),
        ({"state": "unknown"}, None, True),
        ({"state": "done"}, -SECOND, False),
        ({"state": "done"}, AT_ONCE, True),
        ({"state": "done"}, SECOND, True),
        ({"state": "refused"}, SECOND, False),
        ({"state": "done", "kind": "prolong"}, SECOND, False),
        ({"state": "sending", "kind": "prolong"}, None, False),
        ({"state": "sending", "px6_user_id": "8"}, None, False),
        ({"state": "done", "confirmed_at": NOW - SECOND}, -SECOND, False),
        ({"state": "done", "confirmed_at": NOW}, -SECOND, True),  # the clock was set back between
    ],
)
async def test_a_purchase_may_bring_something_until_a_list_was_read_after_its_end(
    connection: AsyncConnection, given: dict[str, Any], settled: timedelta | None, is_buying: bool
) -> None:
    order = await an_order(connection, await a_confirmation(connection, "q"), kind="buy", px6_user_id="7")
    ended = {"settled_at": None, "due_at": NOW} if settled is None else {"settled_at": NOW + settled, "due_at": None}
    values = {"confirmed_at": NOW - HOUR, **ended, **given}
    await connection.execute(update(orders).where(orders.c.id == order).values(**values))
    assert await replacements.is_buying(connection, "7", NOW) is is_buying


async def a_twin(
    connection: AsyncConnection,
    name: str,
    proxy: int,
    *,
    owner: int = ANN,
    account: str = "7",
    state: str = "done",
    source: str = "replace",
) -> None:
    """One that was bought for 21.00."""
    made = await a_confirmation(connection, name, owner, source=source)
    await an_order(connection, made, {proxy: NOW}, state=state, kind="buy", telegram_id=owner, px6_user_id=account)


async def test_twins_are_of_the_account_in_which_they_were_bought(connection: AsyncConnection) -> None:
    await a_twin(connection, "a", 1)
    await a_twin(connection, "b", 2, account="8")
    await a_twin(connection, "c", 3, owner=BOB)
    await a_twin(connection, "d", 4, source="person")
    assert await replacements.twins_of(connection, "7") == {1, 3}


async def test_what_twins_have_cost_is_what_this_person_paid(connection: AsyncConnection) -> None:
    await a_twin(connection, "a", 1)
    await a_twin(connection, "b", 2, owner=BOB)
    await a_twin(connection, "c", 3, owner=BOB)
    await a_twin(connection, "d", 4, source="person")
    await a_twin(connection, "e", 5, state="refused")
    for owner, count in ((ANN, 1), (BOB, 2)):
        [bought] = await replacements.bought_since(connection, owner, NOW)
        assert bought == Bought(count, count * Decimal("21.00"), "RUB")
    assert await replacements.bought_since(connection, ANN, NOW + SECOND) == []


async def test_what_was_skipped_is_let_go_for_this_person_alone(connection: AsyncConnection) -> None:
    for owner, account in ((ANN, "7"), (BOB, "8")):
        values = {"telegram_id": owner, "px6_user_id": account, "watch_id": owner, "wish": BuyWish(1, 30, "de")}
        money = {"price": Decimal(1), "currency": "RUB"}
        made = await replacements.add(
            connection, {**values, **money, "ends": {5: NOW}, "since": NOW, "run_at": NOW, "told_at": NOW}
        )
        assert made is not None
        await replacements.let_go_skipped(connection, owner, [5])
        assert await replacements.replaced_of(connection, account) == {5}, "it is announced, and not skipped"
        assert await replacements.move(connection, owner, made.id, ("announcing",), state="skipped")
    await replacements.let_go_skipped(connection, ANN, [4])
    assert await replacements.replaced_of(connection, "7") == {5}
    await replacements.let_go_skipped(connection, ANN, [5])
    assert await replacements.replaced_of(connection, "7") == set()
    assert await replacements.replaced_of(connection, "8") == {5}
