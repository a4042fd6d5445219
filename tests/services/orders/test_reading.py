"""What is read of orders: each question with an answer and without one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.orders import OrderState
from services.orders.errors import NotPriced, UnknownIds
from services.orders.habits import usual_periods
from services.orders.journal import Journal
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import ANNA, BORIS, Rig

SECOND = timedelta(seconds=1)


async def test_what_became_of_a_quote_and_of_nothing(rig: Rig) -> None:
    hands = Hands()
    confirmation = await laid(rig, quote_of(rig), hands)
    assert await rig.orders.confirmation_of(ANNA, "q") == confirmation
    assert await rig.orders.confirmation_of(ANNA, "other") is None
    assert await rig.orders.confirmation_of(BORIS, "q") is None
    assert await rig.orders.confirmation(ANNA, confirmation.id) == confirmation
    assert await rig.orders.confirmation(BORIS, confirmation.id) is None
    assert await rig.orders.confirmation(ANNA, confirmation.id + 1) is None
    with pytest.raises(LookupError, match="no such confirmation; its person may have been forgotten"):
        await rig.orders.execute(confirmation.id + 1)


async def test_nothing_was_spent_on_a_proxy_that_no_later_order_prolonged(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    first = await laid(rig, quote_of(rig, "a", [1, 2], [3]), hands)
    await journal.not_sent(first.orders, "NoMoney")
    later = await laid(rig, quote_of(rig, "b", [2]), hands)
    first = await read(rig, first)
    assert await rig.orders.unspent(first) == (1, 3), "it is under way"
    await journal.not_sent(later.orders, "NoMoney")
    assert await rig.orders.unspent(first) == (1, 2, 3)


async def test_the_history_is_read_newest_first_and_in_pages(rig: Rig) -> None:
    hands = Hands()
    one, two, three = [
        (await laid(rig, quote_of(rig, name, [at]), hands)).orders[0].id for at, name in enumerate("abc", 1)
    ]
    buy = (await laid(rig, quote_of(rig, "d"), hands)).orders[0].id

    async def ids(**asked: object) -> list[int]:
        return [order.id for order in await rig.orders.history(ANNA, **asked)]  # type: ignore[arg-type]

    assert await ids() == [buy, three, two, one]
    assert await ids(limit=2) == [buy, three]
    assert await ids(limit=2, offset=1) == [three, two]
    assert await ids(kind="prolong") == [three, two, one]
    assert await ids(states=[OrderState.DONE]) == []
    assert [order.id for order in await rig.orders.open_of(ANNA)] == [buy, three, two, one]
    assert await rig.orders.busy(rig.account.user_id) == {1, 2, 3}


async def test_orders_of_an_account_are_those_sent_since_a_moment(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    for at, name in enumerate("abc", 1):
        confirmation = await laid(rig, quote_of(rig, name, [at]), hands)
        sent = await journal.sending(confirmation.orders[0], "prolong", {}, balance_before=None)
        assert sent is not None
        assert await journal.change(sent, (sent.state,), {"state": OrderState.DONE}, "answered", {})
        hands.move(SECOND)

    async def since(seconds: float, account: str = "") -> list[tuple[int, ...]]:
        """In whichever order the database has them."""
        moment = hands.now - 3 * SECOND + timedelta(seconds=seconds)
        return sorted(order.ids for order in await rig.orders.sent_since(account or rig.account.user_id, moment))

    assert await since(0) == [(1,), (2,), (3,)]
    assert await since(1) == [(2,), (3,)]
    assert await since(1.5) == [(3,)]
    assert await since(0, "another") == []


async def test_the_usual_periods_are_those_of_what_was_prolonged(rig: Rig) -> None:
    hands = Hands()
    assert await usual_periods(rig.orders, ANNA) == []
    for at, period in enumerate((7, 30, 30, 90), 1):
        quote = quote_of(rig, f"q{at}", [at])
        confirmation = await laid(rig, quote, hands)
        (order,) = confirmation.orders
        values = {"state": OrderState.DONE if period != 90 else OrderState.NOT_DONE, "period": period}
        assert await Journal(rig.database, hands).change(order, (order.state,), values, "answered", {})
    assert await usual_periods(rig.orders, ANNA) == [30, 7]
    assert await usual_periods(rig.orders, BORIS) == []


def test_what_keeps_a_quote_from_being_made_says_how_many() -> None:
    unknown, unpriced = UnknownIds([5, 7], [1]), NotPriced([3])
    assert (str(unknown), unknown.unknown, unknown.known) == ("2 ids are not of this account", (5, 7), (1,))
    assert (str(unpriced), unpriced.ids) == ("1 proxies are of a kind without a price", (3,))
