"""What the log says of the bot when it starts and stops."""

from __future__ import annotations

import pytest

from bot import __version__
from bot.start_line import described
from services.account.access import Access
from tests.world import GivenSettings

TOKEN = "700000001:sandbox-token-of-the-default-bot-01"
HOOK = "https://bot.example.org/telegram"


@pytest.mark.parametrize(
    ("allowed", "operators", "told"),
    [
        ((), (), "for everybody, operated by nobody"),
        ((), (7,), "for everybody, operated by 7"),
        ((12, 3), (7,), "for 3 and 7 and 12, operated by 7"),
        (range(1, 6), (), "for 1 and 2 and 3 and 4 and 5, operated by nobody"),
        (range(1, 7), (6,), "for 6 people, operated by 6"),
    ],
)
def test_for_whom_it_runs(allowed: tuple[int, ...], operators: tuple[int, ...], told: str) -> None:
    settings = GivenSettings(bot_token=TOKEN)
    assert described(settings, Access(allowed, operators)) == f"version {__version__}, polling, {told}"


def test_how_updates_come_in_and_where_it_listens() -> None:
    def told(**given: str) -> str:
        settings = GivenSettings(bot_token=TOKEN, **given)
        return described(settings, Access()).partition(", ")[2]

    assert told(http_listen="[::1]:81") == "polling, for everybody, operated by nobody, listening at [::1]:81"
    assert told(webhook_url=HOOK).startswith("webhook, ")
    assert told(webhook_url=HOOK).endswith(", listening at 127.0.0.1:8080")
