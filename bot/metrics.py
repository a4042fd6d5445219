"""What the bot counts, for Prometheus. No label holds an id of anybody, a key, or a text that somebody wrote.

Each app has a registry of its own. The table of all metrics is in docs/operating.md; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import PROCESS_COLLECTOR

import px6
from bot import __version__
from handlers.entry.turn_observer import TurnObserver
from handlers.notifications.sender import SENT, UNDELIVERED
from model.orders import OrderState

PREFIX = "px6_bot"
TAP_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PX6_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PX6_OUTCOMES: tuple[tuple[type[px6.Px6Error], str], ...] = (
    (px6.Refused, "refused"),
    (px6.TooManyCalls, "too_many"),
    (px6.Unreachable, "unreachable"),
    (px6.NoAnswer, "no_answer"),
    (px6.OutcomeUnknown, "unknown"),
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a moment beside each counter: nobody looks at them


class Metrics(TurnObserver):
    """Counts what it is told. `monotonic`: seconds, for how long a tap waits."""

    def __init__(self, monotonic: Callable[[], float], mode: str) -> None:
        """`mode`: how updates come in."""
        self._monotonic = monotonic
        self._taps: dict[str, float] = {}  # when each came that is not answered yet
        self.registry = CollectorRegistry()
        self.registry.register(PROCESS_COLLECTOR)
        self._gauge("info", "version and how updates come in", "version", "mode").labels(__version__, mode).set(1)
        self._make_counters()
        self._make_gauges()

    def _make_counters(self) -> None:
        self._updates = self._counter("updates", "updates of Telegram", "kind", "outcome")
        self._tap_seconds = self._histogram("tap_seconds", "from a tap to its answer", TAP_SECONDS)
        self._px6_calls = self._counter("px6_calls", "requests to px6", "method", "outcome")
        self._px6_seconds = self._histogram("px6_call_seconds", "of one request to px6", PX6_SECONDS, "method")
        self._refusals = self._counter("telegram_refusals", "what Telegram did not do", "method", "reason")
        self._payments = self._counter("payments", "payments of known outcome", "kind", "outcome")
        self._messages = self._counter("reminders", "digests and notices", "kind", "outcome")
        for kind in ("buy", "prolong"):
            for state in OrderState:
                if not state.is_open:
                    self._payments.labels(kind, str(state))
        for kind in ("digest", "notice"):
            for outcome in (SENT, *UNDELIVERED.values()):
                self._messages.labels(kind, outcome)

    def _make_gauges(self) -> None:
        self.ready = self._gauge("ready", "1 while /readyz is 200")
        self.last_poll = self._gauge("last_poll_timestamp_seconds", "when a poll for updates ended last")
        self.last_update = self._gauge("last_update_timestamp_seconds", "when an update came last")
        self.last_sweep = self._gauge("last_sweep_timestamp_seconds", "when a sweep of the accounts went on last")
        self.backlog = {  # by the fields of `Backlog`
            "open_orders": self._gauge("open_orders", "payments under way or of unknown outcome"),
            "unknown_orders": self._gauge("unknown_orders", "payments of unknown outcome"),
            "due_accounts": self._gauge("due_accounts", "accounts whose look has come"),
            "oldest_due": self._gauge("oldest_due_seconds", "how long the first of them has waited"),
        }
        self.backup_failed = self._gauge("backup_failed", "1 after a backup that failed")
        self.backup_age = self._gauge("backup_age_seconds", "age of the newest backup; NaN without one")

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, bounds: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"{PREFIX}_{name}", text, labels, buckets=bounds, registry=self.registry)

    # -- what is told

    def tap_came(self, tap_id: str) -> None:
        self._taps[tap_id] = self._monotonic()

    def tap_answered(self, tap_id: str) -> None:
        """Telegram has taken the answer to a tap."""
        began = self._taps.pop(tap_id, None)
        if began is not None:
            self._tap_seconds.observe(self._monotonic() - began)

    def update_ended(self, kind: str, outcome: str, tap_id: str | None) -> None:
        self._updates.labels(kind, outcome).inc()
        if tap_id is not None:
            self._taps.pop(tap_id, None)  # nobody has answered it, and nobody will

    def px6_answered(self, method: str, error: px6.Px6Error | None, seconds: float) -> None:
        """One request to px6 has ended."""
        self._px6_calls.labels(method, px6_outcome(error)).inc()
        self._px6_seconds.labels(method).observe(seconds)

    def telegram_refused(self, method: str, reason: str) -> None:
        """Telegram did not do what it was asked, or did not say so."""
        self._refusals.labels(method, reason).inc()

    def payment_ended(self, kind: str, outcome: str) -> None:
        """The outcome of a payment is known."""
        self._payments.labels(kind, outcome).inc()

    def message_sent(self, kind: str, outcome: str) -> None:
        """A digest or a notice was sent, or was not."""
        self._messages.labels(kind, outcome).inc()


def px6_outcome(error: px6.Px6Error | None) -> str:
    """One word for how a request to px6 ended."""
    if error is None:
        return "ok"
    return next((word for kind, word in PX6_OUTCOMES if isinstance(error, kind)), "other")
