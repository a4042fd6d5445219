"""The sweep: looks at the accounts that are due, and says what there is to say. One message for each account.

A look claims its account with a lease, reads px6 then, decides (`services.reminders.planning`), asks for the prices,
reads px6 once more just before sending, writes down what it is about to say, and sends it. What was written is said
again only if it was not certainly sent, and then with the same buttons. So two processes, a restart at any point or a
clock that jumps pay nothing twice.

Each look is a task of its own: what one runs into, or a px6 that hangs, touches no other. While Telegram takes no
messages, only accounts are looked at for which something announced is to be paid.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import px6
from model.accounts import StoredAccount
from model.errors import StorageError
from model.people import Person
from model.rules import ProxyEnd
from px6 import Px6Client, State
from services.account.access import Access
from services.account.accounts import Accounts, NoKey
from services.account.people import People
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.ground.leases import Leases, LocalLeases
from services.ground.task_pool import StartTask, TaskPool, new_task
from services.money.forecaster import Forecaster
from services.notifications.boards import Boards
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import DigestSender, Gone, NotSent, Refused
from services.notifications.line import Line
from services.orders import Orders
from services.reminders.digests import Digests
from services.reminders.endings import Endings
from services.reminders.findings import Findings
from services.reminders.look import Look, not_at_once
from services.reminders.planning import LOOK_EVERY
from services.reminders.receivers import Receivers
from services.reminders.service import Reminders
from services.rules.service import Rules
from services.watching.kept import KeptPayments
from services.watching.replacing import Replacements
from storage import accounts as stored_accounts
from storage import last_known, reminders, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)  # longer than any look takes
BATCH = 100  # accounts claimed at once
SHARED_BATCH = 5  # where processes share what Telegram takes in a second: at the end all have about as many left
AT_ONCE = 100  # accounts looked at at the same time, besides those whose look takes long
MOST = 160  # looks under way, those that take long among them: each holds an answer of px6
APART = 1 / 60  # seconds between the begins of two looks: a tap comes in between
PATIENCE = 5.0  # seconds that a round waits for looks that take long; they go on by themselves
AGAIN_AFTER_ERROR = timedelta(minutes=10)
WITHOUT_OWNER = timedelta(minutes=1)  # from hearing that the owner is gone until colleagues are told
AGAIN_WHILE_WAITED_FOR = timedelta(minutes=1)  # where the person wants to be told that px6 answers again

NextLook = datetime | Literal["planned"] | None
"""When to look at an account again: None for never, "planned" where that is written down already."""


class Sweep:
    """Called every SYNC_SECONDS, by any number of processes. `start_task` holds the looks."""

    def __init__(
        self,
        database: Database,
        people: People,
        accounts: Accounts,
        orders: Orders,
        reminders: Reminders,
        rules: Rules,
        kept: KeptPayments,
        replacing: Replacements,
        boards: Boards,
        forecaster: Forecaster,
        sender: DigestSender,
        line: Line,
        access: Access,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        start_task: StartTask = new_task,
        went_on: Callable[[], None] = lambda: None,
        leases: Leases | None = None,
    ) -> None:
        """`access`: who may use the bot; accounts of others are left alone.

        `went_on` is called for each look that begins, and at the end of each round.
        """
        self._database, self._people, self._accounts = database, people, accounts
        self._reminders, self._rules, self._kept, self._boards = reminders, rules, kept, boards
        self._replacing = replacing
        self._line, self._clock, self._stopping, self._access = line, clock, stopping, access
        self._notices = NoticeDelivery(database, sender, line, clock)
        self.digests = Digests(database, orders, reminders, sender, line, clock)
        self._receivers = Receivers(database, people, self.digests, access, clock)
        self.endings = Endings(database, people, orders, sender, line, clock)
        self._findings = Findings(database, orders, forecaster, self._notices, clock)
        self._looks = TaskPool(AT_ONCE, start_task, most=MOST, apart=APART)
        self._round, self._went_on = asyncio.Lock(), went_on
        self._claimed: dict[int, str] = {}  # the newest lease of each account whose look has not begun
        self._cut_off: dict[int, str] = {}  # the lease of each account whose look the database has ended
        self._leases = leases or LocalLeases()

    async def run(self) -> None:
        """Look at every account that is due now; a look that takes long goes on by itself when this returns.

        Once the bot is to stop, only those begun are ended.
        """
        async with self._round:
            await self.digests.arrivals.note_left()
            await self._give_back_cut_off()
            await self._begin_all(self._new_lease())
            await self._looks.wait(PATIENCE)
            self._went_on()

    async def recover(self) -> None:
        """When another process is gone: what it had claimed is due again."""
        if self._leases.holder is not None:
            async with self._database.single() as connection:
                await watches.give_back_left(connection, self._clock())

    async def resume(self) -> None:
        """Called every few seconds: look at what had to wait as soon as Telegram takes messages again."""
        if self._line.closed and not self._round.locked() and await self._line.is_open():
            await self.run()

    async def look(self, telegram_id: int) -> None:
        """Look at one account now, due or not."""
        lease = self._new_lease()
        async with self._database.single() as connection:
            await watches.claim_one(connection, telegram_id, self._clock() + LEASE, lease)
        self._claimed[telegram_id] = lease
        await self._in_turn(telegram_id)

    # -- which, and when again

    def _new_lease(self) -> str:
        """A name for what is claimed at once; with the process first, where there are several."""
        return f"{self._leases.holder or ''}{secrets.token_hex(8)}"

    async def _begin_all(self, lease: str) -> None:
        """While Telegram takes no messages, only what a rule is to pay; also when that comes in the middle."""
        while not self._stopping():
            paying = not await self._line.is_open()
            if not (due := await self._claim(lease, paying)):
                return
            for place, telegram_id in enumerate(due):
                if self._stopping() or (not paying and not await self._line.is_open()):
                    await self._give_back(due[place:], lease)
                    break
                await self._begin(telegram_id, lease)
                self._went_on()

    async def _claim(self, lease: str, paying: bool) -> list[int]:
        now = self._clock()
        latest = now + LOOK_EVERY + LEASE
        most = BATCH if self._leases.holder is None else SHARED_BATCH
        async with self._database.read() as connection:
            if not await self._due(now, latest, 1, paying).telegram_ids(connection):
                return []  # most of the time: without locking anybody out
        async with self._database.write() as connection:
            return await watches.claim(connection, self._due(now, latest, most, paying), now + LEASE, lease)

    def _due(self, now: datetime, latest: datetime, most: int, paying: bool) -> watches.DueQuery:
        return watches.due_query(now, latest, LEASE, most, self._access.allowed, paying=paying)

    async def _give_back(self, telegram_ids: Sequence[int], lease: str) -> None:
        """Accounts that were claimed and not begun are due again, for another process or after the next start."""
        async with self._database.write() as connection:
            await watches.give_back(connection, telegram_ids, lease, self._clock())

    async def _give_back_cut_off(self) -> None:
        """Looks that ended because the database was away are due again once it is back."""
        while self._cut_off:
            telegram_id, lease = next(iter(self._cut_off.items()))
            await self._give_back([telegram_id], lease)
            del self._cut_off[telegram_id]

    async def _begin(self, telegram_id: int, lease: str) -> None:
        """One look that has not begun is enough for an account, however often it is claimed meanwhile."""
        waits = telegram_id in self._claimed
        self._claimed[telegram_id] = lease
        if not waits:
            await self._looks.start(partial(self._in_turn, telegram_id))

    async def _in_turn(self, telegram_id: int) -> None:
        """One look after another at the same account."""
        lease = ""
        try:
            async with self._leases.held(f"look at {telegram_id}"):
                lease = self._claimed.pop(telegram_id, "")
                at = await self._guarded(telegram_id, lease)
                if at != "planned":
                    await self._plan(telegram_id, lease, at)
        except StorageError as error:
            self._cut_off[telegram_id] = self._claimed.pop(telegram_id, lease)
            log.error("An account could not be looked at: %s", error)

    async def _guarded(self, telegram_id: int, lease: str) -> NextLook:
        """A look that fails concerns its account alone, and comes again."""
        try:
            return await self._look(telegram_id, lease)
        except StorageError:
            raise
        except Exception:  # whatever it is, the next look must be planned
            log.exception("A look at an account failed")
            return self._clock() + AGAIN_AFTER_ERROR

    async def _plan(self, telegram_id: int, lease: str, at: datetime | None) -> None:
        """Plan the next look, whatever came of this one: never at once."""
        at = None if at is None else not_at_once(at, self._clock())
        async with self._database.write() as connection:
            await watches.plan_look(connection, telegram_id, lease, at)

    # -- one account

    async def _look(self, telegram_id: int, lease: str) -> NextLook:
        """Everything about one account; gives when to look again, None for never."""
        person = await self._people.find(telegram_id)
        if person is None or (person.blocked_at is not None and not await self._receivers.are_there(telegram_id)):
            return None
        try:
            account, client = await self._accounts.connected(telegram_id)
            at = await self._still_there(account, person, client, lease)
            return await self._soonest(person, at) if isinstance(at, datetime) else at
        except NoKey:
            return None
        except Gone:
            await self._people.set_blocked(person.chat_id, True)
            return self._clock() + WITHOUT_OWNER if await self._receivers.are_there(telegram_id) else None
        except Refused:
            return self._clock() + AGAIN_AFTER_ERROR
        except NotSent as error:
            return self._clock() + timedelta(seconds=error.wait)

    async def _still_there(self, account: StoredAccount, person: Person, client: Px6Client, lease: str) -> NextLook:
        """A look at an account that is forgotten meanwhile, or gets another key, ends without a word."""
        try:
            return await self._answered(account, person, client, lease)
        except AccountChanged:
            return None
        except Exception:
            async with self._database.read() as connection:
                if await stored_accounts.is_unchanged(connection, account):
                    raise
            return None

    async def _answered(self, account: StoredAccount, person: Person, client: Px6Client, lease: str) -> NextLook:
        try:
            return await self._look_at(await self._read(account, person, client.background, lease))
        except (px6.WrongKey, px6.WrongAddress) as error:
            return await self._refused(person, account, error)
        except px6.Px6Error as error:
            log.debug("An account could not be read: %s", type(error).__name__)
            return self._clock() + await self._pause(person)

    async def _pause(self, person: Person) -> timedelta:
        """Before the next look at an account that could not be read."""
        async with self._database.read() as connection:
            is_waited_for = await last_known.waits(connection, person.telegram_id)
        return AGAIN_WHILE_WAITED_FOR if is_waited_for else AGAIN_AFTER_ERROR

    async def _look_at(self, look: Look) -> NextLook:
        if look.account.refused_at is not None:
            await self._accounts.key_accepted(look.account, by_look=True)
        if look.person.blocked_at is not None:
            return await self._tell_colleagues(look)
        comparison = await self._findings.compare(look)
        rules_at, kept_at = await self._rules.step(look), await self._kept.step(look)
        twins_at = await self._replacing.step(look)
        look = replace(look, facts=replace(look.facts, covered=await self._covered(look)))
        said = await self._receivers.say(look)
        at = min(moment for moment in (said.plan.look_at, rules_at, kept_at, twins_at) if moment is not None)
        is_planned = await self._findings.conclude(look, comparison, said.missing, at)
        if look.records.row.board:
            await self._boards.refresh(look.person, look.listed)
        return "planned" if is_planned else at

    async def _tell_colleagues(self, look: Look) -> datetime:
        """The owner has blocked the bot, so rules pay nothing, for they could not announce it: of what they had
        announced colleagues are reminded, too. Nothing else can be told."""
        telegram_id, before = look.person.telegram_id, look.facts.looked_at
        async with self._database.read() as connection:
            at = await reminders.last_look_without_owner(connection, telegram_id)
        looked_at = max((moment for moment in (at, before) if moment is not None), default=None)
        facts = replace(look.facts, covered=frozenset(), looked_at=looked_at)
        said = await self._receivers.say(replace(look, facts=facts))
        async with write_if_unchanged(self._database, look.account) as connection:
            await reminders.note_look_without_owner(connection, telegram_id, look.read_at)
        return said.plan.look_at

    async def _covered(self, look: Look) -> frozenset[ProxyEnd]:
        """The ends that rules which are on will prolong."""
        return await self._rules.covered(look.person.telegram_id, look.listed) if look.records.row.on else frozenset()

    async def _soonest(self, person: Person, at: datetime) -> datetime:
        """The first of these moments: `at`, or when a notice or a digest is to be said again. What is due is sent."""
        notices_at = (
            None if person.blocked_at is not None else await self._notices.again(person, self._reminders.quiet_until)
        )
        async with self._database.read() as connection:
            digests_at = await reminders.next_try(connection, person.telegram_id)
        return min(moment for moment in (at, notices_at, digests_at) if moment is not None)

    async def _read(self, account: StoredAccount, person: Person, client: Px6Client, lease: str) -> Look:
        read_at, changes = self._clock(), client.changes
        listed = await client.proxies(State.ALL, nokey=True)
        records = await self._reminders.records(person, account.px6_user_id)
        return Look(person, account, client, listed, read_at, records, records.facts, changes, lease)

    async def _refused(self, person: Person, account: StoredAccount, error: px6.Refused) -> datetime:
        """px6 does not take the key or the address: said once."""
        await self._findings.refused(person, account, error)
        return self._clock() + LOOK_EVERY
