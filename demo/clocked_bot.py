"""The bot as its own process, with a clock that the demo moves: `python -m demo.clocked_bot`.

Standard input carries the offset of the clock in seconds, a line for each move. Its end means that the demo is
gone, however it went: then the bot stops as on SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta


class MovedClock:
    """Real time and an offset."""

    def __init__(self, seconds: float) -> None:
        self.offset = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + self.offset

    def follow(self) -> None:
        """Takes each new offset until the demo is gone."""
        for line in sys.stdin:
            self.offset = timedelta(seconds=float(line))
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """The exit status of the bot. Settings come from the environment alone: `.env` is for the real bot."""
    clock = MovedClock(float(sys.stdin.readline()))
    threading.Thread(target=clock.follow, daemon=True).start()
    # only now, since the import takes seconds in which the demo may be gone already
    from bot.serve import serve
    from bot.settings import Settings

    return serve(Settings.load(_env_file=None), clock.now)


if __name__ == "__main__":
    sys.exit(main())
