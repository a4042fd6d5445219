"""A payment that waits for money."""

from __future__ import annotations

from decimal import Decimal

from services.orders import BuyWish, Quote
from tests.quotes import buy_quote
from tests.services.rig import ANNA
from tests.services.watching import Watch


async def quoted(watch: Watch) -> Quote:
    """Two proxies for 42 roubles."""
    return await buy_quote(watch.rig.orders, ANNA, BuyWish(2, 30, "de"))


async def kept(watch: Watch, *, at_once: bool = True) -> Quote:
    """They are paid at once when the money comes: now there are 30 roubles. A look at the account is in six hours."""
    watch.rig.account.balance = Decimal("30.00")
    await watch.look_now()
    quote = await quoted(watch)
    assert await watch.kept.keep(quote, quote.options[0], at_once=at_once) is not None
    return quote
