"""Turns errors of the disk and of SQLite into StorageError, whose text is one line for the bot's owner."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from model.errors import StorageError


@contextmanager
def as_storage_error(what: str) -> Iterator[None]:
    """Raises StorageError, "`what`: the reason", in place of every error of the disk or of SQLite in the block."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise StorageError(f"{what}: {error}") from None


def first_line(error: BaseException | None) -> str:
    """What an error says first, without the lines that follow."""
    return next(iter(str(error).splitlines()), type(error).__name__)
