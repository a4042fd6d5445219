"""Rounds that look at stock and prices: who is told what, with a sound or without, and when it is looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from model.orders import BuyWish
from model.people import PersonId
from px6 import StockGrid, Version
from services.account.accounts import NoKey
from services.notifications.kinds import Gone
from services.notifications.watching_kinds import KeptPaying, PriceChanged, StockBack, StockWatchOver
from services.watching.prices import NotSold, PriceWatches
from services.watching.stock import StockWatches, in_grid
from storage import stock_watches
from storage.engine.types import time_from_int
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.profiles import PROFILE
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS
from tests.services.rules.rule_rig import RuleRig, new_rule_rig

WISH = BuyWish(5, 30, "de", comment="shop")
SUM = Decimal("105.00")


class Rounds(RuleRig):
    """Anna, and what she watches."""

    @property
    def stock(self) -> StockWatches:
        return StockWatches(self.round_needs, self.rig.orders)

    @property
    def prices(self) -> PriceWatches:
        return PriceWatches(self.round_needs)

    async def waits(self, *, buys: bool = True) -> int:
        """For five German ones, bought at once up to what they cost; there are three."""
        self.rig.px6.set_stock("de", "6", 3)
        number = await self.stock.watch(ANNA, WISH)
        assert not buys or await self.stock.buy_at_once(ANNA, number, SUM, "RUB")
        return number

    async def sleeps(self) -> None:
        await self.reminders.change(ANNA, quiet_from=0, quiet_to=1439)

    async def moves_to_another_account(self) -> None:
        await self.rig.replaces_key(self.rig.px6.add_account(balance="500.00").key)

    def looks_in(self, table: str) -> timedelta:
        [(at,)] = self.rig.rows(f"SELECT look_at FROM {table}")  # noqa: S608 - one of our own
        return time_from_int(at) - self.now()


@pytest.fixture
async def anna(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Rounds]:
    async with new_rule_rig(tmp_path, getattr(request, "param", PROFILE)) as made:
        yield Rounds(made.rig)


of_one_and_of_all = pytest.mark.parametrize("anna", ["current", "newest"], indirect=True)
"""At a px6 that is asked for each country and price, and at one that has tables of all."""


# -- stock


@of_one_and_of_all
@pytest.mark.parametrize(("stock", "told"), [(4, False), (5, True)])
async def test_just_enough_is_enough(anna: Rounds, stock: int, told: bool) -> None:
    number = await anna.waits(buys=False)
    anna.rig.px6.set_stock("de", "6", stock)
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.stock.look()
    assert anna.news() == ([(StockBack(number, WISH, 5), False)] if told else [])
    if not told:
        [one] = await anna.stock.of(ANNA)
        assert (one.looked_at, anna.looks_in("stock_watches")) == (anna.now(), 10 * MINUTE)


async def test_what_was_cut_off_once_its_quote_was_taken_back_is_bought_with_the_next_look(anna: Rounds) -> None:
    """It would else count as bought, and its person would wait for ever."""
    number = await anna.waits()
    async with anna.rig.database.write() as connection:
        assert await stock_watches.begin(connection, ANNA, number, "a quote that was taken back")
    anna.rig.px6.set_stock("de", "6", 5)
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.stock.look()
    assert (anna.rig.spends(), await anna.stock.of(ANNA)) == (["buy"], [])


@pytest.mark.parametrize("quiet", [False, True])
async def test_what_is_bought_at_night_is_bought_without_a_sound(anna: Rounds, quiet: bool) -> None:
    await anna.waits()
    if quiet:
        await anna.sleeps()
    anna.rig.px6.set_stock("de", "6", 9)
    anna.rig.account.balance = SUM
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.stock.look()
    [(said, quietly)] = anna.news()
    assert isinstance(said, KeptPaying)
    assert (said.why, quietly, anna.rig.spends()) == ("stock", quiet, ["buy"])


@pytest.mark.parametrize(
    ("why", "given"),
    [
        ("account", {"up_to": SUM, "currency": "RUB"}),
        ("currency", {"up_to": SUM, "currency": "RUB"}),
        ("refused", {}),
        ("key", {}),
        ("key, or the address", {}),
        ("price", {"up_to": SUM, "currency": "RUB", "price": Decimal("105.01")}),
        ("money", {"up_to": SUM, "currency": "RUB", "price": SUM}),
    ],
)
async def test_why_it_was_not_bought_is_said_with_what_it_costs(
    anna: Rounds, why: str, given: dict[str, object]
) -> None:
    number, rig = await anna.waits(), anna.rig
    match why:
        case "account":
            await anna.moves_to_another_account()
        case "currency":
            rig.px6.set_currency(rig.account.key, "USD")
        case "refused":
            rig.fault("no_before", "getprice", error_id=210)
        case "key":
            rig.fault("no_before", "getprice", error_id=100)
        case "key, or the address":
            rig.fault("no_before", "getprice", error_id=105)
        case "price":
            rig.px6.set_prices("6", {3: "0.70007", 30: "0.70007"})
        case "money":
            rig.account.balance = Decimal("104.99")
    rig.px6.set_stock("de", "6", 9)
    rig.px6.clock.move(10 * MINUTE)
    await anna.stock.look()
    [(said, quietly)] = anna.news()
    assert isinstance(said, StockBack)
    if why == "currency":
        assert said.price is not None
        given = {**given, "price": said.price}
    why = why.split(",")[0]
    assert (said, quietly) == (StockBack(number, WISH, 9, why, **given), False)  # type: ignore[arg-type]  # as above
    assert rig.spends() == []


async def test_what_cannot_be_bought_for_the_moment_waits_and_is_no_error_of_the_bot(
    anna: Rounds, caplog: pytest.LogCaptureFixture
) -> None:
    """Operators are told of each error of the bot."""
    await anna.waits()
    [one] = await anna.stock.of(ANNA)
    anna.rig.px6.set_stock("de", "6", 9)
    anna.rig.px6.clock.move(10 * MINUTE)
    anna.rig.fault("no_before", "getprice", error_id=1, times=None)
    assert await anna.stock._buyer.buy(one, 9) is None
    await anna.stock.look()
    assert (anna.news(), caplog.messages) == ([], [])
    [waits] = await anna.stock.of(ANNA)
    assert waits == structs.replace(one, looked_at=anna.now(), look_at=anna.now() + 10 * MINUTE)


async def test_who_is_gone_in_the_moment_of_payment_has_bought_nothing_and_waits_on(anna: Rounds) -> None:
    number = await anna.waits()
    anna.rig.px6.set_stock("de", "6", 9)
    anna.rig.px6.clock.move(10 * MINUTE)
    anna.fails = Gone()
    await anna.stock.look()
    [one] = await anna.stock.of(ANNA)
    person = await anna.rig.people.find(ANNA)
    assert person is not None
    assert (one.id, anna.rig.spends(), person.blocked_at) == (number, [], anna.now())


@pytest.mark.parametrize(("passed", "over"), [(14 * DAY - SECOND, False), (14 * DAY, True)])
async def test_after_two_weeks_it_is_said_gently_that_it_is_watched_no_longer(
    anna: Rounds, passed: timedelta, over: bool
) -> None:
    await anna.waits()
    anna.rig.px6.clock.move(passed)
    await anna.stock.look()
    assert anna.news() == ([(StockWatchOver(WISH, 14), True)] if over else [])
    assert len(await anna.stock.of(ANNA)) == (not over)


@pytest.mark.parametrize("buys", [False, True])
async def test_what_is_in_stock_at_the_end_of_its_two_weeks_is_not_told_as_sold_out(anna: Rounds, buys: bool) -> None:
    """Where it could not be bought all the time, and where it came in that moment."""
    number = await anna.waits(buys=buys)
    anna.rig.px6.set_stock("de", "6", 9 if buys else 3)
    anna.rig.fault("no_before", "getprice", error_id=1, times=None)
    for moment in (DAY, 13 * DAY):
        anna.rig.px6.clock.move(moment - SECOND)
        await anna.stock.look()
        assert anna.news() == []
        anna.rig.px6.clock.move(SECOND)
    anna.rig.px6.set_stock("de", "6", 9)
    await anna.stock.look()
    anna.rig.px6.clock.move(11 * MINUTE)
    await anna.stock.look()
    assert (anna.news(), anna.rig.spends()) == ([(StockBack(number, WISH, 9), False)], [])
    assert await anna.stock.of(ANNA) == []


async def test_what_is_bought_at_the_end_of_its_two_weeks_is_told_by_its_receipt_alone(anna: Rounds) -> None:
    await anna.waits()
    anna.rig.px6.set_stock("de", "6", 9)
    anna.rig.px6.clock.move(14 * DAY)
    await anna.stock.look()
    assert ([type(said) for said, _ in anna.news()], anna.rig.spends()) == ([KeptPaying], ["buy"])
    assert await anna.stock.of(ANNA) == []


@pytest.mark.parametrize(
    ("why", "pause"), [("night", (1439 - 730) * MINUTE), ("blocked", DAY), ("bought at night", 10 * MINUTE)]
)
async def test_who_cannot_be_told_now_is_asked_for_when_they_can(anna: Rounds, why: str, pause: timedelta) -> None:
    await anna.waits(buys=why == "bought at night")
    if why == "blocked":
        await anna.rig.people.set_blocked(PersonId(ANNA), True)
    else:
        await anna.sleeps()
    asked = len(anna.rig.px6.calls)
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.stock.look()
    assert anna.looks_in("stock_watches") == pause
    assert (len(anna.rig.px6.calls) > asked) is (why == "bought at night")
    assert anna.news() == []


async def test_it_is_bought_at_once_only_as_it_was_agreed(anna: Rounds) -> None:
    number, stock = await anna.waits(buys=False), anna.stock
    assert await stock.buy_at_once(ANNA, number, SUM, "USD") is None
    assert await stock.buy_at_once(ANNA, number, SUM) is None
    for many in ((0, 30), (5, 0)):
        assert await stock.buy_at_once(ANNA, number, SUM, "RUB", many=many) is None
    with pytest.raises(NoKey):
        await stock.buy_at_once(BORIS, number, SUM, "RUB")
    [before] = await stock.of(ANNA)
    assert before.up_to is None
    found = await stock.buy_at_once(ANNA, number, SUM, "RUB", many=(4, 7))
    wish = structs.replace(WISH, count=4, period=7)
    assert found == structs.replace(before, up_to=SUM, currency="RUB", wish=wish, wanted=4)
    assert await stock.buy_at_once(ANNA, number, None) == structs.replace(before, wish=wish, wanted=4)
    await anna.moves_to_another_account()
    assert await stock.buy_at_once(ANNA, number, SUM, "RUB") is None


@of_one_and_of_all
async def test_of_what_px6_does_not_tell_there_is_nothing_to_tell(anna: Rounds) -> None:
    """Who waits for a single one would else be told that there is one."""
    await anna.stock.watch(ANNA, BuyWish(1, 30, "de"))
    anna.rig.px6.set_stock("de", "6", 7)
    anna.rig.fault("no_before", "getcount", times=None)
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.stock.look()
    assert (anna.news(), [one.looked_at for one in await anna.stock.of(ANNA)]) == ([], [None])


def test_there_is_none_of_what_a_grid_does_not_name() -> None:
    grid = StockGrid(user_id="7", balance=SUM, currency="RUB", counts={"6": {"de": 3}})
    assert [in_grid(grid, place) for place in (("de", "6"), ("fr", "6"), ("de", "4"))] == [3, 0, 0]


# -- prices


async def price(anna: Rounds) -> Decimal:
    """Anna watches what IPv6 costs for 30 days."""
    return await anna.prices.watch(ANNA, Version.IPV6, 30)


@of_one_and_of_all
async def test_a_price_that_moved_is_told_with_a_sound_in_the_currency_of_the_account(anna: Rounds) -> None:
    assert await price(anna) == Decimal("21.00")
    assert [(one.price, one.looked_at) for one in await anna.prices.of(ANNA)] == [(Decimal("21.00"), NOW)]
    anna.rig.px6.set_price_level("6", 90)
    anna.rig.px6.clock.move(HOUR - SECOND)
    await anna.prices.look()
    assert anna.news() == []
    anna.rig.px6.clock.move(SECOND)
    await anna.prices.look()
    assert anna.news() == [(PriceChanged("6", 30, Decimal("21.00"), Decimal("18.90"), "RUB"), False)]
    [one] = await anna.prices.of(ANNA)
    assert (one.price, one.looked_at, one.since, anna.looks_in("price_watches")) == (
        Decimal("18.90"),
        anna.now(),
        NOW,
        HOUR,
    )


@of_one_and_of_all
async def test_the_same_price_in_another_currency_is_no_change_and_what_follows_is_one(anna: Rounds) -> None:
    await price(anna)
    rig = anna.rig
    rig.px6.set_currency(rig.account.key, "USD")
    await rig.accounts.connect(ANNA, rig.account.key)
    rig.px6.clock.move(HOUR)
    await anna.prices.look()
    [one] = await anna.prices.of(ANNA)
    assert (anna.news(), one.currency) == ([], "USD")
    rig.px6.set_price_level("6", 200)
    rig.px6.clock.move(HOUR)
    await anna.prices.look()
    [(said, _)] = anna.news()
    assert isinstance(said, PriceChanged)
    assert (said.old, said.new, said.currency) == (one.price, Decimal("0.47"), "USD")


@of_one_and_of_all
async def test_a_price_in_another_currency_than_is_known_of_the_account_tells_nothing(anna: Rounds) -> None:
    await price(anna)
    [before] = await anna.prices.of(ANNA)
    anna.rig.px6.set_currency(anna.rig.account.key, "USD")
    anna.rig.px6.clock.move(HOUR)
    await anna.prices.look()
    [now] = await anna.prices.of(ANNA)
    assert (anna.news(), now) == ([], structs.replace(before, look_at=anna.now() + HOUR))


@of_one_and_of_all
async def test_what_px6_does_not_sell_cannot_be_watched(anna: Rounds) -> None:
    with pytest.raises(NotSold):
        await anna.prices.watch(ANNA, Version.IPV6, 2)
    assert await anna.prices.of(ANNA) == []


@pytest.mark.parametrize("anna", ["current"], indirect=True)
async def test_what_px6_sells_no_longer_keeps_no_other_price_from_being_told(anna: Rounds) -> None:
    await price(anna)
    await anna.prices.watch(ANNA, Version.IPV6, 7)
    anna.rig.px6.set_price_level("6", 90)
    anna.rig.fault("no_before", "getprice", error_id=210, times=2)
    anna.rig.px6.clock.move(HOUR)
    await anna.prices.look()
    assert anna.news() == [(PriceChanged("6", 7, Decimal("6.30"), Decimal("5.67"), "RUB"), False)]
    assert [one.looked_at for one in await anna.prices.of(ANNA)] == [NOW, anna.now()], "the other was not read"


@pytest.mark.parametrize(("why", "pause"), [("night", (1439 - 780) * MINUTE), ("blocked", DAY)])
async def test_who_cannot_be_told_of_a_price_now_is_asked_for_when_they_can(
    anna: Rounds, why: str, pause: timedelta
) -> None:
    await price(anna)
    if why == "blocked":
        await anna.rig.people.set_blocked(PersonId(ANNA), True)
    else:
        await anna.sleeps()
    anna.rig.px6.set_price_level("6", 110)
    asked = len(anna.rig.px6.calls)
    anna.rig.px6.clock.move(HOUR)
    await anna.prices.look()
    assert (anna.news(), len(anna.rig.px6.calls) - asked) == ([], 0)
    assert anna.looks_in("price_watches") == pause
