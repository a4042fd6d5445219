"""People, chats and messages, and how a bot and a person each see them."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.telegram.files import StoredFile
from sandbox.telegram.texts import Json, rich_buttons


@dataclass(slots=True)
class Person:
    """Somebody with a phone."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "en"
    deactivated: bool = False

    def as_user(self) -> Json:
        """The User object of the Bot API."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            value = getattr(self, name)
            if value:
                user[name] = value
        return user


@dataclass(slots=True)
class Message:
    """A message of either side. `text` and `entities` are the caption when there is a file."""

    message_id: int
    chat: Chat
    sender: Json
    from_bot: bool
    date: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    media: Json = field(default_factory=dict)
    file: StoredFile | None = None
    kind: str = "text"
    rich: Json | None = None
    keyboard: list[list[Json]] = field(default_factory=list)
    frozen: bool = False
    """Sent with a reply keyboard or a force reply: cannot be edited."""
    reply_to: Message | None = None
    edit_date: int | None = None
    edited: bool = False
    extra: Json = field(default_factory=dict)
    reactions: dict[int, list[Json]] = field(default_factory=dict)

    def for_bot(self, *, with_reply: bool = True) -> Json:
        """The Message object of the Bot API."""
        seen: Json = {
            "message_id": self.message_id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": self.date,
        }
        if self.edit_date is not None:
            seen["edit_date"] = self.edit_date
        if with_reply and self.reply_to is not None:
            seen["reply_to_message"] = self.reply_to.for_bot(with_reply=False)
        seen.update(self._content())
        seen.update(self.extra)
        if self.keyboard:
            seen["reply_markup"] = {"inline_keyboard": self.keyboard}
        return seen

    def _content(self) -> Json:
        if self.rich is not None:
            return {"rich_message": self.rich}
        if self.kind != "text":
            content: Json = dict(self.media)
            if self.text:
                content["caption"] = self.text
                if self.entities:
                    content["caption_entities"] = self.entities
            return content
        return {"text": self.text, "entities": self.entities} if self.entities else {"text": self.text}

    def buttons(self) -> Iterator[Json]:
        """Every button of the message: those in a rich text first, then the keyboard."""
        if self.rich is not None:
            yield from rich_buttons(self.rich)
        for row in self.keyboard:
            yield from row

    def for_person(self) -> Json:
        """The message as the person sees it."""
        seen: Json = {
            "message_id": self.message_id,
            "from": "bot" if self.from_bot else "person",
            "sender": self.sender["first_name"],
            "sender_id": self.sender["id"],
            "kind": self.kind,
            "text": self.text,
            "entities": self.entities,
            "keyboard": self.keyboard,
            "file": self._file_for_person(),
            "edited": self.edited,
            "date": self.date,
            "reply_to": self.reply_to.message_id if self.reply_to is not None else None,
            "protected": bool(self.extra.get("has_protected_content")),
            "effect": self.extra.get("effect_id"),
            "link_preview": self.extra.get("link_preview_options"),
            "thread": self.extra.get("message_thread_id"),
            "reactions": [reaction for given in self.reactions.values() for reaction in given],
        }
        if self.rich is not None:
            seen["rich"] = self.rich
        if self.kind != "text" and self.media:
            seen["media"] = self.media
        return seen

    def _file_for_person(self) -> Json | None:
        if self.file is None:
            return None
        return {
            "kind": self.file.kind,
            "name": self.file.name,
            "mime_type": self.file.mime_type,
            "size": len(self.file.content),
            "file_id": self.file.file_id,
            "url": f"/people/{self.chat.reader_id}/files/{self.file.file_id}?bot={self.chat.bot_id}",
        }


@dataclass(slots=True)
class Chat:
    """A chat between one bot and one person, or a group that the bot is in (its id is negative)."""

    id: int
    bot_id: int
    person: Person | None
    title: str = ""
    started: bool = False
    blocked: bool = False
    left: bool = False
    members: dict[int, Person] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    instance: str = field(default_factory=lambda: str(secrets.randbits(63)))
    reply_keyboard: Json | None = None
    action: Json | None = None
    drafts: dict[int, Json] = field(default_factory=dict)
    answers: deque[Json] = field(default_factory=lambda: deque(maxlen=200))
    pinned: list[int] = field(default_factory=list)
    topics: set[int] = field(default_factory=set)
    """The ids of its topics: each begins with a message in it."""

    @property
    def private(self) -> bool:
        return self.person is not None

    @property
    def reader_id(self) -> int:
        """A person through whose address the files of the chat are fetched."""
        return self.person.id if self.person is not None else next(iter(self.members), 0)

    def as_json(self) -> Json:
        """The Chat object of the Bot API."""
        if self.person is None:
            return {"id": self.id, "title": self.title, "type": "supergroup"}
        chat: Json = {"id": self.id, "first_name": self.person.first_name, "type": "private"}
        if self.person.last_name:
            chat["last_name"] = self.person.last_name
        if self.person.username:
            chat["username"] = self.person.username
        return chat

    def inaccessible(self, message_id: int) -> Json:
        """How a bot sees a message that was deleted."""
        return {"chat": self.as_json(), "message_id": message_id, "date": 0}

    def newest_with_label(self, label: str) -> Message | None:
        """The newest message that has a button with this label."""
        for message in reversed(self.messages.values()):
            if any(button["text"] == label for button in message.buttons()):
                return message
        return None
