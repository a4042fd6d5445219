"""Looks at orders of unknown outcome: when each comes, what it writes down, and what the person is told of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from model.orders import Order, OrderState
from px6 import ProxyList
from services.ground.elapsed_time import ElapsedTime
from services.ground.leases import LocalLeases
from services.orders.journal import Journal
from services.orders.judging import Verdict
from services.orders.look_schedule import LookSchedule
from services.orders.renaming import Renamer
from services.orders.settling import Settler, is_marked, look_record, with_top_up
from services.orders.unsettled import UnsettledOrders
from storage.engine.types import time_to_int
from tests.databases import run
from tests.px6_events import once_answered
from tests.services.orders.books import END, MARK, MONTH, SENT, order, proxy
from tests.services.orders.laid import Hands, laid, quote_of
from tests.services.rig import ANNA, Rig

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LOOKS = (5.0, 30.0, 120.0, 600.0)
EVENTS = "SELECT event, data FROM journal WHERE event != 'renamed' ORDER BY id"


class Looks:
    """Orders that were sent at `books.SENT`, each for 21.00 of 1,000, and a settler with a clock of its own."""

    def __init__(self, rig: Rig, seconds: Sequence[float] = LOOKS) -> None:
        self.rig, self.hands, self.told = rig, Hands(), list[int]()
        self.journal = Journal(rig.database, self.hands)
        self.unsettled = UnsettledOrders(rig.database, self.hands, LocalLeases())
        self.renamer = Renamer(self.journal, self.hands, self._tell)
        self.settler = self.begun(seconds)

    def begun(self, seconds: Sequence[float] = LOOKS) -> Settler:
        """A settler that has seen nothing yet, as after a start."""
        schedule = LookSchedule(seconds, 30.0, ElapsedTime(self.hands, self.hands.seconds))
        quoter, accounts = self.rig.orders._quoter, self.rig.accounts
        more = (accounts, self.renamer, self.hands, self._tell, schedule)
        return Settler(self.journal, self.unsettled, quoter, *more)

    async def _tell(self, confirmation_id: int) -> None:
        self.told.append(confirmation_id)

    async def prolong(self, name: str = "a", **values: Any) -> Order:
        """One that prolongs a proxy of its own; px6 has done nothing."""
        one = self.rig.proxy(ends_at=END, ends_in=None)
        return await self._sent(name, [one.id], values)

    async def buy(self, name: str = "a", **values: Any) -> Order:
        """One that buys a proxy; px6 has done nothing."""
        return await self._sent(name, None, {"known_before": "[]", **values})

    async def _sent(self, name: str, ids: Sequence[int] | None, values: dict[str, Any]) -> Order:
        quote = quote_of(self.rig, name, *([ids] if ids else []))
        (order,) = (await laid(self.rig, quote, self.hands)).orders
        sent = {"state": "unknown", "sent_at": SENT, "unknown_at": SENT, "due_at": SENT, "error": "NoAnswer"}
        money = {"balance_before": 1_000_000_000, "expected": 21_000_000}
        await self.puts(order, **{**sent, **money, **values})
        return await self.now(order)

    async def puts(self, order: Order, **values: Any) -> None:
        plain = [time_to_int(value) if isinstance(value, datetime) else value for value in values.values()]
        names = ", ".join(f"{name} = ?" for name in values)
        async with self.rig.database.write() as connection:
            await run(connection, f"UPDATE orders SET {names} WHERE id = ?", (*plain, order.id))  # noqa: S608

    async def now(self, order: Order) -> Order:
        found = await self.journal.order(order.id)
        assert found is not None
        return found

    # -- what px6 does

    def prolonged(self, order: Order, price: str = "21.00") -> None:
        """Our call has come through after all."""
        for one in order.ids:
            self.rig.account.proxies[one].ends_at += MONTH
        self.rig.account.balance -= Decimal(price)

    def bought(self, order: Order, price: str = "21.00", comment: str | None = None) -> int:
        made = self.rig.proxy(ends_at=SENT + MONTH, ends_in=None, country="de", comment=comment or order.mark or "")
        self.rig.account.balance -= Decimal(price)
        return made.id

    def silent(self) -> None:
        """px6 cannot be read."""
        self.rig.px6.fault("500_before", "getproxy", times=None)

    # -- looking

    async def look(self, at: float | None = None, running: set[int] | None = None) -> list[int]:
        """Do what is due, at so many seconds after `SENT`; gives the ids of the orders it was about."""
        if at is not None:
            self.hands.move(SENT + timedelta(seconds=at) - self.hands.now)
        groups = await self.settler.due(())
        for group, listed in groups.items():
            await self.settler.settle(group, listed, running or set())
        assert self.rig.rows("SELECT count(*) FROM orders WHERE leased_until IS NOT NULL") == [(0,)]
        return [order.id for listed in groups.values() for order in listed]

    async def due(self, order: Order) -> float | None:
        """When it is looked at next, in seconds after `SENT`."""
        at = (await self.now(order)).due_at
        return None if at is None else (at - SENT).total_seconds()

    def written(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event, json.loads(data)) for event, data in self.rig.rows(EVENTS)]

    def news(self) -> list[int]:
        """How much there was to tell of each confirmation."""
        return [changes for (changes,) in self.rig.rows("SELECT changes FROM confirmations ORDER BY id")]


@pytest.fixture
def looks(rig: Rig) -> Looks:
    return Looks(rig)


# -- when


async def test_looks_come_at_their_seconds_and_two_more_after_the_verdict(looks: Looks) -> None:
    order = await looks.buy()
    assert await looks.look(0) == [order.id]
    for at, state, then in (
        (5, "unknown", 30),
        (30, "unknown", 120),
        (120, "unknown", 600),
        (600, "not_done", 1800),
        (1800, "not_done", 7200),
        (7200, "not_done", None),
    ):
        assert await looks.look(at - 0.001) == []
        assert await looks.look(at) == [order.id]
        assert ((await looks.now(order)).state, await looks.due(order)) == (state, then)
    found = await looks.now(order)
    assert (found.looks, found.corrected, found.settled_at) == (7, False, SENT + 600 * SECOND)
    assert (looks.told, looks.news()) == ([order.confirmation_id], [1])


async def test_a_look_that_comes_late_does_not_move_those_after_it(looks: Looks) -> None:
    order = await looks.buy()
    for at, due in ((20, 30), (119.5, 120), (130, 600)):
        await looks.look(at)
        assert await looks.due(order) == due


async def test_what_is_planned_far_ahead_is_not_due_before(rig: Rig) -> None:
    """As far as the last look, however long that is; later than that nobody plans, so the clock was set back."""
    day = 86_400
    looks = Looks(rig, (5.0, day))
    order = await looks.buy(due_at=SENT + timedelta(days=12))
    assert await looks.look() == []
    await looks.puts(order, due_at=SENT + timedelta(days=12, seconds=1))
    assert await looks.look() == [order.id]
    looks = Looks(rig, (1.0, 2.0))
    await looks.puts(order, due_at=SENT + 2 * HOUR)
    assert await looks.look() == []
    await looks.puts(order, due_at=SENT + 2 * HOUR + SECOND)
    assert await looks.look() == [order.id]


@pytest.mark.parametrize(("first", "second"), [(600, 630), (599, 600), (5000, 5030)])
async def test_what_only_the_clock_makes_late_waits_until_px6_had_its_time(
    looks: Looks, first: float, second: float
) -> None:
    """This process sees the order for the first time so many seconds after it was sent."""
    order = await looks.buy()
    await looks.look(first)
    assert ((await looks.now(order)).state, await looks.due(order)) == ("unknown", second)
    await looks.look(first + 29.999)
    await looks.puts(order, due_at=looks.hands.now)
    await looks.look(first + 29.999)
    assert (await looks.now(order)).state == "unknown"
    await looks.puts(order, due_at=looks.hands.now)
    await looks.look(first + 30)
    assert (await looks.now(order)).state == "not_done"


async def test_the_time_counts_from_when_it_was_sent(looks: Looks) -> None:
    order = await looks.buy(confirmed_at=SENT - HOUR)
    await looks.look(0)
    assert await looks.due(order) == 5
    await looks.look(600)
    assert (await looks.now(order)).state == "not_done"


# -- what a look finds


async def test_a_prolong_that_came_through_is_done_whole(looks: Looks) -> None:
    order = await looks.prolong()
    looks.prolonged(order)
    await looks.look(5)
    found = await looks.now(order)
    assert (found.state, found.charged, found.balance_after) == ("done", Decimal("21.00"), Decimal("979.00"))
    assert (found.looks, found.corrected, found.top_up, found.looking_error) == (1, False, None, None)
    assert (found.settled_at, found.due_at, found.rename) == (SENT + 5 * SECOND, None, None)
    assert [one.end_after for one in found.proxies] == [END + MONTH]
    assert (looks.told, looks.news()) == ([order.confirmation_id], [1])
    ends = {str(order.ids[0]): (END + MONTH).isoformat().replace("+00:00", "Z")}
    seen = {"balance": "979.00", "proxies": 1, "verdict": "done", "charged": "21.00", "ends": ends}
    assert looks.written() == [("settled", seen)]


async def test_a_buy_that_came_through_is_renamed_soon(looks: Looks) -> None:
    order = await looks.buy()
    bought = looks.bought(order, price="30.00")
    await looks.look(5)
    found = await looks.now(order)
    assert (found.state, found.charged, found.balance_after, found.ids) == ("done", None, None, (bought,))
    assert (found.rename, found.due_at) == ("pending", SENT + 7 * SECOND)


async def test_what_nobody_can_explain_is_unclear_and_asked_about(looks: Looks) -> None:
    order = await looks.buy()
    await looks.look(0)
    looks.silent()
    await looks.look(600)
    looks.rig.px6.clear_faults()
    looks.rig.account.balance += 5
    await looks.look(660)
    found = await looks.now(order)
    assert (found.state, found.looking_error, found.top_up) == ("unclear", None, Decimal("5.00"))
    assert (found.charged, found.balance_after, found.corrected) == (None, None, False)
    assert looks.told == [order.confirmation_id] * 2


async def test_a_look_that_can_be_made_again_takes_its_reason_back(looks: Looks) -> None:
    """Although it decides nothing yet: a start has come between."""
    order = await looks.buy()
    looks.silent()
    await looks.look(600)
    assert ((await looks.now(order)).looking_error, looks.news()) == ("NoAnswer", [1])
    looks.settler = looks.begun()
    looks.rig.px6.clear_faults()
    await looks.look(700)
    found = await looks.now(order)
    assert (found.state, found.looking_error, found.looks) == ("unknown", None, 1)
    assert (await looks.due(order), looks.told, looks.news()) == (730, [order.confirmation_id] * 2, [2])


async def test_one_look_serves_all_orders_of_an_account_and_what_is_marked_explains_its_sum(looks: Looks) -> None:
    """Of two purchases the second came through: the first is not done, and that is known at once."""
    first, second = await looks.buy("a"), await looks.buy("b")
    await looks.look(0)
    looks.bought(second)
    once_answered(looks.rig.px6, "getproxy", lambda: looks.hands.move(SECOND))
    assert await looks.look(600) == [first.id, second.id]
    assert [str((await looks.now(one)).state) for one in (first, second)] == ["not_done", "done"]
    assert len(looks.rig.requests("getproxy")) == 2


# -- looks after the verdict


async def after_not_done(looks: Looks, order: Order) -> Order:
    """The order once it was told as not done."""
    await looks.look(0)
    await looks.look(600)
    assert (await looks.now(order)).state == "not_done"
    looks.told.clear()
    return order


async def test_a_mark_that_is_found_later_corrects_what_was_told(looks: Looks) -> None:
    order = await after_not_done(looks, await looks.buy())
    looks.bought(order)
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.corrected, found.charged, found.rename) == ("done", True, Decimal("21.00"), "pending")
    assert looks.told == [order.confirmation_id]


async def test_proxies_without_a_mark_that_come_later_are_unclear(looks: Looks) -> None:
    order = await after_not_done(looks, await looks.buy())
    looks.bought(order, comment="somebody's")
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.corrected, found.charged, found.ids) == ("unclear", True, None, ())
    assert looks.told == [order.confirmation_id]
    await looks.look(7200)
    assert (looks.told, await looks.due(order)) == ([order.confirmation_id], None), "it is told once"


@pytest.mark.parametrize("paid", [True, False])
async def test_ends_that_move_later_are_unclear(looks: Looks, paid: bool) -> None:
    order = await after_not_done(looks, await looks.prolong())
    looks.prolonged(order, price="21.00" if paid else "0.00")
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.corrected, found.charged) == ("unclear", True, None)
    assert [one.end_after for one in found.proxies] == [END + MONTH]
    assert looks.told == [order.confirmation_id]


async def test_ends_that_a_later_order_explains_correct_nothing(looks: Looks) -> None:
    order = await after_not_done(looks, await looks.prolong())
    later = await laid(looks.rig, quote_of(looks.rig, "b", list(order.ids)), looks.hands)
    await looks.puts(later.orders[0], due_at=None)
    looks.prolonged(order)
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.looks, looks.told, looks.news()) == ("not_done", 3, [], [1, 0])
    assert await looks.due(order) == 7200
    assert looks.written()[-1] == ("looked", {"balance": "979.00", "proxies": 1})


async def test_a_later_order_does_not_explain_a_mark(looks: Looks) -> None:
    order = await after_not_done(looks, await looks.buy())
    bought = looks.bought(order)
    await laid(looks.rig, quote_of(looks.rig, "b", [bought]), looks.hands)
    await looks.look(1800)
    assert (await looks.now(order)).state == "done"


async def test_a_later_look_that_finds_the_same_says_nothing(looks: Looks) -> None:
    order = await looks.buy()
    await looks.look(0)
    looks.rig.account.balance += 5
    await looks.look(600)
    looks.told.clear()
    assert (await looks.now(order)).top_up == 5
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.top_up, found.looks, looks.told, looks.news()) == ("unclear", Decimal(5), 3, [], [1])


async def test_a_question_that_has_been_answered_by_px6s_books_is_taken_back(looks: Looks) -> None:
    order = await looks.prolong()
    await looks.look(0)
    looks.rig.account.balance += 5
    await looks.look(600)
    looks.told.clear()
    looks.prolonged(order)
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.top_up, found.corrected, looks.told) == (
        "unclear",
        None,
        False,
        [order.confirmation_id],
    )
    await looks.look(7200)
    assert (looks.told, looks.news()) == ([order.confirmation_id], [2])


# -- px6 does not let us look


# Seconds after it was sent: the reason that is told, and when it is tried again.
SILENT = {
    0: (None, 5),
    5: (None, 10),
    28: (None, 30),
    120: (None, 150),
    599: (None, 600),
    600: ("NoAnswer", 660),
    1799: ("NoAnswer", 1800),
    7199: ("NoAnswer", 7200),
    7200: ("NoAnswer", 7260),
}


@pytest.mark.parametrize(("at", "reason", "again"), [(at, *then) for at, then in SILENT.items()])
async def test_what_px6_does_not_answer_proves_nothing_and_is_tried_again(
    looks: Looks, at: float, reason: str | None, again: float
) -> None:
    order = await looks.buy()
    looks.silent()
    await looks.look(at)
    found = await looks.now(order)
    assert (found.state, found.looking_error, found.settled_at, found.looks) == ("unknown", reason, None, 0)
    assert await looks.due(order) == again
    assert looks.told == [order.confirmation_id] * (reason is not None)
    assert (looks.news(), looks.written()) == ([len(looks.told)], [("not_seen", {"error": "NoAnswer"})])
    await looks.look(again)
    assert looks.news() == [1 if again >= 600 else 0], "a reason is told once"


GONE = {5: 10, 120: 150, 1000: 1250, 1400: 1700, 1600: 1800, 7300: 7600}


@pytest.mark.parametrize(("at", "again"), GONE.items())
async def test_a_refused_key_is_told_at_once_and_a_look_at_the_account_is_due_that_tells_the_rest(
    looks: Looks, at: float, again: float
) -> None:
    order = await looks.buy()
    looks.rig.px6.new_key(looks.rig.account.key)
    await looks.look(at)
    found = await looks.now(order)
    assert (found.state, found.looking_error, looks.told) == ("unknown", "WrongKey", [order.confirmation_id])
    assert await looks.due(order) == again
    account = await looks.rig.accounts.account(ANNA)
    assert account is not None and account.refused_at is not None
    assert looks.rig.rows("SELECT next_look_at FROM watches") == [(time_to_int(account.refused_at),)]


@pytest.mark.parametrize(("at", "state"), [(599, "unknown"), (600, "unclear")])
@pytest.mark.parametrize("reason", ["NoKey", "OtherAccount"])
async def test_without_a_key_to_the_account_it_is_unclear_in_the_end(
    looks: Looks, reason: str, at: float, state: str
) -> None:
    order = await looks.buy()
    if reason == "NoKey":
        async with looks.rig.database.write() as connection:
            await run(connection, "DELETE FROM accounts")
    else:
        await looks.rig.replaces_key(looks.rig.px6.add_account().key)
    await looks.look(at)
    found = await looks.now(order)
    over = state == "unclear"
    assert (found.state, found.looking_error) == (state, reason)
    assert (found.settled_at, await looks.due(order)) == ((SENT + 600 * SECOND, None) if over else (None, 600))
    assert looks.told == [order.confirmation_id]


async def test_a_key_that_has_come_to_open_another_account_shows_nothing(looks: Looks) -> None:
    order = await looks.buy()
    stranger = looks.rig.px6.add_account()
    looks.rig.px6.accounts[looks.rig.account.key] = stranger
    await looks.look(600)
    assert ((await looks.now(order)).state, (await looks.now(order)).looking_error) == ("unclear", "OtherAccount")


@pytest.mark.parametrize("reason", [None, "NoKey"])
async def test_after_a_verdict_a_look_that_fails_changes_nothing_but_its_time(
    looks: Looks, reason: str | None
) -> None:
    order = await looks.buy(state="unclear", looking_error=reason)
    looks.silent()
    await looks.look(1800)
    found = await looks.now(order)
    assert (found.state, found.looking_error, found.settled_at) == ("unclear", reason, None)
    assert (await looks.due(order), looks.told, looks.news()) == (1860, [], [0])


async def test_what_could_not_be_looked_for_is_judged_anew_with_a_key(looks: Looks) -> None:
    """Unclear for want of a key: the first look with one counts as the first."""
    order = await looks.buy(state="unclear", looking_error="NoKey")
    await looks.look(5)
    found = await looks.now(order)
    assert (found.state, found.looking_error, found.looks) == ("unclear", None, 1)
    assert (await looks.due(order), looks.told, looks.news()) == (30, [order.confirmation_id], [1])
    assert looks.written() == [("looked", {"balance": "1000.00", "proxies": 0})]


# -- what is lost, and what is to be renamed


async def test_what_is_under_way_for_too_long_has_lost_its_process(looks: Looks) -> None:
    sending = await looks.buy("a", state="sending", unknown_at=None, error=None)
    confirmed = await looks.buy("b", state="confirmed", sent_at=None, unknown_at=None, error=None)
    ours = {sending.confirmation_id, confirmed.confirmation_id}
    assert await looks.look(0, ours) == [sending.id, confirmed.id]
    assert looks.rig.states() == ["sending", "confirmed"], "this process is at it"
    await looks.look(2)
    found = await looks.now(sending)
    assert (found.state, found.error, found.unknown_at) == ("unknown", "Interrupted", SENT + 2 * SECOND)
    assert await looks.due(sending) == 5
    assert ((await looks.now(confirmed)).state, (await looks.now(confirmed)).error) == ("not_sent", "Interrupted")
    assert looks.told == [sending.confirmation_id, confirmed.confirmation_id]
    assert looks.written() == [("unknown", {"error": "Interrupted"}), ("not_sent", {"error": "Interrupted"})]
    assert looks.rig.requests("getproxy") == [], "what was lost is looked for in its turn"


async def test_what_is_to_be_renamed_is_not_looked_for(looks: Looks) -> None:
    order = await looks.buy(state="done", rename="pending")
    looks.bought(order)
    other = await looks.buy("b", state="done", rename="pending", mark="another")
    await looks.look(5)
    assert [call.method for call in looks.rig.px6.calls][-2:].count("setdescr") >= 1
    assert ((await looks.now(order)).rename, (await looks.now(order)).looks) == ("done", 0)
    assert (await looks.now(other)).rename_tries == 1


@pytest.mark.parametrize("reason", ["NoKey", "OtherAccount"])
async def test_a_rename_waits_for_a_key_to_the_account(looks: Looks, reason: str) -> None:
    waiting = [await looks.buy(name, state="done", rename="pending") for name in "ab"]
    if reason == "NoKey":
        async with looks.rig.database.write() as connection:
            await run(connection, "DELETE FROM accounts")
    else:
        await looks.rig.replaces_key(looks.rig.px6.add_account().key)
    await looks.look(0)
    for one in waiting:
        assert ((await looks.now(one)).rename, (await looks.now(one)).rename_tries) == ("pending", 0)
        assert await looks.due(one) == 3600


# -- after a start


STARTS: dict[str, tuple[str, str, timedelta, bool]] = {
    "tapped a quarter of an hour ago": ("confirmed", "person", 15 * MINUTE, True),
    "tapped a second more ago": ("confirmed", "person", 15 * MINUTE + SECOND, False),
    "tapped in a quarter of an hour: the clock was set back": ("confirmed", "person", -15 * MINUTE, True),
    "tapped later than that": ("confirmed", "person", -15 * MINUTE - SECOND, False),
    "a digest's": ("confirmed", "digest", MINUTE, True),
    "a rule's": ("confirmed", "rule", MINUTE, False),
    "being sent": ("sending", "person", MINUTE, False),
}


@pytest.mark.parametrize(("state", "source", "ago", "carried_on"), STARTS.values(), ids=STARTS)
async def test_what_a_start_carries_on(
    looks: Looks, state: str, source: str, ago: timedelta, carried_on: bool
) -> None:
    confirmation = await laid(looks.rig, quote_of(looks.rig, "a", [1], [2], source=source), looks.hands)
    await looks.journal.start(confirmation.id)
    first, second = confirmation.orders
    await looks.puts(first, state=state, sent_at=SENT if state == "sending" else None)
    looks.hands.move(ago)
    assert await looks.settler.recover() == [confirmation.id] * carried_on
    assert (looks.told, looks.news()) == ([], [0 if carried_on else 2]), "nobody is told yet"
    states = [str((await looks.now(one)).state) for one in (first, second)]
    if carried_on:
        assert states == ["confirmed", "confirmed"]
    else:
        assert states == ["unknown" if state == "sending" else "not_sent", "not_sent"]
    assert await looks.journal.start(confirmation.id) is carried_on, "whoever carries it on takes it"


async def test_a_start_names_what_is_to_be_carried_on_in_its_order(looks: Looks) -> None:
    ids = [(await laid(looks.rig, quote_of(looks.rig, f"q{at}", [at]), looks.hands)).id for at in range(1, 13)]
    await looks.puts(await looks.prolong("last"), leased_until=SENT + HOUR)
    assert await looks.settler.recover() == ids
    assert looks.rig.rows("SELECT count(*) FROM orders WHERE leased_until IS NOT NULL") == [(0,)]


# -- what the person says


async def asked(looks: Looks, *, buy: bool = True) -> Order:
    """An order of which nothing came, while 5.00 were added."""
    order = await (looks.buy() if buy else looks.prolong())
    await looks.look(0)
    looks.rig.account.balance += 5
    await looks.look(600)
    order = await looks.now(order)
    assert (order.state, order.top_up) == ("unclear", Decimal(5))
    looks.hands.move(SECOND)
    looks.told.clear()
    return order


async def test_who_topped_up_has_spent_nothing(looks: Looks) -> None:
    order = await asked(looks)
    await looks.settler.answer_top_up(order, topped_up=True)
    found = await looks.now(order)
    assert (found.state, found.top_up, found.charged, found.rename) == ("not_done", None, None, None)
    assert (found.settled_at, looks.told) == (SENT + 601 * SECOND, [])
    seen = {"balance": "1005.00", "proxies": 0, "verdict": "unclear", "charged": None, "ends": {}}
    assert looks.written()[-1] == ("answered by person", {"topped up": True, **seen})


async def test_who_did_not_top_up_leaves_it_unclear_and_is_not_asked_again(looks: Looks) -> None:
    order = await asked(looks)
    reads = len(looks.rig.requests("getproxy"))
    await looks.settler.answer_top_up(order, topped_up=False)
    found = await looks.now(order)
    assert (found.state, found.top_up, len(looks.rig.requests("getproxy"))) == ("unclear", None, reads)
    assert looks.written()[-1] == ("answered by person", {"topped up": False})


async def test_of_two_answers_the_one_that_is_written_first_decides(looks: Looks) -> None:
    """The owner's and a colleague's: a yes that was read at px6 for a while comes after the other one's no."""
    order = await asked(looks)
    await looks.settler.answer_top_up(order, topped_up=False)
    await looks.settler.answer_top_up(order, topped_up=True)
    found = await looks.now(order)
    assert (found.state, found.top_up) == ("unclear", None)
    assert looks.written()[-1] == ("answered by person", {"topped up": False})


