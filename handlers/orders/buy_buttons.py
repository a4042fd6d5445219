"""What is to be bought, as far as it is chosen, and where the way back leads from each choice.

What is chosen travels in the buttons. A comment does not fit there: it is with a quote or with a draft, whose id then
travels along.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.drafts import cut_comment, draft_of, keep_draft
from handlers.ground.parsing import MAX_COUNT, MAX_PERIOD
from handlers.ground.proxy_buttons import SettableProtocol
from handlers.ground.screen import Open, Page
from handlers.ground.turn import Turn
from handlers.orders.history import OrderCard
from handlers.orders.order_buttons import ShowQuote
from px6 import Protocol, Version
from services.money.forecast import USUAL_PERIOD
from services.orders import BuyWish

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Period = Annotated[int, Field(ge=0, le=MAX_PERIOD)]
SoldKind = Annotated[str, Field(pattern=r"^[436]$")]
FROM_AGAIN, FROM_COMMAND, FROM_PRICE, FROM_PRICES, FROM_STOCK = (
    "a",
    "c",
    "p",
    "t",
    "s",
)  # where buying began; an order's card is its number
FROM_STEPS, ANY_ORIGIN = "", r"^([acpts]?|\d{1,10})$"


class Prices(CallbackData, prefix="prices"):
    """The price table for a number of proxies of a kind."""

    version: Version
    count: Annotated[Count, Field(ge=1)]


class Price(CallbackData, prefix="price"):
    """One price."""

    count: Annotated[Count, Field(ge=1)]
    period: Annotated[Period, Field(ge=1)]
    version: Version


class Stock(CallbackData, prefix="stock"):
    """How many can be bought."""

    country: str
    version: Version


class Buy(CallbackData, prefix="b"):
    """All that is chosen so far; empty or 0 is not chosen yet.

    The comment is with the quote or with the draft. `changing`: that quote is being changed, and Back leads to it.
    """

    version: Annotated[str, Field(pattern=r"^[436]?$")] = ""
    country: str = ""
    period: Period = 0
    count: Count = 0
    protocol: SettableProtocol = Protocol.HTTP
    auto: bool = False
    quote: str = ""
    page: Page = 1
    draft: str = ""
    changing: bool = False
    origin: Annotated[str, Field(pattern=ANY_ORIGIN)] = FROM_STEPS

    def but(self, **changes: object) -> Buy:
        """The same with something chosen otherwise."""
        return Buy(**{**self.model_dump(), **changes})


async def wish_of(turn: Turn, chosen: Buy) -> BuyWish:
    """All that is wanted. Raises BadInput when the comment was with a draft that is gone."""
    return BuyWish(
        chosen.count,
        chosen.period,
        chosen.country,
        Version(chosen.version or Version.IPV6),  # empty only in a forged button
        chosen.protocol,
        await comment_of(turn, chosen),
        chosen.auto,
    )


async def comment_of(turn: Turn, chosen: Buy) -> str:
    if chosen.draft:
        return cut_comment(draft_of(turn, chosen.draft)["text"])
    before = await turn.services.orders.quote(turn.person.telegram_id, chosen.quote) if chosen.quote else None
    return before.wish.comment if before and before.wish else ""


def wish_button(wish: BuyWish, origin: str, *, quote_id: str = "", draft: str = "") -> Buy:
    """The button that means this wish."""
    return Buy(
        version=wish.version,
        country=wish.country,
        period=wish.period,
        count=wish.count,
        protocol=wish.protocol,
        auto=wish.auto_prolong,
        quote=quote_id,
        draft=draft,
        origin=origin,
    )


async def wish_button_with_draft(turn: Turn, wish: BuyWish, origin: str) -> Buy:
    """The button that means this wish before there is a quote: its comment waits as a draft."""
    return wish_button(wish, origin, draft=await keep_draft(turn, wish.comment) if wish.comment else "")


def back_from(so_far: Buy, choice: str) -> CallbackData | None:
    """Where Back leads from choosing the country, the period or the count."""
    if so_far.changing:
        return back_to_quote(so_far)
    if choice == {FROM_PRICE: "country", FROM_PRICES: "country", FROM_STOCK: "period"}.get(so_far.origin):
        return first_screen_of(so_far)
    before: dict[str, dict[str, object]] = {
        "country": {"version": "", "page": 1},
        "period": {"country": ""},
        "count": {"period": 0},
    }
    return so_far.but(**before[choice])


def back_to_quote(so_far: Buy) -> ShowQuote:
    return ShowQuote(kind="buy", quote=so_far.quote, origin=so_far.origin)


def back_from_quote(chosen: Buy) -> CallbackData | None:
    """To the choice that came last; to where buying began when all was chosen at once; None: there was nothing."""
    last = {FROM_STEPS: "count", FROM_STOCK: "count", FROM_PRICES: "period", FROM_PRICE: "country"}.get(chosen.origin)
    if last is None:
        return first_screen_of(chosen)
    return chosen.but(**{last: "" if last == "country" else 0})


def first_screen_of(so_far: Buy) -> CallbackData | None:
    """The screen on which buying began; None for a command. What is not chosen is 1 proxy, 30 days."""
    count, period = so_far.count or 1, so_far.period or USUAL_PERIOD
    match so_far.origin:
        case "p":
            return Price(count=count, period=period, version=Version(so_far.version))
        case "t":
            return Prices(count=count, version=Version(so_far.version))
        case "s":
            return Stock(country=so_far.country, version=Version(so_far.version))
        case "a":
            return Open(screen="buy")
        case number if number.isdecimal():
            return OrderCard(order=int(number), show="all", page=1)
    return None
