"""Lists of more than a page of px6's: a screen of the first page stands while px6 tells the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from px6 import ProxyList


def still_listing(w: Words) -> str:
    return w.tr("px6 is still listing the others.")


class Beginning:
    """Shows what `make` makes of the first page of a long list. The turn waits for that before it shows the whole."""

    def __init__(self, turn: Turn, make: Callable[[ProxyList], Awaitable[Screen]]) -> None:
        self._turn, self._make = turn, make
        self._showing: asyncio.Future[Any] | None = None

    def begun(self, first: ProxyList) -> None:
        """For `Px6Client.proxies`: the first page is here, and there may be more."""
        if self._turn.silence is None:
            self._showing = self._turn.background.start(self._show(first))

    async def shown(self) -> None:
        """It stands, or could not be shown: the whole list is shown next, and says what is wrong."""
        if self._showing is not None:
            await asyncio.gather(self._showing, return_exceptions=True)

    async def _show(self, first: ProxyList) -> None:
        await self._turn.show(await self._make(first))
