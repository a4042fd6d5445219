"""Proxies that are checked for a person again and again, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from model.replacing import Failing, ReplaceTerms

Which = Literal["all", "comment", "country"]


class HealthWatch(msgspec.Struct, frozen=True, kw_only=True):
    """Running proxies that are checked every so many `minutes`: all, or those of a comment or country (`value`).

    `night`: it is told in quiet hours as well. `look_at`: when it is looked next; None: it is paused. A look has a
    `stage`: 0 checks all of them; 1 and 2 check once more those `suspects` that failed; 3, after quiet hours, what is
    not told yet. `began_at`: of the stage that is under way; `next_at`: of the next look at all. `fallen` failed in
    each stage, and it is not told yet; `down`: it is; `back` were down, work again, and it is not told yet.
    `looked_at`: when the last look ended, at so many `checked`, of which so many `worked`. `failures`: of what fell,
    by proxy. `replacing`: a twin is bought of what goes on failing; None: nothing is bought.
    """

    id: int
    telegram_id: int
    px6_user_id: str
    which: Which
    value: str
    minutes: int
    night: bool
    look_at: datetime | None
    next_at: datetime | None
    began_at: datetime | None
    stage: int
    suspects: Sequence[int]
    fallen: Sequence[int]
    down: Sequence[int]
    back: Sequence[int]
    looked_at: datetime | None
    checked: int
    worked: int
    failures: Mapping[int, Failing] = {}
    replacing: ReplaceTerms | None = None

    @property
    def is_on(self) -> bool:
        return self.look_at is not None


class HealthFall(msgspec.Struct, frozen=True, kw_only=True):
    """Proxies of which a person was told that they do not work any more; the buttons of the message carry its id."""

    id: int
    telegram_id: int
    px6_user_id: str
    ids: Sequence[int]
    at: datetime
