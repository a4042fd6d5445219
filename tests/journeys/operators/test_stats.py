"""/stats: what stands in it is what people and px6 did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from model.local_time import day_begun
from model.people import PersonId
from services.operators.reach import Reach
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.operators.conftest import CUSTOMER, OPERATOR
from tests.world import World


async def test_people_payments_and_health_are_counted(world: World) -> None:
    operator, phone, other = world.phone(OPERATOR), world.phone(CUSTOMER), world.phone(1003)
    said = await operator.says("/stats")
    assert said.startswith(
        "Figures\nPeople: 1; new in 30 days: 1; blocked the bot: 0\npx6 accounts: 0; refused keys: 0"
    )
    assert "Paid today: 0\nPaid in 30 days: 0\n" in said and "px6: not asked yet" in said
    await phone.connects()
    await other.connects(world.px6.add_account(currency="USD", balance="500").key)
    for each, when in ((phone, timedelta(0)), (other, timedelta(0)), (phone, DAY)):
        world.move(when)
        await each.says("/buy 2 30 de")
        await each.taps("Buy · ")
        assert (await each.reads()).startswith("Bought")
    spent = [spend.price for spend in world.px6.books(world.key)]
    [dollars] = [row[0] for row in world.rows("SELECT charged FROM orders WHERE currency = 'USD'")]
    await world.app.services.people.set_blocked(PersonId(1003), True)
    said = await operator.says("/stats")
    assert "People: 3; new in 30 days: 3; blocked the bot: 1\npx6 accounts: 2; refused keys: 0" in said
    assert f"Paid today: 1 · {spent[1]:.2f} RUB\n" in said
    assert f"Paid in 30 days: 2 · {sum(spent):.2f} RUB, 1 · {Decimal(dollars) / 10**6:.2f} USD\n" in said
    assert f"\n{'▁' * 28}█▅\n" in said
    assert "px6 answers, last" in said and "Telegram answers, last" in said
    assert "Days begin at midnight in UTC" in said
    await world.app.services.people.set_zone(PersonId(OPERATOR), "Europe/Berlin")
    await operator.taps("Read again")
    assert "Days begin" not in await operator.reads()
    await operator.taps("Maintenance")
    assert (await operator.reads()).startswith("Maintenance: off")


async def test_what_is_late_refused_or_unknown_is_counted(world: World) -> None:
    operator, phone = world.phone(OPERATOR), world.phone(CUSTOMER)
    await phone.connects()
    figures = world.app.services.figures
    await world.sweep()
    assert [(await figures.read(None)).due, (await figures.read(None)).late] == [0, 0]
    [(at,)] = world.rows("SELECT next_look_at FROM watches")
    due = datetime.fromtimestamp(at / 10**6, UTC)
    world.move(due - world.app.services.now() + 2 * MINUTE)
    assert [(await figures.read(None)).due, (await figures.read(None)).late] == [1, 0]
    world.move(MINUTE)
    assert "⚠️ Reminders: 1 due, 1 late, 0 not delivered" in await operator.says("/stats")
    await phone.says("/buy 1 30 de")
    world.px6.fault("no_before", "buy", error_id=400)
    await phone.taps("Buy · ")
    seen = await figures.read(None)
    assert (seen.refused, seen.unknown, seen.today, seen.by_day[-1]) == (1, 0, [], 0)


async def test_accounts_of_people_who_may_not_use_the_bot_are_neither_due_nor_late(world: World) -> None:
    """Nobody looks at them: they would be late for ever."""
    operator = world.phone(OPERATOR)
    await operator.connects()
    await world.phone(CUSTOMER).connects(world.px6.add_account().key)
    world.app.access.take((OPERATOR,), (OPERATOR,))
    world.move(2 * DAY)
    assert "⚠️ Reminders: 1 due, 1 late, 0 not delivered" in await operator.says("/stats")
    await world.sweep()
    assert "\nReminders: 0 due, 0 late, 0 not delivered" in await operator.says("/stats")


async def test_a_day_of_25_hours_has_all_of_its_payments_in_its_bar(world: World) -> None:
    operator, phone, berlin = world.phone(OPERATOR), world.phone(CUSTOMER), ZoneInfo("Europe/Berlin")
    await phone.connects()
    await operator.says("/language")
    await world.app.services.people.set_zone(PersonId(OPERATOR), "Europe/Berlin")
    world.move(datetime(2027, 10, 31, 23, 30, tzinfo=berlin) - world.app.services.now())
    await phone.says("/buy 2 30 de")
    await phone.taps("Buy · ")
    seen = await world.app.services.figures.read(berlin)
    assert ([paid.payments for paid in seen.today], seen.by_day[-1]) == ([1], 1)
    assert f"\n{'▁' * 29}█\n" in await operator.says("/stats")


async def test_px6_that_does_not_answer_is_named_and_a_no_is_an_answer(world: World) -> None:
    operator, phone = world.phone(OPERATOR), world.phone(CUSTOMER)
    await phone.connects()
    world.px6.fault("503_before", times=None)
    await phone.says("/balance")
    assert "⚠️ px6 does not answer since" in await operator.says("/stats")
    world.px6.clear_faults()
    world.px6.revoke(world.key)
    await phone.says("/balance")
    assert "px6 answers, last" in await operator.says("/stats")


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert day_begun(now, UTC) == datetime(2026, 11, 23, tzinfo=UTC)
    assert day_begun(now, ZoneInfo("Europe/Berlin")) == datetime(2026, 11, 23, 23, tzinfo=UTC)


def test_a_row_of_failures_counts_the_time_that_passed_since_its_first() -> None:
    now, passed = [datetime(2026, 11, 23, tzinfo=UTC)], [0.0]
    reach = Reach(lambda: now[0], lambda: passed[0])
    reach.note(False)
    now[0] += HOUR  # somebody has set the clock
    passed[0] += 60
    reach.note(False)
    assert (reach.failing_since, reach.failing_for) == (now[0] - HOUR, MINUTE)
    reach.note(True)
    assert (reach.failing_since, reach.failing_for, reach.answered_at) == (None, timedelta(0), now[0])
