"""Connections without threads, on which most tests run: `tests/loop_connections.py`."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage.engine.connection import Connection
from tests.databases import lay_file
from tests.loop_connections import connect

pytestmark = pytest.mark.sqlite("connections to a file")

OWN = "INSERT INTO bots (bot_id, since) VALUES (7, 0)"
OWNERS = "SELECT bot_id FROM bots"


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """An empty database."""
    await lay_file(tmp_path / "bot.sqlite3")
    return tmp_path / "bot.sqlite3"


async def rows(connection: Connection, sql: str) -> list[Any]:
    """Run one statement, as lookups are."""
    return list(await connection.execute_fetchall(sql))


async def test_all_that_read_a_file_do_so_over_one_connection_and_see_what_is_committed(path: Path) -> None:
    first, second = await connect(path, write=False), await connect(path, write=False)
    writer = await connect(path, write=True)
    assert first.driver is second.driver is not writer.driver
    await rows(writer, "BEGIN IMMEDIATE")
    await rows(writer, OWN)
    assert await rows(first, OWNERS) == []
    await rows(writer, "COMMIT")
    assert await rows(second, OWNERS) == [(7,)]
    for each in (first, second, writer):
        await each.close()


async def test_what_is_opened_after_one_was_closed_is_new_and_the_others_read_on(path: Path) -> None:
    first, second = await connect(path, write=False), await connect(path, write=False)
    shared = second.driver
    await first.close()
    third = await connect(path, write=False)
    assert third.driver is not shared
    assert await rows(second, OWNERS) == await rows(third, OWNERS) == []
    await second.close()
    with pytest.raises(sqlite3.ProgrammingError):
        shared.execute(OWNERS)
    await third.close()


async def test_who_finds_the_file_locked_waits_and_what_is_asked_meanwhile_comes_after(path: Path) -> None:
    writer = await connect(path, write=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = [asyncio.ensure_future(rows(writer, sql)) for sql in ("BEGIN IMMEDIATE", OWN, "COMMIT", OWNERS)]
        assert not (await asyncio.wait(writing, timeout=0.02))[0]
        other.execute("ROLLBACK")
    assert (await asyncio.gather(*writing))[-1] == [(7,)]
    await writer.close()


async def test_a_statement_of_who_is_cancelled_is_run_for_all_that(path: Path) -> None:
    writer = await connect(path, write=True)
    writing = asyncio.ensure_future(rows(writer, OWN))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await rows(writer, OWNERS) == [(7,)]
    await writer.close()
