"""The updates of an answer, before any of them is read."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest
from aiogram import Bot

from bot.updates import numbered, read_update


def test_updates_come_in_the_order_of_their_numbers() -> None:
    assert list(numbered([{"update_id": 9}, {"update_id": 7}, {"update_id": 8}])) == [7, 8, 9]


@pytest.mark.parametrize(
    "number", [0, -1, -7, True, None, "9", 9.0, 2**63 - 1, 10**400], ids=lambda number: str(number)[:20]
)
def test_what_no_offset_can_confirm_is_no_update(number: object) -> None:
    assert numbered([{"update_id": number}, {}, 5, None, {"update_id": 7}]) == {7: {"update_id": 7}}


@pytest.mark.parametrize("number", [1, 2**63 - 2])
def test_the_first_and_the_last_number_are_some(number: int) -> None:
    assert list(numbered([{"update_id": number}])) == [number]


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


def tap(**under: Any) -> dict[str, Any]:
    """A tap on a button under a message, which has these fields."""
    person = {"id": 1001, "is_bot": False, "first_name": "Ann"}
    return {
        "update_id": 7,
        "callback_query": {"id": "1", "from": person, "chat_instance": "1", "data": "x", "message": under},
    }


def test_a_tap_is_read_even_if_the_message_under_it_cannot_be() -> None:
    bot = Bot("42:TEST")
    chat = {"id": 1001, "type": "private"}
    whole = {"message_id": 5, "chat": chat, "date": 9, "text": "words"}
    for under, date, text in ((whole, 9, "words"), (whole | {"entities": [{"type": 5}]}, 0, None)):
        update = read_update(bot, tap(**under))
        assert update is not None and update.callback_query is not None
        assert update.callback_query.data == "x" and update.callback_query.bot is bot
        message = update.callback_query.message
        assert message is not None and (message.message_id, message.chat.id) == (5, 1001)
        assert (message.date.timestamp() if isinstance(message.date, datetime) else message.date) == date
        assert getattr(message, "text", None) == text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"update_id": 7}, ("INFO", "Update 7 is skipped: nothing was not asked for")),
        ({"update_id": 7, "poll": {}}, ("INFO", "Update 7 is skipped: poll was not asked for")),
        ({"poll": {}, "update_id": 7}, ("INFO", "Update 7 is skipped: poll was not asked for")),
        ({"update_id": 7, "x" * 40: {}}, ("INFO", f"Update 7 is skipped: {'x' * 40} was not asked for")),
        ({"update_id": 7, "x" * 41: {}}, ("INFO", "Update 7 is skipped: … was not asked for")),
        ({"update_id": 7, "said: words": {}}, ("INFO", "Update 7 is skipped: … was not asked for")),
        ({"update_id": 7, "a-b_c": {}}, ("INFO", "Update 7 is skipped: a-b_c was not asked for")),
        (
            {"update_id": 7, "message": {"message_id": "x", "date": "y"}},
            ("WARNING", "Update 7, message, is skipped: it cannot be read at message.message_id"),
        ),
        (
            {"update_id": 7, "callback_query": "words"},
            ("WARNING", "Update 7, callback_query, is skipped: it cannot be read at callback_query"),
        ),
        (
            {"update_id": 7, "callback_query": {"message": "words"}},
            ("WARNING", "Update 7, callback_query, is skipped: it cannot be read at callback_query.id"),
        ),
    ],
)
def test_what_cannot_be_served_is_one_line_without_what_it_holds(
    caplog: pytest.LogCaptureFixture, raw: dict[str, Any], said: tuple[str, str]
) -> None:
    caplog.set_level(logging.INFO)
    assert read_update(Bot("42:TEST"), raw) is None
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [said]
