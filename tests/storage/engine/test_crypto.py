"""A sealed value opens in its own place, with its own master key, and nowhere else."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from model.errors import StorageError
from storage import schema
from storage.engine.crypto import SEALED, CannotOpen, Keyring, make_key_file, new_master_key, read_key_file

ROOT = Path(__file__).parents[3]
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


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 13, 14, 15, 29, 30, 35])
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    ring = Keyring([OLD])
    cut = ring.seal("secret", 1001, COLUMN)[:length]
    with pytest.raises(CannotOpen):
        ring.open(cut, 1001, COLUMN)
    assert not ring.is_newest(cut, 1001, COLUMN)


def test_nothing_at_all_is_a_text_too() -> None:
    ring = Keyring([OLD])
    sealed = ring.seal("", 1001, COLUMN)
    assert (len(sealed), ring.open(sealed, 1001, COLUMN), ring.is_newest(sealed, 1001, COLUMN)) == (30, "", True)


SEALED_BEFORE = {  # by the first version, with the key 00 01 02 ... 1f
    1001: "017a6465666768696a6b6c6d6e6f3b7ebd141c9d0e650ed7b6f98233e29eec84f5fb33db",
    -1001: "017a6465666768696a6b6c6d6e6f3b7ebd141c9dec1ce586c89aff94f613519d5267ea70",
    1099511627776: "017a6465666768696a6b6c6d6e6f3b7ebd141c9d8ef98148acf1c649e66ae73e813c08d7",
}


@pytest.mark.parametrize("telegram_id", SEALED_BEFORE)
def test_what_the_first_version_sealed_still_opens(telegram_id: int) -> None:
    sealed = bytes.fromhex(SEALED_BEFORE[telegram_id])
    assert Keyring([OLD]).open(sealed, telegram_id, "accounts.sealed_key") == "secret"
    assert Keyring([OLD]).seal("secret", telegram_id, COLUMN)[:2] == bytes.fromhex("017a")


# Two keys with the same name: which of them it was is told by trying both.
ALIKE = (bytes([3]) * 32, bytes([101]) * 32)


def test_of_two_keys_with_one_name_each_opens_its_own() -> None:
    newer, older = ALIKE
    sealed = {key: Keyring([key]).seal("secret", 1001, COLUMN) for key in ALIKE}
    assert sealed[newer][:2] == sealed[older][:2]
    ring = Keyring([newer, older])
    assert [ring.open(value, 1001, COLUMN) for value in sealed.values()] == ["secret", "secret"]
    assert [ring.is_newest(value, 1001, COLUMN) for value in sealed.values()] == [True, False]


def test_only_what_the_first_key_sealed_in_this_place_is_sealed_with_the_newest() -> None:
    new, old = Keyring([NEW]).seal("x", 1001, COLUMN), Keyring([OLD]).seal("x", 1001, COLUMN)
    ring = Keyring([NEW, OLD])
    assert (ring.is_newest(new, 1001, COLUMN), ring.is_newest(old, 1001, COLUMN)) == (True, False)
    assert not ring.is_newest(new, 1002, COLUMN)


def test_the_keys_are_read_again_only_for_what_those_that_are_known_do_not_open() -> None:
    asked: list[str] = []

    def again() -> list[bytes]:
        asked.append("again")
        return [NEW]

    ring = Keyring([OLD], again=again)
    assert ring.open(Keyring([OLD]).seal("mine", 1001, COLUMN), 1001, COLUMN) == "mine"
    assert asked == []
    assert ring.open(Keyring([NEW]).seal("later", 1001, COLUMN), 1001, COLUMN) == "later"
    assert (asked, len(ring)) == (["again"], 2)


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
    file = tmp_path / "deep" / "secrets" / "encryption.key"
    rings = [Keyring.load([], file) for _ in range(2)]
    for ring in rings:
        ring.make_key_file()
        assert len(ring) == 1, "it seals at once"
    assert rings[1].open(rings[0].seal("secret", 1, COLUMN), 1, COLUMN) == "secret"
    assert len(read_key_file(file)) == 1
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_no_key_file_is_made_where_there_are_keys_or_where_the_settings_hold_them(tmp_path: Path) -> None:
    gone = Keyring([OLD], file=tmp_path / "encryption.key")
    nowhere = Keyring([])
    for ring in (gone, nowhere):
        ring.make_key_file()
    assert (len(gone), len(nowhere), list(tmp_path.iterdir())) == (1, 0, [])


def test_a_key_is_on_the_disk_before_it_has_its_name_and_its_name_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    synced, linked = os.fsync, os.link

    def fsync(number: int) -> None:
        found = os.fstat(number)
        events.append("folder" if stat.S_ISDIR(found.st_mode) else f"{found.st_size} bytes")
        synced(number)

    def link(source: Path, target: Path) -> None:
        events.append(target.name)
        linked(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    make_key_file(tmp_path / "encryption.key")
    assert events == ["45 bytes", "encryption.key", "folder"]


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("")
    with pytest.raises(StorageError, match=r"ENCRYPTION_KEY_FILE .* cannot be made \("):
        make_key_file(tmp_path / "no folder" / "encryption.key")


# Makes a key file under an audit hook that looks at every mode in the folder whenever anything happens.
WATCHED = """
import os, sys
from pathlib import Path
from storage.engine.crypto import Keyring, make_key_file, read_key_file

