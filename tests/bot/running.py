"""The real program in a process of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.world import MASTER_KEY

ROOT = Path(__file__).parents[2]
TOKEN = "700000077:a-token-that-must-not-be-seen-anywhere"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What the operator sets; nothing of this machine's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "PX6_API_URLS": "http://127.0.0.1:9/api",
        "DATABASE_URL": f"sqlite:///{folder}/data/bot.sqlite3",
        "ENCRYPTION_KEYS": MASTER_KEY,
        **more,
    }


@asynccontextmanager
async def started(folder: Path, *arguments: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot …` in a folder without a `.env`; gone when the block ends, however it ends."""
    process = await start(folder, *arguments, **more)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def start(folder: Path, *arguments: str, **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=environment(folder, **more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**26,  # nobody reads while it runs: a smaller buffer would make a talkative bot wait for ever
    )


async def ended(process: asyncio.subprocess.Process) -> Ended:
    """Wait for the end, which must come by itself."""
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def stopping(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, and what it says then; its output is still to be read."""
    process.send_signal(signal.SIGTERM)
    written: Any = process.stderr
    async with asyncio.timeout(60):
        while b"The bot stops" not in written._buffer:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)


async def stopped(process: asyncio.subprocess.Process) -> Ended:
    """SIGTERM, and the end."""
    process.send_signal(signal.SIGTERM)
    return await ended(process)
