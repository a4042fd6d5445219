"""Every fault of the px6 stand-in on every call that spends: what comes of it.

Also when the bot is restarted while it is unknown, when the person tops up meanwhile, when px6 changes comments.

All cells run at once, each with a person, an account and proxies of its own, so that one waits while another works.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import sandbox
from bot.app import App
from bot.settings import Settings
from sandbox.px6.model import FaultKind, Profile
from sandbox.running import Running
from tests.claims import told
from tests.databases import Books, books_of, lay_database
from tests.direct_phone import DirectPhone
from tests.px6_events import once_answered
from tests.quick import quicken
from tests.world import Clock, running_app, settings_for

Comments = Literal["as_sent", "escaped", "cut", "lower"]
CALLS = ("buy", "prolong")
WAYS = {"": (False, False), ", restart": (True, False), ", topped up": (False, True)}  # of a cell: restart, top_up
PATIENCE = 90.0  # seconds; a tenth of it on an idle machine
LOOKS = (6, 25, 100, 500)  # seconds from one look at px6's books to the next
WIDE = (FaultKind.DOWN, FaultKind.RESET)  # they concern every account: a world for each
FAULTS = tuple(kind for kind in FaultKind if kind not in WIDE)
TOPPED_UP = 100
# A prolong leaves no mark, and a balance that rose shows no price: then it is unclear. All else is to be found out.
OPEN_AFTER_A_TOP_UP = {
    FaultKind(kind): "px6 prolonged them, and nothing but the balance could tell that from a renewal on its site"
    for kind in (
        *("silent_after", "drop_after", "500_after", "503_after", "html_after", "broken_json_after"),
        *("no_after", "old_after", "past_after", "stranger_after", "429_after", "late", "half", "slow"),
        *("other_account", "huge", "debt", "absurd"),  # such a yes is none
    )
}


@dataclass
class Cell:
    """One fault on one call. `wrong` is empty when every promise was kept.

    `top_up`: the person tops up after the call, and answers truly when they are asked for that.
    """

    call: str
    fault: FaultKind
    restart: bool
    top_up: bool = False
    sent: int = 0
    processed: int = 0
    spent: int = 0
    meanwhile: str = ""
    state: str = ""
    told: frozenset[str] = frozenset()
    asked: bool = False
    wrong: list[str] = field(default_factory=list)

    @property
    def left_open(self) -> str | None:
        """Why px6's books do not tell what became of it; None where they do."""
        return OPEN_AFTER_A_TOP_UP.get(self.fault) if self.top_up and self.call == "prolong" else None


class Customer:
    """The person of one cell."""

    def __init__(self, bench: Bench, cell: Cell, person_id: int) -> None:
        self.bench, self.cell, self.id = bench, cell, person_id
        px6 = bench.stand_ins.px6
        self.key = px6.add_account(balance="1000.00").key
        self.ids = [px6.add_proxy(self.key, ends_in=timedelta(days=20)).id for _ in range(2)]
        self.phone = DirectPhone(bench.stand_ins.telegram, bench.stand_ins.token, person_id)

    async def confirms(self) -> None:
        """Up to the tap on the green button, with the fault waiting for the call."""
        until = self.bench.until
        self.phone.says(f"/key {self.key}")
        await until(lambda: any(text.startswith("Connected") for text in self.phone.seen), "connected")
        ids = " ".join(map(str, self.ids))
        self.phone.says("/buy 2 30 de ipv6 http shop" if self.cell.call == "buy" else f"/prolong 30 {ids}")
        await until(lambda: self.phone.green() is not None, "a quote")
        self._break()
        self.phone.taps_green()
        await until(self._is_over, "an end of the call")
        self.cell.meanwhile = self.state
        if self.cell.top_up:
            self.bench.stand_ins.px6.top_up(self.key, TOPPED_UP)

    async def answers(self) -> None:
        """The question for a top-up, if there is one: yes to what was topped up, no to any other sum."""
        asked = next((found for found in self.phone.buttons() if found[1]["text"].startswith("Yes, ")), None)
        if asked is None:
            return
        self.cell.asked = True
        told_so_far = len(self.phone.seen)
        message, yes = asked
        no = next(b for m, b in self.phone.buttons() if m is message and b["text"] == "No")
        self.phone.presses(message, yes if f"{TOPPED_UP}.00 RUB" in yes["text"] else no)
        await self.bench.until(lambda: len(self.phone.seen) > told_so_far, "what the answer changed")

    def _break(self) -> None:
        """Let the call that spends go wrong; what breaks everything begins when the last read before it is over."""
        px6, cell = self.bench.stand_ins.px6, self.cell
        if cell.fault not in WIDE:
            px6.fault(cell.fault, cell.call, key=self.key, seconds=5.0)
            return

        once_answered(px6, "getprice", lambda: px6.fault(cell.fault, times=None))

    def _is_over(self) -> bool:
        return self.state not in ("", "confirmed", "sending")

    @property
    def state(self) -> str:
        return self.bench.order_state(self.id)

    def judge(self) -> None:
        """Hold what was told and written down against px6's books."""
        cell, px6 = self.cell, self.bench.stand_ins.px6
        calls = [call for call in px6.calls if call.key == self.key and call.method == cell.call]
        books, balance = px6.books(self.key), px6.account(self.key).balance
        cell.sent, cell.processed, cell.spent = len(calls), sum(call.processed for call in calls), len(books)
        cell.state = self.state
        cell.told = frozenset(kind for text in self.phone.seen if (kind := told(text)))
        paid = sum((spend.price for spend in books), Decimal())
        repeatable = cell.fault in (FaultKind.TOO_MANY, *WIDE)
        ends = ("done",) if cell.spent else ("not_done", "not_sent", "refused")
        claims = {"done" if cell.spent else "nothing spent"}
        if cell.left_open:
            ends, claims = ("unclear",), {"unclear"}
        if cell.asked:
            claims |= {"unclear"}
        rules = {
            "spent more than once": cell.spent <= 1,
            "sent again": cell.sent <= 1 or repeatable,
            "not settled as the books say": cell.state in ends,
            "told otherwise": cell.told == claims,
            "asked for no reason": cell.asked <= cell.top_up,
            "the balance does not agree": balance == 1000 - paid + TOPPED_UP * cell.top_up,
        }
        cell.wrong += [name for name, kept in rules.items() if not kept]


