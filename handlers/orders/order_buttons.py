"""Buttons about a quote, a confirmation or an order that exists already."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.rights import KIND_OF_PAYMENT
from handlers.ground.screen import Id, SmallNumber
from model.colleagues import Right

# Where buying began: empty, one of the FROM_ letters of `handlers/orders/buy_buttons.py`, the number of an order, or
# FROM_RESULT with the id of a check's result.
Origin = Annotated[str, Field(pattern=r"^([acpts]?|\d{1,10}|r[\w-]{1,12})$")]


class ShowQuote(CallbackData, prefix="q", needs=KIND_OF_PAYMENT):
    """Makes a quote anew, since prices, ends and the balance may have moved. `kind` is "buy" or "prolong".

    `period`: of those that the quote offered, 0 is the first.
    """

    kind: str
    quote: str
    period: SmallNumber = 0
    origin: Origin = ""


class TryRest(CallbackData, prefix="rest", needs=KIND_OF_PAYMENT):
    """Quotes what a confirmation has certainly spent nothing on, for the period that was confirmed."""

    kind: str
    confirmation: Id


class ToppedUp(CallbackData, prefix="topup", durable=True, needs=Right.ALL):
    """Answers whether the person topped up what an unclear order asks. `yes`: 1 or 0."""

    order: Id
    yes: SmallNumber


class KeepQuote(CallbackData, prefix="kp", needs=Right.ALL):
    """Asks how a payment that the balance does not cover is to be finished when the money is there."""

    quote: str
    period: SmallNumber


class BuyAgain(CallbackData, prefix="again", needs=Right.ALL):
    """Quotes the same purchase once more."""

    order: Id


class ExportOrder(CallbackData, prefix="eo", offline=True, needs=Right.LOOK):
    """Asks for which program the proxies of an order are to be exported."""

    order: Id
