"""One process among several on a database: it says that it runs, and learns which others do.

Each says so every second. One that has not for eight seconds is gone: it was killed, its machine was, or it cannot
reach the database. Whoever notices buries it, and takes over what it left, as of one that has stopped in good order;
until that has ended well it is begun again with every beat. A process that hung, and was buried meanwhile, goes on
under a new name: what it held before is others' by now.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from services.ground.leases import LocalLeases
from storage import chat_paces, message_owners, processes, px6_slots, taken_updates
from storage.engine.database import Database

log = logging.getLogger(__name__)

ALIVE_FOR = timedelta(seconds=8)
BEAT = 1.0  # seconds between two times that a process says that it runs
PATIENCE = 1.0  # seconds that a beat waits for others' work to be taken over
TIDY_EVERY = 60.0  # seconds
STEADY = 3.0  # seconds: who was away for longer lets the others say that they run before it takes any to be gone
SHORTEST_WAIT, LONGEST_WAIT = 0.02, 0.25  # seconds between two tries to take what another process holds

TakeOver = Callable[[], Coroutine[Any, Any, None]]
GiveBack = Callable[[], Awaitable[None]]


class Presence:
    """`process` is the id under which this one holds things. `take_over` is called when others are gone or have
    stopped, and again until it raises nothing."""

    def __init__(
        self,
        database: Database,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._monotonic, self._sleep = database, monotonic, sleep
        self.process = secrets.token_hex(8)
        self.living = 1
        self.take_over: TakeOver | None = None
        self._said_at = -math.inf  # not yet
        self._tidy_at = monotonic()
        self._left: set[tuple[str, str]] = set()  # leases that are still to be released, and under which name
        self._releasing_left = asyncio.Lock()
        self._owed = set[GiveBack]()
        self._owes_take_over = False
        self._taking_over: asyncio.Task[None] | None = None
        self._failed_with = set[type[BaseException]]()  # to take over, since that ended well

    @asynccontextmanager
    async def present(self) -> AsyncIterator[None]:
        """Says that this process runs until the block ends; then what it holds is free. StorageError at the begin."""
        await self._begin()
        beating = asyncio.get_running_loop().create_task(self._beat_on())
        try:
            yield
        finally:
            tasks = [beating] if self._taking_over is None else [beating, self._taking_over]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(StorageError):  # it ends by itself in some seconds
                async with self._database.single() as connection:
                    await processes.end(connection, self.process)
                    await processes.release_left(connection)

    @property
    def is_certain(self) -> bool:
        """Whether no other process can hold this one to be gone."""
        return self._monotonic() - self._said_at < ALIVE_FOR.total_seconds()

    async def beat(self) -> None:
        """Say that this process runs, and bury those that are gone. Raises StorageError, or what taking over does."""
        await self._say()
        await self._take_over_owed()

    async def _say(self) -> None:
        before, now = self._said_at, self._monotonic()
        await self._release_left()
        async with self._database.single() as connection:
            if not await processes.renew(connection, self.process, ALIVE_FOR):
                log.warning("This process was away for so long that others took over what it did")
                self.process = secrets.token_hex(8)
                await processes.begin(connection, self.process, ALIVE_FOR)
            self._said_at = now
            living, is_steady = await processes.count_living(connection), now - before <= STEADY
            self.living = max(1 if is_steady else self.living, living)
            await self._tidy(connection)
            if is_steady:
                await self._bury(connection)

    async def _bury(self, connection: AsyncConnection) -> None:
        owed, self._owes_take_over = self._owes_take_over, True  # also where the answer of the database is lost
        buried = await processes.bury(connection)
        self._owes_take_over = owed or bool(buried)
        if not all(buried):
            log.warning("Another process is gone; what it did is taken over")
        if buried:
            await processes.release_left(connection)

    async def _take_over_owed(self) -> None:
        """Take over what was left. Where that takes long, as with rows that are locked, the beats go on meanwhile."""
        if self._taking_over is None:
            if not self._owes_take_over or self.take_over is None:
                return
            self._owes_take_over = False
            self._taking_over = asyncio.ensure_future(self.take_over())
        task = self._taking_over
        if (await asyncio.wait({task}, timeout=PATIENCE))[0]:
            self._taking_over, error = None, task.exception()
            self._owes_take_over |= error is not None
            self._tell_of_take_over(error)
            task.result()

    def _tell_of_take_over(self, error: BaseException | None) -> None:
        """That it fails is said once, however often it is begun again and however long each time takes."""
        if error is None:
            if self._failed_with:
                log.warning("What another process left is taken over now")
            self._failed_with.clear()
        elif type(error) not in self._failed_with:
            self._failed_with.add(type(error))
            if isinstance(error, StorageError):
                log.error("What another process left cannot be taken over now: %s", error)
            else:
                log.error("What another process left could not be taken over", exc_info=error)

    async def _tidy(self, connection: AsyncConnection) -> None:
        """Once a minute: of keys, chats, messages and updates that are at rest nothing is kept."""
        if self._said_at >= self._tidy_at:
            self._tidy_at = self._said_at + TIDY_EVERY
            await px6_slots.remove_unused(connection)
            await chat_paces.remove_old(connection)
            await message_owners.remove_old(connection)
            await taken_updates.remove_old(connection)

    async def take(self, lease: str) -> bool:
        """Take a lease, or keep it; False while another process has it. Raises StorageError."""
        if (lease, self.process) in self._left:
            async with self._releasing_left:  # a release that is on its way would take it off again
                return await self._take(lease)
        return await self._take(lease)

    async def _take(self, lease: str) -> bool:
        async with self._database.single() as connection:
            is_ours = await processes.take(connection, lease, self.process)
        if is_ours:  # what is still to be released is in use again
            self._left.discard((lease, self.process))
        return is_ours

    async def release(self, lease: str, process: str | None = None) -> None:
        """Let others have it. A database that is away is told later."""
        holder = process or self.process
        try:
            async with self._database.single() as connection:
                await processes.release(connection, lease, holder)
        except StorageError:
            self._left.add((lease, holder))
        else:
            self._left.discard((lease, holder))

    def owe(self, give_back: GiveBack) -> None:
        """Something is to be given back to the others with the next beat, or a later one: `give_back` raises
        StorageError as long as it cannot be."""
        self._owed.add(give_back)

    async def tell(self, lease: str, word: str) -> bool:
        """Leave a word for the process that has the lease; False when none has. Raises StorageError."""
        async with self._database.single() as connection:
            return await processes.tell(connection, lease, word)

    async def is_told(self, word: str) -> bool:
        """Whether the word was left for this process. Raises StorageError."""
        async with self._database.single() as connection:
            return await processes.is_told(connection, word, self.process)

    @property
    def are_several(self) -> bool:
        """Whether other processes run beside this one."""
        return self.living > 1

    async def _begin(self) -> None:
        async with self._database.single() as connection:
            await processes.begin(connection, self.process, ALIVE_FOR)
            self.living = max(1, await processes.count_living(connection))
        self._said_at = self._monotonic()

    async def _beat_on(self) -> None:
        told = set[type[Exception]]()  # since the last beat that went well
        while True:
            await self._sleep(BEAT)
            try:
                await self._say()
            except StorageError as error:
                if StorageError not in told:
                    log.error("The other processes cannot be told that this one runs: %s", error)
                told.add(StorageError)
            except Exception as error:  # whatever it is, it must not end the beats
                if type(error) not in told:
                    log.exception("The other processes cannot be told that this one runs")
                told.add(type(error))
            else:
                told.clear()
                with suppress(Exception):  # it was told
                    await self._take_over_owed()

    async def _release_left(self) -> None:
        for give_back in list(self._owed):
            await give_back()
            self._owed.discard(give_back)
        for lease, process in list(self._left):
            async with self._releasing_left:
                if (lease, process) in self._left:
                    await self.release(lease, process)


class Post(Protocol):
    """What one process does for all as long as it runs, such as polling; the others stand by."""

    async def taken(self) -> None:
        """Returns once it is this one's."""

    async def lost(self) -> None:
        """Returns once it is not this one's any more, or nobody can tell."""


