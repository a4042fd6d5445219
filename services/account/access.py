"""Who may use the bot, and who operates it. One object is shared by all who ask, for it may change at any time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial

_now = partial(datetime.now, UTC)


class Access:
    """Telegram ids: `allowed`, who may use the bot (none: everybody may), and `operators`, who may as well.

    `since`: when this was read. Of several processes each reads it for itself, so another may know it as it is later.
    """

    def __init__(
        self,
        allowed: Collection[int] = (),
        operators: Collection[int] = (),
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._clock = clock
        self.take(allowed, operators)

    def take(self, allowed: Collection[int], operators: Collection[int]) -> None:
        """From now on it is these. Operators may use the bot, named among the allowed or not."""
        self.since, self.operators = self._clock(), frozenset(operators)
        self.allowed = frozenset(allowed) | self.operators if allowed else frozenset()

    def lets_in(self, telegram_id: int) -> bool:
        """Whether this person may use the bot now."""
        return not self.allowed or telegram_id in self.allowed

    def is_operator(self, telegram_id: int) -> bool:
        """Whether this person operates the bot now."""
        return telegram_id in self.operators
