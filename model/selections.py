"""Selections of proxies."""

from __future__ import annotations

import msgspec


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Proxies that a person ticked, in their order. `purpose` is the handlers' own word for what it is for."""

    id: str
    telegram_id: int
    purpose: str
    ids: tuple[int, ...]
