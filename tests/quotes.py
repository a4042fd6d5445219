"""A quote for buying that stands in the database, as after its price was shown to a person."""

from __future__ import annotations

from services.orders import BuyWish, Orders, Quote


async def buy_quote(orders: Orders, person: int, wish: BuyWish) -> Quote:
    """What this costs now, ready to be confirmed."""
    quote = await orders.price_buy(person, wish)
    await orders.add_quote(quote)
    return quote
