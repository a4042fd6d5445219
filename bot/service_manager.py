"""What systemd, where it runs the bot, is told: that the bot is ready, that it stops, and that its loop turns.

The protocol is one datagram for each sentence: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

FEEDINGS = 3  # in the time after which systemd ends a program that says nothing


class ServiceManager:
    """The other end of NOTIFY_SOCKET; without an address nothing is said."""

    def __init__(self, address: str, watchdog_usec: int = 0) -> None:
        """`address` begins with `@` where it is no file. `watchdog_usec`: microseconds, 0 where nobody waits."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = watchdog_usec / 1_000_000 / FEEDINGS

    def ready(self) -> None:
        """The bot has taken up its work. From now on the loop tells that it turns, until it is closed."""
        self._say("READY=1")
        if self._address and self._every:
            self._feed()

    def stopping(self) -> None:
        """The bot ends what is under way; systemd waits for TimeoutStopSec."""
        self._say("STOPPING=1")

    def _feed(self) -> None:
        self._say("WATCHDOG=1")
        asyncio.get_running_loop().call_later(self._every, self._feed)

    def _say(self, sentence: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.setblocking(False)
            with suppress(OSError):  # nobody listens there, or not now: the bot itself can go on
                to.sendto(sentence.encode(), self._address)
