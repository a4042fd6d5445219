"""What the last checks of each proxy said: written a batch at a time, since a check may be of a thousand."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

from model.accounts import StoredAccount
from model.checks import CheckEntry, CheckHistory
from model.errors import StorageError
from services.account.unchanged import AccountChanged, write_if_unchanged
from storage import check_histories
from storage.engine.database import Database

log = logging.getLogger(__name__)


class CheckHistories:
    """Only what px6 said is written: where it did not answer there is nothing to say of the proxy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, account: StoredAccount, checked: Mapping[int, CheckEntry]) -> None:
        """Keep what px6 said of the account's proxies, by their ids, if the person still has it.

        A check is not stopped by a database that cannot be written: then this part of it is not kept.
        """
        if not checked:
            return
        try:
            async with write_if_unchanged(self._database, account) as connection:
                await check_histories.note(
                    connection, account.telegram_id, px6_user_id=account.px6_user_id, checked=checked
                )
        except AccountChanged:
            log.debug("The account of a check is not the person's any more")
        except StorageError as error:
            log.warning("What a check said could not be kept: %s", error)

    async def of(self, telegram_id: int, proxy_ids: Collection[int]) -> dict[int, CheckHistory]:
        """The last checks of these proxies of the person's account, as far as there were any."""
        if not proxy_ids:
            return {}
        async with self._database.read() as connection:
            return await check_histories.of_proxies(connection, telegram_id, proxy_ids)
