"""Rounds of looking at what is watched, and what people read of them."""

from __future__ import annotations

from datetime import timedelta

from model.health import Which
from storage.engine.types import time_from_int
from tests.customers import Customer
from tests.durations import HOUR, MINUTE

LATER = 11 * MINUTE  # after which stock is looked for again


def next_look_in(ann: Customer) -> timedelta:
    """After how long the next look at the account is planned."""
    [(at,)] = ann.world.rows("SELECT next_look_at FROM watches WHERE telegram_id = 1001")
    return time_from_int(at) - ann.world.clock()


async def stock_looked(ann: Customer) -> list[str]:
    """A round that looks for stock; gives the messages that came since the last one."""
    await ann.world.app.services.stock.look()
    await ann.world.quiet()
    return await ann.news()


async def looked(ann: Customer) -> list[str]:
    """A round of checks; gives the messages that came since the last one."""
    await ann.world.app.services.health.look()
    await ann.world.until(lambda: not ann.world.app.background.busy)
    await ann.world.quiet()
    return await ann.news()


async def has_them_checked(ann: Customer, label: str = "All", how_often: str = "Every hour") -> None:
    """Set up in four taps, and look once."""
    await ann.phone.says("/watch")
    for each in ("Check proxies", label, how_often, "When they end"):
        await ann.phone.taps(each)
    assert (await ann.phone.reads()).startswith("Checking ")
    await ann.news()
    assert await looked(ann) == []


async def checked_every(ann: Customer, minutes: int = 60, which: Which = "all", value: str = "") -> None:
    """The same without the taps, for tests of what comes later; not at night. By a comment or a country, too."""
    health = ann.world.app.services.health
    await health.watch(ann.phone.id, which, value, minutes=minutes, night=False)
    assert await looked(ann) == []


def breaks(ann: Customer, *ids: int, alive: bool = False) -> None:
    for one in ids:
        ann.account.proxies[one].alive = alive


async def falls(ann: Customer, *ids: int) -> list[str]:
    """They fail in the next look, and twice more; gives what is said at the end, nothing before."""
    breaks(ann, *ids)
    ann.world.move(HOUR)
    assert await looked(ann) == []
    ann.world.move(2 * MINUTE + MINUTE / 2)
    assert await looked(ann) == []
    ann.world.move(10 * MINUTE + MINUTE / 2)
    return await looked(ann)
