"""Runs the bot in an event loop until a signal asks it to end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

from bot import logs
from bot.app import Clock, utc_now
from bot.collector import leave_full_collections_to_us, spare_collector
from bot.outage import TokenRefused
from bot.reading_again import read_again
from bot.settings import Settings
from bot.wiring import wired
from model.errors import StorageError
from storage.engine.database_tools import Stopped

log = logging.getLogger(__name__)
CANNOT_START = GIVEN_UP = 1
STOP_SECONDS = 30.0  # that a stop may take


def serve(
    settings: Settings,
    clock: Clock = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    *,
    adopt: bool = False,
    warnings: Sequence[str] = (),
) -> int:
    """Run until SIGTERM or SIGINT. Gives 0 after a clean stop, 1 with one line on stderr when it cannot run.

    `adopt`: take over a database that another bot has used. `warnings` about the settings are logged first.
    """
    logs.catch_uncaught()
    logs.set_up(settings.log_level, settings.log_format, settings.px6_api_urls)
    for line in warnings:
        log.warning("%s", line)
    spare_collector()
    try:
        asyncio.run(until_stopped(settings, clock, monotonic, adopt=adopt))
    except Stopped:
        return 0
    except StorageError as error:
        return failed(str(error))
    except TokenRefused:
        return failed("BOT_TOKEN is refused by Telegram: copy it again from @BotFather.")
    return 0


async def until_stopped(settings: Settings, clock: Clock, monotonic: Callable[[], float], *, adopt: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.loop_error)

    def end() -> None:
        stop.set()
        loop.call_later(STOP_SECONDS, give_up)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    had_terminal = os.isatty(0)
    async with wired(settings, clock, monotonic, adopt=adopt, stopped=stop.is_set) as app:
        spare_collector()
        leave_full_collections_to_us()

        def hang_up() -> None:
            """SIGHUP: of an owner who wants the settings read again, or of a terminal that was closed."""
            if had_terminal and not os.isatty(0):
                end()
            else:
                read_again(app.access)

        loop.add_signal_handler(signal.SIGHUP, hang_up)
        await app.run(stop)


def give_up() -> None:
    """A database that accepts everything and answers nothing could hold up a stop for ever."""
    log.error("The stop takes too long and is given up; what is open goes on with the next start, as after a kill")
    logging.shutdown()
    os._exit(GIVEN_UP)


def failed(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return CANNOT_START
