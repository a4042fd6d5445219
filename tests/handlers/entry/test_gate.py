"""What a person sees when their handler fails, and what is noted of it: the gate with handlers that only raise."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.methods import GetMe
from aiogram.types import Chat, ChatMemberUpdated, Message, Update
from aiogram.utils.formatting import Text

import px6
from handlers.account.colleagues_screens import TakeBack
from handlers.ground.parsing import BadInput
from handlers.ground.screen import Open, Screen
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered
from handlers.ground.turn import Turn
from model.errors import StorageError
from model.people import PersonId
from services.account.access import Access
from services.account.accounts import NoKey
from tests.handlers.bots import ANNA, TOKEN
from tests.handlers.chatting import THEN, USER, chatting, message
from tests.handlers.failing_gate import Failing

METHOD = GetMe()
PAY = "pay:abcdefghijkl:30"
CHANGE = TakeBack(account=1, person=2).pack()


@pytest.fixture
async def failing(tmp_path: Path) -> AsyncIterator[Failing]:
    async with chatting(tmp_path) as anna:
        yield Failing(anna)


async def test_an_error_takes_the_place_of_the_tapped_screen_and_offers_the_same_tap(failing: Failing) -> None:
    await failing.lets(await failing.tap(), px6.Unreachable("account", "x"))
    assert failing.says() == ["px6 cannot be reached."]
    assert failing.buttons() == ["open:x", "px6-back", "open:home"]
    assert failing.anna.answers() == [{}]


async def test_an_error_of_a_payment_comes_below_and_offers_no_second_tap(failing: Failing) -> None:
    await failing.lets(await failing.tap(PAY), StorageError("locked"))
    assert failing.says() == ["Before", "The bot cannot save data right now"]
    assert failing.buttons() == ["open:home"]
    await failing.lets(await failing.tap("payer:1"), StorageError("locked"))
    assert failing.says()[2:] == ["The bot cannot save data right now"]
    assert failing.buttons() == ["payer:1", "open:home"]


async def test_what_was_not_changed_is_said_though_another_tap_has_taken_the_message(failing: Failing) -> None:
    """Not so that something could not be shown, nor twice for two taps on one button."""

    async def is_overtaken(turn: Turn, data: str = "open:x") -> None:
        newer = await failing.anna.taps(turn.message_id or 0, data=data)
        await newer.show(Screen(Text("Newer")))
        failing.anna.rights.leave(newer)

    await failing.lets(await failing.tap(), StorageError("locked"), meanwhile=is_overtaken)
    await failing.lets(
        await failing.tap(CHANGE), StorageError("locked"), meanwhile=partial(is_overtaken, data=CHANGE)
    )
    assert failing.says() == ["Newer", "Newer"]
    await failing.lets(await failing.tap(CHANGE), StorageError("locked"), meanwhile=is_overtaken)
    assert failing.says() == [*["Newer"] * 3, "The bot cannot save data right now"]


async def test_a_message_is_tried_again_by_the_button_that_its_handler_named(failing: Failing) -> None:
    await failing.lets(message(900, text="/buy"), px6.Unreachable("account", "x"), Open(screen="again"))
    assert failing.buttons() == ["open:again", "px6-back", "open:home"]
    await failing.lets(message(900, text="/buy"), px6.Unreachable("account", "x"))
    assert failing.buttons() == ["px6-back", "open:home"]


async def test_where_the_key_is_missing_the_next_text_is_the_key(failing: Failing) -> None:
    for error, asking in (
        (NoKey(), "key"),
        (px6.WrongKey(100, "Error key"), "key"),
        (px6.Unreachable("a", "x"), None),
    ):
        anna = await failing.anna.people.find_or_create(ANNA)
        await failing.anna.people.set_question(anna, None, None)
        turn = await failing.lets(await failing.tap(), error)
        assert turn.asking == asking
        assert (await failing.anna.choices()).get("asking") == asking


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (StorageError("locked"), "ERROR", "A turn failed: locked"),
        (ValueError("secret"), "ERROR", "A turn failed"),
        (TelegramUnanswered(METHOD, "HTTP 502"), "DEBUG", "An answer could not be delivered: TelegramUnanswered"),
        (TelegramNotSent(METHOD, "ProxyError"), "DEBUG", "An answer could not be delivered: TelegramNotSent"),
        (BadInput(Text("Wrong")), None, None),
        (ExceptionGroup("", [BadInput(Text("Wrong"))]), None, None),
    ],
)
async def test_what_is_no_mistake_of_the_person_is_logged(
    failing: Failing, caplog: pytest.LogCaptureFixture, error: Exception, level: str | None, said: str | None
) -> None:
    caplog.set_level(logging.DEBUG, "handlers")
    await failing.lets(await failing.tap(), error)
    logged = [(each.levelname, each.getMessage()) for each in caplog.records if each.name.startswith("handlers")]
    assert logged == ([(level, said)] if level else [])
    assert failing.says() != ["Before"]


async def test_who_is_gone_is_told_nothing(failing: Failing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "handlers.entry")
    for error in (TelegramForbiddenError(METHOD, "blocked"), TelegramBadRequest(METHOD, "chat not found")):
        await failing.lets(await failing.tap(), error)
    assert failing.says() == ["Before", "Before"]
    failing.anna.telegram.fail("editMessageText", 403, description="bot was blocked by the user")
    await failing.lets(await failing.tap(), NoKey())
    assert not [each for each in caplog.records if each.name.startswith("handlers")]


async def test_an_error_that_cannot_be_shown_is_logged(failing: Failing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "handlers")
    for code, level in ((502, "DEBUG"), (401, "ERROR")):
        caplog.clear()
        failing.anna.telegram.fail("sendMessage", code)
        await failing.lets(message(900, text="/buy"), BadInput(Text("Wrong")))
        logged = [
            (each.levelname, each.getMessage()) for each in caplog.records if each.name == "handlers.entry.gate"
        ]
        assert [each[0] for each in logged] == [level]
        assert logged[0][1].startswith("An error could not be shown to the person: ")


async def test_who_writes_is_back(failing: Failing) -> None:
    await failing.anna.people.find_or_create(ANNA)
    await failing.anna.people.set_blocked(PersonId(ANNA), True)
    await failing.lets(message(900, text="/buy"), BadInput(Text("Wrong")))
    assert (await failing.anna.people.find_or_create(ANNA)).blocked_at is None


@pytest.mark.parametrize(
    ("kind", "status", "is_blocked"),
    [
        ("private", "kicked", True),
        ("private", "left", True),
        ("private", "member", False),
        ("group", "kicked", False),
    ],
)
async def test_who_blocked_the_bot_is_noted_and_who_threw_it_out_of_a_group_has_not(
    failing: Failing, kind: str, status: str, is_blocked: bool
) -> None:
    people, me = failing.anna.people, await failing.anna.bot.me()
    await people.find_or_create(ANNA)
    of_bot = {"user": me, "until_date": THEN} if status == "kicked" else {"user": me}
    change = ChatMemberUpdated.model_validate(
        {
            "chat": Chat(id=-7 if kind == "group" else ANNA, type=kind),
            "from": USER,
            "date": THEN,
            "old_chat_member": {"status": "member", "user": me},
            "new_chat_member": {"status": status, **of_bot},
        }
    )
    gate, update = failing.gate(Access()), Update(update_id=1, my_chat_member=change)
    await gate(failing.nothing, update, {"bot": failing.anna.bot})
    assert ((await people.find_or_create(ANNA)).blocked_at is not None) is is_blocked
    assert failing.heard.ended == [("my_chat_member", "done", None)]


async def test_other_bots_are_not_served(failing: Failing) -> None:
    robot = USER.model_copy(update={"is_bot": True})
    for sender in (robot, None):
        written = message(900, text="/buy").model_copy(update={"from_user": sender})
        assert await failing.passes(failing.gate(Access()), written) == 0
    assert failing.says() == []
    assert await failing.passes(failing.gate(Access()), message(900, text="/buy")) == 1


async def test_who_is_not_let_in_is_told_so_and_may_be_forgotten(failing: Failing) -> None:
    anna = failing.anna
    gate = failing.gate(Access([77]))
    await failing.passes(gate, message(900, text="/buy"))
    await failing.passes(gate, message(900, text="/forget"))
    assert failing.says() == ["This bot is private. Its owner can give you access."] * 2
    await anna.people.find_or_create(ANNA)
    assert await failing.passes(gate, message(900, text="/buy")) == 0
    assert "/forget erases everything" in anna.stands()[-1]
    assert await failing.passes(gate, message(900, text="/forget")) == 1
    assert await failing.passes(failing.gate(Access([ANNA])), message(900, text="/buy")) == 1


async def test_in_a_group_only_who_speaks_to_the_bot_is_answered(failing: Failing) -> None:
    anna, me = failing.anna, await failing.anna.bot.me()
    group = Chat(id=-7, type="group")
    anna.telegram.group(anna.telegram.bot(TOKEN), -7, ANNA)
    mine = message(1, text="a").model_copy(update={"from_user": me, "chat": group})
    theirs = message(1, text="a").model_copy(update={"chat": group})
    spoken: dict[str, Message | None] = {
        "/help": None,
        f"hi @{me.username}": None,
        f"HI @{me.username}".upper(): None,
    }
    a_channels = theirs.model_copy(update={"from_user": None})
    silent: dict[str, Message | None] = {"hello": None, "/help@another_bot": None, "/": None}
    silent |= {"no": theirs, "never": a_channels}
    for text, replied in (spoken | {"yes": mine} | silent).items():
        before = len(failing.sent_to(-7))
        said = message(900, text=text, reply_to_message=replied).model_copy(update={"chat": group})
        assert await failing.passes(failing.gate(Access()), said) == 0
        assert (len(failing.sent_to(-7)) > before) is (text not in silent), text


# -- what is told of the outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StorageError("locked"), "failed"),
        (ValueError("secret"), "failed"),
        (px6.Unreachable("account", "x"), "problem"),
        (BadInput(Text("Wrong")), "problem"),
        (TelegramUnanswered(METHOD, "HTTP 502"), "problem"),
        (TelegramForbiddenError(METHOD, "blocked"), "ignored"),
    ],
)
async def test_the_outcome_of_a_tap_that_fails_is_told(failing: Failing, error: Exception, outcome: str) -> None:
    tap = await failing.tap()
    await failing.lets(tap, error)
    assert failing.heard.taps == [tap.id]
    assert failing.heard.ended == [("callback_query", outcome, tap.id)]


async def test_the_outcome_of_what_is_to_come_again_and_of_what_is_cut_off_is_told(failing: Failing) -> None:
    async def goes_back(_: StorageError) -> bool:
        return True

    await failing.lets(message(900, text="/buy"), StorageError("locked"), goes_back=goes_back)
    assert failing.heard.ended == [("message", "again", None)]
    with pytest.raises(asyncio.CancelledError):
        await failing.lets(message(900, text="/buy"), asyncio.CancelledError())
    assert failing.heard.outcome == "failed"


async def test_the_outcome_of_what_no_handler_is_given_is_told(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, gate = failing.heard, failing.gate(Access())
    assert await failing.passes(gate, message(900, text="/buy")) == 1
    assert heard.ended == [("message", "done", None)]
    robot = USER.model_copy(update={"is_bot": True})
    await failing.passes(gate, message(900, text="/buy").model_copy(update={"from_user": robot}))
    assert heard.outcome == "ignored"
    await failing.passes(gate, message(900, pinned_message=message(1, text="a")))
    assert heard.outcome == "ignored"
    await failing.passes(failing.gate(Access([77])), message(900, text="/buy"))
    assert heard.outcome == "refused"
    monkeypatch.setattr("handlers.entry.lanes.LANE_LENGTH", 0)
    await failing.passes(gate, message(900, text="/buy"))
    assert heard.outcome == "refused"
    assert len(heard.ended) == 5 and heard.taps == []
