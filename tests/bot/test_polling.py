"""Taking updates: with which offset and for how long Telegram is asked, what is confirmed when, and how it ends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError, TelegramUnauthorizedError
from aiogram.methods import GetUpdates, TelegramMethod

from bot.intake_observer import IntakeObserver
from bot.outage import TokenRefused
from bot.polling import Polling
from bot.updates import TakeUpdates
from handlers.ground.background_tasks import BackgroundTasks

COMMAND, WORDS = "/help", "some words, which may answer a question"
Answer = list[Any] | TelegramAPIError
Asked = tuple[int | None, int | None, int | None]  # offset, seconds, and how long the answer is waited for


class Telegram(BaseSession):
    """Gives the answers of `script`; then it holds each long request, and answers each short one with nothing."""

    def __init__(self, *script: Answer) -> None:
        super().__init__()
        self.script = deque(script)
        self.asked: list[Asked] = []
        self.kinds: list[list[str] | None] = []
        self.limits: list[int | None] = []
        self._holding = False

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        assert isinstance(method, GetUpdates)
        self.asked.append((method.offset, method.timeout, timeout))
        self.kinds.append(method.allowed_updates)
        self.limits.append(method.limit)
        if not self.script:
            assert not self._holding, "Telegram takes one request of a bot at a time"
            self._holding = True
            try:
                await (asyncio.Event().wait() if method.timeout else asyncio.sleep(0))
            finally:
                self._holding = False
            return []
        answer = self.script.popleft()
        if isinstance(answer, TelegramAPIError):
            raise answer
        return answer

    async def close(self) -> None:
        return

    async def stream_content(self, url: str, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield url.encode()


class TakenTurns:
    """Whose turn it is to poll, as a test says."""

    def __init__(self) -> None:
        self.given, self.gone = asyncio.Event(), asyncio.Event()
        self.asked = 0

    async def taken(self) -> None:
        await self.given.wait()

    async def lost(self) -> None:
        self.asked += 1
        try:
            await self.gone.wait()
        finally:
            for _ in range(100):  # as what gives a connection back
                await asyncio.sleep(0)
            self.asked -= 1


class Heard(IntakeObserver):
    """What whoever watches the bot is told."""

    def __init__(self) -> None:
        self.polls, self.taken, self.skipped = 0, 0, list[str]()

    def poll_ended(self) -> None:
        self.polls += 1

    def update_taken(self) -> None:
        self.taken += 1

    def update_skipped(self, kind: str) -> None:
        self.skipped.append(kind)


class Post:
    """A polling bot. `handled`: numbers that reached the dispatcher; while `gate` is shut, none comes to its end."""

    def __init__(self, *script: Answer, turns: TakenTurns | None = None) -> None:
        self.telegram = Telegram(*script)
        self.pauses: list[float] = []
        self.handled: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        dispatcher = Dispatcher(disable_fsm=True)
        dispatcher.update.outer_middleware(self._handle)
        self.background, self.stop = BackgroundTasks(), asyncio.Event()
        bot, self.heard = Bot("42:TEST", session=self.telegram), Heard()
        self.polling = Polling(bot, dispatcher, self.background, self._sleep, self.heard, turns)
        self._running = asyncio.ensure_future(self.polling.run(self.stop))

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def _handle(self, handler: object, update: Any, data: dict[str, Any]) -> None:
        self.handled.append(update.update_id)
        await self.gate.wait()
        if self.fails:
            raise ValueError("words")

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - Telegram is asked in a task of its own
                await asyncio.sleep(0.001)

    async def waits_with(self, offset: int | None) -> None:
        """Until Telegram holds a long request with this offset."""
        await self.until(lambda: not self.telegram.script and self.telegram.asked[-1:] == [(offset, 20, 28)])

    async def stops(self) -> None:
        self.stop.set()
        async with asyncio.timeout(10):
            await self._running


def update(number: int, text: str = COMMAND) -> dict[str, Any]:
    person = {"id": 1001, "is_bot": False, "first_name": "Ann"}
    chat = {"id": 1001, "type": "private", "first_name": "Ann"}
    return {"update_id": number, "message": {"message_id": 1, "from": person, "chat": chat, "date": 1, "text": text}}


def no(kind: Callable[..., TelegramAPIError] = TelegramNetworkError) -> TelegramAPIError:
    return kind(TakeUpdates(), "words")


async def test_what_was_taken_is_confirmed_by_the_next_request_or_else_at_the_stop() -> None:
    post = Post([update(7), update(8)], [update(9)])
    await post.waits_with(10)
    assert post.telegram.asked == [(None, 20, 28), (9, 20, 28), (10, 20, 28)]
    assert post.telegram.kinds[0] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert post.handled == [7, 8, 9]
    await post.stops()
    assert post.telegram.asked[3:] == [(10, 0, 2)], "the request that was cut off may not have arrived"
    assert (post.telegram.limits[-1], post.telegram.kinds[-1]) == (1, None)
    await post.polling.confirm()
    assert len(post.telegram.asked) == 4, "it is confirmed once"


async def test_without_any_update_nothing_is_confirmed() -> None:
    post = Post()
    await post.waits_with(None)
    await post.stops()
    assert post.telegram.asked == [(None, 20, 28)]


async def test_a_confirmation_that_fails_is_one_line_and_can_be_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    post = Post([update(7)])
    await post.waits_with(8)
    post.telegram.script.append(no())
    await post.stops()
    assert caplog.messages == ["The last updates stay unconfirmed and come again: TelegramNetworkError"]
    await post.polling.confirm()
    assert post.telegram.asked[-2:] == [(8, 0, 2), (8, 0, 2)]


async def test_what_changes_something_stays_with_telegram_until_it_is_handled() -> None:
    post = Post([update(6)], [update(7, WORDS), update(8)], [update(7, WORDS), update(8), update(9)])
    post.gate.clear()
    await post.until(lambda: len(post.telegram.asked) >= 5)
    assert post.telegram.asked[:5] == [(None, 20, 28), (7, 20, 28), (7, 0, 8), (7, 0, 8), (7, 0, 8)]
    assert post.handled == [6, 7, 8, 9], "what comes again is not handled again"
    assert post.pauses == [], "a pause ends when the update is released"
    post.gate.set()
    await post.waits_with(10)
    await post.stops()
    assert post.handled == [6, 7, 8, 9]


async def test_an_update_that_could_not_be_handled_is_logged_and_released(caplog: pytest.LogCaptureFixture) -> None:
    post = Post([update(7, WORDS)])
    post.fails = True
    await post.waits_with(8)
    await post.stops()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "Update 7 could not be handled")
    ]
    assert caplog.records[0].exc_info is not None
    assert post.telegram.asked == [(None, 20, 28), (8, 20, 28), (8, 0, 2)], "what is written soon is waited for"


async def test_what_a_stop_cancels_comes_again() -> None:
    post = Post([update(7, WORDS), update(8)])
    post.gate.clear()
    await post.until(lambda: len(post.telegram.asked) >= 2)
    await post.stops()
    assert await post.background.drain(0) == 2
    await post.polling.confirm()
    assert {offset for offset, *_ in post.telegram.asked[1:]} == {7}


async def test_an_update_that_cannot_be_read_is_counted_as_taken() -> None:
    post = Post(no(), [{"update_id": 7, "poll": {}}], [update(8)])
    await post.waits_with(9)
    await post.stops()
    assert post.handled == [8]
    heard = post.heard
    assert (heard.polls, heard.taken, heard.skipped) == (2, 2, ["poll"]), "a request that failed is no poll"


async def test_after_an_answer_without_anything_new_it_pauses() -> None:
    post = Post([update(7)], [], [], [update(8)])
    await post.waits_with(9)
    await post.stops()
    assert post.pauses == [0.2, 0.2]


async def test_failures_are_waited_out_with_growing_pauses_until_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    post = Post(no(), no(), [{"no": "number"}], [update(7)], no(), [update(8)])
    await post.waits_with(9)
    await post.stops()
    assert post.pauses == [0.5, 1.0, 2.0, 0.5]
    assert [message.split(",")[0].split(";")[0] for message in caplog.messages] == [
        "Telegram gives no updates",
        "Telegram gives updates again",
    ] * 2
    assert post.handled == [7, 8]


async def test_a_token_that_is_not_known_ends_it_and_leaves_nothing_behind() -> None:
    post = Post(no(TelegramUnauthorizedError))
    with pytest.raises(TokenRefused):
        await post._running
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_stop_before_the_first_request_asks_for_nothing() -> None:
    post = Post()
    await post.stops()
    assert post.telegram.asked == []


async def test_a_process_that_stands_by_asks_for_nothing_and_confirms_nothing() -> None:
    post = Post([update(7)], turns=TakenTurns())
    await asyncio.sleep(0.01)
    assert post.polling.stands_by
    await post.stops()
    assert post.telegram.asked == []


async def test_a_process_polls_from_when_it_is_its_turn_until_another_takes_over() -> None:
    turns = TakenTurns()
    post = Post([update(7)], turns=turns)
    turns.given.set()
    await post.waits_with(8)
    assert not post.polling.stands_by
    turns.given.clear()
    turns.gone.set()
    await post.until(lambda: post.polling.stands_by)
    asked = len(post.telegram.asked)
    await post.stops()
    assert len(post.telegram.asked) == asked, "the updates are the other's now"


async def test_who_stops_no_longer_asks_whose_turn_it_is() -> None:
    turns = TakenTurns()
    post = Post([update(7)], turns=turns)
    turns.given.set()
    await post.waits_with(8)
    assert turns.asked == 1
    await post.stops()
    assert turns.asked == 0, "what was asked is over, with all that it used"
