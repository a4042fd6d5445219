"""What is asked before a twin is paid: whether a purchase of the account may have brought one already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import replacements
from storage.schema import orders
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

AT_ONCE = timedelta(0)


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
