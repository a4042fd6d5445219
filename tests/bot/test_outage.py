"""What the log says of an outage: once, and why."""

from __future__ import annotations

import logging

import pytest
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramConflictError, TelegramRetryAfter
from aiogram.methods import GetMe

from bot.outage import PollingOutage
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered


def test_an_outage_is_one_line_with_its_first_reason_and_one_for_its_end(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage = PollingOutage(lambda: now)
    with caplog.at_level(logging.INFO):
        pauses = [outage.failed(TelegramNotSent(GetMe(), "ProxyError"))]
        pauses += [outage.failed(TelegramUnanswered(GetMe(), "HTTP 502")) for _ in range(9)]
        now = 80.0
        outage.ended()
    assert caplog.messages == [
        "Telegram gives no updates; it is asked again until it does (ProxyError)",
        "Telegram gives updates again, after 80 s and 10 attempts",
    ]
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10, 10, 10, 10]


class Line:
    """An outage of `getUpdates` on a clock that is moved: each call comes so many seconds after the one before."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.outage = PollingOutage(lambda: self.now)

    def fails(self, after: float, error: TelegramAPIError | None = None) -> float:
        self.now += after
        return self.outage.failed(error or TelegramUnanswered(GetMe(), "HTTP 502"))

    def answers(self, after: float) -> None:
        self.now += after
        self.outage.ended()


@pytest.mark.parametrize(("between", "restless"), [(11.9, True), (12.0, False)])
def test_the_fourth_outage_within_a_minute_comes_and_goes(
    caplog: pytest.LogCaptureFixture, between: float, restless: bool
) -> None:
    """Ends 30, 30 + a, 30 + 2 a; what begins less than 60 s after the first of them is the same bad line."""
    line = Line()
    for _ in range(3):
        line.fails(between / 2)
        line.answers(between / 2)
    line.fails(60 - 2 * 12.0)
    assert (
        caplog.messages[-1].endswith(" (This comes and goes: its end is told after a minute without it.)") is restless
    )
    caplog.clear()
    line.answers(59)
    assert (caplog.messages == []) is restless
    line.answers(1)
    assert [message.split(",")[0] for message in caplog.messages] == ["Telegram gives updates again"]


def test_two_outages_before_it_make_no_restless_one(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    for _ in range(2):
        line.fails(1)
        line.answers(1)
    line.fails(1)
    line.answers(1)
    assert [message for message in caplog.messages if "comes and goes" in message] == []
    assert caplog.messages[-1] == "Telegram gives updates again, after 1 s and 1 attempts"


def test_each_reason_is_one_line_of_an_outage_and_again_of_the_next(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    reasons: list[TelegramAPIError] = [
        TelegramConflictError(GetMe(), "Conflict: terminated by other getUpdates request"),
        TelegramConflictError(GetMe(), "Conflict: can't use getUpdates method while webhook is active"),
        TelegramRetryAfter(GetMe(), "Too Many Requests", 35),
        TelegramBadRequest(GetMe(), "Bad Request: quoted words"),
    ]
    for _ in range(2):
        pauses = [line.fails(1, error) for error in (*reasons, *reasons)]
        assert pauses == [0.5, 1, 35, 4, 8, 10, 35, 10]
        line.answers(1)
    levels = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert levels[:5] == levels[5:] == [
        (
            "ERROR",
            "Another program takes the updates of this bot (Telegram answers 409). Stop the other instance, or give "
            "this one a BOT_TOKEN of its own; until then people's messages reach only one of the two.",
        ),
        (
            "ERROR",
            "Another program has set a webhook for this bot while it ran (409), and gets its updates. Stop that "
            "program and start this one again, which deletes the webhook (the Bot API's deleteWebhook), or give "
            "this bot a BOT_TOKEN of its own; until then it hears nothing.",
        ),
        ("WARNING", "Telegram wants the bot to ask less often (429); it waits as long as Telegram says"),
        ("ERROR", "Telegram gives no updates; it is asked again until it does"),
        ("WARNING", "Telegram gives updates again, after 8 s and 8 attempts"),
    ]  # fmt: skip


def test_answers_without_an_outage_are_no_line_and_an_answer_makes_the_next_pause_short(
    caplog: pytest.LogCaptureFixture,
) -> None:
    line = Line()
    line.answers(1)
    assert caplog.messages == []
    assert [line.fails(1), line.fails(1)] == [0.5, 1]
    line.answers(1)
    assert line.fails(1) == 0.5
