"""The limits of px6 and Telegram, kept and counted as ever, in seconds that pass 100 times as fast."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bot.request_pacing import RequestPacing
from px6 import Px6Pool, Throttle
from sandbox.px6 import Px6State
from sandbox.px6.limit import Limit

FASTER = 100
IMPATIENT = 1.5  # seconds that a client waits for a px6 that keeps silent on purpose


def quick_clock() -> float:
    """Monotonic seconds."""
    return time.monotonic() * FASTER


async def quick_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / FASTER)


class QuickPool(Px6Pool):
    """The client's side: slots and pauses. How long it waits for an answer is real time."""

    def __init__(self, urls: Sequence[str], **given: Any) -> None:
        super().__init__(urls, sleep=quick_sleep, **given)

    def _throttle(self) -> Throttle:
        return Throttle(clock=quick_clock, sleep=quick_sleep)

    def impatient(self) -> None:
        """For a px6 that keeps silent: without that, whatever the machine has to do, no answer is too late."""
        self._transport.timeout = IMPATIENT


def quick_pacing() -> RequestPacing:
    """With Telegram: its pauses, the pace of messages and what is waited between two attempts."""
    return RequestPacing(quick_sleep, quick_clock)


def quicken(px6: Px6State) -> None:
    """px6's side."""
    px6.limit = Limit(quick_clock)
