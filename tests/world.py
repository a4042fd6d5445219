"""The bot between both stand-ins, in one event loop, with a clock that tests move, and people with phones."""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from pydantic import BaseModel, SecretStr

import sandbox
import tests.built_models  # noqa: F401 - before whatever imports aiogram first
from bot.app import App, Publish
from bot.scheduler import Job, Scheduler
from bot.settings import Settings
from bot.wiring import wired
from handlers.entry.waiting import Delays
from sandbox.px6 import Profile
from sandbox.telegram.bots import Tap
from sandbox.telegram.chats import Message
from sandbox.telegram.methods.media import described
from sandbox.telegram.person import answer_to
from sandbox.telegram.texts import Json
from sandbox.telegram.writing import Letter, PersonSide
from tests.canaries import watched
from tests.databases import lay_database, rows_of, run, url_of
from tests.held import held
from tests.ports import reserved_port
from tests.profiles import PROFILE
from tests.quick import QuickPool, quick_pacing, quicken
from tests.screens import Screens

if TYPE_CHECKING:
    from aiogram import Bot

SHORTEST, LONGEST = 0.001, 0.008  # seconds between two looks whether something has come about
PATIENCE = 30.0  # seconds a test waits for what must come at once
PATIENT = Delays(answer=PATIENCE, cover=PATIENCE)  # a slow machine is no slow px6: nobody sees that work goes on
OFTEN, RARELY = 0.5, 3600.0  # seconds between two runs of a job
MASTER_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


async def without_menus(bot: Bot) -> None:
    """The command menu is six calls: a tenth of what a short test asks of Telegram in all."""


class Clock:
    """The bot's clock: real time and an offset that tests move, together with px6's.

    `offset` is time that passes; `error` is by how much the machine's clock is wrong, which no stopwatch sees.
    """

    def __init__(self) -> None:
        self.offset = self.error = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset + self.error

    def monotonic(self) -> float:
        return time.monotonic() + self.offset.total_seconds()


class Phone:
    """One person's Telegram. It acts on the objects of the stand-in, as its HTTP face does; the bot speaks HTTP."""

    def __init__(self, world: World, person_id: int) -> None:
        self._world, self.id = world, person_id
        self._side = PersonSide(world.telegram)
        self._bot, self._person = world.telegram.bot(world.token), world.telegram.person(person_id)
        self._chat = self._side.chat(self._bot, person_id)

    async def says(self, text: str) -> str:
        """Write a message; gives the newest text of the bot after everything has been answered."""
        assert text.strip(), "nobody can send an empty message"
        self._side.write(self._bot, self._person, self._chat, Letter(text.strip()))
        await self._world.quiet()
        return await self.reads()

    async def sends_file(
        self, name: str, content: bytes, caption: str = "", kind: str = "document", album: str = ""
    ) -> str:
        """Send a file, perhaps of an album; gives the newest text of the bot after everything has been answered."""
        extra = {"media_group_id": album} if album else {}
        file = self._bot.files.add(kind, name, content)
        self._side.write(
            self._bot, self._person, self._chat, Letter(caption, None, kind, file, described(kind, file), extra)
        )
        await self._world.quiet()
        return await self.reads()

    async def taps(self, label: str, message_id: int | None = None) -> dict[str, Any]:
        """Tap the newest button whose label contains the text; gives the answer to the tap."""
        seen = await self.message_with(label, message_id)
        whole = next(b["text"] for row in seen["keyboard"] for b in row if label in b["text"])
        message, button = self._side.button(self._chat, seen["message_id"], whole)
        return await self._answered(self._side.press(self._bot, self._person, self._chat, message, button))

    async def forges(self, data: str, message_id: int | None = None) -> dict[str, Any]:
        """Tap a button that does not exist."""
        message = message_id or (await self.screen())["message_id"]
        return await self._answered(self._side.tap(self._bot, self._person, self._chat, message, data))

    async def _answered(self, done: Tap | Json) -> dict[str, Any]:
        answer = await answer_to(done) if isinstance(done, Tap) else done
        await self._world.quiet()
        return as_read(answer)

    async def chat(self) -> list[dict[str, Any]]:
        """All messages as the person sees them, oldest first."""
        messages: list[dict[str, Any]] = as_read(self._side.view(self._bot, self._person, self._chat))["messages"]
        return messages

    def _of_bot(self) -> Iterator[Message]:
        """The bot's messages, newest first: a chat may be long, and mostly one of them is asked for."""
        return (message for message in reversed(self._chat.messages.values()) if message.from_bot)

    async def screen(self) -> dict[str, Any]:
        """The newest message of the bot."""
        return as_read(next(self._of_bot()).for_person())

    async def reads(self) -> str:
        """The text of the newest message of the bot."""
        return next(self._of_bot()).text

    async def message_with(self, label: str, message_id: int | None = None) -> dict[str, Any]:
        """The newest message of the bot that has a button with this text in its label."""
        for message in self._of_bot():
            labels = (button["text"] for row in message.keyboard for button in row)
            if message_id in (None, message.message_id) and any(label in text for text in labels):
                return as_read(message.for_person())
        raise AssertionError(f"no button {label!r}; there are {[b['text'] for b in buttons(await self.screen())]}")

    async def texts(self) -> list[str]:
        """What the messages of the bot say now, oldest first."""
        return [message.text for message in self._of_bot()][::-1]

    async def text_of(self, message_id: int) -> str:
        """What one message says now."""
        return self._chat.messages[message_id].text

    async def green(self) -> tuple[int, str]:
        """The id of the newest message, and the callback data of its first button that spends money."""
        message = await self.screen()
        return message["message_id"], green_buttons(message)[0]["callback_data"]

    async def newest_file(self) -> tuple[str, bytes]:
        """Name and content of the newest file in the chat."""
        file = next(message["file"] for message in reversed(await self.chat()) if message.get("file"))
        return str(file["name"]), await self._world.download(file["url"])

    async def labels(self) -> list[str]:
        """The labels of the newest message's buttons."""
        return [b["text"] for b in buttons(await self.screen())]

    async def connects(self, key: str | None = None) -> None:
        """Send the key, as most journeys begin."""
        await self.says(f"/key {key or self._world.key}")


