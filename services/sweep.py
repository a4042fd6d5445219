"""The sweep: looks at the accounts that are due, and says what there is to say. One message for each account.

A look claims its account with a lease, reads px6 then, decides (`services.planning`), asks for the prices, reads px6
once more just before sending, writes down what it is about to say, and sends it. What was written is never said
again, unless it is certain that it was not sent. So two processes, a restart at any point or a clock that jumps
send nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import px6
from px6 import State
from services.accounts import Accounts, NoKey
from services.digests import Digests
from services.look import Look, planned
from services.money import Money
from services.noticing import Noticing
from services.orders import Orders
from services.planning import LOOK_EVERY
from services.reminders import Reminders
from services.rules import Rules
from services.telling import Gone, NotSent, Teller
from storage import watches
from storage.database import Database
from storage.errors import StorageError
from storage.people import Person

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)  # longer than any look takes
BATCH = 100  # accounts claimed at once
AT_ONCE = 6  # accounts looked at at the same time
AGAIN_AFTER_ERROR = timedelta(minutes=10)
AGAIN_AFTER_NOT_SENT = timedelta(minutes=1)


class Sweep:
    """Called every SYNC_SECONDS, by any number of processes. `teller` is set by the wiring."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        orders: Orders,
        people: Reminders,
        rules: Rules,
        money: Money,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
        allowed: frozenset[int] = frozenset(),
    ) -> None:
        """`allowed`: people for whom it is done, those of ALLOWED_USER_IDS; without any, for everybody."""
        self._database, self._accounts, self._reminders, self._rules = database, accounts, people, rules
        self._clock, self._stopping, self._allowed = clock, stopping, allowed
        self.digests = Digests(database, orders, people, clock)
        self._noticing = Noticing(database, orders, money, clock)

    @property
    def teller(self) -> Teller | None:
        return self.digests.teller

    @teller.setter
    def teller(self, teller: Teller) -> None:
        self.digests.teller = self._noticing.teller = teller

    async def run(self) -> None:
        """Look at every account that is due now; once the bot is to stop, only those begun are ended."""
        started = self._clock()
        workers = asyncio.Semaphore(AT_ONCE)
        lease = secrets.token_hex(8)
        async with asyncio.TaskGroup() as group:
            while not self._stopping() and (due := await self._claim(lease)):
                for place, telegram_id in enumerate(due):
                    await workers.acquire()
                    if self._stopping():
                        return await self._give_back(due[place:], lease)
                    work = group.create_task(self._guarded(telegram_id, lease))
                    work.add_done_callback(lambda _: workers.release())
                if self._clock() - started > LEASE:
                    return None  # the scheduler comes again at once
        return None

    async def _give_back(self, telegram_ids: Sequence[int], lease: str) -> None:
        """Accounts that were claimed and not begun are due again, for another process or after the next start."""
        async with self._database.write() as connection:
            await watches.give_back(connection, telegram_ids, lease, self._clock())

    async def look(self, telegram_id: int) -> None:
        """Look at one account now, due or not."""
        lease = secrets.token_hex(8)
        async with self._database.write() as connection:
            await watches.claim_one(connection, telegram_id, self._clock() + LEASE, lease)
        await self._guarded(telegram_id, lease)

    async def _claim(self, lease: str) -> list[int]:
        now = self._clock()
        latest = now + LOOK_EVERY + LEASE
        async with self._database.read() as connection:
            if not (await connection.execute(watches.due_query(now, latest, 1, self._allowed))).first():
                return []  # most of the time: without locking anybody out
        async with self._database.write() as connection:
            return await watches.claim(connection, now, latest, now + LEASE, lease, BATCH, self._allowed)

    async def _guarded(self, telegram_id: int, lease: str) -> None:
        """A look that fails concerns its account alone, and comes again."""
        try:
            at = await self._look(telegram_id)
        except StorageError as error:
            log.error("An account could not be looked at: %s", error)
            return  # its lease ends by itself
        except Exception:  # whatever it is, the others must not wait for it
            log.exception("A look at an account failed")
            at = self._clock() + AGAIN_AFTER_ERROR
        async with self._database.write() as connection:
            await watches.plan_look(connection, telegram_id, lease, at)

    async def _look(self, telegram_id: int) -> datetime | None:
        """Everything about one account; gives when to look again, None for never."""
        person = await self._accounts.known(telegram_id)
        if person is None or person.blocked_at is not None:
            return None
        try:
            return await self._look_at(person)
        except NoKey:
            return None
        except Gone:
            await self._accounts.set_blocked(telegram_id, True)
            return None
        except NotSent:
            return self._clock() + AGAIN_AFTER_NOT_SENT
        except (px6.WrongKey, px6.WrongAddress) as error:
            return await self._refused(person, error)
        except px6.Px6Error as error:
            log.info("An account could not be read: %s", type(error).__name__)
            return self._clock() + AGAIN_AFTER_ERROR

    async def _look_at(self, person: Person) -> datetime:
        look = await self._read(person)
        if look.account.refused_at is not None:
            await self._accounts.key_accepted(person.telegram_id)
        compared = await self._noticing.compare(look)
        rules_at = await self._rules.step(look.person, look.client, look.listed, look.known)
        covered = await self._rules.covered(person.telegram_id, look.listed)
        look = replace(look, known=replace(look.known, covered=covered))
        made = await planned(look.listed, look.known, self._clock())
        said = await self.digests.say(look, made)
        await self._noticing.conclude(look, compared, said.missing)
        return min(said.plan.look_at, rules_at or said.plan.look_at)

    async def _read(self, person: Person) -> Look:
        account, client = await self._accounts.connected(person.telegram_id)
        client = client.background
        read_at = self._clock()
        listed = await client.proxies(State.ALL, nokey=True)
        known = await self._reminders.known(person, account.px6_user_id)
        return Look(person, account, client, listed, read_at, known)

    async def _refused(self, person: Person, error: px6.Refused) -> datetime:
        """px6 does not take the key or the address: said once."""
        first = await self._accounts.key_refused(person.telegram_id, error)
        await self._noticing.refused(person, error, first)
        return self._clock() + LOOK_EVERY
