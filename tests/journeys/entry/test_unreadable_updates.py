"""Updates that cannot be read: each is skipped in one line, and hides no other."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.intakes import by_both_ways
from tests.world import World

SECRET = "hunter2-is-written-here"
NOW = 1_790_000_000


def message(**more: Any) -> dict[str, Any]:
    person = {"id": 1001, "is_bot": False, "first_name": SECRET}
    chat = {"id": 1001, "type": "private", "first_name": SECRET}
    return {"message_id": 999, "from": person, "chat": chat, "date": NOW, "text": SECRET, **more}


OLDEST_FORWARD = message(forward_origin={"type": "hidden_user", "date": NOW})
GHOST = {
    "chat": message()["chat"],
    "from": message()["from"],
    "date": NOW,
    "old_chat_member": {"status": "ghost", "user": message()["from"]},
    "new_chat_member": {"status": "member", "user": message()["from"]},
}
UNREADABLE = {
    "the oldest kind of forward": ("message", OLDEST_FORWARD, "message.forward_origin.hidden_user.sender_user_name"),
    "a value newer than the library": ("my_chat_member", GHOST, "my_chat_member.old_chat_member"),
    "no message at all": ("message", {"message_id": SECRET}, "message.message_id"),
    "a kind newer than the library": ("hologram", {"text": SECRET}, "hologram"),
    "a kind that was not asked for": ("poll", {"question": SECRET}, "poll"),
}


@by_both_ways
@pytest.mark.parametrize(("kind", "body", "field"), UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_skipped_in_one_line_and_the_others_are_served(
    world: World, caplog: pytest.LogCaptureFixture, kind: str, body: dict[str, Any], field: str
) -> None:
    token, phone = world.settings.bot_token.get_secret_value(), world.phone()
    await phone.connects()
    with caplog.at_level(logging.INFO):
        number = world.telegram.push(token, kind, body)
        assert (await phone.says("/start")).startswith("px6 ·")
    lines = [record.getMessage() for record in caplog.records if str(number) in record.getMessage()]
    assert len([line for line in lines if "skipped" in line]) == 1, lines
    assert kind in lines[0] and field in lines[0]
    assert not any(SECRET in record.getMessage() or record.exc_info for record in caplog.records)
    assert world.telegram.unconfirmed(token) == 0


@by_both_ways
async def test_a_tap_counts_where_the_message_under_it_cannot_be_read(world: World) -> None:
    token, phone = world.settings.bot_token.get_secret_value(), world.phone()
    await phone.connects()
    await phone.says("/start")
    under = OLDEST_FORWARD | {"message_id": (await phone.screen())["message_id"]}
    tap = {"id": "77", "from": under["from"], "message": under, "chat_instance": "1", "data": "open:help"}
    world.telegram.push(token, "callback_query", tap)
    await world.quiet()
    assert (await phone.reads()).startswith("What I can do")
    world.telegram.refusals.clear()  # the stand-in knows no tap 77 that could be answered
