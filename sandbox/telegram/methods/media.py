"""Sending files, changing their captions, fetching them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from sandbox.telegram.arguments import Arguments, Upload
from sandbox.telegram.chats import Message
from sandbox.telegram.entities.compose import CAPTION
from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import StoredFile
from sandbox.telegram.images import image_size
from sandbox.telegram.markup import parse_inline
from sandbox.telegram.methods.editing import changed, editable
from sandbox.telegram.methods.registry import Call, method
from sandbox.telegram.methods.sending import composed, new_message, post
from sandbox.telegram.texts import Json

MAX_PHOTO = 10 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_SIDES = 10_000
TITLES = {
    "photo": "Photo",
    "document": "Document",
    "voice": "VoiceNote",
    "audio": "Audio",
    "video": "Video",
    "animation": "Animation",
    "sticker": "Sticker",
    "video_note": "VideoNote",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message and the fields that describe it to bots."""

    kind: str
    file: StoredFile
    media: Json


def described(kind: str, file: StoredFile, details: Json | None = None) -> Json:
    """The field of a Message that a file makes, with `details` such as a duration."""
    if kind == "photo":
        width, height = image_size(file.content) or (1, 1)
        return {"photo": [{**file.as_json(), "width": width, "height": height}]}
    body: Json = {**file.as_json(), **(details or {})}
    if kind != "sticker":
        body["mime_type"] = file.mime_type
    if kind in ("document", "audio", "video", "animation"):
        body["file_name"] = file.name
    media: Json = {kind: body}
    if kind == "animation":
        media["document"] = {**file.as_json(), "file_name": file.name, "mime_type": file.mime_type}
    return media


def attached(call: Call, kind: str, source: str, upload: Upload | None) -> Attached:
    """The file of a call: uploaded, or named by `source` (a file id or `attach://name`)."""
    if upload is None and source.startswith("attach://"):
        upload = call.arguments.files.get(source.removeprefix("attach://"))
        source = "" if upload is None else source
    if upload is not None:
        return stored(call, kind, upload)
    if not source:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if source.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    return _known(call, kind, source)


def _known(call: Call, kind: str, file_id: str) -> Attached:
    file = call.bot.files.by_id(file_id)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {TITLES[file.kind]} as {TITLES[kind]}")
    return Attached(kind, file, described(kind, file, _details(call, kind)))


def stored(call: Call, kind: str, upload: Upload) -> Attached:
    """Keep an uploaded file; raises Refusal when it cannot be of this kind."""
    if not upload.content:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        _check_photo(upload.content)
    name = PurePosixPath(upload.name.replace("\\", "/")).name or "file"
    file = call.bot.files.add(kind, name, upload.content, upload.mime_type)
    return Attached(kind, file, described(kind, file, _details(call, kind)))


def _check_photo(content: bytes) -> None:
    if len(content) > MAX_PHOTO:
        size = len(content)
        raise bad_request(f"file of size {size} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes")
    size_of = image_size(content)
    if size_of is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size_of
    if width + height > MAX_SIDES or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _details(call: Call, kind: str) -> Json:
    number = call.arguments.integer
    if kind == "voice":
        return {"duration": number("duration")}
    if kind == "audio":
        texts = {name: call.arguments.text(name) for name in ("performer", "title") if name in call.arguments}
        return {"duration": number("duration"), **texts}
    if kind in ("video", "animation"):
        return {
            "width": number("width", 320),
            "height": number("height", 240),
            "duration": number("duration"),
        }
    if kind == "video_note":
        return {"length": number("length", 240), "duration": number("duration")}
    if kind == "sticker":
        side = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"type": "regular", **side}
    return {}


def _send(call: Call, kind: str) -> object:
    upload = call.arguments.files.get(kind)
    source = call.arguments.text(kind)
    if upload is None and not source:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    chat = call.writable_chat()
    message, markup = new_message(call, chat)
    text, entities = _caption(call)
    Filling(attached(call, kind, source, upload), text, entities, _flags(call)).into(message)
    return post(call, message, markup)


def _caption(call: Call) -> tuple[str, list[Json]]:
    return composed(call, call.arguments.text("caption"), CAPTION, "caption_entities")


def _flags(call: Call) -> Json:
    fields = {"has_spoiler": "has_media_spoiler", "show_caption_above_media": "show_caption_above_media"}
    return {shown: True for name, shown in fields.items() if call.arguments.flag(name)}


@method
def send_document(call: Call) -> object:
    return _send(call, "document")


@method
def send_photo(call: Call) -> object:
    return _send(call, "photo")


@method
def send_voice(call: Call) -> object:
    return _send(call, "voice")


@method
def send_audio(call: Call) -> object:
    return _send(call, "audio")


@method
def send_video(call: Call) -> object:
    return _send(call, "video")


@method
def send_animation(call: Call) -> object:
    return _send(call, "animation")


@method
def send_sticker(call: Call) -> object:
    return _send(call, "sticker")


@method
def send_media_group(call: Call) -> object:
    given = call.arguments.nested("media", "input media")
    if not isinstance(given, list) or not 2 <= len(given) <= 10:
        raise bad_request("group send failed: an album has 2-10 items")
    chat = call.writable_chat()
    group_id = str(call.bot.last_message_id + 1)
    messages = []
    for item in given:
        message, markup = new_message(call, chat)
        input_media(call, item).into(message)
        message.extra["media_group_id"] = group_id
        messages.append((message, markup))
    return [post(call, message, markup) for message, markup in messages]


@dataclass(frozen=True, slots=True)
class Filling:
    """What an InputMedia puts into a message."""

    attached: Attached
    text: str
    entities: list[Json]
    extra: Json

    def into(self, message: Message) -> None:
        """Replace the content of a message."""
        message.kind, message.file = self.attached.kind, self.attached.file
        message.media, message.rich = self.attached.media, None
        message.text, message.entities = self.text, self.entities
        message.extra.update(self.extra)


def input_media(call: Call, item: object) -> Filling:
    """What an InputMedia describes; raises Refusal."""
    if not isinstance(item, dict):
        raise bad_request("InputMedia must be an Object")
    kind = str(item.get("type", ""))
    if kind not in ("photo", "document", "audio", "video", "animation", "voice"):
        raise bad_request("can't parse InputMedia: Unsupported type specified")
    if not item.get("media"):
        raise bad_request("can't parse InputMedia: Can't find field \"media\"")
    inner = Call(call.state, call.bot, Arguments(item, call.arguments.files))
    text, entities = _caption(inner)
    return Filling(attached(inner, kind, str(item["media"]), None), text, entities, _flags(inner))


@method
def edit_message_media(call: Call) -> object:
    message = editable(call)
    item = call.arguments.nested("media", "input media")
    keyboard = parse_inline(call.arguments)
    filling = input_media(call, item)

    def change() -> None:
        filling.into(message)
        message.keyboard = keyboard

    return changed(call, message, change)


@method
def get_file(call: Call) -> object:
    file_id = call.arguments.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = call.bot.files.by_id(file_id)
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {**file.as_json(), "file_path": file.path}
