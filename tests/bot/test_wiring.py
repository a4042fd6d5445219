"""What is opened is closed again; who hears of what, where no part of the bot can know by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

import px6
from bot.metrics import Metrics
from bot.polling import Polling
from bot.readiness import Readiness
from bot.scheduler import Scheduler
from bot.service_manager import ServiceManager
from bot.service_wiring import late_after
from bot.settings import Settings
from bot.telegram_session import TelegramSession
from bot.wiring import px6_observer, wired
from handlers.ground.background_tasks import BackgroundTasks
from px6 import Px6Pool
from services.operators.reach import Reach
from services.operators.troubles import Troubles
from services.orders import Orders
from services.proxies.deletions import Deletions
from services.sweep import Sweep
from storage.engine.sqlite_database import SqliteDatabase
from tests.databases import lay_database
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.world import settings_for, without_menus

NOWHERE = "http://127.0.0.1:9"


def settings(folder: Path, **more: Any) -> Settings:
    """Of a bot that reaches nobody."""
    token = "700000077:a-token-of-nobody-at-all-for-these-tests"
    stand_ins = SimpleNamespace(token=token, telegram_url=NOWHERE, px6_url=f"{NOWHERE}/api")
    return settings_for(stand_ins, folder, **more)


async def test_what_was_opened_is_closed_in_the_opposite_order_and_errors_are_heard_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look under way needs px6's connections, and both need the database."""
    await lay_database(tmp_path)
    closed, heard = list[str](), list[str]()

    def noted(name: str, close: Callable[..., Any]) -> Callable[..., Any]:
        async def note(self: object) -> None:
            closed.append(name)
            await close(self)

        return note

    for kind in (SqliteDatabase, Px6Pool, TelegramSession, Orders):
        monkeypatch.setattr(kind, "close", noted(kind.__name__, kind.close))
    monkeypatch.setattr(Troubles, "note_error", lambda _, kind, place: heard.append(kind))
    ours = logging.getLogger("services.orders")
    async with wired(settings(tmp_path)) as app:
        ours.error("while it runs", exc_info=KeyError("odd"))
        asked = [type(each).__name__ for each in app.bot.session.middleware]
        assert closed == []
    ours.error("afterwards", exc_info=ValueError("odd"))
    assert closed == ["Orders", "TelegramSession", "Px6Pool", "SqliteDatabase"]
    assert heard == ["KeyError"]
    assert asked == ["RequestTopics", "RequestPacing", "TelegramReach", "RequestCounting"], (
        "of each try, the last one"
    )


async def test_a_start_and_a_stop_go_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing begins once the bot stops, and what has ended by then is confirmed before the rest is closed."""
    await lay_database(tmp_path)
    did = list[str]()

    def noted(kind: type, name: str) -> Callable[..., Any]:
        done = getattr(kind, name)

        def note(self: object, *given: Any) -> Any:
            did.append(f"{kind.__name__}.{name}")
            return done(self, *given)

        return note

    steps = (
        *((Orders, "recover"), (Deletions, "recover"), (Sweep, "recover")),
        *((Scheduler, "start"), (Readiness, "begin"), (ServiceManager, "ready"), (Polling, "run")),
        *((ServiceManager, "stopping"), (Scheduler, "pause"), (BackgroundTasks, "drain"), (Polling, "confirm")),
        *((Scheduler, "shutdown"), (Readiness, "end")),
    )
    for kind, name in steps:
        monkeypatch.setattr(kind, name, noted(kind, name))
    stop = asyncio.Event()
    stop.set()
    async with wired(settings(tmp_path), publish=without_menus) as app:
        assert not app.http.opened
        await app.run(stop)
        assert (app.readiness.stopping, app.http.opened) == (True, False)
    at_once = did.index("Polling.confirm")  # when it takes no more updates
    assert "did not end in time" not in caplog.text
    assert [*did[:at_once], *did[at_once + 1 :]] == [f"{kind.__name__}.{name}" for kind, name in steps]


async def test_what_the_owner_sets_reaches_whom_it_is_for(tmp_path: Path) -> None:
    await lay_database(tmp_path)
    given: dict[str, Any] = {}

    def new_pool(urls: Sequence[str], **more: Any) -> Px6Pool:
        given.update(more, urls=urls)
        return Px6Pool(urls, **more)

    proxy = "socks5://me:secret@127.0.0.1:9"
    of_px6 = {"px6_timeout_seconds": 7.0, "px6_rate_scope": "address", "px6_proxy": (SecretStr(proxy),)}
    of_time = {"settle_seconds": (1.0, 2.0), "history_days": 99, "backup_every_hours": 5.0, "sync_seconds": 30.0}
    of_files = {"backup_dir": tmp_path / "copies", "backup_keep": 3, "px6_site_url": "https://site.example"}
    async with wired(settings(tmp_path, **of_px6, **of_time, **of_files), new_pool=new_pool) as app:
        parts: Any = app.services
        assert (given["urls"], given["timeout"], given["scope"], given["proxies"]) == (
            (f"{NOWHERE}/api",), 7.0, "address", (proxy,),
        )  # fmt: skip
        schedule = parts.orders._settler._schedule
        assert (tuple(schedule._seconds), schedule._patience) == ((1.0, 2.0), 7.0)
        assert (parts.pruning._keep, parts.backups._every) == (99 * DAY, 5 * HOUR)
        assert (parts.backups._folder.path, parts.backups._folder._keep) == (tmp_path / "copies", 3)
        assert (parts.figures._late_after, app.readiness._longest_without_sweep) == (90 * SECOND, 90.0)
        assert parts.site_url == "https://site.example"


async def test_all_hear_of_the_same_px6_and_telegram_and_of_the_same_stop(tmp_path: Path) -> None:
    await lay_database(tmp_path)
    async with wired(settings(tmp_path)) as app:
        parts: Any = app.services
        px6_reach, telegram_reach = parts.figures._px6, parts.figures._telegram
        for reach, name in ((px6_reach, "px6"), (telegram_reach, "telegram")):
            assert parts.troubles._reaches[name][0] is reach
        assert parts.last_known._failing_since() is None
        px6_reach.note(False)
        assert parts.last_known._failing_since() == px6_reach.failing_since is not None
        long = ("sweep", "stock", "health", "price_watches", "backups", "pruning", "broadcasts")
        for stopping in (False, True):
            assert {name: getattr(parts, name)._stopping() for name in long} == dict.fromkeys(long, stopping)
            await app.background.drain(0)


@pytest.mark.parametrize(("every", "late"), [(60.0, 3 * MINUTE), (0.5, 15 * SECOND)])
def test_an_account_is_late_after_three_sweeps(tmp_path: Path, every: float, late: timedelta) -> None:
    assert late_after(settings(tmp_path, sync_seconds=every)) == late


def test_a_request_to_px6_is_counted_and_silence_makes_px6_out_of_reach() -> None:
    metrics, reach = Metrics(lambda: 0.0, "polling"), Reach(lambda: NOW, lambda: 0.0)
    observe = px6_observer(metrics, reach)
    for error, since in (
        (px6.Unreachable(), NOW),
        (px6.NoMoney(400, "no"), None),
        (px6.NoAnswer(), NOW),
        (None, None),
    ):
        observe("buy", error, 1.5)
        assert reach.failing_since == since
    counted = metrics.registry.get_sample_value
    assert counted("px6_bot_px6_call_seconds_count", {"method": "buy"}) == 4
