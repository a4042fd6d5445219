"""The people who talk with the bot: their language, their zone, and what they chose or were asked last."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError

from model.errors import StorageError
from model.people import FIRST_ACCOUNT, OwnAccount, Person, PersonId
from storage import colleagues, confirmations, locks, own_accounts, people, told_colleagues, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

SECOND = "second_until"  # among a person's choices: until when a second px6 account may come, in seconds since 1970


class People:
    """Finds people, creates them at first sight, and keeps what they choose. Their keys are kept by `Accounts`.

    A person with several px6 accounts is found by the id of each, as its owner. What is kept here is the person's,
    by their own id (`Person.chat_id`), and the same for all accounts on which they act.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def find(self, telegram_id: int) -> Person | None:
        """The person; None for nobody, or nobody any more: work in the background must not create them anew."""
        found = await people.look_up(self._database, telegram_id)
        return found if found is None or not found.had_several else await self._labelled(found)

    async def find_or_create(self, telegram_id: int, phone_language: str | None = None) -> Person:
        """The person, created at first sight. One quick read, unless their phone's language changed.

        What their account is called is told by `on_account`, for the one on which they act.
        """
        found = await people.look_up(self._database, telegram_id)
        if found is not None and (phone_language is None or found.phone_language == phone_language):
            return found
        if telegram_id >= FIRST_ACCOUNT:
            raise AccountRemoved
        async with self._database.write() as connection:
            await people.create(connection, telegram_id, phone_language, self._clock())
            if phone_language is not None:
                await people.change(connection, telegram_id, phone_language=phone_language)
            person = await people.get(connection, telegram_id)
        assert person is not None  # noqa: S101 - the same transaction made it
        return person

    async def on_account(self, person: Person, owner: int) -> Person | None:
        """The person as who acts on this account: one of theirs, or somebody's on which they have a right.

        None: it is neither, or not any more.
        """
        found = await people.look_up(self._database, owner)
        if found is not None and found.chat_id != person.chat_id:
            found = await self._as_colleague(found, person.chat_id)
        return found if found is None or not found.had_several else await self._labelled(found)

    async def who_did(self, owner: int, by_person: int | None) -> Person | None:
        """Whoever did something on this account, as who acts on it. `by_person`: a colleague; None: its owner.

        None: they were forgotten, or have no right on it any more.
        """
        if by_person is None:
            return await self.find(owner)
        colleague = await self.find(by_person)
        return None if colleague is None else await self.on_account(colleague, owner)

    async def _as_colleague(self, account: Person, person: PersonId) -> Person | None:
        async with self._database.read() as connection:
            colleague = await colleagues.access(connection, account.telegram_id, person)
        mine = None if colleague is None else await people.look_up(self._database, person)
        if mine is None:
            return None
        return msgspec.structs.replace(people.with_shared(account, mine), colleague=colleague)

    async def _labelled(self, person: Person) -> Person:
        """The person on one of their px6 accounts, with what it is called where there are several, or not theirs."""
        connected = [each for each in await self.accounts_of(person.chat_id) if each.is_connected]
        mine = next((each for each in connected if each.telegram_id == person.telegram_id), None)
        is_one = len(connected) < 2 and person.colleague is None
        return person if mine is None or is_one else msgspec.structs.replace(person, account=mine.label)

    async def accounts_of(self, person_id: PersonId) -> list[OwnAccount]:
        """All px6 accounts on which the person may act: theirs, also one that has no key, then those of others."""
        async with self._database.read() as connection:
            return await colleagues.acted_on(connection, person_id)

    async def owner_of_message(self, person: Person, message_id: int) -> int | None:
        """Which of the person's px6 accounts a message in their chat is of; None: nobody knows."""
        if not person.had_several:
            return person.telegram_id
        async with self._database.read() as connection:
            owner = await own_accounts.owner_of_message(connection, person.chat_id, message_id)
        return person.chat_id if owner is None and message_id <= (person.own_until or 0) else owner

    async def expect_second(self, person: Person, within: timedelta) -> None:
        """The person is about to be asked something of which they may say yes `within` that time, and act on a second
        px6 account then: what comes between is noted as of the one that they have."""
        if not person.had_several:
            await self.remember(person.chat_id, **{SECOND: int((self._clock() + within).timestamp())})

    def _expects_second(self, person: Person) -> bool:
        return self._clock().timestamp() < (person.choices.get(SECOND) or 0)

    async def note_message(self, person: Person, message_id: int) -> None:
        """A message was sent of this px6 account: its buttons act on that one. Nothing is kept of who has one and is
        asked about no other.

        Where it cannot be written, the buttons say so when they are tapped.
        """
        if not person.had_several and not self._expects_second(person):
            return
        try:
            async with self._database.single() as connection:
                await own_accounts.note_message(
                    connection, person.telegram_id, person.chat_id, message_id, self._clock()
                )
        except IntegrityError:
            log.debug("A message is of an account that was removed meanwhile")
        except StorageError as error:
            log.error("Which account a message is of was not noted: %s", error)

    async def set_language(self, person_id: PersonId, language: str | None) -> None:
        """Set the bot's language for the person; None: the phone's."""
        await self._change(person_id, language=language)

    async def set_zone(self, person_id: PersonId, zone: str | None) -> None:
        """Set the person's time zone, an IANA name; None: not known."""
        await self._change(person_id, zone=zone)

    async def set_blocked(self, person_id: PersonId, blocked: bool) -> None:
        """Note that the person blocked the bot, or came back: then they are told how their payments ended."""
        async with self._database.write() as connection:
            await people.change(connection, person_id, blocked_at=self._clock() if blocked else None)
            if not blocked:
                await watches.wake_all(connection, person_id, self._clock())
                await told_colleagues.wake_all_by(connection, person_id, self._clock())
                await confirmations.tell_again(connection, person_id, self._clock())

    async def remember(self, person_id: PersonId, **choices: Any) -> None:
        """Keep what was chosen, to offer it first next time; None forgets a choice."""
        async with self._database.write() as connection:
            await people.remember(connection, person_id, choices)

    async def who_chose(self, switch: str) -> frozenset[int]:
        """Everybody for whom `remember` was given this as True."""
        async with self._database.read() as connection:
            return frozenset(await people.who_chose(connection, switch))

    async def remember_first(self, person_id: PersonId, name: str, value: str, most: int) -> None:
        """Put a value first in the list of what was chosen under this name; the newest `most` are kept."""
        async with self._database.write() as connection:
            await locks.whole_person(connection, person_id)
            person = await people.get(connection, person_id)
            before = [] if person is None else person.choices.get(name, [])
            newest = [value, *(one for one in before if one != value)]
            await people.remember(connection, person_id, {name: newest[:most]})

    async def set_question(self, person: Person, question: str | None, message_id: int | None) -> None:
        """Note which question the next text answers (None: none), and the message on which it stands.

        Who acts on several px6 accounts is asked about the one on which they act now.
        """
        of_account = person.telegram_id if person.had_several else None
        async with self._database.write() as connection:
            await people.ask(connection, person.chat_id, question, message_id, of_account)

    async def close_question(self, person_id: PersonId, question: str) -> None:
        """Note that this question was answered; one that was asked since stays open."""
        async with self._database.write() as connection:
            await people.close_question(connection, person_id, question)

    async def _change(self, person_id: PersonId, **values: Any) -> None:
        async with self._database.write() as connection:
            await people.change(connection, person_id, **values)


class AccountRemoved(Exception):
    """The px6 account was removed meanwhile: it is not made anew."""
