"""The bot as a child process that can be stopped, killed and started again."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path

STOP_SECONDS = 32.0
"""The bot takes 30 at most; one that takes longer is killed."""

# What Python and the time zone need. Everything else would be a setting of somebody else's bot.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "COVERAGE_PROCESS_START")


class ChildBot:
    """Starts `demo.clocked_bot` with `settings`; its log is added to the file. `changed` is told of every change."""

    def __init__(self, settings: Mapping[str, str], log: Path, changed: Callable[[], None]) -> None:
        self._settings, self._log, self._changed = settings, log, changed
        self._offset = 0.0
        self._process: Process | None = None
        self._watching: asyncio.Task[None] | None = None

    def status(self) -> dict[str, object]:
        """`{"running", "pid", "exit"}`."""
        process = self._process
        running = process is not None and process.returncode is None
        return {
            "running": running,
            "pid": process.pid if process is not None and running else None,
            "exit": process.returncode if process is not None else None,
        }

    async def start(self) -> None:
        """Nothing happens when it runs."""
        if self._running() is not None:
            return
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "demo.clocked_bot",
                stdin=PIPE,
                stdout=log,
                stderr=log,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | dict(self._settings),
                start_new_session=True,  # Ctrl-C is for us: we stop the bot in our own time
            )
        self.set_clock(self._offset)
        # held here and over when the process is: a TaskGroup would have to be open for as long as the bot runs
        self._watching = asyncio.get_running_loop().create_task(self._watch(self._process))
        self._changed()

    def set_clock(self, seconds: float) -> None:
        """The offset of the bot's clock, also for bots started later."""
        self._offset = seconds
        process = self._running()
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(f"{seconds}\n".encode())

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