def as_read(told: Json) -> dict[str, Any]:
    """What a program reads of it over HTTP: a copy, which stays as it is."""
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(told))
    return read


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """All buttons of a message in one list."""
    return [each for row in message.get("keyboard") or [] for each in row]


def green_buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message that spend money."""
    return [each for each in buttons(message) if each.get("style") == "success"]


@dataclass
class World:
    """Both stand-ins, and the bot between them while it runs."""

    sandbox: Any
    settings: Settings
    clock: Clock
    http: aiohttp.ClientSession
    folder: Path
    app: App = field(init=False)  # the one that was started last
    others: list[App] = field(default_factory=list)  # that run beside it
    shared: dict[int, set[str]] = field(default_factory=dict)  # by person: keys of accounts that no message told them

    @asynccontextmanager
    async def running_bot(self, publish: Publish = without_menus, **more: Any) -> AsyncIterator[App]:
        """Start the bot, with these settings besides the world's, and stop it when the block ends."""
        settings = settings_for(self.sandbox, self.folder, **more) if more else self.settings
        async with running_app(settings, self.clock, publish) as self.app:
            yield self.app

    @property
    def key(self) -> str:
        key: str = self.sandbox.key
        return key

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.settings.bot_token.get_secret_value()

    @property
    def px6(self) -> Any:
        """The state of the px6 stand-in."""
        return self.sandbox.px6

    @property
    def telegram(self) -> Any:
        """The state of the Telegram stand-in."""
        return self.sandbox.telegram

    def phone(self, person_id: int = 1001) -> Phone:
        return Phone(self, person_id)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self.http.post(self.sandbox.telegram_url + path, json=body) as answer:
            content: dict[str, Any] = await answer.json()
            assert answer.status == 200, content
            return content

    async def patch(self, path: str, body: dict[str, Any]) -> None:
        async with self.http.patch(self.sandbox.telegram_url + path, json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def get(self, path: str) -> dict[str, Any]:
        async with self.http.get(self.sandbox.telegram_url + path) as answer:
            content: dict[str, Any] = await answer.json()
            return content

    async def download(self, path: str) -> bytes:
        """A file of the Telegram stand-in."""
        async with self.http.get(self.sandbox.telegram_url + path) as answer:
            assert answer.status == 200, path
            return await answer.read()

    async def sweep(self) -> None:
        """Let the bot look at everybody who is due, until all that this began is over. Telegram may be away."""
        await self.app.services.sweep.run()
        await self.until(lambda: not self.app.background.busy)

    def delivered(self) -> list[tuple[int, bool]]:
        """The chat of each message that Telegram has taken from the bot, and whether it made a sound."""
        return [
            (int(call.params["chat_id"]), str(call.params.get("disable_notification")).lower() != "true")
            for call in self.telegram.requests
            if call.method == "sendmessage" and call.status == 200
        ]

    def asked(self, method: str) -> list[dict[str, str]]:
        """The parameters of each raw request for a method that reached px6."""
        return [dict(call.params) for call in self.px6.calls if call.method == method]

    async def quiet(self) -> None:
        """Wait until the bot has taken every update and nothing is under way."""
        updates = self.telegram.bot(self.token).updates
        await self.until(lambda: not self.is_busy and not updates)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way in a process of the bot."""
        return any(app.background.busy for app in (self.app, *self.others))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a condition of this process; what it waits for happens in the same loop."""
        async with asyncio.timeout(PATIENCE):
            pause = SHORTEST
            while not true():  # the condition is the state of several parts, without an event
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST)

    def impatient(self) -> None:
        """Let the bot give up soon on a px6 that keeps silent on purpose."""
        pool: Any = self.app.services.accounts._pool
        pool.impatient()

    def held(self, *methods: str, key: str | None = None, times: int | None = 1) -> AbstractContextManager[None]:
        """px6 carries out the next call of these methods, and keeps its answer back until the block ends."""
        return held(self.px6, *methods, key=key, times=times)

    def patient(self) -> None:
        """Let no answer of px6 be too late on a busy machine, however soon its silence is to count."""
        pool: Any = self.app.services.accounts._pool
        pool.patient()

    def move(self, by: timedelta) -> None:
        """Move the bot's clock and px6's together."""
        self.clock.offset += by
        self.px6.clock.move(by)

    def leave_the_months_end(self) -> None:
        """Move on into the next month where this one is over within two days: what is summed is of one month then."""
        if (self.clock() + timedelta(days=2)).month != self.clock().month:
            self.move(timedelta(days=3))

    @asynccontextmanager
    async def successor(self) -> AsyncIterator[App]:
        """Another process of the bot, which takes the first one for gone, though that goes on or hangs."""
        before = self.rows("SELECT id FROM processes")
        async with wired(self.settings, self.clock, self.clock.monotonic, QuickPool, quick_pacing) as other:
            async with other.services.sweep._database.write() as connection:
                await run(connection, "DELETE FROM leases")
                for process in before:
                    await run(connection, "DELETE FROM processes WHERE id = ?", process)
            yield other

    def rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Read the database through a connection that does not write: it sees only what was committed."""
        return rows_of(self.folder, query, *values)


class RareScheduler(Scheduler):
    """Repeats in a test only what it asks to have often: on a slow machine a job would come in between."""

    def every(self, seconds: float, job: Job) -> None:
        super().every(seconds if seconds <= OFTEN else RARELY, job)


class GivenSettings(Settings):
    """Settings that are given and nothing else: what the environment and `.env` have is not even looked for."""

    def __init__(self, **given: Any) -> None:
        BaseModel.__init__(self, **given)


def settings_for(stand_ins: Any, folder: Path, **more: Any) -> Settings:
    """Settings of a bot between the stand-ins, apart from the machine's environment."""
    given: dict[str, Any] = {
        "bot_token": stand_ins.token,
        "telegram_api_url": stand_ins.telegram_url,
        "px6_api_urls": (stand_ins.px6_url,),
        "px6_site_url": "https://px6.example",
        "database_url": url_of(folder),
        "encryption_keys": (SecretStr(MASTER_KEY),),
    }
    return GivenSettings(**(given | more))


