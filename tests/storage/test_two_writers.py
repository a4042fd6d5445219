"""Two processes write one PostgreSQL at once. Each test fails without what `docs/architecture.md` names for it.

The first has done its work and not committed it yet; then the second begins, and comes as far as it can.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Option, Part, Quote
from px6 import Px6Pool
from services.account.accounts import Accounts
from services.account.key_store import KeyStore
from services.account.people import People
from services.ground.clock_steps import ClockSteps
from services.orders.journal import Journal
from storage import (
    accounts,
    bots,
    broadcasts,
    clock_steps,
    confirmations,
    locks,
    maintenance_mode,
    monthly_sums,
    people,
    pruning,
    reminders,
    rules,
    selections,
    unsettled,
    watches,
)
from storage import orders as orders_of
from storage import quotes as stored_quotes
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.schema import confirmations as confirmed
from storage.schema import orders, run_proxies, runs
from storage.schema import watches as watch_table
from tests.databases import lay_database, url_of
from tests.durations import DAY, HOUR, MINUTE
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, a_quote, a_rule, an_order

pytestmark = pytest.mark.postgresql

ANN, BOB = 1001, 1002
RING = Keyring([bytes(32)])
Work = Callable[[AsyncConnection], Awaitable[Any]]


class Two:
    """Two processes on one database, which knows Ann and Bob."""

    def __init__(self, first: Database, second: Database) -> None:
        self.first, self.second = first, second

    async def at_once(self, first: Work, second: Work) -> tuple[Any, Any]:
        """What both give; the second begins before the first commits."""
        async with self.first.write() as connection:
            one = await first(connection)
            task = asyncio.ensure_future(self._by_second(second))
            await self._has_come_far(task)
        return one, await task

    async def beside(self, work: Work, other: Awaitable[Any]) -> Any:
        """What the other gives, which begins transactions of its own, before `work` is committed."""
        async with self.first.write() as connection:
            await work(connection)
            task = asyncio.ensure_future(other)
            await self._has_come_far(task)
        return await task

    async def _by_second(self, work: Work) -> Any:
        async with self.second.write() as connection:
            return await work(connection)

    async def _has_come_far(self, task: asyncio.Future[Any]) -> None:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while not task.done():
            async with self.first.read() as connection:
                if (await connection.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.002)

    async def done(self, work: Work) -> Any:
        async with self.first.write() as connection:
            return await work(connection)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    await lay_database(tmp_path)
    both = [await Database.open(url_of(tmp_path), RING) for _ in range(2)]
    async with both[0].write() as connection:
        for person in (ANN, BOB):
            await people.create(connection, person, "en", NOW)
    yield Two(*both)
    for database in both:
        await database.close()


async def test_two_sweeps_claim_other_accounts(two: Two) -> None:
    async def lay(connection: AsyncConnection) -> None:
        for person in range(1, 201):
            await people.create(connection, person, "en", NOW)
            await watches.watch(connection, person, NOW - MINUTE, same_account=False)

    def claiming(lease: str) -> Work:
        due = watches.due_query(NOW, NOW + DAY, HOUR, 100)
        return lambda connection: watches.claim(connection, due, NOW + HOUR, lease)

    await two.done(lay)
    first, second = await two.at_once(claiming("a"), claiming("b"))
    assert len(first) == len(second) == 100
    assert not set(first) & set(second)


async def test_what_is_given_back_while_others_claim_is_nobodys(two: Two) -> None:
    async def lay(connection: AsyncConnection) -> None:
        for person in (ANN, BOB):
            await watches.watch(connection, person, NOW - MINUTE, same_account=False)
        await watches.claim(connection, watches.due_query(NOW, NOW + DAY, HOUR, 9), NOW + HOUR, "a")

    await two.done(lay)
    await two.at_once(
        lambda connection: watches.give_back(connection, [BOB, ANN], "a", NOW),
        lambda connection: watches.give_back(connection, [ANN, BOB], "a", NOW + HOUR),
    )
    async with two.first.read() as connection:
        assert set((await connection.execute(watch_table.select())).all()) == {
            (ANN, NOW, None, NOW - MINUTE),
            (BOB, NOW, None, NOW - MINUTE),
        }


async def test_a_quote_is_taken_once(two: Two) -> None:
    await two.done(lambda connection: a_quote(connection, "q"))

    async def take(connection: AsyncConnection) -> bool:
        return await stored_quotes.take(connection, ANN, "q", NOW - DAY) is not None

    assert await two.at_once(take, take) == (True, False)


async def test_an_order_is_leased_once(two: Two) -> None:
    async def lay(connection: AsyncConnection) -> list[int]:
        made = [await an_order(connection, await a_confirmation(connection, str(n)), state="unknown") for n in "ab"]
        await connection.execute(update(orders).values(due_at=NOW))
        return made

    made = await two.done(lay)
    first, second = await two.at_once(
        lambda connection: unsettled.lease(connection, made[:1], NOW, HOUR),
        lambda connection: unsettled.lease(connection, made, NOW, HOUR),
    )
    assert [[order.id for order in each] for each in (first, second)] == [made[:1], made[1:]]


async def test_no_tick_is_lost(two: Two) -> None:
    made = await two.done(lambda connection: selections.create(connection, ANN, "check", [], NOW))
    await two.at_once(
        lambda connection: selections.toggle(connection, ANN, made.id, 1, NOW),
        lambda connection: selections.toggle_many(connection, ANN, made.id, [2, 3], 9, NOW),
    )
    async with two.first.read() as connection:
        found = await selections.get(connection, ANN, made.id)
    assert found is not None
    assert found.ids == (1, 2, 3)


async def test_no_choice_is_lost(two: Two) -> None:
    await two.at_once(
        lambda connection: people.remember(connection, ANN, {"period": 30}),
        lambda connection: people.ask(connection, ANN, "comment", 5),
    )
    found = await people.look_up(two.first, ANN)
    assert found is not None
    assert found.choices == {"period": 30, "asking": "comment", "asked": {"5": "comment"}}


async def test_the_limit_of_tries_holds(two: Two) -> None:
    async def count(connection: AsyncConnection) -> bool:
        return await accounts.count_try(connection, ANN, NOW, HOUR, 1) is not None

    assert await two.at_once(count, count) == (True, False)


async def test_a_proposed_key_is_adopted_once(two: Two) -> None:
    sealed = RING.seal("px6 key", ANN, accounts.PROPOSED_COLUMN)
    await two.done(
        lambda connection: accounts.propose(connection, ANN, px6_user_id="7", currency="RUB", sealed=sealed, now=NOW)
    )
    pool = Px6Pool(["http://127.0.0.1:9"])
    both = [Accounts(each, pool, People(each, lambda: NOW), lambda: NOW) for each in (two.first, two.second)]
    waiting = await both[0].proposal(ANN)
    assert waiting is not None
    found = await asyncio.gather(*(each.adopt(ANN, waiting.number) for each in both))
    await pool.close()
    assert sorted(each is None for each in found) == [False, True]


async def test_of_two_first_keys_one_is_stored_and_the_other_is_asked_about(two: Two) -> None:
    keys = KeyStore(RING, lambda: NOW)

    async def connect(connection: AsyncConnection, px6_user_id: str) -> int | None:
        place = await keys.place_for(connection, ANN, px6_user_id)
        if place is not None:
            await keys.store(connection, ANN, place, f"key of {px6_user_id}", px6_user_id, "RUB")
        return place

    found = await two.at_once(lambda one: connect(one, "7"), lambda other: connect(other, "8"))
    assert found == (ANN, None)


async def test_a_notice_is_counted_once(two: Two) -> None:
    async def notice(connection: AsyncConnection) -> bool:
        return await reminders.notice(connection, ANN, "kind", "key", NOW)

    assert await two.at_once(notice, notice) == (True, False)


async def test_an_end_is_reminded_of_once(two: Two) -> None:
    async def write(connection: AsyncConnection) -> bool:
        ends = {7: NOW + DAY}
        rows = [(7, NOW + DAY, 3600)]
        made = await reminders.write_digest(connection, ANN, "soon", rows, ends, None, NOW, NOW + HOUR)
        return made is not None

    assert await two.at_once(write, write) == (True, False)


async def test_a_run_that_pays_is_not_skipped_nor_loses_its_proxies_and_one_that_is_dropped_does_not_pay(
    two: Two,
) -> None:
    async def lay(connection: AsyncConnection) -> tuple[int, int]:
        rule = await a_rule(connection)
        values = {"run_at": NOW, "price": Decimal(1), "currency": "RUB", "state": "running", "cycle": 1}
        made = insert(runs).values(telegram_id=ANN, rule_id=rule, **values).returning(runs.c.id)
        run = int((await connection.execute(made)).scalar_one())
        row = {"telegram_id": ANN, "proxy_id": 7, "end": NOW + DAY, "run_id": run, "price": Decimal(1)}
        await connection.execute(insert(run_proxies).values(**row))
        return run, await a_confirmation(connection, "by the rule")

    run, paid = await two.done(lay)

    async def unpaid(connection: AsyncConnection) -> None:
        await rules.move_run(connection, run, ["running"], "running", confirmation_id=None)

    for second in (
        lambda connection: rules.skip(connection, ANN, 1),
        lambda connection: rules.release(connection, ANN),
    ):
        await two.done(unpaid)
        begun, given = await two.at_once(lambda connection: rules.begin_paying(connection, run, paid), second)
        assert begun and given in (0, None)
        async with two.first.read() as connection:
            [found] = await rules.open_runs(connection, ANN)
        assert (found.state, found.ends) == ("running", {7: NOW + DAY})
    await two.done(unpaid)
    _, begun = await two.at_once(
        lambda connection: rules.release(connection, ANN),
        lambda connection: rules.begin_paying(connection, run, paid),
    )
    assert not begun


async def a_broadcast(connection: AsyncConnection) -> Any:
    """To Ann and Bob, who have not had their turns."""
    await people.create(connection, 1, "en", NOW)
    made = await broadcasts.add(connection, 1, "news", [], NOW)
    await broadcasts.move(connection, 1, made, "draft", "running")
    return await broadcasts.get(connection, 1, made)


async def test_everybody_has_one_turn_in_a_broadcast(two: Two) -> None:
    broadcast = await two.done(a_broadcast)

    async def take(connection: AsyncConnection) -> int | None:
        return await broadcasts.take_next(connection, broadcast, ())

    assert await two.at_once(take, take) == (ANN, BOB)


async def test_a_turn_that_is_given_back_while_its_person_is_erased_is_nobodys(two: Two) -> None:
    broadcast = await two.done(a_broadcast)
    assert await two.done(lambda connection: broadcasts.take_next(connection, broadcast, ())) == ANN
    await two.at_once(
        lambda connection: people.erase(connection, ANN),
        lambda connection: broadcasts.give_back(connection, broadcast, ANN),
    )
    found = await two.done(lambda connection: broadcasts.get(connection, 1, broadcast.id))
    assert (found.state, found.turns) == ("running", 0)
    assert await two.done(lambda connection: broadcasts.take_next(connection, broadcast, ())) == BOB


async def an_ended_payment(connection: AsyncConnection) -> list[int]:
    made = await a_confirmation(connection, "q")
    order = await an_order(connection, made, state="done")
    ended = {"charged": Decimal(21), "settled_at": NOW, "due_at": None}
    await connection.execute(update(orders).where(orders.c.id == order).values(**ended))
    return [made]


async def test_a_payment_that_is_looked_for_again_is_not_pruned_meanwhile(two: Two) -> None:
    ids = await two.done(an_ended_payment)

    async def look_again(connection: AsyncConnection) -> None:
        await locks.person(connection, ANN)
        await connection.execute(update(orders).values(state="unknown", settled_at=None, due_at=NOW))

    async def remove(connection: AsyncConnection) -> int:
        return await pruning.remove_payments(connection, ids, NOW + DAY)

    assert await two.at_once(look_again, remove) == (None, 0)


async def test_a_pruned_payment_counts_once(two: Two) -> None:
    ids = await two.done(an_ended_payment)

    async def remove(connection: AsyncConnection) -> int:
        return await pruning.remove_payments(connection, ids, NOW + DAY)

    assert await two.at_once(remove, remove) == (1, 0)
    async with two.first.read() as connection:
        [month] = await monthly_sums.by_month(connection, ANN, None, 9)
    assert (month.sum, month.count) == (Decimal("21.00"), 1)


async def test_two_starts_at_once_give_the_database_to_the_bot(two: Two) -> None:
    await asyncio.gather(*(bots.belong(database, 7, NOW) for database in (two.first, two.second)))
    async with two.first.read() as connection:
        assert (await connection.execute(text("SELECT bot_id FROM bots"))).scalars().all() == [7]


async def test_plans_are_moved_while_others_work_for_people_and_nobody_waits_for_ever(two: Two) -> None:
    """Somebody comes back: their account is looked at, then they are told. The clock is set in between."""

    async def lay(connection: AsyncConnection) -> None:
        for person in (ANN, BOB):
            await watches.watch(connection, person, NOW + HOUR, same_account=False)
        await confirmations.changed(connection, await a_confirmation(connection, "q"), NOW + HOUR)

    async def move(connection: AsyncConnection) -> None:
        await clock_steps.bring_forward(connection, HOUR, NOW)

    await two.done(lay)
    async with two.first.write() as connection:
        await people.change(connection, ANN, blocked_at=None)
        await watches.wake(connection, ANN, NOW + HOUR)
        moving = asyncio.ensure_future(two._by_second(move))
        await two._has_come_far(moving)
        await confirmations.tell_again(connection, ANN, NOW + HOUR)
    await moving
    async with two.first.read() as connection:
        told = (await connection.execute(select(confirmed.c.tell_at))).scalars().all()
    assert (await planned(two), told) == (NOW, [NOW])


async def test_a_clock_that_is_set_moves_plans_once_whoever_sees_it(two: Two) -> None:
    await two.done(lambda connection: watches.watch(connection, ANN, NOW + DAY, same_account=False))
    seconds = [0.0]
    clocks = [NOW]
    first, second, elsewhere = (
        ClockSteps(database, lambda: clocks[0], lambda: seconds[0], machine)
        for database, machine in ((two.first, "here"), (two.second, "here"), (two.second, "elsewhere"))
    )
    for each in (first, second, elsewhere):
        await each.since_the_stop()
    clocks[0] -= HOUR
    await asyncio.gather(first.stepped(-HOUR), second.stepped(-HOUR))
    assert await planned(two) == NOW + DAY - HOUR
    clocks[0] += HOUR
    await asyncio.gather(first.stepped(HOUR), second.stepped(HOUR))
    seconds[0] += 60
    clocks[0] += MINUTE - HOUR
    await asyncio.gather(first.stepped(-HOUR), second.stepped(-HOUR))
    assert await planned(two) == NOW + DAY - 2 * HOUR
    await elsewhere.stepped(-HOUR)
    assert await planned(two) == NOW + DAY - 3 * HOUR


async def planned(two: Two, person: int = ANN) -> datetime:
    """When the next look at somebody's account is."""
    query = select(watch_table.c.next_look_at).where(watch_table.c.telegram_id == person)
    async with two.first.read() as connection:
        found: datetime = (await connection.execute(query)).scalar_one()
    return found


