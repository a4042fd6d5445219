"""What stands in the log of an error is its type and place, whoever writes it, at whatever level."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.error_descriptions import OUR_PACKAGES, described
from bot.logs import JsonFormatter, RedactingFormatter, before_keys, loop_error, message_of, redactor, set_level
from model.errors import StorageError
from px6 import Px6Client
from tests.bot.running import environment

SAID = "iagn2d of a proxy"  # a password is six letters: no pattern could find it

# Each way in which an error can leave a program without having been caught.
UNCAUGHT = """
import asyncio, gc, logging, sys, threading, warnings
from bot import logs

logs.catch_uncaught()
logs.set_up(*sys.argv[1:3], ["https://px6.me/api"])

def fail(*_):
    raise ValueError("SAID")

async def fail_later():
    fail()

class Ends:
    __del__ = fail

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.loop_error)
    loop.create_task(fail_later())
    loop.call_soon(fail, "SAID")
    await asyncio.sleep(0.01)
    gc.collect()

asyncio.run(main(), debug=True)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Ends()
warnings.warn("SAID")
for name in ("aiogram.event", "aiohttp.client", "sqlalchemy.engine.Engine", "apscheduler.scheduler", "asyncio"):
    other = logging.getLogger(name)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        other.log(level, "Row %r", ("SAID",))
        other.log(level, "Cause %d: %s %r %.1f", 7, ValueError("SAID"), "SAID", 0.5)
        other.log(level, "Wrong number %d", "SAID")
        other.log(level, "Handle(SAID)")
    try:
        fail()
    except ValueError:
        other.exception("Job failed")
ours = logging.getLogger("px6.calls")
ours.debug("status of %s", ValueError("SAID"))
try:
    fail()
except ValueError as error:
    try:
        raise ExceptionGroup("SAID", [error]) from error
    except ExceptionGroup:
        ours.exception("It failed")
fail()
"""


@pytest.mark.parametrize(("level", "style"), [("DEBUG", "text"), ("INFO", "json")])
def test_whatever_is_not_caught_is_written_without_its_text(tmp_path: Path, level: str, style: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-c", UNCAUGHT.replace("SAID", SAID), level, style],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = ended.stderr
    assert ended.returncode == 1
    assert (SAID in ended.stdout + said, "Traceback" in said) == (False, False), said
    for told in (
        "Ended by an error: ValueError at ",
        "A thread failed: ValueError at ",
        "Something failed while it was cleaned up: ValueError at ",
        "In the event loop: Task exception was never retrieved: ValueError at ",
        "In the event loop: Exception in callback fail: ValueError at ",
        "UserWarning at ",
        "Cause 7: ValueError <str> 0.5",
        "of [ValueError at ",
    ):
        assert told in said, f"{told}\n{said}"
    assert ("px6 status" in said or "status of ValueError" in said) is (level == "DEBUG")


def raised() -> BaseException:
    """An error of a library that was called by ours, with another one as its cause."""
    try:
        try:
            raise OSError(28, SAID)
        except OSError as error:
            raise StorageError(SAID) from error
    except StorageError as error:
        return error


def record(name: str, message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, "", 1, message, args, trace)


def test_an_error_is_its_types_and_the_lines_of_code_it_came_through() -> None:
    error = raised()
    here = f"tests/bot/test_logs.py:{error.__traceback__ and error.__traceback__.tb_lineno}"
    assert described(error).startswith(f"StorageError at {here}, caused by OSError ENOSPC at tests/bot/test_logs.py:")
    with pytest.raises(ValueError) as caught:
        Px6Client(" ")
    assert re.fullmatch(r"ValueError at px6/client\.py:\d+ > px6/calls\.py:\d+", described(caught.value))
    with pytest.raises(ValueError) as caught:
        json.loads(SAID)
    assert re.fullmatch(r"JSONDecodeError at json/decoder\.py:\d+", described(caught.value))


def test_causes_that_go_round_in_a_circle_end() -> None:
    one, other = ValueError(SAID), KeyError(SAID)
    one.__cause__, other.__cause__ = other, one
    assert described(one) == "ValueError, caused by KeyError"


def test_a_record_is_one_line_whatever_it_holds() -> None:
    line = RedactingFormatter().format(record("bot.x", "a\nb\r\x1b[31m\u2028c: %s", "d\n2026 ERROR forged"))
    assert line.endswith("a b [31m c: d 2026 ERROR forged")
    assert len(line.splitlines()) == 1
    assert len(JsonFormatter().format(record("bot.x", "a\nb")).splitlines()) == 1


def test_what_was_made_for_the_operator_is_told_in_full() -> None:
    line = RedactingFormatter().format(
        record("handlers.entry.gate", "A turn failed: %s", StorageError("the disk is full"))
    )
    assert line.endswith("A turn failed: the disk is full")


async def test_a_handler_that_formatted_before_leaves_no_traceback_behind() -> None:
    """The standard formatter keeps what it wrote in the record."""
    one = record("handlers.entry.gate", "A turn failed", error=raised())
    assert SAID in logging.Formatter().format(one)
    assert SAID not in RedactingFormatter().format(one) + JsonFormatter().format(one)
    assert "error" in json.loads(JsonFormatter().format(one))


def test_what_a_future_holds_is_not_written_with_it(caplog: pytest.LogCaptureFixture) -> None:
    """asyncio's own handler would write the repr of the future."""
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    future.set_exception(ValueError(SAID))
    loop_error(loop, {"message": "Future exception was never retrieved", "future": future, "exception": None})
    future.exception()
    loop.close()
    assert caplog.messages == ["In the event loop: Future exception was never retrieved: nothing is known of it"]


