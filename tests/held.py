"""Answers of px6 that are kept back until a test has seen what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.px6 import Px6State

HELD = 60.0  # seconds for which an answer of px6 is kept back at most


@contextmanager
def held(px6: Px6State, *methods: str, key: str | None = None, times: int | None = 1) -> Iterator[None]:
    """px6 carries out the next call of these methods, and keeps its answer back until the block ends."""
    px6.fault("slow", methods, times, key, seconds=HELD)
    try:
        yield
    finally:
        px6.clear_faults("slow")
