"""What those who take updates tell whoever watches the bot."""

from __future__ import annotations


class IntakeObserver:
    """Hears how updates come in; by itself it does nothing with that."""

    def poll_ended(self) -> None:
        """Telegram has answered a `getUpdates`, with updates or without."""

    def update_taken(self) -> None:
        """An update has come that was not taken before."""

    def update_skipped(self, kind: str) -> None:
        """It cannot be read, or is of a kind that was not asked for."""


NOBODY = IntakeObserver()