file = Path(sys.argv[1])
os.umask(0)
file.parent.mkdir()
(file.parent / f".{file.name}.{os.getpid()}").symlink_to(file.parent.parent / "victim")
modes = set()

def look(event, arguments):
    if event.startswith(("os.", "open")) and event not in ("os.scandir", "os.listdir"):
        modes.update(path.lstat().st_mode & 0o777 for path in file.parent.iterdir() if not path.is_symlink())

sys.addaudithook(look)
make_key_file(file)
look("os.end", ())
print([oct(mode) for mode in modes], len(read_key_file(file)))
"""


def test_no_one_else_can_read_or_redirect_a_key_file_while_it_is_made(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "keys" / "encryption.key")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == "['0o600'] 1"
    assert not (tmp_path / "victim").exists()


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "encryption.key"
    file.symlink_to(tmp_path / "victim")
    with pytest.raises(StorageError, match=r"ENCRYPTION_KEY_FILE .* cannot be made"):
        Keyring.load([], file).make_key_file()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_ring_follows_its_file_and_goes_on_opening_what_it_knew(tmp_path: Path) -> None:
    """Another process rotates: the new key is put first, everything is sealed with it, the old one is taken out."""
    file = tmp_path / "encryption.key"
    old, new = new_master_key(), new_master_key()
    file.write_text(old)
    running = Keyring.load([], file)
    before = running.seal("secret", 1001, COLUMN)
    file.write_text(f"{new}\n{old}")
    rotated = Keyring.load([], file).seal("secret", 1001, COLUMN)
    file.write_text(new)
    assert running.open(rotated, 1001, COLUMN) == "secret"
    assert running.open(before, 1001, COLUMN) == "secret"
    assert Keyring.load([], file).open(running.seal("later", 1, COLUMN), 1, COLUMN) == "later"


def test_what_is_sealed_after_a_key_was_put_first_is_sealed_with_it(tmp_path: Path) -> None:
    """Though nothing was met that the old key does not open."""
    file = tmp_path / "encryption.key"
    file.write_text(new_master_key())
    running = Keyring.load([], file)
    file.write_text(new_master_key())
    assert Keyring.load([], file).open(running.seal("secret", 1001, COLUMN), 1001, COLUMN) == "secret"


@pytest.mark.parametrize("now", ["no key", None, ""])
def test_a_ring_whose_file_is_gone_or_broken_keeps_what_it_has(tmp_path: Path, now: str | None) -> None:
    file = tmp_path / "encryption.key"
    file.write_text(new_master_key())
    ring = Keyring.load([], file)
    file.unlink() if now is None else file.write_text(now)
    assert ring.open(ring.seal("secret", 1001, COLUMN), 1001, COLUMN) == "secret"
    with pytest.raises(CannotOpen):
        ring.open(Keyring([NEW]).seal("secret", 1001, COLUMN), 1001, COLUMN)


@pytest.mark.parametrize(
    "wrong", ["", "short", "é", base64.b64encode(bytes(31)).decode(), "a" * 44 + "!", "A" * 43 + "=!!!!"]
)
def test_a_malformed_key_is_named_without_its_value(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "encryption.key"
    file.write_text(wrong)
    with pytest.raises(StorageError, match="ENCRYPTION_KEY_FILE") as caught:
        Keyring.load([], file)
    assert "\n" not in str(caught.value)
    assert not wrong or f" {wrong}" not in str(caught.value)


def test_a_key_may_lack_the_padding_at_its_end() -> None:
    key = base64.urlsafe_b64encode(OLD).decode()
    assert (len(key), key[-1]) == (44, "=")
    ring = Keyring.load([key.rstrip("=")], Path("encryption.key"))
    assert ring.open(Keyring([OLD]).seal("secret", 1001, COLUMN), 1001, COLUMN) == "secret"


def test_the_ring_shows_no_key() -> None:
    assert repr(Keyring([OLD, NEW])) == "<Keyring of 2>"
