"""What the bot cannot take now stays with Telegram, and is done once when it comes again: database, stop, start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.bot.deliveries import Answered, Deliverer, message
from tests.bot.disk_faults import IMPATIENT, Fault, full, locked, read_only
from tests.world import Phone, World, new_world, world_without_bot

COME_AGAIN = Answered(503, "1")
CANNOT = "Telegram keeps updates that change something until they can be written: the database cannot be used: "


@pytest.fixture
async def hooked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A world by webhook, whose bot waits for a lock only for a moment."""
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", IMPATIENT)
    async with new_world(tmp_path, webhook=True) as world:
        yield world


def bot_of(world: World) -> Any:
    return world.telegram.bot(world.settings.bot_token.get_secret_value())


def failures(world: World) -> int:
    return max((attempt.failures for attempt in bot_of(world).updates.attempts.values()), default=0)


async def quoted(world: World) -> tuple[Phone, int]:
    """A person before a green button, and the id of its message."""
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    return phone, (await phone.screen())["message_id"]


@pytest.mark.parametrize("fault", [locked, read_only])
async def test_while_the_database_cannot_be_written_a_green_tap_stays_with_telegram_and_then_buys_once(
    hooked: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    phone, green = await quoted(hooked)
    before = await phone.chat()
    async with fault(hooked, monkeypatch):
        tapping = asyncio.ensure_future(phone.taps("Buy ·", green))
        await hooked.until(lambda: failures(hooked) == 2)  # at first, and at once again
        assert bot_of(hooked).webhook.last_error == "Wrong response from the webhook: 503 Service Unavailable"
        assert [attempt.due > 0 for attempt in bot_of(hooked).updates.attempts.values()] == [True]
        assert not tapping.done(), "the tap is not answered"
        assert [each["text"] for each in await phone.chat()] == [each["text"] for each in before], "nothing is said"
        assert (await hooked.http.get(healthz(hooked))).status == 200
    bot_of(hooked).updates.repeat_now()
    assert (await tapping)["answered"]
    assert (await phone.text_of(green)).startswith("Bought 1")
    assert len(hooked.px6.books(hooked.key)) == 1
    cannot, can = [record.getMessage() for record in caplog.records if record.name == "bot.delivery"]
    assert cannot.startswith(CANNOT) and can == "The database can be written again"
    assert not [record for record in caplog.records if record.name == "handlers.entry.gate"]


async def test_a_disk_that_is_full_for_a_claim_buys_once_when_there_is_room_and_says_nothing_before(
    hooked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed commit SQLite may find room in its log for the next one: then that is the one that buys."""
    phone, green = await quoted(hooked)
    async with full(hooked, monkeypatch):
        tapping = asyncio.ensure_future(phone.taps("Buy ·", green))
        await hooked.until(lambda: failures(hooked) > 0)
        assert not any("cannot save" in text for text in await phone.texts())
    bot_of(hooked).updates.repeat_now()
    await tapping
    assert (await phone.text_of(green)).startswith("Bought 1")
    assert len(hooked.px6.books(hooked.key)) == 1


def healthz(world: World) -> str:
    return f"http://{world.settings.http_listen}/healthz"


async def test_meanwhile_what_changes_nothing_is_served(hooked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone, green = await quoted(hooked)
    async with locked(hooked, monkeypatch):
        tapping = asyncio.ensure_future(phone.taps("Buy ·", green))
        await hooked.until(lambda: failures(hooked) == 2)
        await hooked.post("/people/1002/messages", {"text": "/start"})
        assert await Deliverer(hooked).post(message("hello", 1002)) == COME_AGAIN
        assert await Deliverer(hooked).post(message("/help", 1002)) == Answered(200, None)
    bot_of(hooked).updates.repeat_now()
    await tapping
    await hooked.quiet()


async def test_a_question_that_could_not_be_answered_is_still_open_when_the_answer_comes_again(
    hooked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = hooked.phone()
    await phone.connects()
    await phone.says("/reminders")
    await phone.taps("Quiet hours")
    await phone.taps("Other…")
    async with locked(hooked, monkeypatch):
        await hooked.post("/people/1001/messages", {"text": "22:30-7:00"})
        await hooked.until(lambda: failures(hooked) == 2)
    bot_of(hooked).updates.repeat_now()
    await hooked.quiet()
    assert hooked.rows("SELECT json_extract(habits, '$.quiet_from') FROM habits") == [(22 * 60 + 30,)]


async def test_an_error_while_the_database_can_be_written_is_told_when_it_comes_again(
    hooked: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It would fail for ever: here a table is gone."""
    phone, green = await quoted(hooked)
    database = hooked.app.services.accounts._database
    async with database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE confirmations RENAME TO gone")
    assert (await phone.taps("Buy ·", green))["answered"]
    assert (await phone.reads()).startswith("The bot cannot save data right now\nNothing was spent just now.")
    assert not hooked.px6.books(hooked.key) and not failures(hooked)
    [again] = [record.getMessage() for record in caplog.records if record.name == "bot.delivery"]
    assert again.endswith(
        "could not be written down, and is to come again: the database cannot be used: no such table: confirmations"
    )
    assert "A turn failed: the database cannot be used: no such table: confirmations" in caplog.text


async def test_while_the_bot_stops_what_is_new_is_to_come_again_and_what_it_has_taken_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with world_without_bot(tmp_path, webhook=True) as world, AsyncExitStack() as stack:
        await stack.enter_async_context(world.running_bot())
        phone, green = await quoted(world)
        _, data = await phone.green()
        with world.held("buy"):
            tap = world.post("/people/1001/taps", {"message_id": green, "data": data})
            tapping = asyncio.ensure_future(tap)
            await world.until(lambda: bool(world.asked("buy")))
            stopping = asyncio.ensure_future(stack.aclose())
            await world.until(lambda: "The bot stops" in caplog.text)
            assert await Deliverer(world).post(message("/help")) == COME_AGAIN
            await world.post("/people/1001/messages", {"text": "/language"})
            await world.until(lambda: failures(world) > 0)
            assert (await world.http.get(healthz(world))).status == 200
            done, _ = await asyncio.wait((stopping,), timeout=1.5)
            assert not done, "it waits for px6"
        await stopping
        await tapping
        assert (await phone.text_of(green)).startswith("Bought 1")
        assert len(bot_of(world).updates) == 1
        async with world.running_bot():
            bot_of(world).updates.repeat_now()
            await world.quiet()
            assert (await phone.reads()).startswith("Language")
    assert len(world.px6.books(world.key)) == 1


async def test_a_tap_that_a_stop_cut_off_before_it_was_on_disk_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """px6 keeps silent longer than a stop may take."""
    monkeypatch.setattr("bot.app.DRAIN_SECONDS", 0.2)
    async with world_without_bot(tmp_path, webhook=True) as world:
        async with world.running_bot():
            phone = world.phone()
            await phone.connects()
            one = world.px6.add_proxy(world.key).id
            await phone.says(f"/delete {one}")
            world.px6.fault("silent_before", "getproxy", times=1)
            before = len(world.asked("getproxy"))
            tapping = asyncio.ensure_future(phone.taps("Delete 1 proxy"))
            await world.until(lambda: len(world.asked("getproxy")) > before)
        assert len(bot_of(world).updates) == 1 and one in world.px6.account(world.key).proxies
        async with world.running_bot():
            bot_of(world).updates.repeat_now()
            await tapping
            await world.quiet()
            assert one not in world.px6.account(world.key).proxies
        assert world.rows("SELECT COUNT(*) FROM deletions") == [(1,)]
