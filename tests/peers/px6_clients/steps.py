"""What the scripts share: the task they are given, and steps whose outcomes are reported as one line of JSON.

Needs nothing but the standard library: it runs in the clients' environments.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PACE = 0.4
"""Seconds between calls: the clients do not keep to 3 calls a second by themselves."""


@dataclass(frozen=True)
class Task:
    """Where to call, as whom, and which of the account's proxies to use for what."""

    base: str
    key: str
    proxies: int
    http: int
    prolonged: list[int]
    expired: int
    alive: int


@dataclass
class Steps:
    """Runs steps one by one. An outcome is `works`, `refused CODE` or `breaks EXCEPTION`."""

    code: Callable[[Any], object]
    outcomes: dict[str, str] = field(default_factory=dict)

    def step(self, method: str, does: Callable[[], object]) -> None:
        """`does` calls one method of the client and asserts what came back."""
        pause()
        try:
            does()
        except Exception as error:  # noqa: BLE001 - whatever a client raises is its outcome
            code = self.code(error)
            self.outcomes[method] = f"refused {code}" if code is not None else f"breaks {type(error).__name__}"
        else:
            self.outcomes[method] = "works"

    def report(self) -> None:
        sys.stdout.write(json.dumps(self.outcomes) + "\n")


def pause() -> None:
    time.sleep(PACE)


def task() -> Task:
    return Task(**json.loads(sys.argv[1]))


def same(seen: object, wanted: object) -> None:
    """AssertionError with both values when they differ."""
    if seen != wanted:
        raise AssertionError(f"{seen!r} is not {wanted!r}")
