"""The wiring: settings become a running bot, and a stop ends everything in the right order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import handlers.entry.aiogram_import  # before aiogram

# isort: split
from aiogram import Bot, Dispatcher
from aiogram.client.telegram import TelegramAPIServer

import handlers
from bot.master_keys import keyring_of
from bot.menus import publish_menus
from bot.polling import Polling
from bot.request_pacing import RequestPacing
from bot.request_topics import RequestTopics
from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.telegram_session import TelegramSession
from handlers.entry.gate import Gate
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.edit_rights import EditRights
from handlers.notifications.sender import TelegramSender
from handlers.orders.outcome_sender import OutcomeSender
from handlers.proxies.delete import DeletionOutcomeSender
from model.errors import StorageError
from px6 import Px6Pool
from services.account.accounts import Accounts
from services.bundle import Services
from services.ground.clock_steps import ClockSteps
from services.money.outlook import Money
from services.notifications.line import Line
from services.orders import Orders
from services.proxies.deletions import Deletions
from services.proxies.lists import Lists
from services.proxies.selections import Selections
from services.reminders.service import Reminders
from services.rules.service import Rules
from services.sweep import Sweep
from storage import bots
from storage.engine.database import Database

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Publish = Callable[[Bot], Coroutine[Any, Any, None]]
DRAIN_SECONDS = 24.0  # of the 30 that a stop may take; the rest is for Telegram, and for closing what is open
DELETIONS_EVERY = 5.0
RESUME_EVERY = 5.0  # seconds between tries whether Telegram takes messages again
SETTLE_EVERY = 1.0  # seconds between looks for orders whose outcome is due to be looked for


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class App:
    """A bot that is wired but not yet polling. Tests move its clock and call its services directly."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        bot: Bot,
        background: BackgroundTasks,
        edit_rights: EditRights,
        steps: ClockSteps,
        monotonic: Callable[[], float],
        publish: Publish,
    ) -> None:
        """`steps` is told when somebody sets the clock, which is compared with `monotonic`.

        `publish` gives Telegram the command menu at each start.
        """
        self.settings, self.services, self.bot, self.background = settings, services, bot, background
        self._steps, self._monotonic, self._publish = steps, monotonic, publish
        self.dispatcher = Dispatcher(disable_fsm=True)
        self.dispatcher.include_router(handlers.router())
        self.gate = Gate(services, background, edit_rights, settings.allowed_user_ids)
        self.dispatcher.update.outer_middleware(self.gate)
        self.polling = Polling(bot, self.dispatcher, background)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then let what is under way end."""
        carried_on = await self.services.orders.recover()
        await self.services.deletions.recover()
        beside = (self._steps.since_the_stop, self.services.orders.tell_untold)
        for work in (*map(guarded, beside), self._publish(self.bot)):
            self.background.start(unless(stop, work))
        for confirmation_id in carried_on:
            self.background.start(self._carry_on(confirmation_id, stop))
        jobs = self._jobs()
        jobs.start()
        log.info("The bot is running")
        try:
            await self.polling.run(stop)
        finally:
            log.info("Stopping")
            jobs.pause()
            cancelled = await self.background.drain(DRAIN_SECONDS)
            await self.polling.confirm()
            jobs.shutdown()
            if cancelled:
                log.warning(
                    "%d tasks did not end in time; payments among them are settled after the next start",
                    cancelled,
                )

    async def _carry_on(self, confirmation_id: int, stop: asyncio.Event) -> None:
        """Pay what a kill kept from being sent. Once begun, a stop waits for it, as for every payment."""
        if not stop.is_set():
            await self.services.orders.run(confirmation_id)

    def _jobs(self) -> Scheduler:
        jobs = Scheduler(self.services.now, self._monotonic, self._clock_was_set)
        jobs.every(SETTLE_EVERY, self._kept(self.services.orders.settle_due))
        jobs.every(DELETIONS_EVERY, self._kept(self.services.deletions.settle_due))
        jobs.every(self.settings.sync_seconds, self._kept(self.services.sweep.run))
        jobs.every(RESUME_EVERY, self._kept(self.services.sweep.resume))
        return jobs

    async def _clock_was_set(self, by: timedelta) -> None:
        async def plan_anew() -> None:
            await self._steps.stepped(by)

        await self.background.run(guarded(plan_anew))

    def _kept(self, job: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], Awaitable[None]]:
        """The job as a background task: a stop waits for its end, where APScheduler would cancel it."""

        async def run() -> None:
            await self.background.run(guarded(job))

        return run


async def guarded(job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a job that comes again; a failure is logged, and the next run comes as planned."""
    try:
        await job()
    except StorageError as error:
        log.error("%s failed: %s", job.__name__, error)
    except Exception:  # whatever it is, it must not end the scheduler
        log.exception("%s failed", job.__name__)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do what the next start can do as well: it is dropped at a stop, which must not wait until Telegram is back."""
    ends = (asyncio.ensure_future(work), asyncio.ensure_future(stop.wait()))
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)


@asynccontextmanager
async def wired(
    settings: Settings,
    clock: Clock = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    new_pool: Callable[..., Px6Pool] = Px6Pool,
    new_pacing: Callable[[], RequestPacing] = RequestPacing,
    publish: Publish = publish_menus,
    *,
    adopt: bool = False,
) -> AsyncIterator[App]:
    """Open the database and the sessions, wire everything, and close it again in reverse order.

    `adopt`: a database of another bot's is this one's from now on; else StorageError.
    """
    async with AsyncExitStack() as stack:
        owner = None if adopt else settings.bot_id
        database = await Database.open(settings.database_url, keyring_of(settings), owner)
        stack.push_async_callback(database.close)
        await bots.belong(database, settings.bot_id, clock())
        pool = new_pool(settings.px6_api_urls, timeout=settings.px6_timeout_seconds, scope=settings.px6_rate_scope)
        stack.push_async_callback(pool.close)
        patience = new_pacing()
        bot = telegram_bot(settings, patience)
        stack.push_async_callback(bot.session.close)
        background, edit_rights = BackgroundTasks(), EditRights()
        accounts = Accounts(database, pool, clock)
        orders = Orders(
            database,
            accounts,
            clock,
            OutcomeSender(bot, accounts, edit_rights, clock, settings.px6_site_url, patience.pauses.left),
            settle_seconds=settings.settle_seconds,
            patience=settings.px6_timeout_seconds,
            monotonic=monotonic,
        )
        stack.push_async_callback(orders.close)
        sender = TelegramSender(bot, settings.px6_site_url)
        line = Line(sender.ask, monotonic)
        reminders, rules = Reminders(database, accounts, orders, clock), Rules(database, orders, sender, line, clock)
        money = Money(database, orders, clock)
        sweep = Sweep(
            database,
            accounts,
            orders,
            reminders,
            rules,
            money,
            sender,
            line,
            clock,
            lambda: background.stopping,
            settings.allowed_user_ids,
            background.start,
        )
        services = Services(
            accounts,
            orders,
            Selections(database, clock),
            Lists(),
            Deletions(database, accounts, clock, DeletionOutcomeSender(bot, accounts), background.start, monotonic),
            reminders,
            rules,
            money,
            sweep,
            clock,
            settings.px6_site_url,
        )
        yield App(settings, services, bot, background, edit_rights, ClockSteps(database, clock), monotonic, publish)


def telegram_bot(settings: Settings, patience: RequestPacing) -> Bot:
    """The client of the Bot API: at the address and through the proxy of the settings, patient with both."""
    session = TelegramSession(
        api=TelegramAPIServer.from_base(settings.telegram_api_url),
        proxy=settings.telegram_proxy.get_secret_value() or None,
    )
    session.middleware(RequestTopics())
    session.middleware(patience)
    return Bot(settings.bot_token.get_secret_value(), session=session)
