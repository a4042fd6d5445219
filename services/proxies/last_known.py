"""What px6 told of an account last, for the screens while it does not answer.

Two places keep it. Memory has whole answers, with logins and passwords, of the clients in use, for some hours. The
database has the same without these, sealed, for after a restart: written beside the tap, when something changed and
else every few minutes. What a look at an account reads is written with what the look finds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import px6
from model.accounts import StoredList
from model.errors import StorageError
from px6 import Proxy, ProxyList, Px6Client, Px6Error, State
from services.ground.task_pool import StartTask, new_task
from services.proxies.kept_list import WRITTEN_EVERY, PackedList, keep, opened, pack
from services.proxies.known_list import KnownList, changed, completed, merged
from storage import accounts, last_known, locks, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that a screen waits for px6 before it shows what is known; px6 is waited for in any case
PATIENCE_IN_SILENCE = 1.0  # while px6 is known not to answer
IN_MEMORY = timedelta(hours=12)  # logins and passwords, after they were read last
FORGOTTEN_EVERY = 3600.0  # seconds
MOST_IN_MEMORY = 20_000  # proxies of all accounts: 20 MB


@dataclass(frozen=True)
class Silence:
    """px6 does not answer. `since`: as far as the bot knows. `read_at`: when it told what is shown instead.

    `waits`: the person is told once it answers.
    """

    since: datetime
    read_at: datetime
    waits: bool


@dataclass(frozen=True)
class Reading:
    """Proxies as px6 told them just now; or, with a `silence`, as it told them last."""

    listed: ProxyList
    silence: Silence | None = None


@dataclass
class _Memory:
    """What is known of the account of a client. `asked`: of all calls, the number of the one that told it last.

    `written`: what of it stands in the database under this `mark`, since `written_at`.
    """

    known: KnownList
    read_at: datetime
    asked: int
    answer: ProxyList
    written: KnownList | None = None
    written_at: datetime | None = None
    mark: str | None = None
    is_being_written: bool = False

    def is_to_be_written(self, now: datetime) -> bool:
        if self.is_being_written:
            return False
        is_old = self.written_at is None or not timedelta(0) <= now - self.written_at < WRITTEN_EVERY
        return is_old or self.known != self.written


def is_down(error: Px6Error) -> bool:
    """Whether a reading failed because px6 does not answer: no connection, no answer, or one that is not px6's."""
    return isinstance(error, px6.Unreachable | px6.NoAnswer) and not isinstance(error, px6.AnotherAccount)


