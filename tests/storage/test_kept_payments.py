"""Payments that wait for money: which are open, and which of two tasks ends one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from model.watching import KeptPayment
from storage import kept_payments
from tests.storage.sample_rows import kept_values

ANN, BOB = 1001, 1002


async def kept(connection: AsyncConnection, quote: str, person: int = ANN) -> KeptPayment:
    await kept_payments.add(connection, {**kept_values(person), "quote_id": quote})
    found = await kept_payments.of_quote(connection, person, quote)
    assert found is not None
    return found


async def test_those_that_wait_or_are_being_paid_are_open_the_oldest_first(connection: AsyncConnection) -> None:
    ended, waits, paid, bobs = [
        await kept(connection, quote, person) for quote, person in (("a", ANN), ("b", ANN), ("c", ANN), ("d", BOB))
    ]
    assert await kept_payments.move(connection, ANN, ended.id, ("waiting",), state="over") is not None
    paying = await kept_payments.move(connection, ANN, paid.id, ("waiting",), state="paying", paying="q")
    assert paying == structs.replace(paid, state="paying", paying="q")
    assert await kept_payments.open_of(connection, ANN) == [waits, paying]
    assert await kept_payments.open_of(connection, BOB) == [bobs]
    over = await kept_payments.of_quote(connection, ANN, "a")
    assert over is not None
    assert over.state == "over"
    assert await kept_payments.of_quote(connection, BOB, "a") is None


async def test_one_task_ends_it_and_only_the_persons_own(connection: AsyncConnection) -> None:
    one, other = [await kept(connection, quote) for quote in "ab"]
    assert await kept_payments.move(connection, BOB, one.id, ("waiting",), state="paid") is None
    assert await kept_payments.move(connection, ANN, one.id, ("paying", "waiting"), state="paid") is not None
    assert await kept_payments.move(connection, ANN, one.id, ("paying", "waiting"), state="over") is None
    assert await kept_payments.open_of(connection, ANN) == [other]


@pytest.mark.parametrize(
    ("changed", "goes_on"),
    [({"period": 31}, False), ({"up_to": Decimal("5.01")}, False), ({"up_to": None}, False),
     ({"price": Decimal("6.00")}, True)],
)  # fmt: skip
@pytest.mark.parametrize("up_to", [Decimal("5.00"), None])
async def test_it_is_paid_for_as_long_and_up_to_as_much_as_the_person_wanted_when_that_was_read(
    connection: AsyncConnection, changed: dict[str, Any], goes_on: bool, up_to: Decimal | None
) -> None:
    one = await kept(connection, "a")
    seen = await kept_payments.move(connection, ANN, one.id, ("waiting",), up_to=up_to)
    assert seen is not None
    await kept_payments.move(connection, ANN, one.id, ("waiting",), **changed)
    goes_on |= changed == {"up_to": None} and up_to is None
    moved = await kept_payments.move(connection, ANN, one.id, ("waiting",), seen=seen, state="paying")
    assert (moved is not None) is goes_on
