"""Sending and changing rich messages."""

from __future__ import annotations

from sandbox.telegram.markup import parse_inline
from sandbox.telegram.methods.editing import changed, edit_plain_text, editable, needs_text
from sandbox.telegram.methods.media import input_media
from sandbox.telegram.methods.messages import show_draft
from sandbox.telegram.methods.registry import Call, method
from sandbox.telegram.methods.sending import new_message, post
from sandbox.telegram.rich import parse_rich, plain_text
from sandbox.telegram.texts import Json


def _rich(call: Call, *, draft: bool = False) -> Json:
    given = call.arguments.nested("rich_message", "rich message")

    def attach(kind: str, media: Json) -> Json:
        plain_kind = kind.removesuffix("_note")
        filling = input_media(call, {**media, "type": plain_kind, "caption": ""})
        return {kind: filling.attached.media[plain_kind]}

    return parse_rich(given, call.now, attach, draft=draft)


@method
def send_rich_message(call: Call) -> object:
    chat = call.writable_chat()
    message, markup = new_message(call, chat)
    message.kind, message.rich = "rich", _rich(call)
    message.text = plain_text(message.rich)
    return post(call, message, markup)


@method
def send_rich_message_draft(call: Call) -> object:
    rich = _rich(call, draft=True)
    return show_draft(call, {"text": plain_text(rich), "entities": [], "rich": rich})


@method
def edit_message_text(call: Call) -> object:
    """Also turns a plain message into a rich one, and back."""
    if not call.arguments.values.get("rich_message"):
        return edit_plain_text(call)
    message = editable(call)
    needs_text(message)
    rich, keyboard = _rich(call), parse_inline(call.arguments)

    def change() -> None:
        message.kind, message.rich = "rich", rich
        message.text, message.entities, message.keyboard = plain_text(rich), [], keyboard

    return changed(call, message, change)
