"""The people of benchmarks.sweep: their accounts in the bot's database, and their proxies at px6."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.accounts import KEY_COLUMN
from storage.engine.crypto import Keyring
from storage.engine.database import Database

PROXIES = 10  # of each account
MASTER_KEY = bytes(range(32))
ENDS, QUIET, HANGS = "ends-", "quiet-", "hangs-"  # what keys begin with: one proxy ends soon, none does, no answer
LONGEST_WAIT = 18_000  # seconds until the look of an account that is not due


def key_of(kind: str, person: int) -> str:
    return f"{kind}{person}"


def ends_in(key: str, number: int) -> timedelta:
    """How far away the end of a proxy is."""
    return timedelta(days=2 if number == 0 and key.startswith(ENDS) else 20 + number)


def proxies_of(key: str, now: datetime) -> list[dict[str, object]]:
    """The proxies behind a key, as getproxy lists them with `nokey`."""
    person = int(key.rpartition("-")[2])
    bought = int((now - timedelta(days=10)).timestamp())
    return [
        {
            "id": str(person * PROXIES + number),
            "ip": "185.12.34.56",
            "host": "185.12.34.56",
            "port": "8000",
            "user": "user12",
            "pass": "pass34",
            "type": "http",
            "country": "de",
            "date": "2026-11-18 12:00:00",
            "date_end": "2026-12-18 12:00:00",
            "unixtime": bought,
            "unixtime_end": int((now + ends_in(key, number)).timestamp()),
            "descr": "shop",
            "active": "1",
            "version": "4",
            "date_iso": "2026-11-18T12:00:00+03:00",
            "date_end_iso": "2026-12-18T12:00:00+03:00",
        }
        for number in range(PROXIES)
    ]


def micro(moment: datetime) -> int:
    return int(moment.timestamp() * 1e6)


async def fill(path: Path, keys: Mapping[int, str], accounts: int, now: datetime) -> None:
    """A database of so many accounts, all with a look of six hours ago to compare with; nobody is due."""
    ring = Keyring([MASTER_KEY])
    await (await Database.open(f"sqlite:///{path}", ring)).close()
    everybody, nobodys = range(1, accounts + 1), secrets.token_hex(16)

    def sealed() -> Iterator[tuple[object, ...]]:
        for person in everybody:
            key = ring.seal(keys.get(person, nobodys), person, KEY_COLUMN)
            yield person, str(person), "RUB", key, micro(now - timedelta(days=90))

    def looks() -> Iterator[tuple[object, ...]]:
        for person in everybody:
            wait = timedelta(seconds=3_600 + person % (LONGEST_WAIT - 3_600))
            yield person, micro(now + wait), micro(now - timedelta(days=90))

    def seen() -> Iterator[tuple[object, ...]]:
        for person in everybody:
            key = keys.get(person, f"{QUIET}{person}")
            ends = {person * PROXIES + n: int((now + ends_in(key, n)).timestamp()) for n in range(PROXIES)}
            yield person, str(person), micro(now - timedelta(hours=6)), 5_000_000_000, "RUB", json.dumps(ends)

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO people (telegram_id, choices, created_at) VALUES (?, '{}', ?)",
            ((person, micro(now)) for person in everybody),
        )
        connection.executemany(
            "INSERT INTO accounts (telegram_id, px6_user_id, currency, sealed_key, added_at) VALUES (?, ?, ?, ?, ?)",
            sealed(),
        )
        connection.executemany("INSERT INTO watches (telegram_id, next_look_at, since) VALUES (?, ?, ?)", looks())
        connection.executemany(
            "INSERT INTO snapshots (telegram_id, px6_user_id, read_at, balance, currency, ends) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            seen(),
        )
        connection.execute("ANALYZE")


def make_due(path: Path, people: range, waited: float = 1.0) -> None:
    """Plan the look of these for so many seconds ago."""
    at = micro(datetime.now(UTC) - timedelta(seconds=waited))
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        connection.execute(
            "UPDATE watches SET next_look_at = ? WHERE telegram_id BETWEEN ? AND ?", (at, people[0], people[-1])
        )
