"""Runs tests in children of a process that has imported the libraries already: most of what a short run costs.

Started in a copy of the project as `python -m tests.mutants.forking`. Each line of its standard input is a JSON list
of pytest's arguments, the module and its two sources where a fault is not read from the file. Each answer is a line:
pytest's exit code, `late` for a run that did not end in time, or `cannot` for a fault that cannot be planted into
what was imported. Nothing of the project itself is imported before the fork, since a fault may stand in any module;
with `warm` as its argument it has imported all of it, and plants the fault after the fork.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

from tests.mutants.swapping import CannotSwap, swap

LONGEST = 300.0  # seconds for all tests of one fault; a fault that makes the bot hang is noticed as well
LOOK_EVERY = 0.02
WRITTEN = "written.txt"  # what pytest wrote in the last run
CANNOT = 99  # an exit code that pytest has no use for
# What runs in processes of its own reaches coverage as no test's; what plays by chance is as dear as all the rest.
UNTRACED = ("browser", "crash", "demo", "mutants", "peers", "people", "faults", "project", "sandbox")
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
    if sys.argv[1:] == ["warm"]:
        import_all()
    for line in sys.stdin:
        arguments, *fault = json.loads(line)
        sys.stdout.write(f"{run(arguments, fault)}\n")
        sys.stdout.flush()


def import_all() -> None:
    """The project and its tests, as the suite does before it forks its workers."""
    sys.path.insert(0, str(Path.cwd()))
    for name in ("tests.prepared", "tests.conftest"):
        import_module(name)
    for path in sorted(Path("tests").rglob("test_*.py")):
        if path.parts[1] not in UNTRACED:
            import_module(".".join(path.with_suffix("").parts))
    import_module("tests.forked_workers").pay()
    gc.collect()
    gc.freeze()


def run(arguments: list[str], fault: list[str]) -> str:
    """One run of pytest in a child of its own, with all that the child starts."""
    child = os.fork()
    if not child:
        os.setsid()
        written = os.open(WRITTEN, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        for stream in range(3):
            os.dup2(written, stream)
        os._exit(CANNOT if fault and not planted(*fault) else tested(arguments))
    return "cannot" if (code := ended(child)) == str(CANNOT) else code


def planted(module: str, was: str, becomes: str) -> bool:
    """Whether the fault is there from now on."""
    try:
        swap(module, was, becomes)
    except CannotSwap:
        return False
    return True


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
