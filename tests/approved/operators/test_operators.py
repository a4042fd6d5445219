from __future__ import annotations

from collections.abc import Iterator

from handlers.ground.maintenance_words import not_now_text
from handlers.operators.commands import operator_commands
from handlers.operators.maintenance import state_screen
from model.operators import Maintenance
from tests.approved.approving import EN, RU, State, approve
from tests.durations import HOUR
from tests.sample_proxies import NOW


def states() -> Iterator[State]:
    for w in (EN, RU):
        yield f"commands in {w.language}", [" ".join(each).replace("\n", " | ") for each in operator_commands(w)]
        yield f"maintenance in {w.language}: off", state_screen(w, None, NOW)
        for text in (None, "Back at 18:00"):
            mode = Maintenance(since=NOW - HOUR, text=text)
            yield f"maintenance in {w.language}: on, {text}", state_screen(w, mode, NOW)
            yield f"a green button in {w.language}: {text}", not_now_text(w, mode)
        yield f"a green button in {w.language}: just over", not_now_text(w, None)


def test_approved() -> None:
    approve(__file__, states())
