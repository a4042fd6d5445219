"""One look at one account: what px6 said, and what is known of the person. And the plan that is made of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from px6 import Proxy, ProxyList, Px6Client
from services.reminders.planning import Known, Plan, plan
from storage import accounts
from storage.accounts import StoredAccount
from storage.engine.database import Database
from storage.people import Person

IN_THREAD = 200  # proxies from which a plan is made in a thread, so that the loop is never blocked


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


@dataclass(frozen=True)
class Look:
    """`client` lets the calls of people go first."""

    person: Person
    account: StoredAccount
    client: Px6Client
    listed: ProxyList
    read_at: datetime
    known: Known


def named(proxies: Sequence[Proxy], known: Mapping[int, str]) -> tuple[Proxy, ...]:
    """The proxies with the kinds that the bot's own orders know, where px6 does not say them."""
    return tuple(
        proxy if proxy.version or proxy.id not in known else msgspec.structs.replace(proxy, version=known[proxy.id])
        for proxy in proxies
    )


async def planned(listed: ProxyList, known: Known, now: datetime) -> Plan:
    """What to say of these proxies now."""
    if len(listed.proxies) < IN_THREAD:
        return plan(listed.proxies, known, now)
    return await asyncio.to_thread(plan, listed.proxies, known, now)
