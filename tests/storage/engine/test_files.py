"""Files that only their owner can read: new ones, none through a link, and none left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.engine.files import create_private, made_beside, sync_directory


@pytest.fixture(autouse=True)
def wide() -> Iterator[None]:
    """An owner whose new files anybody may read."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_is_new_private_and_can_be_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "key"
    descriptor = create_private(path)
    os.write(descriptor, b"secret")
    assert os.pread(descriptor, 6, 0) == b"secret"
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    assert mode(path) == 0o600
    with pytest.raises(FileExistsError):
        create_private(path)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        create_private(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()
    assert path.read_bytes() == b"secret"


def test_what_is_made_beside_a_file_is_gone_unless_somebody_moved_it(tmp_path: Path) -> None:
    target = tmp_path / "copy"
    with made_beside(target) as made:
        assert (made.parent, mode(made), made.read_bytes()) == (tmp_path, 0o600, b"")
        assert made.name.startswith(".copy.") and len(made.name) == len(".copy.") + 16
        with made_beside(target) as another:
            assert another != made
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), made_beside(target):
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with made_beside(target) as made:
        made.replace(target)
    assert list(tmp_path.iterdir()) == [target]


def test_names_are_made_durable_and_no_descriptor_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, sync = list[str](), os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    before = len(list(Path("/proc/self/fd").iterdir()))
    sync_directory(tmp_path)
    assert synced == [str(tmp_path)]
    with made_beside(tmp_path / "copy"):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
