"""Notices: written down before they are sent, and said again when Telegram did not certainly take them.

What was certainly not sent is said again as soon as Telegram takes messages; what may have been sent, a few times at
growing intervals (`services.notifications.line`). What could not be said stays in the database for `/reminders`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredAccount
from model.notifications import CUT_OFF, ColleagueNews, LimitsDropped, Unsaid
from model.people import Person
from services.account.unchanged import write_if_unchanged
from services.notifications.kinds import (
    CalledOff,
    Change,
    Gone,
    KeyRefused,
    LowBalance,
    Notice,
    NotSent,
    Px6Answers,
    Refused,
    RuleFailed,
    RulesStopped,
    Sender,
    Unsure,
)
from services.notifications.line import Line, again_after
from services.notifications.watching_kinds import (
    HealthBack,
    HealthFell,
    KeptEnded,
    MoneyThere,
    PriceChanged,
    ReplaceEnded,
    ReplaceFailed,
    StockBack,
    StockWatchOver,
)
from storage import unsaid
from storage.engine.database import Database

log = logging.getLogger(__name__)

WrittenNotice = (
    LowBalance
    | Change
    | KeyRefused
    | Px6Answers
    | CalledOff
    | RuleFailed
    | RulesStopped
    | MoneyThere
    | KeptEnded
    | StockBack
    | StockWatchOver
    | HealthFell
    | HealthBack
    | ReplaceEnded
    | ReplaceFailed
    | PriceChanged
    | ColleagueNews
    | LimitsDropped
)
KINDS: Mapping[str, type[WrittenNotice]] = {
    unsaid.LOW_BALANCE: LowBalance,
    "change": Change,
    unsaid.KEY_REFUSED: KeyRefused,
    "answers": Px6Answers,
    "off": CalledOff,
    "failed": RuleFailed,
    "stopped": RulesStopped,
    "money": MoneyThere,
    "kept": KeptEnded,
    "stock": StockBack,
    "stock-over": StockWatchOver,
    "fell": HealthFell,
    "back": HealthBack,
    "twin-off": ReplaceEnded,
    "twin-failed": ReplaceFailed,
    "price": PriceChanged,
    unsaid.COLLEAGUE: ColleagueNews,
    unsaid.LIMITS: LimitsDropped,
}
NAMES = {kind: name for name, kind in KINDS.items()}
OF_WATCHES = (HealthFell, HealthBack, ReplaceFailed)  # of proxies that are checked: by night as the person wants it
SILENT_AT_NIGHT = {NAMES[kind] for kind in (Change, MoneyThere, KeptEnded, StockBack, PriceChanged, *OF_WATCHES)}
QuietUntil = Callable[[Person], Awaitable[datetime | None]]
"""Gives when the quiet hours end that the person has now; None: they have none."""


class NoticeDelivery:
    """Writes notices down, sends them, and sends again what Telegram did not certainly take."""

    def __init__(self, database: Database, sender: Sender, line: Line, clock: Callable[[], datetime]) -> None:
        self._database, self._sender, self._line, self._clock = database, sender, line, clock

    async def write(
        self,
        connection: AsyncConnection,
        account: StoredAccount,
        notice: WrittenNotice,
        *,
        quietly: bool = False,
        message_id: int | None = None,
    ) -> Unsaid:
        """Write it down, to be sent as soon as that is committed. `message_id`: a message that is to become this."""
        now = self._clock()
        return await unsaid.add(
            connection,
            telegram_id=account.telegram_id,
            kind=NAMES[type(notice)],
            notice=msgspec.json.encode(notice).decode(),
            quietly=quietly,
            message_id=message_id,
            written_at=now,
            again_at=now + CUT_OFF,
        )

    async def say(
        self, person: Person, account: StoredAccount, notice: WrittenNotice, *, message_id: int | None = None
    ) -> None:
        """Write a notice down and send it. Raises Gone; AccountChanged when the account is another one by now."""
        async with write_if_unchanged(self._database, account) as connection:
            one = await self.write(connection, account, notice, message_id=message_id)
        await self.send(person, one)

    async def again(self, person: Person, quiet_until: QuietUntil) -> datetime | None:
        """Send what is due for another try; gives when to come again, None for never. Raises Gone.

        In quiet hours a low balance waits for their end, and what may not ring at night does not.
        """
        if await self.next_try(person.telegram_id) is None or not await self._line.is_open():
            return await self.next_try(person.telegram_id)
        now = self._clock()
        async with self._database.write() as connection:
            due = await unsaid.take(connection, person.telegram_id, now, now + CUT_OFF)
        quiet_end = await quiet_until(person) if due else None
        for one in due:
            if one.id in self._line.taken:
                await self._said(one)
            elif one.kind == unsaid.LOW_BALANCE and quiet_end is not None:
                await self._put_off(one, quiet_end - self._clock(), one.tries)
            else:
                await self.send(person, sounding(one, is_quiet=quiet_end is not None))
        return await self.next_try(person.telegram_id)

    async def next_try(self, telegram_id: int) -> datetime | None:
        """When something is due for another try; None when nothing is."""
        async with self._database.read() as connection:
            return await unsaid.next_try(connection, telegram_id)

    async def send(self, person: Person, one: Unsaid) -> None:
        """Send what was written down, or write down when it is to be tried again. Raises Gone."""
        try:
            await self._try(person, one)
        except Gone:
            await self._put_off(one, timedelta(0), one.tries)  # until the person returns
            raise
        except Refused:
            log.error("Telegram refuses a message of the kind %r; it is listed in /reminders", one.kind)
            await self._put_off(one, None, one.tries)
        except NotSent as error:
            log.warning("A message of the kind %r waits until Telegram takes it", one.kind)
            await self._put_off(one, timedelta(seconds=error.wait), one.tries)
        except Unsure:
            log.warning("A message of the kind %r may not have arrived", one.kind)
            await self._put_off(one, again_after(one.tries + 1), one.tries + 1)
        else:
            await self._said(one)

    async def _try(self, person: Person, one: Unsaid) -> None:
        notice: Notice = msgspec.json.decode(one.notice, type=KINDS[one.kind])
        await self._line.check()
        with self._line.sending():
            if one.message_id is None:
                await self._sender.notice(person, notice, quietly=one.quietly)
            else:
                await self._sender.rewrite(person, one.message_id, notice)

    async def _said(self, one: Unsaid) -> None:
        """Where the database takes nothing, this process still knows it when the notice is due again."""
        self._line.taken.add(one.id)
        async with self._database.single() as connection:
            await unsaid.said(connection, one.id)
        self._line.taken.discard(one.id)

    async def _put_off(self, one: Unsaid, pause: timedelta | None, tries: int) -> None:
        async with self._database.write() as connection:
            again_at = None if pause is None else self._clock() + pause
            await unsaid.put_off(connection, one.id, again_at, tries)


def sounding(one: Unsaid, *, is_quiet: bool) -> Unsaid:
    """Without a sound also where it was written by day and is sent in quiet hours."""
    is_silent = one.quietly or (is_quiet and one.kind in SILENT_AT_NIGHT and not may_ring_at_night(one))
    return msgspec.structs.replace(one, quietly=is_silent)


def may_ring_at_night(one: Unsaid) -> bool:
    """Whether the person wants to hear of it in their quiet hours, too."""
    notice = msgspec.json.decode(one.notice, type=KINDS[one.kind])
    return isinstance(notice, OF_WATCHES) and notice.night
