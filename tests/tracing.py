"""Which functions of the program a journey enters, in order: what the papers say of its way is compared with this."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "handlers", "services", "model", "storage", "px6")


class Trace:
    """The functions as `path/file.py:Class.method`, once for each time that one begins."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self._begun: set[FrameType] = set()  # a coroutine that goes on is not entered again
        self._names: dict[str, str | None] = {}

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or frame in self._begun:
            return
        file = frame.f_code.co_filename
        if file not in self._names:
            self._names[file] = named(file)
        if (name := self._names[file]) is not None:
            self._begun.add(frame)
            self.entered.append(f"{name}:{frame.f_code.co_qualname}")

    def files(self) -> list[str]:
        return [step.partition(":")[0] for step in self.entered]


def named(file: str) -> str | None:
    """The path within the project, None for what belongs to others."""
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return None
    inside = path.relative_to(ROOT)
    return str(inside) if inside.parts[0] in ROOMS else None


@contextmanager
def traced() -> Iterator[Trace]:
    """Watches this thread until the block ends."""
    trace, before = Trace(), sys.getprofile()
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(before)
        trace._begun.clear()


def first_missing(steps: Iterable[str], entered: Iterable[str]) -> str | None:
    """The first step that is not entered after those before it; None when all are, in this order."""
    rest = iter(entered)
    return next((step for step in steps if step not in rest), None)
