"""parse_mode MarkdownV2 and the old Markdown, with the errors of the real parsers.

Source: `parse_markdown_v2` and `parse_markdown` in td/telegram/MessageEntity.cpp of tdlib.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.entities.html import ParseError
from sandbox.telegram.entities.links import date_time, link_entity
from sandbox.telegram.entities.spans import Entity, length_of
from sandbox.telegram.errors import bad_request

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_MARKS = (("||", "spoiler"), ("__", "underline"), ("*", "bold"), ("_", "italic"), ("~", "strikethrough"))


@dataclass(slots=True)
class _Open:
    kind: str
    argument: str
    offset: int
    at: int


@dataclass(slots=True)
class _Parser:
    """One pass over MarkdownV2."""

    source: str
    at: int = 0
    parts: list[str] = field(default_factory=list)
    offset: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    quoted: bool = False

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            self._step()
        if self.quoted and self.open and self.open[-1].kind == "blockquote":
            self._close_quotation()
        if self.open:
            last = self.open[-1]
            raise ParseError(f"Can't find end of {_NAMES[last.kind]} entity at byte offset {self._bytes(last.at)}")
        return "".join(self.parts), self.entities

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _emit(self, text: str) -> None:
        self.parts.append(text)
        self.offset += length_of(text)

    @property
    def _inside(self) -> str:
        return self.open[-1].kind if self.open else ""

    def _step(self) -> None:
        char = self.source[self.at]
        following = self.source[self.at + 1 : self.at + 2]
        if char == "\\" and following and 0 < ord(following) <= 126:
            self._emit(following)
            self.at += 2
        elif self._inside in ("code", "pre"):
            self._in_code(char)
        elif self._line_begin() and self._quotation(char):
            return
        elif char not in _RESERVED:
            self._emit(char)
            self.at += 1
        else:
            self._reserved(char)

    def _in_code(self, char: str) -> None:
        mark = "```" if self._inside == "pre" else "`"
        if self.source.startswith(mark, self.at):
            self._close(len(mark))
        else:
            self._emit(char)
            self.at += 1

    def _line_begin(self) -> bool:
        return self.at == 0 or self.source[self.at - 1] == "\n"

    def _quotation(self, char: str) -> bool:
        opens = char == ">" or self.source.startswith("**>", self.at)
        if self.quoted and char == ">":
            self.at += 1
            return True
        if self.quoted:
            self._close_quotation()
        if not opens:
            return False
        self.open.append(_Open("blockquote", "", self.offset, self.at))
        self.quoted = True
        self.at += 1 if char == ">" else 3
        return True

    def _close_quotation(self) -> None:
        if self._inside != "blockquote":
            last = self.open[-1]
            raise ParseError(f"Can't find end of {_NAMES[last.kind]} entity at byte offset {self._bytes(last.at)}")
        self.quoted = False
        self._close(0)

    def _reserved(self, char: str) -> None:
        if char == "\n":
            self._emit(char)
            self.at += 1
            return
        if self._fold_mark() or self._mark() or self._code_begin():
            return
        if char == "[" or self.source.startswith("![", self.at):
            kind = "text_link" if char == "[" else "custom_emoji"
            self.open.append(_Open(kind, "", self.offset, self.at))
            self.at += 1 if char == "[" else 2
        elif char == "]" and self._inside in ("text_link", "custom_emoji"):
            self._link_end()
        else:
            raise ParseError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _fold_mark(self) -> bool:
        """`||` at the end of a quotation folds it."""
        ends = self.source[self.at + 2 : self.at + 3] in ("", "\n")
        if not (self.source.startswith("||", self.at) and ends and self._inside == "blockquote"):
            return False
        self.open[-1].argument = "expandable"
        self.at += 2
        return True

    def _mark(self) -> bool:
        for mark, kind in _MARKS:
            if not self.source.startswith(mark, self.at):
                continue
            if self._inside == kind:
                self._close(len(mark))
                return True
            self.open.append(_Open(kind, "", self.offset, self.at))
            self.at += len(mark)
            return True
        return False

    def _code_begin(self) -> bool:
        if self.source.startswith("```", self.at):
            begin, self.at = self.at, self.at + 3
            found = re.match(r"([^\s`]+)\n", self.source[self.at :])
            language = found[1] if found else ""
            self.at += len(language)
            if self.source.startswith("\n", self.at):
                self.at += 1
            self.open.append(_Open("pre", language, self.offset, begin))
            return True
        if self.source[self.at] == "`":
            self.open.append(_Open("code", "", self.offset, self.at))
            self.at += 1
            return True
        return False

    def _link_end(self) -> None:
        begin = self.at
        self.at += 1
        url = ""
        if self.source.startswith("(", self.at):
            url = self._url(begin)
        opened = self.open[-1]
        opened.argument = url or "".join(self.parts)[-(self.offset - opened.offset) :]
        self._close(0)

    def _url(self, begin: int) -> str:
        self.at += 1
        chars: list[str] = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                self.at += 1
            chars.append(self.source[self.at])
            self.at += 1
        if self.at >= len(self.source):
            raise ParseError(f"Can't find end of a URL at byte offset {self._bytes(begin + 1)}")
        self.at += 1
        return "".join(chars)

    def _close(self, width: int) -> None:
        opened = self.open.pop()
        self.at += width
        length = self.offset - opened.offset
        if length <= 0:
            return
        entity = _entity(opened)
        if entity is not None:
            self.entities.append({**entity, "offset": opened.offset, "length": length})


def _entity(opened: _Open) -> Entity | None:
    if opened.kind == "text_link":
        return link_entity(opened.argument)
    if opened.kind == "custom_emoji":
        return _emoji_or_time(opened.argument)
    if opened.kind == "pre" and opened.argument:
        return {"type": "pre", "language": opened.argument}
    if opened.kind == "blockquote" and opened.argument:
        return {"type": "expandable_blockquote"}
    return {"type": opened.kind}


def _emoji_or_time(url: str) -> Entity | None:
    parts = urlsplit(url)
    values = {name: given[0] for name, given in parse_qs(parts.query).items()}
    if parts.scheme == "tg" and parts.netloc == "time":
        return date_time(values.get("unix", ""), values.get("format", ""))
    emoji_id = values.get("id", "")
    if parts.scheme != "tg" or parts.netloc != "emoji" or not emoji_id.isdigit():
        raise ParseError("Custom emoji URL must have an emoji identifier")
    return {"type": "custom_emoji", "custom_emoji_id": emoji_id}


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities of MarkdownV2; raises Refusal with the words of the real server."""
    try:
        return _Parser(source).run()
    except ParseError as error:
        raise bad_request(f"can't parse entities: {error}") from None


