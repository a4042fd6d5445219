"""Proxies that are checked again and again: told once what fell and once what is back (`health_steps`).

Only what runs is checked, one stage of an account at a time, and any number of processes share the accounts: a look
is claimed by moving its time. What came of a stage and what is told are written in one transaction, while nobody has
moved that time, then it is sent: a kill before tells nothing and goes on, a kill after says it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from model.accounts import StoredAccount
from model.health import HealthFall, HealthWatch, Which
from model.people import PersonId
from model.replacing import Bought, ReplaceTerms
from services.account.accounts import NoKey
from services.account.rights import check_right
from services.ground.leases import Leases, LocalLeases
from services.ground.task_pool import StartTask, TaskPool, new_task
from services.proxies.check_histories import CheckHistories
from services.watching.health_look import CLAIM, HealthLook
from services.watching.health_steps import ALL
from services.watching.rounds import RoundNeeds
from storage import health_watches, locks, replacements, watches

INTERVALS = (30, 60, 180, 360, 720, 1440)  # minutes
MOST_WATCHES = 5  # of a person
AT_ONCE = 30  # accounts that are looked at at the same time
BATCH = 60  # watches that one statement claims
# How long a look is put off that cannot go on: because of a stop, or because another process is at the account.
NOW, BUSY = timedelta(0), timedelta(minutes=1)
PATIENCE = 5.0  # seconds that a round waits for its looks, which then go on by themselves
FRESH: dict[str, Any] = {"stage": ALL, "began_at": None, "next_at": None, "suspects": [], "fallen": [], "back": []}
ANEW: dict[str, Any] = {**FRESH, "down": [], "failures": {}}  # what was known of the proxies may be old


class TooManyWatches(Exception):
    """A person has at most five of these."""


class HealthWatches:
    """What people set up; `look` is called about once a minute, by any number of processes."""

    def __init__(
        self,
        needs: RoundNeeds,
        histories: CheckHistories,
        start_task: StartTask = new_task,
        leases: Leases | None = None,
    ) -> None:
        """`start_task` holds the looks."""
        self._database, self._accounts = needs.database, needs.accounts
        self._line, self._access, self._clock, self._stopping = needs.line, needs.access, needs.clock, needs.stopping
        self._new_look = partial(HealthLook, needs, histories)
        self._looks, self._leases = TaskPool(AT_ONCE, start_task, most=AT_ONCE), leases or LocalLeases()

    # -- what people do

    async def of(self, telegram_id: int) -> list[HealthWatch]:
        """The person's watches, oldest first."""
        async with self._database.read() as connection:
            return await health_watches.of_person(connection, telegram_id)

    async def one(self, telegram_id: int, number: int) -> HealthWatch | None:
        """A watch of this person's; None when there is none."""
        async with self._database.read() as connection:
            return await health_watches.one(connection, telegram_id, number)

    async def fall(self, telegram_id: int, number: int) -> HealthFall | None:
        """What a message was about, if it was to this person and of the account that they have now."""
        account = await self._accounts.account(telegram_id)
        async with self._database.read() as connection:
            found = await health_watches.fall(connection, telegram_id, number)
        return found if found and account and found.px6_user_id == account.px6_user_id else None

    async def watch(
        self,
        telegram_id: int,
        which: Which,
        value: str,
        *,
        minutes: int,
        night: bool,
        by: PersonId | None = None,
    ) -> int:
        """Check these proxies every so many minutes, from now on; gives the number. Raises NoKey, TooManyWatches.

        `by`, here and below: the colleague who wants it; AccessEnded is raised for who may not any more.
        """
        account = await self._account(telegram_id)
        values = {
            **ANEW,
            "px6_user_id": account.px6_user_id,
            "which": which,
            "value": value,
            "minutes": minutes,
            "night": night,
            "look_at": self._clock(),
            "looked_at": None,
            "checked": 0,
            "worked": 0,
        }
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            has = await health_watches.of_person(connection, telegram_id)
            same = [one for one in has if (one.which, one.value) == (which, value)]
            if len(has) - len(same) >= MOST_WATCHES:
                raise TooManyWatches
            if any(one.px6_user_id != account.px6_user_id for one in same):
                values["replacing"] = None
            return await health_watches.put(connection, telegram_id, values)

    async def change(self, telegram_id: int, number: int, *, by: PersonId | None = None, **values: Any) -> bool:
        """Change `minutes` or `night`; False when there is none."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            one = await health_watches.one(connection, telegram_id, number)
            if one is None:
                return False
            anew = {**FRESH, "fallen": one.fallen, "back": one.back, "look_at": self._clock()}
            again = anew if "minutes" in values and one.is_on else {}
            return await health_watches.change(connection, telegram_id, number, **again, **values)

    async def switch(self, telegram_id: int, number: int, *, on: bool, by: PersonId | None = None) -> bool:
        """Pause a watch, or begin anew; for another px6 account it buys nothing then. False when there is none."""
        account = await self._account(telegram_id)
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            one = await health_watches.one(connection, telegram_id, number)
            if one is None:
                return False
            values: dict[str, Any] = {"px6_user_id": account.px6_user_id, **ANEW, "look_at": self._clock()}
            if one.px6_user_id != account.px6_user_id:
                values["replacing"] = None
            await replacements.call_off(connection, telegram_id, number)
            await watches.wake_by(connection, telegram_id, self._clock())
            values = values if on else {**FRESH, "look_at": None}
            return await health_watches.change(connection, telegram_id, number, **values)

    async def remove(self, telegram_id: int, number: int) -> bool:
        """End a watch of this person's, and what it announced; False when there is none."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await replacements.call_off(connection, telegram_id, number)
            await watches.wake_by(connection, telegram_id, self._clock())  # which tells what was called off
            return await health_watches.remove(connection, telegram_id, number)

    async def replace(
        self, telegram_id: int, number: int, terms: ReplaceTerms | None, *, by: PersonId | None = None
    ) -> bool:
        """Have twins bought of what goes on failing, or (None) no more; what was announced before does not happen.

        False when there is no such watch, or when the terms are not in the currency of its px6 account. Raises NoKey.
        """
        account = await self._account(telegram_id)
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            one = await health_watches.one(connection, telegram_id, number)
            fits = one is not None and (one.px6_user_id, True) == (account.px6_user_id, one.is_on)
            if one is None or (terms is not None and not (fits and terms.currency == account.currency)):
                return False
            await replacements.call_off(connection, telegram_id, number)
            await watches.wake(connection, telegram_id, self._clock())
            return await health_watches.change(connection, telegram_id, number, replacing=terms)

    async def bought(self, telegram_id: int, since: datetime, number: int | None = None) -> list[Bought]:
        """What watches that buy have cost since then: one of this person's, or all. One for each currency."""
        async with self._database.read() as connection:
            return await replacements.bought_since(connection, telegram_id, since, number)

    async def _account(self, telegram_id: int) -> StoredAccount:
        account = await self._accounts.account(telegram_id)
        if account is None:
            raise NoKey
        return account

    # -- what the rounds do

    async def look(self) -> None:
        """Begin every look that is due; one that takes long goes on by itself when this returns."""
        while not self._stopping() and (due := await self._take()):
            theirs: dict[int, list[HealthWatch]] = defaultdict(list)
            for one in due:
                theirs[one.telegram_id].append(one)
            for mine in theirs.values():
                await self._looks.start(partial(self._in_turn, mine))
            if len(due) < BATCH:
                break
        await self._looks.wait(PATIENCE)

    async def _take(self) -> list[HealthWatch]:
        now = self._clock()
        async with self._database.read() as connection:
            if not await health_watches.is_due(connection, now):
                return []  # most of the time: without locking anybody out
        if not await self._line.is_open():
            return []
        async with self._database.write() as connection:
            return await health_watches.take(connection, now, now + CLAIM, BATCH, self._access.allowed)

    async def _in_turn(self, watches: Sequence[HealthWatch]) -> None:
        """The looks of one account, one after another; none while another process is at them."""
        async with self._leases.held_if_free(f"health of {watches[0].telegram_id}") as free:
            for one in watches:
                look = self._new_look(one)
                await (look.guarded() if free and not self._stopping() else look.put_off(NOW if free else BUSY))
