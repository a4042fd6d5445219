"""What phones send besides texts and taps: topics, albums, live locations, pins; and several commands at once."""

from __future__ import annotations

from typing import Any

from tests.world import Phone, World

TOPIC = 77


async def sends(world: World, phone: Phone, **body: Any) -> dict[str, Any]:
    """Anything; waits until it is answered, or not."""
    sent = await world.post(f"/people/{phone.id}/messages", body)
    await world.quiet()
    return sent


async def said(phone: Phone) -> list[dict[str, Any]]:
    return [message for message in await phone.chat() if message["from"] == "bot"]


async def test_what_is_asked_in_a_topic_is_answered_in_it(world: World) -> None:
    """Commands, errors, receipts, files; and outcomes that come after the turn."""
    phone = world.phone()
    await sends(world, phone, text=world.key, message_thread_id=TOPIC)
    for text in ("/balance", "/nonsense", "/price nothing", "/buy 1 30 de", "/export", "/forecast"):
        await sends(world, phone, text=text, message_thread_id=TOPIC)
    for label in ("Buy ·", "Chart", "Calendar file"):
        await phone.taps(label)
    assert not [message["text"] for message in await said(phone) if message["thread"] != TOPIC]
    assert len(await said(phone)) >= 7
    await sends(world, phone, text="/balance")
    assert (await phone.screen())["thread"] is None


async def test_a_topic_that_is_gone_keeps_nothing_from_being_said(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    before = len(await said(phone))
    await sends(world, phone, text="/balance", message_thread_id=TOPIC)
    bot = world.telegram.bot(world.settings.bot_token.get_secret_value())
    world.telegram.private_chat(bot, phone.id).topics.clear()
    tap = {
        "id": "1",
        "from": {"id": phone.id, "is_bot": False, "first_name": "A"},
        "message": {
            "message_id": 1, "date": 1, "text": "a", "message_thread_id": TOPIC, "is_topic_message": True,
            "chat": {"id": phone.id, "type": "private"}, "from": {"id": bot.id, "is_bot": True, "first_name": "B"},
        },
        "chat_instance": "1",
        "data": "+open:help",
    }  # fmt: skip
    world.telegram.push(world.settings.bot_token.get_secret_value(), "callback_query", tap)
    await world.quiet()
    texts = [message["text"] for message in (await said(phone))[before:]]
    assert any(text.startswith("What I can do") for text in texts), texts
    world.telegram.refusals.clear()  # the thread, and a tap that the stand-in does not know


async def test_an_album_is_answered_once(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    before = len(await said(phone))
    for _ in range(10):
        await sends(world, phone, location="1,2", media_group_id="42")
    assert len(await said(phone)) == before + 1
    await sends(world, phone, location="1,2", media_group_id="43")
    assert len(await said(phone)) == before + 2


NEWS: dict[str, dict[str, Any]] = {
    "a pin": {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 1001, "type": "private"}}},
    "a timer": {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
    "a topic": {"forum_topic_created": {"name": "a", "icon_color": 1}},
    "something new": {"hologram": {"size": 3}},
}


async def test_news_of_the_chat_are_not_answered(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    before = len(await said(phone))
    for name, news in NEWS.items():
        world.telegram.push(world.settings.bot_token.get_secret_value(), "message", message(phone) | news)
        await world.quiet()
        assert len(await said(phone)) == before, name


async def test_a_live_location_is_answered_once_however_often_it_moves(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    before = len(await said(phone))
    await sends(world, phone, location="1,2")
    for step in range(5):
        moved = message(phone) | {"edit_date": 2, "location": {"latitude": step, "longitude": 2, "live_period": 900}}
        world.telegram.push(world.settings.bot_token.get_secret_value(), "edited_message", moved)
    await world.quiet()
    assert len(await said(phone)) == before + 1


def message(phone: Phone) -> dict[str, Any]:
    person = {"id": phone.id, "is_bot": False, "first_name": "A"}
    return {"message_id": 900, "date": 1, "from": person, "chat": {"id": phone.id, "type": "private"}}


async def test_several_commands_in_one_message_are_all_done(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for text in ("/balance\n/stock de", "/balance /stock de", "/balance\t/stock de"):
        before = len(await said(phone))
        await phone.says(text)
        first, second = (each["text"] for each in (await said(phone))[before:])
        assert "640.50 RUB" in first and "Germany" in second, text


async def test_a_text_that_holds_a_command_stays_a_text(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    one = next(iter(world.px6.account(world.key).proxies))
    await phone.says(f"/comment {one} see /orders")
    assert world.px6.account(world.key).proxies[one].comment == "see /orders"


async def test_of_very_many_commands_it_is_said_which_were_left(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    before = len(await said(phone))
    text = await phone.says("\n".join(["/help"] * 5 + ["/orders", "/balance"]))
    assert text == "Too many commands in one message. Not run: /orders, /balance"
    assert len(await said(phone)) == before + 6


# -- replies


async def test_a_reply_answers_the_question_that_it_replies_to_and_not_the_last(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    one, two = list(world.px6.account(world.key).proxies)[:2]
    await phone.says(f"/comment {one}")
    first = (await phone.screen())["message_id"]
    await phone.says(f"/comment {two}")
    await sends(world, phone, text="for the first", reply_to=first)
    await phone.says("for the second")
    proxies = world.px6.account(world.key).proxies
    assert (proxies[one].comment, proxies[two].comment) == ("for the first", "for the second")


async def test_a_reply_answers_a_question_that_was_left_unless_another_screen_took_its_place(
    world: World,
) -> None:
    phone = world.phone()
    await phone.connects()
    one = next(iter(world.px6.account(world.key).proxies))
    await phone.says(f"/comment {one}")
    question = (await phone.screen())["message_id"]
    await phone.says("/balance")
    await sends(world, phone, text="warehouse", reply_to=question)
    assert world.px6.account(world.key).proxies[one].comment == "warehouse"

    await phone.says(f"/comment {one}")
    question = (await phone.screen())["message_id"]
    await phone.taps("Home", question)
    await sends(world, phone, text="elsewhere", reply_to=question)
    assert "I did not understand that" in await phone.reads()
    assert world.px6.account(world.key).proxies[one].comment == "warehouse"
