"""A person's proxies as px6 told them a moment ago: paging through thousands needs no new look."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from px6 import ProxyList, Px6Client, State

KEPT_FOR = 20.0  # seconds; what a person changes here is dropped at once, what changes elsewhere shows up so late


class Lists:
    """Lists by client, hence by key. Only for showing: whatever is changed or paid is read afresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: WeakKeyDictionary[Px6Client, dict[State, tuple[float, ProxyList]]] = WeakKeyDictionary()

    async def read(self, client: Px6Client, state: State, *, fresh: bool = True) -> ProxyList:
        """All proxies in a state; without `fresh` they may be up to 20 seconds old."""
        kept = None if fresh else self._recent(client, state)
        if kept is None:
            kept = await client.proxies(state)
            self._kept.setdefault(client, {})[state] = (self._clock(), kept)
        return kept

    def drop(self, client: Px6Client) -> None:
        """Something was changed: the next look goes to px6."""
        self._kept.pop(client, None)

    def _recent(self, client: Px6Client, state: State) -> ProxyList | None:
        self._forget_old()
        found = self._kept.get(client, {}).get(state)
        return found[1] if found else None

    def _forget_old(self) -> None:
        """Nobody's passwords stay in memory longer than they are of use."""
        oldest = self._clock() - KEPT_FOR
        for lists in self._kept.values():
            for state in [state for state, (read_at, _) in lists.items() if read_at < oldest]:
                del lists[state]
