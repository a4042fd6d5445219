"""An empty database with two people, and a transaction in it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import ON_POSTGRESQL, lay_database, url_of, write_new
from tests.sample_proxies import NOW

KEYRING = Keyring([bytes(range(32))])
_with_people: list[bytes] = []  # the content of the file, once it was made


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    if ON_POSTGRESQL:
        opened = await new_database(tmp_path)
    else:
        write_new(tmp_path / "bot.sqlite3", await file_with_people())
        opened = await Database.open(url_of(tmp_path), KEYRING)
    yield opened
    await opened.close()


async def new_database(folder: Path) -> Database:
    await lay_database(folder)
    opened = await Database.open(url_of(folder), KEYRING)
    async with opened.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        await people.create(connection, 1002, "ru", NOW)
    return opened


async def file_with_people() -> bytes:
    if not _with_people:
        with tempfile.TemporaryDirectory() as name:
            await (await new_database(Path(name))).close()
            _with_people.append((Path(name) / "bot.sqlite3").read_bytes())
    return _with_people[0]


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.write() as writing:
        yield writing
