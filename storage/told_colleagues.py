"""Colleagues who are told of somebody else's account: who they are, what each was told of, and what each put off.

`telegram_id` is the account's owner, `person_id` the colleague.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import upsert
from storage.schema import colleague_reminders, colleague_silences, colleagues, watches

_TOLD = select(colleagues.c.person_id).where(colleagues.c.telegram_id == bindparam("telegram_id"), colleagues.c.told)


async def ids(connection: AsyncConnection, telegram_id: int) -> list[int]:
    """The colleagues who are told of this owner's account, in the order in which they came."""
    in_order = _TOLD.order_by(colleagues.c.since, colleagues.c.person_id)
    return list((await connection.execute(in_order, {"telegram_id": telegram_id})).scalars())


async def names(connection: AsyncConnection, telegram_id: int) -> dict[int, str]:
    """What the colleagues are called who are told of this owner's account, by their ids, in the order in which they
    came."""
    columns = select(colleagues.c.person_id, colleagues.c.name)
    mine = columns.where(colleagues.c.telegram_id == telegram_id, colleagues.c.told)
    rows = await connection.execute(mine.order_by(colleagues.c.since, colleagues.c.person_id))
    return {row.person_id: row.name for row in rows}


async def is_told(connection: AsyncConnection, telegram_id: int, person_id: int) -> bool:
    """Whether this colleague is told of the account. Locks the row: until the end of the transaction it stays so."""
    one = _TOLD.where(colleagues.c.person_id == bindparam("person_id")).with_for_update(read=True)
    values = {"telegram_id": telegram_id, "person_id": person_id}
    return (await connection.execute(one, values)).first() is not None


_TOLD_OF = select(colleagues.c.telegram_id).where(colleagues.c.person_id == bindparam("person"), colleagues.c.told)
_IN_ORDER = (
    select(watches.c.telegram_id)
    .where(watches.c.telegram_id.in_(_TOLD_OF))
    .order_by(watches.c.telegram_id)
    .with_for_update()
)
_WAKE_ALL_BY = (
    update(watches)
    .where(
        watches.c.telegram_id.in_(_IN_ORDER),
        or_(watches.c.next_look_at > bindparam("at"), watches.c.next_look_at.is_(None)),
    )
    .values(next_look_at=bindparam("at"), lease=None)
)


async def wake_all_by(connection: AsyncConnection, telegram_id: int, at: datetime) -> None:
    """Plan the next look for this moment, unless it is planned earlier, at each account of others that this person
    (their own id) is told of."""
    await connection.execute(_WAKE_ALL_BY, {"person": telegram_id, "at": at})


_LEADS_SAID = select(colleague_reminders.c.proxy_id, colleague_reminders.c.end, colleague_reminders.c.lead).where(
    colleague_reminders.c.telegram_id == bindparam("telegram_id"),
    colleague_reminders.c.person_id == bindparam("person_id"),
)


async def leads_said(
    connection: AsyncConnection, telegram_id: int, person_id: int
) -> dict[tuple[int, datetime], set[int]]:
    """The leads of which the colleague was reminded, by (proxy id, end)."""
    found: dict[tuple[int, datetime], set[int]] = {}
    whose = {"telegram_id": telegram_id, "person_id": person_id}
    for proxy_id, end, lead in await connection.execute(_LEADS_SAID, whose):
        found.setdefault((proxy_id, end), set()).add(lead)
    return found


async def put_off_by(
    connection: AsyncConnection, telegram_id: int, person_id: int
) -> dict[tuple[int, datetime], datetime]:
    """The ends that the colleague wants no reminder of until a moment, by (proxy id, end)."""
    table = colleague_silences
    query = select(table.c.proxy_id, table.c.end, table.c.until).where(
        table.c.telegram_id == telegram_id, table.c.person_id == person_id
    )
    return {(proxy_id, end): until for proxy_id, end, until in await connection.execute(query)}


async def put_off(
    connection: AsyncConnection, telegram_id: int, person_id: int, ends: Mapping[int, datetime], until: datetime
) -> None:
    """Send the colleague no reminder of these ends until then. Who is told no longer puts nothing off."""
    if not await is_told(connection, telegram_id, person_id):
        return
    key = ["telegram_id", "person_id", "proxy_id", "end"]
    for proxy_id, end in ends.items():
        values = {"telegram_id": telegram_id, "person_id": person_id, "proxy_id": proxy_id, "end": end}
        statement = upsert(colleague_silences).values(**values, until=until)
        await connection.execute(statement.on_conflict_do_update(index_elements=key, set_={"until": until}))


async def forget_older(connection: AsyncConnection, telegram_id: int, before: datetime) -> None:
    """Delete what is about ends before that moment."""
    for table in (colleague_reminders, colleague_silences):
        await connection.execute(delete(table).where(table.c.telegram_id == telegram_id, table.c.end < before))
