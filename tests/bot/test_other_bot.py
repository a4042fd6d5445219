"""A database belongs to one bot: to another one, all of its people would look as if they had blocked it."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from bot.cli import main
from bot.doctor import local_findings
from bot.wiring import wired
from model.errors import StorageError
from tests.bot.running import environment
from tests.world import settings_for, world_without_bot

OTHER = "900000001:another-token-of-another-bot-for-these-tests"


def content(folder: Path) -> str:
    """A digest of the database's rows as they lie in the file."""
    return hashlib.sha256((folder / "bot.sqlite3").read_bytes()).hexdigest()


async def test_another_bot_is_refused_and_changes_nothing_until_it_is_meant(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            phone = world.phone()
            await phone.connects()
            await phone.says("/buy 1 30 de")
        assert world.rows("select bot_id from bots") == [(world.settings.bot_id,)]
        before = content(tmp_path)

        other = settings_for(world.sandbox, tmp_path, bot_token=OTHER)
        with pytest.raises(StorageError) as refused:
            async with wired(other):
                pass
        assert str(refused.value).count("\n") == 0
        assert f"belongs to bot {world.settings.bot_id}, and BOT_TOKEN is bot 900000001's" in str(refused.value)
        assert content(tmp_path) == before
        [said] = [str(finding) for finding in local_findings(other) if finding.name == "database"]
        assert said.startswith("FAIL database  the database belongs to bot")

        async with wired(other, adopt=True):
            pass
        assert world.rows("select bot_id from bots") == [(900000001,)]
        assert world.rows("select count(*) from people where blocked_at is null") == [(1,)]
        assert world.rows("select distinct chat_id, message_id from quotes") == [(None, None)]
        async with wired(other):
            pass


def test_a_database_of_another_bot_is_one_line_and_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment(tmp_path).items():
        if name not in ("PATH", "PYTHONPATH"):
            monkeypatch.setenv(name, value)
    (tmp_path / "data").mkdir()
    connection = sqlite3.connect(tmp_path / "data" / "bot.sqlite3")
    connection.executescript(
        "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('0003');"
        "CREATE TABLE bots (bot_id INTEGER PRIMARY KEY, since INTEGER); INSERT INTO bots VALUES (5, 0);"
    )
    connection.close()
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "the database belongs to bot 5" in said
    assert "--adopt-database" in said
    assert said.count("\n") == 1
