"""A screen that is looked at behind the turn: a newer one takes its place, unless another turn has begun on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram.utils.formatting import Text

from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from tests.handlers.chatting import Chatting, chatting

SHOWN, NEWER = Screen(Text("Shown")), Screen(Text("Newer"))


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as anna:
        yield anna


class Look:
    """A look at whether the screen still holds, which ends when a test lets it."""

    def __init__(self, finds: Screen | Exception | None) -> None:
        self.finds, self.go_on = finds, asyncio.Event()

    async def __call__(self) -> Screen | None:
        await self.go_on.wait()
        if isinstance(self.finds, Exception):
            raise self.finds
        return self.finds

    async def ends(self, turn: Turn) -> None:
        self.go_on.set()
        assert await turn.background.drain(5) == 0


@pytest.mark.parametrize(
    ("finds", "stands"), [(NEWER, "Newer"), (None, "Shown"), (ValueError("px6 is away"), "Shown")]
)
async def test_a_newer_screen_takes_the_place_of_the_one_that_stands(
    anna: Chatting, caplog: pytest.LogCaptureFixture, finds: Screen | Exception | None, stands: str
) -> None:
    """Where the look fails the screen stays, and nobody is told: the next tap says what is wrong."""
    caplog.set_level(logging.DEBUG, "handlers.ground.turn")
    turn, look = await anna.tapped(), Look(finds)
    turn.renew(await turn.show(SHOWN), look)
    anna.rights.leave(turn)
    assert anna.stands() == ["Shown"], "the turn does not wait for it"
    await look.ends(turn)
    assert anna.stands() == [stands]
    logged = [each.getMessage() for each in caplog.records if each.name == "handlers.ground.turn"]
    assert logged == (["A screen could not be made anew: ValueError"] if isinstance(finds, Exception) else [])
    assert not anna.rights._states


@pytest.mark.parametrize("is_payment", [False, True])
async def test_where_another_turn_or_a_payment_has_begun_nothing_is_changed(anna: Chatting, is_payment: bool) -> None:
    turn, look = await anna.tapped(), Look(NEWER)
    shown = await turn.show(SHOWN)
    turn.renew(shown, look)
    anna.rights.leave(turn)
    if is_payment:
        anna.rights.note_payment((turn.chat_id, shown))
    else:
        await anna.taps(shown)
    await look.ends(turn)
    assert anna.stands() == ["Shown"]


async def test_the_screen_of_a_command_is_renewed_in_the_message_that_it_came_in(anna: Chatting) -> None:
    turn, look = await anna.written("/start"), Look(NEWER)
    turn.renew(await turn.show(SHOWN), look)
    anna.rights.leave(turn)
    await look.ends(turn)
    assert anna.stands() == ["Newer"]
    assert not anna.rights._states
