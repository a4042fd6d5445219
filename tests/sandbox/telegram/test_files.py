"""Files go both ways."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.telegram.images import image_size
from sandbox.telegram.methods import media
from tests.peers.answers import png
from tests.sandbox.telegram.conftest import PERSON, TOKEN, World, keyboard


async def got(world: World, path: str) -> bytes:
    async with world.http.get(world.url + path) as response:
        assert response.status == 200
        return await response.read()


async def attach(world: World, kind: str, content: bytes, **fields: str) -> Any:
    """The person sends a file; the answer is the message that the bot gets."""
    form = aiohttp.FormData()
    form.add_field(kind, content, filename=f"{kind}.bin")
    for name, value in fields.items():
        form.add_field(name, value)
    await world.person("POST", f"{PERSON}/messages", data=form)
    return (await world.updates())[-1]["message"]


async def test_a_document_of_the_bot_is_seen_and_fetched_by_the_person(world: World) -> None:
    sent = await world.call(
        "sendDocument",
        {"document": b"a;b"},
        chat_id=PERSON,
        caption="<b>c</b>",
        parse_mode="HTML",
        reply_markup=keyboard("A"),
    )
    assert sent["document"]["file_name"] == "document.txt"
    assert (sent["document"]["mime_type"], sent["document"]["file_size"]) == ("text/plain", 3)
    assert (sent["caption"], sent["caption_entities"][0]["type"]) == ("c", "bold")
    seen = (await world.chat())["messages"][-1]
    assert (seen["kind"], seen["text"], seen["file"]["name"], seen["file"]["size"]) == (
        "document",
        "c",
        "document.txt",
        3,
    )
    assert seen["keyboard"][0][0]["text"] == "A"
    assert await got(world, seen["file"]["url"]) == b"a;b"


async def test_what_the_person_sends_is_fetched_by_the_bot(world: World) -> None:
    message = await attach(world, "document", b"\x00\x01", caption="look")
    assert message["caption"] == "look"
    file = await world.call("getFile", file_id=message["document"]["file_id"])
    assert await got(world, f"/file/bot{TOKEN}/{file['file_path']}") == b"\x00\x01"
    async with world.http.get(f"{world.url}/file/bot{TOKEN}/documents/none") as response:
        assert response.status == 404
    async with world.http.get(f"{world.url}/file/bot42:wrong/{file['file_path']}") as response:
        assert response.status == 401


async def test_photos_stickers_voices_contacts_and_places_of_a_person_arrive(world: World) -> None:
    photo = await attach(world, "photo", png(30, 20))
    assert (photo["photo"][-1]["width"], photo["photo"][-1]["height"]) == (30, 20)
    assert "duration" in (await attach(world, "voice", b"ogg"))["voice"]
    await world.person("POST", f"{PERSON}/messages", json={"sticker": "😀"})
    assert (await world.updates())[-1]["message"]["sticker"]["emoji"] == "😀"
    await world.person("POST", f"{PERSON}/messages", json={"contact": "+1"})
    assert (await world.updates())[-1]["message"]["contact"]["phone_number"] == "+1"
    await world.person("POST", f"{PERSON}/messages", json={"location": "1.5,2.5"})
    assert (await world.updates())[-1]["message"]["location"] == {"latitude": 1.5, "longitude": 2.5}
    await world.person("POST", f"{PERSON}/messages", 400, json={"location": "here"})


async def test_a_file_id_sends_the_file_again_but_only_as_what_it_is(world: World) -> None:
    sent = await world.call("sendDocument", {"document": b"abc"}, chat_id=PERSON)
    file_id = sent["document"]["file_id"]
    again = await world.call("sendDocument", chat_id=PERSON, document=file_id)
    assert again["document"]["file_unique_id"] == sent["document"]["file_unique_id"]
    wrong = await world.refusal("sendPhoto", chat_id=PERSON, photo=file_id)
    assert wrong == "Bad Request: can't use file of type Document as Photo"
    unknown = await world.refusal("sendDocument", chat_id=PERSON, document="AAA")
    assert unknown == "Bad Request: wrong file identifier/HTTP URL specified"


async def test_files_that_cannot_be_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refusal(kind: str, content: bytes | None) -> str:
        files = {kind: content} if content is not None else None
        return await world.refusal(f"send{kind}", files, chat_id=PERSON)

    assert await refusal("document", None) == "Bad Request: there is no document in the request"
    assert await refusal("document", b"") == "Bad Request: file must be non-empty"
    assert await refusal("photo", b"text") == "Bad Request: IMAGE_PROCESS_FAILED"
    assert await refusal("photo", png(21, 1)) == "Bad Request: PHOTO_INVALID_DIMENSIONS"
    monkeypatch.setattr(media, "MAX_PHOTO", 10)
    assert (await refusal("photo", png())).endswith("is too big for a photo; the maximum size is 10 bytes")
    long = await world.refusal("sendDocument", {"document": b"a"}, chat_id=PERSON, caption="x" * 1025)
    assert long == "Bad Request: message caption is too long"
    monkeypatch.setattr(media, "MAX_DOWNLOAD", 2)
    sent = await world.call("sendDocument", {"document": b"abc"}, chat_id=PERSON)
    big = await world.refusal("getFile", file_id=sent["document"]["file_id"])
    assert big == "Bad Request: file is too big"
    assert (
        await world.refusal("getFile", file_id="x")
        == "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


async def test_more_than_50_megabytes_are_too_large(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.telegram.reading.MAX_UPLOAD", 1000)
    form = aiohttp.FormData()
    form.add_field("chat_id", str(PERSON))
    form.add_field("document", b"x" * 1001, filename="big")
    async with world.http.post(f"{world.url}/bot{TOKEN}/sendDocument", data=form) as response:
        assert (response.status, (await response.json())["description"]) == (413, "Request Entity Too Large")


async def test_caption_and_file_of_a_message_can_be_changed(world: World) -> None:
    sent = await world.call("sendDocument", {"document": b"old"}, chat_id=PERSON, caption="a")
    place = {"chat_id": PERSON, "message_id": sent["message_id"]}
    assert (await world.call("editMessageCaption", caption="b", **place))["caption"] == "b"
    new = {"type": "photo", "media": "attach://p", "caption": "c"}
    edited = await world.call("editMessageMedia", {"p": png()}, media=new, **place)
    assert (edited["caption"], "document" in edited, len(edited["photo"])) == ("c", False, 1)
    seen = (await world.chat())["messages"][-1]
    assert (seen["kind"], seen["edited"]) == ("photo", True)
    odd = await world.refusal("editMessageMedia", media={"type": "story", "media": "x"}, **place)
    assert odd == "Bad Request: can't parse InputMedia: Unsupported type specified"


async def test_an_album_is_several_messages(world: World) -> None:
    album = [{"type": "photo", "media": "attach://a", "caption": "one"}, {"type": "photo", "media": "attach://b"}]
    messages = await world.call("sendMediaGroup", {"a": png(), "b": png()}, chat_id=PERSON, media=album)
    assert len({message["media_group_id"] for message in messages}) == 1
    assert messages[0]["caption"] == "one"


@pytest.mark.parametrize("method", ["sendVoice", "sendAudio", "sendVideo", "sendAnimation", "sendSticker"])
async def test_the_other_kinds_of_files_can_be_sent(world: World, method: str) -> None:
    kind = method.removeprefix("send").lower()
    sent = await world.call(method, {kind: b"content"}, chat_id=PERSON, duration=3)
    assert sent[kind]["file_size"] == 7


def test_the_size_of_pictures_of_many_formats_is_read() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03"
    assert image_size(jpeg) == (30, 20)
    assert image_size(b"GIF89a" + bytes([30, 0, 20, 0])) == (30, 20)
    assert image_size(b"BM" + bytes(16) + bytes([30, 0, 0, 0, 20, 0, 0, 0])) == (30, 20)
    webp = b"RIFF\0\0\0\0WEBP"
    assert image_size(webp + b"VP8X" + bytes(8) + bytes([29, 0, 0, 19, 0, 0])) == (30, 20)
    assert image_size(webp + b"VP8 " + bytes(10) + bytes([30, 0, 20, 0])) == (30, 20)
    assert image_size(webp + b"VP8L" + bytes(5) + (29 | 19 << 14).to_bytes(4, "little") + bytes(5)) == (30, 20)
    assert image_size(b"text") is None


async def test_fetching_a_file_fails_in_the_ways_in_which_it_may(world: World) -> None:
    content = b"0123456789" * 100
    message = await attach(world, "document", content)
    path = (await world.call("getFile", file_id=message["document"]["file_id"]))["file_path"]
    url = f"{world.url}/file/bot{TOKEN}/{path}"

    async def fetched(code: int, answer: str | None = None, times: int = 1) -> tuple[int, bytes]:
        world.state.fail("download", code, times, answer=answer)
        async with world.http.get(url, timeout=aiohttp.ClientTimeout(total=0.3), allow_redirects=False) as response:
            return response.status, await response.read()

    assert (await fetched(404))[0] == 404
    status, page = await fetched(200, "html")
    assert (status, page[:6]) == (200, b"<html>")
    assert await fetched(200, "empty") == (200, b"")
    with pytest.raises(aiohttp.ClientPayloadError):
        await fetched(200, "cut")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await fetched(0, times=2)  # aiohttp asks once more over a new connection
    with pytest.raises(TimeoutError):
        await fetched(200, "silent")
    assert await got(world, f"/file/bot{TOKEN}/{path}") == content, "each met one"
