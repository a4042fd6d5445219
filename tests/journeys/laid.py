"""What journeys begin with when it is not what they are about: laid by the services that the taps would call."""

from __future__ import annotations

from tests.world import Phone, World


async def connected(world: World, person: int = 1001) -> Phone:
    """Somebody whose px6 account is connected, in whose chat nothing was said yet.

    That the key is sent, and what is answered, is played by `tests/journeys/account/test_connecting.py`.
    """
    await world.app.services.accounts.connect(person, world.key)
    world.shared.setdefault(person, set()).add(world.key)  # no message tells whose its passwords are
    return world.phone(person)
