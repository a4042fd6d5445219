"""Sends a long list of ids in several calls, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import NoMoney, NotTried, OutcomeUnknown, Px6Error, TooManyCalls, Unreachable, WrongAddress, WrongKey

T = TypeVar("T")

LONGEST_URL = 4096
"""Bytes: half of what servers usually take, since 1,000 ids of today's 8 digits would make 9 kB."""

LONGEST_IDS = 3000
"""Bytes of a part's ids with their commas. The rest is for the address, the key and a comment of 50 emoji."""

_MEETS_EVERY_PART = (WrongKey, WrongAddress, NoMoney, TooManyCalls, Unreachable, NotTried)


@dataclass(frozen=True)
class PartOutcome(Generic[T]):
    """The outcome of one call of several: a result, or an error."""

    ids: tuple[int, ...]
    result: T | None = None
    error: Px6Error | None = None


def split_ids(ids: Iterable[int]) -> list[tuple[int, ...]]:
    """The ids, each once and in their order, in parts that fit into one call.

    >>> [len(part) for part in split_ids(range(10_000_000, 10_001_000))]
    [333, 333, 333, 1]
    """
    parts: list[list[int]] = []
    room = 0
    for number in dict.fromkeys(ids):
        size = len(str(number)) + 1
        if size > room:
            parts.append([])
            room = LONGEST_IDS
        parts[-1].append(number)
        room -= size
    return [tuple(part) for part in parts]


async def in_parts(ids: Iterable[int], call: Callable[[tuple[int, ...]], Awaitable[T]]) -> list[PartOutcome[T]]:
    """Calls with one part after the other; gives the outcome of each.

    After an error that would meet every further part (wrong key, no money, unreachable …) the rest is not sent, and
    has the same error. After one that leaves open what happened it is not sent either: that is NotTried. `call` may
    raise NotTried itself.
    """
    parts: list[PartOutcome[T]] = []
    stopped_by: Px6Error | None = None
    for part in split_ids(ids):
        done = await _sent(part, call) if stopped_by is None else PartOutcome[T](part, error=stopped_by)
        parts.append(done)
        stopped_by = stopped_by or _for_the_rest(done.error)
    return parts


async def _sent(part: tuple[int, ...], call: Callable[[tuple[int, ...]], Awaitable[T]]) -> PartOutcome[T]:
    try:
        return PartOutcome(part, result=await call(part))
    except Px6Error as error:
        return PartOutcome(part, error=error)


def _for_the_rest(error: Px6Error | None) -> Px6Error | None:
    if isinstance(error, OutcomeUnknown):
        return NotTried("what came of the part before is not known")
    return error if isinstance(error, _MEETS_EVERY_PART) else None


def joined(ids: Iterable[int]) -> str:
    """The ids of one call as px6 wants them, each once. ValueError for none and for too many."""
    text = ",".join(str(number) for number in dict.fromkeys(ids))
    if not text:
        raise ValueError("no ids")
    if len(text) > LONGEST_IDS:
        raise ValueError("too many ids for one call: use split_ids or in_parts")
    return text
