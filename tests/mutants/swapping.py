"""Gives functions of this process the code that they have in another source of their module.

Importing the project and its tests anew for each fault takes longer than most tests that notice it. A fault in what a
module does while it is imported cannot be had in this way: it needs a process of its own.
"""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType

FUNCTION = inspect.CO_OPTIMIZED | inspect.CO_NEWLOCALS  # flags of a function's code, and of no class's or module's


class CannotSwap(Exception):
    """The two sources differ in more than what functions do when they are called."""


def swap(module: str, was: str, becomes: str) -> None:
    """Let the functions of a module do what they do in the source `becomes`, wherever they are held by now.

    Of a module that is not imported yet nothing is to be done. CannotSwap: nothing was changed.
    """
    if module not in sys.modules:
        return
    pairs = dict(changed(*(compile(source, module, "exec", dont_inherit=True) for source in (was, becomes))))
    gc.unfreeze()  # what is frozen is not found
    found = [(each, pairs[each.__code__]) for each in functions_of(module) if each.__code__ in pairs]
    if not found or any(len(each.__code__.co_freevars) != len(code.co_freevars) for each, code in found):
        raise CannotSwap
    for function, code in found:
        function.__code__ = code


def functions_of(module: str) -> Iterator[FunctionType]:
    """All functions that were defined in a module, decorated and nested ones, too."""
    return (each for each in gc.get_objects() if type(each) is FunctionType and each.__module__ == module)


def changed(was: CodeType, becomes: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions that differ, and those that they are defined in."""
    if was == becomes:
        return
    is_function = was.co_flags & FUNCTION == FUNCTION
    parts, new_parts = parts_of(was), parts_of(becomes)
    differs_itself = len(parts) != len(new_parts) or without_parts(was) != without_parts(becomes)
    if differs_itself and not is_function:
        raise CannotSwap
    if is_function:
        yield was, becomes
    if not differs_itself:
        for part, new_part in zip(parts, new_parts, strict=True):
            yield from changed(part, new_part)


def parts_of(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def without_parts(code: CodeType) -> CodeType:
    """The code itself; in which column the last line of a part ends belongs to what is around it."""
    kept = tuple(None if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_consts=kept, co_linetable=b"")
