"""People and their px6 accounts: who they are, their key (sealed), and forgetting them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import px6
from px6 import Px6Client, Px6Pool
from storage import accounts, orders, people, watches
from storage.accounts import KEY_COLUMN, PROPOSED_COLUMN, StoredAccount
from storage.database import Database
from storage.people import Person

log = logging.getLogger(__name__)

SHORTEST_KEY, LONGEST_KEY = 6, 128
KEY_TRIES = 10
TRIES_WITHIN = timedelta(hours=1)
PROPOSAL_HOLDS = timedelta(minutes=30)


class NoKey(Exception):
    """The person has not connected a px6 account."""


class BadKey(Exception):
    """A text that cannot be a px6 key. `reason`: "empty", "spaces", "short", "long" or "letters"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooManyTries(Exception):
    """Ten keys were tried within an hour."""


class Accounts:
    """All that is known of people but their orders."""

    def __init__(self, database: Database, pool: Px6Pool, clock: Callable[[], datetime]) -> None:
        self._database, self._pool, self._clock = database, pool, clock

    async def person(self, telegram_id: int, phone_language: str | None = None) -> Person:
        """The person, created at first sight. One quick read, unless their phone's language changed."""
        found = await people.look_up(self._database, telegram_id)
        if found is not None and (phone_language is None or found.phone_language == phone_language):
            return found
        async with self._database.write() as connection:
            await people.create(connection, telegram_id, phone_language, self._clock())
            if phone_language is not None:
                await people.change(connection, telegram_id, phone_language=phone_language)
            person = await people.get(connection, telegram_id)
        assert person is not None  # noqa: S101 - the same transaction made it
        return person

    async def account(self, telegram_id: int) -> StoredAccount | None:
        """The connected account, without its key."""
        found = await accounts.look_up(self._database, telegram_id)
        return None if found is None else found[0]

    async def client(self, telegram_id: int) -> Px6Client:
        """The px6 client of the person's key. Raises NoKey."""
        return (await self.connected(telegram_id))[1]

    async def connected(self, telegram_id: int) -> tuple[StoredAccount, Px6Client]:
        """The account and its client, from one read. Raises NoKey."""
        found = await accounts.look_up(self._database, telegram_id)
        if found is None:
            raise NoKey
        key = self._database.keyring.open(found[1], telegram_id, KEY_COLUMN)
        return found[0], self._pool.client(key)

    async def connect(self, telegram_id: int, key: str) -> px6.Account:
        """Check a key by the bare call and store it. Raises BadKey, TooManyTries and px6's errors."""
        key, account = await self._checked(telegram_id, key)
        sealed = self._database.keyring.seal(key, telegram_id, KEY_COLUMN)
        await self._store(telegram_id, account.user_id, account.currency, sealed)
        return account

    async def propose(self, telegram_id: int, key: str) -> px6.Account:
        """Check a key and keep it sealed for half an hour, until `adopt`. Raises as `connect` does."""
        key, account = await self._checked(telegram_id, key)
        sealed = self._database.keyring.seal(key, telegram_id, PROPOSED_COLUMN)
        async with self._database.write() as connection:
            await accounts.propose(
                connection,
                telegram_id,
                px6_user_id=account.user_id,
                currency=account.currency,
                sealed=sealed,
                now=self._clock(),
            )
        return account

    async def adopt(self, telegram_id: int) -> px6.Account | None:
        """Put the proposed key in place of the stored one; None when there is none any more. Raises px6's errors."""
        async with self._database.write() as connection:
            proposal = await accounts.take_proposal(connection, telegram_id, self._clock() - PROPOSAL_HOLDS)
        if proposal is None:
            return None
        user_id, currency, sealed = proposal
        key = self._database.keyring.open(sealed, telegram_id, PROPOSED_COLUMN)
        await self._store(telegram_id, user_id, currency, self._database.keyring.seal(key, telegram_id, KEY_COLUMN))
        return await self._pool.client(key).account()

    async def key_refused(self, telegram_id: int, error: px6.Px6Error) -> bool:
        """Note that px6 no longer takes the key (100) or the address (105). True the first time: then say so."""
        if not isinstance(error, px6.WrongKey | px6.WrongAddress):
            return False
        async with self._database.write() as connection:
            return await accounts.set_refused(connection, telegram_id, error.error_id, self._clock())

    async def key_accepted(self, telegram_id: int) -> None:
        """px6 takes the key again."""
        async with self._database.write() as connection:
            await accounts.set_refused(connection, telegram_id, None, self._clock())

    async def forget(self, telegram_id: int) -> None:
        """Erase the person and everything of theirs, from the file and from its WAL."""
        async with self._database.write() as connection:
            await people.erase(connection, telegram_id)
        if not await self._database.truncate_wal():
            log.warning("A reader kept the WAL from being cut after /forget; it is cut at the next chance")

    async def set_language(self, telegram_id: int, language: str | None) -> None:
        """None: the phone's."""
        await self._change(telegram_id, language=language)

    async def set_zone(self, telegram_id: int, zone: str | None) -> None:
        """An IANA name; None: not known."""
        await self._change(telegram_id, zone=zone)

    async def set_blocked(self, telegram_id: int, blocked: bool) -> None:
        """The person blocked the bot, or came back: then they hear how their payments ended meanwhile."""
        async with self._database.write() as connection:
            await people.change(connection, telegram_id, blocked_at=self._clock() if blocked else None)
            if not blocked:
                await watches.wake(connection, telegram_id, self._clock())
                await orders.tell_again(connection, telegram_id, self._clock())

    async def remember(self, telegram_id: int, **choices: Any) -> None:
        """Keep what was chosen, to offer it first next time; None forgets one."""
        async with self._database.write() as connection:
            await people.remember(connection, telegram_id, choices)

    async def _change(self, telegram_id: int, **values: Any) -> None:
        async with self._database.write() as connection:
            await people.change(connection, telegram_id, **values)

    async def _checked(self, telegram_id: int, text: str) -> tuple[str, px6.Account]:
        """The key and what px6 says to it."""
        key = clean_key(text)
        await self.person(telegram_id)
        async with self._database.write() as connection:
            allowed = await accounts.count_try(connection, telegram_id, self._clock(), TRIES_WITHIN, KEY_TRIES)
        if not allowed:
            raise TooManyTries
        return key, await self._pool.client(key).account()

    async def _store(self, telegram_id: int, user_id: str, currency: str, sealed: bytes) -> None:
        """With a key, orders of that account whose outcome could not be looked for are looked for at once."""
        now = self._clock()
        async with self._database.write() as connection:
            before = await accounts.user_id_of(connection, telegram_id)
            await accounts.put(
                connection, telegram_id, px6_user_id=user_id, currency=currency, sealed=sealed, now=now
            )
            await orders.look_again(connection, telegram_id, user_id, now)
            await watches.watch(connection, telegram_id, now, same_account=before == user_id)


def clean_key(text: str) -> str:
    """The key without what is around it. Raises BadKey."""
    key = text.strip()
    if not key:
        raise BadKey("empty")
    if len(key) > LONGEST_KEY:
        raise BadKey("long")
    if re.search(r"\s", key):
        raise BadKey("spaces")
    if not re.fullmatch(r"[0-9A-Za-z_-]+", key):
        raise BadKey("letters")
    if len(key) < SHORTEST_KEY:
        raise BadKey("short")
    return key
