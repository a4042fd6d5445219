"""The pace of new messages, by a clock that only the waiting bot moves: no machine is too slow to break a limit."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import Response, SendMessage, TelegramMethod

from bot.request_pacing import Pace, RequestPacing, Turns
from sandbox.telegram.flood import FloodLimits

EACH_ONE = [*range(1, 71)]
ONE_AGAIN_AND_AGAIN = [1] * 7


async def test_telegram_never_has_to_refuse_a_message_that_comes_too_soon() -> None:
    now, refused = 1000.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds + 0.001  # no sleep is shorter

    limits = FloodLimits(lambda: now, on=True)

    async def telegram(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        assert isinstance(method, SendMessage) and isinstance(method.chat_id, int)
        if limits.wait_for(bot.id, method.chat_id):
            refused.append(method.chat_id)
        return Response[Any](ok=True, result=None)

    patience, bot = RequestPacing(sleep, lambda: now), Bot("42:TEST")
    for chat in (*EACH_ONE, *ONE_AGAIN_AND_AGAIN):
        await patience(telegram, bot, SendMessage(chat_id=chat, text="Hello"))
    assert not refused
    assert now < 1000 + 12, "and no message waits for longer than the limits want"


async def test_several_processes_share_what_a_bot_may_send() -> None:
    now = 0.0
    pace = Pace(lambda: now, lambda: 4)
    for chat in range(7):
        assert pace.left(chat) == 0
        pace.count(chat)
    assert pace.left(8) == 1
    assert pace.background_left() == pytest.approx(4 / 15)
    turns = Turns(lambda: now, 22)
    assert [turns.reserve(4), turns.reserve(4)] == pytest.approx([0, 4 / 22])


async def test_what_one_of_four_processes_sends_is_its_share_whatever_it_is() -> None:
    now = 1000.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    async def telegram(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        return Response[Any](ok=True, result=None)

    pacing = RequestPacing(sleep, lambda: now)
    pacing.processes = lambda: 4
    for wait, in_a_second in ((pacing.room_for_own, 22), (pacing.turn_of_own, 24)):
        began = now
        assert [await wait() for _ in range(3)] == [False, True, True]
        assert now - began == pytest.approx(2 * 4 / in_a_second)
    began = now
    for chat in range(7):
        await pacing(telegram, Bot("42:TEST"), SendMessage(chat_id=chat, text="Hello"))
    assert now == began
    assert await pacing.room_for_background()
    assert now - began == pytest.approx(4 / 15)
    await pacing(telegram, Bot("42:TEST"), SendMessage(chat_id=7, text="Hello"))
    assert now - began == pytest.approx(1), "a quarter of 28"


async def test_a_message_waits_until_the_chat_takes_one_of_any_process() -> None:
    waits, slept = [0.5, 0.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def take(chat: object) -> float:
        assert chat == 1001
        return waits.pop(0)

    async def make(bot: object, method: object) -> str:
        return "sent"

    pacing = RequestPacing(sleep, lambda: 0.0)
    pacing.take_in_chat = take
    made: Any = make
    answer: object = await pacing(made, Bot("42:TEST"), SendMessage(chat_id=1001, text="words"))
    assert answer == "sent"
    assert (slept, waits) == ([0.5], [])
