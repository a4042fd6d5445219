"""What cannot be noted, or not be said just now, breaks nothing: the person is told what there is to tell all the
same, their tap is answered, and the log has one line."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message, TelegramObject, Update, User
from aiogram.utils.formatting import Text

from handlers.entry.waiting import Delays
from handlers.ground.screen import Open, Screen, button
from handlers.ground.turn import Turn
from services.account.access import Access
from services.account.accounts import NoKey
from tests.failing_disk import FailingDisk
from tests.handlers.bots import ANNA
from tests.handlers.chatting import THEN, USER, chatting, message
from tests.handlers.failing_gate import Failing


@pytest.fixture
async def failing(tmp_path: Path) -> AsyncIterator[Failing]:
    async with chatting(tmp_path) as anna:
        await anna.people.find_or_create(ANNA)
        yield Failing(anna)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "handlers")
    return caplog


def lines(logged: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(each.levelname, each.getMessage()) for each in logged.records if each.name.startswith("handlers")]


async def passes(failing: Failing, event: Message | CallbackQuery, does: Any, delays: Delays | None = None) -> None:
    """One update whose handler does this with its turn."""

    async def handler(_: TelegramObject, data: dict[str, Any]) -> None:
        await does(data["turn"])

    gate = failing.gate(Access())
    gate.delays = delays or gate.delays
    await failing._through(gate, handler, event)


def full(failing: Failing) -> FailingDisk:
    """From here on nothing can be written."""
    disk = FailingDisk(failing.anna.people._database)
    failing.anna.people._database = disk  # type: ignore[assignment]  # stands before it
    disk.fails = True
    return disk


async def test_that_somebody_left_is_told_again_by_the_next_message(
    failing: Failing, logged: pytest.LogCaptureFixture
) -> None:
    full(failing)
    me = User(id=42, is_bot=True, first_name="Bot")
    change = ChatMemberUpdated.model_validate(
        {
            "chat": Chat(id=ANNA, type="private"),
            "from": USER,
            "date": THEN,
            "old_chat_member": {"status": "member", "user": me},
            "new_chat_member": {"status": "left", "user": me},
        }
    )
    await failing.gate(Access())(
        failing.nothing, Update(update_id=1, my_chat_member=change), {"bot": failing.anna.bot}
    )
    assert failing.heard.outcome == "done"
    assert lines(logged) == [("ERROR", "That somebody blocked the bot or came back was not noted: full")]


async def test_who_needs_a_key_reads_so_though_the_question_cannot_be_noted(
    failing: Failing, logged: pytest.LogCaptureFixture
) -> None:
    tap = await failing.tap()
    full(failing)
    await failing.lets(tap, NoKey())
    assert failing.says() == ["Your px6 proxies, in this chat"]
    assert len(failing.anna.answers()) == 1
    assert lines(logged) == [("ERROR", "That a key is asked for was not noted: full")]


async def test_an_answer_counts_though_its_question_stays_open(
    failing: Failing, logged: pytest.LogCaptureFixture
) -> None:
    await failing.anna.people.set_question(await failing.anna.people.find_or_create(ANNA), "open:a", 1)

    async def answers(turn: Turn) -> None:
        await turn.ask(None)
        await turn.show(Screen(Text("Done")))
        full(failing)

    await passes(failing, message(900, text="shop"), answers)
    assert (failing.says(), failing.heard.outcome) == (["Done"], "done")
    assert lines(logged) == [("ERROR", "That a question was answered was not noted: full")]


async def test_a_screen_that_cannot_be_put_back_leaves_no_tap_without_an_answer(
    failing: Failing, logged: pytest.LogCaptureFixture
) -> None:
    async def covers(turn: Turn) -> None:
        await turn.cover(Screen(Text("Asking px6…")))
        failing.anna.telegram.fail("editMessageText", 502)

    await passes(failing, await failing.tap(), covers)
    assert (failing.anna.answers(), failing.heard.outcome) == ([{}], "done")
    assert lines(logged) == [("WARNING", "A screen could not be put back: TelegramUnanswered")]
    assert not failing.anna.rights._states


async def test_a_tap_that_cannot_be_answered_is_done(failing: Failing, logged: pytest.LogCaptureFixture) -> None:
    async def shows(turn: Turn) -> None:
        await turn.send(Screen(Text("Done"), [[button("Home", Open(screen="home"))]]))

    tap = await failing.tap()
    failing.anna.telegram.fail("answerCallbackQuery", 400, description="MESSAGE_TOO_LONG")
    await passes(failing, tap, shows)
    assert (failing.says(), failing.heard.outcome) == (["Before", "Done"], "done")
    assert lines(logged) == [("WARNING", "A tap could not be answered: TelegramBadRequest")]
    failing.anna.telegram.refusals.clear()


@pytest.mark.parametrize(
    ("access", "length", "level", "said"),
    [
        (Access([77]), 30, "DEBUG", "A refusal could not be delivered: TelegramUnanswered"),
        (Access(), 0, "WARNING", "A person was not told that it is too much: TelegramUnanswered"),
    ],
)
async def test_a_refusal_that_does_not_arrive_is_one_all_the_same(
    failing: Failing,
    logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    access: Access,
    length: int,
    level: str,
    said: str,
) -> None:
    monkeypatch.setattr("handlers.entry.lanes.LANE_LENGTH", length)
    failing.anna.telegram.fail("sendMessage", 502)
    assert await failing.passes(failing.gate(access), message(900, text="/buy")) == 0
    assert failing.heard.outcome == "refused"
    assert lines(logged) == [(level, said)]


async def test_who_sends_too_much_reads_it_in_an_alert_and_the_other_taps_are_only_answered(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.entry.lanes.LANE_LENGTH", 0)
    gate = failing.gate(Access())
    for _ in range(2):
        assert await failing.passes(gate, await failing.tap()) == 0
    told, answered = failing.anna.answers()
    assert str(told["text"]).startswith("Too much at once.") and str(told["show_alert"]).lower() == "true"
    assert answered == {}
    assert failing.says() == ["Before", "Before"]
