"""What nobody waits for asks px6 behind the calls of people, whatever it is that is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path

import pytest

from model.orders import BuyWish
from px6 import Throttle, Version
from services.notifications.kinds import Unsure
from services.proxies.check_histories import CheckHistories
from services.watching.health import HealthWatches
from services.watching.prices import PriceWatches
from services.watching.stock import StockWatches
from tests.durations import DAY, HOUR, MINUTE
from tests.quotes import buy_quote
from tests.services.rig import ANNA
from tests.services.twins import Twins, new_twins


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Twins]:
    async with new_twins(tmp_path) as made:
        yield made


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each call of px6 whether it lets the calls of people go first."""
    found: list[bool] = []
    slot = Throttle.slot

    def noted(throttle: Throttle, *, background: bool = False) -> AbstractAsyncContextManager[None]:
        found.append(background)
        return slot(throttle, background=background)

    monkeypatch.setattr(Throttle, "slot", noted)
    return found


Act = Callable[[], Awaitable[object]]


async def a_digest(anna: Twins) -> Act:
    anna.rig.proxy(ends_in=DAY)
    return anna.look_now


async def a_digest_that_is_said_again_with_another_quote(anna: Twins) -> Act:
    """Half of what it named was prolonged meanwhile."""
    _, other = (anna.rig.proxy(ends_in=DAY) for _ in range(2))
    anna.digest_fails = [Unsure()]
    await anna.look_now()
    anna.rig.px6.prolong_on_site(anna.rig.account.key, [other.id], 30)
    anna.rig.px6.clock.move(MINUTE)
    anna.rig.passed += 10
    return anna.look_now


async def a_rule_that_is_announced(anna: Twins) -> Act:
    anna.rig.proxy(ends_in=DAY)
    await anna.rule()
    return anna.look_now


async def a_payment_that_waited_for_money(anna: Twins) -> Act:
    anna.rig.account.balance = Decimal("30.00")
    quote = await buy_quote(anna.rig.orders, ANNA, BuyWish(2, 30, "de"))
    await anna.kept.keep(quote, quote.options[0], at_once=False)
    anna.rig.account.balance = Decimal("100.00")
    return anna.look_now


async def a_twin_that_is_announced(anna: Twins) -> Act:
    await anna.begin()
    return anna.look_now


async def a_twin_that_became_dearer(anna: Twins) -> Act:
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.set_price_level("6", 110)
    anna.rig.px6.clock.move(15 * MINUTE)
    return anna.look_now


async def proxies_that_are_checked(anna: Twins) -> Act:
    rig = anna.rig
    rig.proxy()
    histories = CheckHistories(rig.database, anna.now)
    health = HealthWatches(anna.round_needs, histories)
    await health.watch(ANNA, "all", "", minutes=60, night=False)
    return health.look


async def stock_that_became_dearer(anna: Twins) -> Act:
    rig = anna.rig
    stock = StockWatches(anna.round_needs, rig.orders)
    number = await stock.watch(ANNA, BuyWish(2, 30, "de"))
    assert await stock.buy_at_once(ANNA, number, Decimal("41.99"), "RUB")
    rig.px6.clock.move(10 * MINUTE)
    return stock.look


async def a_price(anna: Twins) -> Act:
    prices = PriceWatches(anna.round_needs)
    await prices.watch(ANNA, Version.IPV6, 30)
    anna.rig.px6.clock.move(HOUR)
    return prices.look


LOOKS = (
    a_digest,
    a_digest_that_is_said_again_with_another_quote,
    a_rule_that_is_announced,
    a_payment_that_waited_for_money,
    a_twin_that_is_announced,
    a_twin_that_became_dearer,
    proxies_that_are_checked,
    stock_that_became_dearer,
    a_price,
)


@pytest.mark.parametrize("prepared", LOOKS)
async def test_while_something_is_looked_at_who_taps_goes_first(
    anna: Twins, behind: list[bool], prepared: Callable[[Twins], Awaitable[Act]]
) -> None:
    act = await prepared(anna)
    behind.clear()
    await act()
    assert behind and all(behind)
