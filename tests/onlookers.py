"""Connections by which tests look on while the bot runs: one a database, for a new one reads the whole schema first.

It is there only as long as connections of the program without threads are (`tests/loop_connections.py`), and is
closed before the first of those: neither what SQLite does when the last one is closed, nor what an owner does to the
file of a bot that is stopped, depends on it.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from contextlib import suppress
from pathlib import Path

Kept = tuple[tuple[int, int], sqlite3.Connection]  # which file it is, and the connection

_opened = Counter[Path]()  # connections of the program
_kept: dict[Path, Kept] = {}


def begin(path: Path) -> None:
    """The program has opened a connection to this file."""
    _opened[path] += 1


def end(path: Path) -> None:
    """The program is about to close one."""
    forget(path)
    _opened[path] -= 1
    if not _opened[path]:
        del _opened[path]


def forget(path: Path) -> None:
    """Close the connection by which tests look at this file."""
    if path in _kept:
        _kept.pop(path)[1].close()


def onlooker(path: Path) -> sqlite3.Connection | None:
    """A connection to this very file, while the program has one."""
    with suppress(OSError):
        if path in _opened:
            found = path.stat()
            file = found.st_dev, found.st_ino
            if path not in _kept or _kept[path][0] != file:
                forget(path)
                _kept[path] = file, sqlite3.connect(os.fspath(path), check_same_thread=False)
            return _kept[path][1]
    return None
