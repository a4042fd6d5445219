"""Paces requests to Telegram: within its limits, not during a pause it asks for (429), repeated where harmless."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageText,
    GetUpdates,
    Response,
    SendDocument,
    SendMessage,
    SendPhoto,
    SetWebhook,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType

from bot.outage import RESTLESS, Outage
from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import PASSING_ERRORS, TelegramNotSent, TelegramUnanswered

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
Chat = int | str | None  # the `chat_id` of a call; None: the call belongs to no chat
TakeInChat = Callable[[Chat], Awaitable[float]]
SENDING = (SendMessage, SendDocument, SendPhoto)
REPEATED_BY_CALLER = frozenset(each.__api_method__ for each in (GetUpdates, SetWebhook, DeleteWebhook))
SENDS_PER_SECOND = 28  # Telegram allows a bot about 30 new messages a second
# So many of these may be reminders and notices; the rest is for answers, and for what is held up on its way.
OWN_PER_SECOND = 22
OWN_LEAVING = 24  # reminders and notices that leave in a second at the most, also after one of them was held up
BACKGROUND_PER_SECOND = 15  # messages of a broadcast at the most; the rest is for what people do
CHAT_BURST = 3  # new messages in a row that a chat takes before it wants a second for each
CHAT_SECONDS = 1.05  # a little more than Telegram wants, for messages that overtake each other on their way
CHATS_KEPT = 1000
ATTEMPTS = 6
LONGEST_WAIT = 90.0  # seconds that one call waits in all before it gives up
# pydantic caches generic models such as Response[…] in weak references only. One that nobody else refers to is built
# anew at the next call, which blocks the loop for 9 ms at getUpdates, 7 ms at a message, 2 ms at a yes or no.
ANSWERS = tuple(
    Response[method.__returning__]  # type: ignore[name-defined]  # a type that is known only at run time
    for method in (TakeUpdates, SendMessage, EditMessageText, AnswerCallbackQuery)
)


class RequestPacing(BaseRequestMiddleware):
    """A session middleware for every call of the bot but those by which it gets updates: they are repeated for ever.

    What certainly was not done is repeated, whatever it is. What may have been done is repeated unless it sends a
    message: twice would be worse than an error that its sender handles. Edits, answers and deletions are the same
    however often they happen. Raises the errors of `handlers.ground.telegram_errors`.

    `processes`: how many share what the bot may send in a second, each the same. `take_in_chat` counts a message to a
    chat among all of them: the seconds until it may leave, 0 for now; None: this process is alone.
    """

    def __init__(self, sleep: Sleep = asyncio.sleep, clock: Callable[[], float] | None = None) -> None:
        self._sleep = sleep
        self._clock = clock or time.monotonic  # the clock of asyncio's loop
        self.pauses = Pauses(self._clock)
        self.processes: Callable[[], int] = lambda: 1
        self.take_in_chat: TakeInChat | None = None
        self._pace = Pace(self._clock, lambda: self.processes())
        self._own_room, self._own_turns = Turns(self._clock, OWN_PER_SECOND), Turns(self._clock, OWN_LEAVING)
        self._outage = Outage(self._clock)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        if method.__api_method__ in REPEATED_BY_CALLER:
            return await make_request(bot, method)
        gives_up_at = self._clock() + LONGEST_WAIT
        for attempt in range(1, ATTEMPTS + 1):
            await self._may_leave(method, gives_up_at)
            try:
                answer = await make_request(bot, method)
            except TelegramRetryAfter as error:
                self.pauses.begin(chat_of(method), error.retry_after)
            except PASSING_ERRORS as error:
                self._note_failing(error.message)
                if attempt == ATTEMPTS or (isinstance(error, TelegramUnanswered) and isinstance(method, SENDING)):
                    raise
                await self._sleep(0.5 * 2 ** (attempt - 1))
            else:
                self._note_answered()
                return answer
        raise TelegramNotSent(method, "429 again and again", self.pauses.left(chat_of(method)))

    async def room_for_background(self) -> bool:
        """Wait until a message may leave that nobody waits for: slower than the limit, behind those of people.

        False: Telegram wants a pause now, so it is in vain.
        """
        while (wait := self._pace.background_left()) > 0:
            await self._sleep(wait)
        return self.pauses.left() <= 0

    async def room_for_own(self) -> bool:
        """Wait until a message of the bot's own may be prepared, one after another in the order of asking.

        Nobody waits for these, so they leave some of what Telegram takes in a second. True: it had to wait.
        """
        return await self._wait(self._own_room.reserve(self.processes()))

    async def turn_of_own(self) -> bool:
        """Wait until a message of the bot's own may leave: evenly, also those that took unlike times to prepare."""
        return await self._wait(self._own_turns.reserve(self.processes()))

    async def _wait(self, seconds: float) -> bool:
        if seconds > 0:
            await self._sleep(seconds)
        return seconds > 0

    async def _may_leave(self, method: TelegramMethod[TelegramType], gives_up_at: float) -> None:
        """Wait until the call is within the limits. Raises TelegramNotSent when that would be after `gives_up_at`."""
        chat = chat_of(method)
        while True:
            pause = self.pauses.left(chat)
            wait = max(pause, self._pace.left(chat)) if isinstance(method, SENDING) else pause
            if wait <= 0 and self.take_in_chat is not None and isinstance(method, SENDING):
                wait = await self.take_in_chat(chat)
            if wait <= 0:
                break
            if self._clock() + wait > gives_up_at:
                raise TelegramNotSent(method, "Telegram wants a pause", pause)
            await self._sleep(wait)
        if isinstance(method, SENDING):
            self._pace.count(chat)

    def _note_failing(self, why: str) -> None:
        """Log an outage once, however many calls fail in it."""
        if self._outage.failed():
            log.warning("Telegram does not do what it is asked: %s%s", why, RESTLESS if self._outage.restless else "")

    def _note_answered(self) -> None:
        if self._outage.succeeded():
            self._outage.forget()
            log.warning("Telegram does again what it is asked")


