"""A message with several commands is as many messages, and a text that holds a command stays a text."""

from __future__ import annotations

import pytest

from handlers.entry.refusals import COMMANDS_NAMED, too_many_commands_text
from handlers.entry.several_commands import split_commands
from handlers.ground.words import Words

KEY = "0123456789-abcdef0123-4567890abc"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/balance /stock de", ["/balance", "/stock de"]),
        ("/balance\n/stock de\n/help", ["/balance", "/stock de", "/help"]),
        ("/HELP@my_bot /Help", ["/HELP@my_bot", "/Help"]),
        ("/comment 15 see /orders", ["/comment 15 see /orders"]),
        ("/Comment@my_bot 15 see /orders", ["/Comment@my_bot 15 see /orders"]),
        ("/comment 15 see\n/orders", ["/comment 15 see", "/orders"]),
        ("/comment 15\none /orders", ["/comment 15\none /orders"]),
        ("/comment 15 see\n/balance /orders", ["/comment 15 see", "/balance", "/orders"]),
        ("/balance /comment 15 see /orders", ["/balance", "/comment 15 see /orders"]),
        ("/balance /nonsense", ["/balance /nonsense"]),
        ("/balance/help", ["/balance/help"]),
        ("/balance /help/me", ["/balance /help/me"]),
        ("say /balance /help", ["say /balance /help"]),
        (f"/key {KEY} /help", [f"/key {KEY} /help"]),
        ("", [""]),
    ],
)
def test_a_message_is_split_where_another_command_begins(text: str, parts: list[str]) -> None:
    assert split_commands(text) == parts


@pytest.mark.parametrize(("count", "more"), [(1, ""), (COMMANDS_NAMED, ""), (COMMANDS_NAMED + 1, " …")])
def test_of_commands_that_were_not_run_only_so_many_are_named(count: int, more: str) -> None:
    """Dots say that there are others, so that nobody believes that those were run."""
    left = [f"/c{number}" for number in range(count)]
    text = too_many_commands_text(Words("en"), left)
    assert text.endswith(f"Not run: {', '.join(left[:COMMANDS_NAMED])}{more}")
