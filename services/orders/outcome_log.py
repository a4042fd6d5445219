"""What operators hear of a payment: one line in the log for each outcome, and whoever counts them hears it, too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from model.orders import Order, OrderState

log = logging.getLogger(__name__)

HearOutcome = Callable[[str, str], None]
"""Is called with the kind of an order and its outcome, the name of a state."""


def nobody_hears(kind: str, outcome: str) -> None:
    """What is called where nobody counts."""


class OutcomeLog:
    """Says how orders end. Whose they are is not said."""

    def __init__(self, hear: HearOutcome = nobody_hears) -> None:
        self._hear = hear

    def changed(self, order: Order, values: Mapping[str, Any], now: datetime) -> None:
        """The order, as it was before, has been given these values; what is on disk by now is an outcome, or is not.

        The sum is what px6 took, as far as that is known; else what was confirmed.
        """
        state = OrderState(values.get("state", order.state))
        if state.is_open or state is order.state:
            return
        charged: Decimal | None = values.get("charged")
        error: str | None = values.get("error")
        log.info(
            "Payment %d: %s, count %d, days %d, %s %s, %s%s, %.1f s",
            order.id,
            order.kind,
            order.count,
            order.period,
            order.quoted if charged is None else charged,
            order.currency,
            state,
            f" ({error})" if error else "",
            (now - order.confirmed_at).total_seconds(),
        )
        self._hear(order.kind, str(state))
