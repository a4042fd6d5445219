"""`python -m bot`: reads the settings, runs the bot, ends on SIGTERM or SIGINT."""

from __future__ import annotations

import sys

from bot.cli import main

sys.exit(main(sys.argv[1:]))
