"""A person and a bot talk: messages, taps, edits, deletions."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.sandbox.telegram.conftest import PERSON, World, keyboard

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def tapped(world: World, **body: Any) -> tuple[Any, asyncio.Task[Any]]:
    """The callback query of a tap, and the person's request that waits for its answer."""
    seen = len(await world.updates())
    waiting = asyncio.ensure_future(world.person("POST", f"{PERSON}/taps", json=body))
    updates = await world.updates(offset=-1, timeout=5) if not seen else await world.updates()
    return updates[-1]["callback_query"], waiting


async def test_what_a_person_writes_reaches_the_bot_with_commands_marked(world: World) -> None:
    await world.person("PATCH", f"{PERSON}", json={"language_code": "ru", "first_name": "Анна", "username": "anna"})
    message_id = await world.write("/buy 1 7 ru")
    [update] = await world.updates()
    message = update["message"]
    user = {"id": PERSON, "is_bot": False, "first_name": "Анна", "username": "anna", "language_code": "ru"}
    assert message["from"] == user
    assert message["chat"] == {"id": PERSON, "type": "private", "first_name": "Анна", "username": "anna"}
    assert (message["message_id"], message["text"]) == (message_id, "/buy 1 7 ru")
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 4}]
    assert message["date"] == int(world.clock.now().timestamp())


async def test_message_ids_are_one_growing_sequence_for_all_people(world: World) -> None:
    ids = [await world.write("a"), (await world.say())["message_id"], await world.write("b", person=8)]
    assert ids == [2, 3, 4]


async def test_a_tap_is_answered_when_the_bot_answers_it(world: World) -> None:
    sent = await world.say(reply_markup=keyboard("A", "B"))
    query, waiting = await tapped(world, message_id=sent["message_id"], label="B")
    assert query["data"] == "b"
    assert query["message"] == sent
    assert query["chat_instance"].isdigit()
    assert await world.call("answerCallbackQuery", callback_query_id=query["id"], text="Done", show_alert=True)
    answer = await waiting
    assert answer == {"answered": True, "text": "Done", "show_alert": True, "url": None, "cache_time": 0}
    again = await world.refusal("answerCallbackQuery", callback_query_id=query["id"])
    assert again == TOO_OLD
    assert [given["text"] for given in (await world.chat())["answers"]] == ["Done"]


async def test_a_tap_is_too_old_after_150_seconds(world: World) -> None:
    await world.say(reply_markup=keyboard("A"))
    query, waiting = await tapped(world, label="A")
    world.clock.move(150)
    assert await world.refusal("answerCallbackQuery", callback_query_id=query["id"]) == TOO_OLD
    assert await world.updates() == []
    waiting.cancel()


async def test_without_a_message_id_the_newest_message_with_the_label_is_tapped(world: World) -> None:
    await world.say("old", reply_markup=keyboard("A"))
    newer = await world.say("newer", reply_markup=keyboard("A"))
    await world.say("newest", reply_markup=keyboard("B"))
    query, waiting = await tapped(world, label="A")
    assert query["message"]["message_id"] == newer["message_id"]
    waiting.cancel()


async def test_a_label_that_is_not_there_is_an_error_that_names_the_labels(world: World) -> None:
    sent = await world.say(reply_markup=keyboard("A", "B"))
    body = {"message_id": sent["message_id"], "label": "C"}
    error = await world.person("POST", f"{PERSON}/taps", 404, json=body)
    assert error == {"error": "there is no button 'C'", "labels": ["A", "B"]}
    error = await world.person("POST", f"{PERSON}/taps", 400, json={})
    assert "label" in error["error"]


async def test_a_forged_tap_on_a_deleted_message_shows_it_as_inaccessible(world: World) -> None:
    query, waiting = await tapped(world, message_id=999, data="forged")
    assert query["data"] == "forged"
    assert query["message"]["date"] == 0
    assert query["message"]["message_id"] == 999
    waiting.cancel()


async def test_buttons_without_data_are_served_by_the_phone_itself(world: World) -> None:
    rows = [
        [{"text": "Link", "url": "https://t.me/socks?server=1.2.3.4&port=80&user=u&pass=p"}],
        [{"text": "Copy", "copy_text": {"text": "a:b"}}, {"text": "Off", "disabled": {}}],
    ]
    sent = await world.say(reply_markup={"inline_keyboard": rows})
    assert sent["reply_markup"]["inline_keyboard"] == rows

    async def tap(label: str) -> Any:
        return await world.person("POST", f"{PERSON}/taps", json={"label": label})

    assert (await tap("Link"))["url"].startswith("https://t.me/socks?")
    assert (await tap("Copy"))["copied"] == "a:b"
    assert (await tap("Off"))["disabled"] is True
    assert await world.updates() == []


