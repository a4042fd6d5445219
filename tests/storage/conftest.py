"""An empty database with two people, and a transaction in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, url_of
from tests.sample_proxies import NOW


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    await lay_database(tmp_path)
    opened = await Database.open(url_of(tmp_path), Keyring([bytes(range(32))]))
    async with opened.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        await people.create(connection, 1002, "ru", NOW)
    yield opened
    await opened.close()


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.write() as writing:
        yield writing
