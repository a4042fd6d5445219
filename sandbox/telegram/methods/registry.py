"""The table of methods and what each call brings along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.telegram.arguments import Arguments
from sandbox.telegram.bots import Bot
from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.errors import bad_request, forbidden, too_many
from sandbox.telegram.state import TelegramState


@dataclass(frozen=True, slots=True)
class Described:
    """A result that is answered together with a sentence."""

    result: object
    description: str


@dataclass(slots=True)
class Call:
    """One call of a method by a bot."""

    state: TelegramState
    bot: Bot
    arguments: Arguments

    @property
    def now(self) -> int:
        """The time of the call in POSIX seconds."""
        return int(self.state.timestamp())

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat that an argument names; raises Refusal when the bot cannot reach it."""
        given = self.arguments.text(name)
        if not given:
            raise bad_request(f"{name} is empty")
        chat = self._named(given) if given.startswith("@") else self._numbered(self.arguments.integer(name))
        if chat.person is not None and chat.person.deactivated:
            raise forbidden("user is deactivated")
        return chat

    def _named(self, given: str) -> Chat:
        for chat in self.bot.chats.values():
            if chat.person is None and chat.title == given[1:]:
                return chat
        raise bad_request("chat not found")

    def _numbered(self, chat_id: int) -> Chat:
        chat = self.bot.chats.get(chat_id)
        if chat is not None and chat.started:
            return chat
        if chat_id > 0 and chat_id in self.state.people:
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")

    def writable_chat(self) -> Chat:
        """The chat of `chat_id` if the bot may write there now; counts against the flood limits."""
        chat = self.chat()
        self.check_writable(chat)
        wait = self.state.flood.wait_for(self.bot.id, chat.id)
        if wait:
            raise too_many(wait)
        return chat

    def check_writable(self, chat: Chat) -> None:
        """Raises Refusal when the person blocked the bot, the bot left the group, or is to pause."""
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if chat.left:
            raise forbidden("bot is not a member of the supergroup chat")
        pause = self.state.flood.paused_for(self.bot.id, chat.id)
        if pause:
            raise too_many(pause)

    def message(self, chat: Chat, missing: str) -> Message:
        """The message of `message_id`; `missing` is the refusal when the chat has none."""
        message_id = self.arguments.integer("message_id")
        if message_id <= 0:
            raise bad_request("message identifier is not specified")
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request(missing)
        return message


METHODS: dict[str, Callable[[Call], object]] = {}


def method(function: Callable[[Call], object]) -> Callable[[Call], object]:
    """Enter a function into the table: `send_message` serves sendMessage in whatever case."""
    METHODS[function.__name__.replace("_", "")] = function
    return function
