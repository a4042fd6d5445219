"""What is known of a message that several processes edit: the newest tap, the payment that it shows, and how long."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import message_owners
from storage.message_owners import HOUR, Owner, Shown, ShownEnding, ShownPayment
from tests.databases import run

PAYMENT, ENDING = ShownPayment(frozenset({"pay:1"})), ShownEnding(frozenset({"show:1"}))


async def test_the_newest_tap_counts_and_those_before_a_payment_are_closed(connection: AsyncConnection) -> None:
    for update, newest in ((5, 5), (9, 9), (7, 9)):
        await message_owners.enter(connection, "a", update)
        assert await message_owners.read(connection, "a") == Owner(newest, 0, None, None)
    await message_owners.show(connection, "a", PAYMENT, 3)
    assert await message_owners.read(connection, "a") == Owner(9, 9, PAYMENT, 3)
    await message_owners.enter(connection, "a", 12)
    await message_owners.show(connection, "a", None, None)
    assert await message_owners.read(connection, "a") == Owner(12, 9, None, None)
    assert await message_owners.read(connection, "b") is None


async def test_of_a_message_that_nobody_tapped_on_no_tap_is_the_newest(connection: AsyncConnection) -> None:
    await message_owners.show(connection, "a", PAYMENT, None)
    assert await message_owners.read(connection, "a") == Owner(0, 0, PAYMENT, None)


@pytest.mark.parametrize("shown", [PAYMENT, ENDING, ShownPayment(None), ShownPayment(frozenset()), None])
async def test_what_a_message_shows_is_read_as_it_was_written(
    connection: AsyncConnection, shown: Shown | None
) -> None:
    await message_owners.show(connection, "a", shown, None)
    assert await message_owners.read(connection, "a") == Owner(0, 0, shown, None)


async def test_a_process_of_the_version_before_takes_an_ending_for_a_payment(connection: AsyncConnection) -> None:
    """While all are updated one after another: it can read what the others write, and leaves the message alone."""
    await message_owners.show(connection, "a", ENDING, None)
    assert (await run(connection, "SELECT payment FROM message_owners")).scalar() == '["","show:1"]'


@pytest.mark.parametrize(
    ("shown", "hours", "kept"),
    [(None, 0.9, True), (None, 1.1, False), (PAYMENT, 23.9, True), (PAYMENT, 24.1, False), (ENDING, 23.9, True)],
)
async def test_a_message_is_forgotten_after_an_hour_and_one_with_a_payment_after_a_day(
    connection: AsyncConnection, shown: Shown | None, hours: float, kept: bool
) -> None:
    await message_owners.show(connection, "a", shown, None)
    await run(connection, "UPDATE message_owners SET at = at - ?", [int(hours * HOUR)])
    await message_owners.remove_old(connection)
    assert (await message_owners.read(connection, "a") is not None) is kept
