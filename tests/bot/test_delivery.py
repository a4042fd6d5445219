"""What is remembered of deliveries: which were taken, which have gone back, and no more than so many of either."""

from __future__ import annotations

import asyncio

import pytest

from bot.delivery import KEPT, Books, Deliveries, Numbers
from model.errors import StorageError

LOCKED = StorageError("the database cannot be used: database is locked")


class Disk:
    """A disk that fails as told."""

    def __init__(self) -> None:
        self.fails, self.tried = False, 0

    async def try_to_write(self) -> bool:
        self.tried += 1
        return not self.fails


async def test_what_was_taken_is_remembered_and_the_oldest_is_forgotten_beyond_the_limit() -> None:
    numbers = Numbers()
    for number in range(KEPT):
        numbers.add(number)
    assert 0 in numbers and KEPT - 1 in numbers
    numbers.add(KEPT)
    assert 0 not in numbers and 1 in numbers and KEPT in numbers


async def test_a_delivery_is_under_way_until_it_has_its_answer() -> None:
    deliveries = Deliveries()
    begun = deliveries.begin(7, Books(Disk().try_to_write))
    assert deliveries.under_way(7) is begun and not deliveries.was_taken(7)
    begun.on_disk()
    begun.undone()  # too late
    assert await begun.answer
    assert deliveries.under_way(7) is None and deliveries.was_taken(7)


async def test_one_that_was_not_handled_to_its_end_may_be_begun_again() -> None:
    deliveries = Deliveries()
    begun = deliveries.begin(7, Books(Disk().try_to_write))
    begun.undone()
    assert not await begun.answer
    assert deliveries.under_way(7) is None and not deliveries.was_taken(7)


async def test_while_nothing_can_be_written_it_goes_back_every_time() -> None:
    disk = Disk()
    books, deliveries = Books(disk.try_to_write), Deliveries()
    disk.fails = True
    for _ in range(3):
        delivery = deliveries.begin(7, books)
        assert await delivery.goes_back(LOCKED)
        assert not await delivery.answer
    assert books.failing and await books.still_fail()
    disk.fails = False
    assert not await books.still_fail() and not books.failing


async def test_an_error_while_all_can_be_written_sends_it_back_once() -> None:
    books, deliveries = Books(Disk().try_to_write), Deliveries()
    first = deliveries.begin(7, books)
    assert await first.goes_back(LOCKED)
    assert not await first.answer
    second = deliveries.begin(7, books)
    assert not await second.goes_back(LOCKED)
    assert not second.answer.done(), "whoever handles it says what becomes of it"


async def test_what_is_on_disk_never_goes_back_and_the_disk_is_not_tried() -> None:
    disk = Disk()
    disk.fails = True
    delivery = Deliveries().begin(7, Books(disk.try_to_write))
    delivery.on_disk()
    assert not await delivery.goes_back(LOCKED)
    assert disk.tried == 0


async def test_many_who_ask_at_once_have_it_tried_once() -> None:
    disk = Disk()
    books = Books(disk.try_to_write)
    disk.fails = True
    assert await asyncio.gather(*(books.can_be_written(LOCKED) for _ in range(50))) == [False] * 50
    assert disk.tried == 1
    disk.fails = False
    assert await books.can_be_written(LOCKED) and disk.tried == 2


async def test_nothing_is_tried_before_something_has_failed() -> None:
    disk = Disk()
    assert not await Books(disk.try_to_write).still_fail()
    assert disk.tried == 0


async def test_each_outage_is_one_line_and_so_is_each_update_that_goes_back_beside_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = Disk()
    books, deliveries = Books(disk.try_to_write), Deliveries()
    for number, fails in enumerate((True, True, False, False), 7):
        disk.fails = fails
        assert await deliveries.begin(number, books).goes_back(LOCKED)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", f"Telegram keeps updates that change something until they can be written: {LOCKED}"),
        ("WARNING", "The database can be written again"),
        ("WARNING", f"Update 9 could not be written down, and is to come again: {LOCKED}"),
        ("WARNING", f"Update 10 could not be written down, and is to come again: {LOCKED}"),
    ]
