"""`GET /metrics`: what the bot has counted, and what is looked up when somebody asks."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.metrics import Metrics
from bot.readiness import Moment, Readiness
from model.errors import StorageError
from services.backups import Backups
from services.workload import Workload

log = logging.getLogger(__name__)


class MetricsPage:
    """Answers in Prometheus' text format. What cannot be looked up is NaN there: the rest is worth more then."""

    def __init__(
        self,
        metrics: Metrics,
        readiness: Readiness,
        workload: Workload,
        backups: Backups,
        clock: Callable[[], datetime],
    ) -> None:
        self._metrics, self._readiness, self._workload = metrics, readiness, workload
        self._backups, self._clock = backups, clock

    async def answer(self, _: web.BaseRequest) -> web.Response:
        """All metrics as they are now."""
        await self._look_up_readiness()
        await self._look_up_backlog()
        await self._look_up_backups()
        headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        return web.Response(body=generate_latest(self._metrics.registry), headers=headers)

    async def _look_up_readiness(self) -> None:
        self._metrics.ready.set((await self._readiness.state())["ready"])
        self._metrics.last_poll.set(seconds_of(self._readiness.poll))
        self._metrics.last_update.set(seconds_of(self._readiness.update))
        self._metrics.last_sweep.set(seconds_of(self._readiness.sweep))

    async def _look_up_backlog(self) -> None:
        try:
            left = asdict(await self._workload.backlog())
        except StorageError as error:
            log.debug("What is left to do could not be counted: %s", error)
            left = {}
        for name, gauge in self._metrics.backlog.items():
            gauge.set(left.get(name, math.nan))

    async def _look_up_backups(self) -> None:
        last = await self._backups.last_now()
        self._metrics.backup_failed.set(last is not None and last.file is None)
        try:
            newest = await self._backups.newest_at()
        except StorageError as error:
            log.debug("The age of the newest backup is not known: %s", error)
            newest = None
        age = math.nan if newest is None else (self._clock() - newest).total_seconds()
        self._metrics.backup_age.set(age)


def seconds_of(moment: Moment) -> float:
    """Seconds since 1970; NaN for what has not happened."""
    return math.nan if moment.at is None else moment.at.timestamp()
