"""One person with two px6 accounts."""

from __future__ import annotations

from typing import Any

from model.people import PersonId
from tests.customers import Customer, new_customer
from tests.world import World

ANN = 1001


class Two:
    """Ann with two px6 accounts: hers, and one called `client`, which is current."""

    def __init__(self, first: Customer, second: Any, owner: int) -> None:
        self.world, self.phone, self.first, self.second, self.owner = first.world, first.phone, first, second, owner

    def add(self, count: int = 1, **proxy: Any) -> list[int]:
        """Proxies of the second account; gives their ids."""
        return [self.world.px6.add_proxy(self.second.key, **proxy).id for _ in range(count)]

    def calls(self, method: str) -> list[str]:
        """With which keys px6 was asked for a method, oldest first."""
        return [call.key for call in self.world.px6.calls if call.method == method]

    async def switches(self, label: str) -> None:
        await self.phone.says("/accounts")
        await self.phone.taps(label)


async def with_two(world: World) -> Two:
    """As `test_a_second_account_is_added_named_and_switched` comes to them by taps."""
    ann = await new_customer(world, balance="7777.77")
    second = world.px6.add_account(balance="300.00")
    services, newest = world.app.services, (await ann.phone.screen())["message_id"]
    number = (await services.accounts.connect(ANN, second.key)).number
    added = await services.several.add(ANN, number, newest)
    assert added is not None
    assert await services.several.rename(PersonId(ANN), added[1], "client")
    return Two(ann, second, added[1])
