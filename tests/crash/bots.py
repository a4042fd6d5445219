"""Bots that can be killed: processes forked by a warm child, each between the stand-ins of the harness's process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SPAWNER = "TEST_SPAWNER"  # the environment's name for the socket of the fork server of a run


@dataclass(frozen=True)
class RunningBot:
    """One process. `ended` gives its exit code, negative when a signal killed it. `report` has its points or log."""

    pid: int
    ended: asyncio.Future[int]
    report: Path

    def send(self, number: signal.Signals) -> None:
        """A signal; one that has ended meanwhile hears nothing."""
        if not self.ended.done():
            with suppress(ProcessLookupError):  # it ended just now, and its spawner will say so
                os.kill(self.pid, number)

    def written(self) -> str:
        """What is in the report by now; one that was forked just now has none."""
        return self.report.read_text() if self.report.exists() else ""

    def points(self) -> list[str]:
        """The labels of the points that it has reached, in order, once it was armed."""
        return [line.partition(" ")[2] for line in self.written().splitlines()]

    def points_since_armed(self) -> list[str]:
        """The same, since it was armed last."""
        lines = self.written().rpartition("0 armed\n")[2].splitlines()
        return [line.partition(" ")[2] for line in lines]

    def times_armed(self) -> int:
        return self.written().count("0 armed\n")


class Spawner:
    """The fork server's other side."""

    def __init__(self, orders: asyncio.StreamWriter, answers: asyncio.StreamReader) -> None:
        self._orders, self._answers = orders, answers
        self._starting = asyncio.Lock()
        self._begun: asyncio.Queue[tuple[int, asyncio.Future[int]]] = asyncio.Queue()
        self._ends: dict[int, asyncio.Future[int]] = {}

    async def start(
        self,
        settings: dict[str, Any],
        folder: Path,
        name: str,
        kill_at: int | str | None = None,
        *,
        longest_ids: int | None = None,
        armed: bool = False,
        orders: Path | None = None,
        watches_every: float | None = None,
    ) -> RunningBot:
        """Fork a bot; its log and its points go to files of this name. `armed`: it counts from its first breath.

        `orders`: see `tests.crash.points.Points`. `watches_every`: seconds between looks whether a watch is due.
        """
        report = folder / f"{name}.points"
        order = {
            "settings": settings,
            "log": str(folder / f"{name}.log"),
            "report": str(report),
            "kill_at": kill_at,
            "longest_ids": longest_ids,
            "armed": armed,
            "orders": str(orders) if orders else None,
            "watches_every": watches_every,
        }
        return await self._fork(order, report)

    async def program(
        self,
        environment: dict[str, str],
        folder: Path,
        name: str,
        *,
        stdin: str = os.devnull,
        module: str = "bot",
        arguments: Sequence[str] = (),
    ) -> RunningBot:
        """`python -m bot` in a folder, with this environment alone; what it writes goes to a file of this name."""
        log = folder / f"{name}.log"
        order = {
            "environment": environment,
            "folder": str(folder),
            "log": str(log),
            "stdin": stdin,
            "module": module,
            "arguments": list(arguments),
        }
        return await self._fork(order, log)

    async def source(self, source: str, folder: Path, log: Path, *, anew: Sequence[str] = ()) -> RunningBot:
        """A program that finds the project in a folder, and nowhere else; what it prints goes to a file.

        `anew`: packages of others that count as imported only when it imports them.
        """
        order = {"source": source, "folder": str(folder), "log": str(log), "anew": list(anew)}
        return await self._fork(order, log)

    async def _fork(self, order: dict[str, Any], report: Path) -> RunningBot:
        async with self._starting:
            self._orders.write(json.dumps(order).encode() + b"\n")
            pid, end = await self._begun.get()
        return RunningBot(pid, end, report)

    async def listen(self) -> None:
        """Take what the fork server says, until it ends."""
        async for line in self._answers:
            said = json.loads(line)
            if "pid" in said:
                end = self._ends[said["pid"]] = asyncio.get_running_loop().create_future()
                self._begun.put_nowait((said["pid"], end))
            else:
                self._ends.pop(said["ended"]).set_result(said["code"])

    def kill_all(self) -> None:
        """Whatever still runs."""
        for pid in self._ends:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def spawner() -> AsyncIterator[Spawner]:
    """A warm fork server while the block runs."""
    async with served() as (orders, answers):
        found = Spawner(orders, answers)
        listening = asyncio.ensure_future(found.listen())
        try:
            yield found
        finally:
            found.kill_all()
            orders.write_eof()
            await listening


@asynccontextmanager
async def served() -> AsyncIterator[tuple[asyncio.StreamWriter, asyncio.StreamReader]]:
    """Both ways to one: forked by the one of this run, or a program of its own. It ends once nothing more comes."""
    if place := os.environ.get(SPAWNER):
        answers, orders = await asyncio.open_unix_connection(place)
        yield orders, answers
        orders.close()
        return
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.spawning", cwd=ROOT, stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None and process.stdout is not None
    yield process.stdin, process.stdout
    await process.wait()
