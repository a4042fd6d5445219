"""To whom the reminders of an account go: to its owner, and to the colleagues whom the owner names.

Each is planned for and told by themselves: what is told and how long before is the owner's to say, at which time of
the day is each person's own. Whoever cannot be reached keeps nobody else from being told, and no message goes twice.
Of an account without such colleagues nothing of this is read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from services.account.access import Access
from services.account.people import People
from services.notifications.kinds import Gone, NotSent, Refused
from services.reminders.digests import DigestOutcome, Digests
from services.reminders.look import Look, planned
from services.reminders.schedule import zone_of
from services.reminders.service import for_colleague
from storage import told_colleagues
from storage.engine.database import Database

log = logging.getLogger(__name__)

AGAIN_AFTER_REFUSAL = timedelta(minutes=10)


class Receivers:
    """Says to everybody who is told of an account what is due for them."""

    def __init__(
        self, database: Database, people: People, digests: Digests, access: Access, clock: Callable[[], datetime]
    ) -> None:
        """`access`: who may use the bot; others are told nothing."""
        self._database, self._people, self._digests, self._access = database, people, digests, access
        self._clock = clock

    async def are_there(self, telegram_id: int) -> bool:
        """Whether colleagues are told of the account: then it is looked at, whoever of them has blocked the bot."""
        async with self._database.read() as connection:
            return bool(await told_colleagues.ids(connection, telegram_id))

    async def say(self, look: Look) -> DigestOutcome:
        """Say what is due to each; gives what came of it for the owner, and when to look again for anybody.

        Raises NotSent once all others were told, where somebody could not be; Gone, where that is the owner.
        """
        if not look.records.row.shared:
            await self._digests.end_of_others(look, [None])
            return await self._say(look)
        others = await self._others(look)
        to_owner = is_owner_told(look, others)
        reached = [other.receiver for other in others] + ([None] if to_owner else [])
        await self._digests.end_of_others(look, reached)
        outcome, failed = DigestOutcome(await planned(look.listed, look.facts, self._clock())), None
        if to_owner:
            try:
                outcome = await self._say(look)
            except NotSent as error:
                failed = error
        moments, refused = [], 0
        for other in others:
            try:
                moments.append(await self._say_to_colleague(other))
            except Refused:
                moments.append(self._clock() + AGAIN_AFTER_REFUSAL)
                refused += 1
            except NotSent as error:
                failed = failed or error
        if failed is not None:
            raise failed
        if others and refused == len(others) and not to_owner and look.person.blocked_at is None:
            outcome = await self._say(look)  # somebody always is
        moments.append(outcome.plan.look_at)
        return replace(outcome, plan=replace(outcome.plan, look_at=min(moments)))

    async def _say(self, look: Look) -> DigestOutcome:
        made = await planned(look.listed, look.facts, self._clock())
        await self._digests.say_again(look, made)
        return await self._digests.say(look, made)

    async def _say_to_colleague(self, look: Look) -> datetime:
        """Gives when there may be more for them. Raises NotSent where Telegram takes nothing for the moment, and
        Refused where their chat takes none of it."""
        try:
            return (await self._say(look)).plan.look_at
        except Gone:
            await self._people.set_blocked(look.person.chat_id, True)
            return look.read_at + AGAIN_AFTER_REFUSAL  # for what they might have got is planned anew

    async def _others(self, look: Look) -> list[Look]:
        """The same look for each colleague who can be told now."""
        owner = look.person.telegram_id
        async with self._database.read() as connection:
            ids = await told_colleagues.ids(connection, owner)
        found = []
        for person_id in ids:
            person = await self._people.who_did(owner, person_id)
            if person is None or person.colleague is None or person.blocked_at is not None:
                continue
            if not self._access.lets_in(person_id):
                continue
            base = replace(look.facts, zone=zone_of(person.zone))
            async with self._database.read() as connection:
                facts = await for_colleague(connection, person.colleague, base)
            if facts.habits.on or not look.facts.habits.on:
                found.append(replace(look, person=person, facts=facts))
        return found


def is_owner_told(look: Look, others: list[Look]) -> bool:
    """Unless they have blocked the bot, or have left the account to colleagues, one of whom can be told."""
    if look.person.blocked_at is not None:
        return False
    return not others or look.person.telegram_id not in look.facts.habits.left_to_colleagues
