"""What /orders says was paid: by month and currency, added up by the database, however many orders there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, insert, select

from handlers.ground.buttons import OrderCard
from handlers.orders.history import OrdersPage
from storage.monthly_sums import by_month
from storage.schema import deletions, orders
from tests.world import World, buttons


async def buys(world: World) -> None:
    phone = world.phone()
    await phone.says("/buy 1 30 de")
    await phone.taps("Buy ·")
    await world.until(lambda: not world.rows("select 1 from orders where rename = 'pending'"))
    await world.quiet()


async def test_sums_are_told_by_month_and_currency_newest_first(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for _ in range(2):
        await buys(world)
    world.move(timedelta(days=40))
    await buys(world)
    world.px6.set_currency(world.key, "USD")
    await buys(world)
    lines = (await phone.says("/orders")).splitlines()
    sums = world.rows("select currency, sum(charged) / 1000000.0 from orders group by currency order by currency")
    assert [currency for currency, _ in sums] == ["RUB", "USD"]
    assert [line.split(": ")[1].split(" ", 1)[1] for line in lines[1:4]] == [
        "RUB, 1 payment",
        "USD, 1 payment",
        "RUB, 2 payments",
    ]
    assert lines[1].split(": ")[0] == lines[2].split(": ")[0] != lines[3].split(": ")[0]


async def test_months_are_those_of_the_persons_zone(world: World) -> None:
    await world.phone().connects()
    await buys(world)
    moments = [datetime(2026, 3, 31, hour, tzinfo=UTC) for hour in (20, 22)]  # in Moscow of March, and of April
    async with world.app.services.accounts._database.write() as connection:
        [order] = (await connection.execute(select(orders))).mappings().all()
        for number, moment in enumerate(moments, 1):
            values = {**order, "id": order["id"] + number, "charged": Decimal(number), "confirmed_at": moment}
            await connection.execute(insert(orders).values(**values))
    async with world.app.services.accounts._database.read() as connection:
        utc = await by_month(connection, 1001, None, 3)
        moscow = await by_month(connection, 1001, ZoneInfo("Europe/Moscow"), 3)
    assert [(paid.month.month, str(paid.sum), paid.count) for paid in utc[1:]] == [(3, "3.00", 2)]
    assert [(str(paid.sum), paid.count) for paid in moscow[1:]] == [("2.00", 1), ("1.00", 1)]


async def test_six_orders_and_deletions_are_two_pages_and_the_file_is_read_in_portions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone()
    await phone.connects()
    await buys(world)
    await phone.says(f"/delete {next(iter(world.px6.account(world.key).proxies))}")
    await phone.taps("Delete 1 proxy")
    await copied(world, orders, 5)
    await copied(world, deletions, 5)
    for show, kind in (("all", "IPv6"), ("deleted", "1 proxy")):
        pages = list[list[str]]()
        for page in (1, 2):
            await phone.forges(OrdersPage(show=show, page=page).pack())
            cards = [each["callback_data"] for each in buttons(await phone.screen()) if kind in each["text"]]
            pages.append([card.split(":")[1] for card in cards])
            assert ("›" in await phone.labels()) == (page == 1)
            assert ("payments" in await phone.reads()) == (show == "all" and page == 1)
        assert pages == [["6", "5", "4", "3", "2"], ["1"]], show
    await phone.forges(OrderCard(order=1, show="buy", page=2).pack())
    assert buttons(await phone.screen())[-1]["callback_data"] == OrdersPage(show="buy", page=2).pack()
    await phone.taps("Back")
    await phone.says("/orders")
    monkeypatch.setattr("handlers.orders.orders_file.ORDERS_READ_AT_ONCE", 2)
    for most, rows in ((10, 12), (4, 8)):
        monkeypatch.setattr("handlers.orders.orders_file.CSV_ROWS", most)
        await phone.taps("CSV file")
        assert (await phone.newest_file())[1].decode().count("\r\n") == 1 + rows, "at most so many of each"


async def copied(world: World, table: Table, count: int) -> None:
    """The only row of a table, so many times more."""
    async with world.app.services.accounts._database.write() as connection:
        [row] = (await connection.execute(select(table))).mappings().all()
        copies = [{**row, "id": row["id"] + number} for number in range(1, count + 1)]
        await connection.execute(insert(table), copies)
