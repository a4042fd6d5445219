"""One bot: who it is, its chats, its updates, its files and the taps that wait for its answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.telegram.chats import Chat
from sandbox.telegram.files import FileStore
from sandbox.telegram.texts import Json
from sandbox.telegram.updates import UpdateQueue

TAP_LIFETIME = 150.0


@dataclass(slots=True)
class Tap:
    """A tap on a button until the bot answers it."""

    id: str
    chat: Chat
    person_id: int
    message_id: int
    data: str
    expires: float
    answer: Json | None = None
    listeners: list[Callable[[Json], None]] = field(default_factory=list)


@dataclass(slots=True)
class Webhook:
    """Where updates are delivered to; an empty `url` means nowhere."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    certificate: bool = False
    ip_address: str = ""
    last_error_date: int = field(default=0, compare=False)
    last_error: str = field(default="", compare=False)


class Profile:
    """What people see of the bot, by language and scope."""

    def __init__(self, bot_id: int) -> None:
        self.names: dict[str, str] = {"": f"Bot {bot_id}"}
        self.descriptions: dict[str, str] = {}
        self.short_descriptions: dict[str, str] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.menu_buttons: dict[int, Json] = {}

    def commands_for(self, chat: Chat, person_id: int, language: str) -> list[Json]:
        """The commands a person is offered in a chat: most special scope first, own language first."""
        if chat.private:
            scopes = [f"chat:{chat.id}", "all_private_chats", "default"]
        else:
            member = f"chat_member:{chat.id}:{person_id}"
            scopes = [member, f"chat:{chat.id}", "all_group_chats", "default"]
        for scope in scopes:
            for code in (language[:2], ""):
                if found := self.commands.get((scope, code)):
                    return found
        return []


def in_language(texts: dict[str, str], language: str) -> str:
    """The text for a language, else the one for all."""
    return texts.get(language[:2]) or texts.get("", "")


class Bot:
    """A bot of the stand-in. Everything a token of it can reach hangs here."""

    def __init__(self, bot_id: int, now: Callable[[], float]) -> None:
        self.id = bot_id
        self.secret: str | None = None
        self.username = f"sandbox_{bot_id}_bot"
        self.updates = UpdateQueue(now)
        self.files = FileStore()
        self.profile = Profile(bot_id)
        self.webhook = Webhook()
        self.webhook_changed: list[Callable[[], None]] = []
        self.rests: Callable[[int], bool] = lambda _: True  # see `sandbox.telegram.webhook.Courier`
        self.chats: dict[int, Chat] = {}
        self.taps: dict[str, Tap] = {}
        self.last_message_id = 0
        self.heard = False
        self.polling = False  # it waits for an update at this moment
        self.polled = False  # whoever starts a bot sets this to False again
        self._now = now

    def as_user(self) -> Json:
        """The User object of the bot as a sender."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.profile.names[""],
            "username": self.username,
        }

    def new_message_id(self, chat: Chat) -> int:
        """The next message id: one sequence for all private chats, one for each group."""
        if chat.private:
            self.last_message_id += 1
            return self.last_message_id
        return max(chat.messages, default=0) + 1

    def tap(self, chat: Chat, person_id: int, message_id: int, data: str) -> Tap:
        """Note a tap that waits for an answer."""
        self._forget_old_taps()
        tap_id = str(secrets.randbits(62))
        tap = Tap(tap_id, chat, person_id, message_id, data, self._now() + TAP_LIFETIME)
        self.taps[tap_id] = tap
        return tap

    def open_tap(self, tap_id: str) -> Tap | None:
        """The tap with this id if it still can be answered."""
        self._forget_old_taps()
        return self.taps.get(tap_id)

    def _forget_old_taps(self) -> None:
        now = self._now()
        while self.taps:
            oldest = next(iter(self.taps.values()))
            if oldest.expires > now:
                break
            del self.taps[oldest.id]
