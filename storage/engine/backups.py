"""The folder of backups that the bot makes by itself: their names, how old they are, which of them go.

A backup's name says when it was made (UTC), so a copied or touched file is as old as before. Only files with such a
name are the bot's: nothing else in the folder counts, and nothing else is removed. Nothing is async.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from model.errors import StorageError
from storage.engine import database_tools
from storage.engine.crypto import Keyring
from storage.engine.errors import as_storage_error
from storage.engine.stores import Store

TIME = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"px6-bot-(\d{8}T\d{6}Z)(?:-before-migration)?\.sqlite3")
UNFINISHED = re.compile(rf"\.{NAME.pattern}\.[0-9a-f]{{16}}")
GIVEN_UP = timedelta(hours=6)  # after which nobody writes an unfinished backup any more: its process was killed


class BackupFolder:
    """Makes backups in one folder and keeps the newest `keep` of them. Every method raises StorageError."""

    def __init__(self, path: Path, keep: int) -> None:
        self.path, self._keep = path, keep

    def newest(self, now: datetime) -> tuple[datetime, Path] | None:
        """The newest backup and when it was made. One that is newer than now was made under a wrong clock."""
        return max((one for one in self._found(NAME) if one[0] <= now), default=None)

    def make(
        self,
        store: Store,
        keyring: Keyring,
        now: datetime,
        *,
        kind: str = "",
        stopped: Callable[[], bool] = database_tools.never,
    ) -> Path:
        """A new backup, opened and checked; then the oldest of those that are too many go.

        Raises `database_tools.Stopped` soon after `stopped` says so: then there is none, and nothing was removed.
        """
        made = self.path / f"px6-bot-{now.astimezone(UTC).strftime(TIME)}{kind}.sqlite3"
        with as_storage_error(f"the folder of backups {self.path} cannot be made"):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove(path for at, path in self._found(UNFINISHED) if at < now - GIVEN_UP)
        try:
            store.backup(made, keyring, stopped)
        except StorageError:
            if not made.exists():  # else another process has made one in the same second
                raise
        # Those from the future are older than they say, so they go first.
        oldest_first = sorted(self._found(NAME), key=lambda one: (one[0] <= now, *one))
        self._remove(path for _, path in oldest_first[: -self._keep])
        return made

    def before_migration(
        self, now: datetime, stopped: Callable[[], bool] = database_tools.never
    ) -> Callable[[Store, Keyring], Path]:
        """What makes a backup of a database that is about to be migrated; see `make`."""
        return partial(self.make, now=now, kind="-before-migration", stopped=stopped)

    def _found(self, name: re.Pattern[str]) -> Iterator[tuple[datetime, Path]]:
        """The files with such a name, and the times in their names; none where there is no folder."""
        with as_storage_error(f"the folder of backups {self.path} cannot be read"):
            paths = list(self.path.iterdir()) if self.path.exists() else []
        for path in paths:
            found = name.fullmatch(path.name)
            at = time_of(found[1]) if found else None
            if at is not None:
                yield at, path

    def _remove(self, paths: Iterator[Path]) -> None:
        with as_storage_error(f"an old backup in {self.path} cannot be removed"):
            for path in paths:
                path.unlink(missing_ok=True)  # another process may tidy the same folder


def time_of(text: str) -> datetime | None:
    """The time in a name; None for digits that are none."""
    try:
        return datetime.strptime(text, TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
