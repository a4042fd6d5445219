"""What is told about colleagues: to the owner of an account, who must not miss it, and to the colleague."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from model.notifications import ColleagueNews, Unsaid
from services.account.access_news import write_news
from services.account.accounts import Accounts
from services.account.people import People
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import AccessEnded, Gone, NotSent, RightChanged, Sender, Unsure
from services.notifications.line import Line
from storage import locks
from storage.engine.database import Database

log = logging.getLogger(__name__)


class ColleagueNewsDelivery:
    """Tells owners, written down before it is sent; and colleagues, who see it at their next tap in any case."""

    def __init__(
        self,
        database: Database,
        people: People,
        accounts: Accounts,
        sender: Sender,
        line: Line,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._people, self._accounts = database, people, accounts
        self._sender, self._line, self._clock = sender, line, clock
        self._notices = NoticeDelivery(database, sender, line, clock)

    async def write(self, news: ColleagueNews) -> Unsaid | None:
        """Write it down for the owner of the account, to be sent; None: there is no such account any more."""
        if await self._accounts.account(news.owner) is None:
            return None
        async with self._database.write() as connection:
            await locks.person(connection, news.owner)
            return await write_news(connection, news, self._clock())

    async def send(self, written: Unsaid) -> None:
        """Send what was written down; what Telegram does not take now is sent again with a look at the account."""
        owner = await self._people.find(written.telegram_id)
        if owner is None:
            return
        try:
            await self._notices.send(owner, written)
        except Gone:
            log.debug("The owner of an account was not told of a colleague: they have blocked the bot")

    async def tell(self, person: int, news: RightChanged | AccessEnded) -> None:
        """Tell a colleague; where Telegram does not take it, their next tap says the same."""
        known = await self._people.find(person)
        if known is None:
            return
        try:
            await self._line.check()
            with self._line.sending():
                await self._sender.notice(known, news)
        except (NotSent, Unsure) as error:
            log.debug("A colleague was not told of their access: %s", type(error).__name__)
