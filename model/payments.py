"""What a person paid, payment by payment."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from model.orders import BY_ITSELF, Kind, Source


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One order that px6 took money for, with its proxies. `at`: when it was confirmed.

    `version` and `comment` are those that were ordered; a prolongation has neither. `by_person`: the colleague who
    confirmed it.
    """

    order_id: int
    at: datetime
    kind: Kind
    source: Source
    version: str | None
    comment: str | None
    currency: str
    sum: Decimal
    ids: tuple[int, ...]
    by_person: int | None = None

    @property
    def automatic(self) -> bool:
        """Whether the bot paid it by itself, as it was told to before."""
        return self.source in BY_ITSELF
