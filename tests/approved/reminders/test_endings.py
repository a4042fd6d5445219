from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from handlers.orders.by_others import payment_line
from handlers.reminders.ending_screen import ending_screen
from services.notifications.kinds import DigestEnd
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import NOW

UNTIL = NOW + timedelta(days=31)
PAID: dict[str, Any] = {"what": "paid", "period": 30, "until": UNTIL}


def an_end(**given: Any) -> DigestEnd:
    return DigestEnd(
        **{"by": "colleague", "name": "Bob", "of": 2, "now": NOW, "quote_id": "Q", "digest_id": 8, **given}
    )


ENDS: dict[str, DigestEnd] = {
    "prolonged": an_end(**PAID, count=2),
    "prolonged by the owner": an_end(**PAID, count=2, by="owner", name=""),
    "prolonged by a rule": an_end(**PAID, count=1, of=1, by="rule", name=""),
    "prolonged by who is unknown by now": an_end(**PAID, count=2, name=""),
    "ends on several days": an_end(**PAID, count=2, apart=True),
    "prolonged in part": an_end(**PAID, count=1),
    "prolonged, with no new end told": an_end(what="paid", period=7),
    "nothing was spent": an_end(what="nothing", period=30),
    "nothing was spent, told to who may not prolong": an_end(what="nothing", period=30, may_prolong=False),
    "unclear": an_end(what="unclear"),
    **{f"{what} of {count}": an_end(what=what, of=count) for what in ("let_go", "undone") for count in (1, 2, 5, 21)},
    "let go, told to who may not prolong": an_end(what="let_go", may_prolong=False),
}


def states() -> Iterator[State]:
    for w in (EN, RU):
        for name, end in ENDS.items():
            yield f"{name}, {w.language}", ending_screen(w, end)
        for what in ("paying", "unknown", "unclear", "nothing", "paid"):
            yield f"a tap: {what}, {w.language}", payment_line(w, an_end(what=what))


def test_what_others_made_of_a_reminder_reads_as_approved() -> None:
    approve(__file__, states())