class LastKnown:
    """Reads px6 for a screen, and gives what is known where it does not answer."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        failing_since: Callable[[], datetime | None] = lambda: None,
        start_task: StartTask = new_task,
    ) -> None:
        """`failing_since`: since when px6 has answered nobody. `start_task` holds the calls and writings."""
        self._database, self._clock = database, clock
        self._failing_since, self._start_task = failing_since, start_task
        self._memory: WeakKeyDictionary[Px6Client, _Memory] = WeakKeyDictionary()  # oldest reading first
        self._silent: WeakKeyDictionary[Px6Client, datetime] = WeakKeyDictionary()
        self._turns: WeakKeyDictionary[Px6Client, asyncio.Lock] = WeakKeyDictionary()  # to write down what is known
        self._asked_so_far = 0
        self._timer: asyncio.TimerHandle | None = None
        self.patience, self.patience_in_silence = PATIENCE, PATIENCE_IN_SILENCE

    async def read(
        self,
        telegram_id: int,
        client: Px6Client,
        state: State,
        ask: Callable[[], Awaitable[ProxyList]],
        least: State | None = None,
    ) -> Reading:
        """What `ask` says of the proxies in a state; where px6 does not answer, what is known of them.

        `least`: the state of which all have to be known, where it is another one. Raises px6's errors: other ones,
        and those of a px6 that is down where nothing is known.
        """
        asked_at = self._clock()
        answer = self._start_task(self._asked(telegram_id, client, state, ask, asked_at))
        answer.add_done_callback(_noticed)  # an answer that comes too late for this screen may be an error
        await self._wait(answer, client)
        if answer.done() and not _has_failed(answer):
            return Reading(answer.result())
        return await self.recall(telegram_id, client, least or state, asked_at) or Reading(await answer)

    async def recall(
        self, telegram_id: int, client: Px6Client, state: State, asked_at: datetime | None = None
    ) -> Reading | None:
        """What is known of the proxies in a state, without asking px6; None where nothing is.

        `asked_at`: when px6 was asked that does not answer.
        """
        memory = self._memory.get(client)
        async with self._database.read() as connection:
            stored = await last_known.of_account(connection, telegram_id)
            waits = await last_known.waits(connection, telegram_id)
        is_whole = memory is not None and memory.known.is_whole
        kept = None if is_whole else opened(self._database.keyring, telegram_id, stored)
        known = kept if memory is None else completed(memory.known, kept, self._clock())
        listed = None if known is None else known.in_state(state, self._clock())
        read_at = memory.read_at if memory is not None else stored.read_at if stored is not None else None
        if listed is None or read_at is None:
            return None
        return Reading(listed, Silence(self._silent_since(client, stored, read_at, asked_at), read_at, waits))

    async def change(self, telegram_id: int, client: Px6Client, change: Callable[[Proxy], Proxy | None]) -> None:
        """Keep up with what px6 has changed with this client; `change` gives None for a proxy that is gone."""
        async with self._turn(client):
            if (memory := self._memory.get(client)) is not None:
                memory.known = changed(memory.known, change)
            try:
                await self._change_written(telegram_id, change)
            except StorageError as error:
                log.debug("What was changed at px6 was not written down: %s", type(error).__name__)

    async def _change_written(self, telegram_id: int, change: Callable[[Proxy], Proxy | None]) -> None:
        keyring = self._database.keyring
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            stored = await last_known.of_account(connection, telegram_id)
            known = opened(keyring, telegram_id, stored)
            if stored is None or known is None:
                return
            packed = await pack(changed(known, change), stored.mark)
            await keep(connection, keyring, telegram_id, stored.px6_user_id, packed, stored.read_at)

    async def gone(self, telegram_id: int, client: Px6Client, ids: Collection[int]) -> None:
        """Keep up with what px6 has deleted."""
        await self.change(telegram_id, client, lambda proxy: None if proxy.id in ids else proxy)

    async def wait(self, telegram_id: int) -> None:
        """Note that the person wants to be told when px6 answers again: the next sweep looks at their account."""
        since = self._failing_since() or self._clock()
        async with self._database.write() as connection:
            stored = await last_known.of_account(connection, telegram_id)
            if stored is not None and stored.silent_since is not None:
                since = min(since, stored.silent_since)
            await last_known.wait(connection, telegram_id, since)
            await watches.wake(connection, telegram_id, self._clock())

    async def _asked(
        self,
        telegram_id: int,
        client: Px6Client,
        state: State,
        ask: Callable[[], Awaitable[ProxyList]],
        asked_at: datetime,
    ) -> ProxyList:
        self._asked_so_far += 1
        number, changes = self._asked_so_far, client.changes
        try:
            listed = await ask()
        except Px6Error as error:
            if is_down(error):
                self._note_silence(telegram_id, client, asked_at)
            raise
        if client.changes == changes:  # else it may be of before the change
            self._remember(telegram_id, client, state, listed, asked_at, number)
        return listed

    def _patience(self, client: Px6Client) -> float:
        is_silent = client in self._silent or self._failing_since() is not None
        return self.patience_in_silence if is_silent else self.patience

    async def _wait(self, answer: asyncio.Future[ProxyList], client: Px6Client) -> None:
        """Until it has ended, or px6 has answered nothing for a while: long lists come page by page."""
        answers: int | None = None
        while not answer.done() and client.answers != answers:
            answers = client.answers
            await asyncio.wait({answer}, timeout=self._patience(client))

    # -- in memory

    def _remember(
        self, telegram_id: int, client: Px6Client, state: State, listed: ProxyList, read_at: datetime, number: int
    ) -> None:
        was_silent = self._silent.pop(client, None) is not None
        memory = self._memory.pop(client, None)
        if memory is None:
            memory = _Memory(merged(None, listed, state, read_at), read_at, number, listed)
        elif number < memory.asked:  # it took longer than one that was asked for after it
            memory.known = completed(memory.known, merged(None, listed, state, read_at), self._clock())
        elif memory.answer is not listed:  # else it was kept for a moment, and is as old as it was
            memory.known = merged(memory.known, listed, state, read_at)
            memory.read_at, memory.asked, memory.answer = read_at, number, listed
        self._memory[client] = memory
        self._forget_old()
        if self._timer is None:
            self._forget_hourly()
        if was_silent:
            memory.written_at = None
        if memory.is_to_be_written(self._clock()):
            memory.is_being_written = True
            self._start_task(self._write(telegram_id, client, memory))

    def _forget_old(self) -> None:
        """The oldest readings go: passwords stay no longer than they may be of use, nor more than fit."""
        oldest = self._clock() - IN_MEMORY
        count = sum(len(memory.known.listed.proxies) for memory in self._memory.values())
        for client, memory in list(self._memory.items()):
            if memory.read_at >= oldest and count <= MOST_IN_MEMORY:
                return
            count -= len(memory.known.listed.proxies)
            del self._memory[client]

    def _forget_hourly(self) -> None:
        """So that nothing stays longer because nobody reads any more."""
        self._forget_old()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(FORGOTTEN_EVERY, self._forget_hourly) if self._memory else None

    def _note_silence(self, telegram_id: int, client: Px6Client, since: datetime) -> None:
        if client not in self._silent:
            self._silent[client] = since
            self._start_task(self._write_silence(telegram_id, since))

    # -- in the database

    def _turn(self, client: Px6Client) -> asyncio.Lock:
        """One at a time, so that what was just changed is not written over by what was known before."""
        return self._turns.setdefault(client, asyncio.Lock())

    async def _write(self, telegram_id: int, client: Px6Client, memory: _Memory) -> None:
        """Write down what is known; without the database it stays in memory, and is tried with the next reading."""
        async with self._turn(client):
            await self._write_down(telegram_id, memory)

    async def _write_down(self, telegram_id: int, memory: _Memory) -> None:
        try:
            known, read_at = memory.known, memory.read_at
            whole = known if known.is_whole else await self._completed(telegram_id, known)
            packed = await pack(whole, memory.mark)
            is_kept = await self._keep(telegram_id, whole.listed.user_id, packed, read_at)
            if memory.known is known:
                memory.known = whole
            memory.written, memory.written_at = whole, self._clock() if is_kept else None
            memory.mark = packed.mark if is_kept else None
        except StorageError as error:
            log.debug("What px6 told was not written down: %s", type(error).__name__)
        finally:
            memory.is_being_written = False

    async def _completed(self, telegram_id: int, known: KnownList) -> KnownList:
        """With what stands in the database and was not read since the start."""
        async with self._database.read() as connection:
            stored = await last_known.of_account(connection, telegram_id)
        return completed(known, opened(self._database.keyring, telegram_id, stored), self._clock())

    async def _keep(self, telegram_id: int, px6_user_id: str, packed: PackedList, read_at: datetime) -> bool:
        """Write it down if this still is the person's account; False where all of it has to be written anew."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            if await accounts.user_id_of(connection, telegram_id) != px6_user_id:
                return True
            return await keep(connection, self._database.keyring, telegram_id, px6_user_id, packed, read_at)

    async def _write_silence(self, telegram_id: int, since: datetime) -> None:
        try:
            async with self._database.write() as connection:
                await last_known.note_silence(connection, telegram_id, since)
        except StorageError as error:
            log.debug("That px6 does not answer was not written down: %s", type(error).__name__)

    def _silent_since(
        self, client: Px6Client, stored: StoredList | None, read_at: datetime, asked_at: datetime | None
    ) -> datetime:
        """The earliest moment since `read_at` from which on px6 is known to have been silent."""
        noted = (
            self._silent.get(client),
            self._failing_since(),
            stored.silent_since if stored is not None else None,
        )
        return min([asked_at or self._clock(), *(at for at in noted if at is not None and at >= read_at)])


def _has_failed(answer: asyncio.Future[ProxyList]) -> bool:
    """Whether px6 is down, as the answer says."""
    error = answer.exception()
    return isinstance(error, Px6Error) and is_down(error)


def _noticed(answer: asyncio.Future[ProxyList]) -> None:
    """Marks an error as seen, so that asyncio does not log it where nobody waits any more."""
    if not answer.cancelled():
        answer.exception()
