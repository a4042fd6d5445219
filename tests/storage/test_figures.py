"""The figures of all people together: both sides of each edge of time, and each state in its place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.operators import Paid
from storage import accounts, figures, people, watches
from storage.schema import accounts as account_table
from storage.schema import orders
from storage.schema import watches as watch_table
from tests.durations import DAY, HOUR
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

MOMENT = timedelta(microseconds=1)


async def test_payments_count_from_their_confirmation_on_by_currency(connection: AsyncConnection) -> None:
    confirmed = await a_confirmation(connection, "q")
    for at, state, currency, charged in (
        (NOW, "done", "RUB", "21.00"),
        (NOW - MOMENT, "done", "RUB", "5.50"),
        (NOW - DAY, "done", "USD", "1.25"),
        (NOW - DAY - MOMENT, "done", "RUB", "100.00"),
        (NOW, "refused", "RUB", None),
        (NOW - MOMENT, "refused", "RUB", None),
        (NOW, "unknown", "RUB", None),
    ):
        made = await an_order(connection, confirmed, confirmed_at=at, currency=currency)
        values = {"state": state, "charged": charged and Decimal(charged), "sent_at": at}
        await connection.execute(update(orders).where(orders.c.id == made).values(values))
    assert await figures.paid(connection, NOW) == [Paid("RUB", 1, Decimal("21.00"))]
    assert await figures.paid(connection, NOW - DAY) == [
        Paid("RUB", 2, Decimal("26.50")),
        Paid("USD", 1, Decimal("1.25")),
    ]
    assert await figures.paid_by_day(connection, NOW - DAY, 3) == [2, 1, 0]
    assert await figures.paid_by_day(connection, NOW - DAY, 1) == [3], "a day may have 25 hours"
    assert await figures.count_orders(connection, "refused") == 2
    assert await figures.count_orders(connection, "refused", NOW) == 1
    assert await figures.count_orders(connection, "refused", NOW - MOMENT) == 2
    await an_order(connection, confirmed, state="unknown")  # of which nobody knows that it was sent
    [(number, sent_at)] = await figures.unknown_orders(connection)
    assert (number, sent_at) == (7, NOW)


async def test_people_count_as_new_from_their_first_word_on(connection: AsyncConnection) -> None:
    assert await figures.count_people(connection, NOW) == (2, 2, 0)
    assert await figures.count_people(connection, NOW + MOMENT) == (2, 0, 0)
    await people.change(connection, 1001, blocked_at=NOW + HOUR)
    assert await figures.count_people(connection, NOW) == (2, 2, 1)


async def test_accounts_are_counted_and_those_whose_key_is_refused(connection: AsyncConnection) -> None:
    assert await figures.count_accounts(connection) == (0, 0)
    for person in (1001, 1002):
        await accounts.put(connection, person, px6_user_id="1", currency="RUB", sealed=b"x", now=NOW)
    await connection.execute(update(account_table).where(account_table.c.telegram_id == 1002).values(refused_at=NOW))
    assert await figures.count_accounts(connection) == (2, 1)


async def test_an_account_is_due_from_the_moment_of_its_look_on(connection: AsyncConnection) -> None:
    for person, at in ((1001, NOW), (1002, NOW + MOMENT)):
        await watches.watch(connection, person, NOW - DAY, same_account=True)
        await connection.execute(
            update(watch_table).where(watch_table.c.telegram_id == person).values(next_look_at=at)
        )
    found = [(await watches.count_due(connection, NOW + moments * MOMENT))[0] for moments in (-1, 0, 1)]
    assert found == [0, 1, 2]
    assert await figures.count_unsaid(connection) == 0
