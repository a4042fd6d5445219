"""Buttons about a quote, a confirmation or an order that exists already."""

from __future__ import annotations

from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Id, SmallNumber


class ShowQuote(CallbackData, prefix="q"):
    """Makes a quote anew, since prices, ends and the balance may have moved. `kind` is "buy" or "prolong".

    `period`: of those that the quote offered, 0 is the first.
    `origin`: where buying began, see `handlers/orders/buy_buttons.py`.
    """

    kind: str
    quote: str
    period: SmallNumber = 0
    origin: str = ""


class TryRest(CallbackData, prefix="rest"):
    """Quotes what a confirmation has certainly spent nothing on, for the period that was confirmed."""

    kind: str
    confirmation: Id


class ToppedUp(CallbackData, prefix="topup", durable=True):
    """Answers whether the person topped up what an unclear order asks. `yes`: 1 or 0."""

    order: Id
    yes: SmallNumber


class BuyAgain(CallbackData, prefix="again"):
    """Quotes the same purchase once more."""

    order: Id
