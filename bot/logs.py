"""Logging: a line of text or JSON for each record, without secrets and without the words of people.

Of an error its type and places are written, whoever logs it (`bot/error_descriptions.py`); of a library's record only
its constant part. Our own modules log no secret, and the formatter redacts every line nevertheless.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TextIO
from urllib.parse import urlsplit

from bot.error_descriptions import OUR_PACKAGES, described, is_ours
from model.errors import StorageError

log = logging.getLogger(__name__)

PX6_URLS = ("https://px6.me/api",)  # where nothing else is set
ANYWHERE = (
    r"(?<!\d)\d{3,20}:[A-Za-z0-9_-]{20,120}",  # a bot token, also right after the "bot" of a URL
    r"(?<=://)[^/\s]+(?=@)",  # login and password in a URL, as of a proxy
    r"(?i:\b[0-9a-f]{8,}-[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b|\b[0-9a-f]{24,}\b)",  # a px6 key alone
)
WORDS = re.compile(r"[A-Za-z ,'!.]*")
UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # would end a line, or colour a terminal


def redactor(px6_urls: Sequence[str]) -> Callable[[str], str]:
    """A function that replaces what looks like a secret by `***`; in a px6 URL whatever follows the base address."""
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


class Shown(str):
    """A text that replaces a value in a message, also where the template asks for its `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def message_of(record: logging.LogRecord) -> str:
    """A record's message. Of a library's record only its constant part: the template, or else the first words."""
    ours = is_ours(record.name)
    if not record.args:
        return str(record.msg) if ours else first_words(str(record.msg))
    shown = our_value if ours else their_value
    args = record.args
    values = (
        {name: shown(value) for name, value in args.items()} if isinstance(args, Mapping) else tuple(map(shown, args))
    )
    try:
        return str(record.msg) % values
    except (TypeError, ValueError):  # such as a number that is asked for where none stands any more
        return first_words(str(record.msg))


def our_value(value: object) -> object:
    """A value of our own record. An error becomes its type and places, unless its text is meant for owners."""
    if isinstance(value, BaseException) and not isinstance(value, StorageError):
        return Shown(described(value))
    return value


def their_value(value: object) -> object:
    """A value of a library's record: a number as it is; an error's type and places; of anything else the type."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, BaseException):
        return Shown(described(value))
    return Shown(f"<{value.__name__ if isinstance(value, type) else type(value).__name__}>")


def first_words(text: str) -> str:
    """`Exception in callback` of a text that goes on with what a callback was given."""
    found = WORDS.match(text)
    return found[0].strip() if found else ""


class RedactingFormatter(logging.Formatter):
    """Text lines in UTC. Whatever a record holds, it is one line."""

    def __init__(self, px6_urls: Sequence[str] = PX6_URLS) -> None:
        super().__init__()
        self._redact = redactor(px6_urls)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        told = ": ".join(self.told(record).values())
        line = f"{self.formatTime(record)} {record.levelname:<7} {record.name}: {told}"
        return UNPRINTED.sub(" ", self._redact(line))

    def told(self, record: logging.LogRecord) -> dict[str, str]:
        """The message, and the error where there is one, before the last guard."""
        told = {"message": message_of(record)}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            told["error"] = described(error)
        return told


class JsonFormatter(RedactingFormatter):
    """One JSON object a line: time, level, logger, message, and the error when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"time": self.formatTime(record), "level": record.levelname, "logger": record.name}
        whole = entry | self.told(record)
        return json.dumps({name: self._redact(value) for name, value in whole.items()}, ensure_ascii=False)


def set_up(level: str, style: str, px6_urls: Sequence[str]) -> None:
    """Send every log record of the program to stderr in one style; of libraries, warnings and what is worse."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((JsonFormatter if style == "json" else RedactingFormatter)(px6_urls))
    logging.basicConfig(handlers=[handler], force=True)
    logging.raiseExceptions = False  # a record that cannot be written would be printed with all that it holds
    set_level(level)


def set_level(level: str) -> None:
    """From which level on our records are written; of libraries, warnings and what is worse at the least."""
    logging.getLogger().setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for room in OUR_PACKAGES:
        logging.getLogger(room).setLevel(level)
    # Each second in which settling waits for a slow px6 or Telegram is a warning there, which tells nobody anything.
    logging.getLogger("apscheduler").setLevel(logging.NOTSET if level == "DEBUG" else logging.ERROR)


def catch_uncaught() -> None:
    """Log uncaught errors and Python's warnings by type and place; Python would print them with their texts."""
    sys.excepthook = lambda kind, error, trace: log.critical("Ended by an error: %s", described(error))
    threading.excepthook = lambda args: log.error(
        "A thread failed: %s", told_of(args.exc_value), extra={"unforeseen": args.exc_value}
    )
    sys.unraisablehook = lambda args: log.error(
        "Something failed while it was cleaned up: %s", told_of(args.exc_value)
    )
    warnings.showwarning = show_warning


def told_of(error: BaseException | None) -> str:
    return "nothing is known of it" if error is None else described(error)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Keeps to `warnings.showwarning`."""
    log.warning("%s at %s:%d", category.__name__, "/".join(PurePath(filename).parts[-2:]), lineno)


def loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's handler: its own would write the reprs of futures, with the errors that they hold."""
    words, error = first_words(str(context.get("message", ""))), context.get("exception")
    known = error if isinstance(error, BaseException) else None
    log.error("In the event loop: %s: %s", words, told_of(known), extra={"unforeseen": known})
