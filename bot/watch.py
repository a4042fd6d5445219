"""Hands on how updates come in to those who answer for it: whether the bot is ready, and how much it does."""

from __future__ import annotations

from bot.intake_observer import IntakeObserver
from bot.metrics import Metrics
from bot.readiness import Readiness
from bot.updates import KINDS
from handlers.entry.turn_observer import UNREADABLE


class Watch(IntakeObserver):
    """Hears how updates come in."""

    def __init__(self, readiness: Readiness, metrics: Metrics) -> None:
        self._readiness, self._metrics = readiness, metrics

    def poll_ended(self) -> None:
        self._readiness.poll.note()

    def update_taken(self) -> None:
        self._readiness.update.note()

    def update_skipped(self, kind: str) -> None:
        self._metrics.update_ended(kind if kind in KINDS else "other", UNREADABLE, None)
