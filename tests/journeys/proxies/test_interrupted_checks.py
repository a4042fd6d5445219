"""What comes in between while a check goes on: its account is gone, has another key, or the database or Telegram is
away. It always ends, in its message, and asks px6 with no key that was forgotten or replaced."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest

import px6
from sandbox.px6 import Event
from tests.failing_disk import FailingDisk
from tests.journeys.account.offices import ANN, BOB
from tests.journeys.account.two_accounts import with_two
from tests.journeys.laid import connected
from tests.journeys.proxies.in_the_middle import (
    AT_ONCE,
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
from tests.memory import reachable
from tests.world import PATIENCE, Phone, World

GONE = "This check has ended\nThe px6 account of this check is not connected any more."
LASTING = 60  # calls: longer than anything is repeated by itself
FOR_EVER = 10_000
MOST_REPEATED = 6  # times that one request is sent
Change = Callable[[World, Phone], Awaitable[None]]


async def erases_everything(world: World, phone: Phone) -> None:
    person = direct(world, phone)
    person.says("/forget")
    await seen(world, phone, "Erase everything?")
    question = person.button("forget")
    assert question is not None
    person.presses(*question)
    await world.until(lambda: any("Everything is erased" in text for text in person.stands()))


async def connects_another_account(world: World, phone: Phone) -> None:
    accounts = world.app.services.accounts
    tried = await accounts.connect(phone.id, world.px6.add_account(balance="10.00").key)
    assert await accounts.adopt(phone.id, tried.number) is not None


LOSSES = pytest.mark.parametrize("loses", [erases_everything, connects_another_account])


def is_held(world: World, key: str) -> bool:
    """Whether the key stands in what the bot's parts hold."""
    gc.collect()
    app = world.app
    held = reachable((app.services, app.background, app.gate))
    return any(key in each for each in held if isinstance(each, str))


@LOSSES
async def test_with_its_account_a_check_ends_and_keeps_nothing(world: World, loses: Change) -> None:
    async with in_the_middle_of_checking(world, 12) as phone:
        asked, before = checked(world), world.rows("SELECT count(*) FROM selections")
        await loses(world, phone)
    await world.quiet()
    assert checked(world) == asked, "those that were asked already"
    assert not [text for text in await phone.texts() if text.startswith(("Checking", "Checked"))]
    assert world.rows("SELECT count(*) FROM selections") == ([(0,)] if loses is erases_everything else before)
    assert world.rows("SELECT count(*) FROM check_histories") == [(0,)]
    assert not is_held(world, world.key)
    await taps_home_where_it_ended(phone)


async def is_forgotten(world: World, phone: Phone) -> None:
    await world.app.services.accounts.forget(phone.id)


