"""Slow px6: a person sees that work goes on, and never a waiting screen over anything newer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from handlers.entry.waiting import Delays
from tests.journeys.laid import connected
from tests.world import World, buttons

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here

AT_ONCE = Delays(answer=0.02, cover=0.05, typing=0.1)


def test_something_is_seen_before_a_person_taps_again_and_typing_does_not_go_out() -> None:
    """Who sees nothing for a second taps again; Telegram shows “typing…” for five."""
    usual = Delays()
    assert 0 < usual.answer < 1 < usual.cover < 3 < usual.typing < 5


def typed(world: World) -> int:
    return sum(r.method == "sendchataction" for r in world.telegram.requests)


def edits(world: World) -> list[Any]:
    return [r for r in world.telegram.requests if r.method == "editmessagetext"]


async def test_a_slow_command_shows_typing_until_its_answer_comes(world: World) -> None:
    phone = await connected(world)
    assert typed(world) == 0
    world.app.gate.delays = AT_ONCE
    before = len(await phone.chat())
    with world.held("getproxy"):
        saying = asyncio.ensure_future(phone.says("/proxies"))
        await world.until(lambda: typed(world) >= 3)
        assert len(await phone.chat()) == before + 1
    assert (await saying).startswith("My proxies")
    assert len(await phone.chat()) == before + 2


async def test_a_slow_tap_says_that_px6_is_asked_and_then_shows_its_screen(world: World) -> None:
    phone = await connected(world)
    await phone.says("/start")
    world.app.gate.delays = AT_ONCE
    message = (await phone.screen())["message_id"]
    with world.held("getproxy"):
        tapped = asyncio.ensure_future(phone.taps("My proxies", message))
        await world.until(lambda: len(edits(world)) == 1)
        waiting = await phone.screen()
        assert waiting["text"] == "Asking px6…"
        assert [b["text"] for b in buttons(waiting)] == ["Home"]
    assert (await tapped)["answered"]
    await world.quiet()
    assert (await phone.reads()).startswith("My proxies")
    assert len(edits(world)) == 2


async def test_a_covered_screen_comes_back_when_the_answer_is_a_message_of_its_own(world: World) -> None:
    phone = await connected(world)
    await phone.says("/export")
    await phone.taps("Lines and files")
    before, edited = await phone.screen(), len(edits(world))
    world.move(timedelta(minutes=1))  # the list that was just read is not enough then
    world.app.gate.delays = AT_ONCE
    with world.held("getproxy"):
        tapped = asyncio.ensure_future(phone.taps("JSON"))
        await world.until(lambda: len(edits(world)) == edited + 1)
    await tapped
    after = next(m for m in await phone.chat() if m["message_id"] == before["message_id"])
    assert len(edits(world)) == edited + 2
    assert [after[part] for part in ("text", "entities", "keyboard")] == [
        before[part] for part in ("text", "entities", "keyboard")
    ]
    assert "as JSON" in await phone.reads()


async def test_a_quote_and_what_becomes_of_it_are_never_covered(world: World) -> None:
    phone = await connected(world)
    await phone.says("/buy 1 30 de")
    world.app.gate.delays = AT_ONCE
    with world.held("getcount"):
        tapped = asyncio.ensure_future(phone.taps("Use SOCKS5"))
        await world.until(lambda: typed(world) >= 2)  # the second time comes after the moment of the waiting screen
    await tapped
    assert "Asking px6" not in str([r.params for r in edits(world)])
    with world.held("buy"):
        tapped = asyncio.ensure_future(phone.taps("Buy ·"))
        await world.until(lambda: len(world.asked("buy")) == 1)
        await asyncio.wait([tapped], timeout=4 * AT_ONCE.cover)
    await tapped
    assert (await phone.reads()).startswith("Bought 1 × IPv6")
    assert "Asking px6" not in str([r.params for r in edits(world)])
