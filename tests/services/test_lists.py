"""The list that was just shown serves the next taps; what was changed is read afresh."""

from __future__ import annotations

from decimal import Decimal

from px6 import ProxyList, Px6Client, State
from services.lists import KEPT_FOR, Lists


class Seller(Px6Client):
    """Answers with an empty list and counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__("key")
        self.asked: list[State] = []

    async def proxies(
        self, state: State = State.ALL, comment: str | None = None, *, nokey: bool = False
    ) -> ProxyList:
        self.asked.append(state)
        return ProxyList(user_id="1", balance=Decimal(0), currency="RUB", proxies=())


class Watch:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def test_paging_asks_px6_once() -> None:
    lists, seller = Lists(Watch()), Seller()
    for _ in range(5):
        await lists.read(seller, State.ACTIVE, fresh=False)
    assert seller.asked == [State.ACTIVE]


async def test_each_state_is_kept_apart() -> None:
    lists, seller = Lists(Watch()), Seller()
    await lists.read(seller, State.ACTIVE, fresh=False)
    await lists.read(seller, State.EXPIRED, fresh=False)
    assert seller.asked == [State.ACTIVE, State.EXPIRED]


async def test_opening_the_list_always_asks() -> None:
    lists, seller = Lists(Watch()), Seller()
    await lists.read(seller, State.ACTIVE)
    await lists.read(seller, State.ACTIVE)
    assert len(seller.asked) == 2


async def test_after_a_change_the_list_is_read_afresh() -> None:
    lists, seller = Lists(Watch()), Seller()
    await lists.read(seller, State.ACTIVE)
    lists.drop(seller)
    await lists.read(seller, State.ACTIVE, fresh=False)
    assert len(seller.asked) == 2


async def test_nothing_is_kept_for_longer_than_it_is_of_use() -> None:
    watch = Watch()
    lists, seller = Lists(watch), Seller()
    await lists.read(seller, State.ACTIVE)
    watch.seconds += KEPT_FOR + 1
    await lists.read(seller, State.ACTIVE, fresh=False)
    assert len(seller.asked) == 2
