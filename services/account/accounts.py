"""People's px6 accounts: connecting one by its key, which is kept sealed; forgetting a person and all of theirs."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.accounts import Proposal, StoredAccount
from model.notifications import ColleagueNews, Unsaid
from px6 import Px6Client, Px6Pool
from services.account.access_news import write_news
from services.account.key_store import KeyStore
from services.account.people import AccountRemoved, People
from services.account.several import is_asked
from services.account.shared_changes import SharedChanges
from storage import accounts, colleagues, locks, selections, unsaid, unsettled, watches
from storage import people as stored_people
from storage.accounts import KEY_COLUMN, PROPOSED_COLUMN
from storage.engine.database import Database

log = logging.getLogger(__name__)

SHORTEST_KEY, LONGEST_KEY = 6, 128
KEY_TRIES = 10
TRIES_WITHIN = timedelta(hours=1)
FORGET = "forget"  # the purpose of a selection of orders: those that a question before forgetting named as open


class NoKey(Exception):
    """The person has not connected a px6 account."""


class BadKey(Exception):
    """A text that cannot be a px6 key. `reason`: "empty", "spaces", "short", "long" or "letters"."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class TooManyTries(Exception):
    """Ten keys were tried within an hour."""


class Tried(NamedTuple):
    """A key that px6 takes. `owner`: whose it is now; None: it waits for half an hour, under `number`."""

    account: px6.Account
    owner: int | None
    number: int = 0


