"""The list that was just shown serves the next taps; what was changed is read afresh."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import sandbox
from px6 import Px6Client, State
from sandbox.px6 import Px6State
from services.proxies.lists import ProxyLists


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def seller() -> AsyncIterator[tuple[Px6Client, Px6State]]:
    """A client, and the px6 that it asks."""
    async with sandbox.running() as stand_ins, Px6Client(stand_ins.key, urls=[stand_ins.px6_url]) as client:
        yield client, stand_ins.px6


def asked(state: Px6State) -> list[str]:
    return [call.params["state"] for call in state.calls if call.method == "getproxy"]


async def test_paging_asks_px6_once_for_each_state(seller: tuple[Px6Client, Px6State]) -> None:
    client, px6 = seller
    lists = ProxyLists(Clock())
    read = [await lists.read(client, State.ACTIVE, fresh=False) for _ in range(3)]
    assert read[0] is read[1] is read[2]
    await lists.read(client, State.EXPIRED, fresh=False)
    assert asked(px6) == ["active", "expired"]


async def test_opening_the_list_always_asks(seller: tuple[Px6Client, Px6State]) -> None:
    client, px6 = seller
    lists = ProxyLists(Clock())
    await lists.read(client, State.ACTIVE)
    await lists.read(client, State.ACTIVE)
    assert asked(px6) == ["active", "active"]


async def test_after_a_change_the_list_is_read_afresh(seller: tuple[Px6Client, Px6State]) -> None:
    client, px6 = seller
    lists = ProxyLists(Clock())
    await lists.read(client, State.ACTIVE)
    lists.drop(client)
    await lists.read(client, State.ACTIVE, fresh=False)
    assert asked(px6) == ["active", "active"]


async def test_nothing_is_kept_for_longer_than_it_is_of_use(seller: tuple[Px6Client, Px6State]) -> None:
    client, px6 = seller
    clock = Clock()
    lists = ProxyLists(clock)
    await lists.read(client, State.ACTIVE)
    clock.seconds += 20
    await lists.read(client, State.ACTIVE, fresh=False)
    assert asked(px6) == ["active"], "20 seconds old"
    clock.seconds += 0.1
    await lists.read(client, State.ACTIVE, fresh=False)
    assert asked(px6) == ["active", "active"]
