"""A person's proxies as px6 listed them a moment ago: paging through thousands does not ask px6 again."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from px6 import ProxyList, Px6Client, State

KEPT_FOR = 20.0  # seconds; a change made in the bot drops a list at once, one made elsewhere shows so late


class ProxyLists:
    """Keeps lists for a moment, by client, hence by key. Only for showing: what is changed or paid is read afresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: WeakKeyDictionary[Px6Client, dict[State, tuple[float, ProxyList]]] = WeakKeyDictionary()

    async def read(self, client: Px6Client, state: State, *, fresh: bool = True) -> ProxyList:
        """All proxies in a state; without `fresh` they may be up to 20 seconds old."""
        listed = None if fresh else self._recent(client, state)
        if listed is None:
            listed = await client.proxies(state)
            self._kept.setdefault(client, {})[state] = (self._clock(), listed)
        return listed

    def drop(self, client: Px6Client) -> None:
        """Forget the lists, since a proxy was changed: the next one is read from px6."""
        self._kept.pop(client, None)

    def _recent(self, client: Px6Client, state: State) -> ProxyList | None:
        self._forget_old()
        found = self._kept.get(client, {}).get(state)
        return found[1] if found else None

    def _forget_old(self) -> None:
        """Forget lists that are not shown any more: passwords do not stay in memory longer than they are of use."""
        oldest = self._clock() - KEPT_FOR
        for lists in self._kept.values():
            for state in [state for state, (read_at, _) in lists.items() if read_at < oldest]:
                del lists[state]
