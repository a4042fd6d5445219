"""Which addresses Telegram accepts in links and buttons, and entities that carry an argument."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

USER_LINK = re.compile(r"tg://user/?\?id=(\d{1,15})$", re.IGNORECASE)
_HOST = re.compile(
    r"^(?:[^\s.:/?#@\[\]]+\.)+[^\s.:/?#@\[\]\d][^\s.:/?#@\[\]]+$|^(?:\d{1,3}\.){3}\d{1,3}$|^\[[0-9a-fA-F:.]+\]$"
)
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


class WrongUrl(ValueError):
    """An address that Telegram refuses; the text is its reason."""


def checked_url(url: str) -> str:
    """The address as Telegram keeps it: with a protocol, and a slash when it has no path. Raises WrongUrl."""
    url = url.strip()
    lowered = url.lower()
    if lowered.startswith(("tg:", "ton:", "tonsite:")):
        return _own_protocol(url)
    protocol, colon, _ = url.partition("://")
    if colon and protocol.lower() not in ("http", "https"):
        raise WrongUrl("Unsupported URL protocol")
    if not url:
        raise WrongUrl("URL host is empty")
    return _http(url if colon else f"http://{url}")


def _own_protocol(url: str) -> str:
    if "://" not in url:
        url = url.replace(":", "://", 1)
    if not re.match(r"[a-z]+://[A-Za-z0-9]", url, re.IGNORECASE):
        raise WrongUrl("Wrong tg URL")
    return url


def _http(url: str) -> str:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise WrongUrl("Wrong HTTP URL") from None
    host = parts.netloc.rpartition("@")[2]
    host = host if host.startswith("[") and host.endswith("]") else re.sub(r":\d*$", "", host)
    if not host:
        raise WrongUrl("URL host is empty")
    if not _HOST.match(host) and host.lower() != "localhost":
        raise WrongUrl("Wrong HTTP URL")
    if re.search(r"\s", url):
        raise WrongUrl("Wrong HTTP URL")
    return url if parts.path or parts.query or parts.fragment else f"{url}/"


def check_user_link(url: str) -> int | None:
    """The id in a `tg://user?id=` link."""
    found = USER_LINK.match(url)
    return int(found[1]) if found else None


def link_entity(url: str) -> dict[str, Any] | None:
    """The entity of a link in markup; an address that Telegram refuses makes plain text."""
    person_id = check_user_link(url)
    if person_id is not None:
        return {"type": "text_mention", "user": {"id": person_id}}
    try:
        return {"type": "text_link", "url": checked_url(url)}
    except WrongUrl:
        return None


def date_time(unix: str, style: str) -> dict[str, Any] | None:
    """A point in time that each phone shows in its own zone; nothing when it makes no sense."""
    if not unix.isdigit() or not 0 < int(unix) < 2**31 or not _DATE_FORMAT.fullmatch(style):
        return None
    entity: dict[str, Any] = {"type": "date_time", "unix_time": int(unix)}
    if style:
        entity["date_time_format"] = style
    return entity
