"""Telegram's limits on what a bot sends: by chat, by second, by minute in a group; and pauses on demand.

Sources: the Bot API FAQ ("My bot is hitting limits"), and what operators of bots see: a bot that is to pause gets its
429 for edits, too, with the seconds that are left.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class BotFlood:
    """What one bot has sent lately. `chats`: how many messages each took in a row, and when that was reckoned."""

    chats: dict[int, tuple[float, float]] = field(default_factory=dict)
    sent: deque[float] = field(default_factory=deque)
    groups: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    pauses: dict[int | None, float] = field(default_factory=dict)


@dataclass(slots=True)
class FloodLimits:
    """The limits hold while they are `on`; a pause holds anyway. `now` gives seconds: the clock that moves them."""

    now: Callable[[], float]
    on: bool = False
    burst: int = 3
    per_second: int = 30
    per_group_minute: int = 20
    _bots: defaultdict[int, BotFlood] = field(default_factory=lambda: defaultdict(BotFlood))

    def pause(self, bot_id: int, seconds: float, chat_id: int | None = None) -> None:
        """From now on refuse what the bot writes, for so long; only in this chat when one is given."""
        self._bots[bot_id].pauses[chat_id] = self.now() + seconds

    def paused_for(self, bot_id: int, chat_id: int) -> int:
        """Seconds left of a pause; 0 without one."""
        pauses, now = self._bots[bot_id].pauses, self.now()
        return max(0, *(math.ceil(pauses.get(which, now) - now) for which in (None, chat_id)))

    def wait_for(self, bot_id: int, chat_id: int) -> int:
        """Seconds until a new message may be sent to the chat; 0 when now, and then it counts."""
        if not self.on:
            return 0
        now, bot = self.now(), self._bots[bot_id]
        wait = max(
            self._chat_wait(bot, chat_id, now), self._overall_wait(bot, now), self._group_wait(bot, chat_id, now)
        )
        if wait > 0:
            return math.ceil(wait)
        self._count(bot, chat_id, now)
        return 0

    def _tokens(self, bot: BotFlood, chat_id: int, now: float) -> float:
        left, at = bot.chats.get(chat_id, (float(self.burst), now))
        return min(float(self.burst), left + now - at)

    def _chat_wait(self, bot: BotFlood, chat_id: int, now: float) -> float:
        return max(0.0, 1.0 - self._tokens(bot, chat_id, now))

    def _overall_wait(self, bot: BotFlood, now: float) -> float:
        while bot.sent and bot.sent[0] <= now - 1:
            bot.sent.popleft()
        return bot.sent[0] + 1 - now if len(bot.sent) >= self.per_second else 0.0

    def _group_wait(self, bot: BotFlood, chat_id: int, now: float) -> float:
        if chat_id > 0:
            return 0.0
        sent = bot.groups[chat_id]
        while sent and sent[0] <= now - 60:
            sent.popleft()
        return sent[0] + 60 - now if len(sent) >= self.per_group_minute else 0.0

    def _count(self, bot: BotFlood, chat_id: int, now: float) -> None:
        bot.chats[chat_id] = (self._tokens(bot, chat_id, now) - 1, now)
        bot.sent.append(now)
        if chat_id < 0:
            bot.groups[chat_id].append(now)
