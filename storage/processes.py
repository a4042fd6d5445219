"""Which processes run on one database, and which of them does what. Times are the database's: all share its clock.

A process is gone when it has not said for `alive_for` that it runs; whatever it held is free then. One that has ended
in good order leaves a row that says so: by that others notice that what it left is to be taken over. Each function is
one statement, so that two processes that ask at once are told different things.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Text, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import clock, upsert
from storage.schema import leases, processes

CLOCKS_APART = timedelta(minutes=1)
"""At most so much lies between two processes' clocks, with what passes from reading one to the statement with it.
A claim that lasts longer than any, and not only by this, was made before the clock was set back."""


_ENDED = 0  # in place of the time until which a process is not gone
_ALIVE = select(processes.c.id).where(processes.c.until > clock())


def is_alive(holder: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the process whose id stands there runs.

    Not by EXISTS: in the condition of an ON CONFLICT SQLAlchemy would have that look at all rows, not at this one.
    """
    return holder.in_(_ALIVE)


def is_known(holder: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the process whose id stands there runs, or is gone and nobody has buried it yet."""
    return exists().where(processes.c.id == holder, processes.c.until > _ENDED)


_UNTIL = clock() + bindparam("micros")
_BEGIN = upsert(processes).values(id=bindparam("process"), until=_UNTIL)
_BEGIN = _BEGIN.on_conflict_do_update(index_elements=["id"], set_={"until": _UNTIL})
_RENEW = update(processes).where(processes.c.id == bindparam("process")).values(until=_UNTIL)
_LIVING = select(func.count()).select_from(processes).where(processes.c.until > clock())
_BURY = delete(processes).where(processes.c.until <= clock()).returning(processes.c.until)
_END = update(processes).where(processes.c.id == bindparam("process")).values(until=_ENDED)


async def begin(connection: AsyncConnection, process: str, alive_for: timedelta) -> None:
    """The process runs."""
    await connection.execute(_BEGIN, {"process": process, "micros": alive_for // timedelta(microseconds=1)})


async def renew(connection: AsyncConnection, process: str, alive_for: timedelta) -> bool:
    """The process still runs; False when another has buried it: what it held is free."""
    moments = {"process": process, "micros": alive_for // timedelta(microseconds=1)}
    return (await connection.execute(_RENEW, moments)).rowcount == 1


async def count_living(connection: AsyncConnection) -> int:
    """How many processes run."""
    return int((await connection.execute(_LIVING)).scalar_one())


async def bury(connection: AsyncConnection) -> list[bool]:
    """Take off those that are gone or have ended: what they left is to be taken over. Gives of each whether it had
    ended in good order."""
    return [until == _ENDED for until in (await connection.execute(_BURY)).scalars()]


async def end(connection: AsyncConnection, process: str) -> None:
    """The process ends: what it still holds is free at once, and whoever buries it takes over what it left."""
    await connection.execute(_END, {"process": process})


_BY = bindparam("process", type_=Text())
_OF_LIVING = select(bindparam("lease", type_=Text()), _BY).where(is_alive(_BY))
_NEW = upsert(leases).from_select(["name", "holder"], _OF_LIVING)
_TAKE = _NEW.on_conflict_do_update(
    index_elements=["name"],
    set_={"holder": _NEW.excluded.holder},
    where=or_(leases.c.holder == _NEW.excluded.holder, ~is_alive(leases.c.holder)),
).returning(leases.c.name)
_MINE = (leases.c.name == bindparam("lease")) & (leases.c.holder == bindparam("process"))
_RELEASE = delete(leases).where(_MINE)
_LEFT = delete(leases).where(~is_known(leases.c.holder))


async def take(connection: AsyncConnection, lease: str, process: str) -> bool:
    """Take what nobody has, or who has it is gone, or this process has; False while another one has it, and for a
    process that is gone itself until it says again that it runs: others would not see that it is held."""
    return (await connection.execute(_TAKE, {"lease": lease, "process": process})).scalar() is not None


async def release(connection: AsyncConnection, lease: str, process: str) -> None:
    """Let others have it."""
    await connection.execute(_RELEASE, {"lease": lease, "process": process})


async def release_left(connection: AsyncConnection) -> None:
    """Take off what those held that were buried."""
    await connection.execute(_LEFT)


_WORD = bindparam("word", type_=Text())
_HOLDER = select(_WORD, leases.c.holder).where(leases.c.name == bindparam("lease"), is_alive(leases.c.holder))
_LEAVE = upsert(leases).from_select(["name", "holder"], _HOLDER)
_TELL = _LEAVE.on_conflict_do_update(index_elements=["name"], set_={"holder": _LEAVE.excluded.holder}).returning(
    leases.c.name
)
_HEARD = select(leases.c.name).where(leases.c.name == bindparam("word"), leases.c.holder == bindparam("process"))


async def tell(connection: AsyncConnection, lease: str, word: str) -> bool:
    """Leave a word for whoever holds the lease, as a lease of theirs; False when nobody does that runs."""
    return (await connection.execute(_TELL, {"lease": lease, "word": word})).scalar() is not None


async def is_told(connection: AsyncConnection, word: str, process: str) -> bool:
    """Whether the word was left for this process; it goes with its `release`."""
    return (await connection.execute(_HEARD, {"word": word, "process": process})).scalar() is not None
