"""What a look found about an account is written and said only while the account is the one that was looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredAccount
from storage import accounts, locks
from storage.engine.database import Database


class AccountChanged(Exception):
    """The account was forgotten, or has got another key, since it was read: nothing more is written or said of it."""


@asynccontextmanager
async def write_if_unchanged(database: Database, account: StoredAccount) -> AsyncIterator[AsyncConnection]:
    """A transaction about an account, if it is still the one that was read. Raises AccountChanged. Locks the person:
    until its end nobody gives the account another key or forgets it."""
    async with database.write() as connection:
        await locks.person(connection, account.telegram_id)
        if not await accounts.is_unchanged(connection, account):
            raise AccountChanged
        yield connection


async def check_unchanged(database: Database, account: StoredAccount) -> None:
    """Check an account before something is said of it that is written nowhere. Raises AccountChanged."""
    async with database.read() as connection:
        if not await accounts.is_unchanged(connection, account):
            raise AccountChanged
