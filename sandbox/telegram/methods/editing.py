"""Changing messages that the bot has sent."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.telegram.chats import Message
from sandbox.telegram.entities.compose import CAPTION, MESSAGE
from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import parse_inline
from sandbox.telegram.methods.registry import Call, method
from sandbox.telegram.methods.sending import composed, link_preview

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def editable(call: Call) -> Message:
    """The message to edit; raises Refusal when it is gone or not the bot's to edit."""
    if "inline_message_id" in call.arguments:
        raise bad_request("MESSAGE_ID_INVALID")
    chat = call.chat()
    call.check_writable(chat)
    message = call.message(chat, "message to edit not found")
    if not message.from_bot or message.frozen:
        raise bad_request("message can't be edited")
    return message


def needs_text(message: Message) -> None:
    """Raises Refusal when the message is a file with a caption."""
    if message.kind not in ("text", "rich"):
        raise bad_request("there is no text in the message to edit")


def _seen(message: Message) -> tuple[object, ...]:
    preview = message.extra.get("link_preview_options")
    return (
        message.kind,
        message.text,
        message.entities,
        message.media,
        message.rich,
        message.keyboard,
        preview,
    )


def changed(call: Call, message: Message, change: Callable[[], None], *, shown: bool = True) -> object:
    """Carry out an edit; raises Refusal when nothing would be different.

    People see "edited" only when `shown`: a new keyboard alone goes unmarked.
    """
    before = _seen(message)
    change()
    if _seen(message) == before:
        raise bad_request(NOT_MODIFIED)
    message.edit_date = call.now
    message.edited = message.edited or shown
    call.state.tell("edit", call.bot, message)
    return message.for_bot()


def edit_plain_text(call: Call) -> object:
    """editMessageText with a plain text; see rich_messages.py for the method itself."""
    text = call.arguments.text("text")
    if not text:
        raise bad_request("message text is empty")
    message = editable(call)
    needs_text(message)
    plain, entities = composed(call, text, MESSAGE, "entities")
    if not plain:
        raise bad_request("text must be non-empty")
    keyboard, preview = parse_inline(call.arguments), link_preview(call)

    def change() -> None:
        message.kind, message.rich = "text", None
        message.text, message.entities, message.keyboard = plain, entities, keyboard
        message.extra.pop("link_preview_options", None)
        if preview is not None:
            message.extra["link_preview_options"] = preview

    return changed(call, message, change)


@method
def edit_message_caption(call: Call) -> object:
    message = editable(call)
    if message.kind in ("text", "rich"):
        raise bad_request("there is no caption in the message to edit")
    plain, entities = composed(call, call.arguments.text("caption"), CAPTION, "caption_entities")
    keyboard = parse_inline(call.arguments)

    def change() -> None:
        message.text, message.entities, message.keyboard = plain, entities, keyboard

    return changed(call, message, change)


@method
def edit_message_reply_markup(call: Call) -> object:
    message = editable(call)
    keyboard = parse_inline(call.arguments)

    def change() -> None:
        message.keyboard = keyboard

    return changed(call, message, change, shown=False)
