"""The running bot makes its backups by itself, and what is in one comes back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.engine.crypto import Keyring
from storage.engine.database_tools import restore
from tests.bot.running import environment
from tests.crash.bots import Spawner
from tests.storage.older import of_an_older_version
from tests.world import World, world_without_bot

RING = Keyring([bytes(range(32))])


def made(world: World) -> list[Path]:
    return sorted((world.folder / "backups").glob("px6-bot-*.sqlite3"))


async def test_a_bot_backs_up_at_its_start_and_every_period_and_the_backup_restores(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot(backup_dir=tmp_path / "backups", backup_every_hours=6, backup_keep=2):
            await world.until(lambda: len(made(world)) == 1)
            await world.phone().connects()
            world.move(timedelta(hours=6))
            await world.app.services.backups.back_up()
            assert len(made(world)) == 2
            assert world.app.services.backups.last is not None
        newest = made(world)[-1]
        (tmp_path / "bot.sqlite3").unlink()
        restore(newest, tmp_path / "bot.sqlite3", RING)
        async with world.running_bot():
            phone = world.phone()
            await phone.says("/balance")
            assert "640.50 RUB" in await phone.reads()


async def test_the_next_backup_comes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.BACKUPS_EVERY", 0.02)
    given: dict[str, Any] = {"backup_dir": tmp_path / "backups", "backup_every_hours": 6}
    async with world_without_bot(tmp_path) as world, world.running_bot(**given):
        await world.until(lambda: len(made(world)) == 1)
        world.move(timedelta(hours=6))
        await world.until(lambda: len(made(world)) == 2)


async def test_a_bot_whose_folder_is_not_set_makes_none(world: World) -> None:
    await world.app.services.backups.back_up()
    assert world.app.services.backups.last is None
    assert not made(world)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_migration_without_its_backup_is_one_line_and_ends_the_start(tmp_path: Path, warm: Spawner) -> None:
    (tmp_path / "data").mkdir()
    of_an_older_version(tmp_path / "data" / "bot.sqlite3")
    (tmp_path / "file").write_text("")
    bot = await warm.program(environment(tmp_path, BACKUP_DIR=str(tmp_path / "file")), tmp_path, "bot")
    assert await asyncio.wait_for(bot.ended, 60) == 1
    said = bot.report.read_text()
    (line,) = [line for line in said.splitlines() if "migrated" in line]
    assert line.startswith("nothing was migrated, for the backup before it failed: ")
    assert "Traceback" not in said
