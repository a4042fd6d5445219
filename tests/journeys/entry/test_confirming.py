"""When Telegram hears that an update was taken: once what it changes is on disk, and nobody else waits for that."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.intakes import by_both_ways
from tests.world import World

ANNA, BORIS = 1001, 1002


def unconfirmed(world: World) -> int:
    return int(world.telegram.unconfirmed(world.settings.bot_token.get_secret_value()))


def newest(world: World, person: int) -> str:
    bot = world.telegram.bot(world.settings.bot_token.get_secret_value())
    return str(list(world.telegram.private_chat(bot, person).messages.values())[-1].text)


def asked(world: World, method: str) -> int:
    return sum(call.method == method for call in world.px6.calls)


async def test_a_deletion_stays_with_telegram_until_it_is_on_disk_while_others_are_served(world: World) -> None:
    """px6 keeps silent when its list is read, which comes before anything is written."""
    anna, boris = world.phone(ANNA), world.phone(BORIS)
    await anna.connects()
    await boris.says("/start")
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id
    await anna.says(f"/delete {one}")
    world.px6.fault("slow", "getproxy", seconds=1.5)
    before = asked(world, "getproxy")
    tapping = asyncio.ensure_future(anna.taps("Delete 1 proxy"))
    await world.until(lambda: asked(world, "getproxy") > before)
    await world.post(f"/people/{BORIS}/messages", {"text": "/nonsense"})
    await world.until(lambda: "no such command" in newest(world, BORIS))
    assert not world.rows("SELECT 1 FROM deletions"), "nothing is on disk"
    assert unconfirmed(world) == 2, "the tap stays with Telegram, and so does all that came after it"
    await tapping
    assert unconfirmed(world) == 0
    assert one not in world.px6.account(world.key).proxies


@by_both_ways
async def test_a_payment_is_confirmed_to_telegram_while_px6_is_still_asked(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    world.px6.fault("slow", "buy", seconds=1.5)
    tapping = asyncio.ensure_future(phone.taps("Buy ·"))
    await world.until(lambda: asked(world, "buy") == 1)
    await world.until(lambda: unconfirmed(world) == 0)
    assert world.rows("SELECT state FROM orders") == [("sending",)]
    await tapping
