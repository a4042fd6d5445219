"""How long each screen of a day's work takes, from the person's tap or message until its last change is at Telegram.

    python -m benchmarks.screens [PROFILE]

Telegram is 60 ms away and px6 250 ms, there and back, on connections that stay open. The bot is a process of its own
and keeps px6's limit of 3 calls a second as it does in production; the stand-in counts that strictly. Between two
screens so much time passes that all slots are free again. The least that is possible is one round to Telegram, and
one to px6 where a screen has to ask it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import sandbox
from benchmarks.customers import MASTER_KEY
from benchmarks.strict_px6 import carry
from sandbox.px6 import Profile
from sandbox.telegram.events import Event
from sandbox.telegram.writing import Letter, PersonSide

PERSON = 1001
TELEGRAM, PX6 = 0.060, 0.250  # seconds there and back
QUIET = 4.5  # seconds without a change after which a screen is taken for the last one
LONGEST = 30.0


@dataclass(frozen=True)
class Step:
    """What the person does: says something (`/…` or a text), else taps the button whose label contains it.

    `screen` names what is measured, empty where a step only leads on; `asks`: it cannot be made without px6.
    """

    does: str
    screen: str = ""
    asks: bool = True
    says: bool = False


STEPS = (
    Step("/buy", says=True),  # what px6 does not offer is found out once a day
    Step("IPv4"),
    Step("/start", "home", says=True),
    Step("My proxies", "list"),
    Step("/export", "export", says=True),
    Step("host:port"),
    Step("HTTPS", "export as text"),
    Step("/reminders", "reminders", says=True),
    Step("/forecast", "forecast", says=True),
    Step("/start", says=True),
    Step("My proxies"),
    Step("2 h", "card", asks=False),
    Step("Check", "check of one"),
    Step("Protocol"),
    Step("SOCKS5", "protocol of one"),
    Step("Comment"),
    Step("spring", "comment of one", says=True),
    Step("Prolong", "prolong, one kind: quotes"),
    Step("Prolong 30", "prolong, one kind: tap to receipt"),
    Step("/price", "price table", says=True),
    Step("/buy", says=True),
    Step("IPv6", "countries of a kind"),
    Step("Germany", "stock of a country"),
    Step("30 days", "buy: quote of one"),
    Step("5", "buy: quote"),
    Step("Buy ·", "buy: tap to receipt"),
    Step("/proxies", says=True),  # where the ids are read
    Step("/prolong 30 {mixed}", "prolong, three kinds: quote", says=True),
    Step("Prolong 30", "prolong, three kinds: tap to receipt"),
    Step("/orders", "orders", asks=False, says=True),
    Step("/settings", "settings", asks=False, says=True),
    Step("/delete {last}", says=True),
    Step("Delete 1", "delete: tap to outcome"),
)


@dataclass
class Measured:
    """A screen: seconds to its first and its last change, and which calls it made of px6 until then."""

    name: str
    asks: bool
    first: float
    last: float
    calls: Counter[str]
    refused: int

    @property
    def least(self) -> float:
        return TELEGRAM + (PX6 if self.asks else 0.0)


@dataclass
class Watch:
    """Notes when the bot's screens change, as Telegram takes it."""

    bot_id: int
    changes: list[float] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: Event) -> None:
        message = event.data.get("message")
        by_bot = isinstance(message, dict) and message.get("from") == "bot"
        if event.kind in ("message", "edit") and event.data.get("bot") == self.bot_id and by_bot:
            self.changes.append(time.perf_counter())
            self._changed.set()

    async def settled(self) -> None:
        """Wait until there was a change, and none after it for a while. TimeoutError when there is none at all."""
        patience = LONGEST
        while True:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), patience)
            except TimeoutError:
                if not self.changes:
                    raise
                return
            patience = QUIET


