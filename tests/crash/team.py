"""Four bots on one PostgreSQL for run after run: what a run has killed is started again before the next one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from sandbox.running import Running
from services.ground.presence import ALIVE_FOR
from tests import postgresql
from tests.crash.acts import Act
from tests.crash.bots import RunningBot, Spawner
from tests.crash.harness import started

PROCESSES = 4
DISK = "/var/tmp"  # noqa: S108 - what is to be kept lies on a disk, not in memory
TRIES = 5  # to start a killed server
AWAY = 1.0  # seconds that a killed server is away
BURIED = 14.0  # seconds after which the others have taken over what a killed process held
ROUNDS = 7  # of so many seconds: px6 may take a minute for a deletion that was not heard of again
FIRST_PERSON = 5001
LIVING = (
    "SELECT (SELECT count(*) FROM processes), "
    "(SELECT count(*) FROM leases JOIN processes ON holder = id WHERE name = 'polling')"
)
SERVER_BEGAN = "1e6 * extract(epoch FROM pg_postmaster_start_time())"
RUN_AGAIN = f"SELECT count(*) FROM processes WHERE until > {SERVER_BEGAN} + {ALIVE_FOR.total_seconds() * 1e6}"  # noqa: S608 - our own
WHO = ("whoever does it", "all", "the database")


@dataclass(frozen=True)
class Cut:
    """Who is killed (one of WHO), and at which point; None: nobody, the points are counted."""

    who: str
    point: str | None


@dataclass
class Run:
    """What came of one. `seconds`: from the kill until it was over and said."""

    act: str
    cut: Cut
    killed: bool = False
    spent: int = 0
    told: int = 0
    seconds: float = 0.0
    waited: bool = False
    points: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Server:
    """A PostgreSQL; one of those that are killed keeps what it has committed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._runner = folder, postgresql.Runner(folder)

    @property
    def pid(self) -> int:
        return self._runner.pid

    async def start(self) -> None:
        """Where what a killed one left is not gone yet, a moment later."""
        for _ in range(TRIES):
            with suppress(SystemExit):
                return await asyncio.to_thread(self._runner.start)
            await asyncio.sleep(AWAY)
        raise AssertionError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-500:]}")

    @property
    def is_running(self) -> bool:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False

    def new_database(self, name: str) -> str:
        """An empty one, which the first bot migrates."""
        with psycopg.connect(postgresql.address("postgres", self.folder), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return postgresql.address(name, self.folder)


@asynccontextmanager
async def server(*, durable: bool) -> AsyncIterator[Server]:
    settings = postgresql.SETTINGS | (postgresql.DURABLE if durable else {})
    with postgresql.running_server(settings, DISK if durable else None) as folder:
        yield Server(folder)


class Team:
    """The bots. One run at a time, each with a person and a px6 account of its own."""

    def __init__(self, stand_ins: Running, spawner: Spawner, server: Server, folder: Path, number: int) -> None:
        self._stand_ins, self._spawner, self._server, self._folder = stand_ins, spawner, server, folder
        self._number, self._people, self._forked = number, 0, 0
        self._bots = list[RunningBot]()
        self._orders = folder / "orders.json"
        self._url = server.new_database(f"team_{os.getpid()}_{number}")

    async def plays(self, kind: type[Act], journey: str, cut: Cut) -> Run:
        """One run; what is wrong with it stands in what it gives."""
        self._people += 1
        person = FIRST_PERSON + self._people
        act = kind(self._stand_ins, self._folder, 3000 + self._number, person, self._url, journey)
        run = Run(act.name, cut)
        try:
            await self._fill(act)
            await act.prepare()
            await self._arm(act, cut)
            act.holds(lambda: act.begin() is None)  # else it begins minutes later
            await self._play(act, run)
            run.wrong += act.wrong()
        except (AssertionError, psycopg.OperationalError) as error:
            run.wrong.append(f"{type(error).__name__}: {error}")
            await self._begin_anew()
        finally:
            run.spent, run.told = act.spent, act.told_times
            act.close()
        return run

    async def _fill(self, act: Act) -> None:
        """Four bots, of which one polls; those that were killed are known to be gone."""
        await self._start_missing(act)
        await act.until(lambda: all(map(started, self._bots)), "all run")
        await act.until(lambda: act.rows(LIVING) == [(PROCESSES, 1)], "one of four polls")

    async def _start_missing(self, act: Act) -> None:
        self._bots = [bot for bot in self._bots if not bot.ended.done()]
        settings: dict[str, Any] = act.settings | {"database_url": self._url, "sync_seconds": 1}
        while len(self._bots) < PROCESSES:
            self._forked += 1
            name = f"bot-{self._forked}"
            bot = await self._spawner.start(
                settings, self._folder, name, orders=self._orders, watches_every=act.watches_every
            )
            self._bots.append(bot)

    async def _arm(self, act: Act, cut: Cut) -> None:
        """Whoever of them reaches the point first is killed, or kills the server."""
        self._once = self._folder / f"reached-{self._people}"
        victim = self._server.pid if cut.who == "the database" else None
        self._orders.write_text(json.dumps({"kill_at": cut.point, "once": str(self._once), "victim": victim}))
        before = [bot.times_armed() for bot in self._bots]
        for bot in self._bots:
            bot.send(signal.SIGUSR1)
        armed = zip(self._bots, before, strict=True)
        waiting = [(bot, count) for bot, count in armed]
        await act.until(lambda: all(bot.times_armed() > count for bot, count in waiting), "the hooks are armed")

    async def _play(self, act: Act, run: Run) -> None:
        await act.until(lambda: self._once.exists() or act.is_over(), "it is killed, or all is said")
        if run.cut.point is not None and not self._once.exists():
            await asyncio.sleep(AWAY)  # the point may be the last of all
        run.killed, killed_at = self._once.exists(), asyncio.get_running_loop().time()
        if run.killed:
            await self._follow(act, run.cut)
        for _ in range(ROUNDS):
            if not await self._ends(act):
                run.waited = act.holds(act.minutes_later) or run.waited
        if not act.holds(act.ended):
            raise AssertionError(f"it never ended. Seen: {act.all_seen()[-10:]}, {self._rows_of(act)}")
        run.seconds = asyncio.get_running_loop().time() - killed_at
        run.points = self._points()
        self._once.touch()  # nobody is killed there any more
        if run.killed and run.cut.who == "the database":
            await act.until(lambda: act.rows(RUN_AGAIN) == [(PROCESSES,)], "all have the database back")
        act.once_more()
        await act.until(act.all_taken, "what was tapped again is taken")

    async def _follow(self, act: Act, cut: Cut) -> None:
        """What comes right after the kill."""
        if cut.who != "the database":
            await act.until(lambda: any(bot.ended.done() for bot in self._bots), "it has ended")
        if cut.who == "all":
            for bot in self._bots:
                bot.send(signal.SIGKILL)
            await asyncio.gather(*(bot.ended for bot in self._bots))
            await self._start_missing(act)
        elif cut.who == "the database":
            await asyncio.sleep(AWAY)
            await self._server.start()

    async def _ends(self, act: Act) -> bool:
        """Whether it is over and said before whatever was taken over is seen to."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BURIED):
                while not act.holds(act.is_over):  # noqa: ASYNC110 - another process ends it
                    await asyncio.sleep(0.03)
        return act.holds(act.ended)

    @staticmethod
    def _rows_of(act: Act) -> dict[str, Any]:
        """For whoever looks into a failure."""
        tables: tuple[str, ...] = (
            "watches",
            "digests",
            "unsaid",
            "runs",
            "quotes",
            "orders",
            "confirmations",
            "deletions",
        )
        tables += ("kept_payments", "stock_watches", "price_watches", "health_watches", "health_falls")
        found = {table: act.mine(f"SELECT * FROM {table} WHERE {{}}") for table in tables}  # noqa: S608 - our own
        return found | {"held": act.rows("SELECT id, name FROM processes LEFT JOIN leases ON holder = id")}

    def _points(self) -> list[str]:
        """The points of all bots, each with which of its label it was."""
        found = list[str]()
        for bot in self._bots:
            counted: Counter[str] = Counter()
            for label in bot.points_since_armed():
                counted[label] += 1
                found.append(f"{label} ({counted[label]})")
        return found

    async def _begin_anew(self) -> None:
        """After a run that went wrong nothing of it is left for the next one."""
        self.close()
        await asyncio.gather(*(bot.ended for bot in self._bots))
        if not self._server.is_running:
            await self._server.start()

    def close(self) -> None:
        for bot in self._bots:
            bot.send(signal.SIGKILL)


@asynccontextmanager
async def teams(stand_ins: Running, spawner: Spawner, count: int, *, durable: bool) -> AsyncIterator[list[Team]]:
    """So many teams: on one server, or each on one of its own, which may be killed."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="px6-teams-")))
        servers = [await stack.enter_async_context(server(durable=durable)) for _ in range(count if durable else 1)]
        found = list[Team]()
        for number in range(count):
            home = folder / str(number)
            home.mkdir(mode=0o700)
            its = servers[number % len(servers)]
            team = Team(stand_ins, spawner, its, home, number + (100 if durable else 0))
            stack.callback(team.close)
            found.append(team)
        yield found
