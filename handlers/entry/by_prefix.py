"""Finds the handlers of a tap by the prefix of its data. aiogram asks all two hundred of them in turn."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
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

    @cached_property
    def by_prefix(self) -> dict[str | None, list[HandlerObject]]:
        """For each prefix the handlers that may take such data; None: those that take any, for all other data."""
        known = [(prefix_of(handler), handler) for handler in self.handlers]
        found: dict[str | None, list[HandlerObject]] = {prefix: [] for prefix in (None, *(own for own, _ in known))}
        for own, handler in known:
            for prefix in found if own is None else (own,):
                found[prefix].append(handler)
        return found

    async def trigger(self, event: TelegramObject, **kwargs: Any) -> Any:
        """As aiogram's, of the handlers in question."""
        data = (event.data or "") if isinstance(event, CallbackQuery) else ""
        found = self.by_prefix
        asked = copy(self)
        asked.handlers = found.get(data.partition(":")[0]) or found[None]
        return await super(ByPrefix, asked).trigger(event, **kwargs)


def prefix_of(handler: HandlerObject) -> str | None:
    """The prefix that the handler's first filter asks for."""
    first = handler.filters[0].callback if handler.filters else None
    return first.callback_data.__prefix__ if isinstance(first, PrefixFilter) else None
