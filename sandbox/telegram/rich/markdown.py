"""Rich messages written as Markdown: headings, lists, tables, quotations, code and the usual marks inside."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from sandbox.telegram.rich.html import blocks_of_html
from sandbox.telegram.texts import Json

_MARKS = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w*])\*(.+?)\*(?![\w*])"), r"<i>\1</i>"),
    (re.compile(r"(?<!\w)_(.+?)_(?!\w)"), r"<i>\1</i>"),
    (re.compile(r"~~(.+?)~~"), r"<s>\1</s>"),
    (re.compile(r"\|\|(.+?)\|\|"), r"<tg-spoiler>\1</tg-spoiler>"),
    (re.compile(r"==(.+?)=="), r"<mark>\1</mark>"),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
)
_RULE = re.compile(r"\|?[\s:|-]+\|?$")
_ITEM = re.compile(r"(?:[-*+]|(\d+)[.)])\s+(.*)")


def blocks_of_markdown(source: str) -> list[Json]:
    """The InputRichBlocks that Markdown stands for."""
    lines = source.replace("\r", "").split("\n")
    parts: list[str] = []
    while lines:
        parts.append(_part(lines))
    return blocks_of_html("".join(parts))


def _part(lines: list[str]) -> str:
    """Take the lines of one block away; the answer is its HTML."""
    line = lines[0]
    if line.startswith("```"):
        return _code(lines)
    if line.lstrip().startswith("|") and len(lines) > 1 and _RULE.match(lines[1].strip()):
        return _table(lines)
    if _ITEM.match(line):
        return _list(lines)
    if line.startswith(">"):
        quoted = _taken(lines, lambda text: text.startswith(">"))
        return f"<blockquote>{'<br>'.join(inline(text[1:].strip()) for text in quoted)}</blockquote>"
    lines.pop(0)
    heading = re.match(r"(#{1,6})\s+(.*)", line)
    if heading:
        size = len(heading[1])
        return f"<h{size}>{inline(heading[2])}</h{size}>"
    if re.fullmatch(r"\s*([-*_])(?:\s*\1){2,}\s*", line):
        return "<hr>"
    return f"<p>{inline(line)}</p>" if line.strip() else ""


def inline(text: str) -> str:
    """Marks within a line as tags; code is left as it is."""
    pieces = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{escape(p)}</code>" if n % 2 else _marked(p) for n, p in enumerate(pieces))


def _marked(text: str) -> str:
    marked = escape(text)
    for pattern, tag in _MARKS:
        marked = pattern.sub(tag, marked)
    return marked


def _taken(lines: list[str], belongs: Callable[[str], object]) -> list[str]:
    taken: list[str] = []
    while lines and belongs(lines[0]):
        taken.append(lines.pop(0))
    return taken


def _code(lines: list[str]) -> str:
    language = lines.pop(0)[3:].strip()
    body = _taken(lines, lambda text: not text.startswith("```"))
    if lines:
        lines.pop(0)
    return f'<pre><code class="language-{escape(language)}">{escape(chr(10).join(body))}</code></pre>'


def _list(lines: list[str]) -> str:
    ordered = bool(re.match(r"\d", lines[0]))
    tag = "ol" if ordered else "ul"
    items = _taken(lines, lambda text: _ITEM.match(text))
    texts = [found[2] for found in map(_ITEM.match, items) if found]
    return f"<{tag}>" + "".join(f"<li>{inline(text)}</li>" for text in texts) + f"</{tag}>"


def _table(lines: list[str]) -> str:
    rows = _taken(lines, lambda text: text.lstrip().startswith("|"))
    html = ["<table>"]
    for number, row in enumerate(rows):
        if number == 1:
            continue
        tag = "th" if number == 0 else "td"
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        html.append("<tr>" + "".join(f"<{tag}>{inline(cell)}</{tag}>" for cell in cells) + "</tr>")
    return "".join([*html, "</table>"])