_OLD = re.compile(r"\\([_*`\[])|```(?:([^\s`]+)\n)?|[_*`]|\[")
_OLD_KINDS = {"_": "italic", "*": "bold", "`": "code"}


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities of the old Markdown (kept by Telegram for old bots)."""
    parts: list[str] = []
    entities: list[Entity] = []
    at = offset = 0
    while found := _OLD.search(source, at):
        plain = source[at : found.start()] + (found[1] or "")
        parts.append(plain)
        offset += length_of(plain)
        at = found.end()
        if found[1]:
            continue
        inner, at, entity = _old_entity(source, found)
        if inner and entity is not None:
            entities.append({**entity, "offset": offset, "length": length_of(inner)})
        parts.append(inner)
        offset += length_of(inner)
    parts.append(source[at:])
    return "".join(parts), entities


def _old_entity(source: str, found: re.Match[str]) -> tuple[str, int, Entity | None]:
    mark = "```" if found[0].startswith("```") else found[0]
    end = source.find("]" if mark == "[" else mark, found.end())
    if end < 0:
        where = len(source[: found.start()].encode())
        raise bad_request(f"can't parse entities: Can't find end of the entity starting at byte offset {where}")
    inner = source[found.end() : end]
    if mark == "[":
        link = re.compile(r"\(([^)]*)\)").match(source, end + 1)
        return inner, link.end() if link else end + 1, link_entity(link[1]) if link else None
    if mark == "```":
        return inner, end + 3, {"type": "pre", "language": found[2]} if found[2] else {"type": "pre"}
    return inner, end + 1, {"type": _OLD_KINDS[mark]}
