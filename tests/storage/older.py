"""Databases as an older version of the bot has left them."""

from __future__ import annotations

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
