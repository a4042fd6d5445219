"""Takes updates by long polling. aiogram's own loop drops running handlers at a stop, so the bot has its own.

Every update is a background task. One that changes something is confirmed to Telegram only once that is on disk
(`bot/unconfirmed.py`): killed before, it comes again with the next start. On stop no further update is taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError, TelegramConflictError, TelegramUnauthorizedError
from aiogram.types import Update

from bot.intake_observer import NOBODY, IntakeObserver
from bot.outage import PollingOutage, TokenRefused
from bot.unconfirmed import UnconfirmedUpdates
from bot.updates import KINDS, TakeUpdates, kind_of, numbered, read_update
from bot.webhook_setting import remove_webhook
from handlers.entry.durable_updates import is_durable
from handlers.ground.background_tasks import BackgroundTasks
from services.ground.presence import OnlyProcess, Post

log = logging.getLogger(__name__)

LONG_POLL = 20  # seconds that Telegram holds the request open
MARGIN = 8  # seconds more before the request counts as lost; together less than the 30 s of `bot/outage.py`
WRITE_SECONDS = 0.05  # a turn has usually written what it changes by then
PAUSE_SECONDS = 0.2  # between two requests while updates are held, or after an answer without a new update
WEBHOOK_IS_SET = "webhook is active"  # in Telegram's refusal of a getUpdates
CONFIRM_SECONDS = 2  # the last request at a stop may take so long: Telegram may be away


class Polling:
    """Reads updates of one bot until `stop` and feeds each to the dispatcher in a task of its own."""

    def __init__(
        self,
        bot: Bot,
        dispatcher: Dispatcher,
        background: BackgroundTasks,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observer: IntakeObserver = NOBODY,
        post: Post | None = None,
    ) -> None:
        """`post`: of several processes only the one that has it polls."""
        self._post, self._is_on_post = post or OnlyProcess(), False
        self._bot, self._dispatcher, self._background, self._sleep = bot, dispatcher, background, sleep
        self._updates, self._outage = UnconfirmedUpdates(), PollingOutage()
        self._confirmed: int | None = None
        self._may_remove_webhook = True
        self._observer = observer

    @property
    def is_connected(self) -> bool:
        """A poll needs nothing that Telegram must be told before."""
        return True

    @property
    def stands_by(self) -> bool:
        """Whether another process polls."""
        return not self._is_on_post

    async def run(self, stop: asyncio.Event) -> None:
        """Take updates until `stop` is set, while no other process does."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                await ended(asyncio.ensure_future(self._post.taken()), stopping)
                if not stop.is_set():
                    self._is_on_post = True
                    await self._poll(stopping)
                    self._is_on_post = stop.is_set()
        finally:
            stopping.cancel()
        await self.confirm()

    async def _poll(self, stopping: asyncio.Future[Any]) -> None:
        """Take updates until the bot is to stop, or another process takes them."""
        lost = asyncio.ensure_future(self._post.lost())
        try:
            while not stopping.done() and not lost.done():
                request = asyncio.ensure_future(self._next_batch())
                if await ended(request, stopping, lost):
                    for number, raw in request.result().items():
                        self._take(number, raw)
        finally:
            lost.cancel()
            await asyncio.gather(lost, return_exceptions=True)  # it may be using the database

    async def confirm(self) -> None:
        """Tell Telegram which updates were taken and need not come again. Updates in its answer stay unconfirmed."""
        offset = self._updates.offset
        if offset == self._confirmed or not self._is_on_post:
            return
        try:
            await self._bot(TakeUpdates(offset=offset, timeout=0, limit=1), request_timeout=CONFIRM_SECONDS)
            self._confirmed = offset
        except TelegramAPIError as error:
            log.warning("The last updates stay unconfirmed and come again: %s", type(error).__name__)

    async def _next_batch(self) -> dict[int, dict[str, Any]]:
        """The next updates by their numbers, however long Telegram cannot be reached."""
        await self._updates.wait_until_none_is_held(WRITE_SECONDS)
        while True:
            any_held = self._updates.any_held
            answer = await self._asked(0 if any_held else LONG_POLL)
            new = {number: raw for number, raw in answer.items() if not self._updates.was_taken(number)}
            if new:
                return new
            if any_held:
                await self._updates.wait_until_none_is_held(PAUSE_SECONDS)
                self._updates.make_room()
            else:
                await self._sleep(PAUSE_SECONDS)

    async def _asked(self, seconds: int) -> dict[int, dict[str, Any]]:
        """The answer of `getUpdates`, asked until there is one. Raises TokenRefused."""
        while True:
            try:
                answer = await self._ask(seconds)
            except TelegramUnauthorizedError as error:
                raise TokenRefused from error
            except TelegramAPIError as error:
                if not await self._webhook_removed(error):
                    await self._sleep(self._outage.failed(error))
                continue
            self._outage.ended()
            self._observer.poll_ended()
            self._may_remove_webhook = False
            return answer

    async def _webhook_removed(self, error: TelegramAPIError) -> bool:
        """Whether a webhook was the reason, and is removed. Only one that was set before the start: what is set later
        is another program's, such as the next one of this bot, which is to take updates by webhook."""
        if not isinstance(error, TelegramConflictError):
            return False
        self._may_remove_webhook = self._may_remove_webhook and WEBHOOK_IS_SET in error.message
        if not self._may_remove_webhook:
            return False
        try:
            await remove_webhook(self._bot)
        except TelegramAPIError:
            return False
        return True

    async def _ask(self, seconds: int) -> dict[int, dict[str, Any]]:
        method = TakeUpdates(offset=self._updates.offset, timeout=seconds, allowed_updates=list(KINDS))
        answer = await self._bot(method, request_timeout=seconds + MARGIN)
        self._confirmed = method.offset
        self._updates.note_confirmed(method.offset)
        updates = numbered(answer)
        if answer and not updates:
            raise TelegramAPIError(method, "none of its updates has a number")
        return updates

    def _take(self, number: int, raw: dict[str, Any]) -> None:
        """Start a task for an update; one that cannot be read is only counted as taken."""
        self._updates.take(number)
        self._observer.update_taken()
        update = read_update(self._bot, raw)
        if update is None:
            self._observer.update_skipped(kind_of(raw))
        else:
            on_disk = self._updates.hold(number) if is_durable(update) else nothing
            self._background.start(self._feed(update, on_disk))

    async def _feed(self, update: Update, on_disk: Callable[[], None]) -> None:
        """Handle an update and release it. When a stop cancels this, the update stays held and comes again."""
        try:
            await self._dispatcher.feed_update(self._bot, update, on_disk=on_disk)
        except Exception:  # the gate tells the person; what still comes here must not end the polling
            log.exception("Update %d could not be handled", update.update_id)
        on_disk()


async def ended(work: asyncio.Future[Any], *others: asyncio.Future[Any]) -> bool:
    """Wait until the work has ended, or one of the others: then it is cancelled, and the answer is False."""
    await asyncio.wait((work, *others), return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        return True
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    return False


def nothing() -> None:
    """What is called in place of a release for an update that was not held."""