@asynccontextmanager
async def running_app(settings: Settings, clock: Clock, publish: Publish = without_menus) -> AsyncIterator[App]:
    """The bot, polling until the block ends, then stopped as a signal would stop it."""
    stop = asyncio.Event()
    async with wired(settings, clock, clock.monotonic, QuickPool, quick_pacing, publish) as app:
        app.gate.delays = PATIENT
        program: Any = sys.modules[App.__module__]
        program.Scheduler = RareScheduler
        serving = asyncio.ensure_future(app.run(stop))
        try:
            yield app
        finally:
            program.Scheduler = Scheduler
            stop.set()
            await serving
            session: Any = app.bot.session
            if session._session is not None:  # else the bot was stopped before it asked Telegram for anything
                await session._session.close()  # aiogram would wait a quarter of a second for what TLS has to end


@asynccontextmanager
async def world_without_bot(
    folder: Path, profile: Profile = PROFILE, *, webhook: bool = False, **more: Any
) -> AsyncIterator[World]:
    """Both stand-ins, and an empty database in the folder; bots are started and stopped by the test.

    `webhook`: by their settings they have updates delivered, at a port that is held for them, and do not poll.
    """
    async with sandbox.running(profile=profile) as stand_ins, aiohttp.ClientSession() as http:
        quicken(stand_ins.px6)
        await lay_database(folder)
        with ExitStack() as held:
            given = webhook_at(held.enter_context(reserved_port())) | more if webhook else more
            yield World(stand_ins, settings_for(stand_ins, folder, **given), Clock(), http, folder)


def webhook_at(port: int) -> dict[str, Any]:
    """The settings of a bot to which updates are delivered at this port of loopback."""
    return {"webhook_url": f"http://127.0.0.1:{port}/telegram", "http_listen": f"127.0.0.1:{port}"}


@asynccontextmanager
async def new_world(
    folder: Path,
    profile: Profile = PROFILE,
    publish: Publish = without_menus,
    *,
    webhook: bool = False,
    **more: Any,
) -> AsyncIterator[World]:
    """Everything, started. At the end no secret may stand where it does not belong, and no screen have a fault."""
    async with world_without_bot(folder, profile, webhook=webhook, **more) as world:
        screens = Screens()
        world.telegram.events.listen(screens.hear)
        with watched(world.sandbox, folder, world.shared) as canaries:
            async with world.running_bot(publish):
                yield world
                await world.quiet()
                canaries.read_metrics(world.app.metrics.registry)
                assert not (faults := list(screens.faults())), faults
