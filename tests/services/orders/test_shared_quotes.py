"""One quote for the digests of an account: the same sums for the same ends, for as long as it is fresh and open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from model.orders import Option
from services.orders import ListedAccount
from tests.durations import SECOND
from tests.services.orders.books import END, SENT
from tests.services.orders.laid import Hands, laid, quote_of
from tests.services.rig import ANNA, BORIS, Rig

DIGEST = {"source": "digest"}
BEGAN = SENT  # when the quote was made that is there


@pytest.mark.parametrize(
    ("kept", "since", "other", "is_shared"),
    [
        ({}, BEGAN, {}, True),
        ({}, BEGAN - SECOND, {"balance": Decimal("7.00"), "created_at": SENT + SECOND}, True),
        ({}, BEGAN + SECOND, {}, False),
        ({}, BEGAN, {"ends": {1: END + SECOND}}, False),
        ({}, BEGAN, {"options": (Option(period=30, price=Decimal("20.99")),)}, False),
        ({}, BEGAN, {"options": (Option(period=60, price=Decimal("21.00")),)}, False),
        ({}, BEGAN, {"currency": "USD"}, False),
        ({}, BEGAN, {"px6_user_id": "7"}, False),
        ({}, BEGAN, {"telegram_id": BORIS}, False),
        ({}, BEGAN, {"source": "person"}, False),
        ({"source": "person"}, BEGAN, {"source": "person"}, False),
        ({"source": "person"}, BEGAN, {}, False),
    ],
)
async def test_a_digest_shares_the_open_quote_that_says_the_same(
    rig: Rig, kept: dict[str, Any], since: Any, other: dict[str, Any], is_shared: bool
) -> None:
    first, second = quote_of(rig, "q", [1], **DIGEST | kept), quote_of(rig, "r", [1], **DIGEST | other)
    async with rig.database.write() as connection:
        await rig.orders.keep_quote(connection, first)
        found = await rig.orders.same_quote(connection, second, since)
    assert found == (first if is_shared else None)


async def test_a_quote_of_other_proxies_or_one_that_is_paid_is_not_shared(rig: Rig) -> None:
    await laid(rig, quote_of(rig, "paid", [1], **DIGEST), Hands())
    async with rig.database.write() as connection:
        await rig.orders.keep_quote(connection, quote_of(rig, "two", [1, 2], **DIGEST))
        same, others = quote_of(rig, "r", [1], **DIGEST), quote_of(rig, "s", [1, 2], **DIGEST)
        assert await rig.orders.same_quote(connection, same, BEGAN) is None
        assert await rig.orders.same_quote(connection, others, BEGAN) == quote_of(rig, "two", [1, 2], **DIGEST)


async def test_the_message_of_a_quote_is_noted_only_while_nobody_has_confirmed_it(rig: Rig) -> None:
    await laid(rig, quote_of(rig, "paid", [1], **DIGEST), Hands(), (BORIS, 7))
    async with rig.database.write() as connection:
        await rig.orders.keep_quote(connection, quote_of(rig, "open", [2], **DIGEST))
        for quote in ("paid", "open"):
            await rig.orders.keep_message(connection, quote, BORIS, 9)
    noted = dict(rig.rows("SELECT id, message_id FROM quotes"))
    assert noted["open"] == 9
    assert noted["paid"] != 9


async def test_prices_that_are_only_shown_are_not_read_again_at_once(rig: Rig) -> None:
    proxy = int(rig.px6.add_proxy(rig.account.key).id)
    client = await rig.accounts.client(ANNA)
    listed = ListedAccount(ANNA, rig.account.user_id, client, await client.proxies(), {})
    asked = []
    for show in (
        lambda: rig.orders.quote_shown(ANNA, [proxy], [30]),
        lambda: rig.orders.quote_shown(ANNA, [proxy], [30]),
        lambda: rig.orders.price_prolong(listed, [proxy], [30], source="digest"),
    ):
        await show()
        asked.append(sum(call.method == "getprice" for call in rig.px6.calls))
    assert asked == [1, 1, 1]
