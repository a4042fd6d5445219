"""What functions take, found out once a code: of 43 that are made for every bot, aiogram and APScheduler ask it.

What is made of the same code takes the same, unless it has defaults or something was written to it.
"""

from __future__ import annotations

from inspect import Signature
from types import CodeType, FunctionType
from typing import Any

from aiogram.dispatcher.event.handler import CallableObject
from apscheduler import util

_found: dict[CodeType, tuple[bool, set[str], bool]] = {}
_signatures: dict[CodeType, Signature] = {}
_find, _sign = CallableObject.__post_init__, util.signature


def keep_signatures() -> None:
    """Let both libraries ask once a code."""
    CallableObject.__post_init__ = find  # type: ignore[assignment,method-assign]  # it is its `self`
    util.signature = sign


def find(made: CallableObject) -> None:
    """What aiogram finds out of a function, for the fields of its object."""
    code = code_of(made.callback)
    if code is None:
        _find(made)
        return
    if code not in _found:
        _find(made)
        _found[code] = made.awaitable, made.params, made.varkw
    made.awaitable, made.params, made.varkw = _found[code]


def sign(function: Any, **how: Any) -> Signature:
    """The same for APScheduler, which looks at more."""
    code = code_of(function)
    if code is None or code not in _signatures:
        signature: Signature = _sign(function, **how)
        if code is None:
            return signature
        _signatures[code] = signature
    return _signatures[code]


def code_of(function: object) -> CodeType | None:
    """The code of a function of which it says all; None of anything else."""
    if (
        not isinstance(function, FunctionType)
        or function.__dict__
        or function.__defaults__
        or function.__kwdefaults__
    ):
        return None
    return function.__code__
