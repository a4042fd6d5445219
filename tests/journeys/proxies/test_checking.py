"""A person checks whether proxies work: one at once, many with progress, a Stop button and a summary."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import Card, Check
from handlers.proxies.check_progress import logging_errors
from model.colleagues import Right
from sandbox.px6 import Event
from tests.journeys.account.offices import ANN, BOB
from tests.journeys.proxies.in_the_middle import (
    checked,
    colleague_in_the_middle_of_checking,
    comes_to_the_middle,
    direct,
    held_after,
    in_the_middle_of_checking,
    mine,
    seen,
    stops,
)
from tests.world import PATIENCE, World


async def test_one_is_checked_on_its_card(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    good = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    dead = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=20), alive=False)
    assert "✅ Checked just now: it works" in await phone.says(f"/check {good.id}")
    assert "⚠️ Checked just now: it does not work." in await phone.says(f"/check {dead.id}")


async def test_a_card_tells_of_earlier_checks_and_not_twice_of_the_one_just_made(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(days=9))

    def checks_in(text: str) -> list[str]:
        return [line.partition(", last")[0] for line in text.splitlines() if line.startswith("Checks: ")]

    assert checks_in(await phone.says(f"/check {proxy.id}")) == []
    await phone.forges(Card(proxy=proxy.id).pack())
    assert checks_in(await phone.reads()) == ["Checks: worked 1 of 1"]
    world.move(timedelta(minutes=2))
    assert checks_in(await phone.says(f"/comment {proxy.id} new")) == ["Checks: worked 1 of 1"], "it was long ago"
    assert checks_in(await phone.says(f"/check {proxy.id}")) == ["Checks: worked 2 of 2"]


async def test_several_end_in_a_summary_of_good_dead_and_which(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    dead = next(p for p in mine(world).values() if not p.alive)
    good = [p.id for p in mine(world).values() if p.alive][:3]
    text = await phone.says(f"/check {good[0]}, {good[1]} {good[2]}; {dead.id} 999 {good[0]}")
    assert text == "Some of these are not yours\nNot yours: 999\nNothing was checked."
    assert checked(world) == 0
    nobody = await phone.forges(Check(country="aq").pack(), (await phone.screen())["message_id"])
    assert nobody["text"] == "No proxies here."
    await phone.taps("Continue with 4 proxies")
    text = await phone.reads()
    assert text.startswith("Checked 4 proxies\n3 work, 1 does not")
    assert f"{dead.host}:{dead.port} · {dead.id}" in text
    assert checked(world) == 4
    await phone.taps("Select the dead one")
    assert "1 selected" in await phone.reads()


async def test_checking_many_shows_progress_and_can_be_stopped(world: World) -> None:
    async with in_the_middle_of_checking(world, 60) as phone:
        await stops(world, direct(world, phone))
    await world.quiet()
    text = await phone.reads()
    assert "Stopped." in text
    assert " of 60" in text
    assert checked(world) < 20
    assert any(label.startswith("Check ") and label.endswith(" more") for label in await phone.labels())


async def test_going_on_with_a_check_forgets_nothing_of_what_came_before(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for ends in range(1, 13):
        world.px6.add_proxy(world.key, comment="bulk", ends_in=timedelta(minutes=ends), alive=ends % 3 != 0)
    mine_now = [p for p in mine(world).values() if p.comment == "bulk"]
    with held_after(world, 1):
        direct(world, phone).says(f"/check {' '.join(str(p.id) for p in mine_now)}")
        await comes_to_the_middle(world, 1)
        await stops(world, direct(world, phone))
    await world.quiet()
    first = await phone.reads()
    assert "Stopped." in first and " of 12" in first
    await phone.taps(" more")
    text = await phone.reads()
    assert text.startswith("Checked 12 proxies\n8 work, 4 do not")
    assert all(f"{p.host}:{p.port} · {p.id}" in text for p in mine_now if not p.alive)
    await phone.taps("Select the 4 dead")
    assert "4 selected" in await phone.reads()


async def test_the_bot_stops_cleanly_in_the_middle_of_a_check(world: World) -> None:
    async with in_the_middle_of_checking(world, 60) as phone:
        stopping = asyncio.ensure_future(world.app.background.drain(PATIENCE))
        await world.until(lambda: world.app.background.stopping)
    assert await stopping == 0  # nothing had to be cut off
    text = await phone.reads()
    assert "Stopped." in text
    assert " of 60" in text


async def test_a_check_that_the_bot_has_no_time_to_end_shows_and_keeps_what_it_found_out(world: World) -> None:
    async with in_the_middle_of_checking(world, 60) as phone:
        assert await world.app.background.drain(0) == 1, "it is cut off"
    assert "\nStopped." in await phone.reads()
    found, whole = re.findall(r"Checked (\d+) of (\d+)", await phone.reads())[0]
    assert whole == "60" and 0 < int(found) < 20
    assert world.rows("SELECT count(*) FROM check_histories") == [(int(found),)]


@pytest.mark.parametrize("right", [None, Right.LOOK])
async def test_a_check_of_a_colleague_ends_with_their_right_to_check(world: World, right: Right | None) -> None:
    async with colleague_in_the_middle_of_checking(world, 30, answers=1) as office:
        if right is None:
            await office.colleagues.take_back(ANN, BOB)
        else:
            await office.colleagues.change(ANN, BOB, right)
    await world.quiet()
    assert checked(world) <= 3 + 2, "those that were asked already"
    assert "\nStopped." in "".join(await office.bob.texts())


async def test_a_stop_button_of_before_a_restart_says_what_happened(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.forges("stop")
    assert "This check has ended" in await phone.reads()


async def test_a_person_has_one_checking_at_a_time(world: World) -> None:
    async with in_the_middle_of_checking(world, 60) as phone:
        direct(world, phone).says("/check " + " ".join(str(p.id) for p in list(mine(world).values())[:9]))
        await seen(world, phone, "A check is already running.")
        tap = {"message_id": (await phone.message_with("Stop"))["message_id"], "data": Check().pack()}
        assert (await world.post(f"/people/{phone.id}/taps", tap))["show_alert"], (
            "a second one begins by no button either"
        )
        await stops(world, direct(world, phone))
    await world.quiet()
    asked = checked(world)
    text = await phone.says("/check " + " ".join(str(p.id) for p in list(mine(world).values())[:3]))
    assert text.startswith("Checked 3 proxies")
    assert checked(world) == asked + 3


async def test_a_key_refused_in_the_middle_ends_the_checking(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    with held_after(world, 1):
        direct(world, phone).says(f"/check {' '.join(str(i) for i in mine(world))}")
        await comes_to_the_middle(world, 1)
        world.px6.revoke(world.key)
    await world.quiet()
    assert (await phone.reads()).startswith("px6 no longer accepts your key")
    assert checked(world) < 8


async def test_failures_between_answers_end_no_checking_and_three_in_a_row_do(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    ids = " ".join(str(world.px6.add_proxy(world.key, ends_in=timedelta(days=50)).id) for _ in range(18))
    answered = iter(range(1, 1000))

    def every_third_fails(event: Event) -> None:
        if event.type == "answered" and event.data["method"] == "check" and next(answered) % 3 == 0:
            world.px6.fault("no_before", "check")

    forget = world.px6.events.subscribe(every_third_fails)
    text = await phone.says(f"/check {ids}")
    forget()
    assert checked(world) == 18
    assert text.startswith("Checked 13 of 18\n13 work\n5 not checked.")
    assert "Check 5 more" in await phone.labels()

    world.px6.clear_faults()
    world.px6.fault("no_before", "check", times=None)
    text = await phone.says(f"/check {ids}")
    assert 18 + 3 <= checked(world) <= 18 + 4, "two are asked at a time"
    assert text.startswith("Checked 0 of 18")
    assert "Check 18 more" in await phone.labels()


async def test_progress_is_shown_until_the_last_answer_and_then_the_summary(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.EDIT_EVERY", 0.0)
    phone = world.phone()
    await phone.connects()
    four = " ".join(str(one) for one in list(mine(world))[:4])
    await phone.says(f"/check {four}")
    edits = [str(call.params["text"]) for call in world.telegram.requests if call.method == "editmessagetext"]
    shown = [text.partition("\n")[0] for text in edits]
    assert shown[0] == "Checking 1 of 4…"
    assert "Checking 4 of 4…" not in shown
    assert shown[-1] == "Checked 4 proxies"


@pytest.mark.parametrize(("first", "then", "shown"), [(3600.0, 3600.0, 0), (0.0, 3600.0, 1)])
async def test_progress_is_shown_no_more_often_than_telegram_takes_it(
    world: World, monkeypatch: pytest.MonkeyPatch, first: float, then: float, shown: int
) -> None:
    """`first` and `then`: how many seconds there are before the first edit, and before each one after it."""
    monkeypatch.setattr("handlers.proxies.check_progress.EDIT_EVERY", first)
    phone, edits = world.phone(), list[str]()

    def heard(event: Any) -> None:
        if event.kind == "edit":
            edits.append(event.data["message"]["text"].partition("\n")[0])
            monkeypatch.setattr("handlers.proxies.check_progress.EDIT_EVERY", then)

    await phone.connects()
    world.telegram.events.listen(heard)
    await phone.says(f"/check {' '.join(str(one) for one in list(mine(world))[:6])}")
    assert len(edits) == shown + 1 and edits[-1] == "Checked 6 proxies"


async def test_stop_under_a_check_of_before_stops_no_other(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    ids = " ".join(str(one) for one in list(mine(world))[:6])
    await phone.says(f"/check {ids}")
    before = (await phone.screen())["message_id"]
    asked = checked(world)
    with held_after(world, 1):
        direct(world, phone).says(f"/check {ids}")
        await seen(world, phone, "Checking ")
        await comes_to_the_middle(world, 1, asked)
        tap = direct(world, phone).forges("stop", before)
        await world.until(lambda: tap.answer is not None)
    await world.quiet()
    assert (await phone.text_of(before)).startswith("This check has ended")
    assert (await phone.reads()).startswith("Checked 6 proxies")


@pytest.mark.unforeseen
async def test_a_check_that_cannot_be_shown_keeps_nobody_from_the_next(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.EDIT_EVERY", 0.0)  # neither is how far it has come
    phone = world.phone()
    await phone.connects()
    ids = " ".join(str(one) for one in list(mine(world))[:3])
    world.telegram.fail("sendmessage", 400, description="Bad Request: no")
    await phone.says(f"/check {ids}")
    world.telegram.faults.clear()
    before = checked(world)
    world.telegram.fail("editmessagetext", 403, times=9, description="Forbidden: bot was blocked by the user")
    await phone.says(f"/check {ids}")
    world.telegram.faults.clear()
    assert checked(world) - before == 3
    assert "The end of a checking could not be shown" in caplog.text
    assert (await phone.says(f"/check {ids}")).startswith("Checked 3 proxies")


@pytest.mark.unforeseen
async def test_what_ends_a_check_unforeseen_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise LookupError("forgotten in the middle")

    await logging_errors(fails())
    assert "A checking failed" in caplog.text


async def test_only_unknown_ids_check_nothing(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert (await phone.says("/check 998 999")).startswith("None of these is yours\nNot yours: 998, 999")
    assert await phone.labels() == ["My proxies", "Home"]
    assert checked(world) == 0
