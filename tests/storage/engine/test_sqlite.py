"""Addresses of databases, and the errors after which a connection is of no use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from model.errors import StorageError
from storage.engine.sqlite import path_of, spoils


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/bot.sqlite3", "data/bot.sqlite3"),
        ("sqlite+aiosqlite:///data/bot.sqlite3", "data/bot.sqlite3"),
        ("sqlite:////var/bot.sqlite3", "/var/bot.sqlite3"),
        ("postgresql:///data/bot", None),
        ("sqlite:///", None),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("data/bot.sqlite3", None),
    ],
)
def test_an_address_names_a_sqlite_file(url: str, path: str | None) -> None:
    if path is not None:
        assert path_of(url) == Path(path)
        return
    with pytest.raises(StorageError, match="must name a SQLite file"):
        path_of(url)


def error(code: int, text: str = "disk I/O error") -> sqlite3.Error:
    made = sqlite3.OperationalError(text)
    made.sqlite_errorcode = code
    return made


@pytest.mark.parametrize(
    ("code", "text", "spoiled"),
    [
        (sqlite3.SQLITE_READONLY, "", True),
        (sqlite3.SQLITE_IOERR, "", True),
        (sqlite3.SQLITE_CORRUPT, "", True),
        (sqlite3.SQLITE_CANTOPEN, "", True),
        (sqlite3.SQLITE_NOTADB, "", True),
        (sqlite3.SQLITE_IOERR_WRITE, "", True),
        (sqlite3.SQLITE_CORRUPT_INDEX, "", True),
        (sqlite3.SQLITE_FULL, "database or disk is full", False),
        (sqlite3.SQLITE_BUSY, "database is locked", False),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "database is locked", False),
        (sqlite3.SQLITE_ERROR, "syntax error", False),
        (sqlite3.SQLITE_ERROR, "no such table: people", True),
    ],
)
def test_a_connection_is_spoiled_by_errors_of_the_file_and_not_by_others(code: int, text: str, spoiled: bool) -> None:
    assert spoils(error(code, text)) is spoiled


def test_what_is_no_error_of_sqlite_spoils_nothing() -> None:
    assert not spoils(None)
    assert not spoils(ValueError("no such table"))
