"""Connecting an account, replacing its key, forgetting everything, and who may use the bot at all."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from tests.cases import case
from tests.direct_phone import DirectPhone
from tests.storage.owners import DUMP
from tests.world import Phone, World, new_world


async def test_a_wrong_key_is_explained_deleted_from_the_chat_and_not_stored(world: World) -> None:
    for number, (key, why) in enumerate(
        (
            ("abc def-123", "There is a space or a line break in it"),
            ("abc\ndef-123", "There is a space or a line break in it"),
            ("x" * 4000, "much too long"),
            ("abc", "too short"),
            ("ключ-ключ-ключ", "only Latin letters"),
            ("5a6d9b0c1e-2f3a4b5c6d-7e8f901a", "px6 does not accept this key"),
        )
    ):
        phone = world.phone(2001 + number)
        await phone.says("/start")
        with case(key):
            text = await phone.says(f"/key {key}")
            assert why in text and "Nothing was stored." in text
            assert "My key at px6" in await phone.labels()
            assert key not in [m["text"] for m in await phone.chat()]
            assert world.rows("select 1 from accounts") == []


async def test_key_without_an_argument_asks_and_the_next_text_is_the_key(world: World) -> None:
    phone = world.phone()
    assert "Send your px6 API key" in await phone.says("/key")
    assert "Connected" in await phone.says(world.key)


async def test_ten_keys_an_hour_are_enough(world: World) -> None:
    phone = world.phone()
    for number in range(10):
        await phone.says(f"/key 0000000000-{number:010d}-0000000000")
    text = await phone.says(f"/key {world.key}")
    assert text.splitlines()[0] == "This key was not tried", "of this key nothing is known"
    assert "Ten keys were tried" in text and "Nothing was stored." in text
    assert "The key is at px6" not in text


async def test_a_new_key_replaces_the_old_one_after_a_question(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    other = world.px6.add_account(balance="12.30", currency="USD")
    text = await phone.says(other.key)
    assert "Replace the old key?" in text and "another px6 account" in text
    assert "640.50 RUB" in await phone.says("/balance")
    await phone.taps("Use the new key")
    assert "12.30 USD" in await phone.says("/balance")


async def test_a_new_key_of_the_same_account_takes_the_place_of_the_old_one_at_once(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    text = await phone.says(world.px6.new_key(world.key))
    assert text.startswith("Connected\n") and "640.50 RUB" in text
    assert world.rows("select count(*) from proposals") == [(0,)]
    assert "640.50 RUB" in await phone.says("/balance")


async def test_a_replaced_key_is_replaced_also_when_px6_fails_right_after(world: World) -> None:
    phone, other = world.phone(), world.px6.add_account(balance="12.30", currency="USD")
    await phone.connects()
    await phone.says(other.key)
    world.px6.fault("500_before", "", times=10)
    await phone.taps("Use the new key")
    told = await phone.reads()
    assert told.startswith(f"Connected\npx6 account {other.user_id}. The balance is not available right now.")
    assert "Nothing was" not in told
    assert await phone.labels() == ["My proxies", "Home"]
    assert world.rows("select px6_user_id from accounts") == [(other.user_id,)]
    world.px6.clear_faults()
    assert "12.30 USD" in await phone.says("/balance")


async def test_use_the_new_key_takes_the_key_that_its_message_names(world: World) -> None:
    """Of two questions only the newer one can be answered: the button of the older never takes the other key."""
    phone, first, second = world.phone(), world.px6.add_account(), world.px6.add_account()
    await phone.connects()
    await phone.says(first.key)
    older = (await phone.screen())["message_id"]
    await phone.says(second.key)
    answer = await phone.taps("Use the new key", older)
    assert answer["text"] == "You have sent another key since. Use the buttons under that one."
    assert answer["show_alert"]
    assert world.rows("select px6_user_id from accounts") == [(world.px6.account(world.key).user_id,)]
    await phone.taps("Use the new key")
    assert world.rows("select px6_user_id from accounts") == [(second.user_id,)]
    answer = await phone.taps("Use the new key", older)
    assert (answer["text"], answer["show_alert"]) == ("That key is no longer saved. Send it again.", True)
    assert world.rows("select px6_user_id from accounts") == [(second.user_id,)]


async def test_try_again_tries_the_key_that_its_message_is_about(world: World) -> None:
    phone, first, second = world.phone(), world.px6.add_account(), world.px6.add_account()
    await phone.says("/start")
    world.px6.fault("500_before", "", times=6)
    await phone.says(first.key)
    older = (await phone.screen())["message_id"]
    await phone.says(second.key)
    answer = await phone.taps("Try again", older)
    assert answer["text"] == "You have sent another key since. Use the buttons under that one."
    assert answer["show_alert"]
    await phone.taps("Try again")
    assert world.rows("select px6_user_id from accounts") == [(second.user_id,)]


async def test_a_key_that_px6_could_not_tell_of_need_not_be_sent_again(world: World) -> None:
    """Its message is deleted, the key is kept sealed for half an hour; such a try counts for nothing."""
    phone = world.phone()
    await phone.says("/start")
    world.px6.restrict(world.key, ["203.0.113.7"])
    for _ in range(11):
        told = await phone.says(world.key)
    assert "only from certain IP addresses" in told and "kept encrypted for half an hour" in told
    assert world.rows("select count(*) from accounts") == world.rows("select count(*) from key_tries") == [(0,)]
    message = (await phone.screen())["message_id"]
    kept = await world.app.services.accounts.proposal(1001)
    assert kept is not None
    await phone.forges(f"key-new:{kept.number}:0", message)  # it was not checked, so it cannot be taken as checked
    assert world.rows("select count(*) from accounts") == [(0,)]
    await phone.says(world.key)
    world.px6.restrict(world.key, [])
    await phone.taps("Try again")
    told = await phone.reads()
    assert "640.50 RUB" in told and told.endswith("\nThe key is stored encrypted."), "no message was deleted now"
    assert world.rows("select count(*) from proposals") == [(0,)]
    await phone.forges(f"key-try:{kept.number}")
    assert (await phone.reads()).startswith("Connected\n"), "an older button of the same key"
    await phone.forges("key-try:1")
    assert "Send your px6 API key" in await phone.reads()


async def test_who_taps_twice_to_use_a_new_key_reads_twice_that_it_is_connected(world: World) -> None:
    phone, other = world.phone(), world.px6.add_account(balance="12.30", currency="USD")
    await phone.connects()
    await phone.says(other.key)
    direct = DirectPhone(world.telegram, world.token, phone.id)
    found = direct.button("key-new:")
    assert found is not None
    first, second = direct.presses(*found), direct.presses(*found)
    await world.quiet()
    assert [tap.answer and tap.answer["text"] for tap in (first, second)] == [None, None]
    connected = f"Connected\npx6 account {other.user_id}, balance 12.30 USD\n"
    assert direct.reads(found[0].message_id).startswith(connected)
    assert "I did not understand that" in await phone.says("what now"), "no key is asked for"


async def test_who_taps_twice_to_try_a_key_again_reads_twice_that_it_is_connected(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    world.px6.fault("500_before", "", times=3)
    await phone.says(world.key)
    direct = DirectPhone(world.telegram, world.token, phone.id)
    found = direct.button("key-try:")
    assert found is not None
    for _ in range(2):
        tap = direct.presses(*found)
        await world.quiet()
        assert (tap.answer or {})["text"] is None
        assert direct.reads(found[0].message_id).startswith("Connected\n")
    assert "I did not understand that" in await phone.says("what now"), "no key is asked for"


async def test_of_the_stored_key_nothing_is_kept_to_be_tried_again_while_px6_is_away(world: World) -> None:
    """What waits is another key, and "Try again" would lead to that."""
    phone, other = world.phone(), world.px6.add_account()
    await phone.connects()
    await phone.says(other.key)
    world.px6.fault("500_before", "", times=3)
    told = await phone.says(world.key)
    assert told.startswith("px6 did not answer.") and told.endswith(
        "The key you sent is the one that is stored already."
    )
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("px6 · 640.50 RUB")


async def test_nobody_is_told_that_a_message_is_deleted_which_is_not(world: World) -> None:
    phone, other = world.phone(), world.px6.add_account().key
    for key, expected in ((world.key, "Connected"), (other, "Replace the old key"), ("0" * 10, "does not work")):
        world.telegram.fail("deleteMessage", 400, times=1)
        told = await phone.says(f"/key {key}")
        assert expected in told and "⚠️ Delete your message with the key" in told
        assert "is deleted" not in told
    await phone.says(other)
    await phone.taps("Use the new key")
    assert "is deleted" not in await phone.reads()
    world.telegram.refusals.clear()


async def test_a_key_that_px6_no_longer_takes_is_said_so_with_a_way_to_give_a_new_one(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.revoke(world.key)
    assert "px6 no longer accepts your key" in await phone.says("/balance")
    assert "Enter a new key" in await phone.labels()


async def test_an_address_restriction_is_explained(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.restrict(world.key, ["203.0.113.7"])
    assert "only from certain IP addresses" in await phone.says("/balance")


async def test_forget_asks_and_leaves_no_trace_in_the_file(world: World) -> None:
    phone = world.phone(77001122)
    await phone.connects()
    await phone.says("/buy 1 30 de")
    await phone.taps("Buy ·")
    await phone.says("/forget")
    assert world.rows("select count(*) from people") == [(1,)]
    await phone.taps("Erase everything")
    assert "The bot keeps nothing about you any more" in await phone.reads()
    for table in ("people", "accounts", "orders", "quotes", "confirmations", "selections"):
        assert world.rows(f"select count(*) from {table}") == [(0,)]  # noqa: S608 - names from this list
    for file in world.folder.glob("bot.sqlite3*"):
        assert b"77001122" not in file.read_bytes()


async def test_strangers_get_one_polite_line(tmp_path: Path) -> None:
    async with new_world(tmp_path, allowed_user_ids=frozenset({1001})) as world:
        assert "This bot is private" in await world.phone(2002).says("/start")
        assert "send your px6 API key" in await world.phone(1001).says("/start")
        assert world.rows("select telegram_id from people") == [(1001,)]


async def test_in_a_group_the_bot_says_that_it_works_in_private_only(world: World) -> None:
    async with world.http.post(
        f"{world.sandbox.telegram_url}/people/1001/messages?chat=-500", json={"text": "/start"}
    ) as answer:
        assert answer.status == 200
    await world.quiet()
    async with world.http.get(f"{world.sandbox.telegram_url}/people/1001/chat?chat=-500") as answer:
        messages = (await answer.json())["messages"]
    assert "only in a private chat" in messages[-1]["text"]


async def test_a_key_under_a_picture_is_taken_and_the_picture_deleted(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    picture = aiohttp.FormData({"caption": f"my key {world.key}"})
    picture.add_field("photo", b"a picture", filename="screen.png", content_type="image/png")
    async with world.http.post(f"{world.sandbox.telegram_url}/people/1001/messages", data=picture) as answer:
        assert answer.status == 200, await answer.text()
    await world.quiet()
    assert (await phone.reads()).startswith("Connected")
    assert [m for m in await phone.chat() if m["from"] != "bot" and m["text"] != "/start"] == []


async def test_of_a_command_beside_a_key_it_is_said_that_it_was_not_run(world: World) -> None:
    phone, key = world.phone(), world.key
    for said, command in ((key, None), (f"/key {key}", None), (f"mine: {key}", None), (f"/Buy 1 {key}", "/buy")):
        shown = await phone.says(said)
        left_out = f"Your message contained a key, so {command} was not run."
        assert [line for line in shown.split("\n") if "was not run" in line] == ([left_out] if command else []), said


async def test_the_phones_language_is_spoken_and_can_be_switched(world: World) -> None:
    phone = world.phone()
    await world.patch("/people/1001", {"language_code": "ru"})
    assert "Ваши прокси px6" in await phone.says("/start")
    await phone.says(f"/key {world.key}")
    assert "640,50 ₽" in await phone.says("/balance")
    await phone.says("/language")
    await phone.taps("English")
    assert "640.50 RUB" in await phone.says("/balance")


async def test_anything_else_gets_a_useful_answer(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert "no such command" in await phone.says("/frobnicate")
    assert "I did not understand that" in await phone.says("hello")
    await world.post("/people/1001/messages", {"sticker": "🙂"})
    await world.quiet()
    assert "only text, buttons, and lists" in await phone.reads()


async def test_a_forged_or_outdated_button_is_answered_and_does_nothing(world: World) -> None:
    """Neither at px6 nor in the database; it says something. One that is there opens its screen, or changes a row."""
    for number, data in enumerate(("nonsense", "b:9:zz:x:y", "pay:unknown:30", "open:", "q:buy:none", "x" * 64)):
        phone = world.phone(2001 + number)
        await phone.connects()
        with case(data):
            await does_nothing(world, phone, data)


async def does_nothing(world: World, phone: Phone, data: str) -> None:
    before, asked, shown = everything(world), len(world.px6.calls), await phone.reads()
    answer = await phone.forges(data)
    assert answer["answered"]
    assert answer.get("text") or await phone.reads() != shown
    assert everything(world) == before
    assert {call.method for call in world.px6.calls[asked:]} <= {"getproxy"}, "the home screen reads the list"
    await phone.forges("open:settings")
    assert (await phone.reads()).startswith("Settings")
    await phone.forges("rm-s:on:0")
    assert everything(world) != before


def everything(world: World) -> list[tuple[object, ...]]:
    """All rows of all tables but what px6 said, which is written down behind whatever reads it."""
    return sorted((row for row in world.rows(DUMP) if row[0] != "last_known"), key=str)


async def test_another_persons_quote_cannot_be_paid(world: World) -> None:
    """Not even with the same key, where nothing else stands in the way; its own person's tap pays it."""
    mine, other = world.phone(1), world.phone(2)
    await mine.connects()
    await mine.says("/buy 1 30 de")
    ((quote,),) = world.rows("select id from quotes")
    await other.connects(world.key)
    await other.forges(f"pay:{quote}:30")
    assert "out of date" in await other.reads()
    assert [call for call in world.px6.calls if call.method == "buy"] == []
    await mine.forges(f"pay:{quote}:30")
    assert len([call for call in world.px6.calls if call.method == "buy"]) == 1


async def test_the_language_can_be_named_in_the_command(world: World) -> None:
    phone = world.phone()
    for given, shown in (("ru", "Настройки"), ("English", "Settings"), ("русский", "Настройки"), ("EN", "Settings")):
        assert (await phone.says(f"/language {given}")).startswith(shown), given
    for given in ("", "klingon"):
        assert (await phone.says(f"/language {given}")).startswith("Language"), "what it does not know is asked for"
