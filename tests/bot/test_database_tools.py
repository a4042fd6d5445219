"""What the owner is told by the tools for the whole database, and what they do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.database_tools import backup, restore, rotate_keys
from bot.master_keys import current_keys, keyring_of
from bot.settings import Settings
from model.errors import StorageError
from storage import accounts, people
from storage.engine.crypto import Keyring, decoded, new_master_key
from storage.engine.database import Database
from tests.databases import lay_database, url_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "123456789:AAExampleExampleExampleExampleExample"
OLD, NEW = new_master_key(), new_master_key()


@pytest.fixture(autouse=True)
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Who runs the tools in this folder, with the old master key in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/bot.sqlite3")
    monkeypatch.setenv("ENCRYPTION_KEYS", OLD)
    return monkeypatch


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A database with one px6 key, sealed under the old master key."""
    await lay_database(tmp_path)
    opened = await Database.open(url_of(tmp_path), Keyring([decoded(OLD, "a test")]))
    async with opened.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        sealed = opened.keyring.seal("a key", 1001, accounts.KEY_COLUMN)
        await accounts.put(connection, 1001, px6_user_id="1", currency="RUB", sealed=sealed, now=NOW)
    await opened.close()
    return tmp_path / "bot.sqlite3"


def anew(changed: int) -> str:
    return f"{changed} of 1 keys were encrypted anew; all of them are under the newest master key now.\n"


def test_rotating_says_what_it_did_and_what_can_be_done_next(
    database: Path, operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    another = "There is one master key. For another: put it first in {}, run this again.\n"
    assert rotate_keys(Settings.load()) == 0
    assert capsys.readouterr().out == anew(0) + another.format("ENCRYPTION_KEYS, restart the bot")
    operator.setenv("ENCRYPTION_KEYS", f"{NEW},{OLD}")
    assert rotate_keys(Settings.load()) == 0
    assert capsys.readouterr().out == anew(1) + (
        "Once the bot runs with the newest key, the older ones can be taken out of the key ring.\n"
    )
    file = database.with_name("master.key")
    file.write_text(NEW)
    file.chmod(0o600)
    operator.delenv("ENCRYPTION_KEYS")
    operator.setenv("ENCRYPTION_KEY_FILE", str(file))
    assert rotate_keys(Settings.load()) == 0
    assert capsys.readouterr().out == anew(0) + another.format(file)


def test_without_a_database_or_a_key_nothing_is_rotated(
    database: Path, operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StorageError) as caught:
        rotate_keys(Settings.load(database_url="sqlite:///other.sqlite3"))
    assert str(caught.value) == "there is no database other.sqlite3"
    operator.delenv("ENCRYPTION_KEYS")
    with pytest.raises(StorageError) as caught:
        rotate_keys(Settings.load())
    assert str(caught.value) == "there is no master key yet: the bot makes one at its first start"
    assert capsys.readouterr().out == ""


def test_a_backup_and_its_restore_say_what_became_of_what(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.load()
    assert backup(settings, "copy") == 0
    assert capsys.readouterr().out == (
        "Backed up to copy. The master keys are not in it: without them it opens no px6 key. Keep them elsewhere.\n"
    )
    warned = (
        "People who used /forget after the backup are in it again. "
        "Payments that were open then are told as unclear.\n"
    )
    assert restore(settings, "copy") == 0
    kept = f"{database}.before-restore"
    assert capsys.readouterr().out == (
        f"Restored {database} from copy.\n"
        f"What was there before is kept in {kept}: delete it when it is not needed.\n{warned}"
    )
    assert Path(kept).exists()
    database.unlink()
    assert restore(settings, "copy") == 0
    assert capsys.readouterr().out == f"Restored {database} from copy.\n{warned}"
    assert rotate_keys(settings) == 0, "the key in it opens"


def test_a_copy_may_be_named_like_an_option(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--version"]) == 0
    assert capsys.readouterr().out.startswith("Backed up to --version.")
    assert database.with_name("--version").exists()


def test_keys_of_the_environment_are_read_again_and_others_are_not(operator: pytest.MonkeyPatch) -> None:
    old, new = decoded(OLD, "a test"), decoded(NEW, "a test")
    assert current_keys() == [old]
    followed, apart = keyring_of(Settings.load()), keyring_of(Settings.load(encryption_keys=(NEW,)))
    sealed = keyring_of(Settings.load()).seal("a key", 1001, accounts.KEY_COLUMN)
    operator.setenv("ENCRYPTION_KEYS", f"{NEW},{OLD}")
    assert current_keys() == [new, old]
    for ring in (followed, apart):
        ring.read_again()
    assert [len(followed), len(apart)] == [2, 1]
    assert followed.open(sealed, 1001, accounts.KEY_COLUMN) == "a key"
    operator.setenv("ENCRYPTION_KEYS", "nonsense")
    assert current_keys() == []
    followed.read_again()
    assert len(followed) == 2, "what cannot be read changes nothing"
