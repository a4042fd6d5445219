"""What a person sees of a turn that takes long, in which order, and that it ends with the first thing they see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram.utils.formatting import Text

from handlers.entry.waiting import Delays, show_that_work_goes_on
from handlers.ground.screen import Open, Screen, button
from handlers.ground.turn import Turn
from tests.handlers.chatting import Chatting, chatting

PLAIN = Screen(Text("Before"), [[button("Go", Open(screen="b"))]])
LONG = 60.0
SHORTLY = Delays(answer=LONG, cover=LONG + 0.02, typing=LONG)  # the time until the answer is over by then
ANSWERS, TYPES, COVERS = TOUCHED = ("answercallbackquery", "sendchataction", "editmessagetext")


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as anna:
        yield anna


async def shown(anna: Chatting, turn: Turn, calls: int, delays: Delays = SHORTLY) -> list[str]:
    """What becomes of a turn that takes long until there were so many calls, and no more after something is seen."""
    async with asyncio.timeout(20):
        going_on = asyncio.ensure_future(show_that_work_goes_on(turn, delays))
        while len(done := [call for call in anna.calls() if call in TOUCHED]) < calls:  # noqa: ASYNC110 - the stand-in has no event
            await asyncio.sleep(0.001)
        turn.seen.set()
        await going_on
    assert [call for call in anna.calls() if call in TOUCHED] == done
    return done


async def test_a_tap_is_answered_then_the_bot_types_then_its_screen_says_why(anna: Chatting) -> None:
    turn = await anna.tapped(PLAIN)
    assert await shown(anna, turn, 4) == [ANSWERS, TYPES, COVERS, TYPES]
    assert anna.answers() == [{}]
    assert anna.stands() == ["Asking px6…"]


async def test_over_a_message_the_bot_types_and_covers_nothing(anna: Chatting) -> None:
    assert await shown(anna, await anna.written("/proxies"), 2) == [TYPES, TYPES]


async def test_where_something_is_seen_meanwhile_nothing_is_covered(anna: Chatting) -> None:
    turn, later = await anna.tapped(PLAIN), Delays(answer=LONG, cover=2 * LONG)
    assert await shown(anna, turn, 2, later) == [ANSWERS, TYPES]
    assert anna.stands() == ["Before"]


async def test_a_tap_whose_screen_is_there_is_only_answered(anna: Chatting) -> None:
    turn = await anna.tapped(PLAIN)
    turn.seen.set()
    await show_that_work_goes_on(turn, SHORTLY)
    assert anna.calls() == ["sendmessage", ANSWERS]
