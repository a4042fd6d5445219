"""Two quick taps: what one of them changes is not undone by the other, which was read before it was written."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.intakes import by_both_ways
from tests.world import Phone, World, buttons


async def both(phone: Phone, *labels: str) -> None:
    """Tap buttons of one message at once, as two thumbs do."""
    message = (await phone.screen())["message_id"]
    await asyncio.gather(*(phone.taps(label, message) for label in labels))


def habits(world: World) -> dict[str, Any]:
    ((kept,),) = world.rows("select habits from habits")
    found: dict[str, Any] = json.loads(kept)
    return found


async def opened(world: World, *labels: str) -> Phone:
    """A person with proxies who went this way."""
    phone = world.phone()
    await phone.connects()
    for label in labels:
        await phone.taps(label)
    return phone


@by_both_ways
async def test_two_lead_times_tapped_at_once_are_both_added(world: World) -> None:
    phone = await opened(world)
    await phone.says("/reminders")
    await phone.taps("When to remind")
    await both(phone, "7 days", "5 days", "12 hours")
    assert habits(world)["leads"] == [604800, 432000, 259200, 86400, 43200, 10800]


@by_both_ways
async def test_two_lead_times_of_a_comment_tapped_at_once_are_both_added(world: World) -> None:
    world.px6.add_proxy(world.key, comment="shop")
    phone = await opened(world)
    await phone.says("/reminders")
    await phone.taps("By comment")
    await phone.taps("shop")
    await phone.taps("Set its own")
    await both(phone, "7 days", "12 hours")
    [own] = habits(world)["by_comment"]
    assert own == {"comment": "shop", "leads": [604800, 259200, 86400, 43200, 10800]}


@by_both_ways
async def test_lead_times_of_a_comment_survive_a_tap_while_reminders_are_off(world: World) -> None:
    world.px6.add_proxy(world.key, comment="shop")
    phone = await opened(world)
    await phone.says("/reminders")
    await phone.taps("Switch off")
    await phone.taps("By comment")
    await phone.taps("shop")
    await phone.taps("7 days")
    [own] = habits(world)["by_comment"]
    assert own == {"comment": "shop", "leads": [604800, 259200, 86400, 10800]}


@by_both_ways
async def test_two_pages_ticked_at_once_are_both_ticked(world: World) -> None:
    phone = await opened(world)
    await phone.says("/proxies")
    await phone.taps("Select")
    first = next(b["callback_data"] for b in buttons(await phone.screen()) if b["text"] == "Whole page")
    await phone.taps("›")
    second = next(b["callback_data"] for b in buttons(await phone.screen()) if b["text"] == "Whole page")
    await asyncio.gather(phone.forges(first), phone.forges(second))
    ((ids,),) = world.rows("select ids from selections where purpose = 'list'")
    assert len(json.loads(ids)) == 12
