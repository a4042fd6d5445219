"""Errors that nobody foresaw are handed on by type and place, wherever our code logs them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator

import pytest

from bot import logs
from bot.error_watch import place_of, watched_errors
from handlers.ground.parsing import whole_number


@pytest.fixture
def noted() -> Iterator[list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    with watched_errors(lambda kind, place: found.append((kind, place))):
        yield found


def an_error() -> AttributeError:
    """One of our code."""
    with pytest.raises(AttributeError) as caught:
        whole_number(None)  # type: ignore[arg-type]  # that is the error
    return caught.value


def test_the_place_is_our_line_that_is_nearest_to_the_error() -> None:
    assert place_of(an_error()).startswith("handlers/ground/typed.py:")
    assert place_of(ValueError()) == "?"


def test_our_records_with_an_error_are_heard_and_no_others(noted: list[tuple[str, str]]) -> None:
    ours, error = logging.getLogger("services.orders"), an_error()
    ours.error("a line without an error")
    ours.warning("a warning", exc_info=error)
    logging.getLogger("aiogram.event").error("of a library", exc_info=error)
    assert noted == []
    ours.error("a line", exc_info=error)
    assert noted == [("AttributeError", place_of(error))]
    ours.error("a line that tells of it", extra={"unforeseen": error})
    ours.error("a line that tells of none", extra={"unforeseen": None})
    assert noted == [("AttributeError", place_of(error))] * 2


def test_what_fails_in_the_loop_or_in_a_thread_is_heard(
    noted: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    error, loop = an_error(), asyncio.new_event_loop()
    logs.loop_error(loop, {"message": "Task failed", "exception": error})
    logs.loop_error(loop, {"message": "Task failed"})
    loop.close()
    for hook in ("sys.excepthook", "threading.excepthook", "sys.unraisablehook", "warnings.showwarning"):
        monkeypatch.setattr(hook, None)
    logs.catch_uncaught()
    threading.excepthook(threading.ExceptHookArgs((AttributeError, error, None, None)))
    assert noted == [("AttributeError", place_of(error))] * 2


def test_after_the_block_nothing_is_heard() -> None:
    found: list[tuple[str, str]] = []
    with watched_errors(lambda kind, place: found.append((kind, place))):
        pass
    logging.getLogger("services").error("a line", exc_info=an_error())
    assert found == []
