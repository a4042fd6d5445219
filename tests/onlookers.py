"""Connections by which tests look on while the bot runs: one a database, for a new one reads the whole schema first.

It is there only as long as connections of the program without threads are (`tests/loop_connections.py`), and is
closed before the first of those: neither what SQLite does when the last one is closed, nor what an owner does to the
file of a bot that is stopped, depends on it. Whoever only reads uses the one over which the program reads, if there
is one: it sees what is committed, as any but the writer's, and nothing of it lasts beyond a statement.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from contextlib import suppress
from pathlib import Path

KeptConnection = tuple[tuple[int, int], sqlite3.Connection]  # which file it is, and the connection

_opened = Counter[Path]()  # connections of the program
_kept: dict[Path, KeptConnection] = {}
_lent: dict[Path, KeptConnection] = {}  # over which the program reads


def begin(path: Path) -> None:
    """The program has opened a connection to this file."""
    _opened[path] += 1


def end(path: Path) -> None:
    """The program is about to close one."""
    forget(path)
    _opened[path] -= 1
    if not _opened[path]:
        del _opened[path]


def lend(path: Path, connection: sqlite3.Connection) -> None:
    """Let whoever looks at this file read over a connection that the program has opened to read it."""
    if (file := file_of(path)) is not None:
        _lent[path] = file, connection


def take_back(path: Path, connection: sqlite3.Connection) -> None:
    """Nobody who looks on uses it from now on."""
    if path in _lent and _lent[path][1] is connection:
        del _lent[path]


def lent(path: Path) -> sqlite3.Connection | None:
    """The program's connection to read this very file."""
    if path in _lent and _lent[path][0] == file_of(path):
        return _lent[path][1]
    return None


def file_of(path: Path) -> tuple[int, int] | None:
    """Which file it is now; None when there is none."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def forget(path: Path) -> None:
    """Close the connection by which tests look at this file."""
    if path in _kept:
        _kept.pop(path)[1].close()


def onlooker(path: Path) -> sqlite3.Connection | None:
    """A connection to this very file, while the program has one."""
    if path not in _opened or (file := file_of(path)) is None:
        return None
    if path not in _kept or _kept[path][0] != file:
        forget(path)
        _kept[path] = file, sqlite3.connect(os.fspath(path), check_same_thread=False)
    return _kept[path][1]
