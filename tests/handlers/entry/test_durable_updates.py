"""Which updates Telegram keeps until what they change is on disk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, Dice, Message, SharedUser, Update, User, UsersShared

import handlers
from handlers.entry.durable_updates import is_durable
from tests.callback_forgeries import button_kinds

handlers.handlers_by_event()  # imports every module, so that every kind of button is known
KEY = "0123456789-abcdef0123-4567890abc"
THEN = datetime(2026, 11, 1, tzinfo=UTC)
ANNA = User(id=1001, is_bot=False, first_name="Anna")
DICE = Dice(emoji="🎲", value=3)


def message(**given: Any) -> Message:
    return Message(message_id=5, date=THEN, chat=Chat(id=1001, type="private"), from_user=ANNA, **given)


def tap(data: str | None) -> Update:
    return Update(update_id=1, callback_query=CallbackQuery(id="1", from_user=ANNA, chat_instance="1", data=data))


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ("pay:abcdefghijkl:30", True),
        ("+pay:abcdefghijkl:30", True),
        ("forget:x", True),
        ("topup:1:1", True),
        ("maintain:1", True),
        ("bc-send:1", True),
        ("bc-stop:1", True),
        ("operator:stats", False),
        ("open:home", False),
        ("+open:home", False),
        ("q:buy:abc:30:", False),
        ("payer:1", False),
        (None, False),
        ("", False),
    ],
)
def test_a_tap_is_kept_when_it_changes_something(data: str | None, kept: bool) -> None:
    assert is_durable(tap(data)) is kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"text": "shop 7"}, True),
        ({"caption": "shop 7"}, True),
        ({"text": "/key x"}, True),
        ({"text": "/type socks 15"}, True),
        ({"text": "/comment 15 shop"}, True),
        ({"text": "/maintenance off"}, True),
        ({"text": "/broadcast hello"}, False),
        ({"text": f"/buy {KEY}"}, True),
        ({"caption": f"/help {KEY}"}, True),
        ({"text": "/buy 1 30 de"}, False),
        ({"text": "/delete 15"}, False),
        ({"text": "/"}, False),
        ({"dice": DICE}, False),
        ({"users_shared": UsersShared(request_id=5, users=[SharedUser(user_id=8)])}, True),
    ],
)
def test_a_message_is_kept_when_it_may_be_an_answer_or_a_key(given: dict[str, Any], kept: bool) -> None:
    assert is_durable(Update(update_id=1, message=message(**given))) is kept


def test_other_updates_are_not_kept() -> None:
    assert not is_durable(Update(update_id=1, edited_message=message(text="shop 7")))


def test_every_button_that_changes_something_stays_with_telegram_until_that_is_on_disk() -> None:
    keeps = {kind.__name__ for kind in button_kinds() if is_durable(tap(f"{kind.__prefix__}:"))}
    assert keeps == {
        *("Pay", "ToppedUp", "SkipAnnounced", "LetGo", "PutOff"),
        *("Delete", "Rename", "SetComment", "SetProtocol"),
        *("CreateRule", "ChangeRule", "RemoveRule", "RemoveLimit", "SwitchAllRules"),
        *("SetFixedHour", "SetQuietHours", "SetLowDays", "SetSwitch", "SetZone", "SetLanguage", "SetBoard"),
        *("TryKey", "ReplaceKey", "AddAccount", "BindAddresses", "Forget", "TellWhenBack"),
        *("SwitchAccount", "UnnameAccount", "RemoveAccount"),
        *("Grant", "InviteByLink", "Withdraw", "Accept", "Decline", "TellColleague", "TakeBack", "Leave"),
        *("AskFirst", "PayAtOnce", "CancelKept", "WatchStock", "StopWatching", "SwitchSpending"),
        *("ReplaceFrom", "ReplaceNoMore", "SkipTwins", "BuyAtOnce", "BuySoMany", "OnlyTell"),
        *("AddHealth", "SetInterval", "SetNight", "SwitchHealth", "EndHealth", "WatchPrice", "StopPrice"),
        *("Maintain", "SendBroadcast", "StopBroadcast"),
    }
