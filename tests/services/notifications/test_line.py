"""Whether Telegram takes messages: what closes the line, and how often a harmless call is tried."""

from __future__ import annotations

import logging

import pytest

from services.notifications.kinds import Gone, NotSent, Refused, Unsure
from services.notifications.line import Line, again_after
from tests.durations import HOUR, MINUTE


class Telegram:
    """Fails harmless calls as it is told; `seconds` is the time."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.asked, self.seconds = 0, 1000.0
        self.line = Line(self.ask, lambda: self.seconds)

    async def ask(self) -> None:
        self.asked += 1
        if self.fails:
            raise self.fails

    def send(self, fails: Exception) -> None:
        with pytest.raises(type(fails)), self.line.sending():
            raise fails


@pytest.mark.parametrize(
    ("error", "closed"),
    [(NotSent(), True), (Unsure(), True), (Gone(), False), (Refused(), False), (ValueError(), False)],
)
async def test_what_concerns_one_message_alone_does_not_close_the_line(error: Exception, closed: bool) -> None:
    telegram = Telegram()
    telegram.send(error)
    assert telegram.line.closed is closed


async def test_an_open_line_asks_nothing_and_a_closed_one_opens_with_the_first_call_that_succeeds() -> None:
    telegram = Telegram()
    await telegram.line.check()
    with telegram.line.sending():
        pass
    assert (await telegram.line.is_open(), telegram.asked) == (True, 0)
    telegram.send(NotSent())
    await telegram.line.check()
    assert (telegram.asked, telegram.line.closed) == (1, False)


@pytest.mark.parametrize(
    ("error", "pause"), [(NotSent(), 4.0), (Unsure(), 4.0), (NotSent(30), 30.0), (NotSent(2), 4.0)]
)
async def test_a_closed_line_is_tried_every_four_seconds_or_as_rarely_as_telegram_wants(
    error: Exception, pause: float, caplog: pytest.LogCaptureFixture
) -> None:
    telegram = Telegram()
    telegram.send(NotSent())
    telegram.fails = error
    with caplog.at_level(logging.WARNING):
        with pytest.raises(NotSent):
            await telegram.line.check()
        telegram.seconds += pause - 0.001
        assert not await telegram.line.is_open()
        assert telegram.asked == 1
        telegram.seconds += 0.001
        assert not await telegram.line.is_open()
        assert telegram.asked == 2
        telegram.fails = None
        telegram.seconds += pause
        assert await telegram.line.is_open()
        telegram.send(Unsure())
        assert await telegram.line.is_open()
    assert [record.message for record in caplog.records] == [
        "Telegram does not take messages: reminders and looks at px6 wait until it does",
        "Telegram takes messages again",
    ]


async def test_a_second_bad_time_is_told_to_the_operator_as_well(caplog: pytest.LogCaptureFixture) -> None:
    telegram = Telegram()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            telegram.send(NotSent())
            telegram.fails = NotSent()
            assert not await telegram.line.is_open()
            telegram.fails = None
            telegram.seconds += 4
            assert await telegram.line.is_open()
    assert len(caplog.records) == 4


def test_what_may_have_arrived_is_tried_three_times_more() -> None:
    pauses = [again_after(tries) for tries in (1, 2, 3, 4, 5)]
    assert pauses == [MINUTE, 15 * MINUTE, HOUR, None, None]
