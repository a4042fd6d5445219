"""One stage of a look at watched proxies: px6 is asked about each, behind the calls of people.

What px6 says goes into the histories of checks, a hundred at a time, and these are where a stage that was cut off
goes on: what was said since it began is not asked again. Two watches of an account share answers the same way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import px6
from model.errors import StorageError
from model.health import HealthWatch
from px6 import Proxy, ProxyList, Px6Client, State
from services.account.current_client import CurrentClient
from services.proxies.check_histories import CheckHistories, HistoryWriter
from services.watching.health_steps import asked_of, watched_of

log = logging.getLogger(__name__)

WORKERS = 2  # calls that are under way at once: what the throttle lets through beside people
GIVE_UP_AFTER = 3  # failures in a row: px6 is down then
CLAIMED_ANEW_AFTER = 50  # proxies
FATAL = (px6.WrongKey, px6.WrongAddress)


@dataclass
class Stage:
    """`said`: whether each proxy works; `running`: all that the watch is for. `error`: why px6 could not be asked;
    `silent`: px6 gave no answer about one at least. `all_listed`: px6 listed no proxy unreadably, so what is not in
    its list is gone.

    `cut_off`: it was stopped, the claim is another's, or the account is gone: then nothing follows from it.
    """

    running: dict[int, Proxy] = field(default_factory=dict)
    said: dict[int, bool] = field(default_factory=dict)
    error: px6.Px6Error | None = None
    cut_off: bool = False
    failures: int = 0  # in a row
    silent: bool = False
    all_listed: bool = True
    asked: int = 0

    @property
    def is_over(self) -> bool:
        return self.cut_off or isinstance(self.error, FATAL) or self.failures >= GIVE_UP_AFTER


class Asking:
    """Asks px6 about what a stage is for. `keep_claim` tells whether the look is still this task's."""

    def __init__(
        self,
        histories: CheckHistories,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        keep_claim: Callable[[], Awaitable[bool]],
    ) -> None:
        self._histories, self._clock, self._stopping, self._keep_claim = histories, clock, stopping, keep_claim

    async def run(self, watch: HealthWatch, current: CurrentClient) -> Stage:
        """The stage, as far as px6 answers. Raises px6's errors where it does not list the proxies."""
        listed = await self._listed(current)
        if listed is None:
            return Stage(cut_off=True)
        running = {proxy.id: proxy for proxy in watched_of(watch, listed.proxies, self._clock())}
        stage = Stage(running, all_listed=not listed.unreadable)
        ids = asked_of(watch, stage.running)
        stage.said = await self._said_before(watch, ids)
        waiting = iter([one for one in ids if one not in stage.said])
        writer = self._histories.writer(current.account)
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._ask_all(stage, waiting, current, writer))
        stage.cut_off = await current.read() is None or stage.cut_off
        writer.account = current.account
        await writer.flush()
        if stage.error is None and stage.silent and (watch.stage or not stage.said):
            stage.error = px6.NoAnswer("check")
        return stage

    async def _listed(self, current: CurrentClient) -> ProxyList | None:
        """What runs; None where the account is gone."""
        client = await current.read()
        return None if client is None else await client.background.proxies(State.ACTIVE, nokey=True)

    async def _said_before(self, watch: HealthWatch, ids: list[int]) -> dict[int, bool]:
        """What px6 said since the stage began; histories keep whole seconds."""
        if watch.began_at is None:
            return {}
        began, latest = watch.began_at.replace(microsecond=0), self._clock() + timedelta(minutes=1)
        found = await self._histories.of(watch.telegram_id, ids)
        return {one: each.last.alive for one, each in found.items() if began <= each.last.at <= latest}

    async def _ask_all(
        self, stage: Stage, waiting: Iterator[int], current: CurrentClient, writer: HistoryWriter
    ) -> None:
        while not stage.is_over and (proxy_id := next(waiting, None)) is not None:
            stage.asked += 1
            if self._stopping() or not await self._is_mine(stage) or (client := await current.read()) is None:
                stage.cut_off = True
                return
            writer.account = current.account
            await self._ask(stage, proxy_id, client.background, writer)

    async def _is_mine(self, stage: Stage) -> bool:
        """Whether the look is still this task's, which is asked now and then. Where it cannot be told, it is not."""
        try:
            return stage.asked % CLAIMED_ANEW_AFTER != 0 or await self._keep_claim()
        except StorageError as error:
            log.debug("Whether a look goes on could not be read: %s", error)
            return False

    async def _ask(self, stage: Stage, proxy_id: int, client: Px6Client, writer: HistoryWriter) -> None:
        """px6 that does not answer is no failure of a proxy, and neither is one that it does not know any more."""
        try:
            said = await client.check(proxy_id)
        except FATAL as error:
            stage.error = error
        except (px6.NotFound, px6.WrongIds):
            stage.running.pop(proxy_id, None)
        except px6.Refused:
            return
        except px6.Px6Error as error:
            stage.silent, stage.failures = True, stage.failures + 1
            if stage.failures >= GIVE_UP_AFTER:
                stage.error = error
        else:
            stage.failures, stage.said[proxy_id] = 0, said.alive
            await writer.add(proxy_id, said)
