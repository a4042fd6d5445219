"""The people who talk with the bot: their language, their zone, and what they chose or were asked last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from model.people import Person
from storage import confirmations, locks, people, watches
from storage.engine.database import Database


class People:
    """Finds people, creates them at first sight, and keeps what they choose. Their keys are kept by `Accounts`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def find(self, telegram_id: int) -> Person | None:
        """The person; None for nobody, or nobody any more: work in the background must not create them anew."""
        return await people.look_up(self._database, telegram_id)

    async def find_or_create(self, telegram_id: int, phone_language: str | None = None) -> Person:
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

    async def set_language(self, telegram_id: int, language: str | None) -> None:
        """Set the bot's language for the person; None: the phone's."""
        await self._change(telegram_id, language=language)

    async def set_zone(self, telegram_id: int, zone: str | None) -> None:
        """Set the person's time zone, an IANA name; None: not known."""
        await self._change(telegram_id, zone=zone)

    async def set_blocked(self, telegram_id: int, blocked: bool) -> None:
        """Note that the person blocked the bot, or came back: then they are told how their payments ended."""
        async with self._database.write() as connection:
            await people.change(connection, telegram_id, blocked_at=self._clock() if blocked else None)
            if not blocked:
                await watches.wake(connection, telegram_id, self._clock())
                await confirmations.tell_again(connection, telegram_id, self._clock())

    async def remember(self, telegram_id: int, **choices: Any) -> None:
        """Keep what was chosen, to offer it first next time; None forgets a choice."""
        async with self._database.write() as connection:
            await people.remember(connection, telegram_id, choices)

    async def who_chose(self, switch: str) -> frozenset[int]:
        """Everybody for whom `remember` was given this as True."""
        async with self._database.read() as connection:
            return frozenset(await people.who_chose(connection, switch))

    async def remember_first(self, telegram_id: int, name: str, value: str, most: int) -> None:
        """Put a value first in the list of what was chosen under this name; the newest `most` are kept."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            person = await people.get(connection, telegram_id)
            before = [] if person is None else person.choices.get(name, [])
            newest = [value, *(one for one in before if one != value)]
            await people.remember(connection, telegram_id, {name: newest[:most]})

    async def set_question(self, telegram_id: int, question: str | None, message_id: int | None) -> None:
        """Note which question the next text answers (None: none), and the message on which it stands."""
        async with self._database.write() as connection:
            await people.ask(connection, telegram_id, question, message_id)

    async def close_question(self, telegram_id: int, question: str) -> None:
        """Note that this question was answered; one that was asked since stays open."""
        async with self._database.write() as connection:
            await people.close_question(connection, telegram_id, question)

    async def _change(self, telegram_id: int, **values: Any) -> None:
        async with self._database.write() as connection:
            await people.change(connection, telegram_id, **values)
