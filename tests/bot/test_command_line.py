"""What an operator types: every mistake is one line without a traceback, every exit code says what happened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import NAMES_A_FILE, main
from bot.settings import Settings
from tests.bot.running import TOKEN, environment
from tests.world import MASTER_KEY


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of an operator, in a folder without `.env`."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(tmp_path).items():
        if name not in ("PATH", "PYTHONPATH"):
            monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", None),
        ("BOT_TOKEN", "a secret that is no token"),
        ("BOT_TOKEN", "１２３４５:AAsecretsecretsecretsecretsecret"),
        ("BOT_TOKEN", "12345:AAsecretsecretsecretsecretsecret\r"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_API_URL", "http://[half"),
        ("TELEGRAM_API_URL", "https://me:secret@"),
        ("TELEGRAM_API_URL", "https://me:secret@host:0"),
        ("TELEGRAM_API_URL", "https://me:secret@host:65536/api"),
        ("TELEGRAM_API_URL", "https://me:secret@a..b"),
        ("TELEGRAM_API_URL", "https://me:secret@a b"),
        ("PX6_API_URLS", ","),
        ("PX6_API_URLS", "https://px6.me/api,ftp://px6.link"),
        ("PX6_API_URLS", "https://px6.me/api?secret=1"),
        ("PX6_API_URLS", "https://px6.me/api?"),
        ("PX6_API_URLS", "https://px6.me/api,https://px6.me/api#secret"),
        ("PX6_API_URLS", "https://me:sec/secret@px6.me/api"),
        ("PX6_API_URLS", "https://px6.me/a\tpi,https://px6.link/api"),
        ("PX6_TIMEOUT_SECONDS", "soon"),
        ("PX6_TIMEOUT_SECONDS", "-1"),
        ("PX6_TIMEOUT_SECONDS", "nan"),
        ("PX6_TIMEOUT_SECONDS", "Infinity"),
        ("PX6_SITE_URL", "px6"),
        ("PX6_SITE_URL", "https://px6.me/?r=1"),
        ("PX6_RATE_SCOPE", "world"),
        ("SETTLE_SECONDS", "30,5"),
        ("SETTLE_SECONDS", "5,x"),
        ("SETTLE_SECONDS", "x,y"),
        ("SETTLE_SECONDS", "nan"),
        ("SETTLE_SECONDS", "5,nan"),
        ("SETTLE_SECONDS", "5,inf"),
        ("SETTLE_SECONDS", "5,1e300"),
        ("SETTLE_SECONDS", "0,5"),
        ("TELEGRAM_PROXY", "user:secret@proxy"),
        ("TELEGRAM_PROXY", "socks5://user:secret@proxy"),
        ("TELEGRAM_PROXY", "socks5://user:sec/secret@proxy:1080"),
        ("TELEGRAM_PROXY", "socks5://user:12/secret@proxy:1080"),
        ("TELEGRAM_PROXY", "socks5://user:12#secret@proxy:1080"),
        ("TELEGRAM_PROXY", "socks5://user:12?secret@proxy:1080"),
        ("TELEGRAM_PROXY", "socks5://user:secret@proxy:1080/path"),
        ("TELEGRAM_PROXY", "socks5://user:secret@proxy:108000"),
        ("TELEGRAM_PROXY", "https://user:secret@proxy:1080"),
        ("PX6_PROXY", "user:secret@proxy"),
        ("PX6_PROXY", "socks5://user:secret@proxy:1080,socks5://user:secret@proxy"),
        ("PX6_PROXY", "https://user:secret@proxy:1080"),
        ("PX6_PROXY", "socks5://user:12/secret@proxy:1080"),
        ("DATABASE_URL", "bot.sqlite3"),
        ("DATABASE_URL", "sqlite:////"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///data/"),
        ("DATABASE_URL", "sqlite:///data/.."),
        ("DATABASE_URL", "sqlite:///."),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///bot.sqlite3?mode=ro"),
        ("DATABASE_URL", "sqlite:///bot\n.sqlite3"),
        ("DATABASE_URL", "sqlite:///bot\udcff.sqlite3"),
        ("DATABASE_URL", "mysql://me:secret@host/bot"),
        ("BACKUP_DIR", "back\x1bups"),
        ("BACKUP_EVERY_HOURS", "0"),
        ("BACKUP_EVERY_HOURS", "nan"),
        ("BACKUP_EVERY_HOURS", "daily"),
        ("HISTORY_DAYS", "59"),
        ("HISTORY_DAYS", "for ever"),
        ("BACKUP_KEEP", "0"),
        ("BACKUP_KEEP", "1.5"),
        ("ENCRYPTION_KEYS", "c2hvcnQ"),
        ("ENCRYPTION_KEY_FILE", "secrets/\x1bkey"),
        ("ALLOWED_USER_IDS", "me"),
        ("ALLOWED_USER_IDS", "1001,-100123"),
        ("ALLOWED_USER_IDS", "0"),
        ("ALLOWED_USER_IDS", ","),
        ("ALLOWED_USER_IDS", " , ,"),
        ("ADMIN_USER_IDS", "me"),
        ("ADMIN_USER_IDS", "0"),
        ("SYNC_SECONDS", "0"),
        ("SYNC_SECONDS", "inf"),
        ("WEBHOOK_URL", "bot.example.org/secret"),
        ("WEBHOOK_URL", "ftp://bot.example.org/secret"),
        ("WEBHOOK_URL", "https://me:secret@bot.example.org/telegram"),
        ("WEBHOOK_URL", "https://bot.example.org/secret?x=1"),
        ("WEBHOOK_URL", "https://bot.example.org/secret#x"),
        ("WEBHOOK_URL", "https://bot.example.org:0/secret"),
        ("WEBHOOK_URL", "https://bot.example.org/healthz"),
        ("WEBHOOK_URL", "https://bot.example.org/readyz"),
        ("WEBHOOK_URL", "https://bot.example.org/metrics"),
        ("WEBHOOK_SECRET", "a secret with blanks"),
        ("WEBHOOK_SECRET", "secret.dots"),
        ("WEBHOOK_SECRET", "s" * 257),
        ("HTTP_LISTEN", "8080"),
        ("HTTP_LISTEN", ":8080"),
        ("HTTP_LISTEN", "127.0.0.1"),
        ("HTTP_LISTEN", "127.0.0.1:"),
        ("HTTP_LISTEN", "127.0.0.1:0"),
        ("HTTP_LISTEN", "127.0.0.1:65536"),
        ("HTTP_LISTEN", "127.0.0.1:8o8o"),
        ("HTTP_LISTEN", "127.0.0.1:８０"),
        ("HTTP_LISTEN", "::1:8080"),
        ("HTTP_LISTEN", "[::1:8080"),
        ("HTTP_LISTEN", "[127.0.0.1]:8080"),
        ("HTTP_LISTEN", "http://127.0.0.1:8080"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_shows_a_right_one(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str | None
) -> None:
    settings.delenv(name) if value is None else settings.setenv(name, value)
    assert main([]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith(f"{name} ")
    assert "Example: " in said
    assert "secret" not in said.replace("secrets/encryption.key", ""), "a value may be a secret, so none is repeated"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_PROXY", "socks5://user:pa%2Fss@127.0.0.1:1080/"),
        ("TELEGRAM_PROXY", "http://[::1]:3128"),
        ("PX6_PROXY", "socks5://user:pa%2Fss@127.0.0.1:1080/, http://proxy.example:3128"),
        ("HISTORY_DAYS", "60"),
        ("PX6_PROXY", ","),
        ("PX6_API_URLS", "https://me:pw@px6.me:8443/api/, http://прокси.рф/api"),
        ("SETTLE_SECONDS", "0.5, 30"),
        ("WEBHOOK_URL", "https://bot.example.org"),
        ("WEBHOOK_URL", "http://127.0.0.1:8081/healthz/"),
        ("WEBHOOK_URL", "https://bot.example.org:8443/a/path%20of/its/own/"),
        ("WEBHOOK_SECRET", "A-z_9"),
        ("WEBHOOK_SECRET", "s" * 256),
        ("HTTP_LISTEN", "0.0.0.0:65535"),
        ("HTTP_LISTEN", "[::1]:1"),
        ("HTTP_LISTEN", "localhost:8080"),
        ("DATABASE_URL", "sqlite:////var/lib/bot/bot one.sqlite3"),
    ],
)
def test_what_can_be_used_is_no_mistake(settings: pytest.MonkeyPatch, name: str, value: str) -> None:
    settings.setenv(name, value)
    assert Settings.load()


def test_the_version_is_said_even_without_settings(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.delenv("BOT_TOKEN")
    assert main(["--version"]) == 0
    name, version = capsys.readouterr().out.removesuffix("\n").split(" ")
    assert name == "px6-bot" and re.fullmatch(r"\d+\.\d+\.\d+\S*", version)


def test_the_help_names_every_command_and_needs_no_settings(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.delenv("BOT_TOKEN")
    assert main(["--help"]) == 0
    said = capsys.readouterr()
    listed = {line.split()[0] for line in said.out.splitlines() if line.startswith("  ")}
    assert listed - {"`python"} == set(NAMES_A_FILE) and said.err == ""
    assert "px6-bot [run | doctor |" in said.out and ".env" in said.out
    assert max(map(len, said.out.splitlines())) < 120


def test_run_is_what_no_command_is(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings.setenv("DATABASE_URL", "sqlite:////proc/nowhere/bot.sqlite3")
    said = []
    for arguments in ([], ["run"]):
        assert main(arguments) == 1
        said.append([line for line in capsys.readouterr().err.splitlines() if line.startswith("the database")])
    assert said[0] == said[1] != []


def test_two_wrong_settings_are_two_lines(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings.setenv("LOG_LEVEL", "LOUD")
    settings.setenv("SYNC_SECONDS", "never")
    assert main(["doctor"]) == 2
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["SYNC_SECONDS", "LOG_LEVEL"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["help"],
        ["--help", "x"],
        ["run", "x"],
        ["run", "--adopt-database"],
        ["backup"],
        ["restore"],
        ["doctor", "x"],
        ["backup", "a", "b"],
        ["rotate-keys", "x"],
        ["doctor", "a", "b"],
        ["--adopt-database", "x"],
        ["--version", "x"],
        ["x", "--version"],
    ],
)
def test_a_wrong_command_shows_the_right_ones(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 64
    assert "doctor | rotate-keys | backup FILE | restore FILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rotate-keys"], "there is no database"),
        (["backup", "copy"], "there is no database"),
        (["restore", "copy"], "there is no backup"),
    ],
)
def test_what_a_tool_cannot_do_is_one_line(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_doctor_to_whom_nobody_answers_says_so_and_shows_no_secret(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAIL Telegram" in said
    assert "FAIL px6" in said
    assert "ok   settings" in said
    assert TOKEN not in said
    assert MASTER_KEY not in said
