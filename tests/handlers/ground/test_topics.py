"""In which topic of a chat an answer belongs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, InaccessibleMessage, Message, User

from handlers.ground.topics import Topic, topic_of

THEN = datetime(2026, 11, 1, tzinfo=UTC)
PERSON = User(id=1001, is_bot=False, first_name="Anna")


def message(kind: str = "private", **more: Any) -> Message:
    return Message(message_id=5, date=THEN, chat=Chat(id=-7, type=kind), **more)


def tap(tapped: Message | InaccessibleMessage | None) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=PERSON, chat_instance="1", message=tapped)


@pytest.mark.parametrize(
    ("event", "topic"),
    [
        (message(), None),
        (message(message_thread_id=77), Topic(-7, 77)),
        (message(message_thread_id=77, is_topic_message=True), Topic(-7, 77)),
        (message("supergroup"), None),
        (message("supergroup", message_thread_id=77), None),  # a reply in a group has such a number too
        (message("supergroup", message_thread_id=77, is_topic_message=True), Topic(-7, 77)),
        (tap(message(message_thread_id=77)), Topic(-7, 77)),
        (tap(message()), None),
        (tap(InaccessibleMessage(chat=Chat(id=-7, type="private"), message_id=5, date=0)), None),
        (tap(None), None),
    ],
)
def test_a_topic_is_that_of_the_message_that_was_written_or_tapped(
    event: Message | CallbackQuery, topic: Topic | None
) -> None:
    assert topic_of(event) == topic
