"""What can go wrong with the database and its keys. Each text is one line for the operator."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from model.errors import StorageError


@contextmanager
def plainly(what: str) -> Iterator[None]:
    """Every error of the disk or of SQLite as a StorageError of one line."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise StorageError(f"{what}: {error}") from None
