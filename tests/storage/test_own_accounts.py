"""What px6 said last of each account on which a person may act: theirs, and those of whom they are a colleague."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import accounts, own_accounts, people, watches
from storage.schema import colleagues
from tests.sample_proxies import NOW

ANN, BOB, CAROL = 1001, 1002, 1003


async def seen(connection: AsyncConnection, person: int, px6_user_id: str, balance: str) -> None:
    await watches.keep_snapshot(
        connection,
        person,
        px6_user_id=px6_user_id,
        read_at=NOW,
        balance=Decimal(balance),
        currency="RUB",
        ends={},
    )


async def test_only_what_was_seen_of_the_px6_account_that_is_connected_now_is_told(
    connection: AsyncConnection,
) -> None:
    await people.create(connection, CAROL, "en", NOW)
    for person, px6_user_id in ((ANN, "7"), (BOB, "8"), (CAROL, "9")):
        await accounts.put(connection, person, px6_user_id=px6_user_id, currency="RUB", sealed=b"x", now=NOW)
        await seen(connection, person, px6_user_id, "5.00")
    given = {"granted": "look", "name": "Ann", "by_name": "Bob", "told": False, "since": NOW}
    await connection.execute(insert(colleagues).values(telegram_id=BOB, person_id=ANN, **given))
    assert set(await own_accounts.last_seen(connection, ANN)) == {ANN, BOB}
    assert set(await own_accounts.last_seen(connection, BOB)) == {BOB}
    for person in (ANN, BOB):
        await accounts.put(connection, person, px6_user_id="10", currency="RUB", sealed=b"x", now=NOW)
    assert await own_accounts.last_seen(connection, ANN) == {}
    await seen(connection, ANN, "10", "6.00")
    assert {owner: one.balance for owner, one in (await own_accounts.last_seen(connection, ANN)).items()} == {
        ANN: Decimal("6.00")
    }
