"""What all messages of a bot have in common."""

from __future__ import annotations

from sandbox.telegram.arguments import as_bool, as_integer
from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.entities.compose import TextLimits, compose
from sandbox.telegram.entities.links import WrongUrl, checked_url
from sandbox.telegram.entities.spans import Entity
from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import Markup, parse_markup
from sandbox.telegram.methods.registry import Call
from sandbox.telegram.texts import Json

# The effects that every bot may use (the rest needs Telegram Premium): 🔥 👍 👎 ❤️ 🎉 💩.
EFFECTS = frozenset(
    {
        "5104841245755180586",
        "5107584321108051014",
        "5104858069142078462",
        "5159385139981059251",
        "5046509860389126442",
        "5046589136895476101",
    }
)
_PREVIEW_FLAGS = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")


def composed(call: Call, text: str, limits: TextLimits, entities_name: str) -> tuple[str, list[Entity]]:
    """The text argument after parsing; mentioned people are looked up."""
    entities = call.arguments.nested(entities_name, "entities")
    plain, found = compose(text, call.arguments.text("parse_mode"), entities, limits)
    for entity in found:
        if entity["type"] == "text_mention":
            entity["user"] = _mentioned(call, entity["user"])
    return plain, found


def _mentioned(call: Call, user: Json) -> Json:
    person = call.state.people.get(as_integer(user.get("id", 0), "id"))
    if person is None:
        raise bad_request("user not found")
    return person.as_user()


def link_preview(call: Call) -> Json | None:
    """The link_preview_options of a call, checked."""
    options = call.arguments.nested("link_preview_options", "link preview options")
    if options is None:
        return {"is_disabled": True} if call.arguments.flag("disable_web_page_preview") else None
    if not isinstance(options, dict):
        raise bad_request("can't parse link preview options JSON object")
    kept: Json = {name: True for name in _PREVIEW_FLAGS if as_bool(options, name)}
    if options.get("url"):
        kept["url"] = _preview_url(str(options["url"]))
    return kept or None


def _preview_url(url: str) -> str:
    try:
        return checked_url(url)
    except WrongUrl:
        raise bad_request("WEBPAGE_URL_INVALID") from None


def replied(call: Call, chat: Chat) -> Message | None:
    """The message that is replied to, if any."""
    given = call.arguments.nested("reply_parameters", "reply parameters")
    if given is None:
        message_id = call.arguments.integer("reply_to_message_id")
        optional = call.arguments.flag("allow_sending_without_reply")
    elif not isinstance(given, dict) or "message_id" not in given:
        raise bad_request('Can\'t find field "message_id"')
    else:
        message_id = as_integer(given["message_id"], "message_id")
        optional = as_bool(given, "allow_sending_without_reply")
    if not message_id:
        return None
    message = chat.messages.get(message_id)
    if message is None and not optional:
        raise bad_request("message to be replied not found")
    return message


def extras(call: Call, chat: Chat) -> Json:
    """The fields of a message that come from common arguments."""
    arguments = call.arguments
    extra: Json = {}
    if arguments.flag("protect_content"):
        extra["has_protected_content"] = True
    effect = arguments.text("message_effect_id")
    if effect:
        if effect not in EFFECTS or not chat.private:
            raise bad_request("EFFECT_ID_INVALID")
        extra["effect_id"] = effect
    if "message_thread_id" in arguments:
        thread = arguments.integer("message_thread_id")
        if thread not in chat.topics:
            raise bad_request("message thread not found")
        extra.update(message_thread_id=thread, is_topic_message=True)
    for name, refusal in (
        ("business_connection_id", "business connection not found"),
        ("suggested_post_parameters", "suggested posts can be sent only to channel direct messages"),
    ):
        if name in arguments:
            raise bad_request(refusal)
    if arguments.flag("allow_paid_broadcast"):
        raise bad_request("FLOODSKIP_NOT_ALLOWED")
    return extra


def new_message(call: Call, chat: Chat) -> tuple[Message, Markup]:
    """A message of the bot that is not in its chat yet, and its keyboard. Checks all common arguments."""
    markup = parse_markup(call.arguments)
    extra = extras(call, chat)
    reply_to = replied(call, chat)
    message = Message(0, chat, call.bot.as_user(), True, call.now, extra=extra, reply_to=reply_to)
    message.keyboard = markup.inline
    message.frozen = markup.reply is not None
    return message, markup


def post(call: Call, message: Message, markup: Markup) -> Json:
    """Put a finished message into its chat; the answer is how the bot sees it."""
    chat = message.chat
    message.message_id = call.bot.new_message_id(chat)
    if markup.reply is not None:
        chat.reply_keyboard = None if markup.reply.get("remove_keyboard") else markup.reply
    chat.action = None
    chat.drafts.clear()
    call.state.add_message(call.bot, message)
    return message.for_bot()
