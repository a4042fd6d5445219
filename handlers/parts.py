"""What came of a change that was sent in parts: many ids take several calls, and each has its own outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiogram.filters.callback_data import CallbackData

import px6
from handlers.errors import what_happened
from handlers.screen import Row, button
from handlers.views import ids_line
from handlers.words import Words
from px6 import Part


def single_failure(parts: Sequence[Part[Any]]) -> px6.Px6Error | None:
    """The error when there was one part and it failed: it is then explained like that of any other call."""
    return parts[0].error if len(parts) == 1 else None


def again_row(w: Words, parts: Sequence[Part[Any]], data: CallbackData) -> Row:
    """A way to do it again, which harms none of those for which it was done, when something failed."""
    failed = any(part.error and not isinstance(part.error, px6.ErrorUnknown) for part in parts)
    return [button(w.tr("Try again"), data)] if failed else []


def failed_lines(w: Words, parts: Sequence[Part[Any]]) -> list[str]:
    """For each part that failed: how many, why, and which."""
    return [line for part in parts if part.error for line in failed_part(w, part.ids, part.error)]


def failed_part(w: Words, ids: Sequence[int], error: px6.Px6Error) -> tuple[str, str]:
    if isinstance(error, px6.OutcomeUnknown):
        first = w.n(
            "{count} proxy: px6 did not say whether it was done.",
            "{count} proxies: px6 did not say whether it was done.",
            len(ids),
        )
    else:
        why = what_happened(error, w)[0]
        first = w.n("{count} proxy unchanged. {why}", "{count} proxies unchanged. {why}", len(ids), why=why)
    return first, w.tr("Ids: {ids}", ids=ids_line(w, ids, 8))
