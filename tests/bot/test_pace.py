"""The pace of new messages, by a clock that only the waiting bot moves: no machine is too slow to break a limit."""

from __future__ import annotations

from typing import Any

from aiogram import Bot
from aiogram.methods import Response, SendMessage, TelegramMethod

from bot.request_pacing import RequestPacing
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
