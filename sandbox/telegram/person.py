"""The requests of a person: JSON over HTTP, for tests and for a chat page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

import msgspec
from aiohttp import web

from sandbox.telegram.arguments import Arguments, Upload, as_integer
from sandbox.telegram.bots import Bot, Tap
from sandbox.telegram.chats import Chat, Message, Person
from sandbox.telegram.errors import PersonError, Refusal
from sandbox.telegram.methods.media import described
from sandbox.telegram.reading import query_int, read_arguments
from sandbox.telegram.state import TelegramState
from sandbox.telegram.texts import Json
from sandbox.telegram.writing import Letter, PersonSide

ANSWER_SECONDS = 10.0
UPLOADS = ("document", "photo", "voice", "audio", "video", "animation", "sticker")
_NOT_ANSWERED: Json = {"answered": False, "text": None, "show_alert": False, "url": None}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and which chat they look at."""

    person: Person
    bot: Bot
    chat: Chat


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def as_json(body: object, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, headers={"Content-Type": "application/json"})


def guarded(handler: Handler) -> Handler:
    """Turn what a person cannot do into a JSON error."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except PersonError as error:
            return as_json({"error": error.text, **error.details}, error.status)
        except Refusal as refusal:
            return as_json({"error": refusal.description}, refusal.code)

    return guard


class PersonRoutes:
    """`/people/ID/…`: what a person does and sees. docs/demo.md lists the requests."""

    def __init__(self, state: TelegramState, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._state = state
        self._side = PersonSide(state)
        self._answer_seconds = answer_seconds

    def routes(self) -> list[web.RouteDef]:
        """The paths with their handlers."""
        person, message = "/people/{id:[0-9]+}", "/people/{id:[0-9]+}/messages/{message_id:[0-9]+}"
        return [
            web.get(person, guarded(self.show)),
            web.patch(person, guarded(self.change)),
            web.post(person + "/messages", guarded(self.write)),
            web.patch(message, guarded(self.edit)),
            web.delete(message, guarded(self.delete)),
            web.post(message + "/reaction", guarded(self.react)),
            web.post(person + "/taps", guarded(self.tap)),
            web.post(person + "/shared", guarded(self.share)),
            web.get(person + "/chat", guarded(self.chat)),
            web.get(person + "/files/{file_id}", guarded(self.file)),
        ]

    def _visit(self, request: web.Request) -> Visit:
        person = self._state.person(int(request.match_info["id"]))
        bot = self._bot(request)
        group_id = query_int(request.query, "chat") if request.query_string else None
        return Visit(person, bot, self._side.chat(bot, person.id, group_id))

    def _bot(self, request: web.Request) -> Bot:
        bots = self._state.bots
        if request.query_string and "bot" in request.query:
            bot_id = query_int(request.query, "bot")
            if bot_id is None or bot_id <= 0:
                raise PersonError(400, "?bot= is the part of a token before the colon")
            return self._state.bot_by_id(bot_id)
        heard = [bot for bot in bots.values() if bot.heard] or list(bots.values())
        if len(heard) != 1:
            raise PersonError(400, "say ?bot=ID: there is not exactly one bot", bots=list(bots))
        return heard[0]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The person as a phone knows them."""
        person = self._state.person(int(request.match_info["id"]))
        blocked = [bot.id for bot in self._state.bots.values() if self._blocks(bot, person)]
        return as_json({**person.as_user(), "deactivated": person.deactivated, "blocked_bots": blocked})

    @staticmethod
    def _blocks(bot: Bot, person: Person) -> bool:
        chat = bot.chats.get(person.id)
        return chat is not None and chat.blocked

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Language, names, blocking, deactivation."""
        given = (await read_arguments(request)).values
        person = self._state.person(int(request.match_info["id"]))
        for name in ("language_code", "first_name", "last_name", "username"):
            if name in given:
                value = given[name]
                if value is not None and not isinstance(value, str):
                    raise PersonError(400, f"{name} is a text")
                setattr(person, name, value or (person.first_name if name == "first_name" else None))
        if "deactivated" in given:
            person.deactivated = bool(given["deactivated"])
        if "blocked" in given:
            self._state.block(self._bot(request), person.id, bool(given["blocked"]))
        self._state.events.add("person", person=person.as_user())
        return await self.show(request)

    async def write(self, request: web.Request) -> web.StreamResponse:
        """A text, a file, or something else."""
        arguments = await read_arguments(request)
        visit = self._visit(request)
        letter = replace(self._letter(visit.bot, visit.person, arguments), extra=_belonging(arguments))
        message = self._side.write(visit.bot, visit.person, visit.chat, letter)
        return as_json({"message_id": message.message_id})

    def _letter(self, bot: Bot, person: Person, arguments: Arguments) -> Letter:
        reply_to = arguments.integer("reply_to") or None
        text = arguments.text("text")
        for kind in UPLOADS:
            upload = arguments.files.get(kind)
            if upload is not None:
                return self._with_file(bot, arguments, kind, upload, reply_to)
        for kind in ("sticker", "contact", "location", "dice"):
            if kind in arguments:
                return _special(bot, person, kind, arguments, reply_to)
        if not text.strip():
            raise PersonError(400, "say what is written: text, or a file in document or photo")
        return Letter(text.strip(), reply_to)

    @staticmethod
    def _with_file(bot: Bot, arguments: Arguments, kind: str, upload: Upload, reply_to: int | None) -> Letter:
        file = bot.files.add(kind, upload.name or kind, upload.content, upload.mime_type)
        details: Json = {}
        if kind in ("voice", "audio", "video", "animation"):
            details["duration"] = arguments.integer("duration", 1)
        if kind in ("video", "animation"):
            details.update(width=320, height=240)
        caption = arguments.text("caption") or arguments.text("text")
        return Letter(caption, reply_to, kind, file, described(kind, file, details))

    async def edit(self, request: web.Request) -> web.StreamResponse:
        """The person changes an own message."""
        arguments = await read_arguments(request)
        visit = self._visit(request)
        text = arguments.text("text").strip()
        if not text:
            raise PersonError(400, "text is empty")
        self._side.edit(visit.bot, visit.chat, int(request.match_info["message_id"]), text)
        return as_json({"edited": True})

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """The person deletes a message for both."""
        visit = self._visit(request)
        self._side.delete(visit.bot, visit.chat, int(request.match_info["message_id"]))
        return as_json({"deleted": True})

    async def react(self, request: web.Request) -> web.StreamResponse:
        """The person puts a reaction on a message."""
        arguments = await read_arguments(request)
        visit = self._visit(request)
        message_id = int(request.match_info["message_id"])
        self._side.react(visit.bot, visit.person, visit.chat, message_id, arguments.text("emoji") or None)
        return as_json({"reacted": True})

    async def share(self, request: web.Request) -> web.StreamResponse:
        """`{"users": [ID, …], "label": …}`: the person picks people with a `request_users` button of the keyboard."""
        arguments = await read_arguments(request)
        visit = self._visit(request)
        given = arguments.nested("users", "users")
        if not isinstance(given, list):
            raise PersonError(400, "users is a list of ids of people")
        users = [as_integer(each, "users") for each in given]
        label = arguments.text("label") or None
        message = self._side.share(visit.bot, visit.person, visit.chat, label, users)
        return as_json({"message_id": message.message_id})

    async def tap(self, request: web.Request) -> web.StreamResponse:
        """A tap on a button, or a forged one; answers when the bot has answered, or after 10 s."""
        arguments = await read_arguments(request)
        visit = self._visit(request)
        tapped = self._tapped(visit, arguments)
        if not isinstance(tapped, Tap):
            return as_json(tapped)
        return as_json(await answer_to(tapped, self._answer_seconds))

    def _tapped(self, visit: Visit, arguments: Arguments) -> Tap | Json:
        message_id = arguments.integer("message_id") or None
        if "label" in arguments:
            message, button = self._side.button(visit.chat, message_id, arguments.text("label"))
            return self._side.press(visit.bot, visit.person, visit.chat, message, button)
        if "data" not in arguments:
            raise PersonError(400, "say which button: label, or data for a forged tap")
        if message_id is None:
            message_id = self._newest_of_bot(visit.chat)
        return self._side.tap(visit.bot, visit.person, visit.chat, message_id, arguments.text("data"))

    @staticmethod
    def _newest_of_bot(chat: Chat) -> int:
        def by_bot(message: Message) -> bool:
            return message.from_bot

        newest = next(filter(by_bot, reversed(chat.messages.values())), None)
        if newest is None:
            raise PersonError(404, "the bot has written nothing yet: say message_id")
        return newest.message_id

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Everything that is in the chat."""
        visit = self._visit(request)
        return as_json(self._side.view(visit.bot, visit.person, visit.chat))

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of the chat."""
        visit = self._visit(request)
        file = visit.bot.files.by_id(request.match_info["file_id"])
        if file is None:
            raise PersonError(404, "there is no such file")
        return web.Response(body=file.content, content_type=file.mime_type, headers=_download(file.name))


async def answer_to(tap: Tap, seconds: float = ANSWER_SECONDS) -> Json:
    """What the bot answers to a tap, or that it did not within so many seconds."""
    if tap.answer is not None:
        return tap.answer
    answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

    def heard(answer: Json) -> None:
        if not answered.done():
            answered.set_result(answer)

    tap.listeners.append(heard)
    try:
        return await asyncio.wait_for(answered, seconds)
    except TimeoutError:
        return _NOT_ANSWERED
    finally:
        tap.listeners.remove(heard)


def _belonging(arguments: Arguments) -> Json:
    """The topic and the album of what a person sends."""
    extra: Json = {}
    if "message_thread_id" in arguments:
        extra.update(message_thread_id=arguments.integer("message_thread_id"), is_topic_message=True)
    if "media_group_id" in arguments:
        extra["media_group_id"] = arguments.text("media_group_id")
    return extra


def _download(name: str) -> dict[str, str]:
    """Headers that let a browser keep the name of a file, and never run what is in it."""
    return {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }


def _special(bot: Bot, person: Person, kind: str, arguments: Arguments, reply_to: int | None) -> Letter:
    """A sticker (its emoji), the own contact (a phone number), a location (`latitude,longitude`), a dice."""
    value = arguments.text(kind)
    if kind == "sticker":
        file = bot.files.add("sticker", "sticker.webp", b"RIFF\x00\x00\x00\x00WEBP", "image/webp")
        details: Json = {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
        }
        return Letter("", reply_to, kind, file, described(kind, file, {**details, "emoji": value}))
    if kind == "contact":
        contact = {"phone_number": value, "first_name": person.first_name, "user_id": person.id}
        return Letter("", reply_to, kind, None, {"contact": contact})
    if kind == "dice":
        return Letter("", reply_to, kind, None, {"dice": {"emoji": value, "value": 6}})
    latitude, _, longitude = value.partition(",")
    try:
        place = {"latitude": float(latitude), "longitude": float(longitude)}
    except ValueError:
        raise PersonError(400, "a location is written latitude,longitude") from None
    return Letter("", reply_to, kind, None, {"location": place})
