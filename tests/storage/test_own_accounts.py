"""A person's px6 accounts: which there are, which is current, what px6 said last of each, and what is removed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import accounts, own_accounts, people, watches
from storage.schema import colleagues
from tests.databases import opened
from tests.durations import DAY, SECOND
from tests.sample_proxies import NOW
from tests.storage.owners import dump, fill

ANN, BOB, CAROL = 1001, 1002, 1003


async def seen(connection: AsyncConnection, person: int, px6_user_id: str, balance: str) -> None:
    await watches.keep_snapshot(
        connection,
        person,
        px6_user_id=px6_user_id,
        read_at=NOW,
        balance=Decimal(balance),
        currency="RUB",
        ends={7: NOW + DAY},
    )


async def test_only_what_was_seen_of_the_px6_account_that_is_connected_now_is_told(
    connection: AsyncConnection,
) -> None:
    await people.create(connection, CAROL, "en", NOW)
    for person, px6_user_id in ((ANN, "7"), (BOB, "8"), (CAROL, "9")):
        await accounts.put(connection, person, px6_user_id=px6_user_id, currency="RUB", sealed=b"x", now=NOW)
        await seen(connection, person, px6_user_id, "5.00")
    given = {"granted": "look", "name": "Ann", "by_name": "Bob", "told": False, "since": NOW}
    for owner, person in ((BOB, ANN), (CAROL, BOB)):
        await connection.execute(insert(colleagues).values(telegram_id=owner, person_id=person, **given))
    assert set(await own_accounts.last_seen(connection, ANN)) == {ANN, BOB}
    assert set(await own_accounts.last_seen(connection, BOB)) == {BOB, CAROL}
    for person in (ANN, BOB):
        await accounts.put(connection, person, px6_user_id="10", currency="RUB", sealed=b"x", now=NOW)
    assert await own_accounts.last_seen(connection, ANN) == {}
    await seen(connection, ANN, "10", "6.00")
    [(owner, found)] = (await own_accounts.last_seen(connection, ANN)).items()
    assert (owner, found.balance, found.ends) == (ANN, Decimal("6.00"), {7: NOW + DAY})


async def test_of_two_people_with_several_accounts_each_has_their_own(connection: AsyncConnection) -> None:
    """By the id of any of them, in the order in which they came; also one that has no key."""
    for person, account, later in ((ANN, 5002, 2), (BOB, 5003, 1), (ANN, 5001, 1)):
        await own_accounts.add(connection, person, account, account, NOW + later * SECOND)
    for person, px6_user_id, currency in ((5001, "7", "RUB"), (ANN, "8", "USD"), (BOB, "9", "RUB")):
        await accounts.put(connection, person, px6_user_id=px6_user_id, currency=currency, sealed=b"x", now=NOW)
    await own_accounts.rename(connection, 5001, "shop")
    anns = [(ANN, None, "8", "USD"), (5001, "shop", "7", "RUB"), (5002, None, None, None)]
    for who in (ANN, 5001, 5002):
        found = await own_accounts.of_person(connection, who)
        assert [(one.telegram_id, one.name, one.px6_user_id, one.currency) for one in found] == anns
    assert [one.name for one in await own_accounts.of_person(connection, BOB)] == [None, None]


async def test_which_account_is_current_is_the_persons_and_from_when_on_is_noted_once(
    connection: AsyncConnection,
) -> None:
    for person, account in ((ANN, 5001), (BOB, 5002)):
        await own_accounts.add(connection, person, account, 1, NOW)
    chosen = []
    for account, own_until in ((5001, 7), (ANN, 9), (5001, None)):
        await own_accounts.choose(connection, 5001, account, own_until)
        chosen.append(await current(connection, ANN))
    assert chosen == [(5001, 7), (ANN, 7), (5001, 7)]
    assert [await current(connection, who) for who in (5001, BOB, 5002)] == [(5001, 7), (None, None), (None, None)]
    await own_accounts.choose(connection, BOB, 5002)
    assert await current(connection, BOB) == (5002, None)


async def current(connection: AsyncConnection, who: int) -> tuple[int | None, int | None]:
    person = await people.get(connection, who)
    assert person is not None
    return person.current, person.own_until


async def test_of_a_first_account_that_is_removed_nothing_is_left_and_all_that_is_the_persons(tmp_path: Path) -> None:
    """In every table; another person's rows stay as they are."""
    async with opened(tmp_path) as database:
        await fill(database, ANN, CAROL)
        async with database.write() as connection:
            before = await dump(connection)
            await own_accounts.erase_first(connection, ANN)
            left = {row.table for row in await dump(connection) if row.owner == ANN}
            person = await people.get(connection, ANN)
            assert {row for row in before if row.owner == CAROL} <= await dump(connection)
    assert left == {"people", "habits", "broadcasts", "key_tries"}
    assert person is not None
    assert (person.account_name, person.own_until) == (None, 0)


async def test_a_message_is_of_the_account_that_was_noted_first_in_its_chat(connection: AsyncConnection) -> None:
    for owner, chat, message in ((ANN, ANN, 5), (BOB, BOB, 6), (BOB, ANN, 5), (ANN, BOB, 5)):
        await own_accounts.note_message(connection, owner, chat, message, NOW)
    places = [(ANN, 5), (BOB, 5), (BOB, 6), (ANN, 6)]
    assert [await own_accounts.owner_of_message(connection, *place) for place in places] == [ANN, ANN, BOB, None]
