"""Which names are taken for misspelt settings, and which are other programs' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.misspelt_settings import misspelt, names_in, resembling


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BOT_TOKEN", None),
        ("bot_token", None),
        ("BOT_TOKN", "BOT_TOKEN"),
        ("Bot_Tokn", "BOT_TOKEN"),
        ("PX6_TIMEOUT", "PX6_TIMEOUT_SECONDS"),
        ("PX6", None),
        ("LOG", None),
        ("LOG_", "LOG_LEVEL"),
        ("PX6_URLS", None),
        ("HTTP_PROXY", None),
    ],
)
def test_a_name_in_the_environment(name: str, meant: str | None) -> None:
    assert list(resembling([name], 0.85)) == ([(name, meant)] if meant else [])


def test_the_rest_is_looked_at_after_a_name_that_is_right() -> None:
    assert list(resembling(["BOT_TOKEN", "TZ", "LOG_LEVL"], 0.85)) == [("LOG_LEVL", "LOG_LEVEL")]


def test_the_bots_own_file_is_read_more_strictly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert names_in(Path(".env")) == []
    Path(".env").write_text("# LOG_LEVL=x\n  export LOG_LEVELS = x\nPX6_URLS=5\nX=1\n")
    assert names_in(Path(".env")) == ["LOG_LEVELS", "PX6_URLS", "X"]
    monkeypatch.setenv("PX6_URLS", "5")
    assert misspelt() == [
        "LOG_LEVELS is no setting of the bot, so it does nothing: is LOG_LEVEL meant?",
        "PX6_URLS is no setting of the bot, so it does nothing: is PX6_API_URLS meant?",
    ]
    Path(".env").write_bytes(b"LOG_LEVL=\xff")
    assert names_in(Path(".env")) == []
