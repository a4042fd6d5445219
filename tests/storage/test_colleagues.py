"""What a colleague has spent of an owner's money: what may have been paid counts, and nobody else's does."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import colleagues
from storage.schema import confirmations, orders
from tests.durations import DAY, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

ANN, BOB, CAROL = 1001, 1002, 1003


async def paid(
    connection: AsyncConnection,
    quote: str,
    by: int | None,
    *,
    owner: int = ANN,
    at: timedelta = timedelta(0),
    state: str = "done",
    charged: str | None = "1.50",
) -> None:
    made = await a_confirmation(connection, quote, owner)
    await connection.execute(
        update(confirmations).where(confirmations.c.id == made).values(by_person=by, confirmed_at=NOW + at)
    )
    order = await an_order(connection, made, telegram_id=owner)
    values = {"state": state, "charged": None if charged is None else Decimal(charged)}
    await connection.execute(update(orders).where(orders.c.id == order).values(**values))


async def test_only_what_this_colleague_paid_of_this_owner_counts(connection: AsyncConnection) -> None:
    assert await colleagues.spent(connection, ANN, BOB, NOW) is None
    await paid(connection, "bobs", BOB)
    await paid(connection, "carols", CAROL, charged="2.50")
    await paid(connection, "her-own", None, charged="4.00")
    await paid(connection, "of-another", BOB, owner=BOB, charged="8.00")
    assert await colleagues.spent(connection, ANN, BOB, NOW) == Decimal("1.50")


@pytest.mark.parametrize(("at", "counts"), [(-SECOND, False), (timedelta(0), True), (DAY, True)])
async def test_it_counts_from_that_very_moment_on(connection: AsyncConnection, at: timedelta, counts: bool) -> None:
    await paid(connection, "bobs", BOB, at=at)
    assert await colleagues.spent(connection, ANN, BOB, NOW) == (Decimal("1.50") if counts else None)


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        *((state, True) for state in ("confirmed", "sending", "unknown", "unclear", "done")),
        *((state, False) for state in ("refused", "not_sent", "requoted", "not_done")),
    ],
)
async def test_what_may_be_paid_counts_as_quoted_and_what_was_not_does_not(
    connection: AsyncConnection, state: str, counts: bool
) -> None:
    await paid(connection, "bobs", BOB, state=state, charged=None)
    assert await colleagues.spent(connection, ANN, BOB, NOW) == (Decimal("21.00") if counts else None)
