"""The updates of an answer, before any of them is read."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiogram import Bot

from bot.updates import numbered, read_update


def test_updates_come_in_the_order_of_their_numbers() -> None:
    assert list(numbered([{"update_id": 9}, {"update_id": 7}, {"update_id": 8}])) == [7, 8, 9]


@pytest.mark.parametrize(
    "number", [0, -7, True, None, "9", 9.0, 2**63 - 1, 10**400], ids=lambda number: str(number)[:20]
)
def test_what_no_offset_can_confirm_is_no_update(number: object) -> None:
    assert numbered([{"update_id": number}, {}, 5, None, {"update_id": 7}]) == {7: {"update_id": 7}}


def message(text: str) -> dict[str, Any]:
    person = {"id": 1001, "is_bot": False, "first_name": "Ann"}
    chat = {"id": 1001, "type": "private", "first_name": "Ann"}
    return {"update_id": 7, "message": {"message_id": 1, "from": person, "chat": chat, "date": 1, "text": text}}


def test_a_text_that_is_none_is_skipped_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot("42:TEST")
    whole = read_update(bot, message("\N{GRINNING FACE}"))
    assert whole is not None
    with caplog.at_level(logging.WARNING):
        assert read_update(bot, message("half \ud83d")) is None
    assert caplog.messages == ["Update 7, message, is skipped: it cannot be read (UnicodeEncodeError)"]
