"""Selections of proxies."""

from __future__ import annotations

import msgspec


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Proxies that a person ticked, in that order. `purpose`: a word of the handlers for what they are ticked for."""

    id: str
    telegram_id: int
    purpose: str
    ids: tuple[int, ...]
