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
from demo.memory import Memory
from demo.reminding import Outlook
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
    """One line that says why."""


async def run(folder: Path, port: int, bot: ChildBot) -> int:
    """Serves until SIGINT or SIGTERM. CannotStart: the page has no port. `bot` is warmed up."""
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

    `more` are settings of the bot in place of the demo's own; `bot` may be warm already. CannotStart: no port.
    """
    async with _warm(bot or ChildBot(folder / "bot.log")) as bot, sandbox.running() as s:
        memory = Memory(folder / "stand-ins.pickle", s.px6, s.telegram)
        memory.recall()
        s.telegram.now = s.px6.clock.now  # one time for all: messages are dated by the clock that can be moved
        _introduce(s)
        backstage = Backstage(s.telegram, s.px6, bot_id=int(s.token.partition(":")[0]), key=s.key)
        async with _page(backstage, page_ports) as address:
            given = settings(s, address, folder) | dict(more or {})
            bot.introduce(given, s.telegram.bot(s.token), lambda: s.px6.events.emit("bot"))
            backstage.bot = bot
            backstage.next_reminder = Outlook(given, s.px6, s.telegram.people).next_reminder
            with _clock_shared(s, bot):
                await bot.start()
                try:
                    async with _remembering(memory):
                        yield Demo(address, s, bot)
                finally:
                    await bot.stop()
                    memory.write()


@asynccontextmanager
async def _warm(bot: ChildBot) -> AsyncIterator[ChildBot]:
    """The bot begins to be imported while we begin as well."""
    if not bot.is_warm:
        await bot.warm_up()
    try:
        yield bot
    finally:
        await bot.cool_down()


@asynccontextmanager
async def _page(backstage: Backstage, ports: Iterable[int]) -> AsyncIterator[str]:
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serve_page(backstage, ports))
        except OSError as error:
            raise CannotStart(f"The page cannot be served: {error.strerror or error}.") from error
        yield address


def _introduce(s: sandbox.Running) -> None:
    """What @BotFather is told of a bot: its names."""
    bot = s.telegram.bot(s.token)
    bot.profile.names[""], bot.username = "px6 proxies", "px6_proxies_bot"


def settings(s: sandbox.Running, address: str, folder: Path) -> dict[str, str]:
    """The bot's settings: as for real, but quicker, since nobody wants to wait for a trick to work."""
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
    """The bot's clock goes with px6's."""

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
async def _remembering(memory: Memory) -> AsyncIterator[None]:
    """Writes every few seconds: an end by force loses little."""

    async def write() -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            memory.write()

    # no TaskGroup: it would wrap what is raised inside the block into an ExceptionGroup
    writing = asyncio.get_running_loop().create_task(write())
    try:
        yield
    finally:
        writing.cancel()
