"""Brings planned times forward after somebody set the clock back: otherwise all of it would come late by as much."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, bindparam, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import locks
from storage.engine.dialects import upsert
from storage.schema import clock_steps as noted
from storage.schema import (
    confirmations,
    digest_endings,
    digests,
    health_watches,
    journal,
    orders,
    price_watches,
    runs,
    snapshots,
    stock_watches,
    unsaid,
    watches,
)

# Planned times. Not those of announced payments: the person was told when they come.
PLANS: tuple[Column[datetime], ...] = (
    orders.c.due_at,
    orders.c.leased_until,
    confirmations.c.tell_at,
    confirmations.c.tell_owner_at,
    watches.c.next_look_at,
    runs.c.told_at,
    digests.c.again_at,
    digest_endings.c.edit_at,
    unsaid.c.again_at,
    stock_watches.c.look_at,
    health_watches.c.look_at,
    health_watches.c.next_at,
    health_watches.c.began_at,
    price_watches.c.look_at,
)
# Times of what has happened: one that lies ahead would hide what happens until then.
STAMPS: tuple[Column[datetime], ...] = (watches.c.since, snapshots.c.read_at)
TABLES = tuple(dict.fromkeys(column.table for column in (*PLANS, *STAMPS)))
MICROSECOND = timedelta(microseconds=1)
SAME = timedelta(seconds=1)  # within which two processes of a machine read its two clocks, and more


_NOTED = upsert(noted).values(machine=bindparam("of"), ahead=bindparam("by"))
_IS_ANOTHER = func.abs(noted.c.ahead - _NOTED.excluded.ahead) > SAME // MICROSECOND
_NOTE = _NOTED.on_conflict_do_update(
    index_elements=["machine"], set_={"ahead": _NOTED.excluded.ahead}, where=_IS_ANOTHER
).returning(noted.c.machine)


async def note(connection: AsyncConnection, machine: str, ahead: timedelta) -> bool:
    """Note by how much a machine's clock is ahead of its stopwatch; False when that was known.

    All processes of a machine see its clock being set: the first one plans anew, the others find it noted.
    """
    await locks.alone(connection, locks.CLOCK)
    moments = {"of": machine, "by": ahead // MICROSECOND}
    return (await connection.execute(_NOTE, moments)).scalar() is not None


async def bring_forward(connection: AsyncConnection, by: timedelta, now: datetime) -> None:
    """After the clock was set back `by` so much, to `now`: move every planned time back as well.

    Whoever works for a person, or on rows of several in the order of their ids, is waited for, and waits.
    """
    await locks.alone(connection, locks.CLOCK)
    await locks.everybody(connection)
    for table in TABLES:
        await locks.rows(connection, select(*table.primary_key).order_by(*table.primary_key).with_for_update())
    for column in PLANS:
        earlier = type_coerce(column, BigInteger) - by // MICROSECOND
        await connection.execute(update(column.table).where(column.is_not(None)).values({column: earlier}))
    running = (runs.c.state == "running") & (runs.c.run_at > now)
    await connection.execute(update(runs).where(running).values(run_at=now))
    for column in STAMPS:
        await connection.execute(update(column.table).where(column > now).values({column: now}))


_MOMENTS = (select(journal.c.at).order_by(journal.c.id.desc()).limit(1), select(func.max(snapshots.c.read_at)))


async def newest_moment(connection: AsyncConnection) -> datetime | None:
    """The latest time at which something was written down; None in an empty database."""
    moments = [(await connection.execute(query)).scalar() for query in _MOMENTS]
    return max((moment for moment in moments if moment is not None), default=None)
