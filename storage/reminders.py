"""Settings of reminders, digests, which reminders were sent, what is muted, and notices that are sent only so often.

What a lead is says `storage/schema/reminders.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import BindParameter, RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import StoredDigest
from model.schedules import Habits
from storage import locks, told_colleagues
from storage.engine.dialects import upsert
from storage.engine.types import UtcTime, time_from_int, time_to_int
from storage.schema import colleague_reminders, digests, habits, notices, reminders, silences
from storage.whose import shared

Row = tuple[int, datetime, int]
CHUNK = 5_000  # rows of one statement


_HABITS = select(habits.c.habits).where(habits.c.telegram_id == shared("telegram_id"))
_KEEP_HABITS = upsert(habits).values(telegram_id=shared("person"), habits=bindparam("new_habits"))
_REPLACE_HABITS = _KEEP_HABITS.on_conflict_do_update(
    index_elements=["telegram_id"], set_={"habits": _KEEP_HABITS.excluded.habits}
)


async def habits_of(connection: AsyncConnection, telegram_id: int) -> Habits:
    """The settings of reminders, the same for all px6 accounts of a person; the defaults where none are stored."""
    stored_habits = (await connection.execute(_HABITS, {"telegram_id": telegram_id})).scalar()
    return Habits() if stored_habits is None else msgspec.convert(stored_habits, Habits)


async def keep_habits(connection: AsyncConnection, telegram_id: int, values: Habits) -> None:
    """Replace the person's settings of reminders."""
    await connection.execute(_REPLACE_HABITS, {"person": telegram_id, "new_habits": values})


_LEADS_SAID = select(reminders.c.proxy_id, reminders.c.end, reminders.c.lead).where(
    reminders.c.telegram_id == bindparam("telegram_id")
)


async def leads_said(connection: AsyncConnection, telegram_id: int) -> dict[tuple[int, datetime], set[int]]:
    """The leads of which the person was reminded, by (proxy id, end)."""
    found: dict[tuple[int, datetime], set[int]] = {}
    for proxy_id, end, lead in await connection.execute(_LEADS_SAID, {"telegram_id": telegram_id}):
        found.setdefault((proxy_id, end), set()).add(lead)
    return found


async def write_digest(
    connection: AsyncConnection,
    telegram_id: int,
    kind: str,
    rows: Collection[Row],
    ends: Mapping[int, datetime],
    quote_id: str | None,
    now: datetime,
    cut_off: datetime,
    receiver: int | None = None,
) -> int | None:
    """Write down a digest that is about to be sent; gives its id. `receiver`: the colleague who gets it.

    None when one of `rows` (proxy id, end, lead) was written before, or the colleague is told no longer: then the
    digest must not be sent. A process that has not noted the outcome at `cut_off` counts as dead, and another one
    sends it. Locks the person.
    """
    await locks.person(connection, telegram_id)
    if receiver is None:
        written = await leads_said(connection, telegram_id)
    elif await told_colleagues.is_told(connection, telegram_id, receiver):
        written = await told_colleagues.leads_said(connection, telegram_id, receiver)
    else:
        return None
    if not rows or any(lead in written.get((proxy_id, end), ()) for proxy_id, end, lead in rows):
        return None
    statement = insert(digests).values(
        telegram_id=telegram_id,
        kind=kind,
        state="sending",
        written_at=now,
        ends={proxy_id: time_to_int(end) for proxy_id, end in ends.items()},
        quote_id=quote_id,
        again_at=cut_off,
        receiver=receiver,
    )
    digest_id = int((await connection.execute(statement.returning(digests.c.id))).scalar_one())
    whose = {"telegram_id": telegram_id} | ({} if receiver is None else {"person_id": receiver})
    listed = [
        {**whose, "proxy_id": proxy_id, "end": end, "lead": lead, "digest_id": digest_id}
        for proxy_id, end, lead in rows
    ]
    table = reminders if receiver is None else colleague_reminders
    for start in range(0, len(listed), CHUNK):
        await connection.execute(insert(table), listed[start : start + CHUNK])
    return digest_id


