"""Who hears how calls of px6 go, to count them: nothing of a key, of what was asked or of what was answered."""

from __future__ import annotations

from collections.abc import Callable

from .errors import NoAnswer, OutcomeUnknown, Px6Error, Unreachable

CallObserver = Callable[[str, Px6Error | None, float], None]
"""Is called after each request, also one that is sent again: the method's name ("account" for the bare call), what
went wrong, and the seconds from sending to the answer. It must not raise."""


def nobody_hears(method: str, error: Px6Error | None, seconds: float) -> None:
    """The observer where nobody counts."""


def is_silence(error: Px6Error | None) -> bool:
    """Whether px6 itself said nothing, not even no: no connection, no answer, or one that is not px6's."""
    return isinstance(error, NoAnswer | Unreachable) or (isinstance(error, OutcomeUnknown) and error.error_id is None)
