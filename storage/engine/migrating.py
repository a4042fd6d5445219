"""Runs the migrations. Imported only when the database is behind, because Alembic takes long to import."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FOLDER = Path(__file__).parents[1] / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file; `connection` is the transaction to migrate in."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to the newest version, or to another, all or nothing within the caller's transaction."""
    command.upgrade(alembic_config(connection), revision)
