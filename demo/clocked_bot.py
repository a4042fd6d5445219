"""The bot as its own process, with a clock that the demo moves: `python -m demo.clocked_bot`.

The demo starts it before it knows the settings, since importing the bot takes longest: the first line of standard
input has them as JSON. Each line after it is the offset of the clock in seconds. The end of input means that the demo
is gone, however it went: then the bot stops as on SIGTERM.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta


class MovedClock:
    """Real time and an offset."""

    def __init__(self, seconds: float) -> None:
        self.offset = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        """Seconds that have passed for the bot: a moved clock counts as time that passed."""
        return time.monotonic() + self.offset.total_seconds()

    def follow(self) -> None:
        """Takes each new offset from standard input; when it ends, the demo is gone and the bot stops."""
        for line in sys.stdin:
            self.offset = timedelta(seconds=float(line))
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """The exit status of the bot. Settings are those of the demo alone: `.env` is for the real bot."""
    gc.disable()  # as `python -m bot` does, until all is imported
    from bot.serve import serve
    from bot.settings import Settings

    settings, offset = sys.stdin.readline(), sys.stdin.readline()
    if not offset:
        return 0
    clock = MovedClock(float(offset))
    threading.Thread(target=clock.follow, daemon=True).start()
    os.environ.update(json.loads(settings))
    return serve(Settings.load(_env_file=None), clock.now, clock.monotonic)


if __name__ == "__main__":
    sys.exit(main())
