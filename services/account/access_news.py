"""What the owner of an account is told of access to it, written where the access changes, in the same transaction."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import CUT_OFF, ColleagueNews, Unsaid
from storage import unsaid, watches


async def write_news(connection: AsyncConnection, news: ColleagueNews, now: datetime) -> Unsaid:
    """Write it down, to be sent as soon as that is committed. The owner is locked.

    Where a kill comes before that, the next look at the account says it.
    """
    await watches.wake_by(connection, news.owner, now + CUT_OFF)
    return await unsaid.add(
        connection,
        telegram_id=news.owner,
        kind=unsaid.COLLEAGUE,
        notice=msgspec.json.encode(news).decode(),
        quietly=False,
        message_id=None,
        written_at=now,
        again_at=now + CUT_OFF,
    )
