"""Blocks and texts of rich messages: which fields each has, and what is given back for it.

Source: InputRichBlock, RichBlock and RichText of the Bot API 10.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.telegram.entities.links import WrongUrl, check_user_link, checked_url
from sandbox.telegram.errors import Refusal, bad_request
from sandbox.telegram.markup import inline_button
from sandbox.telegram.texts import Json, text_of

Attach = Callable[[str, Json], Json]
MAX_AHEAD_SECONDS = 3 * 366 * 86_400
MAX_DEPTH = 16

# Fields of each block: t text, b blocks, s string, ? marks what may be left out.
_BLOCKS = {
    "paragraph": "text:t",
    "heading": "text:t size:i",
    "pre": "text:t language:s?",
    "footer": "text:t",
    "divider": "",
    "mathematical_expression": "expression:s",
    "anchor": "name:s",
    "list": "items:items",
    "blockquote": "blocks:b credit:t?",
    "expandable_blockquote": "text:t credit:t?",
    "pullquote": "text:t credit:t?",
    "collage": "blocks:b caption:c?",
    "slideshow": "blocks:b caption:c?",
    "table": "cells:cells is_bordered:f? is_striped:f? is_compact:f? caption:t?",
    "details": "summary:t blocks:b is_open:f?",
    "map": "location:o zoom:i? width:i? height:i? caption:c?",
    "buttons": "buttons:buttons align:s?",
    "thinking": "text:t",
}
_MEDIA = ("animation", "audio", "document", "photo", "video", "voice_note")
_TEXTS = {
    "bold": "text:t",
    "italic": "text:t",
    "underline": "text:t",
    "strikethrough": "text:t",
    "spoiler": "text:t",
    "subscript": "text:t",
    "superscript": "text:t",
    "marked": "text:t",
    "code": "text:t",
    "date_time": "text:t unix_time:date date_time_format:s?",
    "text_mention": "text:t user:o",
    "custom_emoji": "custom_emoji_id:s alternative_text:s",
    "mathematical_expression": "expression:s",
    "url": "text:t url:url",
    "email_address": "text:t email_address:s",
    "phone_number": "text:t phone_number:s",
    "bank_card_number": "text:t bank_card_number:s",
    "mention": "text:t username:s",
    "hashtag": "text:t hashtag:s",
    "cashtag": "text:t cashtag:s",
    "bot_command": "text:t bot_command:s",
    "button": "button:button",
    "anchor": "name:s",
    "anchor_link": "text:t anchor_name:s",
    "reference": "text:t name:s",
    "reference_link": "text:t reference_name:s",
}


@dataclass(slots=True)
class Checker:
    """Goes through a rich message; `count` is the number of blocks seen."""

    now: float
    attach: Attach
    draft: bool = False
    count: int = 0
    depth: int = 0

    def blocks(self, given: object) -> list[Json]:
        """Checked blocks; raises Refusal."""
        if not isinstance(given, list):
            raise bad_request('can\'t parse InputRichBlock: Field "blocks" must be of type Array')
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
        checked = [self._block(block) for block in given]
        self.depth -= 1
        return checked

    def _block(self, given: object) -> Json:
        self.count += 1
        if not isinstance(given, dict):
            raise bad_request("can't parse InputRichBlock: Expected an Object")
        kind = str(given.get("type"))
        if kind in _MEDIA:
            return self._media(kind, given)
        if kind not in _BLOCKS or (kind == "thinking" and not self.draft):
            raise bad_request("can't parse InputRichBlock: Unsupported type specified")
        block = {"type": kind, **self._fields(given, _BLOCKS[kind], "InputRichBlock")}
        if kind == "heading" and not 1 <= block["size"] <= 6:
            raise bad_request("can't parse InputRichBlock: Invalid heading size specified")
        return block

    def _media(self, kind: str, given: Json) -> Json:
        media = given.get(kind)
        if not isinstance(media, dict):
            raise bad_request(f"can't parse InputRichBlock: Can't find field \"{kind}\"")
        block = {"type": kind, **self.attach(kind, media)}
        if given.get("caption"):
            block["caption"] = self._caption(given["caption"])
        return block

    def _fields(self, given: Json, fields: str, what: str) -> Json:
        checked: Json = {}
        for field in fields.split():
            name, _, kind = field.partition(":")
            value = given.get(name)
            if value is None:
                if not kind.endswith("?"):
                    raise bad_request(f"can't parse {what}: Can't find field \"{name}\"")
                continue
            checked[name] = self._value(kind.rstrip("?"), name, value, what)
        return checked

    def _value(self, kind: str, name: str, value: object, what: str) -> object:
        handlers: dict[str, Callable[[object], object]] = {
            "t": self.text,
            "b": self.blocks,
            "c": self._caption,
            "items": self._items,
            "cells": self._cells,
            "buttons": self._buttons,
            "button": self._button,
            "date": self._date,
            "url": _url,
        }
        if kind in handlers:
            return handlers[kind](value)
        expected = {"s": str, "i": int, "f": bool, "o": dict}[kind]
        if not isinstance(value, expected):
            names = {"s": "String", "i": "Number", "f": "Boolean", "o": "Object"}
            raise bad_request(f'can\'t parse {what}: Field "{name}" must be of type {names[kind]}')
        return value

    def text(self, given: object) -> object:
        """A checked RichText: a string, a list, or an object with a type."""
        if isinstance(given, str):
            return given
        if isinstance(given, list):
            return [self.text(item) for item in given]
        kind = str(given.get("type")) if isinstance(given, dict) else ""
        if not isinstance(given, dict) or kind not in _TEXTS:
            raise bad_request("can't parse RichText: Unsupported type specified")
        return {"type": kind, **self._fields(given, _TEXTS[kind], "RichText")}

    def _caption(self, given: object) -> Json:
        if not isinstance(given, dict):
            raise bad_request("can't parse RichBlockCaption: Expected an Object")
        return self._fields(given, "text:t credit:t?", "RichBlockCaption")

    def _items(self, given: object) -> list[Json]:
        if not isinstance(given, list) or not given:
            raise bad_request('can\'t parse InputRichBlock: Field "items" must be a non-empty Array')
        return [self._item(item, number) for number, item in enumerate(given, 1)]

    def _item(self, given: object, number: int) -> Json:
        if not isinstance(given, dict):
            raise bad_request("can't parse InputRichBlockListItem: Expected an Object")
        fields = "blocks:b has_checkbox:f? is_checked:f? value:i? type:s?"
        item = self._fields(given, fields, "InputRichBlockListItem")
        label = f"{item.get('value', number)}." if "value" in item or "type" in item else "•"
        return {"label": label, **item}

    def _cells(self, given: object) -> list[list[Json]]:
        if not isinstance(given, list) or not all(isinstance(row, list) and row for row in given):
            raise bad_request('can\'t parse InputRichBlock: Field "cells" must be an Array of Arrays')
        return [[self._cell(cell) for cell in row] for row in given]

    def _cell(self, given: object) -> Json:
        if not isinstance(given, dict):
            raise bad_request("can't parse RichBlockTableCell: Expected an Object")
        cell = self._fields(given, "text:t? is_header:f? colspan:i? rowspan:i?", "RichBlockTableCell")
        align, valign = given.get("align") or "left", given.get("valign") or "top"
        if align not in ("left", "center", "right") or valign not in ("top", "middle", "bottom"):
            raise bad_request("can't parse RichBlockTableCell: Invalid alignment specified")
        return {**cell, "align": align, "valign": valign}

    def _buttons(self, given: object) -> list[Json]:
        if not isinstance(given, list) or not 1 <= len(given) <= 8:
            raise bad_request("can't parse InputRichBlock: A row has 1-8 buttons")
        return [self._button(button) for button in given]

    def _button(self, given: object) -> Json:
        """A button with a rich label; the rest is as in an inline keyboard."""
        if not isinstance(given, dict) or "text" not in given:
            raise bad_request("can't parse RichMessageButton: Can't find field \"text\"")
        text = self.text(given["text"])
        plain = {**given, "text": text_of(text)}
        if given.get("style") == "link":
            del plain["style"]
        try:
            button = inline_button(plain)
        except Refusal as refusal:
            words = refusal.description.removeprefix("Bad Request: ")
            raise bad_request(words.replace("inline keyboard button", "RichMessageButton")) from None
        return {**button, "text": text, **({"style": "link"} if given.get("style") == "link" else {})}

    def _date(self, given: object) -> int:
        if not isinstance(given, int) or not 0 < given < self.now + MAX_AHEAD_SECONDS:
            raise bad_request("RICH_MESSAGE_DATE_INVALID")
        return given


def _url(given: object) -> str:
    url = str(given)
    if check_user_link(url) is not None:
        return url
    try:
        return checked_url(url)
    except WrongUrl as error:
        raise bad_request(f"rich text URL '{url}' is invalid: {error}") from None
