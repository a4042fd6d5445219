"""Answers of the stand-in of every kind, with the name of the class that python-telegram-bot decodes them by."""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from contextlib import suppress
from typing import Any

import aiohttp

TOKEN = "71006:peer-token-6"
PERSON = 5002
GROUP = -1005002


def png(width: int = 8, height: int = 8) -> bytes:
    """A small black picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class _Raw:
    """Bare calls of both faces."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http

    async def call(self, method: str, files: dict[str, bytes] | None = None, **arguments: Any) -> Any:
        form = aiohttp.FormData()
        for name, value in arguments.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, content in (files or {}).items():
            form.add_field(name, content, filename=f"{name}.bin")
        async with self._http.post(f"{self._url}/bot{TOKEN}/{method}", data=form) as response:
            envelope = await response.json()
            assert envelope["ok"], (method, envelope)
            return envelope["result"]

    async def person(self, what: str, **body: Any) -> None:
        params = {"bot": TOKEN.partition(":")[0], **body.pop("params", {})}
        async with self._http.post(f"{self._url}/people/{PERSON}/{what}", params=params, **body) as response:
            assert response.status == 200, await response.text()

    async def tap_and_leave(self) -> None:
        """A tap whose answer is not waited for."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.person("taps", json={"data": "x"}), 0.2)

    async def person_is(self, **changes: Any) -> None:
        params = {"bot": TOKEN.partition(":")[0]}
        async with self._http.patch(f"{self._url}/people/{PERSON}", params=params, json=changes) as response:
            assert response.status == 200, await response.text()


async def collected(url: str, http: aiohttp.ClientSession) -> list[tuple[str, Any]]:
    """`(class, answer)` of what bots are told: themselves, messages, updates, chats, files."""
    raw = _Raw(url, http)
    answers = [("User", await raw.call("getMe"))]
    await _person_acts(raw)
    answers += await _messages(raw)
    await raw.tap_and_leave()
    await raw.person_is(blocked=True)
    await raw.person_is(blocked=False)
    answers += [("Update", update) for update in await raw.call("getUpdates")]
    answers += [
        ("ChatFullInfo", await raw.call("getChat", chat_id=PERSON)),
        ("ChatFullInfo", await raw.call("getChat", chat_id=GROUP)),
        ("ChatMember", await raw.call("getChatMember", chat_id=GROUP, user_id=PERSON)),
        ("WebhookInfo", await raw.call("getWebhookInfo")),
        ("MenuButton", await raw.call("getChatMenuButton", chat_id=PERSON)),
        ("BotDescription", await raw.call("getMyDescription")),
        ("UserProfilePhotos", await raw.call("getUserProfilePhotos", user_id=PERSON)),
    ]
    return answers


async def _person_acts(raw: _Raw) -> None:
    await raw.person("messages", json={"text": "/start @someone https://example.com #tag 😀 a@example.com"})
    await raw.person("messages", json={"text": "reply", "reply_to": 1})
    await raw.person("messages", json={"sticker": "😀"})
    await raw.person("messages", json={"contact": "+100000"})
    await raw.person("messages", json={"location": "55.7,37.6"})
    await raw.person("messages", json={"text": "/start"}, params={"chat": str(GROUP)})
    for kind in ("document", "photo", "voice", "audio", "video", "animation"):
        form = aiohttp.FormData()
        form.add_field(kind, png(), filename=f"{kind}.png")
        await raw.person("messages", data=form)


async def _messages(raw: _Raw) -> list[tuple[str, Any]]:
    keyboard = {
        "inline_keyboard": [
            [{"text": "data", "callback_data": "d", "style": "success"}],
            [{"text": "copy", "copy_text": {"text": "x"}}, {"text": "url", "url": "tg://resolve?domain=x"}],
        ]
    }
    html = "<b>b</b><tg-spoiler>s</tg-spoiler><blockquote expandable>q</blockquote><code>c</code>"
    sent = await raw.call("sendMessage", chat_id=PERSON, text=html, parse_mode="HTML", reply_markup=keyboard)
    edited = await raw.call("editMessageText", chat_id=PERSON, message_id=sent["message_id"], text="new")
    document = await raw.call(
        "sendDocument", {"document": b"abc"}, chat_id=PERSON, caption="<i>c</i>", parse_mode="HTML"
    )
    file_id = document["document"]["file_id"]
    reply = {"reply_parameters": {"message_id": sent["message_id"]}, "protect_content": True}
    effect = {"message_effect_id": "5046509860389126442"}
    photo = await raw.call("sendPhoto", {"photo": png()}, chat_id=PERSON, **reply, **effect)
    time = '<tg-time unix="1795474851" format="r">soon</tg-time>'
    return [
        ("Message", sent),
        ("Message", edited),
        ("Message", document),
        ("Message", photo),
        ("Message", await raw.call("sendMessage", chat_id=PERSON, text=time, parse_mode="HTML")),
        (
            "Message",
            await raw.call("forwardMessage", chat_id=GROUP, from_chat_id=PERSON, message_id=sent["message_id"]),
        ),
        ("File", await raw.call("getFile", file_id=file_id)),
    ]
