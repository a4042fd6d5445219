"""Start and stop of the bot: what a start takes up again, which jobs run, in which order a stop ends everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import handlers.entry.aiogram_import  # before aiogram

# isort: split
from aiogram import Bot, Dispatcher

import handlers
from bot.collector import QuietCollector
from bot.delivery import TryToWrite
from bot.http_server import HttpServer
from bot.intake import intake_of
from bot.menus import OperatorMenus
from bot.metrics import Metrics
from bot.metrics_page import MetricsPage
from bot.readiness import Readiness
from bot.scheduler import Scheduler
from bot.service_manager import ServiceManager
from bot.settings import Settings
from bot.start_line import described
from bot.watch import Watch
from handlers.entry.gate import Gate
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.edit_rights import EditRights
from model.errors import StorageError
from services.account.access import Access
from services.bundle import Services
from services.ground.clock_steps import ClockSteps
from services.ground.presence import OnlyProcess, Presence, SharedPost
from services.ground.taken_updates import OnlyOne, TakenUpdates
from services.workload import Workload

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Publish = Callable[[Bot], Coroutine[Any, Any, None]]
DRAIN_SECONDS = 24.0  # for turns to end; 6 more of the 30 that a stop may take are for Telegram, and for closing
BACKUPS_EVERY = 60.0  # seconds between looks whether a backup is due
DELETIONS_EVERY = 5.0  # seconds between rounds that find out what became of deletions
MENUS_EVERY = 60.0  # seconds between looks whether somebody became an operator, or has a chat now
PRUNING_EVERY = 3600.0  # seconds between looks whether it was done today
COLLECT_EVERY = 60.0  # seconds between looks whether little enough goes on for a full garbage collection
RESUME_EVERY = 5.0  # seconds between tries whether Telegram takes messages again
TROUBLES_EVERY = 60.0  # seconds between looks whether operators are to be told something
WATCHES_EVERY = 60.0  # seconds between looks whether stock and prices are to be asked for
HEALTH_EVERY = 20.0  # seconds between looks whether watched proxies are to be checked
ENDINGS_EVERY = 10.0  # seconds between looks whether what others were sent is to say who has prolonged it
SETTLE_EVERY = 1.0  # seconds between rounds that settle orders


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class App:
    """A wired bot (`bot/wiring.py`). Tests move its clock and call its services directly."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        bot: Bot,
        background: BackgroundTasks,
        edit_rights: EditRights,
        access: Access,
        steps: ClockSteps,
        monotonic: Callable[[], float],
        publish: Publish,
        http: HttpServer,
        try_to_write: TryToWrite,
        readiness: Readiness,
        metrics: Metrics,
        workload: Workload,
        presence: Presence | None = None,
        updates: TakenUpdates | None = None,
    ) -> None:
        """`steps` is told when somebody sets the clock, which is compared with `monotonic`.

        `publish` gives Telegram the command menu at each start. `http` answers once the bot has taken up its work.
        `try_to_write` tells whether the database can be written, `readiness` whether the bot does its work;
        `metrics` counts it, and `workload` what is left to do. `presence`: among other processes, if there are any;
        `updates`: which of them they have taken.
        """
        self._presence = presence
        self.settings, self.services, self.bot, self.background = settings, services, bot, background
        self._steps, self._monotonic, self._publish = steps, monotonic, publish
        self.http, self.access = http, access
        self._operator_menus = OperatorMenus(bot, access, services.people)
        self.dispatcher = handlers.filled(Dispatcher(disable_fsm=True))
        self.gate = Gate(services, background, edit_rights, access, metrics)
        self.dispatcher.update.outer_middleware(self.gate)
        self.service_manager = ServiceManager(settings.notify_socket, settings.watchdog_usec)
        self.metrics, observer = metrics, Watch(readiness, metrics)
        post = OnlyProcess() if presence is None else SharedPost(presence, "polling")
        self.intake = intake_of(
            settings, bot, self.dispatcher, background, http, try_to_write, observer, post, updates or OnlyOne()
        )
        self.readiness, readiness.is_connected = readiness, lambda: self.intake.is_connected
        readiness.stands_by = services.troubles.stands_by = lambda: self.intake.stands_by
        http.serve("GET", "/readyz", readiness.answer)
        self.metrics_page = MetricsPage(metrics, readiness, workload, services.backups, services.now)
        http.serve("GET", "/metrics", self.metrics_page.answer)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer people until `stop` is set, then wait until what is under way has ended."""
        carried_on = await self.services.orders.recover()
        await self.services.deletions.recover()
        await self.services.sweep.recover()
        beside = (self._steps.since_the_stop, self.services.orders.tell_untold, self._operator_menus.publish)
        for work in (*map(guarded, beside), self._publish(self.bot)):
            self.background.start(unless(stop, work))
        self._carry_on_all(carried_on, stop)
        if self._presence is not None:
            self._presence.take_over = partial(self._take_over, stop)
        self.background.start(guarded(self.services.backups.back_up))
        scheduler = self._scheduled_jobs()
        scheduler.start()
        self.readiness.begin()
        self.http.opened = True
        self.service_manager.ready()
        log.info("The bot is running: %s", described(self.settings, self.access))
        try:
            await self.intake.run(stop)
        finally:
            self.service_manager.stopping()
            log.info("The bot stops: %s", described(self.settings, self.access))
            self.readiness.stopping = True
            scheduler.pause()
            cancelled = await self.background.drain(DRAIN_SECONDS)
            await self.intake.confirm()
            scheduler.shutdown()
            self.http.opened = False
            await self.readiness.end()
            if cancelled:
                log.warning(
                    "%d tasks did not end in time; payments among them are settled after the next start",
                    cancelled,
                )

    async def _take_over(self, stop: asyncio.Event) -> None:
        """Do what a process that is gone did; what it had not told is told now, not half a minute later.

        What one part of it runs into keeps back no other, and is raised: it is all to be done again.
        """

        async def carry_on() -> None:
            self._carry_on_all(await self.services.orders.recover(), stop)

        parts = carry_on(), self.services.deletions.recover(), self.services.sweep.recover()
        ended = await asyncio.gather(*parts, return_exceptions=True)
        self.background.start(unless(stop, guarded(self.services.orders.tell_untold)))
        for error in filter(None, ended):
            raise error

    def _carry_on_all(self, confirmation_ids: Iterable[int], stop: asyncio.Event) -> None:
        for confirmation_id in confirmation_ids:
            self.background.start(self._carry_on(confirmation_id, stop))

    async def _carry_on(self, confirmation_id: int, stop: asyncio.Event) -> None:
        """Pay what a kill kept from being sent. Once begun, a stop waits for it, as for every payment."""
        if not stop.is_set():
            await self.services.orders.run(confirmation_id)

    def _scheduled_jobs(self) -> Scheduler:
        scheduler = Scheduler(self.services.now, self._monotonic, self._clock_was_set)
        scheduler.every(SETTLE_EVERY, self._as_task(self.services.orders.settle_due))
        scheduler.every(DELETIONS_EVERY, self._as_task(self.services.deletions.settle_due))
        scheduler.every(self.settings.sync_seconds, self._as_task(self.services.sweep.run))
        scheduler.every(RESUME_EVERY, self._as_task(self.services.sweep.resume))
        scheduler.every(ENDINGS_EVERY, self._as_task(self.services.sweep.endings.edit_due))
        scheduler.every(WATCHES_EVERY, self._as_task(self.services.stock.look))
        scheduler.every(WATCHES_EVERY, self._as_task(self.services.price_watches.look))
        scheduler.every(HEALTH_EVERY, self._as_task(self.services.health.look))
        scheduler.every(RESUME_EVERY, self._as_task(self.services.broadcasts.carry_on))
        scheduler.every(TROUBLES_EVERY, self._as_task(self.services.troubles.look))
        scheduler.every(MENUS_EVERY, self._as_task(self._operator_menus.publish))
        scheduler.every(PRUNING_EVERY, self._as_task(self.services.pruning.prune_daily))
        scheduler.every(COLLECT_EVERY, self._as_task(QuietCollector().collect_if_quiet))
        if self.services.backups.wanted:
            scheduler.every(BACKUPS_EVERY, self._as_task(self.services.backups.back_up))
        return scheduler

    async def _clock_was_set(self, by: timedelta) -> None:
        async def plan_anew() -> None:
            await self._steps.stepped(by)

        await self.background.run(guarded(plan_anew))

    def _as_task(self, job: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], Awaitable[None]]:
        """The job as a background task: a stop waits for its end, where APScheduler would cancel it."""

        async def run() -> None:
            await self.background.run(guarded(job))

        return run


async def guarded(job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a repeated job. A failure is logged, and the next run comes as planned."""
    try:
        await job()
    except StorageError as error:
        log.error("%s failed: %s", job.__name__, error)
    except Exception:  # whatever it is, it must not end the scheduler
        log.exception("%s failed", job.__name__)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do work that the next start can do as well. A stop cancels it: it must not wait until Telegram is back."""
    ends = (asyncio.ensure_future(work), asyncio.ensure_future(stop.wait()))
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
