"""Faults of px6, of Telegram and of the disk while what is watched for people comes about: told once, paid once.

Each person has proxies checked, waits for stock and for a price, and has a payment that waits for money: it is asked
about, or made at once. What is watched comes about in one round, which is the one that the trouble meets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.app import App
from model.errors import StorageError
from model.orders import BuyWish
from px6 import Version
from sandbox.px6.market import COUNTRIES
from sandbox.px6.model import FaultKind, Profile
from tests.claims import told
from tests.direct_phone import DirectPhone
from tests.faults.matrix import FAULTS, Bench, bench
from tests.faults.weather import LASTING, WEATHERS, Weather
from tests.world import running_app

UNREADABLE = tuple(
    FaultKind(kind)
    for kind in (
        *("silent_before", "drop_before", "drop_after", "500_before", "503_after", "html_after"),
        *("broken_json_before", "no_before", "429", "slow", "bom", "notice", "endless", "huge_texts", "odd_texts"),
    )
)
"""What a call that spends nothing may come to; what lies in such an answer, nobody can know."""
READS = ("getcount", "getprice", "getproxy", "check")
STOCK, PRICE, FELL, ENOUGH = "In stock again", "The price has gone up", " stopped working", "The balance is"
FIRST_PERSON = 4001
SPENT_ON = ("de", 60)  # a purchase of which the balance covers nothing
CHECKED_BEFORE = (11, 3)  # minutes to the two looks at proxies before the one that tells
AFTERWARDS = (11, 11, 61, 11, 61, 11)  # minutes from round to round
AT_ONCE = 40  # people
EVERY = 5  # of the transactions is met by a broken disk
Trouble = FaultKind | Weather | int


@dataclass
class Cell:
    """One trouble. `what`: the method of px6 that it meets, or "telegram" or "disk" (then a number of a transaction).

    `after`: the transaction is committed, and nobody hears of it. `counts`: how often each was told at the end:
    stock, price, the fall of each proxy (px6 may say nothing of one of them for an hour), enough money.
    """

    what: str
    trouble: Trouble
    at_once: bool
    after: bool = False
    counts: tuple[int, ...] = ()
    spent: int = 0
    met: bool = True
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.what} {getattr(self.trouble, 'name', self.trouble)}, at once: {self.at_once}, {self.after}"

    @property
    def asked(self) -> int:
        """How often it was asked whether the payment is to be made now."""
        return self.counts[-1]

    @property
    def may_be_told_again(self) -> bool:
        """Whether nobody can know that what was told has arrived."""
        return isinstance(self.trouble, Weather) and self.trouble.after


class Watcher:
    """The person of one cell."""

    def __init__(self, found: Bench, cell: Cell, number: int) -> None:
        self.bench, self.cell, self.id = found, cell, FIRST_PERSON + number
        self.px6 = found.stand_ins.px6
        self.key = self.px6.add_account(balance="1000.00").key
        self.proxies = [self.px6.add_proxy(self.key, ends_in=timedelta(days=20)) for _ in range(2)]
        self.country = sorted(COUNTRIES - {SPENT_ON[0]})[number % 50]
        self.phone = DirectPhone(found.stand_ins.telegram, found.stand_ins.token, self.id)

    async def begins(self, app: App) -> None:
        """Up to where all is watched and nothing has come about."""
        self.phone.says(f"/key {self.key}")
        await self._until(lambda: any(text.startswith("Connected") for text in self.phone.seen), "connected")
        self.px6.set_stock(self.country, "3", 0)
        await app.services.stock.watch(self.id, BuyWish(5, 30, self.country, version=Version("3")))
        await app.services.price_watches.watch(self.id, Version("4"), 30)
        await app.services.health.watch(self.id, "all", "", minutes=60, night=True)
        country, count = SPENT_ON
        self.phone.says(f"/buy {count} 30 {country}")
        for beginning in ("kp:", "kp-p:" if self.cell.at_once else "kp-a:"):
            await self._until(lambda beginning=beginning: self.phone.button(beginning) is not None, beginning)
            found = self.phone.button(beginning)
            assert found is not None
            self.phone.presses(*found)
        waiting = "SELECT 1 FROM kept_payments WHERE telegram_id = ?"
        await self._until(lambda: bool(self.bench.rows(waiting, self.id)), "it is kept")
        for proxy in self.proxies:
            proxy.alive = False

    def comes_about(self) -> None:
        """All that is watched but the price, which is everybody's."""
        self.px6.set_stock(self.country, "3", 9)
        self.px6.top_up(self.key, 1000)

    async def _until(self, true: Any, what: str) -> None:
        await self.bench.until(true, f"{self.cell}: {what}", 0.01)

    def judge(self) -> None:
        """Hold what was told against px6's books."""
        cell, stands = self.cell, self.phone.stands()
        books, balance = self.px6.books(self.key), self.px6.account(self.key).balance
        paid = sum((spend.price for spend in books), Decimal())
        cell.spent = len(books)
        begun = {each: sum(text.startswith(each) for text in stands) for each in (STOCK, PRICE, ENOUGH)}
        falls = [text for text in stands if FELL in text.partition("\n")[0]]
        fell = [sum(f"{proxy.host}:{proxy.port}" in text for text in falls) for proxy in self.proxies]
        cell.counts = (begun[STOCK], begun[PRICE], *fell, begun[ENOUGH])
        asked, most = cell.asked, 2 if cell.may_be_told_again else 1
        states = self.bench.rows("SELECT state FROM orders WHERE telegram_id = ?", self.id)
        ends = [kind for text in self.phone.seen if (kind := told(text))]
        rules = {
            "not told": min(cell.counts[:-1]) >= 1,
            "not told together": cell.what == "check" or len(falls) == max(fell),
            "told again": max(cell.counts) <= most and sum(text > 1 for text in (*begun.values(), max(fell))) <= 1,
            "neither asked nor paid": cell.spent + asked > 0,
            "not paid at once": cell.spent or not cell.at_once or cell.what in ("buy", "disk"),
            "spent more than once": cell.spent <= int(cell.at_once),
            "paid and not told": not cell.spent or "done" in ends,
            "told as paid and not paid": cell.spent or "done" not in ends,
            "not settled as the books say": sum(state == "done" for (state,) in states) == cell.spent,
            "left open": not {"confirmed", "sending", "unknown", "unclear"} & {state for (state,) in states},
            "the balance does not agree": balance == 2000 - paid,
            "a mistake was told": not [text for text in self.phone.seen if "Something went wrong" in text],
        }
        cell.wrong += [name for name, kept in rules.items() if not kept]


