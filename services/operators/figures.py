"""The figures of /stats: how many people and payments there are, and whether all goes well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from model.local_time import day_begun
from model.operators import Figures, Health
from services.account.access import Access
from services.operators.reach import Reach
from storage import figures, watches
from storage.engine.database import Database

DAYS = 30


class FigureReader:
    """Counts; nothing is kept."""

    def __init__(
        self,
        database: Database,
        access: Access,
        clock: Callable[[], datetime],
        px6: Reach,
        telegram: Reach,
        late_after: timedelta,
    ) -> None:
        """`late_after`: an account that has been due for longer should have been looked at."""
        self._database, self._access, self._clock = database, access, clock
        self._px6, self._telegram, self._late_after = px6, telegram, late_after

    async def read(self, zone: tzinfo | None) -> Figures:
        """The figures now. `zone`: by whose midnight days begin; None: by UTC's."""
        now = self._clock()
        today = day_begun(now, zone or UTC)
        month = today - timedelta(days=DAYS - 1)
        allowed, late_since = self._access.allowed, now - self._late_after
        async with self._database.read() as connection:
            people, new, blocked = await figures.count_people(connection, month)
            accounts, refused_keys = await figures.count_accounts(connection)
            due, _ = await watches.count_due(connection, now, allowed)
            late, _ = await watches.count_due(connection, late_since, allowed)
            return Figures(
                people=people,
                new=new,
                blocked=blocked,
                accounts=accounts,
                refused_keys=refused_keys,
                today=await figures.paid(connection, today),
                month=await figures.paid(connection, month),
                by_day=await figures.paid_by_day(connection, month, DAYS),
                unknown=await figures.count_orders(connection, "unknown"),
                refused=await figures.count_orders(connection, "refused", month),
                due=due,
                late=late,
                unsaid=await figures.count_unsaid(connection),
                px6=Health(self._px6.answered_at, self._px6.failing_since),
                telegram=Health(self._telegram.answered_at, self._telegram.failing_since),
            )
