"""How many bytes of the database an account takes in each table, and how many commits a second the disk takes.

    python -m benchmarks.sizes [FOLDER]

Ten proxies each, that end in two groups; of four months each end was told of three times before and once after it, as
the database keeps it for 90 days after an end. No orders.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.customers import MASTER_KEY, PROXIES, fill, micro
from storage.engine.crypto import Keyring
from storage.engine.database import Database

ACCOUNTS = 10_000
MONTHS, LEADS, GROUPS = 4, (259_200, 86_400, 10_800, 0), 2
COMMITS = 500

Row = tuple[object, ...]


def digests(now: datetime) -> Iterator[tuple[Row, list[Row]]]:
    """Each digest with its reminders."""
    number = 0
    for person in range(1, ACCOUNTS + 1):
        for month in range(MONTHS):
            for group in range(GROUPS):
                end = now - timedelta(days=30 * month - 10 * group)
                ids = range(person * PROXIES + group, (person + 1) * PROXIES, GROUPS)
                for lead in LEADS:
                    number += 1
                    ends = json.dumps({one: micro(end) for one in ids})
                    at = micro(end - timedelta(seconds=lead))
                    digest = (number, person, "soon", "sent", at, ends, "q" * 12, number, 0)
                    yield digest, [(person, one, micro(end), lead, number) for one in ids]


def told(path: Path, now: datetime) -> None:
    """Four months of digests and reminders."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for digest, reminders in digests(now):
            connection.execute(
                "INSERT INTO digests (id, telegram_id, kind, state, written_at, ends, quote_id, message_id, tries)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                digest,
            )
            connection.executemany(
                'INSERT INTO reminders (telegram_id, proxy_id, "end", lead, digest_id) VALUES (?, ?, ?, ?, ?)',
                reminders,
            )
        outlook = json.dumps({"at": now.timestamp(), "balance": "5000.00", "cost": "1200.00", "currency": "RUB",
                              "until": now.timestamp(), "at_most": True})  # fmt: skip
        connection.execute("UPDATE snapshots SET outlook = ?", (outlook,))


def bytes_of_tables(path: Path) -> Counter[str]:
    """The bytes of each table with its indexes."""
    with closing(sqlite3.connect(path)) as connection:
        sizes = connection.execute(
            "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s"
            " LEFT JOIN sqlite_schema m ON m.name = s.name GROUP BY 1"
        )
        return Counter(dict(sizes.fetchall()))


async def commits_a_second(path: Path) -> float:
    """Of one statement each, one after another, as durable as all of the bot's."""
    database = await Database.open(f"sqlite:///{path}", Keyring([MASTER_KEY]))
    began = time.perf_counter()
    for person in range(1, COMMITS + 1):
        async with database.write() as connection:
            await connection.exec_driver_sql("UPDATE watches SET lease = NULL WHERE telegram_id = ?", (person,))
    taken = time.perf_counter() - began
    await database.close()
    return COMMITS / taken


async def main(folder: str | None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path, now = Path(name) / "bot.sqlite3", datetime.now(UTC)
        await fill(path, {}, ACCOUNTS, now)
        told(path, now)
        sizes = bytes_of_tables(path)
        for table, size in sizes.most_common(8):
            print(f"{table:12}{size / ACCOUNTS:10.0f} bytes for each account")
        print(f"all of {path.name}: {sum(sizes.values()) / ACCOUNTS:.0f} bytes for each account")
        print(f"commits a second: {await commits_a_second(path):.0f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if sys.argv[1:] else None))
