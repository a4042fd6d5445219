"""Checks addresses in settings, and shows them to the owner without a password.

The text of each ValueError continues the name of the setting, and never has the value, which may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

WEB = ("http", "https")
PROXIES = ("socks5", "socks4", "http")
OWN_PATHS = ("/healthz", "/readyz", "/metrics")
"""Paths of the bot's own HTTP server, at which no update can be delivered."""

NOT_PLAIN = "has a / ? or # in its login or password: write %2F, %3F or %23 instead"


def base_address(value: str) -> str:
    """A base address of an API or a site, without its last slash. ValueError."""
    check_host(value, WEB)
    if "?" in value or "#" in value:
        raise ValueError("is a base address: it ends with a path, there is no place for ? or #")
    return value.rstrip("/")


def proxy_address(value: str) -> str:
    """The address of a proxy, with its port and without a path. ValueError."""
    check_host(value, PROXIES)
    parts = urlsplit(value)
    if parts.port is None:
        raise ValueError("names no port")
    if parts.path.strip("/") or "?" in value or "#" in value:
        raise ValueError("ends with the port: nothing can follow")
    return value.rstrip("/")


def database_address(value: str) -> str:
    """`sqlite:///` and a file, or `postgresql://` and a database on a server. ValueError; whether it can be used is
    seen when it is opened."""
    if value.startswith("postgresql://"):
        return server_address(value)
    scheme, _, path = value.partition(":///")
    if scheme not in ("sqlite", "sqlite+aiosqlite") or path in ("", ":memory:"):
        raise ValueError("must name a SQLite file, after sqlite:///, or a PostgreSQL, after postgresql://")
    if "?" in path:
        raise ValueError("takes no parameters: nothing can follow the name of the file")
    if path.endswith("/") or PurePosixPath(path).name in ("", ".."):
        raise ValueError("names a folder, and must name a file")
    return value


def server_address(value: str) -> str:
    """A database of a PostgreSQL, as libpq reads it: several hosts and parameters may stand in it. ValueError."""
    authority, *_ = re.split(r"[/?#]", value.removeprefix("postgresql://"))
    if "@" in value.removeprefix(f"postgresql://{authority}").partition("?")[0]:
        raise ValueError(NOT_PLAIN)
    path, *_ = re.split(r"[?#]", value.removeprefix(f"postgresql://{authority}"))
    if not path.strip("/"):
        raise ValueError("names no database: it ends with / and the name of one")
    if "#" in value or " " in value:
        raise ValueError("has a blank or a # in it: write %20 or %23 instead")
    return value


def webhook_address(value: str) -> str:
    """The address at which Telegram delivers, as it is: its path may be any but the bot's own. ValueError."""
    check_host(value, WEB)
    if "?" in value or "#" in value:
        raise ValueError("ends with a path, there is no place for ? or #")
    parts = urlsplit(value)
    if "@" in parts.netloc:
        raise ValueError("has a login in it: leave it out, WEBHOOK_SECRET proves that it is Telegram")
    if parts.path in OWN_PATHS:
        raise ValueError("ends with a path that the bot itself answers: add one of your own, such as /telegram")
    return value


def listen_address(value: str) -> str:
    """A host of this machine and a port: `[::1]:8080`. ValueError; whether it is free is seen at the start."""
    host, port = split_listen_address(value)
    if not host or ("[" in value) != (":" in host) or any(sign in host for sign in "[]/@ "):
        raise ValueError("is not a host and a port; an IPv6 address is written in brackets")
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ValueError("ends with a port that cannot exist: it must be a number from 1 to 65535")
    return value


def split_listen_address(value: str) -> tuple[str, str]:
    """Host, without the brackets of IPv6, and port; both empty parts where there is no colon."""
    host, _, port = value.rpartition(":")
    return (host[1:-1] if host.startswith("[") and host.endswith("]") else host), port


def host_and_port(host: str, port: int) -> str:
    """As in an address: an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_host(value: str, schemes: Sequence[str]) -> None:
    """ValueError when it does not begin with one of the schemes, a host, and a port that exists."""
    scheme, _, rest = value.partition("://")
    if scheme not in schemes:
        raise ValueError(f"is not an address that starts with {' or '.join(s + '://' for s in schemes)}")
    authority, *_ = re.split(r"[/?#]", rest)
    if "@" in rest.removeprefix(authority):
        raise ValueError(NOT_PLAIN)
    if " " in value:
        raise ValueError("has a blank in it")
    try:
        host = urlsplit(value).hostname or ""
        host.encode("idna")
    except ValueError:  # also the UnicodeError of a name that cannot be one
        host = ""
    if not host:
        raise ValueError("names no host, or one that cannot exist")
    if not has_port_that_exists(value):
        raise ValueError("has a port that cannot exist: it must be a number from 1 to 65535")


def has_port_that_exists(value: str) -> bool:
    """Whether there is none, or a number from 1 to 65535."""
    try:
        return urlsplit(value).port != 0
    except ValueError:
        return False


def shown(value: str) -> str:
    """The address without login and password, for people."""
    scheme, found, rest = value.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"
