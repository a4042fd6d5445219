"""What /stats counts as today, this month and late, for an operator in their own zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

from model.operators import Health, Paid
from services.account.access import Access
from services.operators.figures import FigureReader
from services.operators.reach import Reach
from storage import people, watches
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.schema import orders
from storage.schema import watches as watch_table
from tests.databases import lay_database, url_of
from tests.durations import DAY, MINUTE
from tests.storage.sample_rows import a_confirmation, an_order

NOW = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)  # in Berlin it is Sunday, the 29th
MOMENT = timedelta(microseconds=1)


async def test_today_and_the_month_begin_at_midnight_of_the_operator(tmp_path: Path) -> None:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    px6, telegram = (Reach(lambda: NOW, lambda: 0.0) for _ in range(2))
    px6.note(True)
    telegram.note(False)
    midnight = datetime(2026, 11, 28, 23, tzinfo=UTC)
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        confirmed = await a_confirmation(connection, "q")
        for at in (midnight, midnight - MOMENT, midnight - 29 * DAY, midnight - 29 * DAY - MOMENT):
            made = await an_order(connection, confirmed, confirmed_at=at, state="done")
            await connection.execute(update(orders).where(orders.c.id == made).values(charged=Decimal("1.50")))
        for person, at in ((1002, midnight - 29 * DAY), (1003, midnight - 29 * DAY - MOMENT)):
            await people.create(connection, person, "en", at)
            for state in ("refused", "unknown"):
                await an_order(connection, confirmed, confirmed_at=at, state=state)
        await watches.watch(connection, 1001, NOW - DAY, same_account=True)
        await connection.execute(update(watch_table).values(next_look_at=NOW - 3 * MINUTE))
    for late_after, late in ((3 * MINUTE, 1), (3 * MINUTE + MOMENT, 0)):
        reader = FigureReader(database, Access(), lambda: NOW, px6, telegram, late_after)
        berlin, utc = await reader.read(ZoneInfo("Europe/Berlin")), await reader.read(None)
        assert (berlin.today, berlin.month) == ([Paid("RUB", 1, Decimal("1.50"))], [Paid("RUB", 3, Decimal("4.50"))])
        assert berlin.by_day == [1, *[0] * 27, 1, 1]
        assert (utc.today, utc.by_day[-3:]) == ([Paid("RUB", 2, Decimal("3.00"))], [0, 0, 2])
        assert (berlin.due, berlin.late, berlin.people) == (1, late, 3)
        assert (berlin.new, berlin.refused, berlin.unknown) == (2, 1, 2), "what is unknown is so however old it is"
        assert (utc.new, utc.refused, utc.unknown) == (3, 2, 2)
        assert (berlin.px6, berlin.telegram) == (Health(NOW, None), Health(None, NOW))
    await database.close()
