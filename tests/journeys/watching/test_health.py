"""Proxies that are checked again and again: told once what fell and what is back, and what can be done then."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from bot.app import App
from bot.wiring import wired
from services.watching import health_round
from services.watching.health_look import HealthLook
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.watching.rounds import breaks, checked_every, dying, falls, has_them_checked, looked
from tests.quick import QuickPool, quick_pacing
from tests.world import World, buttons

pytestmark = pytest.mark.without_notices


def checked(world: World) -> list[int]:
    return [int(each["ids"]) for each in world.asked("check")]


async def test_what_falls_is_told_once_after_three_checks_and_what_is_back_once(world: World, ann: Customer) -> None:
    good, one, two = ann.add(3, ends_in=9 * DAY)
    ended = ann.add(1, ends_in=-DAY)
    await has_them_checked(ann)
    assert sorted(checked(world)) == sorted([good, one, two]), "only what runs"
    assert ended[0] not in checked(world)
    before = len(checked(world))
    [said] = await falls(ann, one, two)
    assert said.startswith("⚠️ 2 proxies stopped working\n") and f"· {one}" in said
    assert sorted(checked(world)[before + 3 :]) == sorted([one, two] * 2), "only what failed is checked again"
    await ann.phone.says("/watch")
    assert "1. Checking all proxies every hour: 1 of 3 work" in await ann.phone.reads()
    await ann.phone.taps("Show 1")
    assert "2 do not work" in await ann.phone.reads()
    await ann.phone.says(f"/check {one}")
    assert "in 0 of the last" not in await ann.phone.reads()
    assert world.rows("SELECT length(results) FROM check_histories WHERE proxy_id = ?", two) == [(16 * 4,)]
    await ann.news()
    world.move(HOUR)
    assert await looked(ann) == [], "told once"
    breaks(ann, one, alive=True)
    world.move(HOUR)
    [said] = await looked(ann)
    assert said.startswith("✅ 1 proxy works again\n") and said.endswith("1 still does not work.")
    world.move(HOUR)
    assert await looked(ann) == []
    assert world.rows("SELECT count(*) FROM health_falls") == [(1,)]


async def test_what_works_when_it_is_checked_again_is_not_told(world: World, ann: Customer) -> None:
    ids = ann.add(2, ends_in=9 * DAY)
    await checked_every(ann)
    breaks(ann, *ids)
    world.move(HOUR)
    assert await looked(ann) == []
    world.move(3 * MINUTE)
    breaks(ann, ids[0], alive=True)
    assert await looked(ann) == []
    breaks(ann, ids[1], alive=True)
    world.move(11 * MINUTE)
    assert await looked(ann) == []
    assert world.rows("SELECT worked, checked, stage FROM health_watches") == [(2, 2, 0)]


async def test_px6_that_does_not_answer_is_no_failure_and_the_look_goes_on_where_it_was(
    world: World, ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_round, "WORKERS", 1)
    ids = ann.add(5, ends_in=9 * DAY)
    await checked_every(ann)
    world.move(HOUR)
    world.px6.fault("html_before", "check", times=None)
    assert await looked(ann) == []
    world.px6.clear_faults()
    asked = len(checked(world))
    world.move(5 * MINUTE)
    assert await looked(ann) == [] and len(checked(world)) == asked, "not at once"
    world.move(6 * MINUTE)
    assert await looked(ann) == []
    assert sorted(checked(world)[asked:]) == sorted(ids)
    assert world.rows("SELECT worked, checked, stage FROM health_watches") == [(5, 5, 0)]


async def test_a_look_is_concluded_though_its_account_gets_a_new_key_in_the_middle(
    world: World, ann: Customer
) -> None:
    ids = ann.add(5, ends_in=9 * DAY)
    await checked_every(ann)
    breaks(ann, ids[0])
    asked = len(checked(world))
    world.move(HOUR)
    with world.held("check"):
        await world.app.services.health.look()
        await world.until(lambda: len(checked(world)) > asked)
        await world.app.services.accounts.connect(ann.phone.id, world.px6.new_key(ann.key))
    await world.quiet()
    assert sorted(checked(world)[asked:]) == sorted(ids)
    assert world.rows("SELECT suspects, stage FROM health_watches") == [(f"[{ids[0]}]", 1)]


async def test_from_the_message_the_same_can_be_done_as_after_a_check(world: World, ann: Customer) -> None:
    ids = ann.add(2, ends_in=9 * DAY, version="6", country="de")
    ann.add(1, ends_in=9 * DAY)
    await checked_every(ann)
    await falls(ann, *ids)
    message = (await ann.phone.message_with("Check again"))["message_id"]
    asked = len(checked(world))
    await ann.phone.taps("Check again", message)
    assert (await ann.phone.reads()).startswith("Checked 2 proxies")
    assert sorted(checked(world)[asked:]) == sorted(ids), "exactly these"
    await ann.phone.taps("Buy 2 twins", message)
    assert (await ann.phone.reads()).startswith("Buy 2 × IPv6, Germany, 9 days")
    await ann.phone.taps("Text for px6's support", message)
    assert f"ID {ids[0]}" in await ann.phone.reads()
    await ann.phone.taps("Change the protocol", message)
    assert (await ann.phone.reads()).startswith("Protocol for 2 proxies")
    assert (await ann.phone.text_of(message)).startswith("⚠️ 2 proxies stopped working"), "the message stays"
    bob = await new_customer(world, person=1002)
    await bob.phone.forges("hf:1:b")
    tap = await bob.phone.forges("+hf:1:b")
    assert tap["text"] == "This message is too old, or is about another px6 account."
    for one in ids:
        del ann.account.proxies[one]
    world.move(MINUTE)
    assert (await ann.phone.taps("Buy 2 twins", message))["text"] == "These proxies are already gone"


async def test_in_quiet_hours_it_waits_until_they_end_and_is_checked_once_more(world: World, ann: Customer) -> None:
    one, two = ann.add(2, ends_in=9 * DAY)
    await has_them_checked(ann, how_often="Once a day")
    await ann.phone.taps("How often")
    await ann.phone.taps("Every 12 hours")
    await looked(ann)
    minute = (world.clock().hour * 60 + world.clock().minute + 11 * 60) % 1440
    await world.app.services.reminders.change(1001, quiet_from=minute, quiet_to=(minute + 180) % 1440)
    breaks(ann, one, two)
    for pause in (12 * HOUR, 3 * MINUTE, 11 * MINUTE):
        world.move(pause)
        assert await looked(ann) == []
    assert world.rows("SELECT stage FROM health_watches") == [(3,)]
    breaks(ann, two, alive=True)
    world.move(2 * HOUR)
    [said] = await looked(ann)
    assert said.startswith("⚠️ 1 proxy stopped working"), "what is back by then is not told"
    await ann.phone.says("/watch")
    await ann.phone.taps("Show 1")
    await ann.phone.taps("At night too")
    assert "In your quiet hours I write at once." in await ann.phone.reads()


@pytest.mark.parametrize("at_night_too", [False, True])
async def test_what_telegram_did_not_take_by_day_rings_at_night_only_for_who_wants_that(
    world: World, ann: Customer, at_night_too: bool
) -> None:
    ids = ann.add(2, ends_in=9 * DAY)
    await has_them_checked(ann)
    if at_night_too:
        await ann.phone.taps("At night too")
    breaks(ann, *ids)
    for pause in (HOUR, 3 * MINUTE):
        world.move(pause)
        await looked(ann)
    world.move(11 * MINUTE)
    world.telegram.fail("sendMessage", 502)
    assert await looked(ann) == []
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=minute, quiet_to=(minute + 480) % 1440)
    world.move(10 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("⚠️ 2 proxies stopped working")
    assert world.delivered()[-1] == (ann.phone.id, at_night_too)


@pytest.mark.unforeseen
async def test_a_process_that_dies_before_it_tells_is_followed_by_one_that_does(
    world: World, ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ann.add(3, ends_in=9 * DAY)
    await checked_every(ann)
    breaks(ann, ids[0])
    for pause in (HOUR, 3 * MINUTE):
        world.move(pause)
        await looked(ann)

    world.move(11 * MINUTE)
    with dying(monkeypatch, HealthLook, "_conclude"):
        assert await looked(ann) == []
    asked = len(checked(world))
    async with another(world) as other:
        await looks_at_once(world, other)
        assert await ann.news() == [], "the claim is the other one's"
        world.move(11 * MINUTE)
        await looks_at_once(world, other)
        [said] = await ann.news()
    assert said.startswith("⚠️ 1 proxy stopped working")
    assert len(checked(world)) == asked, "what px6 said before the end is not asked again"


async def test_a_message_that_telegram_did_not_take_comes_later_once(world: World, ann: Customer) -> None:
    ids = ann.add(1, ends_in=9 * DAY)
    await checked_every(ann)
    breaks(ann, *ids)
    for pause in (HOUR, 3 * MINUTE):
        world.move(pause)
        await looked(ann)
    world.move(11 * MINUTE)
    world.telegram.fail("sendMessage", 502, 1)
    assert await looked(ann) == []
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("⚠️ 1 proxy stopped working")
    assert await looked(ann) == []


def another(world: World) -> AbstractAsyncContextManager[App]:
    return wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing)


async def looks_at_once(world: World, *apps: App) -> None:
    """All that they begin is over when this returns."""
    await asyncio.gather(*(app.services.health.look() for app in apps))
    await world.until(lambda: not any(app.background.busy for app in apps))


async def test_two_processes_check_and_tell_once(world: World, ann: Customer) -> None:
    ids = ann.add(4, ends_in=9 * DAY)
    await checked_every(ann)
    async with another(world) as other:
        breaks(ann, *ids)
        for pause in (HOUR, 3 * MINUTE, 11 * MINUTE):
            world.move(pause)
            await looks_at_once(world, world.app, other)
    assert len(checked(world)) == 4 * 4
    [said] = await ann.news()
    assert said.startswith("⚠️ 4 proxies stopped working")


async def test_a_comment_or_a_country_is_checked_paused_and_ended(world: World, ann: Customer) -> None:
    shop = ann.add(2, ends_in=9 * DAY, comment="shop", country="de")
    french = ann.add(1, ends_in=9 * DAY, country="fr")
    await has_them_checked(ann, "shop")
    assert sorted(checked(world)) == sorted(shop)
    await has_them_checked(ann, "France", "Every 30 minutes")
    assert sorted(checked(world)) == sorted([*shop, *french])
    await ann.phone.says("/watch")
    assert "1. Checking comment “shop” every hour" in await ann.phone.reads()
    await ann.phone.taps("Show 1")
    await ann.phone.taps("Pause")
    await ann.phone.taps("Back")
    await ann.phone.taps("Show 2")
    await ann.phone.taps("Stop checking")
    asked = len(checked(world))
    world.move(DAY)
    await looked(ann)
    assert len(checked(world)) == asked
    await ann.phone.says("/watch")
    assert "1. Checking comment “shop”: paused" in await ann.phone.reads()
    await ann.phone.taps("Show 1")
    await ann.phone.taps("Resume")
    await looked(ann)
    assert len(checked(world)) == asked + 2
    bob = await new_customer(world, person=1002)
    for data in ("hw-c:1", "hw-x:1", "hw-p:1:0", "hw-i:1:1", "hw-e:1:30", "hw-f:1"):
        await bob.phone.forges(data)
    assert world.rows("SELECT minutes, night, look_at IS NULL FROM health_watches") == [(60, 0, 0)]
    await ann.phone.says("/forget")
    await ann.phone.taps("Erase")
    assert world.rows("SELECT 1 FROM health_watches") == []


async def test_another_account_or_a_key_that_is_refused_tells_nothing(world: World, ann: Customer) -> None:
    ids = ann.add(2, ends_in=9 * DAY)
    await checked_every(ann)
    breaks(ann, *ids)
    world.px6.revoke(ann.key)
    for pause in (HOUR, 3 * MINUTE, 11 * MINUTE):
        world.move(pause)
        assert await looked(ann) == []
    await ann.phone.says(f"/key {world.px6.add_account(balance='5').key}")
    await ann.phone.taps("Use the new key")
    await ann.news()
    world.move(DAY)
    assert await looked(ann) == []
    assert world.rows("SELECT look_at FROM health_watches") == [(None,)], "paused"


async def test_what_ended_or_is_gone_is_neither_told_nor_named(world: World, ann: Customer) -> None:
    short, gone, stays = ann.add(1, ends_in=HOUR + 5 * MINUTE)[0], *ann.add(2, ends_in=9 * DAY)
    await checked_every(ann)
    breaks(ann, short, gone, stays)
    world.move(HOUR)
    await looked(ann)
    del ann.account.proxies[gone]
    for pause in (3 * MINUTE, 11 * MINUTE):
        world.move(pause)
        said = await looked(ann)
    assert said[0].startswith("⚠️ 1 proxy stopped working") and str(stays) in said[0]


async def test_what_two_watches_see_is_told_by_one_of_them(world: World, ann: Customer) -> None:
    ids = ann.add(2, ends_in=9 * DAY, comment="shop")
    await checked_every(ann)
    await checked_every(ann, 30, "comment", "shop")
    breaks(ann, *ids)
    said = list[str]()
    for minutes in (HOUR, 3 * MINUTE, 11 * MINUTE, 20 * MINUTE, 20 * MINUTE, 11 * MINUTE, 11 * MINUTE):
        world.move(minutes)
        said += await looked(ann)
    assert [each.splitlines()[0] for each in said] == ["⚠️ 2 proxies stopped working"]
    breaks(ann, *ids, alive=True)
    said.clear()
    for _ in range(3):
        world.move(HOUR)
        said += await looked(ann)
    assert [each.splitlines()[0] for each in said] == ["✅ 2 proxies work again"]


async def test_many_that_fall_are_one_message_that_fits(world: World, ann: Customer) -> None:
    ids = ann.add(120, ends_in=9 * DAY)
    await checked_every(ann)
    [said] = await falls(ann, *ids)
    assert said.startswith("⚠️ 120 proxies stopped working") and "and 80 more" in said
    assert len(buttons(await ann.phone.screen())) == 6
