"""Buying, prolonging, deleting and Switch on px6's auto-renewal?: what moves, and what stands in the books."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.px6 import Purchase, Px6State, Refusal, add_demo_account
from tests.sandbox.px6.conftest import NOW, Api

DAY = timedelta(days=1)


async def test_a_purchase_takes_stock_and_money_and_stands_in_the_books(api: Api) -> None:
    await api("buy", count=3, period=30, country="pl", descr="x" * 50, type="socks")
    assert api.account.balance == Decimal("37.00")
    assert (await api("getcount", country="pl"))["count"] == 0
    assert await api.refused("buy", count=1, period=30, country="pl") == 300
    [spend] = api.state.books(api.account.key)
    assert (spend.kind, spend.by, spend.price, spend.at) == ("buy", "api", Decimal("63.00"), NOW)
    bought, speaks = api.account.proxies.values(), "auto" if api.state.profile == "newest" else "socks"
    assert {(proxy.type, proxy.comment, proxy.ends_at) for proxy in bought} == {(speaks, "x" * 50, NOW + 30 * DAY)}
    assert spend.ids == tuple(proxy.id for proxy in bought)


@pytest.mark.parametrize("flag", ["", "0", "False"])
async def test_automatic_renewal_is_switched_on_by_presence(api: Api, flag: str) -> None:
    await api("buy", count=1, period=7, country="ru", auto_prolong=flag)
    await api("buy", count=1, period=7, country="ru")
    assert [proxy.auto_prolong for proxy in api.account.proxies.values()] == [True, False]


async def test_repeated_ids_are_prolonged_and_paid_once(api: Api) -> None:
    proxy = api.state.add_proxy(api.account.key, ends_in=DAY)
    reply = await api("prolong", period=7, ids=f"{proxy.id},{proxy.id}")
    assert (reply["count"], api.account.balance) == (1, Decimal("93.70"))
    assert proxy.ends_at == NOW + 8 * DAY


@pytest.mark.parametrize(("rule", "end"), [("from_now", 7 * DAY), ("from_end", 5 * DAY)])
async def test_an_expired_proxy_is_prolonged_as_the_rules_say(api: Api, rule: str, end: timedelta) -> None:
    proxy = api.state.add_proxy(api.account.key, ends_in=-2 * DAY)
    api.state.rules.prolong_expired = "refuse"
    assert await api.refused("prolong", period=7, ids=proxy.id) == 404
    await api.control("POST", "rules", prolong_expired=rule)
    await api("prolong", period=7, ids=proxy.id)
    assert proxy.ends_at == NOW + end


async def test_protocols_and_comments_change_for_those_named(api: Api) -> None:
    first, second = (api.state.add_proxy(api.account.key, comment="a") for _ in range(2))
    if api.state.profile != "newest":
        await api("settype", ids=f"{first.id},{second.id}", type="socks")
        assert (first.type, second.type) == ("socks", "socks")
    assert (await api("setdescr", old="a", new='новый & "#" \n 🙂'))["count"] == 2
    assert second.comment == 'новый & "#" \n 🙂'
    assert (await api("setdescr", ids=first.id, new="b"))["count"] == 1
    assert (first.comment, second.comment) == ("b", 'новый & "#" \n 🙂')


async def test_deleting_takes_away_by_ids_or_comment_and_refunds_only_if_the_rules_say(api: Api) -> None:
    ids = [api.state.add_proxy(api.account.key, comment="old" if n else "").id for n in range(3)]
    assert (await api("delete", descr="old"))["count"] == 2
    assert list(api.account.proxies) == ids[:1]
    assert api.account.balance == 100
    api.state.rules.delete_refunds = True
    assert (await api("delete", ids=ids[0]))["balance"] == "121.00"
    assert api.account.proxies == {}


async def test_proxies_expire_when_the_clock_is_moved(api: Api) -> None:
    api.state.add_proxy(api.account.key, ends_in=DAY)
    assert len((await api("getproxy", state="active"))["list"]) == 1
    api.state.clock.move(DAY)
    assert (await api("getproxy", state="active"))["list"] == []
    assert [item["active"] for item in (await api("getproxy", nokey=""))["list"]] == ["0"]


async def test_px6_renews_by_itself_a_day_before_the_end_again_and_again(api: Api) -> None:
    await api("buy", count=1, period=7, country="ru", auto_prolong="")
    [proxy] = api.account.proxies.values()
    api.state.clock.move(20 * DAY)
    assert proxy.ends_at == NOW + 21 * DAY + 7 * DAY
    spends = api.state.books(api.account.key)
    assert [(spend.by, spend.at - NOW) for spend in spends] == [
        ("api", 0 * DAY),
        ("auto", 6 * DAY),
        ("auto", 13 * DAY),
        ("auto", 20 * DAY),
    ]
    assert api.account.balance == Decimal("74.80")


async def test_px6_renews_late_when_money_comes_before_the_end_and_never_after_it(api: Api) -> None:
    first, second = (
        api.state.add_proxy(api.account.key, version="4", ends_in=days * DAY, auto_prolong=True) for days in (2, 4)
    )
    api.state.clock.move(timedelta(days=1, hours=12))
    assert api.state.books(api.account.key) == []
    api.state.clock.move(2 * DAY)
    api.state.top_up(api.account.key, "500")
    [spend] = api.state.books(api.account.key)
    assert (spend.by, spend.ids, spend.at) == ("auto", (second.id,), api.state.clock.now())
    assert first.ends_at == NOW + 2 * DAY


async def test_the_site_spends_too_and_says_so_in_the_books(api: Api) -> None:
    proxy = api.state.add_proxy(api.account.key, ends_in=DAY)
    api.state.prolong_on_site(api.account.key, [proxy.id], 7)
    api.state.buy_on_site(api.account.key, Purchase(count=1, period=3, country="nl", comment="mine"))
    assert [(spend.kind, spend.by) for spend in api.state.books(api.account.key)] == [
        ("prolong", "site"),
        ("buy", "site"),
    ]
    with pytest.raises(Refusal, match="not found"):
        api.state.prolong_on_site(api.account.key, [1], 7)


def test_the_demo_account_is_worth_looking_at_and_the_same_each_time() -> None:
    states = [Px6State("current", lambda: NOW) for _ in range(2)]
    first, second = (add_demo_account(state, "key") for state in states)
    assert first == second
    proxies = first.proxies.values()
    left = [proxy.ends_at - NOW for proxy in proxies]
    assert len(proxies) >= 12
    assert {proxy.version for proxy in proxies} == {"3", "4", "6"}
    assert len({proxy.country for proxy in proxies}) >= 6
    assert sum(timedelta() < one <= timedelta(hours=2) for one in left) == 2
    assert sum(one <= timedelta() for one in left) == 3
    everything = sum((states[0].market.price(proxy.version, 30, 1, "RUB") for proxy in proxies), Decimal())
    assert Decimal(200) < first.balance < everything


def test_passwords_do_not_show_in_a_proxys_repr() -> None:
    state = Px6State("current")
    proxy = state.add_proxy(state.add_account().key)
    assert proxy.password not in repr(proxy)
    assert str(proxy.id) in repr(proxy)
