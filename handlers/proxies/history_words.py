"""What is said of the last checks of a proxy."""

from __future__ import annotations

from datetime import datetime

from aiogram.utils.formatting import Text

from handlers.ground.words import Words
from model.checks import CheckHistory


def history_line(w: Words, history: CheckHistory, now: datetime) -> Text:
    """`Checks: worked 19 of 20, failed since 10:40`"""
    since, counts = history.failing_since, {"worked": history.worked, "count": history.count}
    if since is not None:
        return w.rich("Checks: worked {worked} of {count}, failed since {when}", **counts, when=w.since(since, now))
    return w.rich("Checks: worked {worked} of {count}, last {when}", **counts, when=w.since(history.last.at, now))


def since_words(w: Words, history: CheckHistory | None, now: datetime) -> Text:
    """` (since 10:40)`: beside a proxy that has failed more often than just now; else nothing."""
    since = history.failing_since if history else None
    if history is None or since is None or since == history.last.at:
        return Text()
    return Text(" (", w.rich("since\N{NO-BREAK SPACE}{when}", when=w.since(since, now)), ")")
