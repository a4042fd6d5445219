"""A line under the first one of a text, and its formatting."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.types import MessageEntity
from aiogram.utils.formatting import Bold, Code, Pre, Text

from handlers.ground.inserted_line import with_line
from handlers.ground.words import lines

NAMES = ("text", "entities")


def put(text: Text, line: str | None = "of shop", limit: int = 4096) -> tuple[str, list[str]]:
    """The whole text, and what is formatted in it."""
    sent: dict[str, Any] = with_line(text.as_kwargs(), line, NAMES, limit)
    units = sent["text"].encode("utf-16-le")
    listed: list[MessageEntity] = sent["entities"]
    return sent["text"], [units[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le") for e in listed]


@pytest.mark.parametrize(
    ("text", "whole", "formatted"),
    [
        (lines(Bold("Title 🇩🇪"), Code("10.0.0.1")), "Title 🇩🇪\nof shop\n10.0.0.1", ["Title 🇩🇪", "10.0.0.1"]),
        (Text("One line"), "One line\nof shop", []),
        (Text(Bold("Title")), "Title\nof shop", ["Title"]),
        (Text(Pre("a:1\nb:2")), "of shop\na:1\nb:2", ["a:1\nb:2"]),
        (lines("⏳ Ends", "", Bold("soon")), "⏳ Ends\nof shop\n\nsoon", ["soon"]),
    ],
)
def test_a_line_stands_under_the_title_and_moves_what_follows(text: Text, whole: str, formatted: list[str]) -> None:
    assert put(text) == (whole, formatted)


def test_no_line_and_one_without_room_change_nothing() -> None:
    text = lines(Bold("Title"), "x")
    assert put(text, None) == put(text, limit=14) == ("Title\nx", ["Title"])
    assert put(text, limit=15)[0] == "Title\nof shop\nx"
