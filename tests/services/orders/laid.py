"""Payments laid into the database without asking px6, and a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from model.orders import BuyWish, Confirmation, Option, Part, Quote
from services.orders.journal import Journal
from storage import confirmations
from tests.services.orders.books import END, SENT
from tests.services.rig import ANNA, Rig


class Hands:
    """A clock and a stopwatch, which usually go together."""

    def __init__(self, now: datetime = SENT) -> None:
        self.now, self.passed = now, 0.0

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.passed

    def move(self, by: timedelta, *, clock_alone: bool = False) -> None:
        self.now += by
        self.passed += 0 if clock_alone else by.total_seconds()


def quote_of(rig: Rig, name: str = "q", *parts: Sequence[int], **changed: Any) -> Quote:
    """A quote for a prolong by 30 days, 21.00 for each proxy; without parts for a buy."""
    listed = parts or ([1],)
    wish = None if parts else BuyWish(1, 30, "de", comment="shop")
    given: dict[str, Any] = {
        "id": name,
        "telegram_id": ANNA,
        "px6_user_id": rig.account.user_id,
        "kind": "buy" if wish else "prolong",
        "wish": wish,
        "parts": tuple(
            Part(count=len(ids), ids=() if wish else tuple(ids), prices=(Decimal("21.00") * len(ids),))
            for ids in listed
        ),
        "ends": {} if wish else {one: END for ids in listed for one in ids},
        "options": (Option(period=30, price=Decimal("21.00") * sum(map(len, listed))),),
        "balance": Decimal("1000.00"),
        "currency": "RUB",
        "created_at": SENT,
    }
    return Quote(**{**given, **changed})


async def laid(rig: Rig, quote: Quote, hands: Hands, message: tuple[int, int] | None = None) -> Confirmation:
    """The confirmation of a quote, made now."""
    journal = Journal(rig.database, hands)
    await journal.add_quote(quote)
    claim = await journal.claim(ANNA, quote.id, 30, message)
    assert claim.confirmation is not None
    return claim.confirmation


async def read(rig: Rig, confirmation: Confirmation) -> Confirmation:
    """The confirmation as it is by now."""
    async with rig.database.read() as connection:
        found = await confirmations.get(connection, confirmation.id)
    assert found is not None
    return found
