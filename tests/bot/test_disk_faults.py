"""The disk fails under the running bot: one clear line, nothing bought or damaged, and on it goes after the fault."""

from __future__ import annotations

import logging

import pytest

from tests.bot.disk_faults import IMPATIENT, cut_to, full, locked, read_only
from tests.world import Phone, World


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for for a moment only."""
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", IMPATIENT)


async def test_a_disk_that_fails_is_named_in_one_line_and_nothing_is_bought_damaged_or_broken_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    green = (await phone.screen())["message_id"]
    for fault in (locked, full, read_only, cut_to(0.5), cut_to(0)):
        caplog.clear()
        async with fault(world, monkeypatch):
            assert (await phone.taps("Buy ·", green))["answered"]
            shown = await phone.reads()
            assert shown.startswith("The bot cannot save data right now\nNothing was spent just now."), fault
            assert await phone.labels() == ["Home"], "the quote's green button is still there, and the only one"
        (failed,) = [record for record in caplog.records if record.name == "handlers.entry.gate"]
        assert (failed.levelno, failed.exc_info) == (logging.ERROR, None)
        assert failed.message.startswith("A turn failed: the database cannot be used: ")
        assert "\n" not in failed.message
        await phone.says("/language")
        await phone.taps("English")
        assert "cannot" not in await phone.reads(), fault
    assert world.px6.books(world.key) == []
    await phone.taps("Buy ·", green)
    assert (await message(phone, green)).startswith("Bought 1")
    assert len(world.px6.books(world.key)) == 1
    assert world.rows("PRAGMA integrity_check") == [("ok",)]


async def message(phone: Phone, message_id: int) -> str:
    """What a message says now."""
    (text,) = [str(each["text"]) for each in await phone.chat() if each["message_id"] == message_id]
    return text


async def test_a_tap_that_is_no_payment_offers_to_try_again_when_the_books_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/language")
    async with locked(world, monkeypatch):
        await phone.taps("Русский")
        assert (await phone.reads()).startswith("The bot cannot save data right now")
    await phone.taps("Try again")
    assert world.rows("SELECT language FROM people") == [("ru",)]


async def test_what_was_deleted_stays_told_when_the_books_cannot_be_written_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone()
    await phone.connects()
    [mine, *_] = world.px6.account(world.key).proxies
    await phone.says(f"/delete {mine}")
    asked = await phone.screen()
    question, red = asked["message_id"], asked["keyboard"][0][0]
    async with locked(world, monkeypatch):
        await phone.taps(red["text"], question)
        assert (await phone.reads()).startswith("The bot cannot save data right now")
    assert mine in world.px6.account(world.key).proxies
    await phone.taps(red["text"], question)
    async with locked(world, monkeypatch):
        await phone.forges(red["callback_data"], question)
        assert (await phone.reads()).startswith("The bot cannot save data right now")
    assert (await message(phone, question)).startswith("Deleted: 1 proxy")
    assert mine not in world.px6.account(world.key).proxies
