"""What is written or said about an account only while it is still the one that was read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredAccount
from storage import accounts
from storage.engine.database import Database


class Outdated(Exception):
    """The account was forgotten, or has another key, since it was read: nothing more is written or said of it."""


@asynccontextmanager
async def writing(database: Database, account: StoredAccount) -> AsyncIterator[AsyncConnection]:
    """A transaction about an account that is still the one that was read. Raises Outdated."""
    async with database.write() as connection:
        if not await accounts.is_still(connection, account):
            raise Outdated
        yield connection


async def check_still(database: Database, account: StoredAccount) -> None:
    """Before something is said that is written nowhere. Raises Outdated."""
    async with database.read() as connection:
        if not await accounts.is_still(connection, account):
            raise Outdated