async def test_what_px6_shows_by_then_is_better_than_what_the_person_says(looks: Looks) -> None:
    order = await asked(looks)
    bought = looks.bought(order)
    await looks.settler.answer_top_up(order, topped_up=True)
    found = await looks.now(order)
    assert (found.state, found.ids, found.rename) == ("done", (bought,), "pending")


async def test_a_yes_to_another_sum_than_by_now_is_asked_anew(looks: Looks) -> None:
    order = await asked(looks, buy=False)
    looks.rig.account.balance += 1
    await looks.settler.answer_top_up(order, topped_up=True)
    found = await looks.now(order)
    assert (found.state, found.top_up) == ("unclear", Decimal(6))


@pytest.mark.parametrize("values", [{"state": "not_done"}, {"top_up": None}])
async def test_an_answer_to_what_is_not_asked_counts_for_nothing(looks: Looks, values: dict[str, Any]) -> None:
    order = await asked(looks)
    await looks.puts(order, **values)
    lines = looks.written()
    await looks.settler.answer_top_up(await looks.now(order), topped_up=True)
    assert looks.written() == lines


# -- pure


def verdict(state: str, **given: Any) -> Verdict:
    return Verdict(state=OrderState(state), **given)


ENDS: dict[int, datetime | None] = {1: END}
SAID: dict[str, tuple[str, Verdict | None, Verdict]] = {
    "nothing is known": ("buy", None, verdict("unclear")),
    "a prolong that stands there": (
        "prolong",
        verdict("done", ends=ENDS, charged=Decimal(1)),
        verdict("unclear", ends=ENDS),
    ),
    "a buy that stands there": ("buy", verdict("done", ends=ENDS), verdict("done", ends=ENDS)),
    "the same sum": ("buy", verdict("unclear", top_up=Decimal(5)), verdict("not_done")),
    "another sum": ("buy", verdict("unclear", top_up=Decimal(6)), verdict("unclear", top_up=Decimal(6))),
    "a prolong of which nothing came": ("prolong", verdict("not_done"), verdict("not_done")),
    "something unclear": ("prolong", verdict("unclear", ends=ENDS), verdict("unclear", ends=ENDS)),
}