@pytest.mark.parametrize(
    ("name", "message", "arguments", "told"),
    [
        ("bot.x", "100 %", (), "100 %"),
        ("aiogram.event", "Row (words), and so on", (), "Row"),
        ("aiogram.event", "%s", (), ""),
        ("bot.x", "%s of %d", ("one", 2), "one of 2"),
        ("bot.x", "%d", ("words",), ""),
        ("bot.x", "Wrong: %d", ("words",), "Wrong"),
        ("aiogram.event", "%s %s %s %r %s", (1, 0.5, None, "words", int), "1 0.5 None <str> <int>"),
        ("aiogram.event", "%(a)s %(b)s", ({"a": 1, "b": "words"},), "1 <str>"),
        ("bot.x", "%(a)s", ({"a": "one"},), "one"),
        ("bot.x", "%r %s", (ValueError("words"), StorageError("for owners")), "ValueError for owners"),
        ("aiogram.event", "%s", (StorageError("for owners"),), "StorageError"),
        ("aiogram.event", "%s", (True,), "True"),
    ],
)
def test_a_message_holds_what_ours_says_and_of_others_only_what_is_constant(
    name: str, message: str, arguments: tuple[object, ...], told: str
) -> None:
    assert message_of(record(name, message, *arguments)) == told


def test_a_line_has_its_time_in_utc_its_level_and_its_logger() -> None:
    one = record("bot.x", "Words", error=ValueError("words"))
    one.created = 1_795_860_000.25
    assert RedactingFormatter().format(one) == "2026-11-28T10:00:00.250+00:00 ERROR   bot.x: Words: ValueError"
    assert json.loads(JsonFormatter().format(one)) == {
        "time": "2026-11-28T10:00:00.250+00:00",
        "level": "ERROR",
        "logger": "bot.x",
        "message": "Words",
        "error": "ValueError",
    }
    one.exc_info = (None, None, None)
    assert RedactingFormatter().format(one).endswith(" bot.x: Words")


def test_the_longest_address_that_fits_is_what_stands_before_a_key() -> None:
    assert redactor(["https://h.example/api/v2"])("GET /api/v2/Abc_KEY-9/buy") == "GET /api/v2/***/buy"


@pytest.mark.parametrize(
    ("urls", "before"),
    [
        (["https://px6.me/api/"], {"/api/", "px6.me/api/"}),
        (["http://me:pw@10.0.0.5:80/a/b"], {"/api/", "10.0.0.5:80/a/b/", "/a/b/"}),
        (["https://bare.example"], {"/api/", "bare.example/"}),
    ],
)
def test_what_stands_before_a_key(urls: list[str], before: set[str]) -> None:
    assert before_keys(urls) == before


async def test_the_loop_tells_words_and_the_error(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    loop_error(loop, {"message": "Task failed: <Task>", "exception": KeyError("words")})
    loop_error(loop, {"exception": "words"})
    assert caplog.messages == [
        "In the event loop: Task failed: KeyError",
        "In the event loop: : nothing is known of it",
    ]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("DEBUG", (logging.DEBUG, logging.WARNING, logging.WARNING)),
        ("INFO", (logging.INFO, logging.WARNING, logging.ERROR)),
        ("ERROR", (logging.ERROR, logging.ERROR, logging.ERROR)),
    ],
)
def test_libraries_write_warnings_at_the_least_and_the_scheduler_only_errors_unless_all_is_looked_at(
    level: str, expected: tuple[int, int, int]
) -> None:
    changed = [logging.getLogger(name) for name in (None, *OUR_PACKAGES, "apscheduler")]
    before = [each.level for each in changed]
    try:
        set_level(level)
        names = ("bot.polling", "aiogram.event", "apscheduler.scheduler")
        assert tuple(logging.getLogger(name).getEffectiveLevel() for name in names) == expected
    finally:
        for each, was in zip(changed, before, strict=True):
            each.setLevel(was)
