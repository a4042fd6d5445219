"""What is watched for a person comes about while a process or the database is killed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from model.orders import BuyWish
from services.watching.health import FRESH
from storage import health_watches, price_watches, stock_watches
from tests.claims import told
from tests.crash.acts import COUNTRIES, HALF, Act, Renewal

WANTED = 5
TOLD = ("In stock again", "The price has gone up", "⚠️ 2 proxies stopped working")
WATCHES = ("stock_watches", "price_watches", "health_watches")


class Watches(Act):
    """What was sold out is back, a price has changed, and proxies have stopped working, all at the same time."""

    name = "watches that tell"
    watches_every = 1.0

    async def prepare(self) -> str:
        await self.connects()
        await self.watch()
        return ""

    @property
    def country(self) -> str:
        return COUNTRIES[self.bot % HALF]

    async def watch(self) -> None:
        """Nothing of it is due yet."""
        self.stand_ins.px6.set_stock(self.country, "6", 0)
        now = datetime.now(UTC)
        later = now + timedelta(days=1)
        wish = BuyWish(WANTED, 30, self.country)
        stock: dict[str, Any] = {"country": self.country, "version": "6", "wanted": WANTED, "wish": wish}
        price: dict[str, Any] = {"version": "4", "period": 30, "price": Decimal(1), "currency": "RUB"}
        health: dict[str, Any] = {"which": "all", "value": "", "minutes": 60, "night": True, "down": []}
        health |= {**FRESH, "looked_at": None, "checked": 0, "worked": 0, "look_at": later}
        async with self.writes() as (connection, number):
            until = {"since": now, "until": now + timedelta(days=14), "look_at": later, "px6_user_id": number}
            await stock_watches.put(connection, self.owner, stock | until)
            await price_watches.put(connection, self.owner, price | {"since": now, "look_at": later})
            await health_watches.put(connection, self.owner, health | {"px6_user_id": number})

    def begin(self) -> None:
        px6 = self.stand_ins.px6
        px6.set_stock(self.country, "6", WANTED)
        for proxy in px6.account(self.key).proxies.values():
            proxy.alive = False
        for table in WATCHES:
            self._is_due(table)

    def _is_due(self, table: str) -> bool:
        """What is due comes about once more only where a claim of it has run out."""
        return bool(self.mine(f"UPDATE {table} SET look_at = 0 WHERE {{}} AND look_at > 0 RETURNING 1"))  # noqa: S608 - our own

    def goes_on(self) -> None:
        """Minutes pass until what failed is checked again; not for a process that is at it."""
        soon = f"look_at > {int((time.time() + 1) * 1e6)}"
        waiting = self.mine(f"SELECT 1 FROM health_watches WHERE {{}} AND stage IN (1, 2) AND {soon}")  # noqa: S608 - our own
        looked_at = f"SELECT 1 FROM leases WHERE name = 'health of {self.owner}'"  # noqa: S608 - our own
        if waiting and not self.rows(looked_at):
            self._is_due("health_watches")

    def ended(self) -> bool:
        return all(map(self.texts, TOLD)) and not self.unsaid()

    def minutes_later(self) -> bool:
        not_told = [table for table, text in zip(WATCHES, TOLD, strict=True) if not self.texts(text)]
        return any([*map(self._is_due, not_told), self.notices_are_due(), self.is_due()])

    def wrong(self) -> list[str]:
        counts = list(map(self.texts, TOLD))
        self.told_times = max(counts) if all(counts) else 0
        falls, prices = self.mine("SELECT ids FROM health_falls WHERE {}"), self.mine(PRICES)
        rules_kept = {
            f"told {counts} times": all(counts),
            f"fell {falls}": len(falls) == 1,
            f"prices {prices}": len(prices) == 1 and prices[0][0] is True,
            "in stock twice": self.mine("SELECT 1 FROM stock_watches WHERE {} AND told_at IS NULL") == [],
            "something was spent": not self.spends() or isinstance(self, Renewal),
        }
        return [name for name, kept in rules_kept.items() if not kept] + self.common_faults()


PRICES = "SELECT since < look_at FROM price_watches WHERE {}"


class RuleBesideWatches(Renewal, Watches):
    """A rule pays what it has announced, on the account that is not current, while the watches of it tell."""

    name = "a rule beside watches, not current"
    trouble = "account"

    async def prepare(self) -> str:
        await Renewal.prepare(self)
        await self.watch()
        await self.uses_first_account()
        return ""

    def begin(self) -> None:
        Renewal.begin(self)
        Watches.begin(self)

    def ended(self) -> bool:
        return Renewal.ended(self) and Watches.ended(self)

    def minutes_later(self) -> bool:
        return any([Renewal.minutes_later(self), Watches.minutes_later(self)])

    def wrong(self) -> list[str]:
        found = Watches.wrong(self)
        return found + [one for one in Renewal.wrong(self) if one not in found]


class BoughtAtOnce(Watches):
    """What was sold out is back, and is bought up to a sum without a tap."""

    name = "a purchase by a watch"

    async def watch(self) -> None:
        self.stand_ins.px6.set_stock(self.country, "6", 0)
        now = datetime.now(UTC)
        values: dict[str, Any] = {"country": self.country, "version": "6", "wanted": WANTED}
        values |= {"wish": BuyWish(WANTED, 30, self.country), "up_to": Decimal(200), "currency": "RUB"}
        values |= {"since": now, "until": now + timedelta(days=14), "look_at": now + timedelta(days=1)}
        async with self.writes() as (connection, number):
            await stock_watches.put(connection, self.owner, values | {"px6_user_id": number})

    def begin(self) -> None:
        self.stand_ins.px6.set_stock(self.country, "6", 100 * WANTED)
        self._is_due("stock_watches")

    def goes_on(self) -> None:
        """Nothing: it is over with the first look."""

    def _waits(self) -> bool:
        return bool(self.mine("SELECT 1 FROM stock_watches WHERE {} AND told_at IS NULL"))

    def ended(self) -> bool:
        return not self._waits() and not self.unsaid() and (self.settled() or bool(self.texts(TOLD[0])))

    def minutes_later(self) -> bool:
        again = self._waits() and self._is_due("stock_watches")
        return any([self.orders_are_due(), again, self.notices_are_due()])

    def wrong(self) -> list[str]:
        states, texts = self.states(), [told(text) for text in self.phone.seen]
        self.spent = len(self.spends())
        self.told_times = sum(text is not None for text in texts) + self.texts(TOLD[0])
        kept = {
            "spent more than once": self.spent <= 1,
            f"not as px6's books say: {states}": states.count("done") == self.spent,
            "left open or unclear": not {"unclear", "unknown", "sending", "confirmed"} & set(states),
            f"told {texts}": ("done" in texts) == (self.spent == 1) and self.told_times > 0,
            "the balance does not agree": self.stand_ins.px6.account(self.key).balance == 1000 - self.paid(),
        }
        return [name for name, holds in kept.items() if not holds] + self.common_faults()