class BrokenDisk:
    """Lets every fifth transaction of the bot's database fail, from the one with this number on."""

    def __init__(self, app: App, number: int, *, after: bool) -> None:
        self._database: Any = app.services.stock._database
        self._left, self._after, self.met = number, after, False

    def breaks(self) -> None:
        self._write = self._database.write
        self._database.write = self._writes

    def is_whole(self) -> None:
        self._database.write = self._write

    @asynccontextmanager
    async def _writes(self) -> AsyncIterator[Any]:
        fails = self._left == 0
        self._left, self.met = EVERY - 1 if fails else self._left - 1, self.met or fails
        if fails and not self._after:
            raise StorageError("full")
        async with self._write() as connection:
            yield connection
        if fails:
            raise StorageError("the connection was closed")


async def rounds(found: Bench, app: App, *minutes: int) -> None:
    """All that the bot looks at by itself, after so many minutes, and so many more."""
    for each in minutes:
        found.clock.offset += timedelta(minutes=each)
        found.stand_ins.px6.process_late()
        found.stand_ins.px6.clock.move(timedelta(minutes=each))
        services = app.services
        for look in (services.stock.look, services.price_watches.look, services.health.look, services.sweep.run):
            await guarded(look())
        await guarded(services.orders.settle_due())
        await found.until(lambda: not app.background.busy, "an end of the round", 0.01)


async def guarded(round_: Any) -> None:
    """A round that the disk ends is made again by the next one, as `bot/app.py` does it."""
    try:
        await round_
    except StorageError:
        return


