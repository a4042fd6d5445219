"""Starting and stopping while others are away: nothing that can wait keeps the bot from its work or its end."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.misspelt_settings import misspelt
from bot.settings import Settings
from bot.wiring import wired
from handlers.ground.background_tasks import BackgroundTasks
from tests.databases import run
from tests.services.rig import ANNA, new_rig
from tests.world import World, world_without_bot


async def test_what_nobody_was_told_keeps_a_starting_bot_neither_from_answering_nor_from_stopping(
    tmp_path: Path,
) -> None:
    """Telegram takes no edits: an untold outcome is tried for a quarter of a minute."""
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            phone = world.phone()
            await phone.connects()
            await phone.says("/buy 1 30 de")
            await phone.taps("Buy ·")
        forget_that_it_was_told(tmp_path)
        world.telegram.fail("editMessageText", 502, times=1000)
        async with world.running_bot():
            await world.until(lambda: any(r.status == 502 for r in world.telegram.requests))
            await world.post("/people/1001/messages", {"text": "/nonsense"})
            async with asyncio.timeout(10):
                while "no such command" not in await phone.reads():  # noqa: ASYNC110 - the person looks
                    await asyncio.sleep(0.02)
            began = time.monotonic()
        assert time.monotonic() - began < 8
        assert untold(world) == 1

        world.telegram.faults.clear()
        async with world.running_bot():
            await world.until(lambda: untold(world) == 0)


def forget_that_it_was_told(folder: Path) -> None:
    """As after a kill between px6's answer and the message about it."""
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        connection.execute("UPDATE confirmations SET told = 0, tell_at = ?", (4 * 10**15,))
        connection.commit()


def untold(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM confirmations WHERE told < changes")[0][0])


async def test_a_payment_does_not_begin_once_the_stop_is_over(tmp_path: Path) -> None:
    async with new_rig(tmp_path) as rig:
        claim = await rig.orders.claim(ANNA, *await rig.quoted_buy())
        assert claim.confirmation is not None
        background = BackgroundTasks()
        await background.drain(0)
        assert background.start(rig.orders.run(claim.confirmation.id)).cancelled()
        assert rig.states() == ["confirmed"]
        assert rig.requests("buy") == []
        await rig.restart()
        assert (rig.states(), rig.spends()) == (["done"], ["buy"])


async def test_a_payment_that_a_kill_kept_from_being_sent_is_made_by_the_next_start_that_is_not_stopped(
    tmp_path: Path,
) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            phone = world.phone()
            await phone.connects()
            await phone.says("/buy 1 30 de")
            ((quote,),) = world.rows("SELECT id FROM quotes")
            claim = await world.app.services.orders.claim(
                ANNA, quote, 30, (ANNA, (await phone.screen())["message_id"])
            )
            assert claim.won
        stopped = asyncio.Event()
        stopped.set()
        async with wired(world.settings, world.clock, world.clock.monotonic) as app:
            await app.run(stopped)
        assert world.rows("SELECT state FROM orders") == [("confirmed",)]
        async with world.running_bot():
            await world.until(lambda: world.rows("SELECT state FROM orders") == [("done",)])
            await world.until(lambda: untold(world) == 0)
            assert "Bought" in await phone.reads()
        assert len(world.asked("buy")) == 1


async def test_what_a_process_that_is_gone_left_another_pays_and_tells_at_once(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world, world.running_bot():
        phone = world.phone()
        await phone.connects()
        await phone.says("/buy 1 30 de")
        ((quote,),) = world.rows("SELECT id FROM quotes")
        orders, place = world.app.services.orders, (ANNA, (await phone.screen())["message_id"])
        assert (await orders.claim(ANNA, quote, 30, place)).won
        await world.app._take_over(asyncio.Event())
        await world.until(lambda: world.rows("SELECT state FROM orders") == [("done",)] and untold(world) == 0)
        async with world.app.services.sweep._database.write() as connection:  # the file itself may be locked just now
            await run(connection, "UPDATE confirmations SET told = 0, tell_at = ?", (4 * 10**15,))
        await world.app._take_over(asyncio.Event())
        await world.until(lambda: untold(world) == 0)
        assert len(world.asked("buy")) == 1


def test_a_settings_file_of_a_windows_editor_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a byte order mark, and with two characters at the end of each line."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    lines = "BOT_TOKEN=123456789:AAExampleExampleExampleExampleExample\r\nALLOWED_USER_IDS=1001,1002\r\n"
    (tmp_path / ".env").write_bytes(lines.encode("utf-8-sig"))
    settings = Settings.load()
    assert (settings.bot_id, settings.allowed_user_ids) == (123456789, frozenset({1001, 1002}))
    (tmp_path / ".env").write_bytes("BOT_TOKN=1\r\n".encode("utf-8-sig"))
    assert [line.split()[0] for line in misspelt()] == ["BOT_TOKN"]
