"""Which messages get no answer: news of the chat, edits without words, more of an album."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Chat, Dice, Message

from handlers.entry import unanswered
from handlers.entry.unanswered import UnansweredMessages

KEY = "0123456789-abcdef0123-4567890abc"
THEN = datetime(2026, 11, 1, tzinfo=UTC)
DICE = Dice(emoji="🎲", value=3)


def message(chat_id: int = 1001, **given: Any) -> Message:
    return Message(message_id=5, date=THEN, chat=Chat(id=chat_id, type="private"), **given)


def test_a_message_is_answered_when_somebody_sent_it_on_purpose() -> None:
    messages = UnansweredMessages()
    sent: list[dict[str, Any]] = [{"text": "hello"}, {"caption": "hello"}, {"dice": DICE}]
    news: list[dict[str, Any]] = [
        {"dice": DICE, "edit_date": 5},
        {"new_chat_title": "A"},
        {"group_chat_created": True},
    ]
    for given in (*sent, {"text": "hello", "edit_date": 5}):
        assert not messages.include(message(**given)), given
    for given in ({}, *news):
        assert messages.include(message(**given)), given


def test_of_an_album_one_part_is_answered_and_every_one_with_a_key() -> None:
    messages = UnansweredMessages()
    album: dict[str, Any] = {"dice": DICE, "media_group_id": "7"}
    assert not messages.include(message(**album))
    assert messages.include(message(**album))
    assert messages.include(message(**album, caption="shop"))
    assert not messages.include(message(**album, caption=f"my key: {KEY}"))
    assert not messages.include(message(1002, **album)), "another chat has an album of its own"
    assert not messages.include(message(dice=DICE, media_group_id="8"))
    assert not messages.include(message(dice=DICE))
    assert not messages.include(message(dice=DICE)), "no album at all"


def test_of_very_many_albums_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanswered, "ALBUMS_KEPT", 2)
    messages = UnansweredMessages()
    for name in ("1", "2"):
        assert not messages.include(message(dice=DICE, media_group_id=name))
    assert messages.include(message(dice=DICE, media_group_id="1"))
    assert not messages.include(message(dice=DICE, media_group_id="3"))
    assert messages.include(message(dice=DICE, media_group_id="2"))
    assert not messages.include(message(dice=DICE, media_group_id="1")), "it came first and is forgotten"
