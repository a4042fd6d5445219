"""Which updates were taken, where Telegram may deliver one again to another process. Each function is one statement,
or decides by its first."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import clock, upsert
from storage.processes import is_alive
from storage.schema import taken_updates

KEPT = 24 * 3600 * 1_000_000  # microseconds: for as long as Telegram keeps a message
COMES_AGAIN = ""  # the holder of an update that Telegram was told to deliver again


class Claim(NamedTuple):
    """Whether the update is this process's to handle. `again`: it could not be written down when it came before;
    `taken`: it was handled."""

    mine: bool
    again: bool = False
    taken: bool = False


_HOLDER = taken_updates.c.holder
_NEW = upsert(taken_updates).values(number=bindparam("update"), holder=bindparam("process"), again=False, at=clock())
_CLAIM = _NEW.on_conflict_do_update(
    index_elements=["number"],
    set_={"holder": _NEW.excluded.holder, "at": clock()},
    where=or_(_HOLDER.in_([COMES_AGAIN, bindparam("mine")]), _HOLDER.is_not(None) & ~is_alive(_HOLDER)),
).returning(taken_updates.c.again)
_IS_TAKEN = select(_HOLDER.is_(None)).where(taken_updates.c.number == bindparam("update"))
_SETTLE = (
    update(taken_updates)
    .where(taken_updates.c.number == bindparam("update"), taken_updates.c.holder == bindparam("process"))
    .values(
        holder=case((bindparam("taken"), None), else_=COMES_AGAIN),
        again=or_(taken_updates.c.again, ~bindparam("taken")),
    )
)
_OLD = delete(taken_updates).where(taken_updates.c.at < clock() - KEPT)


async def claim(connection: AsyncConnection, number: int, process: str, *, at_once: bool) -> Claim:
    """Take an update that nobody has, or who had it is gone. `at_once`: Telegram may forget it from now on."""
    given = {"update": number, "process": None if at_once else process, "mine": process}
    again = (await connection.execute(_CLAIM, given)).scalar()
    if again is not None:
        return Claim(mine=True, again=bool(again))
    return Claim(mine=False, taken=bool((await connection.execute(_IS_TAKEN, {"update": number})).scalar()))


async def settle(connection: AsyncConnection, number: int, process: str, *, taken: bool) -> None:
    """What became of an update of this process's: taken, or to come again."""
    await connection.execute(_SETTLE, {"update": number, "process": process, "taken": taken})


async def remove_old(connection: AsyncConnection) -> None:
    """Nothing is kept of updates that Telegram has forgotten."""
    await connection.execute(_OLD)
