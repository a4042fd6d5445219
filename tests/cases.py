"""Many cases of one test in one world: a world for each would take most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(*what: object) -> Iterator[None]:
    """Add to whatever error leaves the block of which case it is."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the case {what!r}")
        raise
