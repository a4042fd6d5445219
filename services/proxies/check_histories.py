"""What the last checks of each proxy said: written many at once, since a check may be of a thousand."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from model.accounts import StoredAccount
from model.checks import CheckEntry, CheckHistory
from model.errors import StorageError
from px6 import Check
from services.account.unchanged import AccountChanged, write_if_unchanged
from storage import check_histories
from storage.engine.database import Database

log = logging.getLogger(__name__)

WRITTEN_AT_ONCE = 100  # proxies; at px6's three calls a second half a minute of a check


class CheckHistories:
    """Only what px6 said is kept: where it did not answer there is nothing to say of the proxy."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def of(self, telegram_id: int, proxy_ids: Collection[int]) -> dict[int, CheckHistory]:
        """The last checks of these proxies of the person's account, as far as there were any."""
        if not proxy_ids:
            return {}
        async with self._database.read() as connection:
            return await check_histories.of_proxies(connection, telegram_id, proxy_ids)

    def writer(self, account: StoredAccount) -> HistoryWriter:
        """Takes what px6 says of this account's proxies."""
        return HistoryWriter(account, self._write, self._clock)

    async def _write(self, account: StoredAccount, said: Mapping[int, CheckEntry]) -> None:
        """A database that cannot be written stops no check: then this part of it is not kept."""
        try:
            async with write_if_unchanged(self._database, account) as connection:
                await check_histories.note(
                    connection, account.telegram_id, px6_user_id=account.px6_user_id, checked=said
                )
        except AccountChanged:
            log.debug("The account of a check is not the person's any more")
        except StorageError as error:
            log.warning("What a check said could not be kept: %s", error)


class HistoryWriter:
    """Takes the answers of one check, and writes them many at once; `flush` writes the rest.

    `account` is the one that is checked: whoever reads it again says so here.
    """

    def __init__(
        self,
        account: StoredAccount,
        write: Callable[[StoredAccount, Mapping[int, CheckEntry]], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self.account, self._write, self._clock = account, write, clock
        self._waiting: dict[int, CheckEntry] = {}

    async def add(self, proxy_id: int, said: Check) -> None:
        """px6 has just said this of the proxy."""
        self._waiting[proxy_id] = CheckEntry(self._clock(), said.alive, said.seconds)
        if len(self._waiting) >= WRITTEN_AT_ONCE:
            await self.flush()

    async def flush(self) -> None:
        said, self._waiting = self._waiting, {}
        if said:
            await self._write(self.account, said)
