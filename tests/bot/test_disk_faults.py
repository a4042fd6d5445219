"""The disk fails under the running bot: one clear line, nothing bought or damaged, and on it goes after the fault."""

from __future__ import annotations

import logging
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.engine import sqlite
from tests.world import Phone, World

IMPATIENT = (*sqlite.PRAGMAS, "PRAGMA busy_timeout=200")
Fault = Callable[[World, pytest.MonkeyPatch], AbstractAsyncContextManager[None]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for for a moment only."""
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", IMPATIENT)


@asynccontextmanager
async def locked(world: World, _: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """By another process."""
    with closing(sqlite3.connect(file_of(world), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@asynccontextmanager
async def full(world: World, _: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """No file of this process may grow; root is no exception from that."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = file_of(world).with_name("bot.sqlite3-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@asynccontextmanager
async def read_only(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Root writes to files of any mode, so SQLite itself refuses, on this connection and on new ones."""
    async with world.app.services.accounts._database.write() as connection:
        await connection.exec_driver_sql("PRAGMA query_only=ON")
    with monkeypatch.context() as changed:
        changed.setattr("storage.engine.connection.PRAGMAS", (*IMPATIENT, "PRAGMA query_only=ON"))
        yield


def cut_to(part: float) -> Fault:
    """The file loses its end, and is put back."""

    @asynccontextmanager
    async def cut(world: World, _: pytest.MonkeyPatch) -> AsyncIterator[None]:
        path = file_of(world)
        assert sqlite.truncate_wal(path)
        whole = path.read_bytes()
        os.truncate(path, int(len(whole) * part))
        yield
        with path.open("r+b") as file:
            file.write(whole)

    return cut


def file_of(world: World) -> Path:
    return world.folder / "bot.sqlite3"


async def test_a_disk_that_fails_is_named_in_one_line_and_nothing_is_bought_damaged_or_broken_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    green = (await phone.screen())["message_id"]
    for fault in (locked, full, read_only, cut_to(0.5), cut_to(0)):
        caplog.clear()
        async with fault(world, monkeypatch):
            assert (await phone.taps("Buy ·", green))["answered"]
            shown = await phone.reads()
            assert shown.startswith("The bot cannot save data right now\nNothing was spent just now."), fault
            assert await phone.labels() == ["Home"], "the quote's green button is still there, and the only one"
        (failed,) = [record for record in caplog.records if record.name == "handlers.entry.gate"]
        assert (failed.levelno, failed.exc_info) == (logging.ERROR, None)
        assert failed.message.startswith("A turn failed: the database cannot be used: ")
        assert "\n" not in failed.message
        await phone.says("/language")
        await phone.taps("English")
        assert "cannot" not in await phone.reads(), fault
    assert world.px6.books(world.key) == []
    await phone.taps("Buy ·", green)
    assert (await message(phone, green)).startswith("Bought 1")
    assert len(world.px6.books(world.key)) == 1
    assert world.rows("PRAGMA integrity_check") == [("ok",)]


async def message(phone: Phone, message_id: int) -> str:
    """What a message says now."""
    (text,) = [str(each["text"]) for each in await phone.chat() if each["message_id"] == message_id]
    return text


async def test_a_tap_that_is_no_payment_offers_to_try_again_when_the_books_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/language")
    async with locked(world, monkeypatch):
        await phone.taps("Русский")
        assert (await phone.reads()).startswith("The bot cannot save data right now")
    await phone.taps("Try again")
    assert world.rows("SELECT language FROM people") == [("ru",)]
