"""A person checks proxies by their strings, their own and others', and no password stays anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import pytest

from handlers.ground.proxy_buttons import View
from handlers.proxies.check_string_run import StringRun
from handlers.proxies.check_string_screens import MOST_STRINGS
from handlers.proxies.proxy_strings import ProxyString
from tests.direct_phone import DirectPhone
from tests.intakes import by_both_ways
from tests.journeys.proxies.in_the_middle import comes_to_the_middle, held_after, stops
from tests.world import PATIENCE, Phone, World

ELSEWHERE = "5.18.204.9:8000:stranger:his-password"


def string_of(proxy: Any) -> str:
    return f"{proxy.host}:{proxy.port}:{proxy.user}:{proxy.password}"


async def written_by_person(phone: Phone) -> list[str]:
    """What the person wrote, but for bare commands, and can still be read in the chat."""
    written = [message["text"] for message in await phone.chat() if message["from"] != "bot"]
    return [text for text in written if text not in ("/start", "/settings")]


async def connected(world: World) -> Phone:
    phone = world.phone()
    await phone.connects()
    return phone


@by_both_ways
async def test_own_ones_and_others_are_checked_and_only_host_and_port_are_ever_seen(world: World) -> None:
    phone = await connected(world)
    good, dead = world.px6.add_proxy(world.key), world.px6.add_proxy(world.key, alive=False)
    text = await phone.says(f"/check {string_of(good)}")
    assert text.startswith(f"Checked 1 proxy\n✅ {good.host}:{good.port} works, ")
    assert " · yours\nYour message is deleted" in text
    assert world.asked("check") == [{"proxy": string_of(good)}]
    listed = len(world.asked("getproxy"))
    await phone.taps(f"…{good.host.rpartition('.')[2]}:{good.port}")
    assert f"ID: {good.id}" in await phone.reads()

    text = await phone.says(
        f"/check «{dead.user}:{dead.password}@{dead.host}:{dead.port}»\nsocks5://stranger:his-password@5.18.204.9:8000"
        f"\n{good.host} {good.port} {good.user} wrong\n15 shop"
    )
    assert text.splitlines() == [
        "Checked 3 proxies",
        f"⚠️ {dead.host}:{dead.port} does not work · yours",
        "⚠️ 5.18.204.9:8000 does not work",
        f"⚠️ {good.host}:{good.port} does not work · yours, but with another login or password",
        "A wrong login or password looks the same as a proxy that does not work.",
        "2 parts of your message are not proxies.",
        "Your message is deleted, so that no password stays in the chat.",
    ]
    assert len(world.asked("getproxy")) == listed, "whose they are was just listed"
    assert await written_by_person(phone) == []
    chat = str(await phone.chat())
    assert not any(secret in chat for secret in ("stranger", "his-password"))
    rows = str(world.rows("SELECT choices FROM people"))
    assert "password" not in rows and good.password not in rows and good.host not in rows


async def test_what_px6_refuses_is_said_of_that_one_and_the_others_are_checked(world: World) -> None:
    phone, good = await connected(world), world.px6.add_proxy(world.key)
    text = await phone.says(f"/check 5.18.204.9:99999:u:p\n5.18.204.9:80:u:p:q\n{string_of(good)}")
    assert text.splitlines()[1:4] == [
        "⚠️ 5.18.204.9:99999: px6 does not accept the port",
        "⚠️ 5.18.204.9:80: px6 does not accept this as a proxy",
        *[line for line in text.splitlines() if "works" in line],
    ]
    world.px6.fault("no_before", "check", error_id=404)
    assert "⚠️ 5.18.204.9:8000: px6 has no data about this proxy" in await phone.says(f"/check {ELSEWHERE}")
    world.px6.fault("no_before", "check")
    text = await phone.says(f"/check {ELSEWHERE}\n{string_of(good)}")
    assert text.startswith("Checked 1 of 2\n") and "\n1 not checked. " in text, "what is known of the other stays"


async def test_it_is_reached_by_buttons_and_asks_again_for_what_is_no_proxy(world: World) -> None:
    phone, good = await connected(world), world.px6.add_proxy(world.key)
    await phone.says("/settings")
    await phone.taps("Check any proxy")
    assert (await phone.reads()).startswith("Which proxy to check?")
    text = await phone.says("secret-login:secret-password")
    assert text.startswith("This is not a proxy\n") and "secret" not in text
    assert await written_by_person(phone) == []
    assert "works" in await phone.says(string_of(good)), "the question is still open"
    assert await written_by_person(phone) == []
    assert "I did not understand that" in await phone.says("another text"), "and now it is answered"


async def test_more_than_fit_are_left_out_with_their_number_and_the_rest_keeps_to_px6s_limit(world: World) -> None:
    phone, good = await connected(world), world.px6.add_proxy(world.key)
    many = [f"5.18.204.{number}:80:u:p" for number in range(MOST_STRINGS + 1)]
    text = await phone.says("/check " + "\n".join([string_of(good), *many]))
    assert text.startswith(f"Checked {MOST_STRINGS} proxies\n✅ ")
    assert f"2 more were not checked: only {MOST_STRINGS} at once." in text
    assert len(world.asked("check")) == MOST_STRINGS


async def test_many_show_progress_can_be_stopped_and_are_one_checking(world: World) -> None:
    phone = await connected(world)
    direct = DirectPhone(world.telegram, world.token, phone.id)
    many = "\n".join(f"5.18.204.{number}:80:u:p" for number in range(12))
    with held_after(world, 1):
        direct.says(f"/check {many}")
        await comes_to_the_middle(world, 1)
        await world.until(lambda: any("of 12…" in text for text in direct.stands()))
        direct.says(f"/check {many}")
        await world.until(lambda: "A check is already running" in direct.stands()[-1])
        await stops(world, direct)
    await world.quiet()
    texts = await phone.texts()
    ended = next(text for text in texts if text.startswith("Checked "))
    assert " of 12" in ended and "Stopped." in ended and "Your message is deleted" in ended
    assert await written_by_person(phone) == []


@asynccontextmanager
async def in_the_middle_of_many(world: World) -> AsyncIterator[Phone]:
    """Somebody whose bot is checking twelve strings just now: px6 answers the second and third after the block."""
    phone = await connected(world)
    text = "/check " + "\n".join(f"5.18.204.{number}:80:u:p" for number in range(12))
    with held_after(world, 1):
        await world.post(f"/people/{phone.id}/messages", {"text": text})
        await comes_to_the_middle(world, 1)
        yield phone


async def test_a_bot_that_stops_in_the_middle_says_so(world: World) -> None:
    async with in_the_middle_of_many(world) as phone:
        before = len(world.asked("check"))
        stopping = asyncio.ensure_future(world.app.background.drain(PATIENCE))
        await world.until(lambda: world.app.background.stopping)
    assert await stopping == 0
    await says_that_it_stopped(world, phone, before)


async def test_a_bot_that_has_no_time_to_end_in_the_middle_says_so(world: World) -> None:
    async with in_the_middle_of_many(world) as phone:
        before = len(world.asked("check"))
        assert await world.app.background.drain(0) == 1
    await says_that_it_stopped(world, phone, before)


async def says_that_it_stopped(world: World, phone: Phone, before: int) -> None:
    text = await phone.reads()
    assert text.startswith("Checked ") and " of 12\n" in text and "\nStopped.\nYour message is deleted" in text
    assert len(world.asked("check")) <= before + 2, "those that were asked already"


async def test_a_key_that_is_refused_in_the_middle_of_many_is_asked_for_anew(world: World) -> None:
    async with in_the_middle_of_many(world) as phone:
        before = len(world.asked("check"))
        world.px6.revoke(world.key)
    await world.quiet()
    text = await phone.reads()
    assert text.startswith("px6 no longer accepts your key") and "Your message is deleted" in text
    assert "Enter a new key" in await phone.labels()
    assert len(world.asked("check")) <= before + 2, "all others would be refused as well"


async def test_the_progress_of_many_is_shown_until_the_last_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.proxies.check_progress.EDIT_EVERY", 0.0)
    phone = await connected(world)
    with held_after(world, 2):  # two are asked at a time, so the third comes alone
        saying = asyncio.ensure_future(
            phone.says("/check " + "\n".join(f"5.18.204.{number}:80:u:p" for number in range(3)))
        )
        await world.until(lambda: len(world.asked("check")) == 3)
        await world.until(lambda: any(call.method == "editmessagetext" for call in world.telegram.requests))
    await saying
    edits = [str(call.params["text"]) for call in world.telegram.requests if call.method == "editmessagetext"]
    shown = [text.partition("\n")[0] for text in edits]
    assert shown[0] == "Checking 1 of 3…" and shown[-1] == "Checked 3 proxies"
    assert "Checking 3 of 3…" not in shown


async def test_three_failures_in_a_row_end_a_check_and_an_answer_ends_the_row(world: World) -> None:
    await connected(world)
    client = await world.app.services.accounts.client(1001)
    run = StringRun([ProxyString("5.18.204.9", str(port), "u", "p") for port in range(80, 90)])
    failures = []
    for fault in ({}, {"error_id": 1}, {"error_id": 1}, {"error_id": 404}, *[{"error_id": 1}] * 3):
        if fault:
            world.px6.fault("no_before", "check", **fault)
        proxy = run.next()
        assert proxy is not None
        await run.ask(proxy, partial(client.check_string, proxy.for_px6))
        failures.append(run.failures)
    assert failures == [0, 1, 2, 0, 1, 2, 3], "that px6 knows nothing of a proxy is an answer"
    assert run.next() is None
    assert (run.done, len(run.answers), len(run.silent)) == (7, 2, 5)
    assert [proxy.port for proxy in run.left] == ["81", "82", "84", "85", "86", "87", "88", "89"]


async def test_an_edited_message_is_checked_and_deleted_as_well(world: World) -> None:
    phone, good = await connected(world), world.px6.add_proxy(world.key)
    await phone.says("/start")
    message = next(each["message_id"] for each in await phone.chat() if each["from"] != "bot")
    await world.patch(f"/people/{phone.id}/messages/{message}", {"text": f"/check {string_of(good)}"})
    await world.quiet()
    assert (await phone.reads()).startswith(f"Checked 1 proxy\n✅ {good.host}:{good.port} works, ")
    assert await written_by_person(phone) == []


async def test_a_message_that_stays_is_named_and_so_is_an_edited_one_or_a_caption(world: World) -> None:
    phone, good = await connected(world), world.px6.add_proxy(world.key)
    world.telegram.fail("deleteMessage", 400, times=1)
    text = await phone.says(f"/check {ELSEWHERE}")
    assert text.endswith("⚠️ Delete your message with the password yourself: the bot cannot.")
    picture = aiohttp.FormData({"caption": f"/check {string_of(good)}"})
    picture.add_field("photo", b"a picture", filename="screen.png", content_type="image/png")
    async with world.http.post(f"{world.sandbox.telegram_url}/people/1001/messages", data=picture) as answer:
        assert answer.status == 200, await answer.text()
    await world.quiet()
    assert "works" in await phone.reads()
    assert await written_by_person(phone) == [f"/check {ELSEWHERE}"], "only what Telegram did not let go"
    world.telegram.refusals.clear()


@pytest.mark.parametrize("fault", ["unreachable", "key", "key, the list is known", "address"])
async def test_a_failure_is_told_with_a_way_on_and_the_message_is_gone_all_the_same(world: World, fault: str) -> None:
    phone = await connected(world)
    if fault == "unreachable":
        world.px6.fault("500_before", "check", times=None)
        expected, label = "px6 did not answer.", "Try again"
    elif fault.startswith("key"):
        if fault != "key":
            await phone.forges(View(state="z").pack())
        world.px6.revoke(world.key)
        expected, label = "px6 no longer accepts your key", "Enter a new key"
    else:
        world.px6.rules.names_address = True
        world.px6.restrict(world.key, ["203.0.113.7"])
        expected, label = "Add the bot's address 127.0.0.1 in the API settings at px6", "API settings at px6"
    text = await phone.says(f"/check {ELSEWHERE}")
    assert expected in text and "Your message is deleted" in text
    assert label in await phone.labels()
    assert await written_by_person(phone) == []
    if fault == "unreachable":
        world.px6.clear_faults()
        await phone.taps("Try again")
        assert "Checked 1 proxy" in await phone.says(ELSEWHERE)
    elif fault.startswith("key"):
        assert "This is not a px6 key" in await phone.says("what now"), "a new one is asked for"


async def test_px6s_list_that_does_not_come_keeps_nobody_from_checking(world: World) -> None:
    phone = await connected(world)
    world.px6.fault("500_before", "getproxy", times=None)
    assert "5.18.204.9:8000 does not work" in await phone.says(f"/check {ELSEWHERE}")


async def test_without_a_key_the_message_is_deleted_as_well(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    text = await phone.says(f"/check {ELSEWHERE}")
    assert "send your px6 API key" in text and "Your message is deleted" in text
    assert await written_by_person(phone) == []
    assert "Connected" in await phone.says(world.key)


async def test_an_older_px6_that_checks_ids_only_is_told_in_words(classic_world: World) -> None:
    phone = await connected(classic_world)
    text = await phone.says(f"/check {ELSEWHERE}\n5.18.204.8:80:u:p\n5.18.204.7:80:u:p\n5.18.204.6:80:u:p")
    assert text.startswith("px6 does not check proxies this way\n")
    assert len(classic_world.asked("check")) <= 2, "after the first refusal no other string is sent"
    await phone.taps("My proxies")
    assert "My proxies" in await phone.reads()
