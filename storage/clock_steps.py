"""Brings planned times forward after somebody set the clock back: otherwise all of it would come late by as much."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import locks
from storage.schema import confirmations, digests, journal, orders, runs, snapshots, unsaid, watches

# Planned times. Not those of announced payments: the person was told when they come.
PLANS: tuple[Column[datetime], ...] = (
    orders.c.due_at,
    orders.c.leased_until,
    confirmations.c.tell_at,
    watches.c.next_look_at,
    runs.c.told_at,
    digests.c.again_at,
    unsaid.c.again_at,
)
# Times of what has happened: one that lies ahead would hide what happens until then.
STAMPS: tuple[Column[datetime], ...] = (watches.c.since, snapshots.c.read_at)
MICROSECOND = timedelta(microseconds=1)


async def bring_forward(connection: AsyncConnection, by: timedelta, now: datetime) -> None:
    """After the clock was set back `by` so much, to `now`: move every planned time back as well."""
    await locks.alone(connection, locks.CLOCK)
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