@pytest.mark.parametrize("loses", [is_forgotten, connects_another_account])
async def test_what_telegram_takes_late_is_no_summary_of_an_account_that_is_gone_by_then(
    world: World, monkeypatch: pytest.MonkeyPatch, loses: Change
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.TRIED_EVERY", 0.05)
    async with in_the_middle_of_checking(world, 12) as phone:
        person = direct(world, phone)
        world.telegram.fail("editMessageText", 502, FOR_EVER)
    await world.until(lambda: was_tried(world, "Checked 12 proxies"))
    await loses(world, phone)
    await world.until(lambda: was_tried(world, "This check has ended"))
    world.telegram.faults.clear()
    await world.quiet()
    assert GONE in person.stands()
    assert not [text for text in person.seen if text.startswith("Checked")]


async def test_of_strings_that_telegram_takes_late_none_is_said_to_be_of_an_account_that_is_gone_by_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.TRIED_EVERY", 0.05)
    phone = await connected(world)
    own = next(iter(mine(world).values()))
    world.telegram.fail("editMessageText", 502, FOR_EVER)
    direct(world, phone).says(f"/check {own.host}:{own.port}:{own.user}:{own.password}\n5.18.204.1:80:u:p")
    await world.until(lambda: was_tried(world, "Checked"))
    await is_forgotten(world, phone)
    tried = len(world.telegram.requests)
    await world.until(lambda: len(world.telegram.requests) > tried + MOST_REPEATED)
    world.telegram.faults.clear()
    await world.quiet()
    text = next(text for text in await phone.texts() if text.startswith("Checked"))
    assert f"{own.host}:{own.port} works" in text and "yours" not in text


def was_tried(world: World, text: str) -> bool:
    """Whether the bot has tried to edit a message so."""
    edits = (call for call in world.telegram.requests if call.method == "editmessagetext")
    return any(str(call.params.get("text")).startswith(text) for call in edits)


async def test_another_check_begins_while_telegram_does_not_take_the_end_of_the_one_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.TRIED_EVERY", 0.05)
    async with in_the_middle_of_checking(world, 12) as phone:
        world.telegram.fail("editMessageText", 502, FOR_EVER)
    await world.until(lambda: was_tried(world, "Checked 12 proxies"))
    await stops(world, direct(world, phone))
    direct(world, phone).says("/check " + " ".join(str(one) for one in list(mine(world))[:3]))
    await world.until(lambda: checked(world) == 12 + 3)
    world.telegram.faults.clear()
    await world.quiet()
    assert [text.splitlines()[0] for text in await phone.texts()][-2:] == ["Checked 12 proxies", "Checked 3 proxies"]


class ErasedJustBefore:
    """Stands before a database: whoever is about to write is erased first."""

    def __init__(self, database: Any, erase: Callable[[], Awaitable[object]]) -> None:
        self._database, self._erase = database, erase

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        await self._erase()
        async with self._database.write() as connection:
            yield connection

    single = write


async def test_nothing_is_kept_of_somebody_who_is_erased_just_before_a_check_ends(world: World) -> None:
    selections: Any = world.app.services.selections
    async with in_the_middle_of_checking(world, 12) as phone:
        selections._database = ErasedJustBefore(
            selections._database, lambda: world.app.services.accounts.forget(phone.id)
        )
    await world.quiet()
    assert checked(world) == 12
    assert await phone.reads() == GONE
    assert world.rows("SELECT count(*) FROM selections") == [(0,)]


async def test_a_summary_is_replaced_where_its_account_goes_while_telegram_takes_it(world: World) -> None:
    """Of somebody with two accounts: it is sent anew, and about to be noted of which account it is."""
    two, people = await with_two(world), cast("Any", world.app.services.people)
    ids = " ".join(map(str, two.add(12, ends_in=timedelta(days=9))))

    async def forgets() -> None:
        world.telegram.faults.clear()
        assert len(summaries_sent(world)) == 1
        await world.app.services.accounts.forget(two.owner)

    with held_after(world, 3):
        direct(world, two.phone).says(f"/check {ids}")
        await comes_to_the_middle(world, 3)
        world.telegram.fail("editMessageText", 400, LASTING, description="message can't be edited")
        people._database = ErasedJustBefore(people._database, forgets)
    await world.quiet()
    assert await two.phone.reads() == GONE
    assert not [text for text in await two.phone.texts() if text.startswith("Checked")]


def summaries_sent(world: World) -> list[str]:
    sent = (str(call.params.get("text")) for call in world.telegram.requests if call.method == "sendmessage")
    return [text for text in sent if "Checked 12 proxies" in text]


@LOSSES
async def test_a_colleagues_check_ends_with_the_account_of_its_owner(world: World, loses: Change) -> None:
    async with colleague_in_the_middle_of_checking(world, 12, answers=2) as office:
        asked = checked(world)
        await loses(world, office.ann.phone)
    await world.quiet()
    assert checked(world) == asked
    assert not [text for text in await office.bob.texts() if text.startswith(("Checking", "Checked"))]
    await taps_home_where_it_ended(office.bob)
    assert not is_held(world, office.ann.key)


async def taps_home_where_it_ended(phone: Phone) -> None:
    (message,) = [each["message_id"] for each in await phone.chat() if each["text"] == GONE]
    await phone.taps("Home", message)
    assert "Something went wrong" not in await phone.reads()
    assert len(await phone.labels()) > 0, "there is a way on"


async def test_a_check_goes_on_with_the_new_key_of_its_account(world: World) -> None:
    async with in_the_middle_of_checking(world, 12) as phone:
        old, asked = world.key, checked(world)
        new = world.px6.new_key(old)
        await world.app.services.accounts.connect(phone.id, new)
    await world.quiet()
    assert (await phone.reads()).startswith("Checked 12 proxies\n12 work")
    keys = [call.key for call in world.px6.calls if call.method == "check"]
    assert set(keys[:asked]) == {old} and set(keys[asked:]) == {new} and len(keys) == 12
    assert world.rows("SELECT count(*) FROM check_histories") == [(12,)]
    assert not is_held(world, old)


@pytest.mark.parametrize("call", ["check", "check_string"])
async def test_a_check_goes_on_where_px6_refuses_the_key_that_was_replaced_while_it_was_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    phone, replaced, asks = await connected(world), asyncio.Event(), getattr(px6.Px6Client, call)

    async def asks_late(*given: Any) -> px6.Check:
        try:
            return cast(px6.Check, await asks(*given))
        except px6.WrongKey:
            await replaced.wait()
            raise

    monkeypatch.setattr(px6.Px6Client, call, asks_late)
    own = [world.px6.add_proxy(world.key, ends_in=timedelta(days=9)) for _ in range(5)]
    named = {
        "check": [str(each.id) for each in own],
        "check_string": [f"{each.host}:{each.port}:{each.user}:{each.password}" for each in own],
    }
    world.px6.fault("no_before", "check", error_id=100, times=AT_ONCE)
    direct(world, phone).says("/check " + "\n".join(named[call]))
    await world.until(lambda: checked(world) == AT_ONCE)
    await world.app.services.accounts.connect(phone.id, world.px6.new_key(world.key))
    replaced.set()
    await world.quiet()
    ended = await phone.reads()
    assert ended.startswith("Checked 5 proxies\n") and "no longer accepts" not in ended
    assert checked(world) == AT_ONCE + 5
    assert not is_held(world, world.key)


@LOSSES
async def test_strings_keep_their_answers_when_the_account_goes_and_are_asked_no_more(
    world: World, loses: Change
) -> None:
    phone = await connected(world)
    own = next(iter(mine(world).values()))
    elsewhere = "\n".join(f"5.18.204.{number}:80:u:p" for number in range(11))
    with held_after(world, 2):
        direct(world, phone).says(f"/check {own.host}:{own.port}:{own.user}:{own.password}\n{elsewhere}")
        await comes_to_the_middle(world, 2)
        asked = checked(world)
        await loses(world, phone)
    await world.quiet()
    assert checked(world) == asked
    ended = next(text for text in await phone.texts() if text.startswith("Checked "))
    assert ended.startswith(f"Checked {asked} of 12\n✅ {own.host}:{own.port} works")
    assert "Stopped." in ended and "Your message is deleted" in ended
    assert "yours" not in ended, "it is not the account's that is connected now"
    assert not is_held(world, world.key)


def without_database(service: Any) -> FailingDisk:
    """This service can neither read nor write as long as it `fails`."""
    service._database = FailingDisk(service._database, is_gone=True)
    service._database.fails = True
    disk: FailingDisk = service._database
    return disk


async def test_what_a_check_found_out_is_told_though_it_cannot_be_saved(world: World) -> None:
    async with in_the_middle_of_checking(world, 12) as phone:
        dead = [proxy for proxy in mine(world).values() if proxy.comment == "bulk"][-1]
        dead.alive = False
        disk = without_database(world.app.services.selections)
    await world.quiet()
    disk.fails = False
    text = await phone.reads()
    assert text.startswith("Checked 12 proxies\n11 work, 1 does not\n")
    assert f"{dead.host}:{dead.port} · {dead.id}" in text
    assert text.endswith("The bot cannot save data right now, so there are no buttons for this result.")
    assert await phone.labels() == ["Home", "Back"]
    await phone.taps("Back")
    assert "12 selected" in await phone.reads()


async def test_a_right_or_a_key_that_cannot_be_read_for_a_moment_ends_no_check(world: World) -> None:
    services = world.app.services
    async with colleague_in_the_middle_of_checking(world, 12, answers=2) as office:
        disks = [without_database(each) for each in (services.colleagues, services.accounts)]
        readable_after(world, 6, *disks)
    await world.quiet()
    assert "Checked 12 proxies\n" in await office.bob.reads() and "12 work" in await office.bob.reads()
    assert world.rows("SELECT count FROM colleague_actions") == [(12,)]


async def test_a_right_that_ended_while_it_could_not_be_read_ends_a_check_as_soon_as_it_can_be(world: World) -> None:
    async with colleague_in_the_middle_of_checking(world, 12, answers=2) as office:
        await office.colleagues.take_back(ANN, BOB)
        readable_after(world, 6, without_database(world.app.services.colleagues))
    await world.quiet()
    assert 6 < checked(world) <= 6 + AT_ONCE
    assert any("\nStopped." in text for text in await office.bob.texts())


def readable_after(world: World, answers: int, *disks: FailingDisk) -> None:
    """The database is back once px6 has answered so many checks."""

    def heard(event: Event) -> None:
        if event.type == "answered" and checked(world) >= answers:
            for disk in disks:
                disk.fails = False

    world.px6.events.subscribe(heard)


@pytest.mark.parametrize(("code", "pause", "times"), [(502, None, LASTING), (429, 1, LASTING), (429, 200, 1)])
async def test_the_end_of_a_check_that_telegram_does_not_take_is_shown_once_it_does(
    world: World, monkeypatch: pytest.MonkeyPatch, code: int, pause: int | None, times: int
) -> None:
    """200 seconds are longer than a request waits."""
    monkeypatch.setattr("handlers.proxies.check_progress.TRIED_EVERY", 0.05)
    async with in_the_middle_of_checking(world, 12) as phone:
        world.telegram.fail("editMessageText", code, times, pause)
    await world.quiet()
    assert (await phone.reads()).startswith("Checked 12 proxies\n12 work")
    assert "Prolong the 12 working" in await phone.labels()


@pytest.mark.parametrize("ends", ["with the time", "with a stop of the bot"])
async def test_the_end_of_a_check_is_tried_for_a_while_and_holds_nothing_up(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ends: str
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.TRIED_EVERY", 0.05)
    async with in_the_middle_of_checking(world, 12) as phone:
        world.telegram.fail("editMessageText", 502, FOR_EVER)
        if ends == "with the time":
            monkeypatch.setattr("handlers.proxies.check_progress.SHOWN_WITHIN", 0.5)
    if ends == "with the time":
        await world.quiet()
    else:
        await world.until(lambda: checked(world) == 12)
        assert await world.app.background.drain(PATIENCE) == 0
    assert "The end of a checking could not be shown" in caplog.text
    world.telegram.faults.clear()
    assert (await phone.reads()).startswith("Checking ")


async def test_an_end_that_may_have_been_sent_is_not_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.TRIED_EVERY", 0.05)
    async with in_the_middle_of_checking(world, 12) as phone:
        world.telegram.fail("editMessageText", 400, LASTING, description="message can't be edited")
        world.telegram.fail("sendMessage", 502, 1, after=True, answer="html")
    await world.quiet()
    assert len([text for text in await phone.texts() if text.startswith("Checked 12 proxies")]) == 1
    world.telegram.refusals.clear()
