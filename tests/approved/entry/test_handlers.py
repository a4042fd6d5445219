"""Which handler takes which update, in the order in which they are asked: one that is asked for less, or for nothing,
leaves a command or a button without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from magic_filter import MagicFilter
from magic_filter.operations import ComparatorOperation, FunctionOperation, GetAttributeOperation

import handlers
from tests.approved.approving import State, approve


def states() -> Iterator[State]:
    for event, found in handlers.handlers_by_event().items():
        yield event, [f"{place(each.callback)}: {' and '.join(map(taken, each.filters or ()))}" for each in found]


def place(function: Any) -> str:
    """`orders.buy.buy_command`"""
    return f"{function.__module__.removeprefix('handlers.')}.{function.__name__}"


def taken(one: Any) -> str:
    """What one filter lets through."""
    return f"its {rule(one.magic)}" if one.magic is not None else named(one.callback)


def named(kept: Any) -> str:
    """A filter of ours by its kind and what it was made of; `not` before one that is turned round."""
    if hasattr(kept, "target"):
        return f"not {taken(kept.target)}"
    if hasattr(kept, "callback_data"):
        return f"{kept.callback_data.__name__}{'' if kept.rule is None else f' with {rule(kept.rule)}'}"
    if not hasattr(kept, "__dict__") or hasattr(kept, "__name__"):
        return str(getattr(kept, "__name__", type(kept).__name__))
    of = [getattr(each, "__name__", str(each)) for each in vars(kept).values()]
    return " ".join([type(kept).__name__, *of])


def rule(magic: MagicFilter) -> str:
    """`screen eq home`"""
    return " ".join(map(step, magic._operations))


def step(operation: Any) -> str:
    match operation:
        case GetAttributeOperation():
            return str(operation.name)
        case ComparatorOperation():
            return f"{operation.comparator.__name__} {operation.right!r}"
        case FunctionOperation(args=[choices]):
            return f"in {', '.join(sorted(choices))}"
        case FunctionOperation():
            method: Any = operation.function  # of a compiled pattern
            return f"{method.__name__} {method.__self__.pattern}"
    return type(operation).__name__


def test_which_handler_takes_what_is_as_approved() -> None:
    approve(__file__, states())
