"""Databases as an older version of the bot has left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from storage.engine.migrating import alembic_config


def of_an_older_version(file: Path, revision: str = "0002") -> None:
    """A database of that revision, without rows."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)
    engine.dispose()


def with_what_people_did(file: Path) -> None:
    """A database of revision 0008 as its own version left it at its stop, on 28 November 2026 at 13:00 UTC.

    Ann (1001, px6 account 412345) has bought two proxies and deleted one, has a rule for the comment "lab", and was
    sent a digest for two proxies that end in 47 hours; of one more purchase, which never reached px6, she was told
    that its outcome is not known yet. Bob (1002, 412346, in US dollars) reads Russian. The master key is the tests'.
    """
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(Path(__file__).with_name("of_revision_0008.sql").read_text("utf-8"))
    file.chmod(0o600)
