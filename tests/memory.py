"""All that an object holds in memory, directly or not: to show that something is no longer there."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from types import CodeType, FrameType, ModuleType

# They lead to the rest of the process, in which the stand-ins live, too.
ELSEWHERE = (
    ModuleType, type, FrameType, CodeType, logging.Logger, asyncio.AbstractEventLoop, asyncio.Future, asyncio.Handle,
)  # fmt: skip


def reachable(root: object) -> Iterator[object]:
    """Everything that can be reached from the object, but not over modules, types and the event loop."""
    seen: set[int] = set()
    todo = [root]
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, ELSEWHERE) or is_globals(one):
            continue
        seen.add(id(one))
        yield one
        todo += gc.get_referents(one)


def is_globals(one: object) -> bool:
    return isinstance(one, dict) and "__builtins__" in one