@pytest.mark.parametrize(("kind", "found", "then"), SAID.values(), ids=SAID)
def test_what_a_yes_to_a_top_up_means(kind: str, found: Verdict | None, then: Verdict) -> None:
    assert with_top_up(order(kind, top_up="5.00"), found) == then


def test_an_order_is_marked_where_px6_lists_its_mark() -> None:
    def seen(*comments: str) -> ProxyList:
        listed = tuple(proxy(at, descr=comment) for at, comment in enumerate(comments))
        return ProxyList(user_id="7", balance=Decimal(1), currency="RUB", proxies=listed)

    assert [is_marked(order("buy"), seen(*each)) for each in ((), ("x",), ("x", MARK))] == [False, False, True]
    assert not is_marked(order("prolong"), seen(MARK))


def test_what_a_look_saw_is_written_down_without_the_proxies() -> None:
    seen = ProxyList(user_id="7", balance=Decimal(1), currency="RUB", proxies=(proxy(1),), unreadable=2)
    assert look_record(seen, None) == {"balance": Decimal(1), "proxies": 1, "unreadable": 2}
    seen = ProxyList(user_id="7", balance=Decimal(1), currency="RUB", proxies=())
    assert look_record(seen, verdict("done", ends=ENDS)) == {
        "balance": Decimal(1),
        "proxies": 0,
        "verdict": "done",
        "charged": None,
        "ends": ENDS,
    }