async def test_the_person_sees_texts_entities_keyboards_and_edits(world: World) -> None:
    styled = {"inline_keyboard": [[{"text": "Buy", "callback_data": "b", "style": "success"}]]}
    sent = await world.say("<b>old</b>", parse_mode="HTML", reply_markup=styled, protect_content=True)
    [_, seen] = (await world.chat())["messages"]
    assert (seen["from"], seen["text"], seen["edited"]) == ("bot", "old", False)
    assert seen["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert seen["keyboard"] == styled["inline_keyboard"]
    assert seen["protected"] is True
    edited = await world.call("editMessageText", chat_id=PERSON, message_id=sent["message_id"], text="new")
    assert "reply_markup" not in edited
    assert edited["edit_date"] == edited["date"]
    [_, seen] = (await world.chat())["messages"]
    assert (seen["text"], seen["keyboard"], seen["edited"]) == ("new", [], True)


async def test_a_new_keyboard_alone_does_not_mark_a_message_as_edited(world: World) -> None:
    sent = await world.say(reply_markup=keyboard("A"))
    place = {"chat_id": PERSON, "message_id": sent["message_id"]}
    await world.call("editMessageReplyMarkup", reply_markup=keyboard("B"), **place)
    seen = (await world.chat())["messages"][-1]
    assert (seen["keyboard"][0][0]["text"], seen["edited"]) == ("B", False)


async def test_reply_keyboards_come_stay_and_go(world: World) -> None:
    await world.say(reply_markup={"keyboard": [["Yes", "No"]], "one_time_keyboard": True})
    assert (await world.chat())["reply_keyboard"]["keyboard"] == [[{"text": "Yes"}, {"text": "No"}]]
    await world.write("Yes")
    assert (await world.chat())["reply_keyboard"] is None
    await world.say(reply_markup={"keyboard": [[{"text": "Stay"}]]})
    await world.write("Stay")
    assert (await world.chat())["reply_keyboard"] is not None
    await world.say(reply_markup={"remove_keyboard": True})
    assert (await world.chat())["reply_keyboard"] is None


async def test_bot_and_person_can_delete_messages(world: World) -> None:
    own, sent = await world.write("secret"), await world.say()
    await world.call("deleteMessage", chat_id=PERSON, message_id=own)
    await world.person("DELETE", f"{PERSON}/messages/{sent['message_id']}")
    assert [message["text"] for message in (await world.chat())["messages"]] == ["/start"]
    assert await world.call("deleteMessages", chat_id=PERSON, message_ids=[1, 99]) is True
    assert (await world.chat())["messages"] == []


async def test_an_edit_of_the_person_reaches_the_bot(world: World) -> None:
    message_id = await world.write("old")
    await world.person("PATCH", f"{PERSON}/messages/{message_id}", json={"text": "new"})
    edited = (await world.updates())[-1]["edited_message"]
    assert (edited["message_id"], edited["text"]) == (message_id, "new")
    assert "edit_date" in edited


async def test_replies_carry_the_message_replied_to(world: World) -> None:
    sent = await world.say("question")
    await world.write("answer", reply_to=sent["message_id"])
    assert (await world.updates())[-1]["message"]["reply_to_message"]["text"] == "question"
    mine = await world.say("back", reply_parameters={"message_id": 1})
    assert mine["reply_to_message"]["text"] == "/start"
    lonely = await world.say("x", reply_parameters={"message_id": 99, "allow_sending_without_reply": True})
    assert "reply_to_message" not in lonely


async def test_blocking_tells_the_bot_and_stops_the_person_too(world: World) -> None:
    await world.person("PATCH", f"{PERSON}", json={"blocked": True})
    [update] = await world.updates()
    change = update["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    assert (await world.person("POST", f"{PERSON}/messages", 409, json={"text": "a"}))["error"]
    await world.person("PATCH", f"{PERSON}", json={"blocked": False})
    assert (await world.updates())[-1]["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert await world.say()


async def test_typing_reactions_effects_drafts_and_pins_are_seen(world: World) -> None:
    assert await world.call("sendChatAction", chat_id=PERSON, action="typing")
    assert (await world.chat())["action"]["action"] == "typing"
    world.clock.move(5)
    assert (await world.chat())["action"] is None
    thumb = [{"type": "emoji", "emoji": "👍"}]
    assert await world.call("setMessageReaction", chat_id=PERSON, message_id=1, reaction=thumb)
    assert (await world.chat())["messages"][0]["reactions"] == thumb
    assert await world.call("sendMessageDraft", chat_id=PERSON, draft_id=1, text="<b>so far", parse_mode="") is True
    assert (await world.chat())["drafts"][0]["text"] == "<b>so far"
    sent = await world.say(message_effect_id="5046509860389126442")
    assert (await world.chat())["drafts"] == []
    assert sent["effect_id"] == "5046509860389126442"
    assert await world.call("pinChatMessage", chat_id=PERSON, message_id=1)
    assert (await world.call("getChat", chat_id=PERSON))["pinned_message"]["text"] == "/start"
    assert await world.call("unpinChatMessage", chat_id=PERSON)
    bad = await world.refusal(
        "setMessageReaction", chat_id=PERSON, message_id=1, reaction=[{"type": "emoji", "emoji": "x"}]
    )
    assert bad == "Bad Request: REACTION_INVALID"


async def test_messages_can_be_copied_and_forwarded_unless_protected(world: World) -> None:
    sent = await world.say("a")
    source = {"chat_id": PERSON, "from_chat_id": PERSON, "message_id": sent["message_id"]}
    assert (await world.call("copyMessage", **source))["message_id"] > sent["message_id"]
    forwarded = await world.call("forwardMessage", **source)
    assert forwarded["forward_origin"]["sender_user"]["is_bot"] is True
    source["message_id"] = (await world.say("b", protect_content=True))["message_id"]
    assert await world.refusal("forwardMessage", **source) == "Bad Request: message can't be forwarded"


async def test_with_several_bots_the_person_says_which(world: World) -> None:
    await world.call("getMe", token="43:other")
    await world.call("getMe")
    error = await world.person("GET", f"{PERSON}/chat", 400)
    assert error["bots"] == [42, 43]
    chat = await world.person("GET", f"{PERSON}/chat?bot=43")
    assert (chat["messages"], chat["bot"]["id"]) == ([], 43)
    await world.person("POST", f"{PERSON}/messages?bot=43", json={"text": "to 43"})
    assert [u["message"]["text"] for u in await world.call("getUpdates", token="43:other")] == ["to 43"]


async def test_in_a_group_the_bot_hears_commands_its_name_and_answers(world: World) -> None:
    group: dict[str, Any] = {"params": {"chat": "-1001"}}
    await world.person("POST", f"{PERSON}/messages", json={"text": "just talk"}, **group)
    await world.person("POST", f"{PERSON}/messages", json={"text": "/start"}, **group)
    await world.person("POST", f"{PERSON}/messages", json={"text": "/start@other_bot"}, **group)
    updates = await world.updates()
    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    [heard] = [update["message"] for update in updates[1:]]
    assert (heard["text"], heard["chat"]["type"], heard["chat"]["id"]) == ("/start", "supergroup", -1001)
    await world.call("sendMessage", chat_id=-1001, text="only in private")
    seen = await world.person("GET", f"{PERSON}/chat", **group)
    assert seen["messages"][-1]["text"] == "only in private"
    assert await world.call("getChatMemberCount", chat_id=-1001) == 2
    assert (await world.call("getChatAdministrators", chat_id=-1001))[0]["status"] == "creator"
    assert await world.call("leaveChat", chat_id=-1001)
    gone = await world.refusal("sendMessage", chat_id=-1001, text="a")
    assert gone == "Forbidden: bot is not a member of the supergroup chat"


async def test_a_person_is_picked_with_a_button_of_the_keyboard(world: World) -> None:
    """The bot is told what it asked for, and nobody who was not picked."""
    asked = {"request_id": 5, "request_name": True, "user_is_bot": False}
    rows = {"keyboard": [[{"text": "Pick", "request_users": asked}, "Stop"]], "one_time_keyboard": True}
    await world.person("PATCH", "8", json={"first_name": "Ben", "username": "ben"})
    path = f"{PERSON}/shared"
    assert (await world.person("POST", path, 404, json={"users": [8]}))["labels"] == []
    await world.say(reply_markup=rows)
    for users in ([], [8, 9]):
        await world.person("POST", path, 400, json={"users": users})
    await world.person("POST", path, 400, json={"users": "8"})
    assert (await world.person("POST", path, 404, json={"users": [8], "label": "Stop"}))["labels"] == ["Pick"]
    assert await world.updates() == []
    picked = await world.person("POST", path, json={"users": [8], "label": "Pick"})
    [update] = await world.updates()
    message = update["message"]
    assert message["message_id"] == picked["message_id"]
    assert message["users_shared"] == {
        "request_id": 5,
        "users": [{"user_id": 8, "first_name": "Ben"}],
        "user_ids": [8],
    }
    assert "text" not in message
    assert (await world.chat())["reply_keyboard"] is None


async def test_a_button_that_asks_for_people_is_checked(world: World) -> None:
    def rows(**asked: Any) -> Any:
        return {"keyboard": [[{"text": "Pick", "request_users": asked}]]}

    why = await world.refusal("sendMessage", chat_id=PERSON, text="a", reply_markup=rows(request_name=True))
    assert why == "Bad Request: can't parse keyboard button: Can't find field \"request_id\""
    for wrong in ({"request_id": 2**31}, {"request_id": 1, "max_quantity": 11}):
        why = await world.refusal("sendMessage", chat_id=PERSON, text="a", reply_markup=rows(**wrong))
        assert why == "Bad Request: BUTTON_TYPE_INVALID"
    await world.say(reply_markup=rows(request_id=1, max_quantity=2))
    await world.person("POST", f"{PERSON}/shared", json={"users": [8, 9, 8]})
    [update] = await world.updates()
    assert update["message"]["users_shared"]["users"] == [{"user_id": 8}, {"user_id": 9}]
