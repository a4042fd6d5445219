"""Every fault of the Telegram stand-in while a payment is confirmed and told: what px6 is asked, what is read.

All in one world, one payment after the other, each with a person, an account and proxies of its own: a fault meets
every call of the bot but `getUpdates`, and lasts from the tap until the payment is over and its telling was tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bot.app import App
from sandbox.px6.model import FaultKind, Profile
from sandbox.telegram.faults import DROP
from tests.claims import told
from tests.direct_phone import DirectPhone
from tests.faults.matrix import CALLS, Bench, bench
from tests.px6_events import once_answered
from tests.world import running_app

LASTING = 1000  # calls: more than are ever tried
SOON = 0.005  # seconds between two looks at what comes at once
NEXT_LOOK = timedelta(seconds=10)  # until px6 is looked at again, until what was not told is tried again
AGAIN = "It is the same payment, not another one."


UNTOLD = "SELECT 1 FROM orders WHERE state = 'unknown' UNION SELECT 1 FROM confirmations WHERE told < changes"


@dataclass(frozen=True)
class Weather:
    """What Telegram does to calls of `method` (None: to all); `shut`: no connection can be made at all."""

    name: str
    code: int = 200
    answer: str | None = None
    after: bool = False
    method: str | None = None
    retry_after: int | None = None
    description: str | None = None
    shut: bool = False


EITHER = (
    Weather("502 html", 502, "html"),
    Weather("503 empty", 503, "empty"),
    Weather("200 html", answer="html"),
    Weather("200 empty", answer="empty"),
    Weather("302 redirect", 302, "redirect"),
    Weather("drop", DROP),
    Weather("500", 500),
)
WEATHERS = (
    *(
        replace(each, name=f"{each.name} {when}", after=when == "after")
        for each in EITHER
        for when in ("before", "after")
    ),
    Weather("bare", answer="bare", after=True),
    Weather("cut", answer="cut", after=True),
    Weather("undated", answer="undated", after=True),
    Weather("429", 429, retry_after=5),
    Weather("refused edit", 400, method="editMessageText", description="MESSAGE_ID_INVALID"),
    Weather("refused connection", shut=True),
)
WAYS = {"": False, ", told late": True}  # of a cell: late


@dataclass
class Cell:
    """One payment in one weather. `late`: px6's answer is lost, so that the outcome is found and told later.

    `receipts`: how many messages tell at the end that it was done, `again`: those of them that say that they repeat
    another. `wrong` is empty when every promise was kept.
    """

    call: str
    weather: Weather
    late: bool = False
    sent: int = 0
    spent: int = 0
    state: str = ""
    told: frozenset[str] = frozenset()
    receipts: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list)


class Payer:
    """The person of one cell."""

    def __init__(self, found: Bench, cell: Cell, person_id: int) -> None:
        self.bench, self.cell, self.id = found, cell, person_id
        self.telegram, px6 = found.stand_ins.telegram, found.stand_ins.px6
        self.key = px6.add_account(balance="1000.00").key
        self.ids = [px6.add_proxy(self.key, ends_in=timedelta(days=20)).id for _ in range(2)]
        self.phone = DirectPhone(self.telegram, found.stand_ins.token, person_id)

    async def pays(self, app: App) -> None:
        """From the key to the end of the payment, and of the weather."""
        px6, phone = self.bench.stand_ins.px6, self.phone
        phone.says(f"/key {self.key}")
        await self._until(lambda: any(text.startswith("Connected") for text in phone.seen), "connected")
        ids = " ".join(map(str, self.ids))
        phone.says("/buy 2 30 de ipv6 http shop" if self.cell.call == "buy" else f"/prolong 30 {ids}")
        await self._until(lambda: phone.green() is not None, "a quote")
        await self._until(lambda: not app.background.busy, "everything shown")
        if self.cell.late:
            px6.fault(FaultKind("500_after"), self.cell.call, key=self.key)
        self._begin()
        phone.taps_green()
        await self._until(lambda: self.state not in ("", "confirmed", "sending"), "an end of the call")
        await self._until(lambda: not app.background.busy, "an end of telling")
        if self.cell.late:
            await self._look(app)
        if not self._met():
            self.cell.wrong.append("the weather met no call")
        self.telegram.faults.clear()
        self.telegram.shut(down=False)
        await self._look(app)
        await self._until(lambda: not self.bench.rows(UNTOLD), "the outcome")

    async def _look(self, app: App) -> None:
        """Time passes, and what is due is done."""
        self.bench.clock.offset += NEXT_LOOK
        self.bench.stand_ins.px6.clock.move(NEXT_LOOK)
        await app.services.orders.settle_due()
        await self._until(lambda: not app.background.busy, "an end of telling")

    async def _until(self, true: Callable[[], bool], what: str) -> None:
        await self.bench.until(true, f"{self.cell}: {what}", SOON)

    def _begin(self) -> None:
        """The weather; a Telegram that cannot be reached is so once the bot has the tap."""
        weather, px6 = self.cell.weather, self.bench.stand_ins.px6
        if weather.shut:
            once_answered(px6, "getprice", lambda: self.telegram.shut(down=True))
            return
        self.telegram.fail(
            weather.method,
            weather.code,
            LASTING,
            weather.retry_after,
            after=weather.after,
            answer=weather.answer,
            description=weather.description,
        )

    def _met(self) -> bool:
        left = self.telegram.faults.as_json()
        return self.telegram.down if self.cell.weather.shut else left[0]["times"] < LASTING

    @property
    def state(self) -> str:
        return self.bench.order_state(self.id)

    def judge(self) -> None:
        """Hold what was told and written down against px6's books."""
        cell, px6 = self.cell, self.bench.stand_ins.px6
        books, seen = px6.books(self.key), self.phone.seen
        cell.sent = sum(call.key == self.key and call.method == cell.call for call in px6.calls)
        cell.spent, cell.state = len(books), self.state
        cell.told = frozenset(kind for text in seen if (kind := told(text)))
        receipts = [text for text in self.phone.stands() if told(text) == "done"]
        cell.receipts, cell.again = len(receipts), sum(AGAIN in text for text in receipts)
        paid = sum((spend.price for spend in books), Decimal())
        rules = {
            "not sent and spent once": (cell.sent, cell.spent) == (1, 1),
            "not settled as the books say": cell.state == "done",
            "told otherwise": cell.told == {"done"},
            "no receipt": cell.receipts >= 1,
            "a second receipt reads as a second charge": cell.receipts - cell.again <= 1,
            "the sum told is not the sum paid": all(f"{paid:,.2f} RUB" in text for text in receipts),
            "a mistake was told": not [text for text in seen if "Something went wrong" in text],
            "the balance does not agree": px6.account(self.key).balance == 1000 - paid,
        }
        cell.wrong += [name for name, kept in rules.items() if not kept]


async def run(folder: Path, profile: Profile, cells: Iterable[Cell]) -> None:
    """Fill in the cells."""
    async with bench(folder, profile) as found:
        payers = [Payer(found, cell, 3000 + number) for number, cell in enumerate(cells)]
        async with running_app(found.settings, found.clock) as app:
            for payer in payers:
                await payer.pays(app)
            await found.settle(app)
        for payer in payers:
            payer.judge()
            payer.phone.close()


async def every_weather(folder: Path, profile: Profile) -> list[Cell]:
    """The whole matrix."""
    cells = [Cell(call, weather, late) for weather in WEATHERS for call in CALLS for late in WAYS.values()]
    place = folder / f"{profile} weather"
    await asyncio.to_thread(place.mkdir)
    await run(place, profile, cells)
    return cells
