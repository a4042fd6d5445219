"""What a look finds besides ends: a low balance, also beside a digest, and that px6 answers again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from services.notifications.kinds import KeyRefused, LowBalance, Px6Answers, Unsure
from storage import last_known
from storage.engine.types import time_from_int
from tests.durations import DAY, HOUR, MINUTE
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, new_rig
from tests.services.watching import Watch


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Watch(rig)


def warnings(watch: Watch) -> list[tuple[Decimal, Decimal]]:
    """What is needed, and what there is."""
    return [(each.needed, each.balance) for each, _ in watch.news() if isinstance(each, LowBalance)]


async def test_a_digest_that_may_not_have_arrived_is_no_warning(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.rig.account.balance = Decimal("20.99")
    watch.digest_fails = [Unsure()]
    await watch.look_now()
    assert warnings(watch) == [(Decimal("21.00"), Decimal("20.99"))]


async def test_a_digest_that_the_balance_just_covers_names_nothing_so_the_warning_comes_beside_it(
    watch: Watch,
) -> None:
    await watch.reminders.change(ANNA, leads=(int(DAY.total_seconds()),))
    for end in (DAY, DAY + 12 * HOUR):
        watch.rig.proxy(ends_in=end)
    watch.rig.account.balance = Decimal("21.00")
    await watch.look_now()
    assert [len(digest.soon) for digest in watch.digests] == [1]
    assert warnings(watch) == [(Decimal("42.00"), Decimal("21.00"))]


@pytest.mark.parametrize("waits", [False, True])
async def test_who_waits_for_px6_is_looked_at_every_minute_and_told_at_once_and_once(
    watch: Watch, waits: bool
) -> None:
    """With a sound also at night: they have asked for it just now."""
    await watch.reminders.change(ANNA, quiet_from=0, quiet_to=1439)
    if waits:
        async with watch.rig.database.write() as connection:
            await last_known.wait(connection, ANNA, NOW - HOUR)
    watch.rig.fault("no_before", "getproxy")
    assert await watch.look_now() == (1 if waits else 10) * MINUTE
    for told in ([(Px6Answers(NOW - HOUR, NOW), False)] * waits, []):
        await watch.look_now()
        assert watch.news() == told


async def test_what_px6_told_who_waited_for_it_is_kept_at_once(watch: Watch) -> None:
    """Else screens would go on to say that it is silent, and since when."""
    await watch.look_now()
    async with watch.rig.database.write() as connection:
        await last_known.note_silence(connection, ANNA, NOW)
        await last_known.wait(connection, ANNA, NOW)
    watch.rig.px6.clock.move(MINUTE)
    await watch.look_now()
    [(read_at, silent_since)] = watch.rig.rows("SELECT read_at, silent_since FROM last_known")
    assert (time_from_int(read_at), silent_since) == (NOW + MINUTE, None)


async def test_who_waits_for_px6_and_hears_that_the_key_is_refused_waits_no_longer(watch: Watch) -> None:
    """px6 has answered: that it answers again would be no news."""
    async with watch.rig.database.write() as connection:
        await last_known.wait(connection, ANNA, NOW)
    watch.rig.fault("no_before", "getproxy", error_id=100)
    for told in ([(KeyRefused(100, rules_stopped=False), False)], []):
        await watch.look_now()
        assert watch.news() == told


async def test_a_warning_in_another_currency_is_a_new_one(watch: Watch) -> None:
    await watch.reminders.change(ANNA, on=False)
    watch.rig.proxy(ends_in=DAY)
    watch.rig.account.balance = Decimal("0.00")
    for currency in ("RUB", "RUB", "USD", "USD"):
        watch.rig.px6.set_currency(watch.rig.account.key, currency)
        await watch.look_now()
    assert [said.currency for said, _ in watch.news() if isinstance(said, LowBalance)] == ["RUB", "USD"]
