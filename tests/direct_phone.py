"""A phone that acts on the objects of the Telegram stand-in, without HTTP: for tests that need hundreds of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.telegram import TelegramState
from sandbox.telegram.bots import Tap
from sandbox.telegram.chats import Message
from sandbox.telegram.writing import Letter, PersonSide


class DirectPhone:
    """One person in the chat with one bot. `seen` holds every text they ever saw, also those that edits replaced."""

    def __init__(self, telegram: TelegramState, token: str, person_id: int) -> None:
        self.telegram, self.token, self.id = telegram, token, person_id
        self.seen: list[str] = []
        self._side = PersonSide(telegram)
        self._bot, self._person = telegram.bot(token), telegram.person(person_id)
        self._chat = self._side.chat(self._bot, person_id)
        self._deaf = telegram.events.listen(self._hear)

    def close(self) -> None:
        """Stop listening."""
        self._deaf()

    def _hear(self, event: Any) -> None:
        if event.kind not in ("message", "edit") or (event.data["bot"], event.data["chat"]) != (
            self._bot.id,
            self.id,
        ):
            return
        message = event.data["message"]
        if message["from"] == "bot":
            self.seen.append(message["text"] or "")

    def blocks(self, blocked: bool = True) -> None:
        """Block the bot, or come back."""
        self.telegram.block(self._bot, self.id, blocked)

    def reads(self, message_id: int) -> str:
        """What stands in a message now."""
        return self._chat.messages[message_id].text or ""

    def stands(self) -> list[str]:
        """What the messages of the bot say now, oldest first."""
        return [message.text or "" for message in self._chat.messages.values() if message.from_bot]

    def says(self, text: str) -> None:
        """Write a message."""
        self._side.write(self._bot, self._person, self._chat, Letter(text))

    def buttons(self) -> Iterator[tuple[Message, Any]]:
        """Every button with data that is in the chat, newest message first."""
        for message in reversed(tuple(self._chat.messages.values())):
            for button in message.buttons() if message.from_bot else ():
                if "callback_data" in button:
                    yield message, button

    def green(self) -> tuple[Message, Any] | None:
        """The newest button that spends, and its message."""
        return next((found for found in self.buttons() if found[1].get("style") == "success"), None)

    def button(self, beginning: str) -> tuple[Message, Any] | None:
        """The newest button whose data begins so, and its message."""
        return next((found for found in self.buttons() if found[1]["callback_data"].startswith(beginning)), None)

    def taps_green(self) -> bool:
        """Tap the button that spends; False when there is none (any more)."""
        green = self.green()
        if green is not None:
            self.presses(*green)
        return green is not None

    def presses(self, message: Message, button: Any) -> Tap:
        """Tap a button of the chat."""
        return self.forges(button["callback_data"], message.message_id)

    def forges(self, data: str, message_id: int | None = None) -> Tap:
        """Send callback data from a message, by default the bot's newest, whether such a button is there or not."""
        return self._side.tap(self._bot, self._person, self._chat, message_id or self.newest(), data)

    def newest(self) -> int:
        """The id of the bot's newest message."""
        return max((number for number, message in self._chat.messages.items() if message.from_bot), default=1)

    def newest_ones(self, count: int) -> list[int]:
        """The ids of the bot's newest messages, oldest first."""
        return sorted(number for number, message in self._chat.messages.items() if message.from_bot)[-count:]
