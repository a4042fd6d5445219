"""Finds the handlers of a tap by the prefix of its data. aiogram asks all two hundred of them in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.dispatcher.event.telegram import TelegramEventObserver
from aiogram.types import CallbackQuery, TelegramObject

from handlers.ground.callback_data import PrefixFilter


class ByPrefix(TelegramEventObserver):
    """aiogram's observer of taps. Asks, in their order, those handlers that could take the data."""

    def __init__(self, router: Router, handlers: Sequence[HandlerObject]) -> None:
        """All its handlers are given here."""
        super().__init__(router, "callback_query")
        self.handlers.extend(handlers)
        self._of_any = [each for each in handlers if prefix_of(each) is None]
        self._by_prefix = found_by_prefix(handlers)

    async def trigger(self, event: TelegramObject, **kwargs: Any) -> Any:
        """As aiogram's, of the handlers in question."""
        data = (event.data or "") if isinstance(event, CallbackQuery) else ""
        asked = copy(self)
        asked.handlers = self._by_prefix.get(data.partition(":")[0], self._of_any)
        return await super(ByPrefix, asked).trigger(event, **kwargs)


def found_by_prefix(handlers: Sequence[HandlerObject]) -> dict[str, list[HandlerObject]]:
    """For each prefix the handlers that may take such data, among them those that ask for none."""
    prefixes = {prefix for each in handlers if (prefix := prefix_of(each)) is not None}
    found = defaultdict[str, list[HandlerObject]](list)
    for handler in handlers:
        own = prefix_of(handler)
        for prefix in prefixes if own is None else (own,):
            found[prefix].append(handler)
    return dict(found)


def prefix_of(handler: HandlerObject) -> str | None:
    """The prefix that the handler's first filter asks for."""
    first = handler.filters[0].callback if handler.filters else None
    return first.callback_data.__prefix__ if isinstance(first, PrefixFilter) else None
