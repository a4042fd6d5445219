"""In which currency px6 keeps an account now. What was limited in another one says nothing in it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import LimitsDropped
from storage import accounts, colleague_limits, health_watches, stock_watches, unsaid, watches


async def take_currency(
    connection: AsyncConnection, telegram_id: int, px6_user_id: str, currency: str, now: datetime
) -> None:
    """Write it down. Where it is another one, limits of colleagues are dropped, and the owner is told once, with the
    next sweep, of these and of the watches that buy nothing until their sums are set anew. The owner is locked.
    """
    _, before = await accounts.owner(connection, telegram_id)
    if not await accounts.set_currency(connection, telegram_id, px6_user_id, currency):
        return
    names, invites = await colleague_limits.drop(connection, telegram_id)
    replacing = [one.replacing for one in await health_watches.of_person(connection, telegram_id)]
    stock = [one.currency for one in await stock_watches.open_of(connection, telegram_id) if one.up_to is not None]
    other = [each for each in (*(one.currency for one in replacing if one), *stock) if each != currency]
    dropped = LimitsDropped(telegram_id, before, currency, tuple(names), invites, len(other))
    if dropped.is_news:
        await _tell(connection, dropped, now)


async def _tell(connection: AsyncConnection, dropped: LimitsDropped, now: datetime) -> None:
    notice = msgspec.json.encode(dropped).decode()
    given = {"kind": unsaid.LIMITS, "notice": notice, "quietly": False, "message_id": None}
    await unsaid.add(connection, telegram_id=dropped.account, written_at=now, again_at=now, **given)
    await watches.wake(connection, dropped.account, now)
