"""What checks of a proxy said: the newest first, twenty of each, of the account that the person has now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.checks import CheckEntry, CheckHistory
from storage import accounts, check_histories
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


@pytest.fixture(autouse=True)
async def connected(connection: AsyncConnection) -> None:
    for person, user in ((ANN, "77"), (BOB, "77")):
        await accounts.put(connection, person, px6_user_id=user, currency="RUB", sealed=b"key", now=NOW)


async def test_the_last_twenty_of_each_are_kept_the_newest_first(connection: AsyncConnection) -> None:
    for minute in range(25):
        said = {7: CheckEntry(at(minute), minute % 2 == 0, minute / 4), 8: CheckEntry(at(minute), alive=False)}
        await check_histories.note(connection, ANN, px6_user_id="77", checked=said)
    await check_histories.note(connection, ANN, px6_user_id="77", checked={})
    found = await check_histories.of_proxies(connection, ANN, [7, 8, 9])
    assert found.keys() == {7, 8}
    assert found[7].entries == tuple(CheckEntry(at(m), m % 2 == 0, m / 4) for m in range(24, 4, -1))
    assert found[8].last == CheckEntry(at(24), alive=False, seconds=None)
    assert await check_histories.of_proxies(connection, BOB, [7, 8]) == {}


async def test_another_account_has_its_own_and_those_of_proxies_that_are_gone_go(connection: AsyncConnection) -> None:
    said = {7: CheckEntry(at(0), alive=True), 8: CheckEntry(at(0), alive=True)}
    await check_histories.note(connection, ANN, px6_user_id="77", checked=said)
    await check_histories.note(connection, ANN, px6_user_id="78", checked={7: CheckEntry(at(1), alive=False)})
    await check_histories.note(connection, BOB, px6_user_id="77", checked=said)
    await check_histories.forget(connection, ANN, "77", [7])
    assert (await check_histories.of_proxies(connection, ANN, [7, 8])).keys() == {8}
    assert (await check_histories.of_proxies(connection, BOB, [7, 8])).keys() == {7, 8}
    await accounts.put(connection, ANN, px6_user_id="78", currency="RUB", sealed=b"key", now=NOW)
    assert (await check_histories.of_proxies(connection, ANN, [7, 8]))[7].failing_since == at(1)


@pytest.mark.parametrize(
    ("alive", "worked", "since"),
    [("w", 1, None), ("f", 0, 0), ("ffw", 1, 1), ("wff", 1, None), ("fff", 0, 2), ("fwf", 1, 0)],
)
def test_a_proxy_fails_since_the_first_check_after_the_last_that_it_passed(
    alive: str, worked: int, since: int | None
) -> None:
    history = CheckHistory([CheckEntry(at(-nth), each == "w") for nth, each in enumerate(alive)])
    assert (history.count, history.worked) == (len(alive), worked)
    assert history.failing_since == (None if since is None else at(-since))


@pytest.mark.parametrize("seconds", [None, 0.0, 0.42, 999.99])
def test_what_is_written_is_read(seconds: float | None) -> None:
    entry = CheckEntry(NOW, alive=True, seconds=seconds)
    written = check_histories.written(entry)
    assert len(written) == check_histories.ENTRY
    assert check_histories.entries_of(written * 2) == (entry, entry)
    longest = check_histories.written(CheckEntry(NOW, alive=False, seconds=86_399.0))
    assert len(longest) == check_histories.ENTRY


async def test_those_fail_whose_last_check_failed_and_of_the_account_that_is_connected_now(
    connection: AsyncConnection,
) -> None:
    worked, failed = (CheckEntry(at(0), alive=each, seconds=1.0) for each in (True, False))
    for first, then in ((failed, worked), (worked, failed)):
        checked = {7: first, 8: then, 9: failed}
        await check_histories.note(connection, ANN, px6_user_id="77", checked=checked)
    await check_histories.note(connection, ANN, px6_user_id="78", checked={7: failed})
    assert await check_histories.failing(connection, ANN) == {8, 9}
    assert await check_histories.failing(connection, BOB) == frozenset()
