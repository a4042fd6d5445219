"""How a look at watched proxies goes on: what is checked again and when, what fell, what is back. Pure.

stage 0, all ──some fail──▶ 1, two minutes later ──▶ 2, ten minutes later ──▶ fallen: told, if it may be told now
   ▲  none fails                 │ works again            │                     else 3, when the quiet hours end
   └───────── the next look ◀────┴────────────────────────┴───────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from model.health import HealthWatch
from model.replacing import Failing
from px6 import Proxy

ALL, AWAKE = 0, 3
AGAIN_AFTER = (timedelta(minutes=2), timedelta(minutes=10))
FALLING = sum(AGAIN_AFTER, timedelta(0))  # from the first failed check to the last one before it is told
SOONEST = timedelta(minutes=5)  # after a look that took as long as its interval


@dataclass(frozen=True)
class Step:
    """What is written of a watch after a stage; `fell` and `back` are told now."""

    values: dict[str, Any]
    fell: tuple[int, ...] = ()
    back: tuple[int, ...] = ()


def watched_of(watch: HealthWatch, proxies: Iterable[Proxy], now: datetime) -> list[Proxy]:
    """Those of the proxies that the watch is for, as far as they run."""
    return [proxy for proxy in proxies if proxy.ends_at > now and is_meant(watch, proxy)]


def is_meant(watch: HealthWatch, proxy: Proxy) -> bool:
    match watch.which:
        case "comment":
            return proxy.comment == watch.value
        case "country":
            return proxy.country == watch.value
    return True


def asked_of(watch: HealthWatch, running: Iterable[int]) -> list[int]:
    """The proxies that the stage asks px6 about."""
    if watch.stage == ALL:
        return list(running)
    meant = {*watch.fallen, *watch.back} if watch.stage == AWAKE else set(watch.suspects)
    return [one for one in running if one in meant]


def step(
    watch: HealthWatch,
    running: Collection[int],
    said: Mapping[int, bool],
    now: datetime,
    quiet_end: datetime | None,
    *,
    all_listed: bool = True,
) -> Step:
    """After a stage in which px6 `said` of these proxies whether they work; of others it said nothing.

    `quiet_end`: when the person may be told; None: now. `all_listed`: what is not among the running is gone; else it
    stays as down as it was told.
    """
    alive = {one for one, works in said.items() if works}
    dead = said.keys() - alive
    fallen = (set(watch.fallen) & set(running)) - alive
    down = (set(watch.down) & set(running) if all_listed else set(watch.down)) - alive
    back = set(watch.back) & set(running)
    down |= back & dead
    back = (back - dead) | (set(watch.down) & alive)
    failing = dead - down - fallen
    if watch.stage == len(AGAIN_AFTER):
        fallen, failing = fallen | failing, set()
    elif watch.stage == AWAKE:
        failing = set()
    return _planned(watch, said, now, quiet_end, _Sets(failing, fallen, down, back))


@dataclass(frozen=True)
class _Sets:
    failing: set[int]
    fallen: set[int]
    down: set[int]
    back: set[int]


def _planned(
    watch: HealthWatch, said: Mapping[int, bool], now: datetime, quiet_end: datetime | None, sets: _Sets
) -> Step:
    next_at = _next_at(watch, now)
    values: dict[str, Any] = {"next_at": next_at, "began_at": None, **_counts(watch, said, now)}
    if sets.failing:
        look_at, stage = now + AGAIN_AFTER[watch.stage], watch.stage + 1
    else:
        look_at, stage = next_at, ALL
    untold = bool(sets.fallen or sets.back) and not sets.failing
    fell: tuple[int, ...] = ()
    back: tuple[int, ...] = ()
    fallen, down, left = sets.fallen, sets.down, sets.back
    if untold and quiet_end is None:
        fell, back = tuple(sorted(sets.fallen)), tuple(sorted(sets.back))
        fallen, down, left = set(), sets.down | sets.fallen, set()
    elif untold and quiet_end is not None and quiet_end <= next_at:
        look_at, stage = quiet_end, AWAKE
    lists = {"suspects": sets.failing, "fallen": fallen, "down": down, "back": left}
    values |= {name: sorted(ids) for name, ids in lists.items()}
    values["failures"] = failures_of(watch, said, sets.fallen | sets.down, now)
    return Step(values | {"look_at": look_at, "stage": stage}, fell, back)


def failures_of(
    watch: HealthWatch, said: Mapping[int, bool], failing: Collection[int], now: datetime
) -> dict[int, Failing]:
    """How many checks in a row each of the `failing` has failed, with this stage. What fell just now failed three."""
    counted: dict[int, Failing] = {}
    for one in sorted(failing):
        before = watch.failures.get(one)
        if before is None:
            is_back = one in watch.back
            counted[one] = Failing(1, now) if is_back else Failing(len(AGAIN_AFTER) + 1, now - FALLING)
        else:
            counted[one] = Failing(before.count + (said.get(one) is False), before.since if before.count else now)
    return counted


def _next_at(watch: HealthWatch, now: datetime) -> datetime:
    """When all are looked at again: an interval after this look began."""
    if watch.stage != ALL and watch.next_at is not None:
        return max(watch.next_at, now + timedelta(minutes=1))
    began = watch.began_at or now
    return max(began + timedelta(minutes=watch.minutes), now + SOONEST)


def _counts(watch: HealthWatch, said: Mapping[int, bool], now: datetime) -> dict[str, Any]:
    """What `/watch` says of the last look: what works when it is checked once more counts as working."""
    works = sum(said.values())
    if watch.stage == ALL:
        return {"looked_at": now, "checked": len(said), "worked": works}
    if watch.stage == AWAKE:
        return {}
    return {"looked_at": now, "worked": min(watch.worked + works, watch.checked)}
