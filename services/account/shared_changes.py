"""What the processes on a database tell each other of changes at px6: what was read before another's is old."""

from __future__ import annotations

import logging
from collections import Counter

from model.accounts import StoredAccount
from model.errors import StorageError
from storage import accounts
from storage.engine.database import Database

log = logging.getLogger(__name__)


class SharedChanges:
    """Tells the others of this process's own changes, and counts them: what it keeps itself is as new as they are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own: Counter[str] = Counter()

    async def tell(self, px6_user_id: str) -> None:
        """Something was changed at px6. One that is not told sees it later."""
        try:
            async with self._database.single() as connection:
                await accounts.note_change(connection, px6_user_id)
        except StorageError as error:
            log.warning("The other processes were not told of a change at px6: %s", error)
        else:
            self._own[px6_user_id] += 1

    def of_others(self, account: StoredAccount) -> int:
        """A number that another process's change makes a different one."""
        return account.changes - self._own[account.px6_user_id]
