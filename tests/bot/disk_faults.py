"""Faults of the disk under a running bot, each while its block runs."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.engine import sqlite
from tests.world import World

IMPATIENT = (*sqlite.PRAGMAS, "PRAGMA busy_timeout=200")
Fault = Callable[[World, pytest.MonkeyPatch], AbstractAsyncContextManager[None]]


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
        assert await asyncio.to_thread(sqlite.truncate_wal, path)  # readers end only while the loop runs
        whole = path.read_bytes()
        os.truncate(path, int(len(whole) * part))
        yield
        with path.open("r+b") as file:
            file.write(whole)

    return cut


def file_of(world: World) -> Path:
    return world.folder / "bot.sqlite3"
