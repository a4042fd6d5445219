"""aiogram, imported in a fifth of the time: a model of the Bot API is built when it is first used.

At its import aiogram builds all of its 450 models, each with everything that it refers to: three quarters of the time
that the bot takes to start, and 100 MB. The bot uses some thirty. So while aiogram is imported, what asks for a model
to be built only leaves the names by which models refer to each other; pydantic asks again when a model is first used.

This module is imported before aiogram. Where aiogram came first, everything is built already, and nothing is changed.
`tests/handlers/entry/test_aiogram_import.py` fails the day aiogram or pydantic builds its models otherwise.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_build = BaseModel.model_rebuild.__func__  # type: ignore[attr-defined]  # the function behind the class method
_names: dict[str, Any] = {}


def _leave(cls: type[BaseModel], /, *, _types_namespace: Mapping[str, Any] | None = None, **_: Any) -> None:
    """In place of `model_rebuild` during the import."""
    _names.update(_types_namespace or {})


def _build_named(cls: type[BaseModel], /, *, force: bool = False, raise_errors: bool = True, **_: Any) -> bool | None:
    """In place of `model_rebuild` afterwards.

    A model is as large as it stays for ever: taken out of what the collector walks through, it no longer makes a full
    collection hold up everybody for a tenth of a second.
    """
    built: bool | None = _build(cls, force=force, raise_errors=raise_errors, _types_namespace=_names)
    if built:
        gc.collect(1)
        gc.freeze()
    return built


def _import_aiogram() -> None:
    before = BaseModel.__dict__["model_rebuild"]
    BaseModel.model_rebuild = classmethod(_leave)  # type: ignore[assignment, method-assign]
    try:
        from aiogram.methods import Response, TelegramMethod
        from aiogram.types.base import TelegramObject
    finally:
        BaseModel.model_rebuild = before  # type: ignore[method-assign]
    for base in (TelegramObject, TelegramMethod, Response):
        base.model_rebuild = classmethod(_build_named)  # type: ignore[assignment, method-assign]


if "aiogram" not in sys.modules:
    _import_aiogram()
