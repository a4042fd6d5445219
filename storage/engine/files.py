"""Makes files that only their owner can read, from the moment they exist."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def create_private(path: Path) -> int:
    """Make a new file of mode 0600; gives its descriptor. OSError when anything is there, also a link to nowhere."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)


def beside(path: Path) -> Path:
    """A name in the folder of `path` that nobody can have prepared."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}")


@contextmanager
def made_beside(path: Path) -> Iterator[Path]:
    """An empty file of mode 0600 in the folder of `path`, gone at the end if nobody moved it."""
    made = beside(path)
    os.close(create_private(made))
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
