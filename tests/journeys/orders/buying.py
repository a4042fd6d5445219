"""The way to a quote for a buy, by buttons alone."""

from __future__ import annotations

from tests.world import Phone


async def quote_by_buttons(phone: Phone) -> None:
    """From home to the quote of 5 German IPv6 proxies for 30 days."""
    await phone.says("/start")
    for label in ("Buy", "IPv6", "Germany", "30 days", "5"):
        await phone.taps(label)