class Person:
    """One person with a phone, and what px6 is asked meanwhile."""

    def __init__(self, stand_ins: sandbox.Running) -> None:
        self._stand_ins, state = stand_ins, stand_ins.telegram
        self._side, self._bot = PersonSide(state), state.bot(stand_ins.token)
        self._person = state.person(PERSON)
        self._chat = state.private_chat(self._bot, PERSON)
        self._watch = Watch(self._bot.id)
        state.events.listen(self._watch.hear)

    async def does(self, step: Step, texts: dict[str, str]) -> Measured:
        """Do it, and wait until nothing changes any more."""
        px6, self._watch.changes = self._stand_ins.px6, []
        asked_before, begin = len(px6.calls), time.perf_counter()
        if step.says:
            said = step.does.format(**texts)
            self._side.write(self._bot, self._person, self._chat, Letter(said))
        else:
            self._tap(step.does)
        await self._watch.settled()
        calls, changes = px6.calls[asked_before:], self._watch.changes
        first, last = changes[0] - begin, changes[-1] - begin
        named = Counter(call.method or "account" for call in calls)
        return Measured(step.screen, step.asks, first, last, named, sum(not call.processed for call in calls))

    def _tap(self, label: str) -> None:
        """Tap the newest button whose label contains this."""
        messages = self._side.view(self._bot, self._person, self._chat)["messages"]
        for message in reversed(messages):
            for row in message.get("keyboard") or []:
                for button in row:
                    if label in button["text"]:
                        found, pressed = self._side.button(self._chat, message["message_id"], button["text"])
                        self._side.press(self._bot, self._person, self._chat, found, pressed)
                        return
        raise LookupError(f"no button {label!r} under {messages[-1]['text']!r}")


def late(port: int, one_way: float) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """What serves a connection that leads to this port, each piece so late; it is open at once."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as group:
            group.create_task(carry(reader, to_writer, lambda: one_way))
            group.create_task(carry(to_reader, writer, lambda: one_way))

    return connected


@asynccontextmanager
async def far(url: str, round_trip: float) -> AsyncIterator[str]:
    """The same address, so far away."""
    host, _, rest = url.removeprefix("http://").partition("/")
    port = int(host.rpartition(":")[2])
    way = await asyncio.start_server(late(port, round_trip / 2), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{way.sockets[0].getsockname()[1]}/{rest}".rstrip("/")
    finally:
        way.close()


@asynccontextmanager
async def launched(folder: Path, token: str, telegram_url: str, px6_url: str) -> AsyncIterator[None]:
    """The bot, as `python -m bot` runs it."""
    env = os.environ | {
        "BOT_TOKEN": token,
        "TELEGRAM_API_URL": telegram_url,
        "PX6_API_URLS": px6_url,
        "DATABASE_URL": f"sqlite:///{folder}/bot.sqlite3",
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(MASTER_KEY).decode(),
        "LOG_LEVEL": "WARNING",
        "SYNC_SECONDS": "86400",
    }
    process = subprocess.Popen([sys.executable, "-m", "bot"], env=env)  # noqa: ASYNC220 - it starts within a moment
    try:
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def day(stand_ins: sandbox.Running) -> list[Measured]:
    """All steps, one after another; what is measured of them."""
    person, account = Person(stand_ins), stand_ins.px6.account(stand_ins.key)
    account.balance = Decimal(50_000)
    running = [proxy for proxy in account.proxies.values() if proxy.ends_at > stand_ins.px6.clock.now()]
    of_each = [next(p.id for p in running if p.version == version and p.id > running[7].id) for version in "436"]
    last = stand_ins.px6.add_proxy(stand_ins.key, version="6", country="de", ends_in=timedelta(days=40)).id
    texts = {"mixed": ", ".join(map(str, of_each)), "last": str(last)}
    await person.does(Step(f"/key {stand_ins.key}", says=True), {})
    done = [await person.does(step, texts) for step in STEPS]
    return [each for each in done if each.name]


async def main(profile: Profile) -> None:
    with tempfile.TemporaryDirectory() as name:
        async with (
            sandbox.running(profile) as stand_ins,
            far(stand_ins.telegram_url, TELEGRAM) as telegram_url,
            far(stand_ins.px6_url, PX6) as px6_url,
            launched(Path(name), stand_ins.token, telegram_url, px6_url),
        ):
            report(await day(stand_ins))


def report(measured: list[Measured]) -> None:
    """A table, and all screens together."""
    print("| screen | first, s | last, s | least, s | ratio | calls of px6 |")
    print("|---|---|---|---|---|---|")
    for each in measured:
        calls = ", ".join(f"{count} × {method}" if count > 1 else method for method, count in each.calls.items())
        ratio = f"{each.last:.2f} | {each.least:.2f} | {each.last / each.least:.2f}"
        print(f"| {each.name} | {each.first:.2f} | {ratio} | {calls or '–'} |")
    took, least = sum(each.last for each in measured), sum(each.least for each in measured)
    print(f"| all {len(measured)} | | {took:.1f} | {least:.1f} | {took / least:.2f} | |")
    print(f"calls refused with 429: {sum(each.refused for each in measured)}")


if __name__ == "__main__":
    given = sys.argv[1] if sys.argv[1:] else "current"
    asyncio.run(main(next(known for known in get_args(Profile) if known == given)))
