"""The state of the stand-in: bots, people and what they sent each other. No HTTP in here."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.telegram.bots import Bot, Tap
from sandbox.telegram.chats import Chat, Message, Person
from sandbox.telegram.errors import PersonError, Refusal
from sandbox.telegram.events import EventLog
from sandbox.telegram.faults import Answer, Fault, Faults
from sandbox.telegram.flood import FloodLimits
from sandbox.telegram.texts import Json

TOKEN = re.compile(r"([1-9]\d{0,15}):([A-Za-z0-9_-]{1,64})")
KEPT_REQUESTS = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a bot: the method in lower case, its arguments cut short, the status answered."""

    bot_id: int
    method: str
    params: Json
    status: int


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """A call of a bot that was answered with 4xx, though no fault was injected."""

    bot_id: int
    method: str
    params: Json
    code: int
    description: str


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


class TelegramState:
    """Bots, people, chats, and events of everything that changes.

    `now` answers an aware datetime: dates of messages, expiry of updates and of taps follow it.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self.now = now
        self.events = EventLog()
        self.bots: dict[int, Bot] = {}
        self.people: dict[int, Person] = {}
        self.faults = Faults()
        self.flood = FloodLimits(self.timestamp)
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.refusals: list[RefusedCall] = []
        self.webhook_watchers: list[Callable[[Bot], None]] = []
        self.reachability_watchers: list[Callable[[], None]] = []
        self.down = False

    def timestamp(self) -> float:
        """The time as POSIX seconds."""
        return self.now().timestamp()

    # Bots

    def bot(self, token: str) -> Bot:
        """The bot of a token. The first secret seen with an id is its right one; raises Refusal otherwise."""
        found = TOKEN.fullmatch(token)
        if found is None:
            raise Refusal(401, "Unauthorized: invalid token specified")
        bot = self.bot_by_id(int(found[1]))
        if bot.secret is None:
            bot.secret = found[2]
        elif bot.secret != found[2]:
            raise Refusal(401, "Unauthorized")
        return bot

    def bot_by_id(self, bot_id: int) -> Bot:
        """The bot with this id, made when it is new."""
        bot = self.bots.get(bot_id)
        if bot is None:
            bot = self.bots[bot_id] = Bot(bot_id, self.timestamp)
        return bot

    def unconfirmed(self, token: str) -> int:
        """How many updates the bot has not confirmed yet: 0 once it has taken everything."""
        return len(self.bot(token).updates)

    def fail(
        self,
        method: str | None,
        code: int,
        times: int = 1,
        retry_after: int | None = None,
        token: str | None = None,
        *,
        after: bool = False,
        answer: str | None = None,
        description: str | None = None,
        label: str | None = None,
    ) -> None:
        """Let the next `times` calls of `method` (None: any but getUpdates) fail with `code`.

        Code 0 closes the connection without an answer. With `after` the call is processed before it fails. `answer`
        is one of `Answer`: what comes, with the HTTP status `code`, instead of an envelope. `description`: the words
        of a refusal, without what Telegram puts before them. `label`: by which `faults.clear` knows it.
        """
        name = method.lower() if method is not None else None
        instead = Answer(answer) if answer else None
        self.faults.add(Fault(name, code, times, retry_after, token, after, instead, description, label))

    def push(self, token: str, kind: str, body: Json) -> int:
        """Put an update of any shape and kind into a bot's queue; gives its number."""
        return self.bot(token).updates.put(kind, body).update_id

    def shut(self, *, down: bool) -> None:
        """Refuse every connection from now on, people's too, or take them again."""
        self.down = down
        for follow in self.reachability_watchers:
            follow()

    # People and chats

    def person(self, person_id: int) -> Person:
        """A person; exists from the first time somebody asks."""
        person = self.people.get(person_id)
        if person is None:
            person = self.people[person_id] = Person(person_id, f"Person {person_id}")
        return person

    def private_chat(self, bot: Bot, person_id: int) -> Chat:
        """The chat between a bot and a person."""
        chat = bot.chats.get(person_id)
        if chat is None:
            chat = bot.chats[person_id] = Chat(person_id, bot.id, self.person(person_id))
        return chat

    def group(self, bot: Bot, chat_id: int, person_id: int) -> Chat:
        """A group with the bot and the person in it; the person adds the bot when it is new."""
        if chat_id >= 0:
            raise PersonError(400, "the id of a group is negative")
        person = self.person(person_id)
        chat = bot.chats.get(chat_id)
        if chat is None:
            chat = bot.chats[chat_id] = Chat(chat_id, bot.id, None, f"Group {-chat_id}", started=True)
            self._membership(bot, chat, person, "left", "member")
        chat.members[person_id] = person
        return chat

    def _membership(self, bot: Bot, chat: Chat, person: Person, old: str, new: str) -> None:
        body = {
            "chat": chat.as_json(),
            "from": person.as_user(),
            "date": int(self.timestamp()),
            "old_chat_member": self._member(bot, old),
            "new_chat_member": self._member(bot, new),
        }
        bot.updates.add("my_chat_member", body)

    @staticmethod
    def _member(bot: Bot, status: str) -> Json:
        member: Json = {"user": bot.as_user(), "status": status}
        return {**member, "until_date": 0} if status == "kicked" else member

    def block(self, bot: Bot, person_id: int, blocked: bool) -> None:
        """The person blocks the bot or lets it write again."""
        chat = self.private_chat(bot, person_id)
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        self._membership(bot, chat, self.person(person_id), old, new)
        self.events.add("chat", bot=bot.id, chat=chat.id, blocked=blocked)

    # Messages

    def add_message(self, bot: Bot, message: Message) -> Message:
        """Put a message into its chat and tell everybody who looks on."""
        message.chat.messages[message.message_id] = message
        self.tell("message", bot, message)
        return message

    def tell(self, kind: str, bot: Bot, message: Message) -> None:
        """An event about a message, as the person sees it."""
        self.events.add(kind, bot=bot.id, chat=message.chat.id, message=message.for_person())

    def delete_message(self, bot: Bot, message: Message) -> None:
        """Take a message out of its chat."""
        message.chat.messages.pop(message.message_id, None)
        if message.message_id in message.chat.pinned:
            message.chat.pinned.remove(message.message_id)
        self.events.add("delete", bot=bot.id, chat=message.chat.id, message_id=message.message_id)

    def answer_tap(self, bot: Bot, tap: Tap, answer: Json) -> None:
        """The bot answers a tap: those who wait hear of it."""
        bot.taps.pop(tap.id, None)
        tap.answer = answer
        seen = {
            "tap": tap.id,
            "person": tap.person_id,
            "message_id": tap.message_id,
            "data": tap.data,
            **answer,
        }
        tap.chat.answers.append(seen)
        self.events.add("answer", bot=bot.id, chat=tap.chat.id, **seen)
        for listener in tap.listeners:
            listener(answer)

    def refused(self, bot_id: int, method: str, params: Json, refusal: Refusal) -> None:
        """Note a 4xx that a bot got."""
        self.refusals.append(RefusedCall(bot_id, method, params, refusal.code, refusal.description))

    def as_json(self) -> dict[str, Any]:
        """An overview for people."""
        return {
            "bots": [
                {
                    "id": bot.id,
                    "username": bot.username,
                    "name": bot.profile.names[""],
                    "unconfirmed": len(bot.updates),
                }
                for bot in self.bots.values()
            ],
            "people": [person.as_user() for person in self.people.values()],
            "faults": self.faults.as_json(),
            "flood_limits": self.flood.on,
            "last_event": self.events.last,
        }
