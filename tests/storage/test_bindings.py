"""What people had px6 bind: with another px6 account it goes, of this person alone."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import bindings
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002


async def test_with_another_px6_account_only_what_was_asked_of_the_others_goes(connection: AsyncConnection) -> None:
    asked = {
        (person, account): await bindings.propose(
            connection, person, px6_user_id=account, addresses=["198.51.100.7"], now=NOW
        )
        for person, account in ((ANN, "7"), (ANN, "8"), (BOB, "7"), (BOB, "8"))
    }
    await bindings.drop_others(connection, ANN, "7")
    left = {whose for whose, number in asked.items() if await bindings.get(connection, whose[0], number) is not None}
    assert left == {(ANN, "7"), (BOB, "7"), (BOB, "8")}
