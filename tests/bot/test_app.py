"""What the running bot repeats, and what becomes of work that fails or that a stop cuts off."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.app import guarded, unless
from bot.collector import QuietCollector
from bot.menus import OperatorMenus
from model.errors import StorageError
from services.backups import Backups
from services.operators.broadcasts import Broadcasts
from services.operators.troubles import Troubles
from services.orders import Orders
from services.proxies.deletions import Deletions
from services.pruning import Pruning
from services.reminders.endings import Endings
from services.sweep import Sweep
from services.watching.health import HealthWatches
from services.watching.prices import PriceWatches
from services.watching.stock import StockWatches
from tests.world import world_without_bot

JOBS: tuple[tuple[type, str], ...] = (
    (Orders, "settle_due"),
    (Deletions, "settle_due"),
    (Sweep, "run"),
    (Sweep, "resume"),
    (Endings, "edit_due"),
    (StockWatches, "look"),
    (PriceWatches, "look"),
    (HealthWatches, "look"),
    (Broadcasts, "carry_on"),
    (Troubles, "look"),
    (OperatorMenus, "publish"),
    (Pruning, "prune_daily"),
    (QuietCollector, "collect_if_quiet"),
    (Backups, "back_up"),
)


async def test_every_job_of_the_bot_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = Counter[str]()

    def counted(name: str, job: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(job)
        async def count(self: object) -> None:
            ran[name] += 1
            await job(self)

        return count

    for kind, name in JOBS:
        monkeypatch.setattr(kind, name, counted(f"{kind.__name__}.{name}", getattr(kind, name)))
    monkeypatch.setattr("bot.app.QuietCollector", lambda: QuietCollector(collect=lambda: None))
    for name in [name for name in vars(app) if name.endswith("_EVERY")]:
        monkeypatch.setattr(app, name, 0.02)
    settings: dict[str, Any] = {"backup_dir": tmp_path / "copies", "sync_seconds": 0.02}
    async with world_without_bot(tmp_path, **settings) as world, world.running_bot(**settings):
        await world.until(lambda: all(ran[f"{kind.__name__}.{name}"] > 1 for kind, name in JOBS))


async def test_a_job_that_fails_is_one_line_or_a_traceback_and_never_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def full() -> None:
        raise StorageError("the disk is full")

    async def odd() -> None:
        raise KeyError("odd")

    await guarded(full)
    await guarded(odd)
    told = [(record.getMessage(), record.levelno, bool(record.exc_info)) for record in caplog.records]
    assert told == [
        ("full failed: the disk is full", logging.ERROR, False),
        ("odd failed", logging.ERROR, True),
    ]


async def test_a_stop_cuts_off_what_the_next_start_can_do_as_well() -> None:
    stop, done = asyncio.Event(), list[str]()

    async def work(name: str, waits: bool) -> None:
        try:
            if waits:
                await asyncio.Event().wait()
            done.append(name)
        except asyncio.CancelledError:
            done.append(f"{name} was cut off")
            raise

    await asyncio.wait_for(unless(stop, work("first", waits=False)), 5)
    waiting = asyncio.ensure_future(unless(stop, work("second", waits=True)))
    await asyncio.sleep(0)
    assert not waiting.done()
    stop.set()
    await asyncio.wait_for(waiting, 5)
    assert done == ["first", "second was cut off"]
    assert len(asyncio.all_tasks()) == 1, "nobody waits for the stop any more"
