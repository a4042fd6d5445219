"""A gate behind which everything fails, and what it tells of updates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from aiogram.types import CallbackQuery, Message, TelegramObject, Update

from handlers.entry.gate import Gate
from handlers.entry.substitutes import Handler
from handlers.entry.turn_observer import TurnObserver
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.messages import send_screen
from handlers.ground.screen import Open
from handlers.ground.turn import Turn
from services.account.access import Access
from tests.handlers.bots import ANNA
from tests.handlers.chatting import BEFORE, THEN, Chatting


class Heard(TurnObserver):
    """What the gate tells of updates: the taps that came, and the kinds and outcomes of all."""

    def __init__(self) -> None:
        self.taps: list[str] = []
        self.ended: list[tuple[str, str, str | None]] = []

    def tap_came(self, tap_id: str) -> None:
        self.taps.append(tap_id)

    def update_ended(self, kind: str, outcome: str, tap_id: str | None) -> None:
        self.ended.append((kind, outcome, tap_id))

    @property
    def outcome(self) -> str:
        """Of the newest."""
        return self.ended[-1][1]


@dataclass
class Failing:
    """A gate behind which everything fails."""

    anna: Chatting
    heard: Heard = field(default_factory=lambda: Heard())

    async def lets(
        self,
        event: Message | CallbackQuery,
        error: BaseException,
        retry: Open | None = None,
        meanwhile: Callable[[Turn], Awaitable[object]] | None = None,
        **more: Any,
    ) -> Turn:
        """One update whose handler raises this error; gives its turn. `meanwhile`: what comes before the error."""
        turns = list[Turn]()

        async def handler(_: TelegramObject, data: dict[str, Any]) -> None:
            turns.append(data["turn"])
            if retry is not None:
                data["turn"].retry_with(retry)
            if meanwhile is not None:
                await meanwhile(data["turn"])
            raise error

        await self._through(self.gate(Access()), handler, event, **more)
        assert not self.anna.rights._states, "nothing is kept of a message at rest"
        return turns[0]

    def gate(self, access: Access) -> Gate:
        services: Any = SimpleNamespace(people=self.anna.people, site_url="https://px6.example", now=lambda: THEN)
        return Gate(services, BackgroundTasks(), self.anna.rights, access, self.heard)

    async def passes(self, gate: Gate, event: Message | CallbackQuery) -> int:
        """How many handlers an update comes to."""
        came = list[object]()

        async def handler(update: TelegramObject, _: dict[str, Any]) -> None:
            came.append(update)

        await self._through(gate, handler, event)
        return len(came)

    async def nothing(self, _: TelegramObject, __: dict[str, Any]) -> None:
        """A handler that does nothing."""

    async def _through(self, gate: Gate, handler: Handler, event: Message | CallbackQuery, **more: Any) -> None:
        name = "message" if isinstance(event, Message) else "callback_query"
        update = Update.model_validate({"update_id": 1, name: event}).as_(self.anna.bot)
        await gate(handler, update, {"bot": self.anna.bot, **more})

    def sent_to(self, chat_id: int) -> list[str]:
        """The texts that went to a chat."""
        calls = [call.params for call in self.anna.telegram.requests if call.method == "sendmessage"]
        return [str(call["text"]) for call in calls if int(call["chat_id"]) == chat_id]

    async def tap(self, data: str = "open:x") -> CallbackQuery:
        """A tap on a new message."""
        turn = await self.anna.taps(await send_screen(self.anna.bot, ANNA, BEFORE), data=data)
        self.anna.rights.leave(turn)
        assert isinstance(turn.event, CallbackQuery)
        return turn.event

    def says(self) -> list[str]:
        return [text.partition("\n")[0] for text in self.anna.stands()]

    def buttons(self) -> list[str]:
        """What the buttons of the newest message carry."""
        newest = list(self.anna.chat().messages.values())[-1]
        return [each.get("callback_data", "") for each in newest.buttons()]
