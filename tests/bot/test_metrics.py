"""`/metrics`: what is counted, of whom nothing is told, and what stands there when something cannot be looked up."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from aiogram.methods import GetMe

import px6
from bot import __version__
from bot.request_counting import reason_of
from bot.watch import Watch
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered
from sandbox.px6 import Px6State
from sandbox.telegram.events import Event
from sandbox.telegram.state import TelegramState
from tests.bot.disk_faults import cut_to
from tests.bot.watching import Counted, Page, Watched
from tests.canaries import Canaries
from tests.ports import reserved_port
from tests.world import World, new_world

METHOD = GetMe()


def test_a_tap_is_timed_from_its_coming_to_its_answer_and_only_once() -> None:
    counted = Counted()
    counted.passed = 5.0
    counted.metrics.tap_came("a")
    counted.metrics.tap_came("b")
    counted.passed = 5.3
    counted.metrics.tap_answered("a")
    counted.metrics.tap_answered("a")
    counted.metrics.tap_answered("of another start")
    counted.metrics.update_ended("callback_query", "done", "b")
    counted.metrics.tap_answered("b")
    assert counted("tap_seconds_count") == 1
    assert counted("tap_seconds_sum") == pytest.approx(0.3)
    assert counted("tap_seconds_bucket", le="0.25") == 0
    assert counted("tap_seconds_bucket", le="0.5") == 1
    assert counted("updates_total", kind="callback_query", outcome="done") == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (px6.NoMoney(400, "no"), "refused"),
        (px6.TooManyCalls(), "too_many"),
        (px6.Unreachable(), "unreachable"),
        (px6.BadAnswer(), "no_answer"),
        (px6.OutcomeUnknown("buy"), "unknown"),
        (px6.Px6Error(), "other"),
    ],
)
def test_a_request_to_px6_is_counted_by_how_it_ended(error: px6.Px6Error | None, outcome: str) -> None:
    counted = Counted()
    counted.metrics.px6_answered("buy", error, 1.5)
    assert counted("px6_calls_total", method="buy", outcome=outcome) == 1
    assert counted("px6_call_seconds_sum", method="buy") == 1.5


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TelegramRetryAfter(METHOD, "", 1), "too_many"),
        (TelegramForbiddenError(METHOD, ""), "forbidden"),
        (TelegramBadRequest(METHOD, ""), "bad_request"),
        (TelegramConflictError(METHOD, ""), "conflict"),
        (TelegramNotSent(METHOD, ""), "not_sent"),
        (TelegramUnanswered(METHOD, ""), "unanswered"),
        (TelegramAPIError(METHOD, ""), "other"),
    ],
)
def test_what_telegram_does_not_do_has_a_word(error: TelegramAPIError, reason: str) -> None:
    assert reason_of(error) == reason


def test_updates_that_cannot_be_read_are_counted_by_kinds_that_there_are() -> None:
    counted = Counted()
    watch = Watch(Watched().readiness, counted.metrics)
    for kind in ("message", "hologram", "hologram 2"):
        watch.update_skipped(kind)
    assert counted("updates_total", kind="message", outcome="unreadable") == 1
    assert counted("updates_total", kind="other", outcome="unreadable") == 2


def test_what_has_not_happened_yet_is_there_as_nothing() -> None:
    counted = Counted()
    assert counted("payments_total", kind="buy", outcome="unclear") == 0
    assert counted("payments_total", kind="buy", outcome="unknown") is None
    assert counted("reminders_total", kind="digest", outcome="gone") == 0
    assert counted("info", version=__version__, mode="polling") == 1


def test_each_app_counts_for_itself() -> None:
    one, other = Counted(), Counted()
    one.metrics.payment_ended("buy", "done")
    one.metrics.message_sent("digest", "gone")
    assert one("reminders_total", kind="digest", outcome="gone") == 1
    assert (
        one("payments_total", kind="buy", outcome="done"),
        other("payments_total", kind="buy", outcome="done"),
    ) == (
        1,
        0,
    )


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("1001", "in a label of the metrics"),
        ("how are you, my bot", "in a label of the metrics"),
        ("5ec2e7f00d-0ddba11dea", "in the metrics"),
        ("sendMessage", None),
    ],
)
def test_the_canary_would_find_a_person_a_text_and_a_key(tmp_path: Path, method: str, place: str | None) -> None:
    px6_state, telegram = Px6State(), TelegramState()
    px6_state.add_account("5ec2e7f00d-0ddba11dea")
    telegram.person(1001)
    stand_ins = SimpleNamespace(px6=px6_state, telegram=telegram, token="7:token")
    counted, canaries = Counted(), Canaries(stand_ins)
    canaries.hear(Event(1, "message", {"chat": 1001, "message": {"from": "person", "text": "how are you, my bot"}}))
    counted.metrics.telegram_refused(method, "other")
    canaries.read_metrics(counted.metrics.registry)
    assert canaries.found(tmp_path)[:1] == ([place] if place else [])


# -- the running bot


async def play(world: World) -> None:
    """Somebody connects, buys, mistypes and is reminded; Telegram and px6 refuse something; one update is no news."""
    phone = world.phone()
    await phone.says("/start")
    await phone.connects()
    await phone.says("/buy 1 30 de")
    world.telegram.fail("sendMessage", 429, retry_after=1)
    await phone.taps("Buy ·")
    await phone.says("/buy 1 30 no such country")
    world.px6.revoke(world.key)
    await phone.says("/balance")
    world.telegram.push(world.token, "message", {"message_id": "hunter2"})
    await world.patch("/people/1001", {"blocked": True})
    await world.quiet()


async def test_a_journey_is_counted_and_nobody_is_named(tmp_path: Path) -> None:
    with reserved_port() as port:
        given: Any = {"http_listen": f"127.0.0.1:{port}", "backup_dir": tmp_path / "copies"}
        async with new_world(tmp_path, **given) as world:
            await play(world)
            await world.until(lambda: world.app.services.backups.last is not None)
            text = await (page := Page(world)).read()
    expected = {
        'updates_total{kind="message",outcome="done"}': 3,
        'updates_total{kind="message",outcome="problem"}': 2,
        'updates_total{kind="message",outcome="unreadable"}': 1,
        'updates_total{kind="callback_query",outcome="done"}': 1,
        'updates_total{kind="my_chat_member",outcome="done"}': 1,
        "tap_seconds_count": 1,
        'px6_calls_total{method="buy",outcome="ok"}': 1,
        'px6_call_seconds_count{method="buy"}': 1,
        'px6_calls_total{method="account",outcome="refused"}': 1,
        'telegram_refusals_total{method="sendMessage",reason="too_many"}': 1,
        'payments_total{kind="buy",outcome="done"}': 1,
        "open_orders": 0,
        "unknown_orders": 0,
        "due_accounts": 1,
        "ready": 1,
        "backup_failed": 0,
    }
    assert {name: page(name) for name in expected} == expected
    assert 0 <= page("backup_age_seconds") < 60 and 0 < page("oldest_due_seconds") < 60
    assert page("last_poll_timestamp_seconds") == pytest.approx(world.clock().timestamp(), abs=60)
    assert page("last_update_timestamp_seconds") == pytest.approx(world.clock().timestamp(), abs=60)
    assert math.isnan(page("last_sweep_timestamp_seconds"))
    assert "process_resident_memory_bytes" in page.samples and "_created" not in text


async def test_what_cannot_be_looked_up_is_nan_and_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (no_folder := tmp_path / "no folder").write_text("but a file")
    with reserved_port() as port:
        given: Any = {"http_listen": f"127.0.0.1:{port}", "backup_dir": no_folder}
        async with new_world(tmp_path, **given) as world:
            page = Page(world)
            await world.until(lambda: world.app.services.backups.last is not None)
            async with cut_to(0.1)(world, monkeypatch):
                await page.read()
    for name in ("open_orders", "unknown_orders", "due_accounts", "oldest_due_seconds", "backup_age_seconds"):
        assert math.isnan(page(name)), name
    assert (page("ready"), page("backup_failed")) == (0, 1)
    assert page('payments_total{kind="buy",outcome="done"}') == 0
