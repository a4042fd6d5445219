"""A restore that is killed at any of its steps leaves a whole database, and the former one is never lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.engine.database_tools import backup, keep_earlier_database, restore
from tests.databases import lay_file

pytestmark = pytest.mark.sqlite("a file that is replaced")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RING = Keyring([bytes(range(32))])
ROOT = Path(__file__).parents[3]

# Restores again and again, in a process that is killed at its first change of the folder, then at its second …, and
# says after each death which files there are, with how many people. One process forks them all: it imports once.
KILLED_AT_EACH_STEP = """
import json, os, shutil, sqlite3, sys
from pathlib import Path
from storage.engine.crypto import Keyring
from storage.engine.database_tools import restore

folder = Path(sys.argv[1])
steps = {"open", "os.link", "os.rename", "os.remove", "sqlite3.connect"}

def people(file):
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        return connection.execute("SELECT count(*) FROM people").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)

for at in range(1, 1000):
    work = folder / str(at)
    shutil.copytree(folder / "before", work)
    child = os.fork()
    if not child:
        left = [at]
        def count(event, arguments):
            if event in steps and (event != "open" or isinstance(arguments[2], int) and arguments[2] & 3):
                left[0] -= 1
                if not left[0]:
                    os._exit(9)
        sys.addaudithook(count)
        restore(folder / "copy", work / "bot.sqlite3", Keyring([bytes(range(32))]))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    found = {file.name: people(file) for file in work.iterdir() if not file.name.startswith(".")}
    print(json.dumps([code, found]), flush=True)
    shutil.rmtree(work)
    if not code:
        break
"""


async def database(path: Path, count: int) -> None:
    """With so many people in it."""
    await lay_file(path)
    opened = await Database.open(f"sqlite:///{path}", RING)
    async with opened.write() as connection:
        for person in range(count):
            await people.create(connection, person, "en", NOW)
    await opened.close()


def count_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM people").fetchone()[0])


async def test_a_restore_killed_at_any_step_leaves_a_whole_database(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    await database(tmp_path / "before" / "bot.sqlite3", 3)
    await database(tmp_path / "other.sqlite3", 5)
    backup(tmp_path / "other.sqlite3", tmp_path / "copy")
    command = [sys.executable, "-c", KILLED_AT_EACH_STEP, str(tmp_path)]
    ended = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, check=True)
    deaths: list[tuple[int, dict[str, Any]]] = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [code for code, _ in deaths] == [9] * (len(deaths) - 1) + [0]
    assert len(deaths) > 8
    for _, found in deaths:
        assert found["bot.sqlite3"] in (3, 5)
        assert 3 in found.values(), "what was there before is kept"
    assert deaths[-1][1] == {"bot.sqlite3": 5, "bot.sqlite3.before-restore": 3}


async def test_every_restore_keeps_what_was_there_before_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    await database(path, 1)
    backup(path, tmp_path / "one")
    await database(path, 2)
    kept = [restore(tmp_path / "one", path, RING) for _ in range(3)]
    assert [file and file.name for file in kept] == [
        "bot.sqlite3.before-restore",
        "bot.sqlite3.before-restore-2",
        "bot.sqlite3.before-restore-3",
    ]
    assert [count_of(file) for file in kept if file] == [2, 1, 1]


def test_the_wal_of_a_damaged_database_is_kept_with_it_and_meets_no_other(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"damaged")
    path.with_name("bot.sqlite3-wal").write_bytes(b"not to be read by SQLite")
    kept = keep_earlier_database(path)
    assert kept is not None
    assert kept.read_bytes() == path.read_bytes() == b"damaged"
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"not to be read by SQLite"
    assert not path.with_name("bot.sqlite3-wal").exists()
