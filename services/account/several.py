"""Several px6 accounts of one person: one more, which is current, what each is called, one less.

Each account is an owner of its own (`model.people.Person`): whatever is known by an owner is of that account alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Proposal, Snapshot
from model.people import FIRST_ACCOUNT, OwnAccount, PersonId
from px6 import Px6Pool
from services.account.key_store import KeyStore
from storage import colleagues, locks, orders, own_accounts, selections
from storage import people as stored_people
from storage.engine.database import Database

REMOVE = "remove"  # the purpose of a selection of orders: those that a question before removing named as open
LONGEST_NAME = 24


class SeveralAccounts:
    """Adds, switches, names and removes the px6 accounts of a person."""

    def __init__(self, database: Database, pool: Px6Pool, clock: Callable[[], datetime]) -> None:
        self._database, self._pool, self._clock = database, pool, clock
        self._keys = KeyStore(database.keyring, clock)

    async def of(self, person_id: PersonId) -> list[OwnAccount]:
        """The connected accounts on which the person may act: their own ones, then those of others."""
        async with self._database.read() as connection:
            return await self._of(connection, person_id)

    async def own(self, telegram_id: int) -> list[OwnAccount]:
        """The person's own connected accounts, by the id of any of them, in the order in which they came."""
        async with self._database.read() as connection:
            return [each for each in await own_accounts.of_person(connection, telegram_id) if each.is_connected]

    async def _of(self, connection: AsyncConnection, person_id: PersonId) -> list[OwnAccount]:
        return [each for each in await colleagues.acted_on(connection, person_id) if each.is_connected]

    async def seen(self, person_id: PersonId) -> dict[int, Snapshot]:
        """What px6 said at the last look at each account on which the person may act."""
        async with self._database.read() as connection:
            return await own_accounts.last_seen(connection, person_id)

    async def added(self, telegram_id: int, number: int) -> OwnAccount | None:
        """The account that was added with the key proposed under this number: the tap came twice."""
        async with self._database.read() as connection:
            newest = await self._keys.newest_number(connection, telegram_id, number)
            owner = await own_accounts.added_with(connection, telegram_id, newest)
        return next((each for each in await self.own(telegram_id) if each.telegram_id == owner), None)

    async def add(self, telegram_id: int, number: int, message_id: int) -> tuple[Proposal, int] | None:
        """Connect the key that was proposed under this number as a further account of the person's, which commands
        act on from then on; gives its id. None as for `adopt`.

        `message_id`: all up to it, when this is the second account, are of the first one.
        """
        async with self._database.write() as connection:
            found = await self._keys.waiting(connection, telegram_id, number)
            person = await stored_people.get(connection, telegram_id)
            if found is None or person is None:
                return None
            owner = await self._keys.owner_of(connection, telegram_id, found.px6_user_id)
            if owner is None:
                owner = new_account_id()
                await own_accounts.add(connection, person.chat_id, owner, found.number, self._clock())
            await own_accounts.choose(connection, person.chat_id, owner, message_id)
            old_keys = await self._keys.take_over(connection, telegram_id, found, owner)
        self._pool.forget(old_keys)
        return found, owner

    async def ask_remove(self, telegram_id: int, named: Collection[int]) -> str:
        """Keep the question before one of several accounts is removed; otherwise as `ask_forget`."""
        async with self._database.write() as connection:
            return (await selections.create(connection, telegram_id, REMOVE, named, self._clock())).id

    async def remove_if_asked(self, telegram_id: int, question: str) -> OwnAccount | None:
        """Erase one of several px6 accounts, and nothing of the others; gives what it was.

        None when the question is not open, or an order of it is open now that was not named. Where it was the current
        one, the first of the others is.
        """
        async with self._database.write() as connection:
            await locks.all_accounts(connection, telegram_id)
            mine = await own_accounts.of_person(connection, telegram_id)
            others = [each for each in mine if each.is_connected and each.telegram_id != telegram_id]
            asked = await is_asked(connection, telegram_id, question, REMOVE, [telegram_id])
            person = await stored_people.get(connection, telegram_id)
            if not asked or person is None or not others:
                return None
            if person.current == telegram_id:
                await own_accounts.choose(connection, person.chat_id, others[0].telegram_id)
            old_keys = await self._keys.of(connection, telegram_id)
            if person.of_person is None:
                await own_accounts.erase_first(connection, telegram_id)
            else:
                await stored_people.erase(connection, telegram_id)
        self._pool.forget(old_keys)
        await self._database.forget_deleted()
        return next(each for each in mine if each.telegram_id == telegram_id)

    async def switch(self, telegram_id: PersonId, owner: int) -> bool:
        """Commands of the person act on this account from now on; False: they may not act on it."""
        async with self._database.write() as connection:
            await locks.all_accounts(connection, telegram_id)
            connected = await self._of(connection, telegram_id)
            if not any(each.telegram_id == owner for each in connected):
                return False
            if len(connected) > 1:
                await own_accounts.choose(connection, telegram_id, owner)
        return True

    async def rename(self, telegram_id: PersonId, owner: int, name: str | None) -> bool:
        """What the person calls this account of theirs; None: nothing. False: they have none such."""
        async with self._database.write() as connection:
            await locks.all_accounts(connection, telegram_id)
            if owner not in await stored_people.all_ids(connection, telegram_id):
                return False
            await own_accounts.rename(connection, owner, name)
        return True


def new_account_id() -> int:
    """An id that Telegram gives to nobody, and that was given to no account before: old messages are of those."""
    return FIRST_ACCOUNT + secrets.randbelow(2**62 - FIRST_ACCOUNT)


async def is_asked(
    connection: AsyncConnection, telegram_id: int, question: str, purpose: str, ids: Collection[int]
) -> bool:
    """Whether a question is open, and named every order of these owners that is open now. It is not, after this."""
    asked = await selections.get(connection, telegram_id, question)
    if asked is None or asked.purpose != purpose:
        return False
    await selections.remove(connection, telegram_id, question)
    now_open = {one for each in ids for one in await orders.open_ids(connection, each)}
    return not now_open - set(asked.ids)