class Accounts:
    """Connects px6 accounts, and gives the client of a person's key."""

    def __init__(
        self,
        database: Database,
        pool: Px6Pool,
        people: People,
        clock: Callable[[], datetime],
        changes: SharedChanges | None = None,
    ) -> None:
        """`changes`: those that the pool's clients make, and other processes'."""
        self._changes = changes or SharedChanges(database)
        self._database, self._pool, self._people, self._clock = database, pool, people, clock
        self._keys = KeyStore(database.keyring, clock)
        # Tries of those who were forgotten within the hour: /forget must not give ten more.
        self._tried: dict[int, list[datetime]] = {}
        self._read_at: WeakKeyDictionary[Px6Client, int] = WeakKeyDictionary()  # `of_others` of what a client keeps

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
        return found[0], self._client(key, found[0])

    def _client(self, key: str, account: StoredAccount) -> Px6Client:
        """The client, without what it read before another process changed something."""
        client, changes = self._pool.client(key, account.px6_user_id), self._changes.of_others(account)
        if self._read_at.setdefault(client, changes) != changes:
            self._pool.forget([key])
            client = self._pool.client(key, account.px6_user_id)
            self._read_at[client] = changes
        return client

    async def is_stored_key(self, telegram_id: int, key: str) -> bool:
        """Whether this key is the stored one: it was sent twice, or delivered twice."""
        found = await accounts.look_up(self._database, telegram_id)
        return found is not None and key.strip() == self._database.keyring.open(found[1], telegram_id, KEY_COLUMN)

    async def connect(self, telegram_id: int, key: str) -> Tried:
        """Check a key by the bare call and store it, unless another px6 account is connected by then: the key waits
        then until `adopt`. Raises BadKey, TooManyTries, AccountRemoved and px6's errors."""
        key, account = await self._check(telegram_id, key)
        async with self._database.write() as connection:
            of_account = (account.user_id, account.currency)
            try:
                owner = await self._keys.place_for(connection, telegram_id, account.user_id)
            except AccountRemoved:
                self._pool.forget([key])
                raise
            if owner is None:
                waits, old_keys = await self._keys.propose(connection, telegram_id, key, *of_account)
                tried = Tried(account, None, waits.number)
            else:
                old_keys = await self._keys.store(connection, telegram_id, owner, key, *of_account)
                tried = Tried(account, owner)
        self._pool.forget([each for each in old_keys if each != key])
        return tried

    async def proposal(self, telegram_id: int, number: int | None = None) -> Proposal | None:
        """The key that was sent last, while it is kept: it waits for `adopt`, or px6 could not tell of it.

        With a `number`: only if it is the key that was kept under that.
        """
        async with self._database.read() as connection:
            return await self._keys.proposal(connection, telegram_id, number)

    async def proposed_key(self, telegram_id: int, number: int) -> str | None:
        """The key that was kept under this number, opened, to be tried once more; None when it is kept no longer."""
        found = await self.proposal(telegram_id, number)
        return None if found is None else self._database.keyring.open(found.sealed, telegram_id, PROPOSED_COLUMN)

    async def adopt(self, telegram_id: int, number: int) -> tuple[Proposal, int] | None:
        """Put the key that was proposed under this number in place of the stored one, without asking px6; where
        another account of the person's is of this px6 account already, of that one's. Gives whose key it is now.

        None when it no longer waits: it was used, is too old, or another one was sent since.
        """
        async with self._database.write() as connection:
            found = await self._keys.waiting(connection, telegram_id, number)
            if found is None:
                return None
            owner = await self._keys.owner_of(connection, telegram_id, found.px6_user_id) or telegram_id
            old_keys = await self._keys.take_over(connection, telegram_id, found, owner)
        self._pool.forget(old_keys)
        return found, owner

    async def adopted(self, telegram_id: int, number: int) -> tuple[str, int] | None:
        """The px6 account of the key that waited under this number and was stored last, and whose it is: the tap came
        twice. None for any other."""
        async with self._database.read() as connection:
            owner = await self._keys.taken(connection, telegram_id, number)
        found = None if owner is None else await self.account(owner)
        return None if found is None else (found.px6_user_id, found.telegram_id)

    async def connected_as(self, telegram_id: int, px6_user_id: str) -> int | None:
        """Which account of the person's is of this px6 account; None: none is."""
        async with self._database.read() as connection:
            return await self._keys.owner_of(connection, telegram_id, px6_user_id)

    async def key_refused(self, account: StoredAccount, error: px6.Refused) -> None:
        """Note that px6 no longer takes the key of an account (100), or the bot's address for it (105). A look at it
        comes at once: that one says so."""
        now = self._clock()
        async with self._database.write() as connection:
            if await accounts.note_refused(connection, account, error.error_id, now):
                await watches.wake(connection, account.telegram_id, now)

    async def key_accepted(self, account: StoredAccount, *, by_look: bool = False) -> bool:
        """Note that px6 takes the key of an account. What could not be looked for while it did not is, at once, and
        so is the account itself; `by_look`: that was found by a look at it, which goes on.

        False, and nothing is noted: the account was forgotten or has got another key since it was read.
        """
        telegram_id, now = account.telegram_id, self._clock()
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            if not await accounts.is_unchanged(connection, account):
                return False
            await unsaid.drop(connection, telegram_id, unsaid.KEY_REFUSED)
            await accounts.set_refused(connection, telegram_id, None, now)
            await unsettled.look_again(connection, telegram_id, account.px6_user_id, now)
            if not by_look:
                await watches.wake(connection, telegram_id, now)
        return True

    async def ask_forget(self, telegram_id: int, named: Collection[int]) -> str:
        """Keep the question before forgetting, which named these open orders; gives the id for its button."""
        async with self._database.write() as connection:
            return (await selections.create(connection, telegram_id, FORGET, named, self._clock())).id

    async def forget_if_asked(
        self, telegram_id: int, question: str, left: Sequence[ColleagueNews] = ()
    ) -> list[Unsaid] | None:
        """Forget the person, as `forget` does, if this question is open and named every order that is open now; else
        None. A question works once, whatever comes of it."""
        async with self._database.write() as connection:
            ids = await self._lock(connection, telegram_id, left)  # no payment is claimed meanwhile
            if not await is_asked(connection, telegram_id, question, FORGET, ids):
                return None
            written = await self._write_news(connection, telegram_id, left)
            old_keys = await self._erase(connection, telegram_id, ids)
        self._pool.forget(old_keys)
        await self._forget_deleted()
        return written

    async def forget(self, telegram_id: int, left: Sequence[ColleagueNews] = ()) -> list[Unsaid]:
        """Erase the person and everything of theirs, from the file and from its WAL.

        `left`: for the owners of accounts on which they are a colleague; gives these as they are written down.
        """
        async with self._database.write() as connection:
            ids = await self._lock(connection, telegram_id, left)
            written = await self._write_news(connection, telegram_id, left)
            old_keys = await self._erase(connection, telegram_id, ids)
        self._pool.forget(old_keys)
        await self._forget_deleted()
        return written

    async def _lock(self, connection: AsyncConnection, telegram_id: int, left: Sequence[ColleagueNews]) -> list[int]:
        """Lock all accounts of a person, whose ids it gives, and those owners."""
        ids = await stored_people.all_ids(connection, telegram_id)
        await locks.several(connection, [*ids, *(news.owner for news in left)])
        await locks.all_accounts(connection, telegram_id)  # also one that was added before they were locked
        return await stored_people.all_ids(connection, telegram_id)

    async def _write_news(
        self, connection: AsyncConnection, telegram_id: int, left: Sequence[ColleagueNews]
    ) -> list[Unsaid]:
        """Write down for each of those owners on whose account the person has a right still."""
        return [
            await write_news(connection, news, self._clock())
            for news in left
            if await colleagues.access(connection, news.owner, telegram_id) is not None
        ]

    async def _erase(self, connection: AsyncConnection, telegram_id: int, ids: Sequence[int]) -> list[str]:
        """Erase all rows of a person, by their own id; gives the keys that were kept, for the pool to forget."""
        old_keys = [key for each in ids for key in await self._keys.of(connection, each)]
        tried = await accounts.tries(connection, telegram_id)
        self._tried[telegram_id] = [*self._tried_before(telegram_id), *tried]
        await stored_people.erase(connection, telegram_id)
        return old_keys

    async def _forget_deleted(self) -> None:
        if not await self._database.forget_deleted():
            log.warning("A reader kept the WAL from being cut after /forget; it is cut at the next chance")

    def _tried_before(self, telegram_id: int) -> list[datetime]:
        """The person's tries of the last hour from before they were forgotten. Older ones of anybody are dropped."""
        now = self._clock()
        since = now - TRIES_WITHIN
        recent = ((who, [at for at in tried if since < at <= now]) for who, tried in self._tried.items())
        self._tried = {who: tried for who, tried in recent if tried}
        return self._tried.get(telegram_id, [])

    async def _check(self, telegram_id: int, text: str) -> tuple[str, px6.Account]:
        """The key without what is around it, and its account. Only refusals count as tries.

        A key of which px6 could not tell is kept, to be tried once more. Raises as `connect`.
        """
        key = clean_key(text)
        person = await self._people.find_or_create(telegram_id)
        counted = await self._count_try(person.chat_id)
        try:
            account = await self._pool.client(key).account()
        except px6.WrongKey:
            self._pool.forget([key])
            raise
        except px6.Px6Error:
            await self._keep(telegram_id, key)
            await self._uncount_try(counted)
            raise
        await self._uncount_try(counted)
        return key, account

    async def _count_try(self, telegram_id: int) -> int:
        """Count a try before px6 is asked, so that many at once are no way around the limit. Raises TooManyTries."""
        most = KEY_TRIES - len(self._tried_before(telegram_id))
        async with self._database.write() as connection:
            counted = await accounts.count_try(connection, telegram_id, self._clock(), TRIES_WITHIN, most)
        if counted is None:
            raise TooManyTries
        return counted

    async def _uncount_try(self, counted: int) -> None:
        async with self._database.single() as connection:
            await accounts.uncount_try(connection, counted)

    async def _keep(self, telegram_id: int, key: str) -> None:
        """Keep a key for half an hour of which px6 could not tell. AccountRemoved for somebody who was erased."""
        try:
            async with self._database.write() as connection:
                _, old_keys = await self._keys.propose(connection, telegram_id, key)
        except IntegrityError:
            self._pool.forget([key])
            raise AccountRemoved from None
        self._pool.forget([each for each in old_keys if each != key])


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
