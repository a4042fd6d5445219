"""The bot as a child process that can be stopped, killed and started again."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

STOP_SECONDS = 32.0
"""The bot takes 30 at most; one that takes longer is killed."""

# What Python and the time zone need. Everything else would be a setting of somebody else's bot.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "COVERAGE_PROCESS_START")


class Ears(Protocol):
    """The bot as Telegram sees it. `polled`: whether it has asked for updates since this was set to False."""

    polled: bool


class ChildBot:
    """Starts `demo.clocked_bot`; its log is added to the file. It is warmed up, then introduced, then started."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = 0.0
        self._process: Process | None = None
        self._warm: Process | None = None
        self._watching: asyncio.Task[None] | None = None

    def introduce(self, settings: Mapping[str, str], ears: Ears, changed: Callable[[], None]) -> None:
        """What it needs to start; `changed` is told whenever it starts or ends."""
        self._settings, self._ears, self._changed = settings, ears, changed

    def status(self) -> dict[str, object]:
        """`{"running", "listens", "pid", "exit"}`; it `listens` when it has begun to ask for updates."""
        process = self._process
        running = process is not None and process.returncode is None
        return {
            "running": running,
            "listens": running and self._ears.polled,
            "pid": process.pid if process is not None and running else None,
            "exit": process.returncode if process is not None else None,
        }

    @property
    def is_warm(self) -> bool:
        return self._warm is not None

    async def warm_up(self) -> None:
        """A process that imports the bot, which takes longest of all, and waits to be started."""
        with self._log.open("ab") as log:
            self._warm = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "demo.clocked_bot",
                stdin=PIPE,
                stdout=log,
                stderr=log,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                start_new_session=True,  # Ctrl-C is for us: we stop the bot in our own time
            )

    async def start(self) -> None:
        """Nothing happens when it runs."""
        if self._running() is not None:
            return
        if self._warm is None:
            await self.warm_up()
        process, self._warm = self._warm, None
        assert process is not None and process.stdin is not None  # noqa: S101 - it was made with a pipe
        self._process, self._ears.polled = process, False
        process.stdin.write(f"{json.dumps(dict(self._settings))}\n".encode())
        self.set_clock(self._offset)
        # held here and over when the process is: a TaskGroup would have to be open for as long as the bot runs
        self._watching = asyncio.get_running_loop().create_task(self._watch(process))
        self._changed()

    def set_clock(self, seconds: float) -> None:
        """The offset of the bot's clock, also for bots started later."""
        self._offset = seconds
        process = self._running()
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(f"{seconds}\n".encode())

    async def cool_down(self) -> None:
        """Ends the process that was warmed up and never started."""
        process, self._warm = self._warm, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """SIGTERM, and patience."""
        process = self._running()
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
        await self._ended()

    async def kill(self) -> None:
        """SIGKILL: what was under way stays as it was."""
        self.end()
        await self._ended()

    def end(self) -> None:
        """SIGKILL, without waiting for what comes of it."""
        process = self._running()
        if process is not None:
            process.kill()

    def _running(self) -> Process | None:
        process = self._process
        return process if process is not None and process.returncode is None else None

    async def _watch(self, process: Process) -> None:
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._changed()

    async def _ended(self) -> None:
        if self._watching is not None:
            await self._watching
