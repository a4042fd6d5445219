"""The demo's folder: the bot's database and key, its log, and what the stand-ins remember."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another demo works with the same folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"A demo runs already with the folder {folder}: stop it, or choose another with --folder.")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps the folder (made when missing, for its owner alone) to ourselves. AlreadyRunning otherwise."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(folder) from None
        yield
