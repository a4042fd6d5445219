"""People who have connected an account a moment ago, for tests in which nothing of it is news."""

from __future__ import annotations

from tests.customers import Customer
from tests.world import World


async def just_connected(world: World, balance: str = "5000") -> Customer:
    """As `new_customer` makes person 1001, but nobody has looked at the account since: the next look is the first."""
    ann = Customer(world, world.px6.add_account(balance=balance), world.phone())
    await ann.phone.connects(ann.key)
    await ann.news()
    return ann
