"""Empty databases, migrated once for all tests: migrating takes as long as a test."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import sqlite_database
from storage.engine.crypto import Keyring
from storage.engine.database import Database

PAGE = 4096  # bytes; a text that fills more than one goes on after a number
_migrated: list[bytes] = []  # the content of the file, once it was made


async def lay_database(folder: Path) -> None:
    """Put an empty, migrated `bot.sqlite3` into the folder, unless there is one."""
    path = folder / "bot.sqlite3"
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(await migrated_file())


async def migrated_file() -> bytes:
    """The content of a database as the bot itself makes it: migrated, without rows."""
    if not _migrated:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "bot.sqlite3"
            await (await Database.open(f"sqlite:///{path}", Keyring([bytes(32)]))).close()
            _migrated.append(path.read_bytes())
    return _migrated[0]


def without_empty_pages(content: bytes) -> bytes:
    """A database without the pages that are as in an empty one: four in five, in which nobody need look again."""
    empty = frozenset[bytes]().union(*map(pages_of, _migrated))
    return b"".join(page for page in pages_of(content) if page not in empty)


def pages_of(content: bytes) -> list[bytes]:
    return [content[at : at + PAGE] for at in range(0, len(content), PAGE)]


def compile_once() -> None:
    """Let all engines share what the first has compiled: there are a thousand, and each would compile everything."""
    new, first = sqlite_database.engine_on, dict[bool, Engine]()

    def engine_on(path: Path, size: int, *, write: bool) -> AsyncEngine:
        engine = new(path, size, write=write)
        sync = engine.sync_engine
        known = first.setdefault(write, sync)
        sync.dialect, sync._compiled_cache = known.dialect, known._compiled_cache
        sync.pool._dialect = known.dialect
        return engine

    sqlite_database.engine_on = engine_on
