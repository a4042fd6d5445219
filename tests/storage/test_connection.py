"""How often a statement crosses to its connection's thread; aiosqlite writes each crossing to its log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def test_a_read_crosses_once_and_a_write_to_begin_to_commit_and_to_be_given_back_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/bot.sqlite3", Keyring([bytes(32)]))
    try:
        for telegram_id in (1001, 1002):  # the first of them connects
            caplog.set_level(logging.DEBUG, "aiosqlite")
            caplog.clear()
            async with database.write() as connection:
                await people.create(connection, telegram_id, "en", NOW)
            written = crossings(caplog)
            caplog.clear()
            async with database.read() as connection:
                row = (await connection.exec_driver_sql("SELECT telegram_id FROM people ORDER BY 1 DESC")).first()
            read = crossings(caplog)
            assert row is not None and row.telegram_id == telegram_id
    finally:
        await database.close()
    assert (written, read) == (4, 1)


def crossings(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.getMessage().startswith("executing") for record in caplog.records)
