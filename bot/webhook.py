"""Takes updates that Telegram delivers to WEBHOOK_URL.

An update that changes something is answered once that is on disk: killed before, it is delivered again. All others
are answered at once. What is left of either goes on in a background task: nobody's next tap waits for a screen.
Telegram keeps one update of a chat, and one tap of a person, under way: so their order holds. Where several processes
share the address, a message is answered at the end of its turn: the next one of the chat may go to another process.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from enum import Enum, auto
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import Update
from aiohttp import web
from yarl import URL

from bot.delivery import Books, Deliveries, Delivery, TryToWrite
from bot.http_server import COME_AGAIN, HttpServer
from bot.intake_observer import NOBODY, IntakeObserver
from bot.settings import Settings
from bot.updates import is_number, kind_of, read_update
from bot.webhook_setting import WebhookSetting
from handlers.entry.durable_updates import is_durable
from handlers.ground.background_tasks import BackgroundTasks
from services.ground.taken_updates import TakenUpdates

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
MOST_BYTES = 2**20  # a larger request is refused; Telegram's updates are far below
BODY_SECONDS = 20.0  # the body of a request may take so long to come


class When(Enum):
    """When an update is answered: once it is begun, once what it changes is on disk, once its turn has ended."""

    BEGUN = auto()
    ON_DISK = auto()
    ENDED = auto()


class NotAnUpdate(Exception):
    """A body that is no update of any kind."""


class Webhook:
    """Takes deliveries at the path of the settings' address, from now on until `run` ends."""

    def __init__(
        self,
        settings: Settings,
        bot: Bot,
        dispatcher: Dispatcher,
        background: BackgroundTasks,
        http: HttpServer,
        try_to_write: TryToWrite,
        updates: TakenUpdates,
        observer: IntakeObserver = NOBODY,
    ) -> None:
        self._bot, self._dispatcher, self._background = bot, dispatcher, background
        self._secret = settings.webhook_proof.encode()
        self._setting = WebhookSetting(bot, settings.webhook_url, settings.webhook_proof)
        self._books, self._deliveries = Books(try_to_write), Deliveries()
        self._updates, self._stopping, self._observer = updates, False, observer
        http.serve("POST", URL(settings.webhook_url).path, self.receive)

    @property
    def is_connected(self) -> bool:
        """Whether Telegram was told to deliver here since the start."""
        return self._setting.is_set

    @property
    def stands_by(self) -> bool:
        """Never: Telegram delivers to whichever process its address leads to."""
        return False

    async def run(self, stop: asyncio.Event) -> None:
        """Have Telegram deliver until `stop` is set. The webhook stays: what comes then waits for the next start."""
        try:
            await self._setting.put(stop)
            await stop.wait()
        finally:
            self._stopping = True

    async def confirm(self) -> None:
        """Nothing is left to be told to Telegram: each update has its answer."""

    async def receive(self, request: web.BaseRequest) -> web.Response:
        """The answer to a delivery: 401 without the secret, 413, 408, 400, 503 when it is to come again, else 200."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(errors="replace"), self._secret):
            return web.Response(status=401)
        try:
            number, raw = numbered_update(await body_of(request))
        except TimeoutError:
            return web.Response(status=408)
        except (NotAnUpdate, OSError, web.RequestPayloadError):
            return web.Response(status=400)
        taken = await self._take(number, raw)
        return web.Response() if taken else web.Response(status=503, headers=COME_AGAIN)

    async def _take(self, number: int, raw: dict[str, Any]) -> bool:
        """Whether Telegram may forget the update, once that is known."""
        if self._deliveries.was_taken(number):
            return True
        delivery = self._deliveries.under_way(number)
        if delivery is None:
            if self._stopping:
                return False
            delivery = self._begin(number, raw)
        taken = await asyncio.shield(delivery.answer)
        if delivery.is_noted:
            await self._updates.settle(number, taken=taken)
        return taken

    def _begin(self, number: int, raw: dict[str, Any]) -> Delivery:
        """Handle the update in a task; one that cannot be read counts as taken at once."""
        self._observer.update_taken()
        update = read_update(self._bot, raw)
        until = self._answered(update)
        delivery = self._deliveries.begin(number, self._books)
        if update is None:
            delivery.on_disk()
            self._observer.update_skipped(kind_of(raw))
        else:
            self._background.start(self._handle(update, delivery, until))
        return delivery

    def _answered(self, update: Update | None) -> When:
        """When Telegram is told that it may forget the update."""
        if update is None:
            return When.BEGUN
        if self._updates.are_several and update.callback_query is None:
            return When.ENDED
        return When.ON_DISK if is_durable(update) else When.BEGUN

    async def _handle(self, update: Update, delivery: Delivery, until: When) -> None:
        """Handle an update that no other process has, unless what it changes cannot be written.

        One that changes nothing counts as taken at once. When a stop cancels this, it comes again.
        """
        try:
            claim = await self._updates.claim(update.update_id, at_once=until is When.BEGUN)
            if claim.taken or until is When.BEGUN:
                delivery.on_disk()
            if not claim.mine:
                return
            delivery.is_noted = until is not When.BEGUN
            if claim.again:
                delivery.came_before()
            if not delivery.answer.done() and await self._books.still_fail():
                return
            await self._feed(update, delivery, until)
            delivery.on_disk()
        finally:
            delivery.undone()

    async def _is_more(self, update: Update) -> bool:
        """Whether a part of the same album came before, to whichever process: one of them is answered."""
        message = update.message
        if message is None or message.media_group_id is None or not self._updates.are_several:
            return False
        number = album_number(message.chat.id, message.media_group_id)
        return (await self._updates.claim(number, at_once=True)).taken

    async def _feed(self, update: Update, delivery: Delivery, until: When) -> None:
        on_disk = delivery.written if until is When.ENDED else delivery.on_disk
        try:
            await self._dispatcher.feed_update(
                self._bot, update, on_disk=on_disk, goes_back=delivery.goes_back, more=await self._is_more(update)
            )
        except Exception:  # the gate tells the person; an update that always fails must not come for ever
            log.exception("Update %d could not be handled", update.update_id)


def album_number(chat_id: int, album: str) -> int:
    """A number that no update has, of an album in a chat."""
    return -1 - int.from_bytes(hashlib.sha256(f"{chat_id} {album}".encode()).digest()[:7], "big")


async def body_of(request: web.BaseRequest) -> bytes:
    """All of a body that is not too large. aiohttp raises 413 for one that grows beyond MOST_BYTES.

    TimeoutError: it does not come to its end; OSError: the connection ends before it does;
    web.RequestPayloadError: its chunks cannot be told apart.
    """
    length = request.content_length
    if length is not None and length > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, length)
    async with asyncio.timeout(BODY_SECONDS):
        return await request.read()


def numbered_update(body: bytes) -> tuple[int, dict[str, Any]]:
    """The number of an update, and the update. Raises NotAnUpdate; what else is in it need not be readable."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):  # brackets within brackets without end
        raise NotAnUpdate from None
    if not isinstance(raw, dict) or not is_number(raw.get("update_id")):
        raise NotAnUpdate
    return raw["update_id"], raw
