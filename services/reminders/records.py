"""What the database says of the account that a look is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.reminders.planning import PersonFacts
from storage.looks import LookRow


@dataclass(frozen=True)
class Records:
    """`facts`: what decides what the person is told of. `row`: what there is besides.

    `kinds`: the kind of each proxy that the person bought here, by id; `renewed`: those that px6 prolongs by itself.
    `periods`: the days for which the person prolonged lately, the most frequent first.
    """

    facts: PersonFacts
    row: LookRow
    kinds: Mapping[int, str]
    renewed: frozenset[int]
    periods: Sequence[int]
