"""People who watch the same: px6 is asked for all of them by any one's key, and each is told when they are awake."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.notifications import CUT_OFF
from px6 import Px6Client
from services.account.accounts import Accounts, NoKey
from services.account.people import People
from services.reminders.schedule import quiet_until, zone_of
from storage import reminders, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

AWAY = timedelta(days=1)  # between looks whether somebody who has blocked the bot is back
KEYS_TRIED = 3  # for one answer
NOT_HERE = (px6.WrongKey, px6.WrongAddress, NoKey)  # somebody else's key may do

Told = TypeVar("Told")


async def look_soon(connection: AsyncConnection, telegram_id: int, now: datetime) -> None:
    """Plan a look at the account, which says again what was written now and not certainly sent by then."""
    await watches.wake_by(connection, telegram_id, now + CUT_OFF)


class Company:
    """Asks px6 by the keys of those who watch something, and knows who may be told now."""

    def __init__(self, database: Database, people: People, accounts: Accounts, clock: Callable[[], datetime]) -> None:
        self._database, self._people, self._accounts, self._clock = database, people, accounts, clock

    async def rests_until(self, telegram_id: int, *, night: bool = False) -> datetime | None:
        """When there is somebody to be told: the end of their quiet hours; tomorrow, perhaps, if they are away.

        None: now. `night`: quiet hours are none.
        """
        person, now = await self._people.find(telegram_id), self._clock()
        if person is None or person.blocked_at is not None:
            return now + AWAY
        if night:
            return None
        async with self._database.read() as connection:
            return quiet_until(await reminders.habits_of(connection, telegram_id), zone_of(person.zone), now)

    async def ask(
        self, telegram_ids: Sequence[int], ask: Callable[[Px6Client], Awaitable[Told | None]]
    ) -> Told | None:
        """What px6 tells, by the key of one of these people; None where nobody's key brings an answer."""
        for telegram_id in list(dict.fromkeys(telegram_ids))[:KEYS_TRIED]:
            try:
                return await ask((await self._accounts.client(telegram_id)).background)
            except NOT_HERE:
                continue
            except px6.Px6Error as error:
                log.debug("What is watched could not be read: %s", type(error).__name__)
                return None
        return None
