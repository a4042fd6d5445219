"""The pinned message: sent once without a sound, edited in place, and off by itself when it is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sandbox.telegram.faults import DROP, Fault
from tests.durations import MINUTE
from tests.world import Phone, World, buttons

ON, LOST = "Pinned message: on", "Pinned message: off, for its message is gone"


async def with_board(world: World) -> tuple[Phone, dict[str, Any]]:
    """A person who has just switched it on, and the message."""
    phone = world.phone()
    await phone.connects()
    await world.sweep()  # reminders that are due come before
    await phone.says("/settings")
    assert "Pinned message:" not in await phone.reads()
    await phone.taps("Pinned message")
    await phone.taps("Switch on")
    assert f"{ON}, it comes in a minute or so" in await phone.reads()
    world.move(MINUTE)
    await world.sweep()
    return phone, await board_of(world, phone)


async def board_of(world: World, phone: Phone) -> dict[str, Any]:
    """The message that is pinned."""
    [pinned] = chat_of(world, phone).pinned
    return next(message for message in await phone.chat() if message["message_id"] == pinned)


def chat_of(world: World, phone: Phone) -> Any:
    return world.telegram.private_chat(world.telegram.bot(world.token), phone.id)


async def look_again(world: World) -> None:
    world.move(7 * 60 * MINUTE)
    await world.sweep()


def edits(world: World) -> int:
    return sum(call.method == "editmessagetext" for call in world.telegram.requests)


async def state_of(phone: Phone) -> str:
    await phone.says("/settings")
    return next((line for line in (await phone.reads()).split("\n") if line.startswith("Pinned message")), "")


async def test_the_pinned_message_is_sent_once_without_a_sound_and_edited_when_something_changed(
    world: World,
) -> None:
    phone, board = await with_board(world)
    assert board["text"].startswith("px6 · ") and "Next to end:\n" in board["text"]
    assert world.delivered()[-1] == (phone.id, False)
    assert await state_of(phone) == ON
    messages, before = len(await phone.chat()), edits(world)
    world.move(MINUTE)
    await world.app.services.sweep.look(phone.id)
    assert edits(world) == before, "nothing has changed"
    world.px6.account(world.key).balance += 1000
    await world.app.services.sweep.look(phone.id)
    assert (edits(world), len(await phone.chat())) == (before + 1, messages)
    after = await board_of(world, phone)
    assert after["message_id"] == board["message_id"] and after["text"] != board["text"]
    await phone.taps("My proxies", board["message_id"])
    assert (await board_of(world, phone))["text"] == after["text"], "its buttons open new messages"


async def test_a_minute_after_a_payment_it_shows_what_is_left(world: World) -> None:
    phone, board = await with_board(world)
    await phone.says("/buy 1 30 de")
    await phone.taps("Buy · ")
    world.move(2 * MINUTE)
    await world.sweep()
    after = await board_of(world, phone)
    balance = world.px6.account(world.key).balance
    assert after["message_id"] == board["message_id"] and f"{balance:,.2f}" in after["text"].split("\n")[0]


async def test_it_names_what_did_not_work_when_it_was_checked_last(world: World) -> None:
    phone, _ = await with_board(world)
    dead = next(p for p in world.px6.account(world.key).proxies.values() if p.ends_at > world.clock())
    dead.alive = False
    await phone.says(f"/check {dead.id}")
    await world.app.services.sweep.look(phone.id)
    assert "⚠️ Did not work when checked last: 1\n" in (await board_of(world, phone))["text"]
    assert (await board_of(world, phone))["text"].endswith(f":{dead.port}")
    dead.alive = True
    await phone.says(f"/check {dead.id}")
    await world.app.services.sweep.look(phone.id)
    assert "Did not work" not in (await board_of(world, phone))["text"]


async def test_one_that_the_person_deleted_switches_itself_off_and_does_not_come_again(world: World) -> None:
    phone, board = await with_board(world)
    world.telegram.delete_message(
        world.telegram.bot(world.token), chat_of(world, phone).messages[board["message_id"]]
    )
    world.px6.account(world.key).balance += 1000
    await world.app.services.sweep.look(phone.id)
    assert await state_of(phone) == LOST
    messages = len(world.delivered())
    for _ in range(3):
        world.px6.account(world.key).balance += 1000
        await world.app.services.sweep.look(phone.id)
    assert len(world.delivered()) == messages and chat_of(world, phone).pinned == []
    world.telegram.refusals.clear()
    await phone.taps("Pinned message")
    await phone.taps("Switch on")
    await world.app.services.sweep.look(phone.id)
    assert (await board_of(world, phone))["message_id"] != board["message_id"]
    assert await state_of(phone) == ON


async def test_one_that_was_unpinned_stays_unpinned_and_true(world: World) -> None:
    phone, board = await with_board(world)
    chat_of(world, phone).pinned.clear()
    world.px6.account(world.key).balance += 1000
    await world.app.services.sweep.look(phone.id)
    shown = next(m for m in await phone.chat() if m["message_id"] == board["message_id"])
    assert shown["text"] != board["text"] and chat_of(world, phone).pinned == []


@pytest.mark.parametrize(
    ("fault", "state", "comes"),
    [
        (Fault("sendmessage", 429, 1, retry_after=3), ON, 1),
        (Fault("sendmessage", 500, 9, after=True), LOST, 1),  # it may have come: a second one would never change
        (Fault("pinchatmessage", 400, 1, description="Bad Request: CHAT_ADMIN_REQUIRED"), ON, 1),
        (Fault("pinchatmessage", DROP, 9), ON, 1),
    ],
)
async def test_what_telegram_does_not_take_makes_no_second_message(
    world: World, fault: Fault, state: str, comes: int
) -> None:
    phone = world.phone()
    await phone.connects()
    await world.sweep()
    await phone.says("/settings")
    await phone.taps("Pinned message")
    await phone.taps("Switch on")
    before = len(await phone.chat())
    world.telegram.faults.add(fault)
    for _ in range(3):
        world.move(2 * MINUTE)
        await world.sweep()
        world.telegram.faults.clear()
    assert len(await phone.chat()) == before + comes
    assert (await state_of(phone)).startswith(state)


async def test_switching_off_takes_it_away_and_after_two_days_it_says_so(world: World) -> None:
    phone, board = await with_board(world)
    await phone.says("/settings")
    await phone.taps("Pinned message")
    await phone.taps("Switch off")
    assert board["message_id"] not in [m["message_id"] for m in await phone.chat()]
    assert chat_of(world, phone).pinned == [] and world.rows("SELECT count(*) FROM boards") == [(0,)]
    await phone.taps("Switch on")
    await world.sweep()
    board = await board_of(world, phone)
    chat_of(world, phone).messages[board["message_id"]].date -= int(timedelta(days=3).total_seconds())
    await phone.taps("Switch off")
    shown = next(m for m in await phone.chat() if m["message_id"] == board["message_id"])
    assert (shown["text"], buttons(shown), chat_of(world, phone).pinned) == ("This message is switched off.", [], [])
    world.telegram.refusals.clear()


async def test_one_that_is_switched_off_while_a_look_waits_to_change_it_stays_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, board = await with_board(world)
    chat_of(world, phone).messages[board["message_id"]].date -= int(timedelta(days=3).total_seconds())
    world.px6.account(world.key).balance += 1000
    sender: Any = world.app.services.boards._sender
    waits, may_leave = asyncio.Event(), asyncio.Event()

    async def turn() -> bool:
        waits.set()
        return await may_leave.wait()

    monkeypatch.setattr(sender, "_turn", turn)
    async with asyncio.TaskGroup() as group:
        group.create_task(world.app.services.sweep.look(phone.id))
        await waits.wait()
        await phone.says("/settings")
        await phone.taps("Pinned message")
        await phone.taps("Switch off")
        may_leave.set()
    shown = next(m for m in await phone.chat() if m["message_id"] == board["message_id"])
    assert (shown["text"], chat_of(world, phone).pinned) == ("This message is switched off.", [])
    assert world.rows("SELECT count(*) FROM boards") == [(0,)]
    world.telegram.refusals.clear()


async def test_what_telegram_does_not_take_away_at_once_is_taken_away_a_minute_later(world: World) -> None:
    phone, board = await with_board(world)
    await phone.says("/settings")
    await phone.taps("Pinned message")
    world.telegram.faults.add(Fault(None, DROP, 999))
    await phone.taps("Switch off")
    await world.quiet()
    assert (await board_of(world, phone))["text"] == board["text"]
    world.telegram.faults.clear()
    world.move(3 * MINUTE)
    await world.sweep()
    assert board["message_id"] not in [m["message_id"] for m in await phone.chat()]
    assert chat_of(world, phone).pinned == [] and world.rows("SELECT count(*) FROM boards") == [(0,)]
    assert await state_of(phone) == ""


async def test_erasing_everything_takes_it_along(world: World) -> None:
    phone, board = await with_board(world)
    await phone.says("/forget")
    await phone.taps("Erase everything")
    assert board["message_id"] not in [m["message_id"] for m in await phone.chat()]
    assert world.rows("SELECT count(*) FROM boards") == [(0,)]


async def test_whoever_blocked_the_bot_has_it_again_when_they_return(world: World) -> None:
    phone, board = await with_board(world)
    await world.patch(f"/people/{phone.id}", {"blocked": True})
    world.px6.account(world.key).balance += 1000
    await look_again(world)
    world.telegram.refusals.clear()
    await world.patch(f"/people/{phone.id}", {"blocked": False})
    await world.quiet()
    await look_again(world)
    after = await board_of(world, phone)
    assert after["message_id"] == board["message_id"] and after["text"] != board["text"]


async def test_while_payments_are_paused_it_goes_on(world: World) -> None:
    phone, board = await with_board(world)
    await world.app.services.maintenance.switch_on("")
    world.px6.account(world.key).balance += 1000
    await world.app.services.sweep.look(phone.id)
    assert (await board_of(world, phone))["text"] != board["text"]
