"""Starts everything, prints one address, and ends everything."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sandbox
from demo.bot_process import ChildBot
from demo.next_reminder import NextReminder
from demo.saved_state import SavedState
from sandbox.px6 import Event
from sandbox.web import Backstage, serve_page

OTHER_PORTS = 20
WRITE_SECONDS = 3.0


@dataclass(frozen=True)
class Demo:
    """A running demo: the address of its page, the stand-ins, and the bot's process."""

    address: str
    stand_ins: sandbox.Running
    bot: ChildBot


class CannotStart(Exception):
    """The demo cannot start; the text is one line that says why."""


async def run(folder: Path, port: int, bot: ChildBot) -> int:
    """Serves until SIGINT or SIGTERM. CannotStart: the page has no port. `bot` is preloaded."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running(folder, ports(port), bot=bot) as demo:
        sys.stdout.write(
            f"\n  The bot is here: {demo.address}\n  Ctrl-C ends it; its log is {folder / 'bot.log'}\n\n"
        )
        sys.stdout.flush()
        await stop.wait()
        for name in (signal.SIGTERM, signal.SIGINT):  # who asks twice does not want to wait for what is under way
            asyncio.get_running_loop().add_signal_handler(name, demo.bot.end)
    return 0


def ports(first: int) -> Iterable[int]:
    """The wished port, those after it, and any that is free."""
    return (*range(first, min(first + OTHER_PORTS, 65_536)), 0) if first else (0,)


@asynccontextmanager
async def running(
    folder: Path,
    page_ports: Iterable[int] = (0,),
    more: Mapping[str, str] | None = None,
    bot: ChildBot | None = None,
) -> AsyncIterator[Demo]:
    """The stand-ins with what they remember, the page, and the bot, until the block ends. The folder must exist.

    `more` are settings of the bot in place of the demo's own; `bot` may be preloaded. CannotStart: no port.
    """
    async with _preloaded(bot or ChildBot(folder / "bot.log")) as bot, sandbox.running() as s:
        saved = SavedState(folder / "stand-ins.pickle", s.px6, s.telegram)
        saved.load()
        s.telegram.now = s.px6.clock.now  # one time for all: messages are dated by the clock that can be moved
        _name_bot(s)
        backstage = Backstage(s.telegram, s.px6, bot_id=int(s.token.partition(":")[0]), key=s.key)
        async with _page(backstage, page_ports) as address:
            given = settings(s, address, folder) | dict(more or {})
            bot.configure(given, s.telegram.bot(s.token), lambda: s.px6.events.emit("bot"))
            backstage.bot = bot
            backstage.next_reminder = NextReminder(given, s.px6, s.telegram.people).find
            with _clock_shared(s, bot):
                await bot.start()
                try:
                    async with _remembering(saved):
                        yield Demo(address, s, bot)
                finally:
                    await bot.stop()
                    saved.write()


@asynccontextmanager
async def _preloaded(bot: ChildBot) -> AsyncIterator[ChildBot]:
    """The bot, which imports its modules while the stand-ins start."""
    if not bot.is_preloaded:
        await bot.preload()
    try:
        yield bot
    finally:
        await bot.discard_preloaded()


@asynccontextmanager
async def _page(backstage: Backstage, ports: Iterable[int]) -> AsyncIterator[str]:
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serve_page(backstage, ports))
        except OSError as error:
            raise CannotStart(f"The page cannot be served: {error.strerror or error}.") from error
        yield address


def _name_bot(s: sandbox.Running) -> None:
    """Gives the bot the names that people otherwise give it at @BotFather."""
    bot = s.telegram.bot(s.token)
    bot.profile.names[""], bot.username = "px6 proxies", "px6_proxies_bot"


def settings(s: sandbox.Running, address: str, folder: Path) -> dict[str, str]:
    """The bot's settings: as of a real bot, but with shorter waits, since somebody looks on."""
    return {
        "BOT_TOKEN": s.token,
        "TELEGRAM_API_URL": s.telegram_url,
        "PX6_API_URLS": s.px6_url,
        "PX6_SITE_URL": f"{address}/site",
        "PX6_TIMEOUT_SECONDS": "5",
        "SETTLE_SECONDS": "3,6,12,30",
        "SYNC_SECONDS": "2",
        "DATABASE_URL": f"sqlite:///{folder.absolute() / 'bot.sqlite3'}",
        "ENCRYPTION_KEY_FILE": str(folder.absolute() / "encryption.key"),
    }


@contextmanager
def _clock_shared(s: sandbox.Running, bot: ChildBot) -> Iterator[None]:
    """The bot's clock follows px6's while the block runs."""

    def follow(event: Event) -> None:
        if event.type == "clock":
            bot.set_clock(s.px6.clock.offset.total_seconds())

    bot.set_clock(s.px6.clock.offset.total_seconds())
    unsubscribe = s.px6.events.subscribe(follow)
    try:
        yield
    finally:
        unsubscribe()


@asynccontextmanager
async def _remembering(saved: SavedState) -> AsyncIterator[None]:
    """Writes the saved state every few seconds, so that a kill loses little."""

    async def write() -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            saved.write()

    # no TaskGroup: it would wrap what is raised inside the block into an ExceptionGroup
    writing = asyncio.get_running_loop().create_task(write())
    try:
        yield
    finally:
        writing.cancel()
