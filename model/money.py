"""Money: a `Decimal`, with its currency beside it."""

from __future__ import annotations

from decimal import Decimal

NOTHING = Decimal("0.00")
