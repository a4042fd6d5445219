"""What is kept of a check of many, so that its buttons, and every Back to it, work as long as the selection is kept.

It is a selection of ids whose purpose says how many of them worked, how many did not, and what began the check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
from aiogram.utils.formatting import Text

from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import Check
from handlers.ground.proxy_words import PROXIES_NAMED, soonest_first
from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.proxies.check_run import CheckRun
from handlers.proxies.check_screens import summary_screen
from handlers.proxies.history_words import since_words
from handlers.proxies.selection_view import keep_ids
from px6 import Proxy

PURPOSE = "checked "  # then StoredResult as JSON


class StoredResult(msgspec.Struct, array_like=True):
    """How many of the ids worked and, after them, how many did not; the button that began the check."""

    good: int
    dead: int
    began_by: str


@dataclass(frozen=True)
class CheckResult:
    """Ids of proxies by what px6 said of them; `left` were not checked. `began_by` leads back."""

    good: tuple[int, ...]
    dead: tuple[int, ...]
    left: tuple[int, ...]
    began_by: Check
    id: str = ""

    @property
    def ids(self) -> tuple[int, ...]:
        return (*self.good, *self.dead, *self.left)


def result_from(run: CheckRun, began_by: Check) -> CheckResult:
    """What came of a run."""
    good, dead = (tuple(proxy.id for proxy in each) for each in (run.good, run.dead))
    return CheckResult(good, dead, tuple(run.left), began_by)


async def keep_result(turn: Turn, result: CheckResult) -> CheckResult:
    """The result, kept under an id."""
    kept = StoredResult(len(result.good), len(result.dead), result.began_by.pack())
    purpose = PURPOSE + msgspec.json.encode(kept).decode()
    return replace(result, id=await keep_ids(turn, result.ids, purpose))


async def result_of(turn: Turn, number: str) -> CheckResult:
    """What is kept under this number. Raises BadInput when it is gone."""
    found = await turn.services.selections.touch(turn.person.telegram_id, number)
    if found is None or not found.purpose.startswith(PURPOSE):
        raise BadInput(Text(turn.words.tr("This check is no longer saved. Start it again from the list.")))
    kept = msgspec.json.decode(found.purpose.removeprefix(PURPOSE), type=StoredResult)
    worked, answered = kept.good, kept.good + kept.dead
    ids = found.ids
    return CheckResult(ids[:worked], ids[worked:answered], ids[answered:], Check.unpack(kept.began_by), number)


def run_of(result: CheckResult, listed: Iterable[Proxy], again: Collection[int] = ()) -> CheckRun:
    """The run as it was, of those that are still there; `again`: these are to be asked for."""
    asked, dead, left = frozenset(again), set(result.dead), set(result.left)
    whole = set(result.ids)
    run = CheckRun(soonest_first(proxy for proxy in listed if proxy.id in whole), [], asked)
    answered = [proxy for proxy in run.proxies if proxy.id not in asked and proxy.id not in left]
    run.dead = [proxy for proxy in answered if proxy.id in dead]
    run.good = [proxy for proxy in answered if proxy.id not in dead]
    return run


async def result_screen(turn: Turn, result: CheckResult, run: CheckRun) -> Screen:
    """How many work, which do not and since when, and the ways to go on."""
    since = await failing_since(turn, run.dead[:PROXIES_NAMED])
    return summary_screen(turn.words, result.began_by, run, result.id, since)


async def failing_since(turn: Turn, dead: Sequence[Proxy]) -> dict[int, Text]:
    """What is said beside proxies that have failed before."""
    w, now = turn.words, turn.services.now()
    histories = await turn.services.check_histories.of(turn.person.telegram_id, [proxy.id for proxy in dead])
    return {one: since_words(w, history, now) for one, history in histories.items()}
