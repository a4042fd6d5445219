"""Two processes behind one webhook: whichever gets the next update, nothing is done twice, lost, or shown wrongly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.proxies.check_progress import AT_ONCE
from tests.bot.balancing import A, B, Pair, pair_of_bots
from tests.bot.deliveries import Answered, Deliverer, message
from tests.databases import run

pytestmark = pytest.mark.postgresql("several processes share a server")

OK = Answered(200, None)


@pytest.fixture
async def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setattr("bot.wiring.CHAT_SECONDS", 0.001)  # the database's clock is not moved
    async with pair_of_bots(tmp_path) as both:
        await both.world.phone().connects()
        yield both
        refusals = [r for r in both.world.telegram.refusals if "is not modified" not in r.description]
        assert not refusals, refusals


def sent(pair: Pair) -> list[str]:
    return [str(call.params["text"]) for call in pair.world.telegram.requests if call.method == "sendmessage"]


async def shown(pair: Pair, message_id: int, beginning: str) -> None:
    """Until the message says what begins so."""
    chat = pair.world.phone()._chat
    await pair.world.until(lambda: chat.messages[message_id].text.startswith(beginning))


async def test_round_robin_answers_every_message_and_tap_once_and_in_order(pair: Pair) -> None:
    """Also without a pause between them: Telegram gives the next message when the turn before has ended."""
    pair.balancer.to, world = None, pair.world
    world.px6.fault("slow", "getprice", seconds=0.1)
    said = [f"/price {count} 30" for count in range(1, 9)]
    for text in said:
        await world.post("/people/1001/messages", {"text": text})
    await world.quiet()
    answers = [text.splitlines()[0] for text in (await world.phone().texts())[-len(said) :]]
    assert [f"{count} " in answer for count, answer in enumerate(answers, 1)] == [True] * len(said), answers
    assert {chosen for chosen, _ in pair.balancer.passed[-len(said) :]} == {A, B}


async def test_what_is_on_disk_before_its_screen_is_shown_keeps_the_next_message_waiting(pair: Pair) -> None:
    """Telegram wants the first process to wait before it says that the key is connected."""
    pair.balancer.to, world = None, pair.world
    world.telegram.fail("sendMessage", 429, times=1, retry_after=30)
    for text in (f"/key {world.key}", "/help"):
        await world.post("/people/1001/messages", {"text": text})
    await world.quiet()
    before, after = (await world.phone().texts())[-2:]
    assert before.startswith("Connected") and after.startswith("What I can do")


async def test_the_screen_of_the_later_tap_stays_though_the_earlier_one_ends_later_in_the_other(pair: Pair) -> None:
    world = pair.world
    world.px6.add_proxy(world.key, ends_in=timedelta(days=9))
    await pair.says(A, "/start")
    home = (await world.phone().screen())["message_id"]
    before = len(world.asked("getproxy"))
    with world.held("getproxy"):
        await pair.begins(A, {"message_id": home, "data": "open:proxies"})
        await world.until(lambda: len(world.asked("getproxy")) > before)
        await pair.begins(B, {"message_id": home, "data": "open:help"})
        await shown(pair, home, "What I can do")
    await world.quiet()
    assert (await world.phone().text_of(home)).startswith("What I can do")


async def test_stop_of_a_check_stops_it_in_the_other_process_and_there_is_one_of_a_person(pair: Pair) -> None:
    world = pair.world
    ids = [world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id for _ in range(200)]
    with world.held("check", times=None):
        await pair.begins(A, {"text": "/check " + " ".join(map(str, ids))}, "messages")
        await world.until(lambda: len(world.asked("check")) == AT_ONCE)
        checking = (await world.phone().message_with("Stop"))["message_id"]
        await pair.begins(B, {"text": f"/check {ids[0]} {ids[1]}"}, "messages")
        await world.until(lambda: any("A check is already running" in text for text in sent(pair)))
        tapping = asyncio.ensure_future(pair.taps(B, "Stop", checking))
        await world.until(lambda: any(call.params.get("text") == "Stopping." for call in world.telegram.requests))
    assert (await tapping)["text"] == "Stopping."
    assert len(world.asked("check")) == AT_ONCE
    assert (await world.phone().text_of(checking)).endswith("Stopped.")
    assert "2 work" in await pair.says(B, f"/check {ids[0]} {ids[1]}"), "and another one may begin"
    assert world.rows("SELECT name FROM leases") == []


async def test_an_update_that_comes_again_to_the_other_process_is_done_once(pair: Pair) -> None:
    """The first process has taken it; its answer was lost on the way."""
    world = pair.world
    await pair.says(A, "/buy 1 30 de")
    for text, begins in (("/help", "What I can do"), ("/balance", "Balance")):
        before = len(sent(pair))
        pair.balancer.to, pair.balancer.lost, passed = None, 1, len(pair.balancer.passed)
        await world.phone().says(text)
        assert [chosen for chosen, _ in pair.balancer.passed[passed:]] in ([A, B], [B, A])
        assert [text.startswith(begins) for text in sent(pair)[before:]] == [True], sent(pair)[before:]
    pair.balancer.lost, passed = 1, len(pair.balancer.passed)
    green = (await world.phone().message_with("Buy ·"))["message_id"]
    await world.phone().taps("Buy ·", green)
    assert len(pair.balancer.passed[passed:]) == 2
    assert len(world.px6.books(world.key)) == 1
    assert (await world.phone().text_of(green)).startswith("Bought 1")


async def test_thirty_people_who_write_at_once_are_each_taken_at_the_first_delivery(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    """More at once than a process has connections, and each of them is told to the other process when it ends."""
    pair.balancer.to, world, passed = None, pair.world, len(pair.balancer.passed)
    for wave in range(3):
        people = range(2000 + 30 * wave, 2030 + 30 * wave)
        await asyncio.gather(*(world.post(f"/people/{each}/messages", {"text": "/help"}) for each in people))
        await world.quiet()
    assert [status for _, status in pair.balancer.passed[passed:]] == [200] * 90
    assert all([(await world.phone(each).reads()).startswith("What I can do") for each in range(2000, 2090)])
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert world.rows("SELECT count(*) FROM taken_updates WHERE holder IS NOT NULL") == [(0,)]


async def test_an_album_is_answered_once_though_its_pictures_go_to_both(pair: Pair) -> None:
    world, before = pair.world, len(sent(pair))
    pair.balancer.to, deliver = None, Deliverer(world)
    picture = {"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}
    for _ in range(4):
        update = message("")
        del update["message"]["text"]
        update["message"] |= {"photo": [picture], "media_group_id": "77"}
        assert await deliver.post(update) == OK
    await world.quiet()
    assert {chosen for chosen, _ in pair.balancer.passed[-4:]} == {A, B}
    assert len(sent(pair)) == before + 1


async def test_one_that_comes_while_the_other_process_handles_it_waits_for_that(pair: Pair) -> None:
    world = pair.world
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id
    update, deliver, before = message(f"/comment {one} office"), Deliverer(world), len(sent(pair))
    with world.held("setdescr"):
        pair.balancer.to = A
        first = deliver.begin(update)
        await world.until(lambda: len(world.asked("setdescr")) == 1)
        pair.balancer.to, passed = B, len(pair.balancer.passed)
        second = deliver.begin(update)
        await world.until(lambda: len(pair.balancer.passed) > passed)
        done, _ = await asyncio.wait((first, second), timeout=0.5)
        assert not done
    assert (await first, await second) == (OK, OK)
    await world.quiet()
    assert len(world.asked("setdescr")) == 1
    assert len(sent(pair)) == before + 1


async def test_what_is_asked_in_one_process_is_answered_in_the_other(pair: Pair) -> None:
    world = pair.world
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id
    for ask, answer in ((A, B), (B, A)):
        await pair.says(ask, f"/comment {one}")
        await pair.says(answer, f"office {answer}")
        assert world.px6.account(world.key).proxies[one].comment == f"office {answer}"
    pair.balancer.to = None
    for text in (f"/comment {one}", "garage", "no answer to anything"):
        await world.post("/people/1001/messages", {"text": text})
    await world.quiet()
    assert world.px6.account(world.key).proxies[one].comment == "garage"


async def test_a_payment_keeps_its_message_though_the_other_process_was_about_to_show_home_there(pair: Pair) -> None:
    world = pair.world
    await pair.says(A, "/buy 1 30 de")
    green, data = await world.phone().green()
    before = len(world.asked("getproxy"))
    with world.held("getproxy"):
        await pair.begins(B, {"message_id": green, "data": "open:proxies"})
        await world.until(lambda: len(world.asked("getproxy")) > before)
        await pair.begins(A, {"message_id": green, "data": data})
        await shown(pair, green, "Bought 1")
    await world.quiet()
    assert (await world.phone().text_of(green)).startswith("Bought 1")


async def test_home_in_the_other_process_while_a_payment_is_under_way_comes_below_and_the_receipt_stays(
    pair: Pair,
) -> None:
    world = pair.world
    await pair.says(A, "/buy 1 30 de")
    green, data = await world.phone().green()
    before = len(sent(pair))
    with world.held("buy"):
        await pair.begins(A, {"message_id": green, "data": data})
        await world.until(lambda: len(world.asked("buy")) == 1)
        await pair.begins(B, {"message_id": green, "data": "open:home"})
        await world.until(lambda: len(sent(pair)) > before)
    await world.quiet()
    assert (await world.phone().text_of(green)).startswith("Bought 1")
    assert (await world.phone().screen())["message_id"] > green
    assert len(world.px6.books(world.key)) == 1


async def test_two_px6_accounts_of_a_person_are_the_same_in_both_processes(pair: Pair) -> None:
    """Added by one, switched by the other; a message of either is of its account in both."""
    world = pair.world
    second = world.px6.add_account(balance="300.00")
    proxy = world.px6.add_proxy(second.key, ends_in=timedelta(days=9))
    await pair.says(A, f"/key {second.key}")
    await pair.taps(A, "Add as another account")
    await pair.says(B, f"/prolong 30 {proxy.id}")
    quote, green = await world.phone().green()
    first = world.px6.account(world.key).user_id
    await pair.says(A, "/accounts")
    await pair.taps(A, first)
    assert f"Account: {first}" in await pair.says(B, "/balance")
    before = len(world.px6.books(world.key))
    await pair.begins(A, {"message_id": quote, "data": green})
    await world.quiet()
    assert [len(world.px6.books(key)) for key in (world.key, second.key)] == [before, 1]
    assert f"\nAccount: {second.user_id}\n" in await world.phone().text_of(quote)


async def one_is_gone(pair: Pair, *left: str) -> None:
    """The second process notices that a third one is, which has left this in the database."""
    ours, soon = pair.apps[B]._presence, int((pair.world.clock() + timedelta(minutes=2)).timestamp() * 1_000_000)
    assert ours is not None
    async with pair.world.app.services.sweep._database.write() as connection:
        await run(connection, "INSERT INTO processes VALUES (?, 1)", ("0" * 16,))
        for statement in left:
            await run(connection, statement, (soon,))
    await ours.beat()
    await pair.world.quiet()


async def test_what_a_process_that_is_gone_had_not_told_another_tells_at_once(pair: Pair) -> None:
    world = pair.world
    await pair.says(A, "/buy 1 30 de")
    await pair.taps(A, "Buy ·")
    before = len(world.telegram.requests)
    await one_is_gone(pair, "UPDATE confirmations SET told = 0, tell_at = ?")
    [again] = list(world.telegram.requests)[before:]
    assert again.method == "editmessagetext" and str(again.params["text"]).startswith("Bought 1")
    assert world.rows("SELECT told, tell_at FROM confirmations") == [(1, None)]


async def test_an_account_that_a_process_was_about_to_look_at_another_looks_at_once_that_is_gone(pair: Pair) -> None:
    asked = len(pair.world.px6.calls)
    await one_is_gone(pair, "UPDATE watches SET lease = '00000000000000001', next_look_at = ?")
    await pair.apps[B].services.sweep.run()
    assert {call.method for call in list(pair.world.px6.calls)[asked:]} >= {"getproxy"}
