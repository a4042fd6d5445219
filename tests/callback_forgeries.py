"""Every kind of button that the handlers know, and callback data of each that a person can forge."""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin

from aiogram.filters.callback_data import CallbackData
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

import handlers

NUMBERS = ("1", "0", "-1", "100000", "9" * 18)
TEXTS = ("", "a", "1", "ё" * 20)

handlers.handlers_by_event()  # imports every module, so that every kind of button is known


def button_kinds(kind: type[CallbackData] = CallbackData) -> list[type[CallbackData]]:
    """The callback data of every kind of button that the handlers know, without what a test has made for itself."""
    found = [each for each in kind.__subclasses__() if not each.__module__.startswith("tests.")]
    return found + [below for each in found for below in button_kinds(each)]


def forgeries(kind: type[CallbackData]) -> set[str]:
    """Callback data that is a button of this kind, with each odd value that a field takes in it once."""
    fields = list(kind.model_fields.values())
    usual = ["" if field.is_required() else packed(field.default) for field in fields]
    odd = [
        [text for text in odd_values(field) if is_taken(field, text)] or [usual[at]]
        for at, field in enumerate(fields)
    ]
    most = max(map(len, odd), default=1)
    texts = {":".join([kind.__prefix__, *(each[nth % len(each)] for each in odd)]) for nth in range(most)}
    return {text for text in texts if len(text.encode()) <= 64}


def packed(value: Any) -> str:
    """A field's value as aiogram writes it into callback data."""
    return str(int(value)) if isinstance(value, bool) else str(getattr(value, "value", value))


_readers: dict[str, TypeAdapter[Any]] = {}  # by what a field takes: most take the same as many others


def is_taken(field: FieldInfo, text: str) -> bool:
    """Whether aiogram reads this text into the field."""
    takes = f"{field.annotation} {field.metadata}"
    if takes not in _readers:
        _readers[takes] = TypeAdapter(Annotated[field.annotation, field])
    try:
        _readers[takes].validate_python(text)
    except ValueError:
        return False
    return True


def odd_values(field: FieldInfo) -> tuple[str, ...]:
    """The bounds of the field, values beyond them, and each choice that it has."""
    kind = field.annotation
    if kind is int:
        return NUMBERS
    if kind is bool:
        return ("0", "1")
    if get_origin(kind) is Literal:
        return tuple(map(packed, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(map(packed, kind))
    patterns = "".join(str(each.pattern) for each in field.metadata if getattr(each, "pattern", None))
    return (*TEXTS, *re.findall(r"[a-z]+|\d", patterns), *re.findall(r"[a-z]", patterns)[:4])
