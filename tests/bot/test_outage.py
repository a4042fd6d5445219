"""What the log says of an outage: once, and why."""

from __future__ import annotations

import logging

import pytest
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
