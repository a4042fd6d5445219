"""Who may use the bot. One object is shared by all who ask, since the owner may change it while the bot runs."""

from __future__ import annotations

from collections.abc import Collection


class Access:
    """`allowed`: Telegram ids of those who may use the bot; none: everybody may."""

    def __init__(self, allowed: Collection[int] = ()) -> None:
        self.allowed = frozenset(allowed)

    def lets_in(self, telegram_id: int) -> bool:
        """Whether this person may use the bot now."""
        return not self.allowed or telegram_id in self.allowed
