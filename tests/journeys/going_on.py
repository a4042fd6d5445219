"""People who tap on in the same message while what they tapped before is still under way."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.chats import Message
from tests.direct_phone import DirectPhone
from tests.world import Phone, World


async def leaves(world: World, phone: Phone, label: str, leaves_by: str, held: str, refuses: str = "") -> list[str]:
    """Tap a button, and another one of the same message while px6 keeps its answer to the first tap back.

    Gives what stands in the chat at the end. `refuses`: what px6 does not do.
    """
    direct, calls = DirectPhone(world.telegram, world.token, phone.id), len(world.asked(held))
    taps, before = buttons_of(direct), direct.stands()[-1]
    with world.held(held):
        direct.presses(*taps[label])
        await world.until(lambda: len(world.asked(held)) > calls)
        if refuses:
            world.px6.fault("no_before", refuses)
        direct.presses(*taps[leaves_by])
        await world.until(lambda: direct.stands()[-1] != before)
    await world.quiet()
    direct.close()
    return direct.stands()


async def taps_at_once(world: World, phone: Phone, *labels: str) -> list[str]:
    """Tap these buttons of one message in the same moment; gives each text that was shown after that."""
    direct = DirectPhone(world.telegram, world.token, phone.id)
    taps = buttons_of(direct)
    for label in labels:
        direct.presses(*taps[label])
    return await shown(world, direct)


async def forges_at_once(world: World, phone: Phone, *data: str) -> list[str]:
    """The same with buttons that carry this, on the newest message."""
    direct = DirectPhone(world.telegram, world.token, phone.id)
    for each in data:
        direct.forges(each)
    return await shown(world, direct)


async def shown(world: World, direct: DirectPhone) -> list[str]:
    await world.quiet()
    direct.close()
    return direct.seen


def buttons_of(direct: DirectPhone) -> dict[str, tuple[Message, Any]]:
    """By their labels; of two that are called the same, the newer."""
    return {button["text"]: (message, button) for message, button in reversed([*direct.buttons()])}
