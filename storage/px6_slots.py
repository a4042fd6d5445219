"""The slots of px6's limit, where several processes share the keys: as many rows for each key as calls a second.

`name` is a keyed hash of the key. A slot is held from before a call is sent until a second after its answer, so px6
never counts more (`px6/throttle.py`). Times are the database's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Integer, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import clock, upsert
from storage.processes import is_alive
from storage.schema import px6_slots

SECOND = 1_000_000  # microseconds
LONGEST_HOLD = 120 * SECOND  # longer than any call: a slot that nobody gave back is free then
KEPT = 3600 * SECOND  # after a key was used last


class Taken(NamedTuple):
    """What came of asking for a slot. `number`: of the one that was taken; None: wait so many seconds, as long as no
    other call ends. `made` is False where the key has no slots yet."""

    number: int | None
    wait: float
    made: bool


_ADD = upsert(px6_slots).values(name=bindparam("slots"), number=bindparam("nth"), free_at=clock())
_ADD = _ADD.on_conflict_do_nothing(index_elements=["name", "number"])

_MINE = px6_slots.c.name == bindparam("slots")
_IS_FREE = or_(px6_slots.c.free_at <= clock(), and_(px6_slots.c.holder.is_not(None), ~is_alive(px6_slots.c.holder)))
_FREE = (
    select(px6_slots.c.number)
    .where(_MINE, _IS_FREE)
    .order_by(px6_slots.c.number)
    .limit(bindparam("needs", type_=Integer()))
    .with_for_update(skip_locked=True)
    .cte("free")
)
_ENOUGH = select(func.min(_FREE.c.number)).having(func.count() >= bindparam("needs", type_=Integer()))
_TAKE = (
    update(px6_slots)
    .where(_MINE, px6_slots.c.number == _ENOUGH.scalar_subquery())
    .values(holder=bindparam("process"), free_at=clock() + LONGEST_HOLD)
    .returning(px6_slots.c.number)
)
_RESTING = case((px6_slots.c.holder.is_(None), px6_slots.c.free_at - clock()))
_LEFT = select(_RESTING.label("left")).where(_MINE)
_GIVE_BACK = (
    update(px6_slots)
    .where(_MINE, px6_slots.c.number == bindparam("nth"), px6_slots.c.holder == bindparam("process"))
    .values(holder=None, free_at=clock() + bindparam("rest"))
)
_GIVE_BACK_OTHERS = (
    update(px6_slots)
    .where(
        _MINE,
        px6_slots.c.number.not_in(bindparam("in_use", expanding=True)),
        px6_slots.c.holder == bindparam("process"),
    )
    .values(holder=None, free_at=clock() + bindparam("rest"))
)
_USED = select(px6_slots.c.name).where(px6_slots.c.free_at >= clock() - KEPT)
_UNUSED = delete(px6_slots).where(px6_slots.c.name.not_in(_USED))


async def add(connection: AsyncConnection, slots: str, limit: int) -> None:
    """See to it that the key has its slots."""
    await connection.execute(_ADD, [{"slots": slots, "nth": number} for number in range(limit)])


async def take(connection: AsyncConnection, slots: str, process: str, needs: int) -> Taken:
    """Take a slot while so many are free."""
    asked = {"slots": slots, "process": process, "needs": needs}
    number = (await connection.execute(_TAKE, asked)).scalar()
    if number is not None:
        return Taken(number, 0.0, made=True)
    left = list((await connection.execute(_LEFT, {"slots": slots})).scalars())
    resting = sorted(each for each in left if each is not None)
    return Taken(None, resting[needs - 1] / SECOND if len(resting) >= needs else float("inf"), made=bool(left))


async def give_back(connection: AsyncConnection, slots: str, number: int, process: str, rest: int) -> None:
    """The call has ended: its slot is free after `rest` microseconds."""
    await connection.execute(_GIVE_BACK, {"slots": slots, "nth": number, "process": process, "rest": rest})


async def give_back_all_but(
    connection: AsyncConnection, slots: str, in_use: Collection[int], process: str, rest: int
) -> None:
    """Whatever slots of the key this process has but is not using are free after `rest` microseconds."""
    others = {"slots": slots, "in_use": list(in_use), "process": process, "rest": rest}
    await connection.execute(_GIVE_BACK_OTHERS, others)


async def remove_unused(connection: AsyncConnection) -> None:
    """Nothing is kept of keys that nobody has used for an hour. All slots of a key go together."""
    await connection.execute(_UNUSED)
