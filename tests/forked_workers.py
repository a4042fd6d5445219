"""Workers of a run that are forked of the process that deals out the tests, after it has imported what they run.

Four that import everything themselves take four times four seconds of processor time before their first test. A
worker that takes the place of one that has crashed is a new process, as all are where this is not possible. The fork
server of the bots that tests kill (`tests/crash/spawning.py`) is forked once as well, before anything is made quick.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from execnet import gateway_io
from execnet.gateway_base import Popen2IO

from tests.crash.bots import SPAWNER
from tests.databases import ON_POSTGRESQL


def fork_workers(config: pytest.Config) -> None:
    """Fork as many as the run has, of what is imported by now; they wait for their gateways to be opened."""
    specs = config.getoption("tx")
    if set(specs) != {"popen"} or not is_possible(config):
        return
    gc.collect()
    gc.freeze()
    ours = list[int]()
    ready = [forked(ours) for _ in specs]
    create_io = gateway_io.create_io

    def next_io(spec: Any, execmodel: Any) -> Any:
        return ForkedWorker(*ready.pop(0), execmodel) if ready else create_io(spec, execmodel)

    gateway_io.create_io = next_io


def learn_constants() -> None:
    """The constants that hypothesis tries, which each worker would look for by itself in all that is imported."""
    from hypothesis.errors import HypothesisSideeffectWarning
    from hypothesis.internal.conjecture.providers import _get_local_constants

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisSideeffectWarning)  # it takes time, and is meant to
        _get_local_constants()


def pay() -> None:
    """Let a bot pay once, as any test of a payment does, and before the first fork.

    Each worker, and the fork server, would find out by itself which models aiogram builds when they are first used,
    what statements say, and how an empty database looks.
    """
    if ON_POSTGRESQL:  # a connection that was made would be everybody's
        return
    from tests.crash.spawning import pay_once

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(pay_once(Path(folder)))


def say_less(config: pytest.Config) -> None:
    """Let a worker report of each test what the dots are made of: not when it began, nor what went well around it.

    Half of the processor time that the tests' own process needs is for messages. Whoever asks for times or for a
    report in a file gets all.
    """
    if config.getoption("durations") or config.getoption("xmlpath") or config.getoption("verbose") > 0:
        return
    [interactor] = [each for each in config.pluginmanager.get_plugins() if type(each).__name__ == "WorkerInteractor"]
    send = interactor.sendevent

    def send_event(name: str, **content: Any) -> None:
        report = content.get("data", {}) if name == "testreport" else {}
        went_well = report.get("outcome") == "passed" and report["when"] != "call"
        if report.get("outcome") == "passed":
            report["keywords"] = {}  # half of the message, and names that are asked for only when tests are chosen
        if name != "logstart" and not went_well:
            send(name, **content)

    interactor.sendevent = send_event


def is_possible(config: pytest.Config) -> bool:
    """Whether this process can be forked: tracing and threads do not survive it."""
    traced, alone = config.pluginmanager.hasplugin("_cov"), threading.active_count() == 1
    return sys.platform == "linux" and alone and not traced


def fork_spawner(config: pytest.Config) -> None:
    """Fork what serves all workers that want a fork server; it ends with this process."""
    if not is_possible(config):
        return
    from tests.crash import spawning

    folder = Path(tempfile.mkdtemp(prefix="px6-spawner-"))
    listener, (until, held) = socket.socket(socket.AF_UNIX), os.pipe()
    listener.bind(str(folder / "socket"))
    listener.listen()
    os.environ[SPAWNER] = str(folder / "socket")
    pid = os.fork()
    if not pid:
        gc.enable()
        os.close(held)
        with leaving():
            spawning.serve_all(listener, until)
    os.close(until)
    listener.close()
    config.add_cleanup(lambda: end_spawner(pid, held, folder))


def end_spawner(pid: int, held: int, folder: Path) -> None:
    os.close(held)
    os.waitpid(pid, 0)
    shutil.rmtree(folder)
    del os.environ[SPAWNER]


def forked(ours: list[int]) -> tuple[int, int, int]:
    """The id of a process, and the ends of the pipes that lead to it and from it.

    `ours`: all ends that are not for workers. One that kept them would hear of no end of this process.
    """
    (theirs_in, to), (answers, theirs_out) = os.pipe(), os.pipe()
    ours += to, answers
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        for end in ours:
            os.close(end)
        serve(theirs_in, theirs_out)
    os.close(theirs_in)
    os.close(theirs_out)
    return pid, to, answers


def serve(requests: int, answers: int) -> None:
    """What `python -c` does for execnet."""
    with leaving():
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        os.close(requests)
        os.close(answers)
        sys.stdin, sys.stdout = os.fdopen(0, "r", closefd=False), os.fdopen(1, "w", closefd=False)
        exec(eval(sys.stdin.readline()), {"__name__": "__main__"})  # noqa: S102, S307 - execnet says what is run


@contextmanager
def leaving() -> Iterator[None]:
    """This process ends with the block. Nothing of the parent's is tidied up here."""
    code = 1
    try:
        atexit._clear()
        yield
        atexit._run_exitfuncs()
        code = 0
    except Exception:  # noqa: BLE001 - told, and then it ends
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(code)


class ForkedWorker(Popen2IO):
    """As execnet's `Popen2IOMaster`, around a process that is there already."""

    def __init__(self, pid: int, to: int, answers: int, execmodel: Any) -> None:
        self._pid = pid
        super().__init__(os.fdopen(to, "wb"), os.fdopen(answers, "rb"), execmodel=execmodel)

    def wait(self) -> int | None:
        """Its exit code."""
        with suppress(ChildProcessError):
            return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
