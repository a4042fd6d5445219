"""The demo's bot as a fork of what is imported already: a process of its own takes seconds to import all of it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any, BinaryIO

from demo.bot_process import ChildBot
from tests.crash.bots import RunningBot, Spawner


class ForkedBot(ChildBot):
    """Starts `demo.clocked_bot` by the fork server."""

    def __init__(self, log: Path, warm: Spawner) -> None:
        super().__init__(log)
        self._warm, self._folder, self._count = warm, log.parent, 0

    async def preload(self) -> None:
        self._count += 1
        name = f"forked-{self._count}"
        pipe = self._folder / name
        os.mkfifo(pipe)
        # For reading as well, so that neither side waits for the other to open it.
        stdin = os.fdopen(os.open(pipe, os.O_RDWR), "wb", buffering=0)
        kept = {"PATH": os.environ["PATH"]}
        bot = await self._warm.program(kept, self._folder, name, stdin=str(pipe), module="demo.clocked_bot")
        process: Any = ForkedProcess(bot, Stdin(stdin))
        self._preloaded = process


class Stdin:
    """The writing side of the pipe, as far as `ChildBot` uses it."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def write(self, line: bytes) -> None:
        self._pipe.write(line)

    def is_closing(self) -> bool:
        return self._pipe.closed

    def close(self) -> None:
        self._pipe.close()


class ForkedProcess:
    """A forked bot, with what `ChildBot` asks of a process of asyncio."""

    def __init__(self, bot: RunningBot, stdin: Stdin) -> None:
        self._bot, self.stdin, self.pid = bot, stdin, bot.pid

    @property
    def returncode(self) -> int | None:
        return self._bot.ended.result() if self._bot.ended.done() else None

    async def wait(self) -> int:
        """Its exit code."""
        return await asyncio.shield(self._bot.ended)

    def terminate(self) -> None:
        self._bot.send(signal.SIGTERM)

    def kill(self) -> None:
        self._bot.send(signal.SIGKILL)
