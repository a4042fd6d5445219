"""When the bot has something to remind of next, by the lead times that it starts with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sandbox.px6 import Px6State
from services.habits import DEFAULT_LEADS

_AFTER = timedelta(seconds=1)


def next_reminder(px6: Px6State) -> datetime | None:
    """The first lead time that comes, of all proxies of all accounts; None when nothing ends any more."""
    now = px6.clock.now()
    return min((moment for moment in _moments(px6) if moment > now), default=None)


def _moments(px6: Px6State) -> Iterator[datetime]:
    for account in px6.customers():
        for proxy in account.proxies.values():
            for lead in (*DEFAULT_LEADS, 0):
                yield proxy.ends_at - timedelta(seconds=lead) + _AFTER
