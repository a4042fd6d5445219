"""Telling how a payment stands: what is noted of it, and when it is tried again."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from model.orders import Confirmation, OrderState
from services.ground.elapsed_time import ElapsedTime
from services.ground.leases import LocalLeases
from services.orders import NobodyThere, NotNow
from services.orders.journal import Journal
from services.orders.telling import OutcomeDelivery
from storage import confirmations
from storage.engine.types import time_from_int
from tests.databases import run
from tests.sample_proxies import a_proxy
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import ANNA, Rig

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Teller:
    """A delivery to one person, who gets messages of this number, or of whom sending raises this."""

    def __init__(self, rig: Rig, answer: int | Exception | None = None) -> None:
        self.rig, self.hands, self.answer, self.sent = rig, Hands(), answer, list[Confirmation]()
        self.seen = list[Any]()  # the proxies that came with each
        self.journal = Journal(rig.database, self.hands)
        elapsed = ElapsedTime(self.hands, self.hands.seconds)
        self.delivery = OutcomeDelivery(rig.database, self.journal, self._send, self.hands, elapsed, LocalLeases())

    async def _send(self, confirmation: Confirmation, proxies: object) -> int | None:
        await asyncio.sleep(0)
        self.sent.append(confirmation)
        self.seen.append(proxies)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def news(self, quote: str = "q", state: OrderState = OrderState.NOT_SENT, **values: Any) -> Confirmation:
        """A payment of which there is something to tell."""
        confirmation = await laid(self.rig, quote_of(self.rig, quote), self.hands, values.pop("message", None))
        await self.becomes(confirmation, state, **values)
        return await read(self.rig, confirmation)

    async def becomes(self, confirmation: Confirmation, state: OrderState, **values: Any) -> None:
        (order,) = (await read(self.rig, confirmation)).orders
        assert await self.journal.change(order, (order.state,), {"state": state, **values}, "said", {})

    def told(self) -> list[tuple[int, int, datetime | None]]:
        """Of each confirmation how much was told of how much, and when it is tried again."""
        rows = self.rig.rows("SELECT told, changes, tell_at FROM confirmations ORDER BY id")
        return [(told, changes, None if at is None else time_from_int(at)) for told, changes, at in rows]

    def message(self, quote: str = "q") -> tuple[int | None, int | None]:
        """Which message shows a quote."""
        rows = {
            one: (chat, message) for one, chat, message in self.rig.rows("SELECT id, chat_id, message_id FROM quotes")
        }
        return rows[quote]


async def test_what_was_told_is_not_told_again_and_nobody_is_told_of_what_is_not_there(rig: Rig) -> None:
    teller = Teller(rig)
    confirmation = await teller.news()
    await teller.delivery.tell(confirmation.id + 1)
    assert (teller.sent, teller.told()) == ([], [(0, 1, teller.hands.now + 30 * SECOND)])
    await asyncio.gather(teller.delivery.tell(confirmation.id), teller.delivery.tell(confirmation.id))
    await teller.delivery.tell(confirmation.id)
    assert (teller.sent, teller.told()) == ([confirmation], [(1, 1, None)])
    await teller.becomes(confirmation, OrderState.UNKNOWN)
    await teller.delivery.tell(confirmation.id)
    assert [one.orders[0].state for one in teller.sent] == [OrderState.NOT_SENT, OrderState.UNKNOWN]
    assert teller.told() == [(2, 2, None)]


MESSAGES: dict[str, tuple[tuple[int, int] | None, int | None, tuple[int | None, int | None]]] = {
    "nobody is there": ((77, 5), None, (77, 5)),
    "the same one": ((77, 5), 5, (77, 5)),
    "another one in its chat": ((77, 5), 9, (77, 9)),
    "the first one": (None, 9, (ANNA, 9)),
}


@pytest.mark.parametrize(("before", "sent", "after"), MESSAGES.values(), ids=MESSAGES)
async def test_which_message_shows_a_payment(
    rig: Rig, before: tuple[int, int] | None, sent: int | None, after: tuple[int | None, int | None]
) -> None:
    teller = Teller(rig, sent)
    await teller.delivery.tell((await teller.news(message=before)).id)
    assert (teller.message(), teller.told()) == (after, [(1, 1, None)])


async def test_the_message_that_shows_what_it_costs_now_shows_the_new_quote_too(rig: Rig) -> None:
    teller = Teller(rig, 9)
    confirmation = await laid(rig, quote_of(rig, "old"), teller.hands, (77, 5))
    await teller.journal.requoted(confirmation, quote_of(rig, "new"))
    assert teller.message("new") == (77, 5)
    await teller.delivery.tell(confirmation.id)
    assert (teller.message("old"), teller.message("new")) == ((77, 9), (77, 9))


@pytest.mark.parametrize("state", OrderState)
async def test_the_account_is_looked_at_a_minute_after_what_may_have_cost_something(
    rig: Rig, state: OrderState
) -> None:
    teller = Teller(rig)
    confirmation = await teller.news(state=state)
    later = teller.hands.now + HOUR
    async with rig.database.write() as connection:
        await run(connection, "UPDATE watches SET next_look_at = ?", (int(later.timestamp()) * 1_000_000,))
    await teller.delivery.tell(confirmation.id)
    ((at,),) = rig.rows("SELECT next_look_at FROM watches")
    soon = state in ("done", "unclear")
    assert time_from_int(at) == (teller.hands.now + MINUTE if soon else later)


@pytest.mark.parametrize(
    ("error", "warnings"),
    [(NobodyThere(), 0), (NotNow(), 0), (ConnectionError("secret"), 1)],
)
async def test_what_could_not_be_told_is_tried_again(
    rig: Rig, error: Exception, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    teller = Teller(rig, error)
    await teller.delivery.tell((await teller.news(message=(77, 5))).id)
    assert teller.told() == [(0, 1, teller.hands.now + 5 * SECOND)]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "An outcome could not be told and will be told later: ConnectionError"
    ] * warnings


DAYS = timedelta(days=3)
PAUSES: dict[str, tuple[timedelta, timedelta | None]] = {
    "at once": (timedelta(0), 5 * SECOND),
    "ten seconds": (10 * SECOND, 5 * SECOND),
    "twelve seconds": (12 * SECOND, 6 * SECOND),
    "two hours": (2 * HOUR, HOUR),
    "a little less": (2 * HOUR - 2 * SECOND, HOUR - SECOND),
    "a day": (timedelta(days=1), HOUR),
    "three days": (DAYS, HOUR),
    "and a second": (DAYS + SECOND, None),
}


@pytest.mark.parametrize(("passed", "pause"), PAUSES.values(), ids=PAUSES)
async def test_it_is_tried_more_and_more_rarely_and_for_three_days(
    rig: Rig, passed: timedelta, pause: timedelta | None
) -> None:
    teller = Teller(rig, NotNow())
    confirmation = await teller.news()
    await teller.delivery.tell(confirmation.id)
    teller.hands.move(passed)
    await teller.delivery.tell(confirmation.id)
    assert teller.told() == [(0, 1, None if pause is None else teller.hands.now + pause)]


@pytest.mark.parametrize(("watched", "given_up"), [(HOUR, False), (HOUR + SECOND, True)])
async def test_the_clock_alone_gives_nothing_up(rig: Rig, watched: timedelta, given_up: bool) -> None:
    """Three days by the clock, of which this process has seen an hour."""
    teller = Teller(rig, NotNow())
    confirmation = await teller.news()
    teller.hands.move(timedelta(days=30), clock_alone=True)
    await teller.delivery.tell(confirmation.id)
    assert teller.told() == [(0, 1, teller.hands.now + HOUR)]
    teller.hands.move(watched)
    await teller.delivery.tell(confirmation.id)
    assert teller.told() == [(0, 1, None if given_up else teller.hands.now + HOUR)]


async def test_the_pauses_count_from_the_newest_outcome_and_anew_for_each(rig: Rig) -> None:
    teller = Teller(rig, NotNow())
    confirmation = await teller.news(state=OrderState.UNKNOWN)
    await teller.delivery.tell(confirmation.id)
    teller.answer = 9
    await teller.delivery.tell(confirmation.id)
    teller.hands.move(HOUR)
    await teller.becomes(confirmation, OrderState.DONE, settled_at=teller.hands.now)
    teller.hands.move(MINUTE)
    teller.answer = NotNow()
    await teller.delivery.tell(confirmation.id)
    assert teller.told() == [(1, 2, teller.hands.now + 30 * SECOND)]


async def test_after_a_start_all_is_told_and_in_between_what_is_due(rig: Rig) -> None:
    teller = Teller(rig)
    first = await teller.news("a")
    teller.hands.move(SECOND)
    second = await teller.news("b")
    teller.hands.move(29 * SECOND - timedelta(microseconds=1))
    assert await teller.delivery.untold() == []
    assert await teller.delivery.untold(all_=True) == [first.id, second.id]
    teller.hands.move(timedelta(microseconds=1))
    assert await teller.delivery.untold() == [first.id]
    await teller.delivery.tell_untold()
    assert [one.id for one in teller.sent] == [first.id]
    await teller.delivery.tell_untold(all_=True)
    assert [one.id for one in teller.sent] == [first.id, second.id]
    assert await teller.delivery.untold(all_=True) == []


async def test_what_the_person_was_shown_counts_as_told(rig: Rig) -> None:
    teller = Teller(rig)
    confirmation = await teller.news()
    await teller.becomes(confirmation, OrderState.UNKNOWN)
    await teller.delivery.note_told(confirmation)
    assert teller.told() == [(1, 2, teller.hands.now + 30 * SECOND)]
    assert rig.rows("SELECT told_at FROM confirmations") == [(int(teller.hands.now.timestamp()) * 1_000_000,)]
    await teller.delivery.note_told(await read(rig, confirmation))
    assert teller.told() == [(2, 2, None)]
    async with rig.database.read() as connection:
        assert await confirmations.untold(connection) == []
    assert teller.sent == []


async def test_the_proxies_that_px6_has_named_come_with_the_outcome_of_as_many_payments_as_are_at_hand(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.orders.telling.SEEN_KEPT", 2)
    teller = Teller(rig, 5)
    first, second, third, fourth, fifth = [(await teller.news(name)).id for name in "abcde"]
    one, other = a_proxy(1), a_proxy(2)
    for confirmation_id in (first, second, third):
        for proxy in (one, other):
            teller.delivery.note_seen(confirmation_id, {proxy.id: proxy})
    for confirmation_id in (first, second, third):
        await teller.delivery.tell(confirmation_id)
    both = {one.id: one, other.id: other}
    assert teller.seen == [{}, both, both]
    gone = fifth + 1
    for confirmation_id in (fourth, gone):
        teller.delivery.note_seen(confirmation_id, both)
    await teller.delivery.tell(gone)
    teller.delivery.note_seen(fifth, both)
    await teller.delivery.tell(fourth)
    assert teller.seen[3:] == [both], "what is told, and what is not there any more, takes no place"


async def test_they_are_at_hand_until_the_payment_is_closed_and_told_and_who_listens_hears_that_it_was(
    rig: Rig,
) -> None:
    teller, heard, both = Teller(rig, 5), list[int](), {1: a_proxy(1)}
    teller.delivery.hear_told = heard.append
    confirmation = await teller.news(state=OrderState.SENDING)
    teller.delivery.note_seen(confirmation.id, both)
    for state, seen, heard_of in (
        (OrderState.SENDING, both, 0),
        (OrderState.UNKNOWN, both, 0),
        (OrderState.DONE, both, 1),
        (OrderState.UNCLEAR, {}, 2),
    ):
        await teller.becomes(confirmation, state)
        await teller.delivery.tell(confirmation.id)
        assert (teller.seen[-1], heard) == (seen, [confirmation.id] * heard_of)
    teller.delivery.note_seen(confirmation.id, both)
    await teller.delivery.tell(confirmation.id)
    assert len(teller.seen) == 4, "there was nothing new to tell"
    await teller.becomes(confirmation, OrderState.DONE)
    await teller.delivery.tell(confirmation.id)
    assert teller.seen[4:] == [{}]
