"""`px6-bot`, or `python -m bot`: reads the settings, runs the bot, ends on SIGTERM or SIGINT."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

# What the arguments are when the bot itself is meant, and no tool of it.
RUNS: tuple[list[str], ...] = ([], ["run"], ["--adopt-database"])


def program() -> NoReturn:
    """The command `px6-bot`; ends the process with the exit code."""
    if sys.argv[1:] in RUNS:
        expect_signals()
        gc.disable()  # all that is imported stays: `spare_collector` spares the collector that, and enables it again
    from bot.logs import catch_uncaught

    catch_uncaught()  # before anything can fail

    from bot.cli import main  # its imports can fail, too

    sys.exit(main(sys.argv[1:]))


def expect_signals() -> None:
    """The imports take seconds, and a stop during them is as clean as a later one: nothing is open yet.

    A tool that is stopped has not done its work, so there the signal kills, as it would any program.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it asks for the settings, which are about to be read


if __name__ == "__main__":
    program()
