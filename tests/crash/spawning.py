"""The fork server: a child that has imported the bot once and forks a running bot in a few milliseconds.

    python -m tests.crash.spawning

reads one JSON order a line on stdin and answers with JSON lines on stdout: `{"pid": …}` when the bot was forked, and
`{"ended": pid, "code": …}` (negative: the signal that killed it) when it ended.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import runpy
import select
import socket
import ssl
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import Any, NoReturn

import tests.built_models  # noqa: F401 - before whatever imports aiogram first: building all its models takes seconds
from bot import app
from bot.menus import publish_menus
from bot.serve import serve
from px6 import parts
from tests.crash.bots import ROOT
from tests.crash.points import Points
from tests.world import GivenSettings, new_world


def main() -> None:
    """Serve one."""
    warm_up()
    serve_one()


def serve_all(listener: socket.socket, until: int) -> None:
    """Fork a server for each that connects, warm from the first one on, until this file descriptor is closed."""
    os.chdir(ROOT)
    as_usual()
    is_warm, forked = False, set[int]()
    while until not in select.select([listener.fileno(), until], [], [])[0]:
        is_warm = is_warm or warm_up()
        with listener.accept()[0] as connection:
            pid = os.fork()
            if not pid:
                listener.close()
                os.close(until)
                for stream in (0, 1):
                    os.dup2(connection.fileno(), stream)
                connection.close()
                serve_one()
                os._exit(0)
        forked.add(pid)
    for pid in forked:
        os.waitpid(pid, 0)


def as_usual() -> None:
    """Streams and warnings as a program of its own has them, not as pytest has."""
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    warnings.resetwarnings()
    for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", kind)


def serve_one() -> None:
    """Serve until stdin ends."""
    running: set[int] = set()
    # Unbuffered: what a buffer holds back, select would not see.
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    while True:
        readable, _, _ = select.select([0], [], [], 0.005 if running else None)
        if readable:
            line = orders.readline()
            if not line:
                return
            running.add(fork(json.loads(line)))
        running -= reap(running)


def warm_up() -> bool:
    """What every bot would do first, done once by one that pays; frozen, so that no bot walks through it again."""
    share_what_is_costly()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(pay_once(Path(folder)))
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    return True


def share_what_is_costly() -> None:
    """What is the same in all bots: the machine's certificates."""
    ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]


async def pay_once(folder: Path) -> None:
    """aiogram builds the models of what it sends and gets when they are first used: a second of each process."""
    async with new_world(folder, publish=publish_menus) as world:
        phone = world.phone()
        await phone.connects()
        await phone.says("/buy 1 30 de")
        await phone.taps("Buy")


def fork(order: dict[str, Any]) -> int:
    """A bot as `order` wants it: settings, the file of its log and of its points, and where to kill it."""
    pid = os.fork()
    if pid == 0:
        run(order)
    say({"pid": pid})
    return pid


def run(order: dict[str, Any]) -> NoReturn:
    """The bot itself, which never comes back."""
    code = 70
    try:
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.dup2(os.open(order.get("stdin", os.devnull), os.O_RDONLY | os.O_NOCTTY), 0)
        play = source if "source" in order else program if "environment" in order else counted
        code = play(order)
    except BaseException:  # noqa: BLE001 - told, and then it ends
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def counted(order: dict[str, Any]) -> int:
    """A bot whose points are counted; its exit code."""
    report = os.open(order["report"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    parts.LONGEST_IDS = order["longest_ids"] or parts.LONGEST_IDS
    app.WATCHES_EVERY = order["watches_every"] or app.WATCHES_EVERY
    app.HEALTH_EVERY = order["watches_every"] or app.HEALTH_EVERY
    points = Points(report, order["kill_at"], Path(order["orders"]) if order["orders"] else None)
    points.install()
    if order["armed"]:
        points.arm()
    return serve(GivenSettings.load(**order["settings"]))


def program(order: dict[str, Any]) -> int:
    """`python -m bot`, or another module, in a folder and an environment; its exit code."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv[1:] = order["arguments"]
    try:
        runpy.run_module(order["module"], run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def source(order: dict[str, Any]) -> int:
    """A program that finds the project in a folder, and nowhere else; all libraries but some are imported already."""
    os.chdir(order["folder"])
    gone = {path.name for path in ROOT.iterdir() if path.is_dir()} | set(order["anew"])
    for name in [name for name in sys.modules if name.partition(".")[0] in gone]:
        del sys.modules[name]
    sys.path[:] = [order["folder"], *(entry for entry in sys.path if entry and Path(entry) != ROOT)]
    sys.path_importer_cache.clear()
    exec(order["source"], {"__name__": "__main__"})  # noqa: S102 - of a test
    sys.stdout.flush()
    return 0


def reap(running: set[int]) -> set[int]:
    """Those that have ended, each told once."""
    ended = set()
    for pid in running:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            ended.add(pid)
            say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})
    return ended


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