async def play(found: Bench, app: App, watchers: Sequence[Watcher], level: int) -> None:
    """What is watched of these people comes about at once, in the trouble of their cells."""
    await asyncio.gather(*(each.begins(app) for each in watchers))
    await rounds(found, app, *CHECKED_BEFORE)
    for each in watchers:
        each.comes_about()
    found.stand_ins.px6.set_price_level("4", level)
    async with trouble(found, app, watchers):
        await rounds(found, app, 11)
    await rounds(found, app, *AFTERWARDS)
    for each in watchers:
        each.judge()
        each.phone.close()


@asynccontextmanager
async def trouble(found: Bench, app: App, watchers: Sequence[Watcher]) -> AsyncIterator[None]:
    px6, telegram, disks = found.stand_ins.px6, found.stand_ins.telegram, list[BrokenDisk]()
    for each in watchers:
        if each.cell.what in ("disk", "telegram") and each is not watchers[0]:
            continue  # it is everybody's
        match each.cell.trouble:
            case FaultKind() as fault:
                px6.fault(fault, each.cell.what, key=each.key, seconds=5.0)
            case Weather() as weather if weather.shut:
                telegram.shut(down=True)
            case Weather() as it:
                given = {"after": it.after, "answer": it.answer, "description": it.description}
                telegram.fail(it.method, it.code, LASTING, it.retry_after, **given)  # type: ignore[arg-type]
            case number:
                disks.append(BrokenDisk(app, number, after=each.cell.after))
                disks[-1].breaks()
    yield
    for disk in disks:
        disk.is_whole()
        watchers[0].cell.met = disk.met
    px6.clear_faults()
    telegram.faults.clear()
    telegram.shut(down=False)


async def run(folder: Path, profile: Profile, together: Iterable[Sequence[Cell]]) -> None:
    """Fill in the cells, one group after another; those of a group are in one trouble together."""
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(bench(folder, profile))
        found.stand_ins.px6.set_stock(*SPENT_ON[:1], "6", 100_000)
        app = await stack.enter_async_context(running_app(found.settings, found.clock))
        number = 0
        for nth, cells in enumerate(together):
            watchers = [Watcher(found, cell, number + place) for place, cell in enumerate(cells)]
            number += len(cells)
            await play(found, app, watchers, 110 + 10 * nth)
            for each in watchers:  # nothing of theirs is looked at while the next group's comes about
                await app.services.accounts.forget(each.id)


def groups() -> list[list[Cell]]:
    """Every fault of a call that spends nothing and every one of the purchase, forty persons at a time; then every
    weather of Telegram's, and the disk that fails at every transaction once."""
    both = (False, True)
    px6 = [Cell(what, fault, at_once) for what in READS for fault in UNREADABLE for at_once in both]
    px6 += [Cell("buy", fault, at_once=True) for fault in FAULTS]
    found = [px6[begin : begin + AT_ONCE] for begin in range(0, len(px6), AT_ONCE)]
    found += [[Cell("telegram", weather, at_once) for at_once in both] for weather in WEATHERS]
    return found + [
        [Cell("disk", number, at_once, after) for at_once in both] for number in range(EVERY) for after in both
    ]


def watching_table(cells: Sequence[Cell]) -> list[tuple[str, ...]]:
    """A row for each call that was met, and for Telegram and the disk."""
    head = ("trouble with", "people", "told once", "told again", "asked", "paid 1", "paid 2+", "wrong")
    rows: list[tuple[str, ...]] = [head]
    for what in dict.fromkeys(cell.what for cell in cells):
        of_it = [cell for cell in cells if cell.what == what]
        counts = (
            len(of_it),
            sum(max(cell.counts) == 1 for cell in of_it),
            sum(max(cell.counts) > 1 for cell in of_it),
            sum(cell.asked > 0 for cell in of_it),
            sum(cell.spent == 1 for cell in of_it),
            sum(cell.spent > 1 for cell in of_it),
            sum(bool(cell.wrong) for cell in of_it),
        )
        rows.append((what, *map(str, counts)))
    return rows