class Bench:
    """The stand-ins, the bot between them, and a connection of one's own to its database."""

    def __init__(self, stand_ins: Running, settings: Settings, clock: Clock, books: Books) -> None:
        self.stand_ins, self.settings, self.clock, self._books = stand_ins, settings, clock, books

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What was committed. Dozens of people look at it many times a second: too often to connect each time."""
        return self._books(query, values)

    def order_state(self, person_id: int) -> str:
        """The state of a person's only order; "" before there is one."""
        states = self.rows("SELECT state FROM orders WHERE telegram_id = ?", person_id)
        return str(states[0][0]) if states else ""

    async def until(self, true: Callable[[], bool], what: str, every: float = 0.1) -> None:
        """Wait for something, looking `every` so many seconds; AssertionError when it does not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():  # noqa: ASYNC110 - a state without an event
                    await asyncio.sleep(every)
        except TimeoutError:
            raise AssertionError(f"never came: {what}") from None

    async def play(self, customers: Sequence[Customer]) -> None:
        """Everybody pays at once; then px6's late answers come and time passes until all is known."""
        restarting = customers[0].cell.restart
        async with running_app(self.settings, self.clock) as app:
            await asyncio.gather(*(customer.confirms() for customer in customers))
            self.stand_ins.px6.clear_faults()
            if not restarting:
                await self.settle(app, customers)
        if restarting:
            async with running_app(self.settings, self.clock) as app:
                await self.settle(app, customers)
        for customer in customers:
            customer.judge()
            customer.phone.close()

    async def settle(self, app: App, customers: Sequence[Customer] = ()) -> None:
        """Time passes until every outcome is known and told; then the customers answer what they are asked."""
        for look, seconds in enumerate(LOOKS):
            if look:  # px6 does what it is asked late after the first look: that must not be taken for the last
                self.stand_ins.px6.process_late()
            self.clock.offset += timedelta(seconds=seconds)
            self.stand_ins.px6.clock.move(timedelta(seconds=seconds))
            await app.services.orders.settle_due()
        unsettled = (
            "SELECT 1 FROM orders WHERE state = 'unknown' UNION SELECT 1 FROM confirmations WHERE told < changes"
        )
        await self.until(lambda: not self.rows(unsettled), "every outcome")
        await asyncio.gather(*(customer.answers() for customer in customers))


@asynccontextmanager
async def bench(folder: Path, profile: Profile) -> AsyncIterator[Bench]:
    async with sandbox.running(profile=profile) as stand_ins:
        quicken(stand_ins.px6)
        await lay_database(folder)
        settings = settings_for(stand_ins, folder, px6_timeout_seconds=2.0)
        with books_of(folder) as books:
            yield Bench(stand_ins, settings, Clock(), books)


async def run(folder: Path, profile: Profile, cells: Iterable[Cell], comments: Comments = "as_sent") -> None:
    """Fill in the cells; those of one run share the bot, so all or none of them restart it.

    `comments`: what px6 makes of them.
    """
    async with bench(folder, profile) as found:
        found.stand_ins.px6.rules.comments = comments
        await found.play([Customer(found, cell, 2000 + number) for number, cell in enumerate(cells)])


async def every_cell(folder: Path, profile: Profile = "current") -> list[Cell]:
    """The whole matrix."""
    cells = [Cell(call, fault, *how) for fault in FaultKind for call in CALLS for how in WAYS.values()]
    together = [
        [cell for cell in cells if cell.fault in FAULTS and (cell.restart, cell.top_up) == how]
        for how in WAYS.values()
    ]
    alone = [[cell] for cell in cells if cell.fault in WIDE]
    for number, group in enumerate([*together, *alone]):
        place = folder / f"{profile}{number}"
        await asyncio.to_thread(place.mkdir)
        await run(place, profile, group)
    return cells


async def every_mark(folder: Path, profile: Profile, comments: Comments) -> list[Cell]:
    """Every fault on a buy whose mark px6 changes."""
    cells = [Cell("buy", fault, restart=False) for fault in FAULTS]
    place = folder / f"{profile} {comments}"
    await asyncio.to_thread(place.mkdir)
    await run(place, profile, cells, comments)
    return cells
