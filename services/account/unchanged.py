"""What a look found about an account is written and said only while the account is the one that was looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredAccount
from storage import accounts
from storage.engine.database import Database


class AccountChanged(Exception):
    """The account was forgotten, or has got another key, since it was read: nothing more is written or said of it."""


@asynccontextmanager
async def write_if_unchanged(database: Database, account: StoredAccount) -> AsyncIterator[AsyncConnection]:
    """A transaction about an account, if it is still the one that was read. Raises AccountChanged."""
    async with database.write() as connection:
        if not await accounts.is_unchanged(connection, account):
            raise AccountChanged
        yield connection


async def check_unchanged(database: Database, account: StoredAccount) -> None:
    """Check an account before something is said of it that is written nowhere. Raises AccountChanged."""
    async with database.read() as connection:
        if not await accounts.is_unchanged(connection, account):
            raise AccountChanged
