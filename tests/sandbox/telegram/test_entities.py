"""Markup becomes plain text and entities with offsets in UTF-16."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.telegram.entities import MESSAGE, compose
from sandbox.telegram.entities.detect import detect
from tests.sandbox.telegram.conftest import World

Parsed = tuple[str, list[tuple[Any, ...]]]


def parsed(text: str, mode: str = "", entities: Any = None) -> Parsed:
    plain, found = compose(text, mode, entities, MESSAGE)
    return plain, [tuple(value for value in entity.values()) for entity in found]


HTML: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    ("<b>a</b> <strong>b</strong>", "a b", [("bold", 0, 1), ("bold", 2, 1)]),
    ("<i>a</i><em>b</em>", "ab", [("italic", 0, 1), ("italic", 1, 1)]),
    ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 1), ("underline", 1, 1)]),
    (
        "<s>a</s><strike>b</strike><del>c</del>",
        "abc",
        [("strikethrough", 0, 1), ("strikethrough", 1, 1), ("strikethrough", 2, 1)],
    ),
    ('<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>', "ab", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
    ("😀<b>😀</b>", "😀😀", [("bold", 2, 2)]),
    ("<B>a</B>", "a", [("bold", 0, 1)]),
    ("<b></b>a", "a", []),
    ("&lt;b&gt; &amp; &quot; &#33; &#x41; &nbsp;", '<b> & " ! A &nbsp;', []),
    ('<a href="http://e.com/?a=1&amp;b=2">x</a>', "x", [("text_link", "http://e.com/?a=1&b=2", 0, 1)]),
    ("<a href='example.com'>x</a>", "x", [("text_link", "http://example.com/", 0, 1)]),
    ('<a href="nowhere">x</a>', "x", []),
    ("<code>a</code>", "a", [("code", 0, 1)]),
    ("<pre>a</pre>", "a", [("pre", 0, 1)]),
    ('<pre><code class="language-py">a</code></pre>', "a", [("pre", "py", 0, 1)]),
    ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
    ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
    ('<tg-emoji emoji-id="5">😀</tg-emoji>', "😀", [("custom_emoji", "5", 0, 2)]),
    ('<tg-time unix="5" format="wDT">x</tg-time>', "x", [("date_time", 5, "wDT", 0, 1)]),
    ('<tg-time unix="5">x</tg-time>', "x", [("date_time", 5, 0, 1)]),
    ('<tg-time unix="soon">x</tg-time>', "x", []),
    ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
    ("  <b> a </b>  ", "a", [("bold", 0, 1)]),
    ("<b>a</b>\r\n/go", "a\n/go", [("bold", 0, 1), ("bot_command", 2, 3)]),
]
V2: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    ("*a* _b_ __c__ ~d~ ||e||", "a b c d e", [("bold", 0, 1), ("italic", 2, 1), ("underline", 4, 1)]),
    ("_a __b__ c_", "a b c", [("italic", 0, 5), ("underline", 2, 1)]),
    ("`a` ```py\nb```", "a b", [("code", 0, 1), ("pre", "py", 2, 1)]),
    ("[x](https://e.com/a\\)b)", "x", [("text_link", "https://e.com/a)b", 0, 1)]),
    (">a\n>b\nc", "a\nb\nc", [("blockquote", 0, 4)]),
    ("**>a\n>b||", "a\nb", [("expandable_blockquote", 0, 3)]),
    ("![x](tg://time?unix=5&format=r)", "x", [("date_time", 5, "r", 0, 1)]),
    ("![😀](tg://emoji?id=5)", "😀", [("custom_emoji", "5", 0, 2)]),
    ("1\\.5 \\- 2\\!", "1.5 - 2!", []),
]


@pytest.mark.parametrize(("source", "text", "entities"), HTML, ids=[source for source, _, _ in HTML])
def test_html_is_parsed_as_telegram_parses_it(source: str, text: str, entities: list[tuple[Any, ...]]) -> None:
    assert parsed(source, "HTML") == (text, entities)


@pytest.mark.parametrize(("source", "text", "entities"), V2, ids=[source for source, _, _ in V2])
def test_markdown_v2_is_parsed_as_telegram_parses_it(source: str, text: str, entities: list[tuple[Any, ...]]) -> None:
    plain, found = parsed(source, "MarkdownV2")
    assert (plain, found[: len(entities)]) == (text, entities)


def test_old_markdown_is_still_understood() -> None:
    text, found = parsed("*a* _b_ `c` [d](http://e.com/) ```py\nf```\\_", "Markdown")
    assert text == "a b c d f_"
    kinds = ["bold", "italic", "code", "text_link", "pre"]
    assert [entity[0] for entity in found] == kinds


def test_passed_entities_are_ordered_and_follow_the_trimmed_text() -> None:
    given = [
        {"type": "italic", "offset": 4, "length": 1},
        {"type": "bold", "offset": 0, "length": 6},
        {"type": "date_time", "offset": 2, "length": 1, "unix_time": 5, "date_time_format": "r"},
    ]
    assert parsed("  ab c", entities=given) == (
        "ab c",
        [("bold", 0, 4), ("date_time", 0, 1, 5, "r"), ("italic", 2, 1)],
    )


def test_what_touches_an_angle_bracket_is_no_command() -> None:
    for text in ("<b>a</b>", "a </b> b", "/go>", "</go", "a/go"):
        assert not [entity for entity in detect(text) if entity["type"] == "bot_command"], text
    assert [entity["offset"] for entity in detect("(/go) /stop, /x")] == [1, 6, 13]


def test_telegram_finds_commands_links_and_names_by_itself() -> None:
    text = "/go@some_bot @someone #tag $USD a@b.com https://e.com/x. e.com 1.2.3.4:80:u:p /a/b"
    _, found = parsed(text)
    kinds = ["bot_command", "mention", "hashtag", "cashtag", "email", "url", "url"]
    assert [entity[0] for entity in found] == kinds
    assert found[5] == ("url", text.index("https"), len("https://e.com/x"))


def test_nothing_is_found_inside_code() -> None:
    assert parsed("<code>/go @someone</code>", "HTML") == ("/go @someone", [("code", 0, 12)])


async def test_a_message_of_4096_characters_beyond_the_basic_plane_fits(world: World) -> None:
    assert (await world.say("😀" * 4096))["text"] == "😀" * 4096
