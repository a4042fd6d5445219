"""When a chat takes another message, where several processes send: by the database's clock.

`chat` is a keyed hash. A row goes soon after the chat has its whole burst again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, case, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import clock, upsert
from storage.schema import chat_paces

MICROSECOND = timedelta(microseconds=1)
KEPT = 60_000_000  # microseconds

_NEXT = case((chat_paces.c.full_at > clock(), chat_paces.c.full_at), else_=clock()) + bindparam("apart")
_NEW = upsert(chat_paces).values(chat=bindparam("name"), full_at=clock() + bindparam("apart"))
_TAKE = _NEW.on_conflict_do_update(
    index_elements=["chat"], set_={"full_at": _NEXT}, where=chat_paces.c.full_at <= clock() + bindparam("burst")
).returning(chat_paces.c.full_at)
_LEFT = select(chat_paces.c.full_at - clock() - bindparam("burst")).where(chat_paces.c.chat == bindparam("name"))
_OLD = delete(chat_paces).where(chat_paces.c.full_at < clock() - KEPT)


async def take(connection: AsyncConnection, name: str, apart: timedelta, burst: timedelta) -> timedelta:
    """Count a message to the chat: nothing is left to wait for then; else how long it is until one may be sent.

    `burst`: how far ahead of one message `apart` a chat may be.
    """
    asked = {"name": name, "apart": apart // MICROSECOND, "burst": burst // MICROSECOND}
    if (await connection.execute(_TAKE, asked)).scalar() is not None:
        return timedelta()
    left = (await connection.execute(_LEFT, {"name": name, "burst": asked["burst"]})).scalar()
    return max(MICROSECOND, (left or 0) * MICROSECOND)


async def remove_old(connection: AsyncConnection) -> None:
    """Nothing is kept of chats to which nothing was sent just now."""
    await connection.execute(_OLD)
