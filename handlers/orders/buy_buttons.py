"""Buttons that carry what is chosen of a purchase so far, and where Back leads from each choice.

A comment does not fit into a button: it stands in a quote or in a draft, whose id the button carries.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.ground.buttons import OrderCard
from handlers.ground.callback_data import CallbackData
from handlers.ground.drafts import cut_comment, draft_of, keep_draft
from handlers.ground.parsing import MAX_COUNT, MAX_PERIOD
from handlers.ground.proxy_buttons import FROM_RESULT, CheckStep, SettableProtocol
from handlers.ground.screen import Open, Page
from handlers.ground.turn import Turn
from handlers.orders.order_buttons import Origin, ShowQuote
from model.colleagues import Right
from px6 import Protocol, Version
from services.money.forecast import USUAL_PERIOD
from services.orders import BuyWish, Quote

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Period = Annotated[int, Field(ge=0, le=MAX_PERIOD)]
SoldKind = Annotated[str, Field(pattern=r"^[4365]$")]
CountryCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
# Where buying began. From an order's card it is the order's number, after a check FROM_RESULT and the result's id.
FROM_STEPS, FROM_AGAIN, FROM_COMMAND = "", "a", "c"
FROM_PRICE, FROM_PRICES, FROM_STOCK = "p", "t", "s"


class Prices(CallbackData, prefix="prices", needs=Right.LOOK):
    """Shows the prices of so many proxies of a kind, for each period."""

    version: Version
    count: Annotated[Count, Field(ge=1)]


class Price(CallbackData, prefix="price", needs=Right.LOOK):
    """Shows one price."""

    count: Annotated[Count, Field(ge=1)]
    period: Annotated[Period, Field(ge=1)]
    version: Version


class Stock(CallbackData, prefix="stock", needs=Right.LOOK):
    """Shows how many proxies of a kind are in stock in a country."""

    country: str
    version: Version


class Buy(CallbackData, prefix="b", needs=Right.ALL):
    """Goes on with buying. The fields are what is chosen so far; empty or 0 is not chosen yet.

    `quote` or `draft` holds the comment. `changing`: that quote is being changed, and Back leads to it. `origin`:
    where buying began, one of the FROM_ constants, the number of an order, or a check's result.
    """

    version: Annotated[str, Field(pattern=r"^[4365]?$")] = ""
    country: str = ""
    period: Period = 0
    count: Count = 0
    protocol: SettableProtocol = Protocol.HTTP
    auto: bool = False
    quote: str = ""
    page: Page = 1
    draft: str = ""
    changing: bool = False
    origin: Origin = FROM_STEPS

    def but(self, **changes: object) -> Buy:
        """The same with these fields changed."""
        return Buy(**{**self.model_dump(), **changes})


class WatchStock(Buy, prefix="sw", durable=True, needs=Right.ALL):
    """Has the person told when there are enough of this in stock."""

    version: SoldKind
    country: CountryCode


async def wish_of(turn: Turn, chosen: Buy) -> BuyWish:
    """What the button asks for, with its comment. Raises BadInput when that stood in a draft that is gone."""
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
    """The comment that stands in the draft or in the quote; "" for none. Raises BadInput for a draft that is gone."""
    if chosen.draft:
        return cut_comment(draft_of(turn, chosen.draft)["text"])
    before = await quote_of(turn, chosen) if chosen.quote else None
    return before.wish.comment if before and before.wish else ""


async def quote_of(turn: Turn, chosen: Buy) -> Quote | None:
    """The quote that the button names; that of the last purchase may be of another account on which they may act."""
    orders, people = turn.services.orders, turn.services.people
    found = await orders.quote(turn.person.telegram_id, chosen.quote)
    if found is None and chosen.origin == FROM_AGAIN:
        others = [each.telegram_id for each in await people.accounts_of(turn.person.chat_id)]
        quotes = [await orders.quote(owner, chosen.quote) for owner in others]
        found = next((quote for quote in quotes if quote is not None), None)
    return found


def wish_button(wish: BuyWish, origin: str, *, quote_id: str = "", draft: str = "") -> Buy:
    """The button that carries this wish."""
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
    """The button that carries this wish while there is no quote: its comment is kept as a draft."""
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
    """The button that shows the quote again from which something is being changed."""
    return ShowQuote(kind="buy", quote=so_far.quote, origin=so_far.origin)


def back_from_quote(chosen: Buy) -> CallbackData | None:
    """Where Back leads from the quote: to the last choice, or to where buying began; None for a command."""
    last = {FROM_STEPS: "period", FROM_STOCK: "period", FROM_PRICES: "period", FROM_PRICE: "country"}.get(
        chosen.origin
    )
    if last is None:
        return first_screen_of(chosen)
    return chosen.but(**{last: "" if last == "country" else 0})


def first_screen_of(so_far: Buy) -> CallbackData | None:
    """The screen on which buying began; None for a command. Where nothing is chosen: 1 proxy, 30 days."""
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
            return OrderCard(order=int(number))
        case result if result.startswith(FROM_RESULT):
            return CheckStep(result=result.removeprefix(FROM_RESULT))
    return None
