"""Backups of the database while the bot runs: one when the newest is older than the period."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from model.errors import StorageError
from services.ground.leases import Leases, LocalLeases
from storage.engine.backups import BackupFolder
from storage.engine.database import Database
from storage.engine.database_tools import Stopped

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)  # after a failure, or after the period where that is shorter


@dataclass(frozen=True)
class BackupResult:
    """How a backup went that was begun at `at`. `file` is None when it failed; `error` is one line for the owner."""

    at: datetime
    file: Path | None
    error: str = ""


class Backups:
    """Makes backups in a thread. `last`: how the newest one went that this process made; None: none yet.

    Of several processes one at a time makes one: the others then find it in the folder.
    """

    def __init__(
        self,
        database: Database,
        folder: BackupFolder | None,
        every: timedelta,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        leases: Leases | None = None,
    ) -> None:
        """No `folder`: no backups. One under way is given up when `stopping` says so."""
        self._database, self._folder, self._every = database, folder, every
        self._clock, self._stopping = clock, stopping
        self._leases = leases or LocalLeases()
        self.last: BackupResult | None = None

    @property
    def wanted(self) -> bool:
        """Whether the owner wants any."""
        return self._folder is not None

    async def newest_at(self) -> datetime | None:
        """When the newest backup in the folder was made, by whatever process. Raises StorageError."""
        if self._folder is None:
            return None
        newest = await asyncio.to_thread(self._folder.newest, self._clock())
        return None if newest is None else newest[0]

    async def last_now(self) -> BackupResult | None:
        """`last`, which has not failed any more where another process has made one since in the same folder."""
        last = self.last
        if self._folder is not None and last is not None and last.file is None:
            try:
                newest = await asyncio.to_thread(self._folder.newest, self._clock())
            except StorageError:
                return last
            if self.last is last and newest is not None and newest[0] >= last.at.replace(microsecond=0):
                self.last = BackupResult(*newest)
        return self.last

    async def back_up(self) -> None:
        """Make a backup if one is due and none is under way. A failure is one line in the log, and in `last`."""
        if self._folder is None:
            return
        try:
            async with self._leases.held_if_free("backup") as is_mine:
                if is_mine:
                    await self._make_if_due(self._folder, self._clock())
        except StorageError as error:
            log.debug("Whether a backup is due is looked at again in a minute: %s", error)

    async def _make_if_due(self, folder: BackupFolder, now: datetime) -> None:
        try:
            if not await self._is_due(folder, now):
                return
            made = await asyncio.to_thread(
                folder.make, self._database.store, self._database.keyring, now, stopped=self._stopping
            )
        except Stopped:
            return
        except StorageError as error:
            log.error("A backup failed: %s", error)
            self.last = BackupResult(now, None, str(error))
        else:
            log.debug("Backed up to %s", made.name)
            self.last = BackupResult(now, made)

    async def _is_due(self, folder: BackupFolder, now: datetime) -> bool:
        """Whether the newest backup is as old as the period. After a failure it is not tried every minute."""
        last = await self.last_now()
        if last is not None and last.file is None and last.at <= now < last.at + min(AGAIN, self._every):
            return False
        newest = await asyncio.to_thread(folder.newest, now)
        return newest is None or newest[0] <= now - self._every