async def note_sent(
    connection: AsyncConnection,
    digest_id: int,
    state: str,
    message_id: int | None = None,
    *,
    again_at: datetime | None = None,
    tries: int = 0,
) -> None:
    """Note how the sending went. After "failed" its reminders count as not sent, so another digest may name them."""
    statement = update(digests).where(digests.c.id == digest_id)
    await connection.execute(statement.values(state=state, message_id=message_id, again_at=again_at, tries=tries))
    if state == "failed":
        for table in (reminders, colleague_reminders):
            await connection.execute(delete(table).where(table.c.digest_id == digest_id))


async def unsay(connection: AsyncConnection, digest_id: int, proxy_ids: Collection[int]) -> None:
    """Reminders of these count as not sent by this digest, so another one may name them."""
    for table in (reminders, colleague_reminders):
        mine = (table.c.digest_id == digest_id) & table.c.proxy_id.in_(list(proxy_ids))
        await connection.execute(delete(table).where(mine))


async def uncertain(connection: AsyncConnection, telegram_id: int, now: datetime) -> list[StoredDigest]:
    """The person's digests that are to be sent again now, oldest first."""
    query = select(digests).where(digests.c.telegram_id == telegram_id, digests.c.again_at <= now)
    return [stored(row) for row in (await connection.execute(query.order_by(digests.c.id))).mappings()]


_NEXT_TRY = select(func.min(digests.c.again_at)).where(digests.c.telegram_id == bindparam("telegram_id"))


async def next_try(connection: AsyncConnection, telegram_id: int) -> datetime | None:
    """When the next of the person's digests is to be sent again; None: none is."""
    found: datetime | None = (await connection.execute(_NEXT_TRY, {"telegram_id": telegram_id})).scalar()
    return found


async def take_again(
    connection: AsyncConnection, digest_id: int, quote_id: str | None, now: datetime, cut_off: datetime
) -> bool:
    """Take a digest that is to be sent again; False when another process did."""
    due = (digests.c.id == digest_id) & (digests.c.again_at <= now)
    statement = update(digests).where(due).values(state="sending", again_at=cut_off, quote_id=quote_id)
    return (await connection.execute(statement)).rowcount == 1


async def recent(
    connection: AsyncConnection, telegram_id: int, since: datetime, receiver: int | None = None
) -> list[StoredDigest]:
    """The person's digests written since then, newest first; or those of a colleague about this account."""
    mine = (digests.c.telegram_id == telegram_id) & digests.c.receiver.is_not_distinct_from(receiver)
    query = select(digests).where(mine, digests.c.written_at >= since)
    return [stored(row) for row in (await connection.execute(query.order_by(digests.c.id.desc()))).mappings()]


async def digest(connection: AsyncConnection, telegram_id: int, digest_id: int) -> StoredDigest | None:
    """A digest of this person's."""
    query = select(digests).where(digests.c.id == digest_id, digests.c.telegram_id == telegram_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else stored(row)


def stored(row: RowMapping) -> StoredDigest:
    ends = {int(proxy_id): time_from_int(end) for proxy_id, end in row["ends"].items()}
    return StoredDigest(**{**row, "ends": ends})


_MINE: BindParameter[int] = bindparam("person")
_BEFORE = bindparam("before", type_=UtcTime())
_IN_USE = tuple(
    select(table.c.digest_id).where(table.c.telegram_id == _MINE) for table in (reminders, colleague_reminders)
)
_FORGET_OLDER = (
    *(delete(table).where(table.c.telegram_id == _MINE, table.c.end < _BEFORE) for table in (reminders, silences)),
    delete(digests).where(
        digests.c.telegram_id == _MINE,
        digests.c.written_at < _BEFORE,
        *(digests.c.id.not_in(used) for used in _IN_USE),
    ),
    delete(notices).where(notices.c.telegram_id == _MINE, notices.c.at < _BEFORE),
)


async def forget_older(connection: AsyncConnection, telegram_id: int, before: datetime) -> None:
    """Delete what is about ends before that moment, and digests and notices from before it."""
    for statement in _FORGET_OLDER:
        await connection.execute(statement, {"person": telegram_id, "before": before})


# -- what is muted


async def muted_of(connection: AsyncConnection, telegram_id: int) -> dict[tuple[int, datetime], datetime | None]:
    """The ends that the person wants no reminder of, by (proxy id, end): until when (None: until it is prolonged)."""
    query = select(silences.c.proxy_id, silences.c.end, silences.c.until).where(silences.c.telegram_id == telegram_id)
    return {(proxy_id, end): until for proxy_id, end, until in await connection.execute(query)}


async def mute(
    connection: AsyncConnection, telegram_id: int, ends: Mapping[int, datetime], until: datetime | None
) -> None:
    """Send no reminder of these ends until then, but for those that are never to be reminded of; None: never."""
    key, put_off = ["telegram_id", "proxy_id", "end"], silences.c.until.is_not(None)
    for proxy_id, end in ends.items():
        statement = upsert(silences).values(telegram_id=telegram_id, proxy_id=proxy_id, end=end, until=until)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=key, set_={"until": until}, where=put_off)
        )


