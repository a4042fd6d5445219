"""What the gate tells whoever watches the bot: that a tap came, and what became of each update."""

from __future__ import annotations

from dataclasses import dataclass

DONE = "done"
PROBLEM = "problem"  # told in words, such as that px6 is away or that an argument is wrong
FAILED = "failed"  # by a fault of ours or of the database, which the log has
REFUSED = "refused"  # who may not use the bot, or wants too much at once
IGNORED = "ignored"  # not meant for the bot, or its person is gone
AGAIN = "again"  # Telegram keeps it and delivers it again
UNREADABLE = "unreadable"
OUTCOMES = (DONE, PROBLEM, FAILED, REFUSED, IGNORED, AGAIN, UNREADABLE)


@dataclass
class Passage:
    """An update on its way through the gate; of several commands in one message the last trouble counts."""

    outcome: str = DONE


class TurnObserver:
    """Hears what becomes of updates; by itself it does nothing with that."""

    def tap_came(self, tap_id: str) -> None:
        """Somebody has tapped, and waits for an answer."""

    def update_ended(self, kind: str, outcome: str, tap_id: str | None) -> None:
        """An update has been handled; `outcome` is one of OUTCOMES."""


NOBODY = TurnObserver()
