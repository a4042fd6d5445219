"""A watched proxy that has failed often enough to be replaced by a twin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from model.health import HealthWatch
from model.orders import BuyWish
from model.replacing import Failing, ReplaceTerms
from services.notifications.watching_kinds import ReplaceFailed, Replacing, Seen
from services.proxies.check_histories import CheckHistories
from services.watching.health import HealthWatches
from storage import health_watches
from storage.engine.types import time_from_int
from tests.durations import HOUR, MINUTE
from tests.profiles import PROFILE
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, new_rig
from tests.services.watching import Watch

TERMS = ReplaceTerms(after=4, period=30, most=3, up_to=Decimal(300), currency="RUB")
TWIN = BuyWish(1, 30, "de", comment="shop")
AT = NOW + 15 * MINUTE
PRICE = Decimal("21.00")


class Twins(Watch):
    """A German proxy that has failed often enough to be replaced."""

    async def begin(self, *, night: bool = False, **given: str) -> None:
        rig = self.rig
        self.fallen = rig.proxy(**{"country": "de", "comment": "shop", **given})
        self.fallen.alive = False
        await self.reminders.change(ANNA, changes=False, low_days=None)
        histories = CheckHistories(rig.database, self.now)
        health = HealthWatches(self.round_needs, histories)
        await health.watch(ANNA, "all", "", minutes=60, night=night)
        failures = {self.fallen.id: Failing(4, NOW - 3 * HOUR)}
        async with rig.database.write() as connection:
            values = {"down": [self.fallen.id], "failures": failures, "look_at": NOW + HOUR}
            await health_watches.change(connection, ANNA, 1, **values, replacing=TERMS)

    async def watch(self) -> HealthWatch:
        async with self.rig.database.read() as connection:
            [one] = await health_watches.of_person(connection, ANNA)
        return one

    @property
    def named(self) -> tuple[Seen, ...]:
        one = self.fallen
        return (Seen(one.id, one.country, f"{one.host}:{one.port}"),)

    def announced(self, at: object = AT, missing: str = "0.00") -> Replacing:
        return Replacing(1, TWIN, PRICE, "RUB", self.named, at, Decimal(missing))  # type: ignore[arg-type]  # a time

    def failed(self, why: str, missing: str = "0.00", currency: str = "") -> ReplaceFailed:
        return ReplaceFailed(why, 1, 1, self.named, Decimal(missing), currency)

    async def sleeps(self) -> None:
        """Quiet hours from now on."""
        await self.reminders.change(ANNA, quiet_from=NOW.hour * 60, quiet_to=NOW.hour * 60 + 480)

    def states(self) -> list[tuple[str, timedelta]]:
        rows = self.rig.rows("SELECT state, run_at FROM replacements")
        return [(state, time_from_int(at) - NOW) for state, at in rows]


@asynccontextmanager
async def new_twins(folder: Path, profile: object = PROFILE) -> AsyncIterator[Twins]:
    async with new_rig(folder, profile, now=lambda: NOW) as rig:  # type: ignore[arg-type]  # a name
        yield Twins(rig)
