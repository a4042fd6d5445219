"""When a low balance is warned of in a look that sends a digest, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from services.notifications.kinds import LowBalance, Unsure
from tests.durations import DAY, HOUR
from tests.sample_proxies import NOW
from tests.services.rig import new_rig
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
    await watch.reminders.change(1001, leads=(int(DAY.total_seconds()),))
    for end in (DAY, DAY + 12 * HOUR):
        watch.rig.proxy(ends_in=end)
    watch.rig.account.balance = Decimal("21.00")
    await watch.look_now()
    assert [len(digest.soon) for digest in watch.digests] == [1]
    assert warnings(watch) == [(Decimal("42.00"), Decimal("21.00"))]
