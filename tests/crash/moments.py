"""Several bots on one PostgreSQL, of which one is killed at some moment while one pays or all sweep, or all are.

By polling: the first one polls, the others stand by. A killed one is not started again, unless all were.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

import sandbox
from sandbox.running import Running
from tests import postgresql
from tests.crash.bots import RunningBot, Spawner
from tests.crash.harness import Kill as OneKill
from tests.crash.harness import Verdict, judge, started
from tests.crash.journeys import Journey
from tests.crash.shared_place import SharedPlace, new_database
from tests.direct_phone import DirectPhone
from tests.prepared_postgresql import migrate

PROCESSES = 4
TAKE_OVER = 15.0  # seconds in which another process polls
GONE = 12.0  # seconds after which what a killed process held is taken over
LATER = 3.0  # seconds in which a second reminder would come
PEOPLE = 24  # of a sweep
FIRST_PERSON = 5001


@dataclass(frozen=True)
class Kill:
    """Who: "the one that polls", "another" or "all"; at a point (its number), or so many seconds after the tap."""

    who: str
    at_point: int | None = None
    after: float | None = None


@dataclass
class Outcome:
    """What a run came to. `taken_over`: seconds from the kill until another process had taken the tap."""

    kill: Kill
    verdict: Verdict
    taken_over: float = 0.0


class Machine:
    """Plays runs, each with bots and a database of its own."""

    def __init__(self, stand_ins: Running, spawner: Spawner, folder: Path, at_once: int = 2) -> None:
        self._stand_ins, self._spawner, self._folder = stand_ins, spawner, folder
        self._room, self._number = asyncio.Semaphore(at_once), 0

    def _database(self) -> str:
        return new_database(f"place_{os.getpid()}_{self._number}")

    async def pays(self, journey: Journey, kill: Kill) -> Outcome:
        """One person pays, a process is killed, the others see to it."""
        async with self._room:
            self._number += 1
            folder = self._folder / f"paying-{self._number}"
            folder.mkdir(mode=0o700)
            place = SharedPlace(self._stand_ins, journey, folder, 1000 + self._number, self._database())
            outcome = Outcome(kill, Verdict(journey, OneKill(kill.at_point, kill.after)))
            bots = list[RunningBot]()
            try:
                bots += await self._start(place, "first", kill)
                await self._pay(place, bots, outcome)
                judge(place, outcome.verdict)
            except AssertionError as error:
                outcome.verdict.wrong.append(str(error))
            finally:
                for bot in bots:
                    bot.send(signal.SIGKILL)
                place.close()
        return outcome

    async def _start(self, place: SharedPlace, name: str, kill: Kill | None = None) -> list[RunningBot]:
        """The first of them polls before the others are there."""
        bots = list[RunningBot]()
        for number in range(PROCESSES):
            at_point = kill.at_point if kill is not None and number == 0 else None
            name_of = f"{name}-{number}"
            bots.append(
                await self._spawner.start(
                    place.settings, place.folder, name_of, at_point, longest_ids=place.longest_ids
                )
            )
            if number == 0:
                await place.until(lambda: bool(place.rows("SELECT 1 FROM leases WHERE name = 'polling'")), "it polls")
        await place.until(lambda: all(map(started, bots)), "all run")
        return bots

    async def _pay(self, place: SharedPlace, bots: list[RunningBot], outcome: Outcome) -> None:
        kill, loop = outcome.kill, asyncio.get_running_loop()
        data = await place.prepare()
        bots[0].send(signal.SIGUSR1)
        await place.until(lambda: bool(bots[0].points()), "the hooks are armed")
        place.phone.taps_green()
        if kill.at_point is not None:
            await place.until(lambda: bots[0].ended.done() or place.settled(), "it is killed, or all is told")
        else:
            await asyncio.sleep(kill.after or 0)
            dead = {"all": bots, "another": bots[1:2]}.get(kill.who, bots[:1])
            for bot in dead:
                bot.send(signal.SIGKILL)
            await asyncio.gather(*(bot.ended for bot in dead))
        outcome.verdict.killed = kill.at_point is None or await ends(bots[0])
        outcome.verdict.point = (bots[0].points()[1:] or ["–"])[-1]
        killed_at = loop.time()
        if kill.who == "all":
            bots += await self._start(place, "again")
        place.clears_up()
        await place.until(place.all_taken, "what it had not confirmed is taken by another")
        outcome.taken_over = loop.time() - killed_at
        await place.until(place.settled, "everything is settled and told")
        place.phone.forges(data)
        await place.until(place.all_taken, "the second tap is taken")
        if outcome.taken_over > TAKE_OVER:
            outcome.verdict.wrong.append(f"taken over after {outcome.taken_over:.1f} s")
        await stop(bots, outcome.verdict.wrong)

    async def sweeps(self, who: str, after: float, people: int = PEOPLE) -> Sweeping:
        """All look at the accounts of many people who are due at once; a process is killed meanwhile, or all are."""
        async with self._room:
            self._number += 1
            folder = self._folder / f"sweeping-{self._number}"
            folder.mkdir(mode=0o700)
            crowd = Crowd(self._stand_ins, folder, 2000 + self._number, self._database(), people)
            sweeping, bots = Sweeping(who, after), list[RunningBot]()
            try:
                bots += await self._start(crowd, "first")
                await crowd.come()
                crowd.are_due()
                await asyncio.sleep(after)
                for bot in {"all": bots, "another": bots[1:2]}.get(who, bots[:1]):
                    bot.send(signal.SIGKILL)
                if who == "all":
                    bots += await self._start(crowd, "again")
                await crowd.until(crowd.all_reminded_or_cut_off, "everybody is reminded")
                await asyncio.sleep(LATER)
                if crowd.cut_off():
                    await asyncio.sleep(GONE)
                    sweeping.late = len(crowd.cut_off())
                    crowd.five_minutes_pass()
                    await crowd.until(lambda: crowd.all_reminded() and not crowd.cut_off(), "everybody is reminded")
                await stop(bots, sweeping.wrong)
                sweeping.reminded = [crowd.reminders_of(person) for person in crowd.people]
            except AssertionError as error:
                sweeping.wrong.append(str(error))
            finally:
                for bot in bots:
                    bot.send(signal.SIGKILL)
                crowd.close()
        return sweeping


@dataclass
class Sweeping:
    """What a run of sweeps came to: how many reminders each person got; `late`: how many five minutes later."""

    who: str
    after: float
    reminded: Sequence[int] = ()
    late: int = 0
    wrong: list[str] = field(default_factory=list)


class Crowd(SharedPlace):
    """Many people with an account and a proxy each, whose reminders are due at one moment."""

    def __init__(self, stand_ins: Running, folder: Path, number: int, url: str, people: int) -> None:
        super().__init__(stand_ins, Journey("prolong", "current"), folder, number, url)
        self.people = [DirectPhone(stand_ins.telegram, self.token, FIRST_PERSON + nth) for nth in range(people)]

    def close(self) -> None:
        for person in self.people:
            person.close()
        super().close()

    @property
    def settings(self) -> dict[str, Any]:
        return super().settings | {"sync_seconds": 1}

    async def come(self) -> None:
        """Everybody connects; what is looked at then leaves nothing to remind of."""
        px6 = self.stand_ins.px6
        for person in self.people:
            key = px6.add_account(balance="1000.00").key
            px6.add_proxy(key, version="6", ends_in=timedelta(days=3, hours=12))
            person.says("/start")
            person.says(f"/key {key}")
        await self.until(lambda: self.count("accounts") == len(self.people), "all are connected")
        await self.until(lambda: self.count("snapshots") == len(self.people), "all were looked at")

    def are_due(self) -> None:
        """As if the proxies ended within the lead of a reminder, and all looks were due."""
        for account in self.stand_ins.px6.accounts.values():
            for proxy in account.proxies.values():
                if proxy.ends_at - self.stand_ins.px6.clock.now() > timedelta(days=3):
                    proxy.ends_at -= timedelta(days=1)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE watches SET next_look_at = 0, lease = NULL")

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - our own names

    def all_reminded(self) -> bool:
        return all(map(self.reminders_of, self.people))

    def all_reminded_or_cut_off(self) -> bool:
        """What was cut off while it was sent is said again five minutes later."""
        cut_off = self.cut_off()
        return all(self.reminders_of(person) or person.id in cut_off for person in self.people)

    def cut_off(self) -> set[int]:
        """Of whom nobody knows whether they were reminded."""
        return {person for (person,) in self.rows("SELECT telegram_id FROM digests WHERE again_at IS NOT NULL")}

    def five_minutes_pass(self) -> None:
        """For what was cut off."""
        cut_off = "SELECT telegram_id FROM digests WHERE again_at IS NOT NULL"
        self.rows(f"UPDATE watches SET next_look_at = 0, lease = NULL WHERE telegram_id IN ({cut_off})")  # noqa: S608 - our own
        self.rows("UPDATE digests SET again_at = 0 WHERE again_at IS NOT NULL")

    def reminders_of(self, person: DirectPhone) -> int:
        """How many messages of reminders stand in the chat."""
        return sum(text.startswith("⏳") for text in person.stands())


async def ends(bot: RunningBot) -> bool:
    """Whether it was killed."""
    if not bot.ended.done():
        return False
    return await bot.ended == -signal.SIGKILL


async def stop(bots: Sequence[RunningBot], wrong: list[str]) -> None:
    """Those that run still end as they should."""
    for bot in bots:
        bot.send(signal.SIGTERM)
    async with asyncio.timeout(35):
        codes = [await bot.ended for bot in bots]
    wrong += [f"a bot ended with {code}" for code in codes if code not in (0, -signal.SIGKILL)]


@asynccontextmanager
async def machine(warm: Spawner, at_once: int = 2) -> AsyncIterator[Machine]:
    """Stand-ins, and a server of databases; within the suite on PostgreSQL, the one that it runs on."""
    async with AsyncExitStack() as stack:
        if postgresql.FOLDER not in os.environ:
            os.environ[postgresql.FOLDER] = str(stack.enter_context(postgresql.running_server()))
            stack.callback(os.environ.pop, postgresql.FOLDER)
            postgresql.make(postgresql.TEMPLATE)
            await migrate()
        folder = stack.enter_context(TemporaryDirectory(prefix="px6-several-"))
        stand_ins = await stack.enter_async_context(sandbox.running(profile="current"))
        yield Machine(stand_ins, warm, Path(folder), at_once)
