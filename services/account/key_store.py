"""px6 keys as they lie in the database, within transactions: opened, stored, taken over from where they waited."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Proposal
from services.account.currency import take_currency
from storage import accounts, bindings, colleagues, locks, own_accounts, people, unsaid, unsettled, watches
from storage.accounts import KEY_COLUMN, PROPOSED_COLUMN
from storage.engine.crypto import CannotOpen, Keyring

PROPOSAL_KEPT_FOR = timedelta(minutes=30)
TAKEN = "key_taken"  # among a person's choices: the key that waited and was stored last


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

    async def waiting(self, connection: AsyncConnection, telegram_id: int, number: int) -> Proposal | None:
        """The key that was proposed under this number, if it can be used. Nobody else uses it meanwhile."""
        await locks.all_accounts(connection, telegram_id)
        found = await accounts.proposal(connection, telegram_id, self._clock() - PROPOSAL_KEPT_FOR)
        return None if found is None or found.number != number or not found.px6_user_id else found

    async def owner_of(self, connection: AsyncConnection, telegram_id: int, px6_user_id: str) -> int | None:
        """Which account of the person's is of this px6 account; None: none is."""
        mine = await own_accounts.of_person(connection, telegram_id)
        return next((each.telegram_id for each in mine if each.px6_user_id == px6_user_id), None)

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
        return int(last["owner"]) if last.get("number") == number else None

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
