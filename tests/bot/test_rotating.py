"""Master keys are rotated while the bot runs, from the file and from `.env`: it follows without a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.database_tools import rotate_keys
from bot.settings import Settings
from storage.engine.crypto import new_master_key
from tests.world import World, world_without_bot

OLD, NEW = new_master_key(), new_master_key()
ENV = "BOT_TOKEN=123456789:AAExampleExampleExampleExampleExample\nENCRYPTION_KEYS={}\n"


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
    reads, file = where == ".env", tmp_path / where

    def put(*keys: str) -> dict[str, Any]:
        """Write these keys down; gives what the tools read of them in the settings."""
        file.write_text(ENV.format(",".join(keys)) if reads else "\n".join(keys))
        return {"encryption_keys": Settings.load().encryption_keys} if reads else {}

    given: dict[str, Any] = {"encryption_key_file": tmp_path / "encryption.key", "encryption_keys": ()} | put(OLD)
    async with world_without_bot(tmp_path / "data", **given) as world:
        world.settings._keys_were_read = reads  # a world's settings are given
        async with world.running_bot():
            await rotates(world, put)


async def rotates(world: World, put: Callable[..., dict[str, Any]]) -> None:
    """The new key is put before the old one, everything is encrypted anew, and the old one is taken away."""
    phone, other = world.phone(), world.phone(1002)
    await phone.connects()
    assert rotate_keys(world.settings.model_copy(update=put(NEW, OLD))) == 0
    put(NEW)
    assert (await phone.says("/balance")).startswith("Balance")
    await other.connects(world.px6.add_account("0ther0key0-0000000000-0000000001", balance="5.00").key)
    assert rotate_keys(world.settings.model_copy(update=put(NEW))) == 0, "everything opens with the new key alone"
