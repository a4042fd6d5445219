"""Workers of a run that are forked of the process that deals out the tests, after it has imported what they run.

Four that import everything themselves take four times four seconds of processor time before their first test. A
worker that takes the place of one that has crashed is a new process, as all are where this is not possible.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

import pytest
from execnet import gateway_io
from execnet.gateway_base import Popen2IO


def fork_workers(config: pytest.Config) -> None:
    """Fork as many as the run has, of what is imported by now; they wait for their gateways to be opened."""
    specs = config.getoption("tx")
    traced, alone = config.pluginmanager.hasplugin("_cov"), threading.active_count() == 1
    if sys.platform != "linux" or set(specs) != {"popen"} or traced or not alone:
        return
    gc.collect()
    gc.freeze()
    ours = list[int]()
    ready = [forked(ours) for _ in specs]
    create_io = gateway_io.create_io

    def next_io(spec: Any, execmodel: Any) -> Any:
        return ForkedWorker(*ready.pop(0), execmodel) if ready else create_io(spec, execmodel)

    gateway_io.create_io = next_io


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
    """What `python -c` does for execnet, then the end of this process: nothing of the parent's is tidied up here."""
    code = 1
    try:
        atexit._clear()
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        os.close(requests)
        os.close(answers)
        sys.stdin, sys.stdout = os.fdopen(0, "r", closefd=False), os.fdopen(1, "w", closefd=False)
        exec(eval(sys.stdin.readline()), {"__name__": "__main__"})  # noqa: S102, S307 - execnet says what is run
        atexit._run_exitfuncs()
        code = 0
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
