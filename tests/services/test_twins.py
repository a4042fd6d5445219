"""Twins of what stopped working: what is said of each, with a sound or without, and when it is too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.notifications.kinds import NotSent, Unsure
from services.notifications.watching_kinds import KeptPaying, ReplaceEnded, ReplaceFailed, Replacing
from services.operators.maintenance import MaintenanceMode
from storage import health_watches
from tests.durations import HOUR, MINUTE, SECOND
from tests.services.rig import ANNA
from tests.services.twins import AT, TWIN, Twins, new_twins


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Twins]:
    async with new_twins(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("balance", "missing"), [("21.00", "0.00"), ("20.99", "0.01")])
async def test_it_is_announced_with_a_sound_a_quarter_of_an_hour_before_and_names_what_is_missing(
    anna: Twins, balance: str, missing: str
) -> None:
    await anna.begin()
    anna.rig.account.balance = Decimal(balance)
    assert await anna.look_now() == 15 * MINUTE
    assert anna.news() == [(anna.announced(missing=missing), False)]
    assert anna.states() == [("announced", 15 * MINUTE)]
    anna.rig.px6.clock.move(15 * MINUTE - SECOND)
    await anna.look_now()
    assert (anna.news(), anna.rig.spends()) == ([], [])
    anna.rig.px6.clock.move(SECOND)
    await anna.look_now()
    [(said, quietly)] = anna.news()
    if missing == "0.00":
        assert isinstance(said, KeptPaying)
        assert (said.why, quietly, anna.rig.spends()) == ("replace", False, ["buy"])
    else:
        assert (said, quietly) == (anna.failed("money", missing, "RUB"), False)
        assert anna.states() == [("announced", 75 * MINUTE)], "an hour later it is tried again"


@pytest.mark.parametrize("night", [False, True])
async def test_in_quiet_hours_only_who_is_told_at_night_is_told_and_with_a_sound(anna: Twins, night: bool) -> None:
    await anna.begin(night=night)
    await anna.sleeps()
    assert await anna.look_now() == (15 * MINUTE if night else 6 * HOUR)
    assert anna.news() == ([(anna.announced(), False)] if night else [])


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("happens", ["paid", "money", "maintenance", "sold_out"])
async def test_what_comes_of_it_in_quiet_hours_is_said_without_a_sound_but_to_who_is_told_at_night(
    anna: Twins, night: bool, happens: str
) -> None:
    await anna.begin(night=night)
    await anna.look_now()
    anna.news()
    await anna.sleeps()
    anna.rig.px6.clock.move(15 * MINUTE)
    match happens:
        case "money":
            anna.rig.account.balance = Decimal("1.00")
        case "maintenance":
            await MaintenanceMode(anna.rig.database, anna.now).switch_on()
        case "sold_out":
            anna.rig.px6.set_stock("de", "6", 0)
    await anna.look_now()
    [(said, quietly)] = anna.news()
    if happens == "paid":
        assert isinstance(said, KeptPaying)
    else:
        assert said == anna.failed(happens, "20.00" if happens == "money" else "0.00", "RUB")
        assert isinstance(said, ReplaceFailed) and said.night is night
    assert quietly is not night


@pytest.mark.parametrize(
    ("passed", "why"),
    [(3 * HOUR, None), (3 * HOUR + SECOND, "late")],
)
async def test_what_could_not_be_paid_for_three_hours_is_announced_anew(
    anna: Twins, passed: timedelta, why: str | None
) -> None:
    await anna.begin()
    await anna.look_now()
    anna.news()
    anna.rig.px6.clock.move(15 * MINUTE + passed)
    await anna.look_now()
    ended = [said for _, said in anna.rewritten if isinstance(said, ReplaceEnded)]
    assert ended == ([] if why is None else [ReplaceEnded("late", TWIN, 1)])
    assert anna.rig.spends() == (["buy"] if why is None else [])
    assert [isinstance(said, Replacing) for said, _ in anna.news()] == [why is not None]


async def test_limits_in_another_currency_are_told_once_and_nothing_is_announced(anna: Twins) -> None:
    await anna.begin()
    anna.rig.px6.set_currency(anna.rig.account.key, "USD")
    await anna.look_now()
    await anna.look_now()
    assert [each for each in anna.news() if isinstance(each[0], ReplaceFailed)] == [(anna.failed("currency"), False)]
    assert anna.states() == []


async def test_what_px6_does_not_sell_is_told_once_and_nothing_is_announced(anna: Twins) -> None:
    await anna.begin()
    for _ in range(2):
        anna.rig.fault("no_before", "getprice", error_id=210)
        await anna.look_now()
    assert [each for each in anna.news() if isinstance(each[0], ReplaceFailed)] == [(anna.failed("refused"), False)]
    assert anna.states() == []


async def test_a_proxy_of_which_px6_does_not_tell_the_kind_is_named_and_not_replaced(tmp_path: Path) -> None:
    """It may be a shared one: a twin could be a dearer one."""
    async with new_twins(tmp_path, "classic") as anna:
        await anna.begin(version="4")
        for _ in range(2):
            await anna.look_now()
        assert anna.news() == [(anna.failed("unsure"), False)]
        assert anna.states() == []


@pytest.mark.parametrize(
    ("fails", "pause"), [(Unsure(), 5 * MINUTE), (NotSent(), timedelta(0)), (NotSent(70), 70 * SECOND)]
)
async def test_what_may_not_have_arrived_is_announced_again_and_leaves_as_much_time_for_skip(
    anna: Twins, fails: Exception, pause: timedelta
) -> None:
    await anna.begin()
    anna.fails = fails
    await anna.look_now()
    anna.fails = None
    assert anna.states() == [("announcing", 15 * MINUTE)]
    anna.rig.passed += 100
    if pause:
        anna.rig.px6.clock.move(pause - SECOND)
        await anna.look_now()
        assert anna.news() == [], "not before"
        anna.rig.px6.clock.move(SECOND)
    await anna.look_now()
    assert anna.news() == [(anna.announced(AT + pause), False)]
    assert anna.states() == [("announced", 15 * MINUTE + pause)]


@pytest.mark.parametrize("why", ["off", "account", "paused"])
async def test_what_was_announced_for_another_account_or_is_not_wanted_any_more_ends_in_its_message(
    anna: Twins, why: str
) -> None:
    await anna.begin()
    await anna.look_now()
    anna.news()
    changed = {"off": {"replacing": None}, "account": {}, "paused": {"look_at": None}}[why]
    async with anna.rig.database.write() as connection:
        if changed:
            await health_watches.change(connection, ANNA, 1, **changed)
        else:
            await connection.exec_driver_sql("UPDATE replacements SET px6_user_id = '9'")
    anna.rig.px6.clock.move(15 * MINUTE)
    await anna.look_now()
    assert anna.rewritten == [(501, ReplaceEnded("account" if why == "account" else "off", TWIN, 1))]
    assert anna.rig.spends() == []
