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


class Poller(Protocol):
    """Telegram's record of the bot. `polled`: whether it has asked for updates since this was set to False."""

    polled: bool


class ChildBot:
    """Starts `demo.clocked_bot`; its log is added to the file. It is preloaded, then configured, then started."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = 0.0
        self._process: Process | None = None
        self._preloaded: Process | None = None
        self._watching: asyncio.Task[None] | None = None

    def configure(self, settings: Mapping[str, str], poller: Poller, changed: Callable[[], None]) -> None:
        """Sets what the bot needs to start; `changed` is called whenever it starts or ends."""
        self._settings, self._poller, self._changed = settings, poller, changed

    def status(self) -> dict[str, object]:
        """`{"running", "listens", "pid", "exit"}`; it `listens` when it has begun to ask for updates."""
        process = self._process
        running = process is not None and process.returncode is None
        return {
            "running": running,
            "listens": running and self._poller.polled,
            "pid": process.pid if process is not None and running else None,
            "exit": process.returncode if process is not None else None,
        }

    @property
    def is_preloaded(self) -> bool:
        return self._preloaded is not None

    async def preload(self) -> None:
        """Starts a process that imports the bot, which takes longest of all, and then waits for `start`."""
        with self._log.open("ab") as log:
            self._preloaded = await asyncio.create_subprocess_exec(
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
        """Starts the bot, unless it runs."""
        if self._running() is not None:
            return
        if self._preloaded is None:
            await self.preload()
        process, self._preloaded = self._preloaded, None
        assert process is not None and process.stdin is not None  # noqa: S101 - it was made with a pipe
        self._process, self._poller.polled = process, False
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

    async def discard_preloaded(self) -> None:
        """Ends the process that was preloaded and never started."""
        process, self._preloaded = self._preloaded, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """Sends SIGTERM, and SIGKILL after STOP_SECONDS."""
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
        """Sends SIGKILL and waits for the end: what was under way stays as it was."""
        self.end()
        await self._ended()

    def end(self) -> None:
        """Sends SIGKILL and does not wait."""
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
