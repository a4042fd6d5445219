"""Which updates Telegram keeps until what they change is on disk."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from datetime import UTC, datetime
from types import CodeType, FunctionType
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, Dice, Message, SharedUser, Update, User, UsersShared

import handlers
from handlers.entry.by_prefix import prefix_of
from handlers.entry.durable_updates import is_durable
from handlers.ground.callback_data import DURABLE_PREFIXES
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


def functions_from(function: FunctionType, known: set[FunctionType]) -> Iterator[FunctionType]:
    """It, and what it calls of the handlers' own functions by their names; each once."""
    if function in known:
        return
    known.add(function)
    yield function
    for name in named_in(function.__code__):
        called = function.__globals__.get(name)
        if isinstance(called, FunctionType) and called.__module__.startswith("handlers."):
            yield from functions_from(called, known)


def named_in(code: CodeType) -> set[Any]:
    """The global names that it reads, and the functions inside it."""
    inside = [each for each in code.co_consts if isinstance(each, CodeType)]
    own = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return own.union(*map(named_in, inside))


def test_every_tap_that_changes_something_says_when_that_is_on_disk() -> None:
    """Else Telegram keeps it until its screen stands, and a stop in between has a rule made, or a text sent, twice.

    What erases everything is rather repeated: it has messages to take away in the end.
    """
    says, silent = set[str](), set[str]()
    for handler in handlers.handlers_by_event()["callback_query"]:
        callback = handler.callback
        if prefix_of(handler) in DURABLE_PREFIXES and isinstance(callback, FunctionType):
            is_said = any("on_disk" in each.__code__.co_names for each in functions_from(callback, set()))
            (says if is_said else silent).add(callback.__name__)
    assert silent == {"forget"}
    assert len(says) > 40
