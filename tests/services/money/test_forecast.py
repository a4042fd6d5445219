"""What prolonging costs by name and by day, and which proxies have no price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from px6 import Version
from services.money.forecast import make_forecast
from services.money.low_balance import got_worse, needed_within
from services.money.prices import Prices
from tests.durations import DAY
from tests.sample_proxies import NOW, a_proxy, ending

D = Decimal
IPV4: dict[str, Any] = {"version": None, "ip": "10.0.0.1"}  # px6 does not say of which kind it is
PRICES = Prices(10, "RUB", D("100.00"), {Version.IPV4: D("30.00"), Version.SHARED: D("9.00"), Version.IPV6: D(5)}, {})


def test_a_price_is_that_of_the_kind_and_the_higher_one_where_px6_does_not_say() -> None:
    unsure, mtproto = a_proxy(1, **IPV4), a_proxy(2, version="5")
    assert [PRICES.price(proxy) for proxy in (unsure, mtproto, a_proxy(3))] == [D("30.00"), D("0.00"), D(5)]
    assert [PRICES.is_priced(proxy) for proxy in (unsure, mtproto, a_proxy(3))] == [True, False, True]
    assert [PRICES.is_unsure(proxy) for proxy in (unsure, mtproto, a_proxy(3))] == [True, False, False]
    bought_here = Prices(10, "RUB", D(0), PRICES.by_version, {1: "3"})
    assert (bought_here.price(unsure), bought_here.is_unsure(unsure)) == (D("9.00"), False)
    assert Prices(10, "RUB", D(0), {}, {}).price(a_proxy(3)) == D("0.00")


def test_everything_is_prolonged_again_and_again_and_summed_by_name() -> None:
    proxies = [
        ending(5 * DAY, 1, "shop"),
        a_proxy(2, ends_in=6 * DAY, comment="ads", country="us"),
        a_proxy(3, ends_in=5 * DAY, comment="ads", country=None, version="5"),
        a_proxy(4, ends_in=21 * DAY, comment="", **IPV4),
        a_proxy(5, ends_in=-DAY, version="5"),
        a_proxy(6, ends_in=31 * DAY, version="5"),
        a_proxy(7, ends_in=30 * DAY, version="5"),
    ]
    found = make_forecast(proxies, PRICES, D("55.00"), NOW)
    assert [(one.at - NOW, one.proxy.id) for one in found.prolongations] == [
        (5 * DAY, 1), (6 * DAY, 2), (15 * DAY, 1), (16 * DAY, 2), (21 * DAY, 4), (25 * DAY, 1), (26 * DAY, 2),
    ]  # fmt: skip
    assert found.costs == {7: D("10.00"), 14: D("10.00"), 30: D("60.00")}
    assert found.counts == {7: 2, 14: 2, 30: 7}
    assert list(found.by_comment) == [("", D("30.00")), ("ads", D("15.00")), ("shop", D("15.00"))]
    assert list(found.by_country) == [("de", D("45.00")), ("us", D("15.00"))]
    assert (found.lasts_until, found.top_up, found.unpriced) == (NOW + 26 * DAY, D("5.00"), 2)
    assert ([proxy.id for proxy in found.falls], found.at_most) == ([2], True)
    assert (found.now, found.balance, found.currency, found.period) == (NOW, D("55.00"), "RUB", 10)


def test_a_forecast_of_nothing_costs_nothing() -> None:
    found = make_forecast([a_proxy(1, ends_in=DAY, version="5")], PRICES, D("0.00"), NOW)
    assert (found.costs[30], found.lasts_until, list(found.falls)) == (D("0.00"), None, [])
    assert (found.top_up, found.at_most, found.unpriced) == (D("0.00"), False, 1)


def test_a_proxy_without_a_country_has_a_sum_of_its_own() -> None:
    found = make_forecast([a_proxy(1, ends_in=25 * DAY, country=None)], PRICES, D(50), NOW)
    assert list(found.by_country) == [("", D("5.00"))]


def test_a_low_balance_is_about_what_has_a_price() -> None:
    mtproto, unsure = a_proxy(1, ends_in=DAY, version="5"), a_proxy(2, ends_in=DAY, **IPV4)
    assert needed_within([mtproto, ending(DAY, 3)], PRICES, NOW, 3 * DAY) == (1, D("5.00"), False)
    assert needed_within([unsure, ending(DAY, 3)], PRICES, NOW, 3 * DAY) == (2, D("35.00"), True)
    far = a_proxy(2, ends_in=9 * DAY, **IPV4)
    assert needed_within([far], PRICES, NOW, 3 * DAY) == (0, D("0.00"), False)


def test_a_first_warning_needs_no_reason() -> None:
    assert got_worse({}, D(1), D(5), NOW)
    assert got_worse({"missing": (D(5), NOW)}, D(1), D(5), NOW)
    assert not got_worse({"missing": (D(1), NOW), "balance": (D(5), NOW)}, D(1), D(4), NOW + DAY)
