"""Which texts are commands without a slash."""

from __future__ import annotations

import pytest

from handlers.account.home import commands
from handlers.ground.command_words import as_command, commands_by_word, folded
from handlers.ground.typed import read
from handlers.ground.words import Words
from locales import LANGUAGES


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("balance", "balance"),
        ("  BALANCE!", "balance"),
        ("💰 Мой баланс", "balance"),
        ("Мои прокси…", "proxies"),
        ("стереть всё", "forget"),
        ("купить", "buy"),
        ("buy 5 30 de", None),
        ("my balance is low", None),
        ("balance " * 10, None),
        ("", None),
        ("!", None),
        ("/prices", "prices"),
    ],
)
def test_a_word_is_a_command_where_it_is_the_whole_text(text: str, command: str | None) -> None:
    assert as_command(read(text)).command == command


def test_every_command_has_words_in_every_language_and_no_word_has_two() -> None:
    names = {name for name, _, _ in commands(Words("en"))}
    for spoken in LANGUAGES.values():
        assert set(spoken.command_words.values()) == names
    words = [folded(word) for spoken in LANGUAGES.values() for word in spoken.command_words]
    assert len(words) == len(set(words)) == len(commands_by_word())
