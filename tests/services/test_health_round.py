"""One stage of checks at px6: what each answer about a proxy means for it, for the others, and for px6."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import px6
from services.proxies.check_histories import CheckHistories
from services.watching import health_round
from services.watching.health_round import Asking, Stage
from tests.durations import DAY
from tests.sample_proxies import NOW
from tests.sample_watches import a_watch
from tests.services.rig import ANNA, Rig, new_rig

TRIES = 3  # of a call that px6 does not answer


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Five proxies run."""
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        for _ in range(5):
            rig.proxy(ends_in=9 * DAY)
        yield rig


async def asked(rig: Rig, number: int) -> Stage:
    """A stage of a watch for all; in later ones each is a suspect."""

    async def keep_claim() -> bool:
        return True

    account, client = await rig.accounts.connected(ANNA)
    histories = CheckHistories(rig.database, rig.px6.clock.now)
    asking = Asking(histories, rig.px6.clock.now, lambda: False, keep_claim)
    suspects = list(rig.account.proxies) if number else []
    watch = a_watch(px6_user_id=account.px6_user_id, stage=number, suspects=suspects)
    return await asking.run(watch, account, client.background)


@pytest.mark.parametrize(
    ("number", "fault", "error_id", "times", "said", "running", "error"),
    [
        (0, "no_before", 30, 4, 1, 5, None),
        (0, "no_before", 230, 4, 1, 1, None),
        (0, "no_before", 404, 4, 1, 1, None),
        (0, "no_before", 100, 1, 0, 5, px6.WrongKey),
        (0, "no_before", 105, 1, 0, 5, px6.WrongAddress),
        (0, "html_before", 0, 2 * TRIES, 3, 5, None),
        (0, "html_before", 0, 3 * TRIES, 0, 5, px6.BadAnswer),
        (1, "html_before", 0, TRIES, 4, 5, px6.NoAnswer),
        (1, "no_before", 30, 4, 1, 5, None),
    ],
)
async def test_only_px6_that_answers_nothing_or_refuses_the_key_ends_a_stage(
    rig: Rig,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    fault: str,
    error_id: int,
    times: int,
    said: int,
    running: int,
    error: type[px6.Px6Error] | None,
) -> None:
    """Proxies that px6 does not want to check would else keep it from being noticed that others have fallen."""
    monkeypatch.setattr(health_round, "WORKERS", 1)
    rig.fault(fault, "check", times=times, error_id=error_id)
    stage = await asked(rig, number)
    assert (len(stage.said), len(stage.running), stage.error and type(stage.error)) == (said, running, error)
