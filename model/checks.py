"""What checks of a proxy said, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec


class CheckEntry(msgspec.Struct, frozen=True):
    """What px6 said of a proxy at that time. `seconds`: how long it took, where px6 tells it."""

    at: datetime
    alive: bool
    seconds: float | None = None


class CheckHistory(msgspec.Struct, frozen=True):
    """The last checks of a proxy, the newest first; at least one."""

    entries: Sequence[CheckEntry]

    @property
    def last(self) -> CheckEntry:
        return self.entries[0]

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def worked(self) -> int:
        """In how many of them it worked."""
        return sum(entry.alive for entry in self.entries)

    @property
    def failing_since(self) -> datetime | None:
        """The first of the checks up to now in which it did not work; None when it worked in the last one."""
        since = None
        for entry in self.entries:
            if entry.alive:
                break
            since = entry.at
        return since
