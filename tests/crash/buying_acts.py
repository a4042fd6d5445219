"""Watches buy by themselves while a process or the database is killed: a twin, and what is in stock again."""

from __future__ import annotations

import time
from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from model.orders import BuyWish
from model.replacing import Failing, ReplaceTerms
from services.watching.health import ANEW
from storage import health_watches, stock_watches
from tests.claims import told
from tests.crash.acts import COUNTRIES, HALF, Act

TERMS = ReplaceTerms(after=3, period=30, most=3, up_to=Decimal(300), currency="RUB")
ANNOUNCED = "Replacing 1 proxy"
SOON = "UPDATE replacements SET run_at = NOW WHERE {} AND state = 'announced' AND run_at > NOW RETURNING 1"


class Purchase(Act):
    """What is the same for all that is bought without a tap."""

    def ended(self) -> bool:
        return self.settled() and not self._waits() and not self.is_looked_at() and not self.unsaid()

    @abstractmethod
    def _waits(self) -> bool:
        """Whether something is still to be bought."""

    def wrong(self) -> list[str]:
        states, texts = self.states(), [told(text) for text in self.phone.seen]
        self.spent = len(self.spends())
        self.told_times = sum(text is not None for text in texts)
        bought = {
            "spent more than once": self.spent <= 1,
            f"not as px6's books say: {states}": states.count("done") == self.spent,
            "left open or unclear": not {"unclear", "unknown", "sending", "confirmed"} & set(states),
            f"told {texts}": ("done" in texts) == (self.spent == 1) and self.told_times > 0,
        }
        return [name for name, holds in bought.items() if not holds] + self.common_faults()


class Twin(Purchase):
    """A proxy goes on failing, and a twin of it is announced and bought."""

    name = "a twin of what stopped working"

    async def prepare(self) -> str:
        await self.connects()
        now, one = datetime.now(UTC), self.ids[0]
        failures = {one: Failing(9, now - timedelta(hours=9))}
        values: dict[str, Any] = {**ANEW, "which": "all", "value": "", "minutes": 60, "night": True, "down": [one]}
        values |= {"looked_at": now, "checked": 2, "worked": 1, "look_at": now + timedelta(days=1)}
        async with self.writes() as (connection, number):
            terms = {"px6_user_id": number, "failures": failures, "replacing": TERMS}
            await health_watches.put(connection, self.owner, values | terms)
        return ""

    def _waits(self) -> bool:
        return not self.mine("SELECT 1 FROM replacements WHERE {} AND state = 'done'")

    def begin(self) -> None:
        self.stand_ins.px6.account(self.key).proxies[self.ids[0]].alive = False
        self.is_due()

    def goes_on(self) -> None:
        """A quarter of an hour passes as soon as it is announced."""
        if self.mine(SOON.replace("NOW", str(time.time_ns() // 1000))):
            self.is_due()

    def minutes_later(self) -> bool:
        untold = "UPDATE replacements SET told_at = 0 WHERE {} AND state = 'announcing' AND told_at > 0 RETURNING 1"
        is_due = self._waits() and self.is_due()
        return any([bool(self.mine(untold)), self.orders_are_due(), is_due, self.notices_are_due()])

    def wrong(self) -> list[str]:
        replaced = self.mine("SELECT proxy_id FROM replaced WHERE {}")
        found = [] if replaced == [(self.ids[0],)] else [f"replaced: {replaced}"]
        return found + ([] if self.texts(ANNOUNCED) else ["it was not announced"]) + super().wrong()


class StockAtOnce(Purchase):
    """What was sold out is back, and bought at once."""

    name = "what is in stock again, bought at once"
    watches_every = 1.0

    @property
    def country(self) -> str:
        return COUNTRIES[HALF + self.bot % HALF]

    async def prepare(self) -> str:
        await self.connects()
        self.stand_ins.px6.set_stock(self.country, "6", 0)
        now, wish = datetime.now(UTC), BuyWish(5, 30, self.country)
        values: dict[str, Any] = {"country": self.country, "version": "6", "wanted": 5, "wish": wish, "since": now}
        values |= {"until": now + timedelta(days=14), "look_at": now + timedelta(days=1)}
        async with self.writes() as (connection, number):
            sum_ = {"px6_user_id": number, "up_to": Decimal(200), "currency": "RUB"}
            await stock_watches.put(connection, self.owner, values | sum_)
        return ""

    def _waits(self) -> bool:
        return bool(self.mine("SELECT 1 FROM stock_watches WHERE {} AND told_at IS NULL"))

    def _look(self) -> bool:
        return bool(self.mine("UPDATE stock_watches SET look_at = 0 WHERE {} AND look_at > 0 RETURNING 1"))

    def begin(self) -> None:
        self.stand_ins.px6.set_stock(self.country, "6", 1000)
        self._look()

    def minutes_later(self) -> bool:
        return any([self._look(), self.orders_are_due(), self.notices_are_due()])
