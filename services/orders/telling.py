"""Telling people how their payments stand: every change at least once, the newest last, also after a restart.

What a colleague confirmed is told to the colleague, as to whoever pays, and beside it to the owner of the account:
each of the two has an account of their own of what they were told, and neither waits for the other.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from model.orders import Confirmation
from px6 import Proxy
from services.ground.elapsed_time import ElapsedTime
from services.ground.leases import Leases
from services.orders.journal import Journal
from storage import colleagues, confirmations, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

SendOutcome = Callable[[Confirmation, Mapping[int, Proxy]], Awaitable[int | None]]
"""Shows a person how a payment stands, and gives the id of the message that now shows it; None: nobody is there.

With it come those of its proxies, by id, that px6 named in its answer or listed just before the call. Raises
NobodyThere, NotNow, and whatever sending runs into.
"""
HearTold = Callable[[int], object]
"""Is called with the id of a confirmation whose newest state was told."""
LONGEST_PAUSE = timedelta(hours=1)
SEEN_KEPT = 100  # payments of which the proxies are at hand; those of others are read from px6 for the receipt
GIVE_UP = timedelta(days=3)
PAID_SHOWS = timedelta(minutes=1)  # after a payment px6 certainly shows it; see `services.reminders.outside_changes`


class NobodyThere(Exception):
    """The person has blocked the bot: they are told when they come back."""


class NotNow(Exception):
    """Telegram wants to be left alone for longer than anybody waits: it is tried again."""


class OutcomeDelivery:
    """Sends the newest outcome of a confirmation, and notes it as told once that returned."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        send_outcome: SendOutcome,
        clock: Callable[[], datetime],
        elapsed: ElapsedTime,
        leases: Leases,
        send_copy: SendOutcome | None = None,
    ) -> None:
        """`elapsed`: for how long outcomes are untold, by the id of their confirmation.

        `send_copy`: as `send_outcome`, to the owner of an account on which a colleague confirmed it.
        """
        self._database, self._journal, self._send_outcome = database, journal, send_outcome
        self._send_copy = send_copy or send_outcome
        self._clock, self._elapsed, self._leases = clock, elapsed, leases
        self.hear_told: HearTold = lambda _: None
        self._seen: OrderedDict[int, dict[int, Proxy]] = OrderedDict()

    def note_seen(self, confirmation_id: int, proxies: Mapping[int, Proxy]) -> None:
        """What px6 said of the proxies of a payment: its receipt need not ask again. In memory only, until told."""
        self._seen.setdefault(confirmation_id, {}).update(proxies)
        if len(self._seen) > SEEN_KEPT:
            self._seen.popitem(last=False)

    async def tell(self, confirmation_id: int) -> None:
        """Tell what the people whom it concerns were not told yet of a confirmation; what fails is tried again."""
        async with self._leases.held(f"telling of {confirmation_id}"):
            confirmation = await self._journal.confirmation(confirmation_id)
            if confirmation is None:
                self._seen.pop(confirmation_id, None)
                return
            is_told = await self._tell(confirmation, to_owner=False) if confirmation.is_untold else True
            if confirmation.is_untold_to_owner:
                is_told = await self._tell(confirmation, to_owner=True) and is_told
            if is_told:
                self._elapsed.forget(confirmation_id)
                if not confirmation.is_open:
                    self._seen.pop(confirmation_id, None)
            if not confirmation.is_open:
                self.hear_told(confirmation_id)

    async def _tell(self, confirmation: Confirmation, *, to_owner: bool) -> bool:
        """Tell whoever confirmed it, or the owner of the account beside them; False when it is to be tried again."""
        try:
            message_id = await (self._send_to_owner(confirmation) if to_owner else self._send(confirmation))
        except (NobodyThere, NotNow):
            await self._postpone(confirmation.id, self._again_at(confirmation), to_owner=to_owner)
        except Exception as error:  # noqa: BLE001 - money is not to depend on what telling runs into
            log.warning("An outcome could not be told and will be told later: %s", type(error).__name__)
            await self._postpone(confirmation.id, self._again_at(confirmation), to_owner=to_owner)
        else:
            await (self.note_told_to_owner(confirmation, message_id) if to_owner else self.note_told(confirmation))
            return True
        return False

    async def _send_to_owner(self, confirmation: Confirmation) -> int | None:
        """Only what a colleague spent, or may have; and what became of it where the owner was told of it before.

        Of a colleague who has no access any more all: nobody else is told.
        """
        if not (confirmation.concerns_owner or await self._is_left_to_owner(confirmation)):
            return confirmation.owner_message
        return await self._send_copy(confirmation, self._seen.get(confirmation.id, {}))

    async def _is_left_to_owner(self, confirmation: Confirmation) -> bool:
        """Whether the colleague who confirmed it is not shown what came of it, since their access has ended."""
        if confirmation.by_person is None or confirmation.is_under_way:
            return False
        async with self._database.read() as connection:
            return await colleagues.access(connection, confirmation.telegram_id, confirmation.by_person) is None

    async def _send(self, confirmation: Confirmation) -> None:
        """Send it and note which message shows it. The account is looked at again once px6 shows what was paid."""
        if not confirmation.is_open and any(not order.state.spent_nothing for order in confirmation.orders):
            await self._look_soon(confirmation.telegram_id)
        message_id = await self._send_outcome(confirmation, self._seen.get(confirmation.id, {}))
        if message_id is None:
            return
        chat_id = confirmation.chat_id or confirmation.by_person or confirmation.telegram_id
        if message_id != confirmation.message_id:
            await self._journal.set_message(confirmation.quote_id, chat_id, message_id)
        if confirmation.requote is not None:
            await self._journal.set_message(confirmation.requote.id, chat_id, message_id)

    async def tell_untold(self, *, all_: bool = False) -> None:
        """Tell what was not told yet: with `all_` everything (after a start), else what is due for another try."""
        for confirmation_id in await self.untold(all_=all_):
            await self.tell(confirmation_id)

    async def untold(self, *, all_: bool = False) -> list[int]:
        """Confirmations with something to tell: all, or those whose time for another try has come."""
        async with self._database.read() as connection:
            return await confirmations.untold(connection, None if all_ else self._clock())

    async def note_told_to_owner(self, confirmation: Confirmation, message_id: int | None) -> None:
        """The owner was shown what a colleague confirmed, as it is here, in this message."""
        async with self._database.write() as connection:
            await confirmations.told_owner(connection, confirmation.id, confirmation.changes, message_id)

    async def note_told(self, confirmation: Confirmation) -> None:
        """Whoever confirmed it was shown this confirmation as it is here."""
        async with self._database.write() as connection:
            await confirmations.told(connection, confirmation.id, confirmation.changes, self._clock())

    async def _postpone(self, confirmation_id: int, tell_at: datetime | None, *, to_owner: bool) -> None:
        async with self._database.write() as connection:
            await confirmations.postpone_telling(connection, confirmation_id, tell_at, to_owner=to_owner)

    async def _look_soon(self, telegram_id: int) -> None:
        """Have the person's account looked at once px6 shows what was just paid."""
        async with self._database.single() as connection:
            await watches.wake_by(connection, telegram_id, self._clock() + PAID_SHOWS)

    def _again_at(self, confirmation: Confirmation) -> datetime | None:
        """After half the time that it has been untold; None after three days, if not only the clock says so."""
        since = max([confirmation.confirmed_at, *(o.settled_at for o in confirmation.orders if o.settled_at)])
        age = timedelta(seconds=self._elapsed.seconds_since(confirmation.id, since))
        if age > GIVE_UP and self._elapsed.watched_for(confirmation.id) > LONGEST_PAUSE.total_seconds():
            return None
        return self._clock() + min(max(age / 2, timedelta(seconds=5)), LONGEST_PAUSE)
