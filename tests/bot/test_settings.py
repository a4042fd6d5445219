"""What a setting is where nobody sets it, which values are still taken and which are not, and the words of a no."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import Settings, SettingsError, is_master_key

TOKEN = "123456789:AAExampleExampleExampleExampleExample"
KEY = base64.urlsafe_b64encode(bytes(range(224, 256))).decode()  # with - and _ and a = at its end


@pytest.fixture(autouse=True)
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Who has set nothing but the token, in a folder without `.env`."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    return monkeypatch


def refused(**given: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.load(**given)
    return str(caught.value)


def test_a_token_is_enough() -> None:
    settings = Settings.load()
    expected = {
        "telegram_api_url": "https://api.telegram.org",
        "px6_api_urls": ("https://px6.me/api", "https://proxy6.net/api", "https://px6.link/api"),
        "px6_timeout_seconds": 30,
        "px6_site_url": "https://px6.me",
        "px6_rate_scope": "key",
        "px6_proxy": (),
        "settle_seconds": (5, 30, 120, 600),
        "database_url": "sqlite:///data/bot.sqlite3",
        "backup_dir": None,
        "backup_every_hours": 24,
        "backup_keep": 7,
        "history_days": 400,
        "encryption_keys": (),
        "encryption_key_file": Path("secrets/encryption.key"),
        "credentials_directory": None,
        "state_directory": None,
        "notify_socket": "",
        "watchdog_usec": 0,
        "allowed_user_ids": frozenset(),
        "admin_user_ids": frozenset(),
        "sync_seconds": 60,
        "webhook_url": "",
        "http_listen": "",
        "log_level": "INFO",
        "log_format": "text",
    }
    assert {name: getattr(settings, name) for name in expected} == expected
    assert settings.telegram_proxy.get_secret_value() == settings.webhook_secret.get_secret_value() == ""
    assert settings.bot_id == 123456789


@pytest.mark.parametrize(
    ("name", "taken", "not_taken"),
    [
        ("PX6_TIMEOUT_SECONDS", ("0.001", "600"), ("0", "600.5", "601")),
        ("SETTLE_SECONDS", ("0.001", "2592000", "5,5.5"), ("0", "2592001", "5,5", "9,5", ",")),
        ("SYNC_SECONDS", ("0.001", "86400"), ("0", "86400.5", "86401")),
        ("ALLOWED_USER_IDS", ("1", "4503599627370495"), ("0", "4503599627370496")),
        ("ADMIN_USER_IDS", ("1", "4503599627370495"), ("0", "4503599627370496")),
        ("BOT_TOKEN", ("123:" + "a" * 20, "1" * 20 + ":" + "a" * 120), ("12:" + "a" * 20, "123:" + "a" * 19)),
        ("WEBHOOK_SECRET", ("", "-"), ("+",)),
        ("BACKUP_EVERY_HOURS", ("0.001", "8784"), ("0", "8785")),
        ("BACKUP_KEEP", ("1", "10000"), ("0", "10001")),
        ("HISTORY_DAYS", ("60", "36500"), ("59", "36501", "60.5")),
        ("WATCHDOG_USEC", ("0", "60000000"), ("-1", "soon")),
    ],
)
def test_the_last_value_that_is_taken_and_the_first_that_is_not(
    operator: pytest.MonkeyPatch, name: str, taken: tuple[str, ...], not_taken: tuple[str, ...]
) -> None:
    for value in taken:
        operator.setenv(name, value)
        assert Settings.load()
    for value in not_taken:
        operator.setenv(name, value)
        assert refused().startswith(f"{name} "), value


def test_lists_are_split_at_commas_whatever_stands_around_them(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ALLOWED_USER_IDS", " 1002 ,, 1001,")
    operator.setenv("ADMIN_USER_IDS", "1003,")
    operator.setenv("SETTLE_SECONDS", "5, 30")
    operator.setenv("ENCRYPTION_KEYS", f" {KEY} , {KEY.rstrip('=')}")
    operator.setenv("PX6_API_URLS", "https://px6.me/api/,http://10.0.0.5:80")
    settings = Settings.load()
    assert settings.allowed_user_ids == {1001, 1002}
    assert settings.admin_user_ids == {1003}
    assert settings.settle_seconds == (5, 30)
    assert [key.get_secret_value() for key in settings.encryption_keys] == [KEY, KEY.rstrip("=")]
    assert settings.px6_api_urls == ("https://px6.me/api", "http://10.0.0.5:80")


def test_who_names_nobody_does_not_let_everybody_in(operator: pytest.MonkeyPatch) -> None:
    for value in (",", " , ,", ",,"):
        operator.setenv("ALLOWED_USER_IDS", value)
        assert refused().startswith("ALLOWED_USER_IDS names nobody: "), value
    for value in ("", "  "):
        operator.setenv("ALLOWED_USER_IDS", value)
        assert Settings.load().allowed_user_ids == frozenset()
    operator.setenv("ADMIN_USER_IDS", ",")
    assert Settings.load().admin_user_ids == frozenset(), "which gives nobody anything"


def test_a_level_may_be_written_in_any_case_and_a_proxy_end_in_a_slash(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("LOG_LEVEL", "debug")
    operator.setenv("TELEGRAM_PROXY", "socks5://user:word@127.0.0.1:1080/")
    settings = Settings.load()
    assert settings.log_level == "DEBUG"
    assert settings.telegram_proxy.get_secret_value() == "socks5://user:word@127.0.0.1:1080"
    assert "word" not in repr(settings)


def test_the_database_is_in_systemds_folder_for_the_service_unless_somebody_names_another(
    operator: pytest.MonkeyPatch,
) -> None:
    operator.setenv("STATE_DIRECTORY", "/var/lib/px6-bot")
    for written in ("", "DATABASE_URL=sqlite:///data/bot.sqlite3\n"):  # as in .env.example
        Path(".env").write_text(written)
        assert Settings.load().database_url == "sqlite:////var/lib/px6-bot/bot.sqlite3"
    Path(".env").write_text("DATABASE_URL=postgresql:///px6bot\n")
    assert Settings.load().database_url == "postgresql:///px6bot", "the environment of the service does not win"


def test_a_secret_that_nobody_sets_is_read_from_systemds_credentials(operator: pytest.MonkeyPatch) -> None:
    operator.delenv("BOT_TOKEN")
    operator.setenv("CREDENTIALS_DIRECTORY", ".")
    for name in ("bot_token", "webhook_secret", "px6_proxy", "telegram_proxy", "sync_seconds"):
        Path(name).write_text(
            {"bot_token": TOKEN, "webhook_secret": "word"}.get(name, "socks5://a:b@127.0.0.1:1") + "\n"
        )
    settings = Settings.load()
    assert settings.bot_token.get_secret_value() == TOKEN
    assert settings.webhook_proof == "word"
    assert settings.px6_proxies == (settings.telegram_proxy.get_secret_value(),) == ("socks5://a:b@127.0.0.1:1",)
    assert settings.sync_seconds == 60, "no secret"


def test_what_the_environment_or_the_file_sets_goes_before_a_credential(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("CREDENTIALS_DIRECTORY", ".")
    Path("bot_token").write_text("999:" + "b" * 30)
    assert Settings.load().bot_id == 123456789
    operator.setenv("BOT_TOKEN", "")
    assert Settings.load().bot_id == 999
    Path(".env").write_text(f"BOT_TOKEN=777:{'c' * 30}")
    assert Settings.load().bot_id == 777


def test_a_credential_that_is_missing_is_a_setting_that_is_not_made_and_one_that_is_wrong_is_one_line(
    operator: pytest.MonkeyPatch,
) -> None:
    operator.delenv("BOT_TOKEN")
    operator.setenv("CREDENTIALS_DIRECTORY", ".")
    assert refused().startswith("BOT_TOKEN is not set")
    Path("bot_token").write_text("hello")
    assert refused().startswith("BOT_TOKEN is not a bot token") and "hello" not in refused()
    Path("bot_token").write_bytes(b"\xff")
    assert refused() == "bot_token in CREDENTIALS_DIRECTORY cannot be read (UnicodeDecodeError)"
    Path("bot_token").unlink()
    Path("bot_token").mkdir()
    assert refused() == "bot_token in CREDENTIALS_DIRECTORY cannot be read (IsADirectoryError)"


def test_what_is_empty_is_not_set(operator: pytest.MonkeyPatch) -> None:
    for name in ("PX6_TIMEOUT_SECONDS", "ALLOWED_USER_IDS", "SETTLE_SECONDS", "PX6_SITE_URL"):
        operator.setenv(name, "")
    operator.setenv("NO_SETTING_OF_THE_BOT", "x")
    assert Settings.load() == Settings.load(_env_file=None)
    assert Settings.load().px6_timeout_seconds == 30


def test_the_file_is_read_and_the_environment_goes_before_it(operator: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SYNC_SECONDS=7\nPX6_RATE_SCOPE=address\nSOMETHING_ELSE=1\n")
    operator.setenv("SYNC_SECONDS", "8")
    settings = Settings.load()
    assert (settings.sync_seconds, settings.px6_rate_scope) == (8, "address")


def test_a_file_that_cannot_be_read_is_one_line() -> None:
    Path(".env").write_bytes(b"LOG_LEVEL=\xff\xfe")
    assert refused() == ".env cannot be read: it must be a text file in UTF-8"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOT_TOKEN", None, "BOT_TOKEN is not set: put it into .env (.env.example shows how) or the environment."),
        ("BOT_TOKEN", "hello", "BOT_TOKEN is not a bot token (digits, a colon, letters and digits)."),
        ("SYNC_SECONDS", "0", "SYNC_SECONDS is wrong: input should be greater than 0."),
        ("PX6_API_URLS", ",", "PX6_API_URLS names no address."),
        ("WEBHOOK_SECRET", "+", "WEBHOOK_SECRET is not 1 to 256 of A-Z, a-z, 0-9, _ and -."),
        ("SETTLE_SECONDS", "9,5", "SETTLE_SECONDS must be growing numbers of seconds."),
        ("ENCRYPTION_KEYS", f"{KEY},no", "ENCRYPTION_KEYS key number 2 is not 32 bytes in URL-safe base64."),
    ],
)
def test_a_complaint_names_the_setting_what_is_wrong_and_a_right_value(
    operator: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    operator.delenv("BOT_TOKEN") if value is None else operator.setenv(name, value)
    told, _, example = refused().partition(" Example: ")
    assert told == said
    assert example.startswith(f"{name}=")


def test_a_setting_that_owners_do_not_make_has_no_example(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("CREDENTIALS_DIRECTORY", "/run/cred\tentials")
    assert refused() == (
        "CREDENTIALS_DIRECTORY has a character in it that cannot be seen, such as a tab or a line break: remove it."
    )


@pytest.mark.parametrize("sign", ["\t", "\n", "\x00", "\x1f", "\x7f", "\x9f", "\u2028", "\udcff"])
def test_what_nobody_sees_is_found_before_anything_else(sign: str) -> None:
    for name in ("px6_site_url", "allowed_user_ids", "log_level", "encryption_key_file"):
        assert "cannot be seen" in refused(**{name: f"a{sign}b"})


def test_each_setting_has_one_line_in_their_order_the_first_that_is_wrong_with_it(
    operator: pytest.MonkeyPatch,
) -> None:
    operator.setenv("SETTLE_SECONDS", "-1,later")
    operator.setenv("PX6_TIMEOUT_SECONDS", "soon")
    operator.setenv("LOG_FORMAT", "xml")
    lines = refused().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["PX6_TIMEOUT_SECONDS", "SETTLE_SECONDS", "LOG_FORMAT"]
    assert "greater than 0" in lines[1]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (KEY, True),
        (KEY.rstrip("="), True),
        (KEY + "====", False),
        (base64.urlsafe_b64encode(bytes(31)).decode(), False),
        (base64.urlsafe_b64encode(bytes(33)).decode(), False),
        (base64.urlsafe_b64encode(bytes(31)).decode().rstrip("="), False),
        (KEY[:-2] + "é=", False),
        (KEY[:-2] + " =", False),
        (KEY[:-3] + "=", False),
        ("", False),
    ],
)
def test_a_master_key_is_32_bytes_padded_or_not(text: str, is_one: bool) -> None:
    assert is_master_key(text) is is_one


@pytest.mark.parametrize(
    ("webhook_url", "http_listen", "there"),
    [
        ("", "", None),
        ("https://bot.example.org/telegram", "", ("127.0.0.1", 8080)),
        ("", "0.0.0.0:65535", ("0.0.0.0", 65535)),  # noqa: S104
        ("https://bot.example.org/telegram", "[::1]:1", ("::1", 1)),
    ],
)
def test_where_it_listens(webhook_url: str, http_listen: str, there: tuple[str, int] | None) -> None:
    assert Settings.load(webhook_url=webhook_url, http_listen=http_listen).listens_at == there


def test_the_proof_of_telegram_is_the_owners_or_the_same_in_every_process() -> None:
    assert Settings.load(webhook_secret="our-own").webhook_proof == "our-own"
    assert Settings.load().webhook_proof == "8590030dbecb2e90436838d4fd8f7a1d74aed5fa73a5958f698ca8a39a218768"


def test_keys_are_looked_up_again_only_where_the_environment_has_named_them(operator: pytest.MonkeyPatch) -> None:
    assert not Settings.load().keys_were_read
    operator.setenv("ENCRYPTION_KEYS", KEY)
    assert Settings.load().keys_were_read
    assert not Settings.load(encryption_keys=(KEY,)).keys_were_read


def test_an_error_of_the_settings_shows_no_value_that_may_be_a_secret(operator: pytest.MonkeyPatch) -> None:
    operator.setenv("ENCRYPTION_KEYS", "a-key-that-was-cut")
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({})
    assert "ENCRYPTION_KEYS" in str(caught.value).upper()
    assert "a-key-that-was-cut" not in str(caught.value)
