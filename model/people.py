"""People who talk with the bot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person the bot knows.

    `language`: chosen in the bot, None: the phone's. `zone`: an IANA name, None: not known.
    `choices`: what was done last (country, version, period, …) and small switches; plain JSON values.
    """

    telegram_id: int
    language: str | None = None
    phone_language: str | None = None
    zone: str | None = None
    blocked_at: datetime | None = None
    choices: dict[str, Any]
    created_at: datetime


def stranger(telegram_id: int, phone_language: str | None, now: datetime) -> Person:
    """A person of whom the database knows nothing, or cannot be asked."""
    return Person(telegram_id=telegram_id, phone_language=phone_language, choices={}, created_at=now)
