"""Many cases in one world, each named where it fails: a world for each would take most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(*what: object) -> Iterator[None]:
    """What fails in the block says of which case it was."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the case {what!r}")
        raise
