"""A person's proxies as px6 listed them a moment ago: paging through thousands does not ask px6 again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from px6 import Proxy, ProxyList, Px6Client, State

KEPT_FOR = 20.0  # seconds; a change made in the bot drops a list at once, one made elsewhere shows so late


class KeptList(NamedTuple):
    """A list, when its reading ended, and how many changes the client had made when it began."""

    read_at: float
    changes: int
    listed: ProxyList


class ProxyLists:
    """Keeps lists for a moment, by client, hence by key. Only for showing: what is paid for is read afresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: WeakKeyDictionary[Px6Client, dict[State, KeptList]] = WeakKeyDictionary()

    async def read(
        self,
        client: Px6Client,
        state: State,
        *,
        fresh: bool = True,
        background: bool = False,
        begun: Callable[[ProxyList], None] = lambda first: None,
    ) -> ProxyList:
        """All proxies in a state; without `fresh` they may be up to 20 seconds old. `background`: nobody waits.

        `begun`: see `Px6Client.proxies`.
        """
        listed = None if fresh else self.recent(client, state)
        if listed is None:
            changes = client.changes
            listed = await (client.background if background else client).proxies(state, begun=begun)
            self._kept.setdefault(client, {})[state] = KeptList(self._clock(), changes, listed)
        return listed

    def recent(self, client: Px6Client, state: State) -> ProxyList | None:
        """The list of at most 20 seconds ago, if nothing was changed since."""
        self._forget_old()
        found = self._kept.get(client, {}).get(state)
        return found.listed if found and found.changes == client.changes else None

    def changed(self, client: Px6Client, before: int, calls: int, change: Callable[[Proxy], Proxy]) -> None:
        """Keep up with a change that px6 has confirmed: so many calls since the client's `changes` were `before`.

        Where anything else was changed meanwhile, the lists stay old and are read anew.
        """
        if client.changes != before + calls:
            return
        for state, kept in self._kept.get(client, {}).items():
            if kept.changes == before:
                listed = replace(kept.listed, proxies=tuple(map(change, kept.listed.proxies)))
                self._kept[client][state] = KeptList(kept.read_at, client.changes, listed)

    def drop(self, client: Px6Client) -> None:
        """Forget the lists: the next one is read from px6."""
        self._kept.pop(client, None)

    def _forget_old(self) -> None:
        """Forget lists that are not shown any more: passwords do not stay in memory longer than they are of use."""
        oldest = self._clock() - KEPT_FOR
        for lists in self._kept.values():
            for state in [state for state, kept in lists.items() if kept.read_at < oldest]:
                del lists[state]
