"""Writing down what px6 answered: every column, from which states, what is told, and what happens when it fails."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import px6
from model.errors import StorageError
from model.orders import Order, OrderError, OrderState
from px6 import Prolongation, Purchase
from services.orders.journal import Journal
from services.orders.recording import AnswerRecorder
from tests.databases import run
from tests.services.orders.books import END, MONTH, SENT, proxy
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import Rig

SECOND = timedelta(seconds=1)
LONGER = END + MONTH
PROLONGED = Prolongation(
    user_id="7",
    balance=Decimal("958.00"),
    currency="RUB",
    price=Decimal("41.00"),
    period=30,
    count=2,
    order_id="88",
    ends={1: LONGER, 2: LONGER},
)
BOUGHT = Purchase(
    user_id="7",
    balance=Decimal("979.00"),
    currency="RUB",
    count=1,
    price=Decimal("20.00"),
    period=30,
    country="de",
    order_id=None,
    proxies=(proxy(11),),
)


class Recorded:
    """An order under way, and a recorder with a clock that stands still, three seconds after it was sent."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.hands, self.told = rig, Hands(), list[int]()
        self.journal = Journal(rig.database, self.hands)
        self.recorder = AnswerRecorder(self.journal, self.hands, self._tell, 5 * SECOND)

    async def _tell(self, confirmation_id: int) -> None:
        self.told.append(confirmation_id)

    async def sent(self, *ids: int) -> Order:
        """A prolong of these; of none: a buy."""
        quote = quote_of(self.rig, "q", *([ids] if ids else []))
        (order,) = (await laid(self.rig, quote, self.hands)).orders
        values = {"balance_before": Decimal(1000), "known_before": () if ids else (5,)}
        sent = await self.journal.sending(order, "prolong", {}, **values)
        assert sent is not None
        self.hands.move(3 * SECOND)
        return sent

    async def now(self, order: Order) -> Order:
        confirmation = await self.journal.confirmation(order.confirmation_id)
        assert confirmation is not None
        return (await read(self.rig, confirmation)).orders[0]

    async def is_in(self, order: Order, state: OrderState) -> None:
        async with self.rig.database.write() as connection:
            await run(connection, "UPDATE orders SET state = ? WHERE id = ?", (str(state), order.id))

    def written(self) -> tuple[str, dict[str, Any]]:
        """The last line of the journal."""
        event, data = self.rig.rows("SELECT event, data FROM journal ORDER BY id DESC")[0]
        return event, json.loads(data)


@pytest.fixture
def recorded(rig: Rig) -> Recorded:
    return Recorded(rig)


def ends(order: Order) -> dict[int, datetime | None]:
    return {one.id: one.end_after for one in order.proxies}


async def test_a_yes_to_a_prolong_is_written_down_whole(recorded: Recorded) -> None:
    sent = await recorded.sent(1, 2)
    await recorded.recorder.done(sent, PROLONGED)
    order = await recorded.now(sent)
    assert (order.state, order.error, order.error_id, order.charged) == ("done", None, None, Decimal("41.00"))
    assert (order.balance_after, order.known_before, order.rename) == (Decimal("958.00"), None, None)
    assert (order.settled_at, order.due_at, ends(order)) == (SENT + 3 * SECOND, None, {1: LONGER, 2: LONGER})
    assert recorded.told == [sent.confirmation_id]
    end = LONGER.isoformat().replace("+00:00", "Z")
    price = {"price": "41.00", "balance": "958.00", "count": 2, "order_id": "88", "ends": {"1": end, "2": end}}
    assert recorded.written() == ("answered", price)


async def test_a_yes_to_a_buy_is_renamed_soon(recorded: Recorded) -> None:
    sent = await recorded.sent()
    await recorded.recorder.done(sent, BOUGHT)
    order = await recorded.now(sent)
    assert (order.state, order.rename, order.due_at) == ("done", "pending", SENT + 5 * SECOND)
    assert (ends(order), order.known_before) == ({11: SENT + MONTH}, None)
    assert "password" not in str(recorded.written())
    assert "user" not in recorded.written()[1]


LATE = {
    "sending": True,
    "unknown": True,
    "not_done": True,
    "unclear": True,
    "confirmed": False,
    "done": False,
    "refused": False,
    "not_sent": False,
    "requoted": False,
}


async def test_a_late_answer_is_better_than_a_look(recorded: Recorded) -> None:
    assert set(LATE) == set(OrderState)
    sent = await recorded.sent(1, 2)
    for state, counts in LATE.items():
        await recorded.is_in(sent, OrderState(state))
        recorded.told.clear()
        await recorded.recorder.refused(sent, px6.NoMoney(400, "no"))
        assert (await recorded.now(sent)).state == ("refused" if counts else state)
        assert recorded.told == [sent.confirmation_id] * counts


NOS: dict[str, tuple[px6.Px6Error, str, int | None]] = {
    "NoMoney": (px6.NoMoney(400, "no"), "refused", 400),
    "TooManyCalls": (px6.TooManyCalls(), "not_sent", None),
    "Unreachable": (px6.Unreachable(), "not_sent", None),
}


@pytest.mark.parametrize("name", NOS)
async def test_a_no_is_written_down_whole(recorded: Recorded, name: str) -> None:
    error, state, number = NOS[name]
    sent = await recorded.sent()
    await recorded.recorder.refused(sent, error)
    order = await recorded.now(sent)
    assert (order.state, order.error, order.error_id, order.charged) == (state, name, number, None)
    assert (order.settled_at, order.due_at, order.known_before) == (SENT + 3 * SECOND, None, None)
    assert recorded.written() == ("answered", {"error": name, "error_id": number})


