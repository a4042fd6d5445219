"""How the matter of a digest was ended by somebody else than who got it, until its message says so, and after."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import DigestEnding
from model.rules import ProxyEnd
from storage.engine.dialects import upsert
from storage.engine.types import time_from_int
from storage.schema import colleagues, digest_endings, digests, quotes

MOST = 50  # messages that are edited at once

_SHARED = exists().where(colleagues.c.telegram_id == bindparam("telegram_id"))
_ENDED = exists().where(digest_endings.c.digest_id == digests.c.id)  # by a colleague who may be gone by now
_DIGESTS = select(digests.c.id, digests.c.ends, digests.c.quote_id, digests.c.receiver).where(
    digests.c.telegram_id == bindparam("telegram_id"), digests.c.state != "failed", _SHARED | _ENDED
)


async def note(
    connection: AsyncConnection,
    telegram_id: int,
    ends: Collection[ProxyEnd],
    at: datetime,
    *,
    besides: int | None = None,
    quote_id: str | None = None,
    to_all: bool = False,
    **ending: Any,
) -> list[int]:
    """The digests about nothing but these ends have this `ending`, and those with this quote; gives their ids.

    `besides`: the colleague who ended it, whose own messages say so anyhow; None: the owner did. `to_all`: a rule
    did. An `ending` without a payment leaves the one before, which may have paid. Of an account without colleagues
    nothing is written but of digests that were ended before.
    """
    about = [
        row
        for row in await connection.execute(_DIGESTS, {"telegram_id": telegram_id})
        if (quote_id is not None and row.quote_id == quote_id) or _ends_of(row) <= set(ends)
    ]
    found = [row.id for row in about if to_all or row.receiver != besides]
    newest = {"by_name": None, **ending, "by_person": besides, "at": at}
    for digest_id in found:
        values = {**newest, "edit_at": at, "tries": 0}
        statement = upsert(digest_endings).values(digest_id=digest_id, telegram_id=telegram_id, **values)
        await connection.execute(statement.on_conflict_do_update(index_elements=["digest_id"], set_=values))
    if own := {row.id for row in about}.difference(found):
        await _end_own(connection, own, newest)
    return found


async def _end_own(connection: AsyncConnection, own: Collection[int], newest: Mapping[str, Any]) -> None:
    """What others had made of the digests of whoever ends it now is so no longer, unless they have paid it."""
    mine = digest_endings.c.digest_id.in_(own)
    if newest["kind"] == "paid":
        await connection.execute(delete(digest_endings).where(mine))
    else:
        await connection.execute(update(digest_endings).where(mine).values(**newest))


def _ends_of(row: Any) -> set[ProxyEnd]:
    return {(int(proxy_id), time_from_int(end)) for proxy_id, end in row.ends.items()}


async def of_digest(connection: AsyncConnection, telegram_id: int, digest_id: int) -> DigestEnding | None:
    """How a digest of this owner's account was ended; None: by nobody else."""
    mine = (digest_endings.c.digest_id == digest_id) & (digest_endings.c.telegram_id == telegram_id)
    row = (await connection.execute(select(digest_endings).where(mine))).mappings().first()
    return None if row is None else DigestEnding(**row)


_DUE = digest_endings.c.edit_at <= bindparam("now")
_OF_PAYMENT = digest_endings.c.confirmation_id == bindparam("payment")
_ID = select(digest_endings.c.digest_id)


_ANY_DUE, _ANY_OF_PAYMENT = (_ID.where(which).limit(1) for which in (_DUE, _OF_PAYMENT))


async def is_any_due(connection: AsyncConnection, now: datetime, confirmation_id: int | None = None) -> bool:
    """Whether any message is to be edited now, or is about this payment."""
    if confirmation_id is None:
        found = await connection.execute(_ANY_DUE, {"now": now})
    else:
        found = await connection.execute(_ANY_OF_PAYMENT, {"payment": confirmation_id})
    return found.first() is not None


async def take(
    connection: AsyncConnection, now: datetime, cut_off: datetime, confirmation_id: int | None = None
) -> list[DigestEnding]:
    """Take what is due, or all that is about this payment. Should this process die, it is due again at `cut_off`."""
    which, values = (_DUE, {"now": now}) if confirmation_id is None else (_OF_PAYMENT, {"payment": confirmation_id})
    some = _ID.where(which).order_by(digest_endings.c.digest_id).limit(MOST).with_for_update(skip_locked=True)
    statement = update(digest_endings).where(digest_endings.c.digest_id.in_(some)).values(edit_at=cut_off)
    rows = (await connection.execute(statement.returning(*digest_endings.c), values)).mappings()
    return sorted((DigestEnding(**row) for row in rows), key=lambda each: each.digest_id)


async def put_off(connection: AsyncConnection, ending: DigestEnding, edit_at: datetime | None, tries: int) -> None:
    """Plan another try (None: none), unless the matter was ended anew meanwhile."""
    same = (digest_endings.c.digest_id == ending.digest_id) & (digest_endings.c.at == ending.at)
    await connection.execute(update(digest_endings).where(same).values(edit_at=edit_at, tries=tries))


async def shows_payment(connection: AsyncConnection, telegram_id: int, chat_id: int, message_id: int) -> bool:
    """Whether a message shows a payment of this account that was confirmed there."""
    query = select(quotes.c.id).where(
        quotes.c.telegram_id == telegram_id,
        quotes.c.chat_id == chat_id,
        quotes.c.message_id == message_id,
        quotes.c.state == "claimed",
    )
    return (await connection.execute(query.limit(1))).first() is not None
