"""Says in the messages of others how somebody ended the matter of a digest: prolonged it, or let it go.

That it is to be said is written in the transaction that ends the matter (`storage.digest_endings.note`); the message
is edited once the outcome is known, at once or, after a kill or where Telegram takes nothing, with a later sweep.
What cannot be edited at all is said at the tap.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from model.colleagues import Right
from model.notifications import CUT_OFF, DigestEnding, StoredDigest
from model.orders import BY_ITSELF, Confirmation, OrderState
from model.people import Person
from services.account.people import People
from services.notifications.kinds import DigestEnd, DigestSender, Gone, NotSent, PaymentEnd, Refused, Unsure
from services.notifications.line import Line
from services.orders import Orders
from storage import digest_endings, reminders
from storage.engine.database import Database

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(minutes=1)  # while the outcome is not known, or its message is still being sent
MOST_TRIES = 50
SETTLED = ("paying", "unknown", "paid")  # a payment that is, or may be, how it ends, whatever was decided since


class Endings:
    """Edits what others were sent, and says at a tap what became of it."""

    def __init__(
        self,
        database: Database,
        people: People,
        orders: Orders,
        sender: DigestSender,
        line: Line,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._people, self._orders = database, people, orders
        self._sender, self._line, self._clock = sender, line, clock
        self._editing = asyncio.Lock()

    async def of(self, person: Person, digest: StoredDigest) -> DigestEnd | None:
        """How the matter of a digest was ended by somebody else than this person, who got it; None: by nobody."""
        async with self._database.read() as connection:
            ending = await digest_endings.of_digest(connection, digest.telegram_id, digest.id)
        return None if ending is None else await self._described(person, digest, ending)

    async def edit_due(self, confirmation_id: int | None = None) -> None:
        """Edit what is due; or what waits for a payment, whose outcome is known now."""
        async with self._editing:
            for ending in await self._taken(confirmation_id):
                await self._edit(ending)

    async def _taken(self, confirmation_id: int | None) -> list[DigestEnding]:
        now = self._clock()
        async with self._database.read() as connection:
            if not await digest_endings.is_any_due(connection, now, confirmation_id):
                return []  # nearly always: without locking anybody out
        async with self._database.write() as connection:
            return await digest_endings.take(connection, now, now + CUT_OFF, confirmation_id)

    async def _edit(self, ending: DigestEnding) -> None:
        if not await self._line.is_open():
            return await self._put_off(ending, ASK_AGAIN, ending.tries)  # an outage uses up no try
        async with self._database.read() as connection:
            digest = await reminders.digest(connection, ending.telegram_id, ending.digest_id)
        person = None if digest is None else await self._receiver(digest)
        if digest is None or person is None or person.blocked_at is not None:
            return await self._put_off(ending, None)  # nobody is there: the tap says it, should they return
        if digest.message_id is None:
            is_coming = digest.state == "sending" or digest.again_at is not None
            return await self._put_off(ending, ASK_AGAIN if is_coming else None)
        end = await self._described(person, digest, ending)
        if end is None or end.what in ("paying", "unknown"):
            return await self._put_off(ending, ASK_AGAIN if end is not None else None)
        pause = await self._shown(person, digest.message_id, end)
        tries = ending.tries + 1
        return await self._put_off(ending, None if tries > MOST_TRIES else pause, tries)

    async def _shown(self, person: Person, message_id: int, end: DigestEnd) -> timedelta | None:
        """Edit the message; gives after how long it is to be tried again, None: it shows it, or never will."""
        async with self._database.read() as connection:
            if await digest_endings.shows_payment(connection, person.telegram_id, person.chat_id, message_id):
                return None
        try:
            with self._line.sending():
                await self._sender.end_digest(person, message_id, end)
        except (Gone, Refused):
            return None
        except NotSent as error:
            return max(ASK_AGAIN, timedelta(seconds=error.wait))
        except Unsure:
            return ASK_AGAIN
        return None

    async def _receiver(self, digest: StoredDigest) -> Person | None:
        """Who got the digest, as who acts on its account; None: they have no right on it any more."""
        if digest.receiver is None:
            return await self._people.find(digest.telegram_id)
        return await self._people.who_did(digest.telegram_id, digest.receiver)

    async def _put_off(self, ending: DigestEnding, pause: timedelta | None, tries: int = 0) -> None:
        edit_at = None if pause is None else self._clock() + pause
        async with self._database.write() as connection:
            await digest_endings.put_off(connection, ending, edit_at, tries)

    async def _described(self, person: Person, digest: StoredDigest, ending: DigestEnding) -> DigestEnd | None:
        """What there is to say of it now; None: what it was about is kept no longer, or is what they have decided."""
        payment, may = await self._by_payment(digest, ending), may_prolong(person)
        if ending.kind == "paid" or (payment is not None and payment.what in SETTLED):
            return None if payment is None else replace(payment, digest_id=digest.id, may_prolong=may)
        if ending.by_person == digest.receiver:
            return None
        return DigestEnd(
            by="owner" if ending.by_person is None else "colleague",
            name=ending.by_name or "",
            what=ending.kind,
            of=len(digest.ends),
            now=self._clock(),
            digest_id=digest.id,
            may_prolong=may,
        )

    async def _by_payment(self, digest: StoredDigest, ending: DigestEnding) -> DigestEnd | None:
        if ending.confirmation_id is None:
            return None
        found = await self._orders.confirmation(digest.telegram_id, ending.confirmation_id)
        return None if found is None else end_by_payment(found, digest.ends, self._clock())


def may_prolong(person: Person) -> bool:
    return person.colleague is None or person.colleague.right.includes(Right.PROLONG)


def end_by_payment(confirmation: Confirmation, ids: Collection[int], now: datetime) -> DigestEnd:
    """What a payment made of these proxies, of which it prolongs some or all; what it made of others is left out."""
    automatic = confirmation.source in BY_ITSELF
    orders = [order for order in confirmation.orders if not set(ids).isdisjoint(order.ids)]
    after = [
        proxy.end_after
        for order in orders
        if order.state is OrderState.DONE
        for proxy in order.proxies
        if proxy.id in ids and proxy.end_after is not None
    ]
    return DigestEnd(
        by="rule" if automatic else "owner" if confirmation.by_person is None else "colleague",
        name=confirmation.by_name or "",
        what=what_became([order.state for order in orders]),
        of=len(ids),
        now=now,
        count=len(after),
        period=confirmation.period,
        until=min(after, default=None),
        apart=len({end.date() for end in after}) > 1,
        quote_id=confirmation.quote_id,
    )


def what_became(states: Collection[OrderState]) -> PaymentEnd:
    """What there is to say of a payment with orders in these states."""
    if OrderState.CONFIRMED in states or OrderState.SENDING in states:
        return "paying"
    if OrderState.UNKNOWN in states:
        return "unknown"
    if OrderState.DONE in states:
        return "paid"
    return "unclear" if OrderState.UNCLEAR in states else "nothing"
