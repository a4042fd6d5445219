"""When an account is looked at next, by which process, and what the last look said."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Outlook
from model.rules import Portion
from storage import accounts, looks, own_accounts, people, processes, reminders, rules, watches
from storage.schema import watches as table
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_rule

LATEST, LONGEST = NOW + 6 * HOUR, 5 * MINUTE
END = NOW + 3 * DAY


async def watch(connection: AsyncConnection, person: int, at: datetime | None, lease: str | None = None) -> None:
    await watches.watch(connection, person, NOW - DAY, same_account=True)
    values = {"next_look_at": at, "lease": lease}
    await connection.execute(update(table).where(table.c.telegram_id == person).values(**values))


async def state(connection: AsyncConnection, person: int = 1001) -> tuple[datetime | None, str | None]:
    query = select(table.c.next_look_at, table.c.lease).where(table.c.telegram_id == person)
    at, lease = (await connection.execute(query)).one()
    return at, lease


async def due(connection: AsyncConnection, most: int = 10, allowed: tuple[int, ...] = (), **more: Any) -> list[int]:
    return await watches.due_query(NOW, LATEST, LONGEST, most, allowed, **more).telegram_ids(connection)


@pytest.mark.parametrize(
    ("at", "lease", "found"),
    [(NOW, None, True), (NOW + SECOND, None, False), (NOW - DAY, "of a dead process", True), (None, None, False),
     (LATEST, None, False), (LATEST + SECOND, None, True),
     (NOW + LONGEST, "held", False), (NOW + LONGEST + MINUTE, "by a clock that is ahead", False),
     (NOW + LONGEST + MINUTE + SECOND, "held", True), (NOW + LONGEST + MINUTE + SECOND, None, False),
     (LATEST, "held", True), (LATEST + SECOND, "held", True)],
)  # fmt: skip
async def test_an_account_is_due_at_its_time_or_when_the_clock_was_set_back(
    connection: AsyncConnection, at: datetime | None, lease: str | None, found: bool
) -> None:
    await watch(connection, 1001, at, lease)
    assert await due(connection) == ([1001] if found else [])


async def test_what_another_process_has_claimed_is_not_due_although_its_clock_was_read_later(
    connection: AsyncConnection,
) -> None:
    await watch(connection, 1001, NOW)
    later = NOW + SECOND / 1000
    taken = watches.due_query(later, LATEST, LONGEST, 5)
    assert await watches.claim(connection, taken, later + LONGEST, "another's") == [1001]
    assert await due(connection) == []


async def test_those_that_wait_longest_come_first_and_only_those_that_are_let_in(connection: AsyncConnection) -> None:
    for number, minutes in ((1003, 1), (1004, 3), (1005, 2)):
        await people.create(connection, number, "en", NOW)
        await watch(connection, number, NOW - minutes * MINUTE)
    assert await due(connection, 2) == [1004, 1005]
    assert await due(connection, 1, (1003, 1005)) == [1005]
    assert sorted(await due(connection, 9, (1003, 1001))) == [1003]
    assert await watches.count_due(connection, NOW - 2 * MINUTE) == (2, NOW - 3 * MINUTE)
    assert await watches.count_due(connection, NOW - 2 * MINUTE, (1003, 1005)) == (1, NOW - 2 * MINUTE)


@pytest.mark.parametrize(
    ("run_at", "run_state", "paying"),
    [(NOW, "announced", True), (NOW + SECOND, "announced", False), (NOW, "announcing", False),
     (NOW, "running", False)],
)  # fmt: skip
async def test_an_account_for_which_a_rule_is_to_pay_can_be_asked_for(
    connection: AsyncConnection, run_at: datetime, run_state: str, paying: bool
) -> None:
    await watch(connection, 1001, NOW)
    await watch(connection, 1002, NOW)
    portion = Portion(run_at=run_at, ends={1: END}, prices={1: Decimal("21.00")})
    cycle = await rules.announce(connection, 1001, await a_rule(connection), [portion], "RUB", NOW)
    assert cycle is not None
    assert await rules.move_run(connection, cycle, ["announcing"], run_state)
    assert await due(connection, paying=True) == ([1001] if paying else [])
    assert sorted(await due(connection)) == [1001, 1002]
    for person in (1001, 1002):
        await watch(connection, person, NOW + HOUR, "held")
    await watches.wake_payers(connection, NOW)
    assert await state(connection) == ((NOW, None) if paying else (NOW + HOUR, "held"))
    assert await state(connection, 1002) == (NOW + HOUR, "held")


async def test_what_one_process_claims_no_other_gets_until_its_lease_ends(connection: AsyncConnection) -> None:
    await watch(connection, 1001, NOW)
    await watch(connection, 1002, NOW + HOUR)
    query = watches.due_query(NOW, LATEST, LONGEST, 10)
    assert await watches.claim(connection, query, NOW + LONGEST, "mine") == [1001]
    assert await watches.claim(connection, query, NOW + LONGEST, "another's") == []
    assert await state(connection) == (NOW + LONGEST, "mine")
    assert await state(connection, 1002) == (NOW + HOUR, None)
    await watches.claim_one(connection, 1002, NOW + LONGEST, "mine")
    assert await state(connection, 1002) == (NOW + LONGEST, "mine")


async def test_a_look_plans_the_next_one_unless_something_woke_the_account(connection: AsyncConnection) -> None:
    await watch(connection, 1001, NOW + LONGEST, "mine")
    await watches.plan_look(connection, 1001, "another's", NOW + HOUR)
    assert await state(connection) == (NOW + LONGEST, "mine")
    await watches.plan_look(connection, 1001, "mine", NOW + HOUR)
    assert await state(connection) == (NOW + HOUR, None)
    await watches.claim_one(connection, 1001, NOW + LONGEST, "mine")
    await watches.wake(connection, 1001, NOW)
    await watches.plan_look(connection, 1001, "mine", None)
    assert await state(connection) == (NOW, None)


async def test_claimed_accounts_are_given_back_by_their_holder(connection: AsyncConnection) -> None:
    await watch(connection, 1001, NOW + LONGEST, "mine")
    await watch(connection, 1002, NOW + LONGEST, "another's")
    await watches.give_back(connection, [1001, 1002], "mine", NOW)
    assert await state(connection) == (NOW, None)
    assert await state(connection, 1002) == (NOW + LONGEST, "another's")


@pytest.mark.parametrize(("by", "planned"), [(HOUR - SECOND, HOUR - SECOND), (HOUR, HOUR), (HOUR + SECOND, HOUR)])
async def test_a_look_is_brought_forward_and_never_put_off(
    connection: AsyncConnection, by: Any, planned: Any
) -> None:
    await watch(connection, 1001, NOW + HOUR, "mine")
    await watches.wake_by(connection, 1001, NOW + by)
    assert await state(connection) == (NOW + planned, None if by < HOUR else "mine")


async def keep(connection: AsyncConnection, balance: str = "5.00", **more: Any) -> None:
    await watches.keep_snapshot(
        connection,
        1001,
        px6_user_id="7",
        read_at=NOW,
        balance=Decimal(balance),
        currency="RUB",
        ends={1: END, 2: END + SECOND},
        **more,
    )


async def row(connection: AsyncConnection) -> looks.LookRow:
    await accounts.put(connection, 1001, px6_user_id="7", currency="RUB", sealed=b"x", now=NOW)
    found = await looks.read(connection, 1001, "7", NOW)
    assert found is not None
    return found


def forecast(cost: str, lasts_until: datetime | None = END) -> Outlook:
    sums = {"balance": Decimal("5.00"), "cost": Decimal(cost)}
    return Outlook(made_at=NOW, currency="RUB", lasts_until=lasts_until, at_most=True, **sums)


def test_a_forecast_that_an_older_version_kept_holds_for_no_account() -> None:
    old = watches.outlook_from({"at": NOW.timestamp(), "balance": "5.00", "cost": "7.00", "until": None})
    assert old == structs.replace(forecast("7.00", None), currency="", at_most=False)


async def test_a_snapshot_keeps_what_px6_said_and_the_forecast_of_before(connection: AsyncConnection) -> None:
    assert (await row(connection)).seen is None
    assert await watches.outlook(connection, 1001) is None
    await keep(connection, outlook=forecast("7.00"))
    await keep(connection, "4.00")
    found = (await row(connection)).seen
    assert found is not None
    assert (found.balance, found.currency, found.read_at) == (Decimal("4.00"), "RUB", NOW)
    assert found.ends == {1: END, 2: END + SECOND}
    assert await watches.outlook(connection, 1001) == forecast("7.00")
    await keep(connection, outlook=forecast("8.00", None))
    assert await watches.outlook(connection, 1001) == forecast("8.00", None)
    await watches.keep_outlook(connection, 1001, forecast("9.00"))
    assert await watches.outlook(connection, 1001) == forecast("9.00")


@pytest.mark.parametrize("same_account", [True, False])
async def test_another_account_begins_anew_and_another_key_of_the_same_goes_on(
    connection: AsyncConnection, same_account: bool
) -> None:
    await watch(connection, 1001, NOW + HOUR, "mine")
    await keep(connection)
    await reminders.put_amounts(connection, 1001, "low", {"7": Decimal("5.00")}, NOW)
    await reminders.notice(connection, 1001, "key", "once", NOW)
    await watches.watch(connection, 1001, NOW, same_account=same_account)
    assert await state(connection) == (NOW, None)
    assert (await row(connection)).since == (NOW - DAY if same_account else NOW)
    assert ((await row(connection)).seen is not None) is same_account
    assert list(await reminders.amounts_said(connection, 1001, "low")) == (["7"] if same_account else [])
    assert not await reminders.notice(connection, 1001, "key", "once", NOW), "it names no sum"


async def test_only_what_a_process_had_claimed_that_is_gone_is_due_again(connection: AsyncConnection) -> None:
    """The first 16 characters of a lease are its process's."""
    here, gone, plan = "a" * 16, "b" * 16, NOW + HOUR
    await processes.begin(connection, here, HOUR)
    await people.create(connection, 1003, "en", NOW)
    for person, lease in ((1001, f"{here}1"), (1002, f"{gone}1"), (1003, None)):
        await watch(connection, person, plan, lease)
    await watches.give_back_left(connection, NOW)
    rows = await connection.execute(select(table.c.next_look_at, table.c.lease).order_by(table.c.telegram_id))
    assert [tuple(row) for row in rows] == [(plan, f"{here}1"), (NOW, None), (plan, None)]