class OnlyProcess:
    """The post of a process that has no others beside it."""

    async def taken(self) -> None:
        """At once."""

    async def lost(self) -> None:
        """Never."""
        await asyncio.Event().wait()


class SharedPost:
    """A post of this name among the processes on a database."""

    def __init__(
        self, presence: Presence, name: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._presence, self._name, self._sleep = presence, name, sleep

    async def taken(self) -> None:
        """See `Post.taken`: within seconds after whoever had it is gone, or has ended."""
        while not await self._is_mine(or_else=False):
            await self._sleep(BEAT)

    async def lost(self) -> None:
        """See `Post.lost`. While the database is away it is this one's for as long as nobody else can have it."""
        while await self._is_mine(or_else=self._presence.is_certain):
            await self._sleep(BEAT)

    async def _is_mine(self, *, or_else: bool) -> bool:
        try:
            return await self._presence.take(self._name)
        except StorageError:
            return or_else


class SharedLeases:
    """Leases that hold across all processes on a database; within one, as `LocalLeases`."""

    def __init__(self, presence: Presence, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._presence, self._sleep, self._local = presence, sleep, LocalLeases()

    @property
    def holder(self) -> str | None:
        return self._presence.process

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[None]:
        """See `Leases.held`. Raises StorageError while the database is away."""
        async with self._local.held(name), self._released(name):
            wait = SHORTEST_WAIT
            while not await self._presence.take(name):
                await self._sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
            yield

    @asynccontextmanager
    async def held_if_free(self, name: str) -> AsyncIterator[bool]:
        """See `Leases.held_if_free`. Raises StorageError while the database is away."""
        async with self._local.held_if_free(name) as is_mine:
            if not is_mine:
                yield False
                return
            async with self._released(name):
                yield await self._presence.take(name)

    @asynccontextmanager
    async def _released(self, name: str) -> AsyncIterator[None]:
        """At the end of the block it is not held by this process, also where nobody knows whether it was taken. What
        was taken under a name that this process had before is free anyway."""
        try:
            yield
        finally:
            await asyncio.shield(self._presence.release(name))
