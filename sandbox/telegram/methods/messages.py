"""Sending texts, answering taps, deleting, reactions, drafts."""

from __future__ import annotations

from sandbox.telegram.arguments import as_integer
from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.entities.compose import MESSAGE
from sandbox.telegram.entities.links import WrongUrl, checked_url
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods.registry import Call, method
from sandbox.telegram.methods.sending import composed, link_preview, new_message, post
from sandbox.telegram.texts import Json

DELETABLE_SECONDS = 48 * 3600
MAX_TO_DELETE = 100
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
ACTION_SECONDS = 5


@method
def send_message(call: Call) -> object:
    text = call.arguments.text("text")
    if not text:
        raise bad_request("message text is empty")
    chat = call.writable_chat()
    message, markup = new_message(call, chat)
    message.text, message.entities = composed(call, text, MESSAGE, "entities")
    if not message.text:
        raise bad_request("text must be non-empty")
    preview = link_preview(call)
    if preview is not None:
        message.extra["link_preview_options"] = preview
    return post(call, message, markup)


@method
def answer_callback_query(call: Call) -> object:
    arguments = call.arguments
    tap = call.bot.open_tap(arguments.text("callback_query_id"))
    if tap is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text, url = arguments.text("text"), arguments.text("url")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if url:
        _check_answer_url(url, call.bot.username)
    answer: Json = {
        "answered": True,
        "text": text or None,
        "show_alert": arguments.flag("show_alert"),
        "url": url or None,
        "cache_time": arguments.integer("cache_time"),
    }
    call.state.answer_tap(call.bot, tap, answer)
    return True


def _check_answer_url(url: str, username: str) -> None:
    """Without a game, a tap may only open the bot itself with a parameter."""
    try:
        checked = checked_url(url)
    except WrongUrl:
        raise bad_request("URL_INVALID") from None
    own = (f"https://t.me/{username}?start=", f"t.me/{username}?start=", "tg://resolve?domain=")
    if not checked.removeprefix("http://").lower().startswith(own):
        raise bad_request("URL_INVALID")


@method
def delete_message(call: Call) -> object:
    chat = call.chat()
    message = call.message(chat, "message to delete not found")
    _delete(call, message)
    return True


def _delete(call: Call, message: Message) -> None:
    if message.date < call.now - DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    if not message.from_bot and not message.chat.private:
        raise bad_request("message can't be deleted")
    call.state.delete_message(call.bot, message)


@method
def delete_messages(call: Call) -> object:
    chat = call.chat()
    ids = call.arguments.nested("message_ids", "message identifiers")
    if not isinstance(ids, list) or not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > MAX_TO_DELETE:
        raise bad_request("too many message identifiers specified")
    for message_id in ids:
        message = chat.messages.get(as_integer(message_id, "message_ids"))
        if message is not None:
            _delete(call, message)
    return True


@method
def send_chat_action(call: Call) -> object:
    chat = call.chat()
    call.check_writable(chat)
    action = call.arguments.text("action").lower()
    if action not in ACTIONS and action != "cancel":
        raise bad_request("wrong parameter action in request")
    seconds = 0 if action == "cancel" else ACTION_SECONDS
    chat.action = {"action": action, "until": call.state.timestamp() + seconds}
    call.state.events.add("action", bot=call.bot.id, chat=chat.id, **chat.action)
    return True


@method
def send_message_draft(call: Call) -> object:
    text, entities = composed(call, call.arguments.text("text"), MESSAGE, "entities")
    return show_draft(call, {"text": text, "entities": entities})


def show_draft(call: Call, draft: Json) -> bool:
    """Show a message that is still being written."""
    chat = call.chat()
    call.check_writable(chat)
    draft_id = call.arguments.integer("draft_id")
    if draft_id == 0:
        raise bad_request("RANDOM_ID_INVALID")
    if not chat.private:
        raise bad_request("message drafts can be sent only to private chats")
    chat.drafts[draft_id] = {"draft_id": draft_id, **draft}
    call.state.events.add("draft", bot=call.bot.id, chat=chat.id, draft=chat.drafts[draft_id])
    return True


@method
def set_message_reaction(call: Call) -> object:
    chat = call.chat()
    call.check_writable(chat)
    message = call.message(chat, "message to react not found")
    given = call.arguments.nested("reaction", "reaction types")
    reactions = _reactions(given if isinstance(given, list) else [])
    if reactions:
        message.reactions[call.bot.id] = reactions
    else:
        message.reactions.pop(call.bot.id, None)
    call.state.tell("edit", call.bot, message)
    return True


REACTIONS = frozenset(
    """
    ❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣
    ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅
    🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
    """.split()  # noqa: SIM905 - one line each would be a page
)


def _reactions(given: list[object]) -> list[Json]:
    if len(given) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in given:
        if not isinstance(reaction, dict) or reaction.get("type") != "emoji":
            raise bad_request("REACTION_INVALID")
        if reaction.get("emoji") not in REACTIONS:
            raise bad_request("REACTION_INVALID")
    return [reaction for reaction in given if isinstance(reaction, dict)]


@method
def pin_chat_message(call: Call) -> object:
    chat = call.chat()
    call.check_writable(chat)
    message = call.message(chat, "message to pin not found")
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)  # pinned anew, it is the newest
    chat.pinned.append(message.message_id)
    return True


@method
def unpin_chat_message(call: Call) -> object:
    chat = call.chat()
    call.check_writable(chat)
    message_id = call.arguments.integer("message_id", chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    return True


@method
def copy_message(call: Call) -> object:
    chat, source = call.writable_chat(), call.chat("from_chat_id")
    original = call.message(source, "message to copy not found")
    return {"message_id": _copied(call, chat, original).message_id}


def _copied(call: Call, chat: Chat, original: Message) -> Message:
    message, markup = new_message(call, chat)
    for name in ("text", "entities", "media", "file", "kind", "rich"):
        setattr(message, name, getattr(original, name))
    post(call, message, markup)
    return message


@method
def forward_message(call: Call) -> object:
    chat, source = call.writable_chat(), call.chat("from_chat_id")
    original = call.message(source, "message to forward not found")
    if original.extra.get("has_protected_content"):
        raise bad_request("message can't be forwarded")
    message = _copied(call, chat, original)
    message.extra["forward_origin"] = {"type": "user", "date": original.date, "sender_user": original.sender}
    return message.for_bot()
