"""After the clock was set back, nothing comes later than it would have."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.rules import Portion
from storage import accounts, clock_steps, confirmations, looks, orders, reminders, rules, unsaid, watches
from storage import schema as tables
from storage.engine.types import UtcTime
from tests.databases import opened
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.owners import ANN, THEN, fill
from tests.storage.sample_rows import a_confirmation, a_rule, an_order

LATER = NOW + HOUR
MOMENT = timedelta(microseconds=1)


async def everything(connection: AsyncConnection) -> None:
    """Something in every table that is planned for an hour later."""
    confirmed = await a_confirmation(connection, "q")
    await confirmations.changed(connection, confirmed, LATER)
    order = await an_order(connection, confirmed)
    await orders.move(connection, order, ["confirmed"], {"due_at": LATER, "leased_until": LATER})
    await watches.watch(connection, 1001, LATER, same_account=True)
    portion = Portion(run_at=LATER, ends={1: NOW}, prices={1: Decimal("21.00")})
    await rules.announce(connection, 1001, await a_rule(connection), [portion], "RUB", LATER)
    await reminders.write_digest(connection, 1001, "soon", [(1, NOW, 60)], {}, None, NOW, LATER)
    values: dict[str, Any] = {"kind": "low", "notice": "{}", "quietly": True, "written_at": NOW, "again_at": LATER}
    await unsaid.add(connection, telegram_id=1001, message_id=None, **values)


async def look(connection: AsyncConnection, read_at: Any, person: int = 1001) -> None:
    said: dict[str, Any] = {"px6_user_id": "7", "balance": Decimal(0), "currency": "RUB", "ends": {}}
    await watches.keep_snapshot(connection, person, read_at=read_at, **said)


async def test_every_plan_comes_earlier_by_as_much(connection: AsyncConnection) -> None:
    await everything(connection)
    await clock_steps.bring_forward(connection, 40 * 60 * SECOND, LATER)
    planned = {
        f"{table.name}.{column}": (await connection.execute(select(table.c[column]))).scalar()
        for table, column in (
            (tables.orders, "due_at"),
            (tables.orders, "leased_until"),
            (tables.confirmations, "tell_at"),
            (tables.watches, "next_look_at"),
            (tables.runs, "told_at"),
            (tables.digests, "again_at"),
            (tables.unsaid, "again_at"),
        )
    }
    assert planned == dict.fromkeys(planned, NOW + 20 * 60 * SECOND)


async def test_what_was_not_planned_stays_so(connection: AsyncConnection) -> None:
    await everything(connection)
    await connection.execute(update(tables.orders).values(due_at=None))
    await clock_steps.bring_forward(connection, HOUR, NOW)
    assert (await connection.execute(select(tables.orders.c.due_at))).scalar() is None


async def test_a_payment_that_is_under_way_counts_as_begun_and_an_announced_one_comes_when_it_was_said(
    connection: AsyncConnection,
) -> None:
    await everything(connection)
    runs = tables.runs
    for state, at, after in (
        ("announcing", LATER, LATER),
        ("running", LATER, NOW),
        ("running", NOW - DAY, NOW - DAY),
    ):
        await connection.execute(update(runs).values(state=state, run_at=at))
        await clock_steps.bring_forward(connection, HOUR, NOW)
        assert (await connection.execute(select(runs.c.run_at))).scalar() == after


async def test_what_seems_to_happen_later_happened_by_now(connection: AsyncConnection) -> None:
    await watches.watch(connection, 1001, LATER, same_account=True)
    await watches.watch(connection, 1002, NOW - DAY, same_account=True)
    await look(connection, LATER)
    await look(connection, NOW - DAY, 1002)
    await clock_steps.bring_forward(connection, HOUR, NOW)
    for person in (1001, 1002):
        await accounts.put(connection, person, px6_user_id="7", currency="RUB", sealed=b"x", now=NOW)
    rows = [await looks.read(connection, person, "7", NOW) for person in (1001, 1002)]
    assert [row and row.since for row in rows] == [NOW, NOW - DAY]
    assert [row and row.seen and row.seen.read_at for row in rows] == [NOW, NOW - DAY]


async def test_the_newest_moment_is_that_of_the_last_note_or_look(connection: AsyncConnection) -> None:
    assert await clock_steps.newest_moment(connection) is None
    order = await an_order(connection, await a_confirmation(connection, "q"))
    for at in (NOW + DAY, NOW):
        await orders.write_journal(connection, order, at, "sent", {})
    assert await clock_steps.newest_moment(connection) == NOW, "the last note counts, not the latest"
    for at, newest in ((NOW - SECOND, NOW), (NOW + SECOND, NOW + SECOND)):
        await look(connection, at)
        assert await clock_steps.newest_moment(connection) == newest
    await look(connection, NOW + HOUR, 1002)
    assert await clock_steps.newest_moment(connection) == NOW + HOUR


async def test_all_that_is_planned_comes_earlier_and_nothing_that_was_said_or_has_happened(tmp_path: Path) -> None:
    """Of every time that is kept anywhere: a plan that stays would come late by as much as the clock was set back."""
    columns = [each for table in tables.metadata.sorted_tables for each in table.c if isinstance(each.type, UtcTime)]
    async with opened(tmp_path) as database:
        await fill(database, ANN)
        async with database.write() as connection:
            await clock_steps.bring_forward(connection, HOUR, THEN + DAY)
            moved = {
                str(each)
                for each in columns
                if THEN - HOUR in (await connection.execute(select(each))).scalars().all()
            }
    assert moved == {
        *("orders.due_at", "orders.leased_until", "confirmations.tell_at", "confirmations.tell_owner_at"),
        *("watches.next_look_at", "runs.told_at", "digests.again_at", "digest_endings.edit_at", "unsaid.again_at"),
        *("stock_watches.look_at", "price_watches.look_at"),
        *("health_watches.look_at", "health_watches.next_at", "health_watches.began_at"),
    }


async def test_a_clock_that_was_set_is_noted_once_for_its_machine(connection: AsyncConnection) -> None:
    """Two readings within a second are of the same setting."""
    asked = [("a", HOUR), ("a", HOUR), ("a", HOUR + SECOND), ("a", HOUR - SECOND), ("a", HOUR + SECOND + MOMENT),
             ("b", HOUR), ("a", HOUR), ("a", -HOUR)]  # fmt: skip
    noted = [await clock_steps.note(connection, *each) for each in asked]
    assert noted == [True, False, False, False, True, True, True, True]
