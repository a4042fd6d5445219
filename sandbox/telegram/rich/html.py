"""Rich messages written as HTML.

Source: the tags that the Bot API documentation names beside each RichBlock and RichText.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from sandbox.telegram.entities.links import date_time
from sandbox.telegram.errors import bad_request
from sandbox.telegram.texts import Json

_INLINE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "sub": "subscript",
    "sup": "superscript",
    "mark": "marked",
    "code": "code",
}
_TEXT_BLOCKS = {"p": "paragraph", "pre": "pre", "footer": "footer", "aside": "pullquote"}
_TEXT_BLOCKS.update({f"h{size}": "heading" for size in range(1, 7)})
_OTHERS = frozenset(
    {
        *("a", "tg-time", "tg-emoji", "tg-math", "tg-button", "ul", "ol", "li", "blockquote", "table"),
        *("tr", "td", "th", "caption", "details", "summary", "tg-button-row", "tg-math-block"),
        *("thead", "tbody", "span", "tg-thinking"),
    }
)
_VOID = frozenset({"br", "hr"})


@dataclass(slots=True)
class Node:
    """An element, with texts and elements inside."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)


class _Tree(HTMLParser):
    """Builds nodes; refuses tags that rich messages do not have."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = tag in _INLINE or tag in _TEXT_BLOCKS or tag in _OTHERS or tag in _VOID
        if not known:
            raise bad_request(f'can\'t parse rich message: Unsupported start tag "{tag}"')
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._open[-1].tag != tag:
            expected = f', expected "</{self._open[-1].tag}>"' if len(self._open) > 1 else ""
            raise bad_request(f'can\'t parse rich message: Unmatched end tag "</{tag}>"{expected}')
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def tree(self, source: str) -> Node:
        self.feed(source)
        self.close()
        if len(self._open) > 1:
            tag = self._open[-1].tag
            raise bad_request(f"can't parse rich message: Can't find end tag corresponding to start tag \"{tag}\"")
        return self.root


def blocks_of_html(source: str) -> list[Json]:
    """The InputRichBlocks that HTML stands for; raises Refusal for tags that are unknown or not closed."""
    return _blocks(_Tree().tree(source).children)


def _blocks(children: list[Node | str]) -> list[Json]:
    blocks: list[Json] = []
    loose: list[Node | str] = []
    for child in [*children, None]:
        block = _block(child) if isinstance(child, Node) else None
        if child is not None and block is None:
            loose.append(child)
            continue
        text = _trimmed(_text(loose))
        if text:
            blocks.append({"type": "paragraph", "text": text})
        loose = []
        if block is not None:
            blocks.append(block)
    return blocks


def _trimmed(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


def _block(node: Node) -> Json | None:
    tag, attributes = node.tag, node.attributes
    if tag in _TEXT_BLOCKS:
        return _text_block(node)
    if tag == "hr":
        return {"type": "divider"}
    if tag in ("ul", "ol"):
        return {"type": "list", "items": [_item(child, tag) for child in _elements(node, "li")]}
    if tag == "blockquote" and ("collapsed" in attributes or "expandable" in attributes):
        return {"type": "expandable_blockquote", "text": _text(node.children)}
    if tag == "blockquote":
        return {"type": "blockquote", "blocks": _blocks(node.children)}
    if tag == "details":
        return _details(node)
    if tag == "table":
        return _table(node)
    if tag == "tg-button-row":
        align = {"align": attributes["align"]} if "align" in attributes else {}
        return {"type": "buttons", "buttons": [_button(b) for b in _elements(node, "tg-button")], **align}
    if tag == "tg-math-block":
        return {"type": "mathematical_expression", "expression": "".join(map(str, node.children))}
    if tag == "tg-thinking":
        return {"type": "thinking", "text": _text(node.children)}
    return None


def _text_block(node: Node) -> Json:
    block: Json = {"type": _TEXT_BLOCKS[node.tag], "text": _text(node.children)}
    if block["type"] == "heading":
        block["size"] = int(node.tag[1])
    inner = node.children[0] if node.tag == "pre" and len(node.children) == 1 else None
    if isinstance(inner, Node) and inner.tag == "code":
        block["text"] = _text(inner.children)
        language = inner.attributes.get("class", "")
        if language.startswith("language-"):
            block["language"] = language.removeprefix("language-")
    return block


def _elements(node: Node, *tags: str) -> list[Node]:
    found: list[Node] = []
    for child in node.children:
        if isinstance(child, Node) and child.tag in tags:
            found.append(child)
        elif isinstance(child, Node) and child.tag in ("thead", "tbody"):
            found.extend(_elements(child, *tags))
    return found


def _item(node: Node, tag: str) -> Json:
    item: Json = {"blocks": _blocks(node.children)}
    if tag == "ol":
        item["type"] = "1"
    return item


def _details(node: Node) -> Json:
    summaries = _elements(node, "summary")
    rest = [child for child in node.children if child not in summaries]
    block: Json = {"type": "details", "summary": _text(summaries[0].children) if summaries else ""}
    block["blocks"] = _blocks(rest)
    if "open" in node.attributes:
        block["is_open"] = True
    return block


def _table(node: Node) -> Json:
    rows = [_elements(row, "td", "th") for row in _elements(node, "tr")]
    block: Json = {"type": "table", "cells": [[_cell(cell) for cell in row] for row in rows if row]}
    for name in ("bordered", "striped", "compact"):
        if name in node.attributes:
            block[f"is_{name}"] = True
    captions = _elements(node, "caption")
    if captions:
        block["caption"] = _text(captions[0].children)
    return block


def _cell(node: Node) -> Json:
    cell: Json = {"text": _trimmed(_text(node.children))}
    if node.tag == "th":
        cell["is_header"] = True
    for name in ("colspan", "rowspan"):
        if node.attributes.get(name, "").isdigit():
            cell[name] = int(node.attributes[name])
    for name in ("align", "valign"):
        if node.attributes.get(name):
            cell[name] = node.attributes[name]
    return cell


def _button(node: Node) -> Json:
    attributes = node.attributes
    button: Json = {"text": _text(node.children)}
    for attribute, name in (("style", "style"), ("url", "url"), ("href", "url")):
        if attribute in attributes:
            button[name] = attributes[attribute]
    if "callback-data" in attributes:
        button["callback_data"] = attributes["callback-data"]
    if "copy-text" in attributes:
        button["copy_text"] = {"text": attributes["copy-text"]}
    if "disabled" in attributes:
        button["disabled"] = {}
    return button


def _text(children: list[Node | str]) -> Any:
    """A RichText; runs of blanks become one, as in HTML."""
    parts: list[Any] = []
    for child in children:
        part = re.sub(r"[ \t\n\r]+", " ", child) if isinstance(child, str) else _inline(child)
        if part and isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part:
            parts.append(part)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else parts


def _inline(node: Node) -> object:
    tag, attributes = node.tag, node.attributes
    if tag == "br":
        return "\n"
    text = _text(node.children)
    if tag == "span" and attributes.get("class") == "tg-spoiler":
        return {"type": "spoiler", "text": text}
    if tag in _INLINE:
        return {"type": _INLINE[tag], "text": text}
    if tag == "a":
        return _link(attributes, text)
    if tag == "tg-time":
        entity = date_time(attributes.get("unix", ""), attributes.get("format", ""))
        return {**entity, "text": text} if entity else text
    if tag == "tg-emoji":
        return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", ""), "alternative_text": text}
    if tag == "tg-math":
        return {"type": "mathematical_expression", "expression": text}
    if tag == "tg-button":
        return {"type": "button", "button": _button(node)}
    return text


def _link(attributes: dict[str, str], text: object) -> object:
    if "name" in attributes:
        return {"type": "anchor", "name": attributes["name"]}
    url = attributes.get("href", "")
    if url.startswith("#"):
        return {"type": "anchor_link", "anchor_name": url[1:], "text": text}
    return {"type": "url", "url": url, "text": text} if url else text
