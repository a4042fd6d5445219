"""What the real server refuses is refused, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.telegram.conftest import PERSON, TOKEN, Refused, World, keyboard

BAD = "Bad Request: "
PARSE = BAD + "can't parse entities: "
NOT_MODIFIED = (
    BAD + "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def button(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[fields]]}


def html(text: str) -> dict[str, Any]:
    return {"text": text, "parse_mode": "HTML"}


def v2(text: str) -> dict[str, Any]:
    return {"text": text, "parse_mode": "MarkdownV2"}


def entity(**fields: Any) -> dict[str, Any]:
    return {"text": "hello 😀", "entities": [{"type": "bold", "offset": 0, "length": 1, **fields}]}


def reserved(char: str) -> str:
    return PARSE + f"Character '{char}' is reserved and must be escaped with the preceding '\\'"


SENDING: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, BAD + "message text is empty"),
    ({"text": "  \n "}, BAD + "text must be non-empty"),
    ({"text": "x" * 4097}, BAD + "message is too long"),
    ({"text": "я" * 17_000}, BAD + "text is too long"),
    ({"text": "a", "parse_mode": "BBCode"}, BAD + "unsupported parse_mode"),
    ({"text": "a", "chat_id": ""}, BAD + "chat_id is empty"),
    ({"text": "a", "chat_id": "0"}, BAD + "chat not found"),
    ({"text": "a", "chat_id": "-5"}, BAD + "chat not found"),
    ({"text": "a", "chat_id": "@nobody"}, BAD + "chat not found"),
    ({"text": "a", "chat_id": "word"}, BAD + "chat not found"),
    ({"text": "a", "reply_parameters": {"message_id": 999}}, BAD + "message to be replied not found"),
    ({"text": "a", "reply_parameters": {"quote": "x"}}, BAD + 'can\'t find field "message_id"'),
    ({"text": "a", "message_effect_id": "99"}, BAD + "EFFECT_ID_INVALID"),
    ({"text": "a", "message_thread_id": 5}, BAD + "message thread not found"),
    ({"text": "a", "business_connection_id": "x"}, BAD + "business connection not found"),
    ({"text": "a", "allow_paid_broadcast": True}, BAD + "FLOODSKIP_NOT_ALLOWED"),
    ({"text": "a", "link_preview_options": {"url": "no"}}, BAD + "WEBPAGE_URL_INVALID"),
    (
        {"text": "a", "link_preview_options": {"is_disabled": "yes"}},
        BAD + 'field "is_disabled" must be of type Boolean',
    ),
    (html("<b>x"), PARSE + 'Can\'t find end tag corresponding to start tag "b"'),
    (html("я<script>x"), PARSE + 'Unsupported start tag "script" at byte offset 2'),
    (html("a < b"), PARSE + 'Unsupported start tag "" at byte offset 2'),
    (html("<b"), PARSE + "Unclosed start tag at byte offset 0"),
    (html("<b><i>test</b></i>"), PARSE + 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
    (html("a</b>"), PARSE + "Unexpected end tag at byte offset 1"),
    (html("<b>a</b"), PARSE + "Unclosed end tag at byte offset 4"),
    (html("<span>a</span>"), PARSE + 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    (html("<a href=x/>a</a>"), PARSE + "Unexpected end of name token at byte offset 8"),
    (html('<a href="x>a</a>'), PARSE + "Unclosed start tag at byte offset 0"),
    (
        html("<a href>a</a>"),
        PARSE + 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
    ),
    (html("<a =x>a</a>"), PARSE + 'Empty attribute name in the tag "a" at byte offset 0'),
    (html('<tg-emoji emoji-id="x">a</tg-emoji>'), PARSE + "Invalid custom emoji identifier specified"),
    (v2("*unclosed"), PARSE + "Can't find end of Bold entity at byte offset 0"),
    (v2("*bold _italic\\_*"), PARSE + "Can't find end of Bold entity at byte offset 15"),
    (v2("[a](b"), PARSE + "Can't find end of a URL at byte offset 3"),
    *((v2(f"a{char}b"), reserved(char)) for char in ".-!(#+={>|"),
    (
        {"text": "*unclosed", "parse_mode": "Markdown"},
        PARSE + "Can't find end of the entity starting at byte offset 0",
    ),
    (entity(offset=100), BAD + "entity begins after the end of the text at UTF-16 offset 100"),
    (
        entity(length=100),
        BAD + "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100",
    ),
    (entity(offset=-1), BAD + "receive an entity with incorrect offset -1"),
    (entity(offset=7), BAD + "entity begins in a middle of a UTF-16 symbol at UTF-16 offset 7"),
    (entity(type="odd"), BAD + "can't parse MessageEntity: Unsupported type specified"),
    (entity(type="text_link"), BAD + "can't parse MessageEntity: Can't find field \"url\""),
    (entity(type="text_link", url="no"), BAD + "entity URL 'no' is invalid: Wrong HTTP URL"),
    (entity(type="text_link", url=""), BAD + "entity URL '' is invalid: URL host is empty"),
    (entity(type="text_mention", user={"id": 0}), BAD + "user not found"),
    (entity(type="custom_emoji"), BAD + "can't parse MessageEntity: Can't find field \"custom_emoji_id\""),
    (
        entity(type="custom_emoji", custom_emoji_id="9" * 19),
        BAD + 'can\'t parse MessageEntity: Field "custom_emoji_id" must be a valid Number',
    ),
]

BUTTONS: list[tuple[Any, str]] = [
    (button(text="a"), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    (
        button(text="a", callback_data=""),
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (button(callback_data="a"), "can't parse inline keyboard button: Can't find field \"text\""),
    (button(text="a", callback_data="я" * 33), "BUTTON_DATA_INVALID"),
    (button(text="a", url="not-a-url"), "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"),
    (
        button(text="a", url="ftp://example.com"),
        "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
    ),
    (
        button(text="a", callback_data="a", style="blue"),
        "can't parse inline keyboard button: invalid button style specified",
    ),
    (button(text="a", copy_text={"text": ""}), "BUTTON_COPY_TEXT_INVALID"),
    (button(text="a", copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
    (button(text="a", pay=True), "BUTTON_TYPE_INVALID"),
    (
        button(text="a", web_app={"url": "http://example.com"}),
        "inline keyboard button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed",
    ),
    (
        button(text="q", switch_inline_query_chosen_chat={"allow_user_chats": "yes"}),
        'can\'t parse inline keyboard button: Field "allow_user_chats" must be of type Boolean',
    ),
    ({"inline_keyboard": "bad"}, 'field "inline_keyboard" must be of type Array'),
    ({"inline_keyboard": [[{"text": "a", "callback_data": "a"}] * 9]}, "reply markup is too long"),
    ({"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}, "reply markup is too long"),
    ({"inline_keyboard": [[{"text": "x" * 200, "callback_data": "a"}]] * 60}, "reply markup is too long"),
    ({"keyboard": "bad"}, 'field "keyboard" must be of type Array'),
    ({"keyboard": [[{"text": "A"}]], "selective": "yes"}, 'field "selective" must be of type Boolean'),
    ({"force_reply": "yes"}, 'field "force_reply" must be of type Boolean'),
    ([], "object expected as reply markup"),
]


@pytest.mark.parametrize(("arguments", "words"), SENDING, ids=[words for _, words in SENDING])
async def test_a_message_that_the_real_server_refuses_is_refused_in_its_words(
    world: World, arguments: dict[str, Any], words: str
) -> None:
    assert await world.refusal("sendMessage", **{"chat_id": PERSON, **arguments}) == words


@pytest.mark.parametrize(("markup", "words"), BUTTONS, ids=[words for _, words in BUTTONS])
async def test_a_keyboard_that_the_real_server_refuses_is_refused_in_its_words(
    world: World, markup: Any, words: str
) -> None:
    answer = await world.refusal("sendMessage", chat_id=PERSON, text="a", reply_markup=markup)
    assert answer == BAD + words


async def test_numbers_that_are_none_are_refused(world: World) -> None:
    words = BAD + 'field "message_id" must be of type Number'
    assert await world.refusal("sendMessage", chat_id=PERSON, text="a", reply_parameters={"message_id": []}) == words
    odd = await world.refusal("deleteMessages", chat_id=PERSON, message_ids=["x"])
    assert odd == BAD + 'field "message_ids" must be of type Number'


async def test_edits_that_make_no_sense_are_refused(world: World) -> None:
    same: dict[str, Any] = {"chat_id": PERSON, "text": "text", "reply_markup": keyboard("A")}
    message_id = (await world.say(reply_markup=keyboard("A")))["message_id"]
    assert await world.refusal("editMessageText", message_id=message_id, **same) == NOT_MODIFIED
    markup: dict[str, Any] = {"chat_id": PERSON, "reply_markup": keyboard("A")}
    assert await world.refusal("editMessageReplyMarkup", message_id=message_id, **markup) == NOT_MODIFIED
    assert await world.refusal("editMessageText", message_id=999, **same) == BAD + "message to edit not found"
    assert await world.refusal("editMessageText", **same) == BAD + "message identifier is not specified"
    own = await world.write("mine")
    assert await world.refusal("editMessageText", message_id=own, **same) == BAD + "message can't be edited"
    no_caption = await world.refusal("editMessageCaption", chat_id=PERSON, message_id=message_id, caption="c")
    assert no_caption == BAD + "there is no caption in the message to edit"


async def test_a_message_with_a_reply_keyboard_cannot_be_edited(world: World) -> None:
    sent = await world.say(reply_markup={"keyboard": [["A"]]})
    refusal = await world.refusal("editMessageText", chat_id=PERSON, message_id=sent["message_id"], text="b")
    assert refusal == BAD + "message can't be edited"


async def test_an_edit_takes_only_an_inline_keyboard(world: World) -> None:
    sent = await world.say()
    arguments: dict[str, Any] = {"chat_id": PERSON, "message_id": sent["message_id"], "text": "b"}
    refusal = await world.refusal("editMessageText", reply_markup={"keyboard": [["A"]]}, **arguments)
    assert refusal == BAD + "inline keyboard expected"


async def test_the_text_of_a_file_cannot_be_edited(world: World) -> None:
    sent = await world.call("sendDocument", {"document": b"a"}, chat_id=PERSON)
    refusal = await world.refusal("editMessageText", chat_id=PERSON, message_id=sent["message_id"], text="b")
    assert refusal == BAD + "there is no text in the message to edit"


async def test_deleting_what_is_gone_or_old_is_refused(world: World) -> None:
    sent = await world.say()
    world.clock.move(48 * 3600 + 1)
    old = await world.refusal("deleteMessage", chat_id=PERSON, message_id=sent["message_id"])
    assert old == BAD + "message can't be deleted for everyone"
    gone = await world.refusal("deleteMessage", chat_id=PERSON, message_id=999)
    assert gone == BAD + "message to delete not found"


async def test_commands_and_descriptions_are_checked(world: World) -> None:
    def commands(name: str, text: str) -> list[dict[str, str]]:
        return [{"command": name, "description": text}]

    assert await world.refusal("setMyCommands", commands=commands("Start", "x")) == BAD + "BOT_COMMAND_INVALID"
    empty = await world.refusal("setMyCommands", commands=commands("a", ""))
    assert empty == BAD + "command description must be non-empty"
    nameless = await world.refusal("setMyCommands", commands=commands("/", "x"))
    assert nameless == BAD + "command must be non-empty"
    long = await world.refusal("setMyCommands", commands=commands("a" * 33, "x"))
    assert long == BAD + "command length must not exceed 32"
    talkative = await world.refusal("setMyCommands", commands=commands("a", "x" * 257))
    assert talkative == BAD + "command description length must not exceed 256"
    many = await world.refusal("setMyCommands", commands=commands("a", "x") * 101)
    assert many == BAD + "BOT_COMMANDS_TOO_MUCH"
    assert await world.refusal("setMyDescription", description="x" * 513) == BAD + "DESCRIPTION_TOO_LONG"
    assert await world.refusal("setMyShortDescription", short_description="x" * 121) == BAD + "ABOUT_TOO_LONG"
    assert await world.refusal("setMyName", name="x" * 65) == BAD + "BOT_TITLE_INVALID"


async def test_a_message_is_pinned_and_unpinned_and_one_that_is_gone_is_not_pinned(world: World) -> None:
    first, second = [(await world.say(text))["message_id"] for text in "ab"]
    for message_id in (first, second, first):
        assert await world.call("pinChatMessage", chat_id=PERSON, message_id=message_id) is True
    assert (await world.chat())["pinned"] == [second, first], "the newest is last, and each is there once"
    assert await world.call("unpinChatMessage", chat_id=PERSON, message_id=first) is True
    again = await world.refusal("unpinChatMessage", chat_id=PERSON, message_id=first)
    assert again == BAD + "message to unpin not found"
    await world.call("deleteMessage", chat_id=PERSON, message_id=second)
    assert (await world.chat())["pinned"] == []
    gone = await world.refusal("pinChatMessage", chat_id=PERSON, message_id=second)
    assert gone == BAD + "message to pin not found"
    await world.person("PATCH", f"{PERSON}", json={"blocked": True})
    for method in ("pinChatMessage", "unpinChatMessage"):
        refused = await world.refusal(method, chat_id=PERSON, message_id=first)
        assert refused == "Forbidden: bot was blocked by the user"


async def test_a_person_who_blocked_left_or_never_came_cannot_be_written_to(world: World) -> None:
    await world.person("PATCH", f"{PERSON}", json={"blocked": True})
    with pytest.raises(Refused) as caught:
        await world.say()
    assert (caught.value.status, str(caught.value)) == (403, "Forbidden: bot was blocked by the user")
    await world.person("PATCH", f"{PERSON}", json={"blocked": False, "deactivated": True})
    assert await world.refusal("sendMessage", chat_id=PERSON, text="a") == "Forbidden: user is deactivated"
    await world.person("GET", "8")
    never = await world.refusal("sendMessage", chat_id=8, text="a")
    assert never == "Forbidden: bot can't initiate conversation with a user"


@pytest.mark.parametrize(
    ("token", "method", "status", "words"),
    [
        ("42:another", "getMe", 401, "Unauthorized"),
        ("42", "getMe", 401, "Unauthorized: invalid token specified"),
        (TOKEN, "getEverything", 404, "Not Found: method not found"),
    ],
)
async def test_wrong_tokens_and_methods_are_told_apart(
    world: World, token: str, method: str, status: int, words: str
) -> None:
    with pytest.raises(Refused) as caught:
        await world.call(method, token=token)
    assert (caught.value.status, str(caught.value)) == (status, words)
    assert caught.value.envelope == {"ok": False, "error_code": status, "description": words}


async def test_every_refusal_is_kept_with_method_arguments_and_words(world: World) -> None:
    assert world.state.refusals == []
    await world.refusal("sendMessage", chat_id=PERSON, text="")
    [refused] = world.state.refusals
    assert (refused.method, refused.code, refused.bot_id) == ("sendmessage", 400, 42)
    assert refused.params == {"chat_id": str(PERSON), "text": ""}
    assert refused.description == BAD + "message text is empty"
    async with world.http.get(f"{world.url}/sandbox/refusals") as response:
        assert [one["description"] for one in await response.json()] == [refused.description]
