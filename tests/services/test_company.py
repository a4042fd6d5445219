"""Whose keys px6 is asked by for what several people watch, and when somebody may be told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from model.people import PersonId
from px6 import Px6Client
from services.reminders.service import Reminders
from services.watching.company import Company
from tests.durations import DAY, HOUR, MINUTE
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, Rig, new_rig

NOBODY = 999


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with new_rig(tmp_path, now=lambda: NOW) as made:
        yield made


async def answer(client: Px6Client) -> str:
    return (await client.account()).user_id


@pytest.mark.parametrize(
    ("asked", "refused", "away", "by", "calls"),
    [
        ([0, 1], [], None, 0, [0]),
        ([0, 0, 0, 0, 1], [0], None, 1, [0, 1]),
        ([0, 1, 2, 3], [0, 1], None, 2, [0, 1, 2]),
        ([0, 1, 2, 3], [0, 1, 2], None, None, [0, 1, 2]),
        ([NOBODY, 1], [], None, 1, [1]),
        ([0, 1], [], 0, None, [0]),
    ],
)
async def test_three_keys_are_tried_for_one_answer_and_one_where_px6_is_away(
    rig: Rig, asked: list[int], refused: list[int], away: int | None, by: int | None, calls: list[int]
) -> None:
    """A key that is refused is its person's matter; px6 that does not answer would not answer the next one either."""
    accounts = [rig.account] + [rig.px6.add_account() for _ in range(3)]
    for number, account in enumerate(accounts[1:], start=1):
        await rig.accounts.connect(2000 + number, account.key)
    ids = {number: ANNA if number == 0 else 2000 + number for number in (*range(4), NOBODY)}
    for number in refused:
        rig.px6.revoke(accounts[number].key)
    if away is not None:
        rig.fault("no_before", None, error_id=1, times=None, key=accounts[away].key)
    rig.px6.calls.clear()
    company = Company(rig.database, rig.people, rig.accounts, lambda: NOW)
    found = await company.ask([ids[number] for number in asked], answer)
    assert found == (None if by is None else accounts[by].user_id)
    keys = [account.key for account in accounts]
    assert list(dict.fromkeys(keys.index(call.key) for call in rig.px6.calls)) == calls


@pytest.mark.parametrize(
    ("who", "night", "until"),
    [
        ("there", False, None),
        ("asleep", False, HOUR),
        ("asleep", True, None),
        ("blocked", False, DAY),
        ("blocked", True, DAY),
        ("unknown", True, DAY),
    ],
)
async def test_who_is_away_is_looked_for_tomorrow_and_who_sleeps_is_told_when_they_want(
    rig: Rig, who: str, night: bool, until: timedelta | None
) -> None:
    if who == "asleep":
        minute = NOW.hour * 60
        service = Reminders(rig.database, rig.accounts, rig.orders, lambda: NOW)
        await service.change(ANNA, quiet_from=minute - 1, quiet_to=minute + HOUR // MINUTE)
    elif who == "blocked":
        await rig.people.set_blocked(PersonId(ANNA), True)
    company = Company(rig.database, rig.people, rig.accounts, lambda: NOW)
    found = await company.rests_until(NOBODY if who == "unknown" else ANNA, night=night)
    assert found == (None if until is None else NOW + until)
