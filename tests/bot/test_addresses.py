"""Addresses in settings: each rule on both sides, in the words that continue the name of the setting."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.addresses import (
    base_address,
    database_address,
    listen_address,
    proxy_address,
    shown,
    split_listen_address,
    webhook_address,
)

NO_PORT = "has a port that cannot exist: it must be a number from 1 to 65535"
NO_HOST = "names no host, or one that cannot exist"
NOT_PLAIN = "has a / ? or # in its login or password: write %2F, %3F or %23 instead"
NO_SQLITE = "must name a SQLite file, after sqlite:///, or a PostgreSQL, after postgresql://"
FOLDER = "names a folder, and must name a file"
NO_LISTEN = "is not a host and a port; an IPv6 address is written in brackets"
NO_LISTEN_PORT = "ends with a port that cannot exist: it must be a number from 1 to 65535"
NO_QUERY = "is a base address: it ends with a path, there is no place for ? or #"
NOTHING_FOLLOWS = "ends with the port: nothing can follow"
NO_HOOK_QUERY = "ends with a path, there is no place for ? or #"
OWN_PATH = "ends with a path that the bot itself answers: add one of your own, such as /telegram"


@pytest.mark.parametrize(
    ("read", "value", "kept"),
    [
        (base_address, "https://px6.me/api//", "https://px6.me/api"),
        (base_address, "http://me:p%2Fw@px6.me:1/api", "http://me:p%2Fw@px6.me:1/api"),
        (base_address, "https://px6.me:65535/a@b", None),
        (base_address, "https://px6.me/a/b", "https://px6.me/a/b"),
        (proxy_address, "socks5://h:1/", "socks5://h:1"),
        (proxy_address, "socks4://u:p@[::1]:65535", "socks4://u:p@[::1]:65535"),
        (proxy_address, "http://h:80", "http://h:80"),
        (database_address, "sqlite:///bot.sqlite3", "sqlite:///bot.sqlite3"),
        (database_address, "sqlite+aiosqlite:////var/a#b", "sqlite+aiosqlite:////var/a#b"),
        (database_address, "sqlite:///a/..b", "sqlite:///a/..b"),
        (database_address, "postgresql:///bot", "postgresql:///bot"),
        *[(database_address, many, many) for many in ("postgresql://a:b%40@h:1,i:2/bot?sslmode=verify-full",)],
        (webhook_address, "https://h/healthz/", "https://h/healthz/"),
        (webhook_address, "http://h:8443", "http://h:8443"),
        (listen_address, "h:1", "h:1"),
        (listen_address, "[::1]:65535", "[::1]:65535"),
        (listen_address, "0.0.0.0:65534", "0.0.0.0:65534"),
    ],
)
def test_what_can_be_used_is_kept(read: Callable[[str], str], value: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(ValueError, match="write %2F"):
            read(value)
    else:
        assert read(value) == kept


@pytest.mark.parametrize(
    ("read", "value", "said"),
    [
        (base_address, "px6.me", "is not an address that starts with http:// or https://"),
        (base_address, "socks5://px6.me", "is not an address that starts with http:// or https://"),
        (base_address, "https://px6.me/?", NO_QUERY),
        (base_address, "https://px6.me/#", NO_QUERY),
        (base_address, "https://me:a/b@px6.me", NOT_PLAIN),
        (base_address, "https://me:a?b@px6.me", NOT_PLAIN),
        (base_address, "https://me:a#b@px6.me", NOT_PLAIN),
        (base_address, "https://px 6.me", "has a blank in it"),
        (base_address, "https://px6.me/a b", "has a blank in it"),
        (base_address, "https://", NO_HOST),
        (base_address, "https://:80", NO_HOST),
        (base_address, "https://[half", NO_HOST),
        (base_address, f"https://{'a' * 64}.de", NO_HOST),
        (base_address, "https://h:0", NO_PORT),
        (base_address, "https://h:65536", NO_PORT),
        (base_address, "https://h:x", NO_PORT),
        (proxy_address, "https://h:80", "is not an address that starts with socks5:// or socks4:// or http://"),
        (proxy_address, "socks5://h", "names no port"),
        (proxy_address, "socks5://h:", "names no port"),
        (proxy_address, "socks5://h:1/path", NOTHING_FOLLOWS),
        (proxy_address, "socks5://h:1?", NOTHING_FOLLOWS),
        (proxy_address, "socks5://h:1#", NOTHING_FOLLOWS),
        (database_address, "mysql:///bot", NO_SQLITE),
        (database_address, "sqlite://bot", NO_SQLITE),
        (database_address, "sqlite:///", NO_SQLITE),
        (database_address, "sqlite:///:memory:", NO_SQLITE),
        (database_address, "sqlite:///bot?mode=ro", "takes no parameters: nothing can follow the name of the file"),
        (database_address, "postgres://h/bot", NO_SQLITE),
        (database_address, "postgresql://h", "names no database: it ends with / and the name of one"),
        (database_address, "postgresql://h/?host=a", "names no database: it ends with / and the name of one"),
        (database_address, "postgresql://a:b/c@h/bot", NOT_PLAIN),
        (database_address, "postgresql://h/bot#x", "has a blank or a # in it: write %20 or %23 instead"),
        (database_address, "postgresql://h/b ot", "has a blank or a # in it: write %20 or %23 instead"),
        (database_address, "sqlite:///data/", FOLDER),
        (database_address, "sqlite:///data/..", FOLDER),
        (database_address, "sqlite:///.", FOLDER),
        (webhook_address, "h/telegram", "is not an address that starts with http:// or https://"),
        (webhook_address, "https://h/t?", NO_HOOK_QUERY),
        (webhook_address, "https://h/t#", NO_HOOK_QUERY),
        (
            webhook_address,
            "https://me@h/t",
            "has a login in it: leave it out, WEBHOOK_SECRET proves that it is Telegram",
        ),
        (webhook_address, "https://h/healthz", OWN_PATH),
        (webhook_address, "https://h/readyz", OWN_PATH),
        (webhook_address, "https://h/metrics", OWN_PATH),
        (listen_address, "8080", NO_LISTEN),
        (listen_address, ":8080", NO_LISTEN),
        (listen_address, "::1:8080", NO_LISTEN),
        (listen_address, "[h]:8080", NO_LISTEN),
        (listen_address, "[::1:8080", NO_LISTEN),
        (listen_address, "::1]:8080", NO_LISTEN),
        (listen_address, "a/b:1", NO_LISTEN),
        (listen_address, "a@b:1", NO_LISTEN),
        (listen_address, "a b:1", NO_LISTEN),
        (listen_address, "h:", NO_LISTEN_PORT),
        (listen_address, "h:0", NO_LISTEN_PORT),
        (listen_address, "h:65536", NO_LISTEN_PORT),
        (listen_address, "h:-1", NO_LISTEN_PORT),
        (listen_address, "h:８０", NO_LISTEN_PORT),
        (listen_address, "h:²", NO_LISTEN_PORT),
    ],
)
def test_what_cannot_be_used_is_told_without_the_value(read: Callable[[str], str], value: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        read(value)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("h:80", ("h", "80")),
        ("[::1]:80", ("::1", "80")),
        ("[::1:80", ("[::1", "80")),
        ("::1]:80", ("::1]", "80")),
        ("80", ("", "80")),
        ("", ("", "")),
    ],
)
def test_where_to_listen_is_split_at_its_last_colon(value: str, parts: tuple[str, str]) -> None:
    assert split_listen_address(value) == parts


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("socks5://anna:s3cret@h:1080", "socks5://h:1080"),
        ("https://anna:a@b@h/path@x", "https://h/path@x"),
        ("https://h/path", "https://h/path"),
        ("anna:s3cret@h", "anna:s3cret@h"),
    ],
)
def test_an_address_is_shown_without_login_and_password(value: str, left: str) -> None:
    assert shown(value) == left
