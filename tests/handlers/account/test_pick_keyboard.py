"""The keyboard with which Telegram is asked for a person."""

from __future__ import annotations

import pytest

from handlers.account.invite_screens import pick_keyboard
from handlers.ground.words import Words


@pytest.mark.parametrize(
    ("language", "choose", "cancel"), [("en", "Choose a person", "Cancel"), ("ru", "Выбрать человека", "Отменить")]
)
def test_one_person_with_a_name_and_no_bot_is_asked_for_once(language: str, choose: str, cancel: str) -> None:
    asked = {"request_id": 7, "user_is_bot": False, "max_quantity": 1, "request_name": True}
    assert pick_keyboard(Words(language), 7).model_dump(exclude_none=True) == {
        "keyboard": [[{"text": choose, "request_users": asked}], [{"text": cancel}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }
