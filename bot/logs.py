"""Logging: text or JSON lines, and the last guard that keeps secrets out of them.

Nothing of ours logs a secret. This guard is for what others write: aiohttp puts whole URLs into its messages,
and a px6 key or a bot token stands in the path of every URL.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

SECRETS = re.compile(
    r"(?P<token>(?<!\d)\d{3,20}:[A-Za-z0-9_-]{20,120})"  # a bot token, also right after the "bot" of a URL
    r"|(?<=/api/)(?P<key>[^/\s?'\"]+)"  # the px6 key in a URL
    r"|(?P<hex>\b[0-9a-f]{8,}-[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b)"  # the px6 key alone
)


def redact(text: str) -> str:
    """The text with everything that looks like a px6 key or a bot token replaced by `***`."""
    return SECRETS.sub("***", text)


class RedactingFormatter(logging.Formatter):
    """Text lines in UTC, redacted after the traceback has been written into them."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


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
        return json.dumps({name: redact(value) for name, value in entry.items()}, ensure_ascii=False)


def set_up(level: str, style: str) -> None:
    """Send every log record of the program to stderr in one style."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else RedactingFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        # Each run of a job and each update is a line of its own there, and so is each second in which settling waits
        # for a slow px6 or Telegram: noise for an operator.
        for name, least in (("apscheduler", logging.ERROR), ("aiogram.event", logging.WARNING)):
            logging.getLogger(name).setLevel(least)
