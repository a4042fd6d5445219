"""What px6 kept a command from is offered again beneath that, and is then the same as was asked for."""

from __future__ import annotations

from handlers.ground.buttons import TellWhenBack
from tests.durations import MINUTE
from tests.journeys.laid import connected
from tests.world import World

# The first is said before any list is known; after it, what is known is shown above the button.
ASKED = {
    "/proxies all shop": "My proxies · 3 in all\nOnly: comment “shop”",
    "/forecast": "Forecast\n",
    "/export": "Export 14 active proxies",
    "/proxies": "My proxies · 14 active",
    "/delete {0}, {1}": "Delete 2 proxies?",
    "/delete shop": "Delete 3 proxies?",
    "/check {0}, {1}": "Checked 2 proxies",
    "/comment {0}, {1} spring": "Comment changed: 2 proxies",
    "/comment {0}": "Comment for 1 proxy",
}


async def test_what_px6_kept_a_command_from_is_asked_for_again_by_a_tap(world: World) -> None:
    phone = await connected(world)
    ids = [proxy.id for proxy in world.px6.account(world.key).proxies.values() if proxy.comment != "shop"][:2]
    for command, then in ASKED.items():
        world.move(MINUTE)  # no list is of a moment ago
        world.px6.fault("500_before", times=None)
        await phone.says(command.format(*ids))
        world.px6.clear_faults()
        await phone.taps("Try again", (await phone.screen())["message_id"])
        assert (await phone.reads()).startswith(then), command


async def test_who_has_no_key_is_asked_for_one_and_not_promised_to_be_told(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    assert not (await phone.forges(TellWhenBack().pack())).get("text")
    assert "send your px6 API key" in await phone.reads()
