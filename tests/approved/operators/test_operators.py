from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import get_args

import msgspec

from handlers.ground.maintenance_words import not_now_text
from handlers.operators.broadcast_screens import progress_screen, question_screen
from handlers.operators.commands import operator_commands
from handlers.operators.maintenance import state_screen
from handlers.operators.news import news_screen
from handlers.operators.stats import chart, stats_screen
from model.operators import Broadcast, BroadcastState, Figures, Health, Maintenance, News, Paid, TroubleKind
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve
from tests.durations import HOUR
from tests.sample_proxies import NOW


def states() -> Iterator[State]:
    yield from figures()
    yield from broadcasts()
    yield from news()
    for w in (EN, RU):
        yield f"commands in {w.language}", [" ".join(each).replace("\n", " | ") for each in operator_commands(w)]
        yield f"maintenance in {w.language}: off", state_screen(w, None, NOW)
        for text in (None, "Back at 18:00"):
            mode = Maintenance(since=NOW - HOUR, text=text)
            yield f"maintenance in {w.language}: on, {text}", state_screen(w, mode, NOW)
            yield f"a green button in {w.language}: {text}", not_now_text(w, mode)
        yield f"a green button in {w.language}: just over", not_now_text(w, None)


def seen(**other: object) -> Figures:
    """Of a small bot that does well."""
    usual: dict[str, object] = dict.fromkeys(
        ("people", "new", "blocked", "accounts", "refused_keys", "unknown", "refused", "due", "late", "unsaid"), 0
    )
    health = Health(NOW - timedelta(seconds=20))
    lists: dict[str, object] = {"today": [], "month": [], "by_day": [0] * 30, "px6": health, "telegram": health}
    return msgspec.convert({**usual, **lists, **other}, Figures)


def figures() -> Iterator[State]:
    paid = [Paid("RUB", 1234, Decimal("30204.50")), Paid("USD", 1, Decimal("5.00"))]
    busy = seen(
        people=1204, new=12, blocked=30, accounts=900, refused_keys=3, unknown=1, refused=4, due=5, late=1, unsaid=2,
        today=paid[:1], month=paid, by_day=[nth % 8 for nth in range(30)],
        px6=Health(NOW - HOUR, NOW - HOUR / 2), telegram=Health(),
    )  # fmt: skip
    for w in (EN, RU, IN_BERLIN):
        yield f"figures in {w.language}, {w.zone}: of a small bot", stats_screen(w, seen(), NOW)
    for w in (EN, RU):
        yield f"figures in {w.language}: of a large one", stats_screen(w, busy, NOW)
    for days in ([0], [1], [0, 1, 8], [1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 7, 14]):
        yield f"chart of {days}", chart(days)


def a_broadcast(state: str, **other: int) -> Broadcast:
    usual = dict.fromkeys(("reached", "turns", "sent", "gone", "failed"), 0) | {"people": 1200}
    return Broadcast(
        id=3, telegram_id=7, text="x", entities=[], state=BroadcastState(state), message_id=5, created_at=NOW,
        **{**usual, **other},
    )  # fmt: skip


def broadcasts() -> Iterator[State]:
    for w in (EN, RU):
        for readers in (0, 1, 2, 5, 1200):
            yield f"question in {w.language}: {readers}", question_screen(w, 3, readers)
        for state in ("draft", "running", "stopped", "done"):
            yield f"broadcast in {w.language}: {state}", progress_screen(w, a_broadcast(state, turns=1, sent=1))
        for state in ("running", "done"):
            seen = a_broadcast(state, turns=1203, sent=1100, gone=50, failed=2)
            yield f"broadcast in {w.language}: {state}, not to all", progress_screen(w, seen)


def news() -> Iterator[State]:
    details = {"backup": "there is no space left", "error": "KeyError at handlers/ground/turn.py:55"}
    for w in (EN, RU):
        for kind in get_args(TroubleKind):
            for count in (1, 2, 5) if kind == "unknown" else (1,):
                told = News(kind=kind, since=NOW - HOUR, count=count, detail=details.get(kind, ""))
                yield f"news in {w.language}: {kind} {count}", news_screen(w, told)
            if kind not in ("unknown", "error"):
                over = News(kind=kind, since=NOW - HOUR, over=NOW)
                yield f"news in {w.language}: {kind} is over", news_screen(w, over)


def test_approved() -> None:
    approve(__file__, states())