@pytest.mark.parametrize(
    ("planned", "by", "at_once"),
    [(HOUR - SECOND, (HOUR - SECOND, "held"), (HOUR, None)), (HOUR, (HOUR, "held"), (HOUR, None)),
     (HOUR + SECOND, (HOUR, None), (HOUR, None))],
)  # fmt: skip
async def test_all_accounts_of_a_person_are_looked_at_by_a_moment_or_at_once_and_nobody_elses(
    connection: AsyncConnection, planned: Any, by: tuple[Any, str | None], at_once: tuple[Any, str | None]
) -> None:
    await own_accounts.add(connection, 1001, 5001, 1, NOW)
    for wake, after in ((watches.wake_all_by, by), (watches.wake_all, at_once)):
        for person in (1001, 1002, 5001):
            await watch(connection, person, NOW + planned, "held")
        await wake(connection, 5001, NOW + HOUR)
        assert await state(connection) == await state(connection, 5001) == (NOW + after[0], after[1])
        assert await state(connection, 1002) == (NOW + planned, "held")


async def test_an_account_that_is_looked_at_no_more_is_woken_at_once_and_not_by_a_moment(
    connection: AsyncConnection,
) -> None:
    await watch(connection, 1001, None)
    for wake in (watches.wake_by, watches.wake_all_by):
        await wake(connection, 1001, NOW)
        assert await state(connection) == (None, None)
    await watches.wake(connection, 1001, NOW)
    assert await state(connection) == (NOW, None)
