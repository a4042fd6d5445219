"""Runs tests in children of a process that has imported the libraries already: most of what a short run costs.

Started in a copy of the project as `python -m tests.mutants.forking`. Each line of its standard input is a JSON list
of pytest's arguments; each answer is one line with pytest's exit code, or `late` for a run that did not end in time.
Nothing of the project itself is imported before the fork, since a fault may stand in any module.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

LONGEST = 300.0  # seconds for all tests of one fault; a fault that makes the bot hang is noticed as well
LOOK_EVERY = 0.02
WRITTEN = "written.txt"  # what pytest wrote in the last run
# How aiogram is imported is a part of the project, and pytest wants to import its plugins itself.
LIBRARIES = (
    *("aiohttp.web", "aiohttp_socks", "msgspec", "pydantic_settings", "cryptography.fernet", "alembic.command"),
    *("babel.dates", "babel.messages.pofile", "babel.support", "PIL.Image", "PIL.ImageDraw", "PIL.ImageFont"),
    *("sqlalchemy.ext.asyncio", "sqlalchemy.dialects.sqlite.aiosqlite", "apscheduler.schedulers.asyncio"),
)


def main() -> None:
    """Serve until standard input ends."""
    for name in LIBRARIES:
        try:
            import_module(name)
        except ImportError:  # a library that the project does not use any more only costs time
            continue
    for line in sys.stdin:
        sys.stdout.write(f"{run(json.loads(line))}\n")
        sys.stdout.flush()


def run(arguments: list[str]) -> str:
    """One run of pytest in a child of its own, with all that the child starts."""
    child = os.fork()
    if not child:
        os.setsid()
        written = os.open(WRITTEN, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        for stream in range(3):
            os.dup2(written, stream)
        os._exit(tested(arguments))
    return ended(child)


def tested(arguments: list[str]) -> int:
    import pytest

    sys.path.insert(0, str(Path.cwd()))
    return int(pytest.main(arguments))


def ended(child: int) -> str:
    """Wait for the child; whatever is left of it and of its own children is killed."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            finish_off(child)
            return str(os.waitstatus_to_exitcode(status))
        time.sleep(LOOK_EVERY)
    finish_off(child)
    os.waitpid(child, 0)
    return "late"


def finish_off(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    main()
