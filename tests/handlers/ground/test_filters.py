"""Which texts a handler gets: those that answer its question, unless they are a command or the question is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import AnythingAsked, Asked
from tests.handlers.chatting import Chatting, chatting, message


class HowMany(CallbackData, prefix="test-how-many"):
    """A question about a number."""

    least: int


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as anna:
        yield anna


@pytest.mark.parametrize(
    ("asking", "text", "asked"),
    [
        ("test-how-many:3", "5", {"asked": HowMany(least=3)}),
        ("test-how-many:3", "/help", False),
        ("test-how-many:three", "5", False),  # as an older version of the bot may have asked
        ("test-how-many:3:4", "5", False),
        ("test-how:3", "5", False),
        (None, "5", False),
    ],
)
async def test_a_text_answers_the_question_that_was_asked(
    anna: Chatting, asking: str | None, text: str, asked: dict[str, Any] | bool
) -> None:
    turn = await anna.written(text)
    turn.asking = asking
    assert await Asked(HowMany)(message(1), turn) == asked


@pytest.mark.parametrize(("asking", "is_open"), [(None, False), ("test-how-many:3", True)])
async def test_a_question_is_open_while_one_is_asked(anna: Chatting, asking: str | None, is_open: bool) -> None:
    turn = await anna.written("5")
    turn.asking = asking
    assert await AnythingAsked()(message(1), turn) is is_open
