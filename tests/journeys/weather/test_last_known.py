"""px6 does not answer: screens show what it told last and since when, nothing is for sale, and who asks is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.durations import MINUTE
from tests.journeys.laid import connected
from tests.world import Phone, World, world_without_bot

SINCE = "px6 has not answered since"
TELL = "Tell me when it is back"
WORKS_ON = {"Home", "Back", "Try again", "My proxies", "Reminders", "Orders", "Settings", "Help", TELL}
REMINDERS = {"When to remind", "Quiet hours", "Fixed hour", "Time zone", "Other messages", "Switch off"}
FAULTS = ("silent_before", "html_before", "500_before", "drop_before", "broken_json_before")


async def looked_around(world: World, phone: Phone) -> None:
    """Ann has seen her proxies, and what was read is written down."""
    await phone.connects()
    await phone.says("/start")
    await phone.says("/proxies")
    await world.sweep()
    await world.quiet()


def away(world: World, kind: str = "down") -> None:
    """From now on px6 does not answer; whoever waits for one that keeps silent gives up soon."""
    world.px6.fault(kind, times=None)
    if kind == "silent_before":
        world.impatient()


@pytest.mark.parametrize("kind", ["down", *FAULTS])
async def test_while_px6_does_not_answer_screens_show_what_it_told_last_and_nothing_is_for_sale(
    world: World, kind: str
) -> None:
    phone = world.phone()
    await looked_around(world, phone)
    balance = (await phone.says("/start")).partition("\n")[0]
    await phone.says("/proxies")
    card = next(each for each in await phone.labels() if " · " in each)
    world.move(12 * MINUTE)
    away(world, kind)
    home = await phone.says("/start")
    assert home.startswith(f"{balance}\n⚠️ {SINCE}") and "(12 minutes ago)" in home
    assert set(await phone.labels()) == WORKS_ON - {"Home", "Back"}
    listed = await phone.says("/proxies")
    assert SINCE in listed
    assert not {"Select", "Buy"} & set(await phone.labels())
    await phone.taps(card)
    text = await phone.reads()
    assert SINCE in text and "Login" in text and "password" in text, "this process has read them"
    assert [each for each in await phone.labels() if "Telegram" not in each] == [
        "Copy host:port:login:password", "Export", "Try again", TELL, "Home", "Back",
    ]  # fmt: skip
    assert SINCE in await phone.says("/reminders")
    assert set(await phone.labels()) >= REMINDERS | {TELL}
    assert "Send me a test" not in await phone.labels()
    await phone.says("/export")
    await phone.taps("host:port:user:pass")
    assert SINCE in await phone.reads()
    if "Both" in await phone.labels():
        await phone.taps("Both")
    exported = "".join(message["text"] or "" for message in (await phone.chat())[-2:])
    assert exported.count(SINCE) == 2
    assert all(proxy.password in exported for proxy in running(world) if not proxy.secret)


async def test_after_a_restart_the_same_is_shown_without_logins_and_passwords(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        phone = world.phone()
        async with world.running_bot():
            await looked_around(world, phone)
            home = await phone.says("/start")
        world.move(12 * MINUTE)
        away(world)
        async with world.running_bot():
            restarted = await phone.says("/start")
            assert restarted.partition("\n")[0] == home.partition("\n")[0]
            assert SINCE in restarted and "(12 minutes ago)" in restarted
            await phone.taps("My proxies")
            listed = await phone.reads()
            soonest = min(running(world), key=lambda proxy: (proxy.ends_at, proxy.id))
            assert f"{soonest.host}:{soonest.port} · {soonest.id}" in listed
            await phone.taps(next(each for each in await phone.labels() if " · " in each))
            assert "The bot does not store login and password: px6 has to answer first." in await phone.reads()
            assert await phone.labels() == ["Try again", TELL, "Home", "Back"]
            assert "so it cannot export now" in await phone.says("/export")
            assert await phone.labels() == ["Try again", TELL, "Home", "Back"]
        world.px6.clear_faults()
        async with world.running_bot():
            assert SINCE not in await phone.says("/start")
            await phone.says("/export")
            await phone.taps("host:port:user:pass")
            if "Both" in await phone.labels():
                await phone.taps("SOCKS5" if soonest.type == "socks" else "HTTPS")
            assert soonest.password in await phone.reads()


async def test_whoever_asks_is_told_once_when_px6_answers_again_also_after_a_restart(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        phone = world.phone()
        async with world.running_bot():
            await looked_around(world, phone)
            await phone.says("/reminders")
            await phone.taps("Quiet hours")
            away(world)
            await phone.says("/start")
            tapped = await phone.taps(TELL)
            assert tapped["text"] == "I will tell you here when px6 answers again."
            assert "I will tell you here when px6 answers again." in await phone.says("/start")
            assert TELL not in await phone.labels()
            await phone.forges("px6-back")
            await world.sweep()
        async with world.running_bot():
            world.move(2 * MINUTE)
            await world.sweep()
            assert not [text for text in await phone.texts() if "answers again\n" in text]
            world.px6.clear_faults()
            world.move(MINUTE)
            await world.sweep()
            assert (await phone.reads()).startswith("px6 answers again\nIt had not answered since")
            assert await phone.labels() == ["My proxies", "Home"]
            said = len(await phone.texts())
            world.move(12 * MINUTE)
            await world.sweep()
            assert len(await phone.texts()) == said
        assert world.rows("SELECT count(*) FROM awaiting") == [(0,)]


async def test_where_only_proxies_that_run_were_ever_read_their_screens_are_shown(world: World) -> None:
    """No look at the account has come between: the others have an error."""
    phone = await connected(world)
    await phone.says("/start")
    away(world)
    for command in ("/start", "/proxies", "/reminders", "/export"):
        assert SINCE in await phone.says(command), command
    assert (await phone.says("/proxies all")).startswith("px6 cannot be reached.")


async def test_an_old_button_says_in_one_sentence_that_nothing_was_spent(world: World) -> None:
    phone = world.phone()
    await looked_around(world, phone)
    await phone.says("/start")
    away(world)
    await phone.taps("Prolong what ends soon")
    assert await phone.reads() == ("px6 cannot be reached.\nNothing was spent or changed.\nTry again in a minute.")
    assert await phone.labels() == ["Try again", TELL, "Home"]


async def test_a_refusal_is_an_answer_and_shows_nothing_old(world: World) -> None:
    phone = world.phone()
    await looked_around(world, phone)
    world.px6.fault("no_before", times=None, error_id=30)
    text = await phone.says("/start")
    assert SINCE not in text and TELL not in await phone.labels()


def running(world: World) -> list[Any]:
    """The proxies of Ann's account that have not ended."""
    return [each for each in world.px6.account(world.key).proxies.values() if each.ends_at > world.clock()]
