"""Master keys are rotated while the bot runs, from the file and from `.env`: it follows without a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.maintenance import rotate_keys
from bot.settings import Settings
from storage.engine.crypto import new_master_key
from tests.world import new_world

OLD, NEW = new_master_key(), new_master_key()


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Who runs the bot in this folder, with nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("where", ["encryption.key", ".env"])
async def test_a_running_bot_opens_what_was_sealed_with_a_newer_key(
    tmp_path: Path, operator: pytest.MonkeyPatch, where: str
) -> None:
    (tmp_path / "data").mkdir()
    file, lines = tmp_path / where, "{}"
    if where == ".env":
        lines = "BOT_TOKEN=123456789:AAExampleExampleExampleExampleExample\nENCRYPTION_KEYS={}\n"
    file.write_text(lines.format(OLD))
    keys: dict[str, Any] = {"encryption_key_file": tmp_path / "encryption.key", "encryption_keys": ()}
    if where == ".env":
        keys["encryption_keys"] = Settings.load().encryption_keys
    async with new_world(tmp_path / "data", **keys) as world:
        phone, other = world.phone(), world.phone(1002)
        await phone.connects()
        file.write_text(lines.format(f"{NEW},{OLD}" if where == ".env" else f"{NEW}\n{OLD}"))
        by_now = {"encryption_keys": Settings.load().encryption_keys} if where == ".env" else {}
        assert rotate_keys(world.settings.model_copy(update=by_now)) == 0
        file.write_text(lines.format(NEW))

        assert (await phone.says("/balance")).startswith("Balance")
        await other.connects(world.px6.add_account("0ther0key0-0000000000-0000000001", balance="5.00").key)
        alone = {"encryption_keys": Settings.load().encryption_keys} if where == ".env" else {}
        assert rotate_keys(world.settings.model_copy(update=alone)) == 0, "everything opens with the new key alone"
