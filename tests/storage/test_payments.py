"""Payments and deletions by who made them, from when to when, and of one proxy."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import Colleague, Right
from model.doers import Doer, Doers
from storage import deletions, doers, orders, payments
from storage.schema import confirmations
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

ANN, BOB, CAROL = 1001, 1002, 1003


async def paid(
    connection: AsyncConnection,
    name: str,
    *ids: int,
    by: tuple[int, str] | None = None,
    source: str = "person",
    at: datetime = NOW,
    owner: int = ANN,
    charged: str | None = "10.00",
    state: str = "done",
) -> int:
    """An order for 10.00 that is done; gives its id."""
    made = await a_confirmation(connection, name, owner, source)
    if by is not None:
        mine = update(confirmations).where(confirmations.c.id == made)
        await connection.execute(mine.values(by_person=by[0], by_name=by[1]))
    given: dict[str, Any] = {
        "telegram_id": owner,
        "charged": charged and Decimal(charged),
        "confirmed_at": at,
        "state": state,
    }
    order = await an_order(connection, made, dict.fromkeys(ids, NOW), **given)
    await orders.move(connection, order, [state], {"state": state})  # the proxies of what is done are free
    return order


async def deleted(connection: AsyncConnection, by: tuple[int, str] | None = None, owner: int = ANN) -> int:
    who = by and Colleague(
        owner=owner, person=by[0], right=Right.ALL, monthly_cap=None, currency="", since=NOW, name=by[1], told=False
    )
    return await deletions.add(connection, owner, px6_user_id="7", now=NOW, proxies=[], by=who or None)


async def test_each_is_found_by_who_made_it(connection: AsyncConnection) -> None:
    made = {
        "own": await paid(connection, "own"),
        "auto": await paid(connection, "rule", source="rule"),
        str(BOB): await paid(connection, "bob", by=(BOB, "Bob")),
        str(CAROL): await paid(connection, "carol", by=(CAROL, "Carol")),
    }
    await paid(connection, "another's", owner=BOB)
    gone = {"own": await deleted(connection), str(BOB): await deleted(connection, (BOB, "Bob"))}
    await deleted(connection, owner=BOB)
    for who in ("", *made, "1004"):
        expected = sorted(made.values()) if not who else [made[who]] if who in made else []
        since = await payments.between(connection, ANN, NOW, NOW + SECOND, who)
        assert [each.order_id for each in since] == expected
        assert [each.id for each in await orders.history(connection, ANN, who=who)] == expected[::-1]
        expected = sorted(gone.values()) if not who else [gone[who]] if who in gone else []
        assert [each.id for each in await deletions.of_person(connection, ANN, who=who)] == expected[::-1]


async def test_who_did_something_is_called_as_they_were_last(connection: AsyncConnection) -> None:
    nobody = Doers(own=False, automatic=False, colleagues=(), had_colleagues=False)
    assert await doers.of_account(connection, ANN) == nobody
    for name, called in (("b", "Robert"), ("b2", "Bob"), ("b3", "Bobby")):
        await paid(connection, name, by=(BOB, called))
        await deleted(connection, (CAROL, called))
    bobby = (Doer(person=BOB, name="Bobby"), Doer(person=CAROL, name="Bobby"))
    assert await doers.of_account(connection, ANN) == Doers(colleagues=bobby, had_colleagues=True)
    await paid(connection, "auto", source="rule")
    assert await doers.of_account(connection, ANN) == Doers(automatic=True, colleagues=bobby, had_colleagues=True)
    await deleted(connection)
    assert (await doers.of_account(connection, ANN)).own
    assert await doers.of_account(connection, BOB) == Doers()


@pytest.mark.parametrize("does", [paid, deleted])
async def test_the_owner_is_among_those_who_did_something_whatever_it_was(
    connection: AsyncConnection, does: object
) -> None:
    await paid(connection, "bob", by=(BOB, "Bob"))
    assert not (await doers.of_account(connection, ANN)).own
    await (paid(connection, "own") if does is paid else deleted(connection))
    assert (await doers.of_account(connection, ANN)).own


async def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(connection: AsyncConnection) -> None:
    at = (NOW + HOUR, NOW - SECOND, NOW, NOW + HOUR - SECOND)
    made = [await paid(connection, str(moment), at=moment) for moment in at]
    await paid(connection, "not known", state="unknown")
    await paid(connection, "of a sum that is not known", charged=None)
    found = await payments.between(connection, ANN, NOW, NOW + HOUR)
    assert [each.order_id for each in found] == [made[2], made[3]]
    assert await payments.between(connection, BOB, NOW, NOW + HOUR) == ()


async def test_the_payments_of_a_proxy_are_those_that_it_is_in_with_all_that_are_in_them(
    connection: AsyncConnection,
) -> None:
    late = await paid(connection, "late", 2, 1, at=NOW + HOUR)
    first = await paid(connection, "first", 2)
    await paid(connection, "other", 3)
    await paid(connection, "another's", 2, owner=BOB)
    found = await payments.of_proxy(connection, ANN, 2)
    assert [(each.order_id, each.ids, each.sum) for each in found] == [
        (first, (2,), Decimal("10.00")),
        (late, (1, 2), Decimal("10.00")),
    ]
    assert await payments.of_proxy(connection, ANN, 4) == ()
