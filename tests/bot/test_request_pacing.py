"""When a request to Telegram leaves, which are repeated and how often, by a clock that only waiting moves."""

from __future__ import annotations

import logging
import math
from collections import deque
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramRetryAfter
from aiogram.methods import DeleteMessage, GetMe, Response, SendDocument, SendMessage, SendPhoto, TelegramMethod

from bot.request_pacing import Pace, Pauses, RequestPacing, Turns, chat_of
from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered

ANNA, BERT, CLEO = 1001, 1002, 1003
BOT = Bot("42:TEST")


class Line:
    """A Telegram that gives the answers of `script`, then yes. `asked`: when each request came, in seconds."""

    def __init__(self, *script: TelegramAPIError) -> None:
        self.now = 1000.0
        self.script = deque(script)
        self.asked: list[float] = []
        self.pacing = RequestPacing(self.sleep, lambda: self.now)

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0, "no wait is one of no time"
        self.now = math.ceil((self.now + seconds) * 1e6) / 1e6  # no sleep is shorter

    async def telegram(self, bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        self.asked.append(round(self.now - 1000, 2))
        if self.script:
            raise self.script.popleft()
        return Response[Any](ok=True, result="done")

    async def call(self, method: TelegramMethod[Any]) -> object:
        return (await self.pacing(self.telegram, BOT, method)).result


def hello(chat: int = ANNA) -> SendMessage:
    return SendMessage(chat_id=chat, text="Hello")


def gone(method: TelegramMethod[Any] | None = None) -> TelegramNotSent:
    return TelegramNotSent(method or hello(), "ClientOSError")


def silent() -> TelegramUnanswered:
    return TelegramUnanswered(hello(), "HTTP 502")


def flood(seconds: int) -> TelegramRetryAfter:
    return TelegramRetryAfter(hello(), "Too Many Requests", seconds)


async def test_what_certainly_was_not_done_is_tried_six_times_with_longer_and_longer_pauses() -> None:
    line = Line(*(gone() for _ in range(5)))
    assert await line.call(hello()) == "done"
    assert line.asked == [0, 0.5, 1.5, 3.5, 7.5, 15.5]
    line = Line(*(gone() for _ in range(6)))
    with pytest.raises(TelegramNotSent):
        await line.call(hello())
    assert len(line.asked) == 6


@pytest.mark.parametrize(
    ("method", "times"),
    [
        (hello(), 1),
        (SendDocument(chat_id=ANNA, document="x"), 1),
        (SendPhoto(chat_id=ANNA, photo="x"), 1),
        (DeleteMessage(chat_id=ANNA, message_id=1), 6),
        (GetMe(), 6),
    ],
)
async def test_what_may_have_been_done_is_repeated_unless_it_sends_a_message(
    method: TelegramMethod[Any], times: int
) -> None:
    line = Line(*(silent() for _ in range(9)))
    with pytest.raises(TelegramUnanswered):
        await line.call(method)
    assert len(line.asked) == times


async def test_a_no_in_telegrams_words_is_not_repeated() -> None:
    line = Line(TelegramBadRequest(hello(), "Bad Request: chat not found"))
    with pytest.raises(TelegramBadRequest):
        await line.call(hello())
    assert line.asked == [0]


async def test_get_updates_is_neither_paced_nor_repeated() -> None:
    line = Line(flood(5), silent())
    for kind in (TelegramRetryAfter, TelegramUnanswered):
        with pytest.raises(kind):
            await line.call(TakeUpdates())
    line.pacing.pauses.begin(None, 60)
    assert await line.call(TakeUpdates()) == "done"
    assert line.asked == [0, 0, 0]


async def test_a_pause_is_waited_out_up_to_a_minute_and_a_half() -> None:
    line = Line(flood(35), flood(55))
    assert await line.call(hello()) == "done"
    assert line.asked == [0, 35, 90]
    line = Line(flood(91))
    with pytest.raises(TelegramNotSent) as caught:
        await line.call(hello())
    assert (line.asked, caught.value.wait, caught.value.message) == ([0], 91, "Telegram wants a pause")


async def test_a_pause_again_and_again_ends_with_the_sixth() -> None:
    line = Line(*(flood(2) for _ in range(6)))
    with pytest.raises(TelegramNotSent) as caught:
        await line.call(hello())
    assert line.asked == [0, 2, 4, 6, 8, 10]
    assert (caught.value.wait, caught.value.message) == (2, "429 again and again")


async def test_the_pace_holds_for_messages_alone() -> None:
    line = Line()
    for _ in range(5):
        await line.call(hello())
    for _ in range(40):
        await line.call(DeleteMessage(chat_id=ANNA, message_id=1))
    assert line.asked[:5] == [0, 0, 0, 1.05, 2.1]
    assert set(line.asked[5:]) == {2.1}


async def test_a_wait_of_less_than_a_second_is_one_too() -> None:
    line = Line()
    for _ in range(3):
        await line.call(hello())
    line.now += 0.6
    await line.call(hello())
    assert line.asked == [0, 0, 0, 1.05]


async def test_an_outage_is_one_line_and_its_end_another(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    line = Line(gone(), gone(), gone())
    await line.call(hello())
    await line.call(hello(BERT))
    assert caplog.messages == [
        "Telegram does not do what it is asked: ClientOSError",
        "Telegram does again what it is asked",
    ]


async def test_an_outage_that_comes_and_goes_says_so(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    for _ in range(4):
        line.script.append(gone())
        await line.call(GetMe())
    begun = [message for message in caplog.messages if message.startswith("Telegram does not do")]
    assert [message.endswith("a minute without it.)") for message in begun] == [False, False, False, True]


# -- pauses


class Watch:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_chats_pause_is_its_own_and_two_chats_pause_is_everybodys() -> None:
    watch = Watch()
    pauses = Pauses(watch)
    assert [pauses.left(), pauses.left(ANNA)] == [0, 0]
    pauses.begin(ANNA, 30)
    assert [pauses.left(ANNA), pauses.left(BERT), pauses.left()] == [30, 0, 0]
    pauses.begin(BERT, 10)
    assert [pauses.left(ANNA), pauses.left(BERT), pauses.left(CLEO), pauses.left()] == [30, 10, 10, 10]
    pauses.begin(CLEO, 20)
    assert [pauses.left(BERT), pauses.left()] == [20, 20]
    watch.now += 10
    assert [pauses.left(ANNA), pauses.left(BERT), pauses.left()] == [20, 10, 10]
    watch.now += 10
    assert [pauses.left(ANNA), pauses.left(BERT)] == [10, 0]
    watch.now += 10
    assert pauses.left(ANNA) == 0


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    watch = Watch()
    pauses = Pauses(watch)
    pauses.begin(ANNA, 30)
    watch.now += 1
    pauses.begin(ANNA, 5)
    assert pauses.left(ANNA) == 29
    pauses.begin(ANNA, 60)
    assert pauses.left(ANNA) == 60


def test_a_pause_is_told_once_while_any_is_under_way(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    pauses = Pauses(watch)
    pauses.begin(ANNA, 30)
    watch.now += 29
    pauses.begin(BERT, 1)
    assert caplog.messages == ["Telegram wants a pause of 30 s (429)"]
    watch.now += 1
    pauses.begin(ANNA, 5)
    assert caplog.messages[1:] == ["Telegram wants a pause of 5 s (429)"]


# -- pace


def sent(pace: Pace, chat: int, times: int) -> None:
    for _ in range(times):
        pace.count(chat)


def test_a_chat_takes_three_in_a_row_and_then_one_a_second() -> None:
    watch = Watch()
    pace = Pace(watch)
    left = []
    for _ in range(5):
        left.append(round(pace.left(ANNA), 2))
        pace.count(ANNA)
    assert left == [0, 0, 0, 1.05, 2.1]
    assert pace.left(BERT) == 0
    watch.now += 60
    assert pace.left(ANNA) == 0
    sent(pace, ANNA, 3)
    assert round(pace.left(ANNA), 2) == 1.05, "what is long ago gives no longer burst"


def test_the_bot_sends_28_a_second() -> None:
    watch = Watch()
    pace = Pace(watch)
    pace.count(BERT)
    watch.now += 0.25
    for chat in range(26):
        pace.count(chat)
    assert pace.left(ANNA) == 0
    pace.count(CLEO)
    assert pace.left(ANNA) == 0.75
    watch.now += 0.75
    assert pace.left(ANNA) == 0
    pace.count(CLEO)
    assert pace.left(ANNA) == 0.25, "the second one was sent a quarter of a second after the first"


async def test_a_broadcast_waits_for_its_slot_and_leaves_a_pause_of_telegrams_to_others() -> None:
    line = Line()
    assert await line.pacing.room_for_background()
    await line.call(hello())
    assert await line.pacing.room_for_background()
    assert line.now == pytest.approx(1000 + 1 / 15, abs=0.001)
    for chat in (1, 2):
        line.pacing.pauses.begin(chat, 0.9)
    assert not await line.pacing.room_for_background()
    assert line.now < 1001


async def test_what_the_bot_sends_by_itself_leaves_some_of_each_second_to_answers() -> None:
    line = Line()
    for wait, in_a_second in ((line.pacing.room_for_own, 22), (line.pacing.turn_of_own, 24)):
        before = line.now
        assert [await wait() for _ in range(in_a_second + 1)] == [False] + in_a_second * [True]
        assert line.now == pytest.approx(before + 1, abs=0.001)
        line.now += 60
        assert [await wait() for _ in range(2)] == [False, True], "turns of before are not made up for"


def test_turns_come_evenly_and_in_the_order_of_asking() -> None:
    watch = Watch()
    turns = Turns(watch, 25)
    assert [round(turns.reserve(), 3) for _ in range(4)] == [0, 0.04, 0.08, 0.12]
    watch.now += 0.1
    assert turns.reserve() == pytest.approx(0.06)


def test_a_broadcast_goes_behind_every_other_message_and_at_fifteen_a_second() -> None:
    watch = Watch()
    pace = Pace(watch)
    assert pace.background_left() == 0
    pace.count(1)
    assert pace.background_left() == pytest.approx(1 / 15)
    watch.now += 1 / 15
    assert pace.background_left() == pytest.approx(0)
    sent(pace, 2, 2)
    assert pace.background_left() == pytest.approx(1 / 15)


def test_chats_that_have_their_burst_again_are_forgotten_and_no_other() -> None:
    watch = Watch()
    pace = Pace(watch)
    for chat in range(998):
        pace.count(chat)
    watch.now += 1.05
    sent(pace, ANNA, 4)
    pace.count(BERT)
    assert len(pace._chats) == 1000
    pace.count(CLEO)
    assert set(pace._chats) == {ANNA, BERT, CLEO}
    assert round(pace.left(ANNA), 2) == 2.1


def test_the_chat_of_a_call() -> None:
    assert (chat_of(hello(BERT)), chat_of(GetMe())) == (BERT, None)
