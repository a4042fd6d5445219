"""px6 keys as they lie in the database, within transactions: opened, stored, taken over from where they waited."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Proposal
from services.account.currency import take_currency
from services.account.people import AccountRemoved
from storage import accounts, bindings, colleagues, locks, own_accounts, people, unsaid, unsettled, watches
from storage.accounts import KEY_COLUMN, PROPOSED_COLUMN
from storage.engine.crypto import CannotOpen, Keyring
from storage.engine.types import time_to_int

PROPOSAL_KEPT_FOR = timedelta(minutes=30)
TAKEN = "key_taken"  # among a person's choices: the key that waited and was stored last
NUMBERS = "key_numbers"  # among a person's choices: the numbers under which one key waited, the newest last
NUMBERS_KEPT = 10


class KeyStore:
    """Each method that stores gives the keys that were kept before, for the pool to forget once it is committed."""

    def __init__(self, keyring: Keyring, clock: Callable[[], datetime]) -> None:
        self._keyring, self._clock = keyring, clock

    async def of(self, connection: AsyncConnection, telegram_id: int) -> list[str]:
        """The person's keys that are kept, opened; one that does not open is not in the pool either."""
        old_keys = []
        for column, sealed in await accounts.sealed_of(connection, telegram_id):
            with suppress(CannotOpen):
                old_keys.append(self._keyring.open(sealed, telegram_id, column))
        return old_keys

    async def propose(
        self, connection: AsyncConnection, telegram_id: int, key: str, user_id: str = "", currency: str = ""
    ) -> tuple[Proposal, list[str]]:
        """Seal a key for half an hour, in place of the one that waited. Without px6's `user_id` it cannot be used.

        Where the same key waited, what px6 told of it stays, and its numbers before mean it as well.
        """
        await locks.all_accounts(connection, telegram_id)
        old_keys = await self.of(connection, telegram_id)
        now, same = self._clock(), await self._same(connection, telegram_id, key)
        if same is not None and not user_id:
            user_id, currency = same.px6_user_id, same.currency
        sealed = self._keyring.seal(key, telegram_id, PROPOSED_COLUMN)
        made = Proposal(number=time_to_int(now), px6_user_id=user_id, currency=currency, sealed=sealed)
        await accounts.propose(
            connection, telegram_id, px6_user_id=user_id, currency=currency, sealed=made.sealed, now=now
        )
        if same is not None:
            await self._note_same(connection, telegram_id, same.number, made.number)
        return made, old_keys

    async def _same(self, connection: AsyncConnection, telegram_id: int, key: str) -> Proposal | None:
        """What waits, if it is this key."""
        found = await self.proposal(connection, telegram_id)
        with suppress(CannotOpen):
            if found is not None and key == self._keyring.open(found.sealed, telegram_id, PROPOSED_COLUMN):
                return found
        return None

    async def _note_same(self, connection: AsyncConnection, telegram_id: int, before: int, number: int) -> None:
        numbers = await self._numbers(connection, telegram_id)
        known = numbers if numbers[-1:] == [before] else [before]
        await people.remember(connection, telegram_id, {NUMBERS: [*known, number][-NUMBERS_KEPT:]})

    async def _numbers(self, connection: AsyncConnection, telegram_id: int) -> list[int]:
        person = await people.get(connection, telegram_id)
        return [] if person is None else person.choices.get(NUMBERS) or []

    async def newest_number(self, connection: AsyncConnection, telegram_id: int, number: int) -> int:
        """Under which number the key waits, or waited last, that waited under this one."""
        numbers = await self._numbers(connection, telegram_id)
        return numbers[-1] if number in numbers else number

    async def proposal(
        self, connection: AsyncConnection, telegram_id: int, number: int | None = None
    ) -> Proposal | None:
        """The key that waits; with a `number`, only if it is the one that was proposed under that."""
        found = await accounts.proposal(connection, telegram_id, self._clock() - PROPOSAL_KEPT_FOR)
        if found is None or number is None:
            return found
        return found if found.number == await self.newest_number(connection, telegram_id, number) else None

    async def waiting(self, connection: AsyncConnection, telegram_id: int, number: int) -> Proposal | None:
        """The key that was proposed under this number, if it can be used. Nobody else uses it meanwhile."""
        await locks.all_accounts(connection, telegram_id)
        found = await self.proposal(connection, telegram_id, number)
        return found if found is not None and found.px6_user_id else None

    async def place_for(self, connection: AsyncConnection, telegram_id: int, px6_user_id: str) -> int | None:
        """As whose a key of this px6 account can be stored without a question: of the person's account that is of it,
        else of this one while nothing is connected there. None: it would take the place of another px6 account.

        Raises AccountRemoved for somebody who was erased meanwhile.
        """
        await locks.all_accounts(connection, telegram_id)
        mine = await own_accounts.of_person(connection, telegram_id)
        if not mine:
            raise AccountRemoved
        free = any(each.telegram_id == telegram_id and not each.is_connected for each in mine)
        return await self.owner_of(connection, telegram_id, px6_user_id) or (telegram_id if free else None)

    async def owner_of(self, connection: AsyncConnection, telegram_id: int, px6_user_id: str) -> int | None:
        """Which account of the person's is of this px6 account; None: none is."""
        mine = await own_accounts.of_person(connection, telegram_id)
        return next((each.telegram_id for each in mine if each.px6_user_id == px6_user_id), None)

    async def store(
        self, connection: AsyncConnection, telegram_id: int, owner: int, key: str, user_id: str, currency: str
    ) -> list[str]:
        """Store a key that was sent just now as this owner's; nothing waits any more."""
        old_keys, same = await self.of(connection, telegram_id), await self._same(connection, telegram_id, key)
        if same is not None:
            await self.note_taken(connection, telegram_id, same.number, owner)
        await accounts.drop_proposal(connection, telegram_id)
        sealed = self._keyring.seal(key, owner, KEY_COLUMN)
        return old_keys + await self.put(connection, owner, user_id, currency, sealed)

    async def take_over(
        self, connection: AsyncConnection, telegram_id: int, proposed: Proposal, owner: int
    ) -> list[str]:
        """Store a proposed key as this owner's; gives the keys that were kept before."""
        key = self._keyring.open(proposed.sealed, telegram_id, PROPOSED_COLUMN)
        sealed = self._keyring.seal(key, owner, KEY_COLUMN)
        old_keys = await self.put(connection, owner, proposed.px6_user_id, proposed.currency, sealed)
        await self.note_taken(connection, telegram_id, proposed.number, owner)
        await accounts.drop_proposal(connection, telegram_id)
        return old_keys

    async def note_taken(self, connection: AsyncConnection, telegram_id: int, number: int, owner: int) -> None:
        """Keep which key that waited was stored last, and as whose: its button may be tapped twice."""
        await people.remember(connection, telegram_id, {TAKEN: {"number": number, "owner": owner}})

    async def taken(self, connection: AsyncConnection, telegram_id: int, number: int) -> int | None:
        """Whose key the one is that waited under this number; None for one that was not stored, or not last."""
        person = await people.get(connection, telegram_id)
        last = {} if person is None else person.choices.get(TAKEN) or {}
        newest = await self.newest_number(connection, telegram_id, number)
        return int(last["owner"]) if last.get("number") == newest else None

    async def put(
        self, connection: AsyncConnection, telegram_id: int, user_id: str, currency: str, sealed: bytes
    ) -> list[str]:
        """Store a key. Orders of its account whose outcome could not be looked for are looked for at once.

        Gives the keys that were kept before, for the pool to forget once this is committed.
        """
        await locks.person(connection, telegram_id)
        now, old_keys = self._clock(), await self.of(connection, telegram_id)
        before = await accounts.user_id_of(connection, telegram_id)
        if before == user_id:
            await take_currency(connection, telegram_id, user_id, currency, now)
        await accounts.put(connection, telegram_id, px6_user_id=user_id, currency=currency, sealed=sealed, now=now)
        await accounts.drop_proposal(connection, telegram_id)
        await bindings.drop_others(connection, telegram_id, user_id)
        if before not in (None, user_id):
            await colleagues.remove_all(connection, telegram_id)  # their right was on another px6 account
        await unsettled.look_again(connection, telegram_id, user_id, now)
        await unsaid.drop(connection, telegram_id, unsaid.KEY_REFUSED)
        await watches.watch(connection, telegram_id, now, same_account=before == user_id)
        return old_keys
