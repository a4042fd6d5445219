"""Rich messages of Bot API 10: headings, tables, details, buttons and so on, from blocks, HTML or Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.telegram.errors import bad_request
from sandbox.telegram.rich.blocks import Attach, Checker
from sandbox.telegram.rich.html import blocks_of_html
from sandbox.telegram.rich.markdown import blocks_of_markdown
from sandbox.telegram.texts import Json, text_of

MAX_CHARACTERS = 32_768
MAX_BLOCKS = 500

__all__ = ["parse_rich", "plain_text"]


def parse_rich(given: object, now: float, attach: Attach, *, draft: bool = False) -> Json:
    """A RichMessage from an InputRichMessage; raises Refusal when it is none.

    `attach` turns an InputMedia into what a message shows of it; only a draft may be still thinking.
    """
    if not isinstance(given, dict):
        raise bad_request("can't parse InputRichMessage: Expected an Object")
    forms = [name for name in ("html", "markdown", "blocks") if given.get(name)]
    if len(forms) != 1:
        raise bad_request("exactly one of the fields html, markdown, or blocks must be used")
    checker = Checker(now, attach, draft)
    rich: Json = {"blocks": checker.blocks(_blocks(forms[0], given[forms[0]]))}
    if given.get("is_rtl") is True:
        rich["is_rtl"] = True
    if len(plain_text(rich)) > MAX_CHARACTERS or checker.count > MAX_BLOCKS:
        raise bad_request("RICH_MESSAGE_TOO_LONG")
    return rich


def _blocks(form: str, content: object) -> object:
    if form == "blocks":
        return content
    if not isinstance(content, str):
        raise bad_request(f'can\'t parse InputRichMessage: Field "{form}" must be of type String')
    return blocks_of_html(content) if form == "html" else blocks_of_markdown(content)


def plain_text(rich: Json) -> str:
    """The plain text of a rich message: a line for each block, cells apart by tabs."""
    return "\n".join(line for block in rich["blocks"] for line in _lines(block))


def _lines(block: Json) -> Iterator[str]:
    for name in ("text", "summary"):
        if name in block:
            yield text_of(block[name])
    if "expression" in block:
        yield block["expression"]
    for row in block.get("cells", ()):
        yield "\t".join(text_of(cell.get("text", "")) for cell in row)
    if "buttons" in block:
        yield " ".join(text_of(button["text"]) for button in block["buttons"])
    for item in block.get("items", ()):
        for number, line in enumerate(line for inner in item["blocks"] for line in _lines(inner)):
            yield f"{item['label']} {line}" if number == 0 else line
    for inner in block.get("blocks", ()):
        yield from _lines(inner)
