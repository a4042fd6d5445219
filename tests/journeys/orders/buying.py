"""Ways to a quote for a buy."""

from __future__ import annotations

from handlers.orders.buy_buttons import Buy
from tests.world import Phone, World

FIVE = Buy(version="6", country="de", period=30, count=5).pack()


async def person_with_quote(world: World) -> tuple[Phone, int, str]:
    """A person who has connected and asked for one German proxy for 30 days.

    Gives their phone, the message with the quote, and what its green button sends.
    """
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    return phone, *await phone.green()


async def person_with_unknown_purchase(world: World) -> tuple[Phone, int]:
    """A person who bought one German proxy, of which px6 answered with status 500: their phone, and the message."""
    phone, message, _ = await person_with_quote(world)
    world.px6.fault("500_after", "buy")
    await phone.taps("Buy ·")
    assert (await phone.text_of(message)).startswith("Not known yet")
    return phone, message


async def quote_by_buttons(phone: Phone) -> None:
    """From home to the quote of 5 German IPv6 proxies for 30 days, by the button that taps come to last."""
    await phone.says("/start")
    await phone.forges(FIVE)
