"""A sealed value opens in its own place, with its own master key, and nowhere else."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from storage import schema, schema_reminders  # noqa: F401 - the second adds its tables to the first
from storage.crypto import SEALED, CannotOpen, Keyring, new_master_key, read_key_file
from storage.errors import StorageError

OLD, NEW = bytes(range(32)), bytes(32)
COLUMN = "accounts.sealed_key"


def test_every_column_for_bytes_is_known_to_be_sealed() -> None:
    columns = [column for table in schema.metadata.tables.values() for column in table.columns]
    assert {str(column) for column in columns if isinstance(column.type, LargeBinary)} == set(SEALED)


def test_a_sealed_value_opens_in_its_own_place() -> None:
    ring = Keyring([OLD])
    sealed = ring.seal("secret", 1001, COLUMN)
    assert ring.open(sealed, 1001, COLUMN) == "secret"
    assert b"secret" not in sealed
    assert sealed != ring.seal("secret", 1001, COLUMN)


@pytest.mark.parametrize(("telegram_id", "column"), [(1002, COLUMN), (1001, "proposals.sealed_key")])
def test_a_value_copied_to_another_place_does_not_open(telegram_id: int, column: str) -> None:
    ring = Keyring([OLD])
    with pytest.raises(CannotOpen):
        ring.open(ring.seal("secret", 1001, COLUMN), telegram_id, column)


@pytest.mark.parametrize("at", [0, 1, 2, 20, -1])
def test_a_changed_value_does_not_open(at: int) -> None:
    ring = Keyring([OLD])
    changed = bytearray(ring.seal("secret", 1001, COLUMN))
    changed[at] ^= 1
    for value in (bytes(changed), b"", b"\x01"):
        with pytest.raises(CannotOpen):
            ring.open(value, 1001, COLUMN)


def test_the_newest_key_seals_and_the_older_ones_still_open() -> None:
    old = Keyring([OLD]).seal("secret", 1001, COLUMN)
    ring = Keyring([NEW, OLD])
    assert ring.open(old, 1001, COLUMN) == "secret"
    assert Keyring([NEW]).open(ring.seal("x", 1001, COLUMN), 1001, COLUMN) == "x"


def test_keys_come_from_the_settings_then_the_file_then_the_credentials(tmp_path: Path) -> None:
    file, credentials = tmp_path / "own.key", tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "encryption.key").write_text(new_master_key() + "\n")
    assert not Keyring.load([], file)
    assert Keyring.load([], file, credentials=credentials).file == credentials / "encryption.key"
    file.write_text(f"{new_master_key()}\n{new_master_key()}\n")
    assert Keyring.load([], file, credentials=credentials).file == file
    assert Keyring.load([new_master_key()], file).file is None


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "encryption.key"
    rings = [Keyring.load([], file) for _ in range(2)]
    for ring in rings:
        ring.make_key_file()
    assert rings[1].open(rings[0].seal("secret", 1, COLUMN), 1, COLUMN) == "secret"
    assert len(read_key_file(file)) == 1
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("wrong", ["", "short", "é", base64.b64encode(bytes(31)).decode(), "a" * 44 + "!"])
def test_a_malformed_key_is_named_without_its_value(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "encryption.key"
    file.write_text(wrong)
    with pytest.raises(StorageError, match="ENCRYPTION_KEY_FILE") as caught:
        Keyring.load([], file)
    assert "\n" not in str(caught.value)
    assert not wrong or f" {wrong}" not in str(caught.value)


def test_the_ring_shows_no_key() -> None:
    assert repr(Keyring([OLD, NEW])) == "<Keyring of 2>"
