"""/maintenance: no new payment begins, nothing is lost, what is under way ends; and all of it outlives a restart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from model.people import PersonId
from tests.customers import new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.operators.conftest import CUSTOMER, OPERATOR
from tests.px6_events import once_answered
from tests.world import World, green_buttons, world_without_bot

OURS = "Maintenance is under way: new payments are paused for a while. All else works."
LATER = "Nothing was spent; tap again later."


async def test_a_green_button_says_so_and_works_later(world: World) -> None:
    operator, phone = world.phone(OPERATOR), world.phone(CUSTOMER)
    await phone.connects()
    await phone.says("/buy 1 30 de")
    said = await operator.says("/maintenance on Back at 18:00, sorry")
    assert said.startswith("Maintenance: on") and "⚠️ Back at 18:00, sorry" in said
    answer = await phone.taps("Buy · ")
    assert (answer["text"], answer["show_alert"]) == (f"Back at 18:00, sorry\n{LATER}", True)
    assert world.rows("SELECT * FROM orders") == [] and world.asked("buy") == []
    assert "⚠️ Back at 18:00, sorry" in await phone.says("/start")
    assert "⚠️ Back at 18:00, sorry" in await phone.says("/buy 1 30 de")
    assert (await operator.says("/maintenance off")).startswith("Maintenance: off")
    await phone.taps("Buy · ")
    assert (await phone.reads()).startswith("Bought")
    assert len(world.asked("buy")) == 1
    assert "⚠️" not in await phone.says("/start")


async def test_without_a_text_people_read_the_bots_own_in_their_language(world: World) -> None:
    operator, phone = world.phone(OPERATOR), world.phone(CUSTOMER)
    await phone.connects()
    ends = [world.px6.add_proxy(world.key, ends_in=9 * DAY).id]
    await operator.says("/maintenance")
    await operator.taps("Pause payments")
    assert f"⚠️ {OURS}" in await operator.reads()
    assert f"⚠️ {OURS}" in await phone.says(f"/prolong 30 {ends[0]}")
    assert (await phone.taps("Prolong 30 days"))["text"] == f"{OURS}\n{LATER}"
    await world.app.services.people.set_language(PersonId(CUSTOMER), "ru")
    assert "⚠️ Идут технические работы" in await phone.says("/start")
    await operator.taps("Allow payments")
    assert (await operator.reads()).startswith("Maintenance: off")
    assert "⚠️" not in await phone.says("/start")


async def test_a_button_leaves_the_text_of_a_mode_that_is_on(world: World) -> None:
    operator = world.phone(OPERATOR)
    await operator.says("/maintenance")
    asked = (await operator.screen())["message_id"]
    await operator.says("/maintenance on first")
    since = world.rows("SELECT since FROM maintenance")
    await operator.taps("Pause payments", asked)
    assert (await operator.text_of(asked)).startswith("Maintenance: on")
    assert "⚠️ first" in await operator.reads()
    world.move(MINUTE)
    await operator.says("/maintenance on second")
    assert world.rows("SELECT since, text FROM maintenance") == [(*since[0], "second")]


async def test_what_is_wrong_changes_nothing(world: World) -> None:
    for text in ("/maintenance perhaps", "/maintenance off now", "/maintenance on " + "x" * 141):
        assert "Example: /maintenance on Back at 18:00" in await world.phone(OPERATOR).says(text)
    assert world.rows("SELECT * FROM maintenance") == []
    assert "on" in await world.phone(OPERATOR).says("/maintenance on " + "x" * 140)
    assert world.rows("SELECT text FROM maintenance") == [("x" * 140,)]


async def test_what_is_under_way_ends_and_a_confirmed_quote_tells_its_own_story(world: World) -> None:
    phone = world.phone(CUSTOMER)
    await phone.connects()
    await phone.says("/buy 1 30 de")
    message, data = await phone.green()

    async def begin() -> None:
        await world.app.services.maintenance.switch_on()

    tasks = world.app.background
    once_answered(world.px6, "getcount", lambda: tasks.start(begin()))
    await phone.taps("Buy · ")
    assert (await phone.reads()).startswith("Bought")
    await world.app.services.maintenance.switch_on()
    assert "already confirmed" in str((await phone.forges(data, message))["text"])


async def test_it_outlives_a_restart(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, admin_user_ids=frozenset({OPERATOR})) as world:
        phone = world.phone(CUSTOMER)
        async with world.running_bot(admin_user_ids=frozenset({OPERATOR})):
            await world.phone(OPERATOR).says("/maintenance on Moving house")
            await phone.connects()
            await phone.says("/buy 1 30 de")
        async with world.running_bot(admin_user_ids=frozenset({OPERATOR})):
            assert str((await phone.taps("Buy · "))["text"]).startswith("Moving house")
            await world.phone(OPERATOR).says("/maintenance off")
            await phone.taps("Buy · ")
            assert (await phone.reads()).startswith("Bought")


@pytest.mark.without_notices
async def test_reminders_go_on(world: World) -> None:
    ann = await new_customer(world)
    await world.app.services.maintenance.switch_on()
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    world.move(2 * DAY + MINUTE)
    [digest] = await ann.sweep()
    assert "1 proxy ends" in digest
    assert green_buttons(await ann.phone.screen())


@pytest.mark.without_notices
async def test_a_rule_waits_and_pays_with_the_first_sweep_after_it(world: World) -> None:
    ann = await new_customer(world)
    await ann.lets_a_rule_announce()
    await world.app.services.maintenance.switch_on()
    world.move(12 * HOUR)
    assert await ann.sweep() == []
    assert ann.books() == [] and world.rows("SELECT state FROM runs") == [("announced",)]
    await world.app.services.maintenance.switch_off()
    [receipt] = await ann.sweep()
    assert receipt.startswith("Prolonged 1 proxy")
    assert len(ann.books()) == 1


@pytest.mark.without_notices
async def test_in_the_last_hour_a_waiting_rule_says_so_once(world: World) -> None:
    ann = await new_customer(world)
    await ann.lets_a_rule_announce()
    await world.app.services.maintenance.switch_on()
    said = []
    for step in (12 * HOUR, 10 * HOUR + 50 * MINUTE, 20 * MINUTE, 20 * MINUTE):
        world.move(step)
        said.append(await ann.sweep())
    assert said[:2] == [[], []] and ann.books() == []
    [warning] = [text for texts in said[2:] for text in texts]
    assert "Payments are paused for maintenance. The rule tries again after it." in warning
    assert "This is the last warning before it ends." in warning


@pytest.mark.without_notices
async def test_a_mode_that_begins_between_a_rules_word_and_its_payment_calls_it_off(world: World) -> None:
    ann = await new_customer(world)
    await ann.lets_a_rule_announce()
    service = world.app.services.maintenance
    once_answered(world.px6, "getprice", lambda: world.app.background.start(service.switch_on()))
    world.move(12 * HOUR)
    [said] = await ann.sweep()
    assert "Payments are paused for maintenance. The rule tries again after it." in said
    assert said.endswith("Nothing was spent.")
    assert ann.books() == [] and world.rows("SELECT state FROM runs") == [("announced",)]
    await service.switch_off()
    world.move(timedelta(minutes=11))
    await ann.sweep()
    assert len(ann.books()) == 1