# -- payments


def a_prolong(name: str, person: int, *parts: int) -> Quote:
    return Quote(
        id=name,
        telegram_id=person,
        px6_user_id="7",
        kind="prolong",
        wish=None,
        parts=tuple(Part(count=1, ids=(one,), prices=(Decimal(21),)) for one in parts),
        ends=dict.fromkeys(parts, NOW + DAY),
        options=(Option(period=30, price=Decimal(42)),),
        balance=Decimal(100),
        currency="RUB",
        created_at=NOW,
    )


async def with_quotes(two: Two) -> tuple[Journal, Journal]:
    """Ann and Bob have the key of one px6 account, and are offered the same proxies."""

    async def connect(connection: AsyncConnection) -> None:
        for person in (ANN, BOB):
            await accounts.put(connection, person, px6_user_id="7", currency="RUB", sealed=b"0" * 40, now=NOW)

    await two.done(connect)
    first, second = (Journal(database, lambda: NOW) for database in (two.first, two.second))
    await first.add_quote(a_prolong("ann", ANN, 1, 2))
    await first.add_quote(a_prolong("bob", BOB, 2, 1))
    return first, second


async def test_two_people_on_one_account_pay_once_for_a_proxy(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has the first of its two orders when the other comes: without the lock both would wait for ever."""
    first, second = await with_quotes(two)
    add, half, go_on = orders_of.add_order, asyncio.Event(), asyncio.Event()

    async def add_slowly(connection: AsyncConnection, values: dict[str, Any], *more: Any, **named: Any) -> int:
        made = await add(connection, values, *more, **named)
        if values["telegram_id"] == ANN:
            half.set()
            await go_on.wait()
        return made

    monkeypatch.setattr(orders_of, "add_order", add_slowly)
    ann = asyncio.ensure_future(first.claim(ANN, "ann", 30))
    await half.wait()
    bob = asyncio.ensure_future(second.claim(BOB, "bob", 30))
    await two._has_come_far(bob)
    go_on.set()
    claims = await asyncio.gather(ann, bob)
    assert sorted((claim.won, claim.reason) for claim in claims) == [(False, "busy"), (True, None)]


async def test_one_of_two_taps_wins_and_the_other_hears_of_it(two: Two) -> None:
    first, second = await with_quotes(two)
    claims = await asyncio.gather(first.claim(ANN, "ann", 30), second.claim(ANN, "ann", 30))
    won, lost = sorted(claims, key=lambda claim: not claim.won)
    assert (won.won, lost.won, lost.reason) == (True, False, "claimed")
    assert lost.confirmation is not None and won.confirmation is not None
    assert lost.confirmation.id == won.confirmation.id


async def test_no_payment_begins_once_the_pause_is_there(two: Two) -> None:
    _, second = await with_quotes(two)
    claim = await two.beside(
        lambda connection: maintenance_mode.switch_on(connection, None, NOW), second.claim(ANN, "ann", 30)
    )
    assert (claim.won, claim.reason) == (False, "maintenance")


async def test_an_account_that_is_being_forgotten_gets_no_quote(two: Two) -> None:
    _, second = await with_quotes(two)

    async def forget(connection: AsyncConnection) -> None:
        await people.erase(connection, ANN)

    claim = await two.beside(forget, second.claim(ANN, "ann", 30))
    assert (claim.won, claim.reason) == (False, "gone")


async def test_what_is_being_sent_is_not_started_anew(two: Two) -> None:
    first, second = await with_quotes(two)
    claim = await first.claim(ANN, "ann", 30)
    assert claim.confirmation is not None
    [order, _] = claim.confirmation.orders
    sent, anew = await asyncio.gather(
        first.sending(order, "prolong", {}, balance_before=Decimal(100)), second.start_anew(claim.confirmation.id)
    )
    assert sent is not None
    now = await first.confirmation(claim.confirmation.id)
    assert now is not None
    assert anew is False or now.orders[0].sent_at is not None
