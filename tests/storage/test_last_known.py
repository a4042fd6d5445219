"""What px6 told of an account last is of the account that the person has now; the wish to be told is taken once."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredList
from storage import accounts, last_known, pruning, watches
from tests.durations import DAY, MINUTE
from tests.sample_proxies import NOW


async def connect(connection: AsyncConnection, px6_user_id: str) -> None:
    await accounts.put(connection, 1001, px6_user_id=px6_user_id, currency="RUB", sealed=b"key", now=NOW)


@pytest.fixture
async def kept(connection: AsyncConnection) -> AsyncConnection:
    """Ann's list, read now."""
    await connect(connection, "7")
    await last_known.keep(connection, 1001, px6_user_id="7", read_at=NOW, mark="m", sealed=b"sealed")
    return connection


async def test_what_was_read_last_counts_and_px6_is_silent_from_the_first_time_on(kept: AsyncConnection) -> None:
    for minutes in (1, 2):
        await last_known.note_silence(kept, 1001, NOW + minutes * MINUTE)
    assert await last_known.of_account(kept, 1001) == StoredList("7", NOW, NOW + MINUTE, "m", b"sealed")
    assert await last_known.seen_again(kept, 1001, mark="m", read_at=NOW + 3 * MINUTE)
    assert await last_known.of_account(kept, 1001) == StoredList("7", NOW + 3 * MINUTE, None, "m", b"sealed")
    assert not await last_known.seen_again(kept, 1001, mark="another", read_at=NOW + DAY)
    await last_known.note_silence(kept, 1001, NOW + 4 * MINUTE)
    await last_known.keep(kept, 1001, px6_user_id="7", read_at=NOW + DAY, mark="n", sealed=b"newer")
    assert await last_known.of_account(kept, 1001) == StoredList("7", NOW + DAY, None, "n", b"newer")
    assert await last_known.of_account(kept, 1002) is None


async def test_of_another_account_of_the_person_nothing_is_shown(kept: AsyncConnection) -> None:
    await connect(kept, "8")
    assert await last_known.of_account(kept, 1001) is None


@pytest.mark.parametrize("same_account", [True, False])
async def test_another_key_forgets_what_was_told_with_the_key_before(
    kept: AsyncConnection, *, same_account: bool
) -> None:
    await last_known.wait(kept, 1001, NOW)
    await watches.watch(kept, 1001, NOW, same_account=same_account)
    assert await last_known.of_account(kept, 1001) is None
    assert not await last_known.waits(kept, 1001)


async def test_a_wish_is_taken_once_and_since_when_px6_was_silent_stays_as_it_was_first(
    kept: AsyncConnection,
) -> None:
    assert await last_known.end_wait(kept, 1001) is None
    await last_known.wait(kept, 1001, NOW)
    await last_known.wait(kept, 1001, NOW + MINUTE)
    assert await last_known.waits(kept, 1001)
    assert not await last_known.waits(kept, 1002)
    assert await last_known.end_wait(kept, 1001) == NOW
    assert await last_known.end_wait(kept, 1001) is None


async def test_a_list_that_px6_has_not_told_for_long_is_removed(kept: AsyncConnection) -> None:
    assert await pruning.remove_reminders(kept, NOW, 100) == 0
    assert await pruning.remove_reminders(kept, NOW + MINUTE, 100) == 1
    assert await last_known.of_account(kept, 1001) is None
