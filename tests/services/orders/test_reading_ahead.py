"""What px6 is asked while its list is read, and when what it listed a moment ago is enough."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from px6 import Px6Error
from services.orders import NotPriced, UnknownIds
from services.orders.quoting import read_all
from tests.services.rig import ANNA, Rig


def asked(rig: Rig) -> list[str]:
    """Which methods px6 was asked since the last call of this, the list first."""
    methods = sorted(call.method for call in rig.px6.calls)[::-1]
    rig.px6.calls.clear()
    return methods


@pytest.mark.parametrize(
    ("periods", "listed"),
    [([7, 30, 60], []), ([7, 30], ["getproxy"]), ([30], ["getproxy"]), ([7, 30, 60, 90], [])],
)
async def test_what_px6_listed_a_moment_ago_spares_the_list_where_its_call_would_wait_for_a_second(
    rig: Rig, periods: Sequence[int], listed: list[str]
) -> None:
    one = rig.proxy().id
    recent = await read_all(await rig.accounts.client(ANNA))
    asked(rig)
    made = await rig.orders.quote_shown(ANNA, [one], periods, recent)
    assert asked(rig) == [*listed, *["getprice"] * len(periods)]
    assert (made.quote.ids, made.quote.periods) == ((one,), tuple(periods))


async def test_a_proxy_that_is_not_known_yet_is_listed_before_any_price_is_asked(rig: Rig) -> None:
    known = rig.proxy().id
    recent = await read_all(await rig.accounts.client(ANNA))
    new = rig.proxy(version="4").id
    asked(rig)
    made = await rig.orders.quote_shown(ANNA, [known, new], [7, 30], recent)
    assert made.quote.ids == (known, new)
    prices = [call.params for call in rig.px6.calls if call.method == "getprice"]
    assert sorted((one["version"], one["period"]) for one in prices) == [
        ("4", "30"),
        ("4", "7"),
        ("6", "30"),
        ("6", "7"),
    ]
    assert asked(rig)[0] == "getproxy"
    again = await rig.orders.quote_prolong(ANNA, [known, new], [7, 30])
    assert (again.options, asked(rig)) == (made.quote.options, ["getproxy"]), "kinds and prices are known by now"


async def test_no_price_is_asked_while_one_of_the_proxies_is_of_a_kind_that_px6_does_not_renew(rig: Rig) -> None:
    ids = [rig.proxy().id, rig.proxy(version="9").id]
    recent = await read_all(await rig.accounts.client(ANNA))
    asked(rig)
    with pytest.raises(NotPriced):
        await rig.orders.quote_shown(ANNA, ids, [7, 30], recent)
    assert asked(rig) == ["getproxy"]


async def is_asked_ahead(rig: Rig, one: int) -> bool:
    """Whether the price of this proxy is asked beside the list, which px6 refuses here."""
    asked(rig)
    rig.fault("no_before", "getproxy", error_id=30)
    with pytest.raises(Px6Error):
        await rig.orders.quote_prolong(ANNA, [one], [7], fresh=True)
    return asked(rig) == ["getproxy", "getprice"]


async def test_of_a_proxy_that_was_priced_before_list_and_price_are_asked_side_by_side(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.orders.quoting.KINDS_KEPT", 2)
    ids = [rig.proxy().id for _ in range(4)]
    assert not await is_asked_ahead(rig, ids[0])
    for one in ids[:3]:
        await rig.orders.quote_prolong(ANNA, [one], [7])
    assert [await is_asked_ahead(rig, one) for one in ids] == [True, True, True, False]
    await rig.orders.quote_prolong(ANNA, [ids[3]], [7])
    assert [await is_asked_ahead(rig, one) for one in ids] == [False, False, False, True], "of too many none is kept"


@pytest.mark.parametrize("periods", [[7], [7, 30, 60]])
async def test_that_a_proxy_is_gone_is_said_although_px6_tells_no_price_meanwhile(
    rig: Rig, periods: Sequence[int]
) -> None:
    one = rig.proxy().id
    await rig.orders.quote_prolong(ANNA, [one], [7])
    del rig.account.proxies[one]
    recent = await read_all(await rig.accounts.client(ANNA))
    rig.fault("no_before", "getprice", error_id=30, times=None)
    with pytest.raises(UnknownIds):
        await rig.orders.quote_shown(ANNA, [one], periods, recent)
