"""Hands on what the bot's parts tell of their work to those who answer for it."""

from __future__ import annotations

from bot.intake_observer import IntakeObserver
from bot.readiness import Readiness


class Watch(IntakeObserver):
    """Hears how updates come in."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def poll_ended(self) -> None:
        self._readiness.poll.note()

    def update_taken(self) -> None:
        self._readiness.update.note()
