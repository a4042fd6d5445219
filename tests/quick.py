"""Clocks that run 100 times as fast: tests keep the limits of px6 and Telegram without waiting for them."""

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
PATIENT = 30.0  # seconds that a client waits for an answer
IMPATIENT = 1.5  # seconds that a client waits for a px6 that keeps silent on purpose


def quick_clock() -> float:
    """Monotonic seconds, 100 of them in a real one."""
    return time.monotonic() * FASTER


async def quick_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / FASTER)


class QuickPool(Px6Pool):
    """The px6 clients of a bot alone, whose slots and pauses pass quickly. They wait for an answer in real time."""

    def __init__(self, urls: Sequence[str], **given: Any) -> None:
        super().__init__(urls, sleep=quick_sleep, **given | {"new_throttle": None})

    def _throttle(self, _: str) -> Throttle:
        return Throttle(clock=quick_clock, sleep=quick_sleep)

    def impatient(self) -> None:
        """Give up soon on a px6 that keeps silent on purpose; before, no answer is too late on a busy machine."""
        self._transport.timeout = IMPATIENT

    def patient(self) -> None:
        """Wait for px6 longer than the settings say."""
        self._transport.timeout = PATIENT


def quick_pacing() -> RequestPacing:
    """The pace of requests to Telegram, in quick seconds: pauses, messages, repetitions."""
    return RequestPacing(quick_sleep, quick_clock)


def quicken(px6: Px6State) -> None:
    """Let the px6 stand-in count its limit of calls in quick seconds."""
    px6.limit = Limit(quick_clock)


def unlimited(px6: Px6State) -> None:
    """For processes that share a file but no limit: whether px6 refuses their calls hangs on how quick they are."""
    px6.limit = Limit(quick_clock, window=0.0)
