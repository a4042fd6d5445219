"""parse_mode HTML, with the errors of the real parser.

Source: `parse_html` in td/telegram/MessageEntity.cpp of tdlib; byte offsets count UTF-8 bytes of the markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandbox.telegram.entities.links import date_time, link_entity
from sandbox.telegram.entities.spans import Entity, length_of
from sandbox.telegram.errors import bad_request

TAGS = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "s",
        "strike",
        "del",
        "u",
        "ins",
        "tg-spoiler",
        "tg-emoji",
        "tg-time",
        "span",
        "pre",
        "code",
        "blockquote",
    ]
)
_PLAIN = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_CHARACTER = re.compile(r"&(?:#(\d{1,8})|#x([0-9a-fA-F]{1,7})|(lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")


class ParseError(ValueError):
    """Markup that the parser does not understand."""


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    tag: str
    attributes: dict[str, str]
    offset: int
    begin: int


def decode(text: str) -> str:
    """Replace the character references that the Bot API knows."""
    return _CHARACTER.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return found[0]
    return chr(code)


@dataclass(slots=True)
class _Parser:
    """One pass over the markup. `at` is the position in `source`."""

    source: str
    at: int = 0
    parts: list[str] = field(default_factory=list)
    offset: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            tag = self.source.find("<", self.at)
            self._text(self.source[self.at : tag if tag >= 0 else len(self.source)])
            if tag < 0:
                break
            self.at = tag
            if self.source.startswith("</", tag):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.parts), self.entities

    def _text(self, raw: str) -> None:
        text = decode(raw) if "&" in raw else raw
        self.parts.append(text)
        self.offset += length_of(text)

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _char(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _skip_spaces(self) -> None:
        while self._char() and self._char().isspace():
            self.at += 1

    def _skip_to(self, stops: str) -> str:
        begin = self.at
        while (char := self._char()) and char not in stops and not char.isspace():
            self.at += 1
        return self.source[begin : self.at]

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._skip_to(">").lower()
        if not self._char():
            raise ParseError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if tag not in TAGS:
            raise ParseError(f'Unsupported start tag "{tag}" at byte offset {self._bytes(begin)}')
        attributes = self._attributes(tag, begin)
        self.at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self.open.append(_Open(tag, attributes, self.offset, len(self.parts)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while self._char() != ">":
            self._skip_spaces()
            if self._char() == ">":
                break
            name = self._skip_to("=>/\"'").lower()
            if not self._char():
                raise ParseError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
            if not name:
                raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
            attributes[name] = self._value(tag, name, begin)
            if not self._char():
                raise ParseError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        return attributes

    def _value(self, tag: str, name: str, begin: int) -> str:
        self._skip_spaces()
        if self._char() != "=":
            if tag == "blockquote" and name == "expandable":
                return "1"
            where = f"at byte offset {self._bytes(begin)}"
            raise ParseError(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
        self.at += 1
        self._skip_spaces()
        quote = self._char()
        return self._quoted(quote) if quote and quote in "\"'" else self._name_token()

    def _quoted(self, quote: str) -> str:
        begin = self.at + 1
        end = self.source.find(quote, begin)
        self.at = len(self.source) if end < 0 else end + 1
        return decode(self.source[begin : max(end, begin)])

    def _name_token(self) -> str:
        begin = self.at
        found = _NAME_TOKEN.match(self.source, begin)
        self.at = found.end() if found else begin
        if self._char() and not self._char().isspace() and self._char() != ">":
            raise ParseError(f"Unexpected end of name token at byte offset {self._bytes(begin)}")
        return self.source[begin : self.at].lower()

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise ParseError(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        self.at += 2
        name = self._skip_to(">").lower()
        self._skip_spaces()
        if self._char() != ">":
            raise ParseError(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        self.at += 1
        opened = self.open[-1]
        if name and name != opened.tag:
            raise ParseError(
                f"Unmatched end tag at byte offset {self._bytes(begin)}, "
                f'expected "</{opened.tag}>", found "</{name}>"'
            )
        self.open.pop()
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity = _entity(opened, "".join(self.parts[opened.begin :]))
        if entity is None:
            return
        entity["offset"], entity["length"] = opened.offset, self.offset - opened.offset
        if not self._joined(entity):
            self.entities.append(entity)

    def _joined(self, entity: Entity) -> bool:
        """`<pre><code class="language-x">` is one entity with a language."""
        last = self.entities[-1] if self.entities else None
        if last is None or (last["offset"], last["length"]) != (entity["offset"], entity["length"]):
            return False
        if entity["type"] == "pre" and last["type"] == "code" and "language" in last:
            last["type"] = "pre"
            return True
        return False


def _entity(opened: _Open, inner: str) -> Entity | None:
    tag, attributes = opened.tag, opened.attributes
    if tag in _PLAIN:
        return {"type": _PLAIN[tag]}
    if tag == "a":
        return link_entity(attributes.get("href") or inner)
    if tag == "pre":
        return {"type": "pre"}
    if tag == "code":
        language = attributes.get("class", "")
        named = language.startswith("language-")
        return {"type": "code", "language": language[9:]} if named else {"type": "code"}
    if tag == "blockquote":
        return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}
    if tag == "tg-time":
        return date_time(attributes.get("unix", ""), attributes.get("format", ""))
    return _custom_emoji(attributes.get("emoji-id", ""))


def _custom_emoji(emoji_id: str) -> Entity:
    if not emoji_id.isdigit() or not 0 < int(emoji_id) < 2**63:
        raise ParseError("Invalid custom emoji identifier specified")
    return {"type": "custom_emoji", "custom_emoji_id": emoji_id}


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities of HTML; raises Refusal with the words of the real server."""
    try:
        text, entities = _Parser(source).run()
    except ParseError as error:
        raise bad_request(f"can't parse entities: {error}") from None
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities
