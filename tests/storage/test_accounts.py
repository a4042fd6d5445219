"""Accounts, proposed keys, and how often keys are tried."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredAccount
from storage import accounts, own_accounts
from storage.engine.database import Database
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW


async def put(connection: AsyncConnection, person: int = 1001, account: str = "7", sealed: bytes = b"x") -> None:
    await accounts.put(connection, person, px6_user_id=account, currency="RUB", sealed=sealed, now=NOW)


async def read(database: Database, person: int = 1001) -> tuple[StoredAccount, bytes]:
    found = await accounts.look_up(database, person)
    assert found is not None
    return found


async def test_an_account_is_read_as_it_was_stored_and_a_new_key_takes_a_refusal_away(database: Database) -> None:
    assert await accounts.look_up(database, 1001) is None
    async with database.write() as connection:
        assert await accounts.owner(connection, 1001) == ("", "")
        await put(connection)
        assert await accounts.owner(connection, 1001) == ("7", "RUB")
        assert await accounts.user_id_of(connection, 1001) == "7"
        assert await accounts.set_refused(connection, 1001, 105, NOW + HOUR)
    given = {"telegram_id": 1001, "px6_user_id": "7", "currency": "RUB", "added_at": NOW, "changes": 0}
    refused = StoredAccount(**given, refused_at=NOW + HOUR, refused_code=105)  # type: ignore[arg-type]
    assert await read(database) == (refused, b"x")
    async with database.write() as connection:
        assert await accounts.set_refused(connection, 1001, None, NOW)
        await accounts.set_currency(connection, 1001, "8", "USD")
    assert await read(database) == (StoredAccount(**given), b"x")  # type: ignore[arg-type]
    async with database.write() as connection:
        await accounts.set_refused(connection, 1001, 100, NOW)
        await put(connection, sealed=b"y")
        await accounts.set_currency(connection, 1001, "7", "USD")
    account, sealed = await read(database)
    assert (account.refused_at, account.refused_code, account.currency, sealed) == (None, None, "USD", b"y")


async def test_an_account_is_still_the_same_until_it_has_another_key_or_is_forgotten(database: Database) -> None:
    async with database.write() as connection:
        await put(connection)
    account, _ = await read(database)
    async with database.write() as connection:
        assert await accounts.is_unchanged(connection, account)
        await put(connection, account="8")
        assert not await accounts.is_unchanged(connection, account)
        await accounts.put(connection, 1001, px6_user_id="7", currency="RUB", sealed=b"x", now=NOW + SECOND)
        assert not await accounts.is_unchanged(connection, account)


async def propose(connection: AsyncConnection, sealed: bytes, account: str = "8") -> None:
    await accounts.propose(connection, 1001, px6_user_id=account, currency="USD", sealed=sealed, now=NOW)


async def test_a_proposal_stands_until_it_is_too_old_or_another_takes_its_place(connection: AsyncConnection) -> None:
    assert await accounts.proposal(connection, 1001, NOW) is None
    for sealed in (b"first", b"second"):
        await propose(connection, sealed)
    found = await accounts.proposal(connection, 1001, NOW)
    assert found is not None
    assert (found.px6_user_id, found.currency, found.sealed) == ("8", "USD", b"second")
    assert found.number == 1795435200_000_000
    assert await accounts.proposal(connection, 1001, NOW + SECOND) is None
    await put(connection)
    await put(connection, 1002, sealed=b"another's")
    assert await accounts.sealed_of(connection, 1001) == [
        ("accounts.sealed_key", b"x"),
        ("proposals.sealed_key", b"second"),
    ]
    await accounts.drop_proposal(connection, 1001)
    assert await accounts.sealed_of(connection, 1001) == [("accounts.sealed_key", b"x")]


@pytest.mark.parametrize(("later", "left"), [(-SECOND, 0), (SECOND, 2), (HOUR - SECOND, 2), (HOUR, 0), (DAY, 0)])
async def test_a_try_counts_for_an_hour_and_not_when_the_clock_was_set_back(
    connection: AsyncConnection, later: object, left: int
) -> None:
    for _ in range(2):
        assert await accounts.count_try(connection, 1001, NOW, HOUR, 5) is not None
    number = await accounts.count_try(connection, 1001, NOW + later, HOUR, 5)  # type: ignore[operator]
    assert number is not None
    assert len(await accounts.tries(connection, 1001)) == left + 1
    await accounts.uncount_try(connection, number)
    assert await accounts.tries(connection, 1001) == [NOW] * left


async def test_of_two_people_who_gave_a_key_in_the_same_moment_each_finds_the_account_of_their_own(
    connection: AsyncConnection,
) -> None:
    """Where the second tap on adding it comes, nobody is told of the other one's, nor that nothing waits any more."""
    for person, added, number in ((1001, 5001, 7), (1002, 5002, 7), (1002, 5003, 8)):
        await own_accounts.add(connection, person, added, number, NOW)
    asked = [(1001, 7), (5001, 7), (1002, 7), (5003, 7), (1002, 8), (1001, 8)]
    found = [await own_accounts.added_with(connection, *each) for each in asked]
    assert found == [5001, 5001, 5002, 5002, 5003, None]
