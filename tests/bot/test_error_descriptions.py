"""How much of an error is told: so many places, so many causes, so many of a group, and each once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from bot.error_descriptions import chain, described, file_of, is_ours
from bot.logs import redactor


def caught(call: Callable[[], Any]) -> BaseException:
    with pytest.raises(BaseException) as error:
        call()
    return error.value


def deep(call: Callable[[], Any], *, ours: int) -> Callable[[], Any]:
    """A call that goes through so many frames of one of our modules."""
    place: dict[str, Any] = {"__name__": "bot.deep"}
    source = "def through(call, n):\n    return through(call, n - 1) if n > 1 else call()\n"
    exec(compile(source, "x/bot/deep.py", "exec"), place)  # noqa: S102
    return lambda: place["through"](call, ours)


def fail() -> None:
    raise ValueError("a key")


@pytest.mark.parametrize(("frames", "told"), [(1, 1), (7, 7), (8, 8), (9, 8)])
def test_the_eight_places_nearest_to_the_error_are_told_and_where_it_was_raised(frames: int, told: int) -> None:
    said = described(caught(deep(fail, ours=frames)))
    places = said.removeprefix("ValueError at ").split(" > ")
    assert [place.split(":")[0] for place in places[:-1]] == ["bot/deep.py"] * told
    assert places[-1].startswith("tests/bot/test_error_descriptions.py:")


def test_a_place_of_ours_that_raised_is_told_once() -> None:
    place: dict[str, Any] = {"__name__": "px6.wrong"}
    exec(compile("def fail():\n    raise KeyError('a key')\n", "/anywhere/px6/wrong.py", "exec"), place)  # noqa: S102
    assert described(caught(place["fail"])) == "KeyError at px6/wrong.py:2"


@pytest.mark.parametrize(
    ("path", "module", "told"),
    [
        ("/anywhere/px6/wrong.py", "px6.wrong", "px6/wrong.py"),
        ("/anywhere/px6/__init__.py", "px6", "px6/__init__.py"),
        ("/anywhere/storage/engine/__init__.py", "storage.engine", "storage/engine/__init__.py"),
        ("/usr/lib/json/decoder.py", "json.decoder", "json/decoder.py"),
    ],
)
def test_a_file_is_told_from_its_package_on(path: str, module: str, told: str) -> None:
    assert file_of(compile("", path, "exec"), module) == told


def test_five_of_a_chain_and_five_of_a_group_are_told() -> None:
    errors = [ValueError(number) for number in range(7)]
    for error, cause in pairwise(errors):
        error.__cause__ = cause
    assert list(chain(errors[0])) == errors[:5]
    assert list(chain(errors[2])) == errors[2:]
    group = ExceptionGroup("words", [KeyError(number) for number in range(6)])
    assert described(group) == "ExceptionGroup of [KeyError; KeyError; KeyError; KeyError; KeyError]"


def test_what_came_before_is_told_unless_it_was_left_out_on_purpose() -> None:
    first, second = KeyError(1), ValueError(2)
    second.__context__ = first
    assert described(second) == "ValueError, caused by KeyError"
    second.__suppress_context__ = True
    assert described(second) == "ValueError"
    second.__cause__ = TypeError(3)
    assert described(second) == "ValueError, caused by TypeError"


@pytest.mark.parametrize(
    ("error", "told"),
    [(OSError(28, "words"), "OSError ENOSPC"), (OSError("words"), "OSError"), (ValueError(28), "ValueError")],
)
def test_an_error_of_the_system_has_its_name(error: BaseException, told: str) -> None:
    assert described(error) == told


@pytest.mark.parametrize(
    ("module", "ours"), [("bot", True), ("px6.calls", True), ("px6er", False), ("aiogram.bot", False)]
)
def test_what_is_ours(module: str, ours: bool) -> None:
    assert is_ours(module) is ours


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("https://px6.me/api/abc?x=1", "https://px6.me/api/***?x=1"),
        ("bot 123:abcdefghijklmnopqrst", "bot ***"),
        (
            "bot 12:abcdefghijklmnopqrst 123:abcdefghijklmnopqrs",
            "bot 12:abcdefghijklmnopqrst 123:abcdefghijklmnopqrs",
        ),
        ("0123456789abcdef01234567", "***"),
        ("0123456789abcdef0123456", "0123456789abcdef0123456"),
        ("01234567-89abcdef", "***"),
        ("0123456-89abcdef", "0123456-89abcdef"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_from_a_certain_length_on(written: str, left: str) -> None:
    assert redactor(["https://px6.me/api"])(written) == left
