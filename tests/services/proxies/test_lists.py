"""The list that was just shown serves the next taps; what was changed is read afresh."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

import sandbox
from px6 import Proxy, Px6Client, State
from sandbox.px6 import Px6State
from services.proxies.lists import ProxyLists
from tests.quick import QuickPool, quicken


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def seller() -> AsyncIterator[tuple[Px6Client, Px6State]]:
    """A client, and the px6 that it asks."""
    async with sandbox.running() as stand_ins:
        quicken(stand_ins.px6)
        pool = QuickPool([stand_ins.px6_url])
        yield pool.client(stand_ins.key), stand_ins.px6
        await pool.close()


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


async def test_nobody_who_waits_stands_behind_what_the_bot_does_by_itself(
    seller: tuple[Px6Client, Px6State], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, lists, behind = seller[0], ProxyLists(Clock()), list[Px6Client]()

    def noted(client: Px6Client) -> Px6Client:
        behind.append(client)
        return client

    monkeypatch.setattr(Px6Client, "background", property(noted))
    await lists.read(client, State.ACTIVE)
    assert behind == []
    await lists.read(client, State.ACTIVE, background=True)
    assert behind == [client]


async def test_after_a_change_the_list_is_read_afresh(seller: tuple[Px6Client, Px6State]) -> None:
    client, px6 = seller
    lists = ProxyLists(Clock())
    await lists.read(client, State.ACTIVE)
    lists.drop(client)
    await lists.read(client, State.ACTIVE, fresh=False)
    assert asked(px6) == ["active", "active"]


async def test_a_change_that_px6_has_confirmed_is_shown_without_asking_and_makes_no_list_younger(
    seller: tuple[Px6Client, Px6State],
) -> None:
    client, px6 = seller
    clock = Clock()
    lists = ProxyLists(clock)
    changed, *others = (await lists.read(client, State.ACTIVE)).proxies
    clock.seconds += 15
    before = client.changes
    await client.set_comment("new", ids=[changed.id])
    lists.changed(client, before, 1, lambda proxy: renamed(proxy) if proxy.id == changed.id else proxy)
    shown = await lists.read(client, State.ACTIVE, fresh=False)
    assert (list(shown.proxies), asked(px6)) == ([renamed(changed), *others], ["active"])
    clock.seconds += 5.1
    await lists.read(client, State.ACTIVE, fresh=False)
    assert asked(px6) == ["active", "active"]


@pytest.mark.parametrize("told_of", [0, 1], ids=["the first of two", "the second, and the list is from before"])
async def test_a_list_that_does_not_know_of_every_change_is_read_afresh(
    seller: tuple[Px6Client, Px6State], told_of: int
) -> None:
    client, px6 = seller
    lists, before = ProxyLists(Clock()), list[int]()
    [first, *_] = (await lists.read(client, State.ACTIVE)).proxies
    for _ in range(2):
        before.append(client.changes)
        await client.set_comment("new", ids=[first.id])
    lists.changed(client, before[told_of], 1, renamed)
    await lists.read(client, State.ACTIVE, fresh=False)
    assert asked(px6) == ["active", "active"]


def renamed(proxy: Proxy) -> Proxy:
    return replace(proxy, comment="new")


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