async def unmute(connection: AsyncConnection, telegram_id: int, ends: Iterable[tuple[int, datetime]]) -> None:
    """Send reminders of these ends again."""
    for proxy_id, end in ends:
        await connection.execute(
            delete(silences).where(
                silences.c.telegram_id == telegram_id, silences.c.proxy_id == proxy_id, silences.c.end == end
            )
        )


# -- notices that are sent only so often


async def notice(
    connection: AsyncConnection, telegram_id: int, kind: str, key: str, now: datetime, *, most: int = 1
) -> bool:
    """Count a notice before it is sent; False when it was sent `most` times already. Locks the person."""
    await locks.person(connection, telegram_id)
    mine = (notices.c.telegram_id == telegram_id) & (notices.c.kind == kind) & (notices.c.key == key)
    times: int = (await connection.execute(select(notices.c.times).where(mine))).scalar() or 0
    if times >= most:
        return False
    await _put_notice(connection, telegram_id, kind, key, {"times": times + 1, "amount": None, "at": now})
    return True


async def amounts_said(
    connection: AsyncConnection, telegram_id: int, kind: str
) -> dict[str, tuple[Decimal, datetime]]:
    """The sums that a notice named when it was sent last, by the name of the sum: (sum, when)."""
    query = select(notices.c.key, notices.c.amount, notices.c.at).where(
        notices.c.telegram_id == telegram_id, notices.c.kind == kind, notices.c.amount.is_not(None)
    )
    return {key: (amount, at) for key, amount, at in await connection.execute(query)}


async def put_amounts(
    connection: AsyncConnection, telegram_id: int, kind: str, amounts: Mapping[str, Decimal], now: datetime
) -> None:
    """Write down the sums of a notice before it is sent."""
    for key, amount in amounts.items():
        await _put_notice(connection, telegram_id, kind, key, {"times": 1, "amount": amount, "at": now})


async def _put_notice(
    connection: AsyncConnection, telegram_id: int, kind: str, key: str, values: Mapping[str, Any]
) -> None:
    statement = upsert(notices).values(telegram_id=telegram_id, kind=kind, key=key, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["telegram_id", "kind", "key"], set_=values)
    )


async def drop_notice(connection: AsyncConnection, telegram_id: int, kind: str, key: str | None = None) -> None:
    """Forget that a notice was sent: when its reason comes back, it is sent again."""
    mine = (notices.c.telegram_id == telegram_id) & (notices.c.kind == kind)
    if key is not None:
        mine &= notices.c.key == key
    await connection.execute(delete(notices).where(mine))


# -- looks of which the owner can be told nothing


_LOOK = "look"  # a row in place of a notice


async def last_look_without_owner(connection: AsyncConnection, telegram_id: int) -> datetime | None:
    """When the last look was of which only colleagues of this owner could be told; None: there was none."""
    mine = (notices.c.telegram_id == telegram_id) & (notices.c.kind == _LOOK)
    at: datetime | None = (await connection.execute(select(notices.c.at).where(mine))).scalar()
    return at


async def note_look_without_owner(connection: AsyncConnection, telegram_id: int, at: datetime) -> None:
    """Write down when such a look was. What it saw is not kept: what changed is told once the owner is back."""
    await _put_notice(connection, telegram_id, _LOOK, "", {"times": 1, "amount": None, "at": at})
