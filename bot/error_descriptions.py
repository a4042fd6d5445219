"""Describes an error for the log: its type and the places in the code, never its text, which may quote a secret.

aiogram puts whole answers into its errors, aiohttp whole addresses, pydantic the values that it refuses: keys,
passwords and messages. A type and the lines of code that it came through hold none of that.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from types import CodeType, FrameType, TracebackType

OUR_PACKAGES = ("bot", "handlers", "locales", "model", "px6", "services", "storage")
MOST_PLACES = 8  # places in our code; those nearest to the error are kept
MOST_ERRORS = 5  # of a chain of causes, and of a group


def described(error: BaseException) -> str:
    """One line: each error of the chain with its places, the error that was raised last first.

    >>> described(ValueError("a key"))
    'ValueError'
    """
    return ", caused by ".join(described_alone(link) for link in chain(error))


def described_alone(error: BaseException) -> str:
    """`OSError ENOSPC at storage/engine/sqlite.py:51 > sqlite3/dbapi2.py:7`, and what a group holds."""
    named = errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    places = " > ".join(places_of(error.__traceback__))
    held = error.exceptions[:MOST_ERRORS] if isinstance(error, BaseExceptionGroup) else ()
    return " ".join(
        [
            type(error).__qualname__,
            *([named] if named else []),
            *([f"at {places}"] if places else []),
            *([f"of [{'; '.join(map(described, held))}]"] if held else []),
        ]
    )


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, as a traceback shows them; each once."""
    seen: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in seen and len(seen) < MOST_ERRORS:
        seen.append(link)
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def places_of(trace: TracebackType | None) -> list[str]:
    """`file:line` of each frame of our code, outermost first, and of the frame that raised the error."""
    frames = [(frame, line) for frame, line in walk_tb(trace)]
    ours = [(frame, line) for frame, line in frames if is_ours(module_of(frame))][-MOST_PLACES:]
    raised = [frames[-1]] if frames and frames[-1] not in ours else []
    return [f"{file_of(frame.f_code, module_of(frame))}:{line}" for frame, line in (*ours, *raised)]


def is_ours(module: str) -> bool:
    """Whether a module, or the logger that is named after it, is of this program."""
    return module.partition(".")[0] in OUR_PACKAGES


def module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def file_of(code: CodeType, module: str) -> str:
    """`aiohttp/client.py`: the file from its package on, without the folders of this machine."""
    path = Path(code.co_filename)
    depth = module.count(".") + 1 + (path.name == "__init__.py")
    return "/".join(path.parts[-depth:])
