"""Which periods the green buttons of a digest offer, of those that px6 sells for all that it names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import px6
from px6 import Proxy
from services.reminders.offers import offered_periods, sold_of
from tests.sample_proxies import NOW, a_proxy
from tests.services.rig import ANNA, Rig, new_rig

IPV6, IPV4, UNKNOWN = (a_proxy(number, version=version) for number, version in enumerate(("6", "4", "9")))


@pytest.fixture
async def newest(tmp_path: Path) -> AsyncIterator[Rig]:
    """At a px6 that has a table of all prices."""
    async with new_rig(tmp_path, "newest", now=lambda: NOW) as rig:
        yield rig


async def test_of_the_usual_periods_those_are_offered_that_px6_sells_and_else_its_longest(newest: Rig) -> None:
    client = await newest.accounts.client(ANNA)
    table = await client.price_table()
    assert table is not None
    of_all = sorted(set(table.periods("6")) & set(table.periods("4")))
    cases: list[tuple[list[Proxy], list[int], list[int]]] = [
        ([IPV6], [30, 45, 7], [30, 7]),
        ([IPV6, IPV4], [45, 46], of_all[-2:]),
        ([IPV6, UNKNOWN], [30, 45], [30]),
        ([UNKNOWN], [30, 45], [30, 45]),
    ]
    for proxies, wanted, expected in cases:
        assert await sold_of(client, proxies, {}, wanted) == expected
    assert await sold_of(client, [a_proxy(1, version=None, ip="5.8.1.2")], {1: "6"}, [30, 45]) == [30]


async def test_where_px6_does_not_say_what_it_sells_the_usual_periods_are_offered(newest: Rig) -> None:
    client = await newest.accounts.client(ANNA)
    newest.fault("no_before", None, error_id=1)
    assert await sold_of(client, [IPV6], {}, [30, 45]) == [30, 45]
    newest.fault("no_before", None, error_id=100)
    with pytest.raises(px6.WrongKey):
        await sold_of(client, [IPV6], {}, [30, 45])


def test_the_usual_period_comes_first_and_none_twice() -> None:
    assert offered_periods([]) == [30, 7, 90]
    assert offered_periods([60, 14]) == [60, 30, 7, 90]
    assert offered_periods([7]) == [7, 30, 90]