class Pauses:
    """The pauses that Telegram asks for with 429, by chat.

    A 429 does not tell whether the chat or the whole bot sent too much. When Telegram refuses a second chat during
    the pause of a first one, it is the whole bot: then nothing is sent to any chat until the pause is over.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: dict[Chat, float] = {}

    def begin(self, chat: Chat, seconds: float) -> None:
        """Telegram refused a call with 429."""
        if not self._under_way():
            log.warning("Telegram wants a pause of %.0f s (429)", seconds)
        now = self._clock()
        self._ends[chat] = max(self._ends.get(chat, now), now + seconds)

    def left(self, chat: Chat = None) -> float:
        """Seconds until Telegram may be asked for something in this chat; 0 when now."""
        ends, now = self._under_way(), self._clock()
        own = ends.get(chat, now)
        common = sorted(ends.values())[-2] if len(ends) > 1 else now
        return max(now, own, common) - now

    def _under_way(self) -> dict[Chat, float]:
        now = self._clock()
        self._ends = {chat: end for chat, end in self._ends.items() if end > now}
        return self._ends


class Pace:
    """Keeps new messages within Telegram's limits: 30 a second for a bot, about 1 a second for a chat after a burst.

    Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """

    def __init__(self, clock: Callable[[], float], processes: Callable[[], int] = lambda: 1) -> None:
        """`processes`: how many share what a bot may send in a second."""
        self._clock, self._processes = clock, processes
        self._sent: deque[float] = deque(maxlen=SENDS_PER_SECOND)
        self._chats: dict[Chat, float] = {}  # when each has its whole burst again

    def left(self, chat: Chat) -> float:
        """Seconds until a message may be sent to the chat; 0 when now."""
        now = self._clock()
        chat_free = self._chats.get(chat, now) - (CHAT_BURST - 1) * CHAT_SECONDS
        share = max(1, SENDS_PER_SECOND // self._processes())
        bot_free = self._sent[-share] + 1 if len(self._sent) >= share else now
        return max(now, chat_free, bot_free) - now

    def background_left(self) -> float:
        """Seconds until a message of a broadcast may leave: every other message moves it back."""
        last = self._sent[-1] if self._sent else self._clock() - 1
        return max(last + self._processes() / BACKGROUND_PER_SECOND - self._clock(), 0.0)

    def count(self, chat: Chat) -> None:
        """A message leaves now."""
        now = self._clock()
        self._sent.append(now)
        self._chats[chat] = max(self._chats.get(chat, now), now) + CHAT_SECONDS
        if len(self._chats) > CHATS_KEPT:
            self._chats = {each: full for each, full in self._chats.items() if full > now}


class Turns:
    """Turns that come evenly, so many a second; one that nobody asked for in time is not made up for."""

    def __init__(self, clock: Callable[[], float], per_second: float) -> None:
        self._clock, self._apart = clock, 1 / per_second
        self._next = clock()

    def reserve(self, processes: int = 1) -> float:
        """Take the next turn: the seconds until it comes, 0 for now. So many `processes` share the turns."""
        now = self._clock()
        at = max(now, self._next)
        self._next = at + self._apart * processes
        return at - now


def chat_of(method: TelegramMethod[TelegramType]) -> Chat:
    """The chat that a call is about; None for a call without `chat_id`."""
    chat: Chat = getattr(method, "chat_id", None)
    return chat
