"""Rich messages of Bot API 10.3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.peers.answers import png
from tests.sandbox.telegram.conftest import PERSON, World, keyboard

TABLE = """<h2>Prices</h2><p>For <b>2</b> proxies:</p>
<table bordered striped><tr><th>Days</th><th>Sum</th></tr><tr><td>7</td><td align="right">12.60</td></tr></table>
<details open><summary>More</summary><ul><li>one</li><li>two</li></ul></details><hr>
<tg-button-row><tg-button callback-data="buy" style="success">Buy</tg-button></tg-button-row>"""


async def sent(world: World, **rich: Any) -> Any:
    return await world.call("sendRichMessage", chat_id=PERSON, rich_message=rich)


async def test_html_becomes_blocks_that_the_person_sees(world: World) -> None:
    message = await sent(world, html=TABLE)
    blocks = message["rich_message"]["blocks"]
    assert [block["type"] for block in blocks] == ["heading", "paragraph", "table", "details", "divider", "buttons"]
    assert blocks[0] == {"type": "heading", "text": "Prices", "size": 2}
    assert blocks[1]["text"] == ["For ", {"type": "bold", "text": "2"}, " proxies:"]
    assert blocks[2]["cells"][1][1] == {"text": "12.60", "align": "right", "valign": "top"}
    assert blocks[2]["is_bordered"] is True
    assert blocks[3]["blocks"][0]["items"][1]["blocks"] == [{"type": "paragraph", "text": "two"}]
    seen = (await world.chat())["messages"][-1]
    assert (seen["kind"], seen["rich"]["blocks"]) == ("rich", blocks)
    assert seen["text"].startswith("Prices\nFor 2 proxies:\nDays\tSum\n7\t12.60\nMore\n• one\n• two")


async def test_markdown_becomes_blocks(world: World) -> None:
    lists = "- x\n- y\n\n1. z\n\n> q\n\n```py\nf()\n```\n---"
    source = f"# Head\n\n**b** and `c`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n{lists}"
    blocks = (await sent(world, markdown=source))["rich_message"]["blocks"]
    kinds = ["heading", "paragraph", "table", "list", "list", "blockquote", "pre", "divider"]
    assert [block["type"] for block in blocks] == kinds
    assert blocks[1]["text"] == [{"type": "bold", "text": "b"}, " and ", {"type": "code", "text": "c"}]
    assert (blocks[6]["text"], blocks[6]["language"]) == ("f()", "py")


async def test_blocks_are_taken_as_they_are(world: World) -> None:
    soon = int(world.clock.now().timestamp()) + 3600
    blocks = [
        {"type": "paragraph", "text": ["ends ", {"type": "date_time", "text": "soon", "unix_time": soon}]},
        {"type": "pre", "text": "x", "language": "py"},
        {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "q"}], "credit": "me"},
        {"type": "table", "cells": [[{"text": "h", "is_header": True}]], "is_compact": True},
        {"type": "photo", "photo": {"type": "photo", "media": "attach://p"}, "caption": {"text": "c"}},
    ]
    message = await world.call("sendRichMessage", {"p": png()}, chat_id=PERSON, rich_message={"blocks": blocks})
    back = message["rich_message"]["blocks"]
    assert back[:3] == blocks[:3]
    assert back[3]["cells"] == [[{"text": "h", "is_header": True, "align": "left", "valign": "top"}]]
    assert back[4]["photo"][0]["width"] == 8


async def test_a_button_inside_a_rich_message_can_be_tapped(world: World) -> None:
    message = await sent(world, html='<p>x <tg-button url="https://e.com/">Site</tg-button></p>')
    body = {"message_id": message["message_id"], "label": "Site"}
    assert (await world.person("POST", f"{PERSON}/taps", json=body))["url"] == "https://e.com/"


async def test_a_message_turns_rich_and_plain_again(world: World) -> None:
    place = {"chat_id": PERSON, "message_id": (await world.say("plain"))["message_id"]}
    rich = {"html": "<h1>Rich</h1>"}
    edited = await world.call("editMessageText", rich_message=rich, reply_markup=keyboard("A"), **place)
    assert "text" not in edited
    again = await world.refusal("editMessageText", rich_message=rich, reply_markup=keyboard("A"), **place)
    assert again.startswith("Bad Request: message is not modified")
    assert (await world.call("editMessageText", text="plain", **place))["text"] == "plain"


async def test_only_a_draft_may_be_thinking(world: World) -> None:
    thinking = {"html": "<tg-thinking>Looking…</tg-thinking>"}
    assert await world.call("sendRichMessageDraft", chat_id=PERSON, draft_id=1, rich_message=thinking) is True
    assert (await world.chat())["drafts"][0]["rich"]["blocks"][0]["type"] == "thinking"
    refused = await world.refusal("sendRichMessage", chat_id=PERSON, rich_message=thinking)
    assert refused == "Bad Request: can't parse InputRichBlock: Unsupported type specified"


@pytest.mark.parametrize(
    "rich",
    [
        {},
        {"html": "a", "markdown": "b"},
        {"html": "<script>"},
        {"html": "<p>a"},
        {"html": "<p>a</b>"},
        {"html": 5},
        {"blocks": "a"},
        {"blocks": [{"type": "odd"}]},
        {"blocks": [{"type": "paragraph"}]},
        {"blocks": [{"type": "heading", "text": "a", "size": 7}]},
        {"blocks": [{"type": "heading", "text": "a", "size": "1"}]},
        {"blocks": [{"type": "list", "items": []}]},
        {"blocks": [{"type": "table", "cells": [[]]}]},
        {"blocks": [{"type": "table", "cells": [[{"align": "up"}]]}]},
        {"blocks": [{"type": "buttons", "buttons": []}]},
        {"blocks": [{"type": "buttons", "buttons": [{"text": "a"}]}]},
        {"blocks": [{"type": "paragraph", "text": {"type": "odd"}}]},
        {"blocks": [{"type": "paragraph", "text": {"type": "url", "text": "a", "url": "no"}}]},
        {"blocks": [{"type": "paragraph", "text": {"type": "date_time", "text": "a", "unix_time": 2_000_000_000}}]},
        {"blocks": [{"type": "paragraph", "text": "x" * 32_769}]},
    ],
    ids=str,
)
async def test_what_is_no_rich_message_is_refused(world: World, rich: dict[str, Any]) -> None:
    refused = await world.refusal("sendRichMessage", chat_id=PERSON, rich_message=rich)
    assert refused.startswith("Bad Request: ")