async def test_what_a_late_answer_ends_is_asked_and_looked_for_no_more(recorded: Recorded) -> None:
    sent = await recorded.sent(1, 2)
    async with recorded.rig.database.write() as connection:
        await run(connection, "UPDATE orders SET state='unclear', top_up=5000000, looking_error='NoKey'")
    await recorded.recorder.done(sent, PROLONGED)
    order = await recorded.now(sent)
    assert (order.state, order.top_up, order.looking_error) == ("done", None, None)


async def test_an_unknown_outcome_is_looked_for_five_seconds_after_it_was_sent(recorded: Recorded) -> None:
    sent = await recorded.sent(1, 2)
    await recorded.recorder.unknown(sent, "OutcomeUnknown", 31)
    order = await recorded.now(sent)
    assert (order.state, order.error, order.error_id) == ("unknown", "OutcomeUnknown", 31)
    assert (order.unknown_at, order.due_at) == (SENT + 3 * SECOND, SENT + 5 * SECOND)
    assert recorded.told == [sent.confirmation_id]
    assert recorded.written() == ("unknown", {"error": "OutcomeUnknown", "error_id": 31})
    recorded.hands.move(SECOND)
    await recorded.recorder.unknown(sent, "NoAnswer", None)
    assert (await recorded.now(sent)).error == "OutcomeUnknown", "it is not under way any more"


# What is wrong with a yes: what is expected to have been charged, the ends that are believed, and what is written.
OTHERWISE: dict[str, tuple[str | None, dict[int, datetime | None], bool]] = {
    OrderError.NAMES_OTHERS: ("41.00", {1: LONGER, 2: None}, True),
    OrderError.NOT_AS_ORDERED: (None, {1: None, 2: None}, True),
    OrderError.FOR_OTHERS: (None, {1: None, 2: None}, False),
}


@pytest.mark.parametrize("wrong", OTHERWISE)
async def test_a_yes_to_something_else_is_not_believed(recorded: Recorded, wrong: str) -> None:
    expected, believed, quoted = OTHERWISE[wrong]
    sent = await recorded.sent(1, 2)
    answer = px6.Prolongation(**{**fields(PROLONGED), "ends": {1: LONGER, 9: LONGER}})
    await recorded.recorder.answered_otherwise(sent, answer, wrong)
    order = await recorded.now(sent)
    assert (order.state, order.error, order.due_at) == ("unknown", wrong, SENT + 5 * SECOND)
    assert order.expected == (None if expected is None else Decimal(expected))
    assert ends(order) == believed
    event, data = recorded.written()
    assert (event, data["error"], "price" in data) == ("answered", wrong, quoted)
    assert recorded.told == [sent.confirmation_id]


async def test_proxies_that_a_yes_to_a_buy_names_are_the_orders(recorded: Recorded) -> None:
    sent = await recorded.sent()
    await recorded.recorder.answered_otherwise(sent, BOUGHT, OrderError.NAMES_OTHERS)
    assert ends(await recorded.now(sent)) == {11: SENT + MONTH}


async def test_a_yes_to_something_else_undoes_no_verdict(recorded: Recorded) -> None:
    sent = await recorded.sent(1, 2)
    for state in OrderState:
        await recorded.is_in(sent, state)
        recorded.told.clear()
        await recorded.recorder.answered_otherwise(sent, PROLONGED, OrderError.NAMES_OTHERS)
        counts = state in ("sending", "unknown")
        assert (await recorded.now(sent)).state == ("unknown" if counts else state)
        assert recorded.told == [sent.confirmation_id] * counts


def fields(answer: Prolongation) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in answer.__struct_fields__}


# -- when it cannot be written down


async def test_it_is_tried_three_times_at_once_and_then_with_every_settling(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("services.orders.recording.RECORD_PAUSE", 0.02)
    loop, tries, works = asyncio.get_running_loop(), list[float](), False

    async def write() -> None:
        tries.append(loop.time())
        if not works:
            raise StorageError("the disk is full")

    await recorded.recorder.record(write)
    assert len(tries) == 3
    assert tries[1] - tries[0] >= 0.02 <= tries[2] - tries[1]
    assert [record.getMessage() for record in caplog.records] == [
        "The outcome of an order could not be written down: the disk is full"
    ] * 3
    with pytest.raises(StorageError):
        await recorded.recorder.record_again()
    works = True
    await recorded.recorder.record_again()
    assert len(tries) == 5
    await recorded.recorder.record_again()
    await recorded.recorder.record(write)
    await recorded.recorder.record_again()
    assert len(tries) == 6, "what was written is not written again"


async def test_what_can_never_be_written_is_tried_once_more_and_keeps_nothing_else(recorded: Recorded) -> None:
    tries = list[str]()

    async def never() -> None:
        tries.append("never")
        raise OverflowError

    async def now() -> None:
        tries.append("now")

    recorded.recorder.record_later(never)
    recorded.recorder.record_later(now)
    await recorded.recorder.record_again()
    await recorded.recorder.record_again()
    assert tries == ["never", "now"]


async def test_two_who_write_down_at_once_write_it_once(recorded: Recorded) -> None:
    tries, open_ = list[str](), asyncio.Event()

    async def slowly() -> None:
        tries.append("slowly")
        await open_.wait()

    recorded.recorder.record_later(slowly)
    both = [asyncio.ensure_future(recorded.recorder.record_again()) for _ in range(2)]
    for _ in range(10):
        await asyncio.sleep(0)
    open_.set()
    await asyncio.gather(*both)
    assert tries == ["slowly"]
