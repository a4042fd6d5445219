"""Forged buttons of every kind through the whole program, down to the database and to px6."""

from __future__ import annotations

import logging
import re
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from aiogram.filters.callback_data import CallbackData
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from tests.fuzz.test_parsers import buttons
from tests.phones import DirectPhone
from tests.world import new_world

NUMBERS = ("1", "0", "-1", "100000", "9" * 18)
TEXTS = ("", "a", "1", "ё" * 20)
NO_BUTTONS = ["ol:all:99999999999999999999", "ol:all:-5", "again:", "skip:999999999999999999999999", "dg:١٥٠x", "x"]


def forgeries(kind: type[CallbackData]) -> set[str]:
    """Callback data that is a button of this kind, with each odd value that a field takes in it once."""
    fields = list(kind.model_fields.values())
    usual = ["" if field.is_required() else plain(field.default) for field in fields]
    odd = [
        [text for text in values(field) if is_taken(field, text)] or [usual[at]] for at, field in enumerate(fields)
    ]
    most = max(map(len, odd), default=1)
    texts = {":".join([kind.__prefix__, *(each[nth % len(each)] for each in odd)]) for nth in range(most)}
    return {text for text in texts if len(text.encode()) <= 64}


def plain(value: Any) -> str:
    """As aiogram packs it."""
    return str(int(value)) if isinstance(value, bool) else str(getattr(value, "value", value))


_readers: dict[int, TypeAdapter[Any]] = {}  # by the id of a field, which stays as long as its class


def is_taken(field: FieldInfo, text: str) -> bool:
    if id(field) not in _readers:
        _readers[id(field)] = TypeAdapter(Annotated[field.annotation, field])
    try:
        _readers[id(field)].validate_python(text)
    except ValueError:
        return False
    return True


def values(field: FieldInfo) -> tuple[str, ...]:
    kind = field.annotation
    if kind is int:
        return NUMBERS
    if kind is bool:
        return ("0", "1")
    if get_origin(kind) is Literal:
        return tuple(map(plain, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(map(plain, kind))
    patterns = "".join(str(each.pattern) for each in field.metadata if getattr(each, "pattern", None))
    return (*TEXTS, *re.findall(r"[a-z]+|\d", patterns), *re.findall(r"[a-z]", patterns)[:4])


@pytest.mark.parametrize("kind", buttons(), ids=lambda kind: kind.__name__)
def test_every_number_in_a_button_is_bounded(kind: type[CallbackData]) -> None:
    for name, field in kind.model_fields.items():
        if field.annotation is int:
            assert {"Ge", "Le"} <= {type(bound).__name__ for bound in field.metadata}, name


async def test_a_forged_button_is_answered_and_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    async with new_world(tmp_path) as world:
        await world.phone().connects()
        phone = DirectPhone(world.telegram, world.settings.bot_token.get_secret_value(), 1001)
        spare = {"forget", "key-new"}  # they would take the key away, and with it the way to what is behind it
        data = NO_BUTTONS + sorted(
            text for kind in buttons() if kind.__prefix__ not in spare for text in forgeries(kind)
        )
        for start in range(0, len(data), 30):
            taps = [phone.forges(text) for text in data[start : start + 30]]
            await world.quiet()
            assert [tap.data for tap in taps if tap.answer is None] == []
        assert [record.getMessage() for record in caplog.records] == []
        assert world.px6.books(world.key) == []
        world.telegram.refusals.clear()
