"""What rounds of looking at what people watch share: what they ask, whom they tell, and which rows are theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.account.access import Access
from services.account.accounts import Accounts
from services.account.people import People
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Sender
from services.notifications.line import Line
from services.watching.company import Company
from storage.engine.database import Database

BATCH = 500  # taken at once

Row = TypeVar("Row")
IsDue = Callable[[AsyncConnection, datetime], Awaitable[bool]]


class Take(Protocol[Row]):
    """Takes rows that are due, for nobody else before `again`; of people who are `allowed`."""

    async def __call__(
        self, connection: AsyncConnection, now: datetime, again: datetime, most: int, allowed: Collection[int] = ()
    ) -> list[Row]: ...


@dataclass(frozen=True)
class RoundNeeds:
    """What every round of looks stands on. `access`: who may use the bot; what others watch rests."""

    database: Database
    people: People
    accounts: Accounts
    sender: Sender
    line: Line
    access: Access
    clock: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False

    def notices(self) -> NoticeDelivery:
        """How what was found out is told."""
        return NoticeDelivery(self.database, self.sender, self.line, self.clock)


class WatchRounds:
    """Derive from it; `look` is called about once a minute, by any number of processes."""

    def __init__(self, needs: RoundNeeds) -> None:
        self._database, self._people, self._accounts = needs.database, needs.people, needs.accounts
        self._line, self._access, self._clock, self._stopping = needs.line, needs.access, needs.clock, needs.stopping
        self._notices = needs.notices()
        self._company = Company(needs.database, needs.people, needs.accounts, needs.clock)

    async def _taken(self, is_due: IsDue, take: Take[Row], every: timedelta) -> list[Row]:
        """Rows that are due; none while Telegram takes no messages."""
        now = self._clock()
        async with self._database.read() as connection:
            if not await is_due(connection, now):
                return []  # most of the time: without locking anybody out
        if not await self._line.is_open():
            return []
        async with self._database.write() as connection:
            return await take(connection, now, now + every, BATCH, self._access.allowed)
