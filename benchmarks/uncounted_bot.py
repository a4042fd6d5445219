"""The bot, counting nothing: what `benchmarks/metrics.py` compares the bot with."""

from __future__ import annotations

import sys
from typing import Any

from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.methods import Response, TelegramMethod

import bot.cli
from bot.metrics import Metrics
from bot.request_counting import RequestCounting
from bot.watch import Watch


def nothing(*_: object) -> None:
    """Takes the place of what counts."""


async def hand_on(
    _: RequestCounting, make_request: NextRequestMiddlewareType[Any], bot: Any, method: TelegramMethod[Any]
) -> Response[Any]:
    return await make_request(bot, method)


if __name__ == "__main__":
    for kind in (Metrics, Watch):
        for name in vars(kind):
            if not name.startswith("_"):
                setattr(kind, name, nothing)
    setattr(RequestCounting, "__call__", hand_on)  # noqa: B010 - its types are another library's
    sys.exit(bot.cli.main([]))
