"""Rounds of looking at what is watched, and what people read of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from model.health import Which
from model.orders import BuyWish
from storage.engine.types import time_from_int
from tests.customers import Customer
from tests.durations import HOUR, MINUTE

LATER = 11 * MINUTE  # after which stock is looked for again


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, part: type, cut: str) -> Iterator[None]:
    """The process is gone as soon as it comes to this function of a part of it; the test is `unforeseen`."""

    async def dies(*_: object, **__: object) -> None:
        raise RuntimeError("the process is gone")

    with monkeypatch.context() as patched:
        patched.setattr(part, cut, dies)
        yield


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


async def keeps(ann: Customer, command: str, *, at_once: bool = False) -> None:
    """A payment for which the balance is too small waits for the money, as two taps below its quote would leave it.

    `test_kept.py` taps them.
    """
    await ann.phone.says(command)
    services, person = ann.world.app.services, ann.phone.id
    newest = "SELECT id FROM quotes WHERE telegram_id = ? ORDER BY created_at DESC LIMIT 1"
    [(number,)] = ann.world.rows(newest, person)
    quote = await services.orders.quote(person, number)
    assert quote is not None
    assert await services.kept.keep(quote, quote.options[0], at_once=at_once)
    await ann.news()


async def waits_for_stock(ann: Customer, wish: BuyWish, up_to: int | None = None) -> None:
    """All such proxies are sold out, and the person waits for them, as the taps would leave it; bought up to a sum.

    `test_stock_at_once.py` taps them.
    """
    ann.world.px6.set_stock(wish.country, wish.version, 0)
    stock = ann.world.app.services.stock
    number = await stock.watch(ann.phone.id, wish)
    if up_to is not None:
        assert await stock.buy_at_once(ann.phone.id, number, Decimal(up_to), "RUB", many=(wish.count, wish.period))


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
