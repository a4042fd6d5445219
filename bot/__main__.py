"""`python -m bot`: reads the settings, runs the bot, ends on SIGTERM or SIGINT."""

from __future__ import annotations

import os
import signal
import sys

if sys.argv[1:] in ([], ["--adopt-database"]):
    # The imports take seconds, and a stop during them is as clean as a later one: nothing is open yet.
    # A tool that is stopped has not done its work, so there the signal kills, as it would any program.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it asks for the settings, which are about to be read

from bot.logs import catch_uncaught

catch_uncaught()  # before anything can fail

from bot.cli import main  # noqa: E402 - its imports can fail, too

sys.exit(main(sys.argv[1:]))
