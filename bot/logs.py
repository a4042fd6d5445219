"""Logging: text or JSON lines, and the last guard that keeps secrets out of them.

Nothing of ours logs a secret. This guard is for what others write: aiohttp puts whole URLs into its messages,
and a px6 key or a bot token stands in the path of every URL.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

PX6_URLS = ("https://px6.me/api",)  # where nothing else is set
ANYWHERE = (
    r"(?<!\d)\d{3,20}:[A-Za-z0-9_-]{20,120}",  # a bot token, also right after the "bot" of a URL
    r"(?<=://)[^/\s]+(?=@)",  # login and password in a URL, as of a proxy
    r"(?i:\b[0-9a-f]{8,}-[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b|\b[0-9a-f]{24,}\b)",  # a px6 key alone
)


def redactor(px6_urls: Sequence[str]) -> Callable[[str], str]:
    """What replaces everything that looks like a secret by `***`: of a px6 URL whatever stands where the key does."""
    places = "|".join(map(re.escape, sorted(before_keys(px6_urls), key=len, reverse=True)))
    secrets = re.compile(rf"(?P<place>{places})[^/\s?'\"]+|{'|'.join(ANYWHERE)}")
    return lambda text: secrets.sub(lambda found: f"{found['place'] or ''}***", text)


def before_keys(px6_urls: Sequence[str]) -> set[str]:
    """What stands before the key: of each base address its host and path, and the path alone where there is one."""
    places = {"/api/"}
    for url in px6_urls:
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        places |= {f"{parts.netloc.rpartition('@')[2]}{path}/", *([f"{path}/"] if path else [])}
    return places


class RedactingFormatter(logging.Formatter):
    """Text lines in UTC, redacted after the traceback has been written into them."""

    def __init__(self, px6_urls: Sequence[str] = PX6_URLS) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._redact = redactor(px6_urls)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class JsonFormatter(RedactingFormatter):
    """One JSON object a line: time, level, logger, message, and the traceback when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps({name: self._redact(value) for name, value in entry.items()}, ensure_ascii=False)


def set_up(level: str, style: str, px6_urls: Sequence[str]) -> None:
    """Send every log record of the program to stderr in one style."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((JsonFormatter if style == "json" else RedactingFormatter)(px6_urls))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        # Each run of a job and each update is a line of its own there, and so is each second in which settling waits
        # for a slow px6 or Telegram: noise for an operator.
        for name, least in (("apscheduler", logging.ERROR), ("aiogram.event", logging.WARNING)):
            logging.getLogger(name).setLevel(least)
