"""A digest that may not have arrived: what has ended meanwhile, and whether it makes a sound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from model.errors import StorageError
from model.notifications import CUT_OFF
from services.notifications.kinds import NotSent, Unsure
from storage.engine.types import time_from_int
from tests.durations import DAY, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, new_rig
from tests.services.watching import Watch


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Watch(rig)


async def a_minute_later(watch: Watch) -> None:
    """When it is said again."""
    watch.rig.px6.clock.move(MINUTE)
    watch.rig.passed += 10
    await watch.look_now()


@pytest.mark.parametrize("ends_in", [30 * SECOND, MINUTE])
@pytest.mark.parametrize("wanted", [True, False])
async def test_what_has_ended_meanwhile_is_told_as_an_end_and_only_to_who_wants_ends(
    watch: Watch, wanted: bool, ends_in: timedelta
) -> None:
    one = watch.rig.proxy(ends_in=ends_in)
    await watch.reminders.change(ANNA, after_end=wanted)
    watch.digest_fails = [Unsure()]
    await watch.look_now()
    await a_minute_later(watch)
    told = [([proxy.id for proxy in said.soon], [proxy.id for proxy in said.ended]) for said in watch.digests]
    assert told == ([([], [one.id])] if wanted else [])
    assert watch.rig.rows("SELECT state, again_at FROM digests ORDER BY id")[0] == ("unknown", None)


@pytest.mark.parametrize("night", [True, False])
async def test_what_is_said_again_makes_no_sound_at_night(watch: Watch, night: bool) -> None:
    one = watch.rig.proxy(ends_in=DAY)
    watch.digest_fails = [Unsure()]
    await watch.look_now()
    minute = NOW.hour * 60
    if night:
        await watch.reminders.change(ANNA, quiet_from=minute, quiet_to=minute + 60)
    await a_minute_later(watch)
    [again] = watch.digests
    assert ([proxy.id for proxy in again.soon], again.quietly, again.now) == ([one.id], night, watch.now())


async def test_while_telegram_takes_nothing_it_is_not_tried_again(watch: Watch) -> None:
    """A try of which nobody knows how it ended is one of the few that there are."""
    watch.rig.proxy(ends_in=DAY)
    watch.digest_fails = [Unsure()]
    await watch.look_now()
    watch.fails = NotSent()
    await a_minute_later(watch)
    assert (watch.digests, watch.rig.rows("SELECT tries FROM digests")) == ([], [(1,)])
    watch.fails = None
    await a_minute_later(watch)
    assert len(watch.digests) == 1


async def test_one_whose_process_died_counts_as_tried_once(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.digest_fails = [StorageError("the process ends"), Unsure()]
    await watch.sweep.run()
    watch.rig.px6.clock.move(CUT_OFF)
    await watch.look_now()
    [(state, tries, again_at)] = watch.rig.rows("SELECT state, tries, again_at FROM digests")
    assert (state, tries, time_from_int(again_at) - watch.now()) == ("unknown", 2, 15 * MINUTE)
