"""What a colleague confirmed is told to the colleague and to the owner: to each by itself, and at least once."""

from __future__ import annotations

from typing import Any

import pytest

from model.colleagues import Invite, Right
from model.orders import Confirmation, OrderState
from services.ground.elapsed_time import ElapsedTime
from services.ground.leases import LocalLeases
from services.orders import NobodyThere, NotNow
from services.orders.journal import Journal
from services.orders.telling import OutcomeDelivery
from storage import colleagues, confirmations, people
from storage.engine.types import time_from_int
from tests.databases import run
from tests.durations import DAY, HOUR, SECOND
from tests.services.orders.books import SENT
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import ANNA, BORIS, Rig

STRANGER = 1  # nobody who has to do with it
INVITE = Invite(owner=ANNA, right=Right.ALL, monthly_cap=None, made_at=SENT, by_name="Anna", person=None)


class Both:
    """A delivery to a colleague, Boris, and to Anna, on whose account he confirmed. `fails`: what sending raises."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.hands = rig, Hands()
        self.fails: dict[str, BaseException | None] = {"colleague": None, "owner": None}
        self.sent: list[tuple[str, OrderState]] = []
        self.journal = Journal(rig.database, self.hands)
        self.delivery = self.new()

    def new(self) -> OutcomeDelivery:
        """As after a kill: nothing is in memory."""
        elapsed = ElapsedTime(self.hands, self.hands.seconds)
        senders = [self._sender(who) for who in self.fails]
        return OutcomeDelivery(
            self.rig.database, self.journal, senders[0], self.hands, elapsed, LocalLeases(), send_copy=senders[1]
        )

    def _sender(self, who: str) -> Any:
        async def send(confirmation: Confirmation, _: object) -> int:
            if (error := self.fails[who]) is not None:
                raise error
            self.sent.append((who, confirmation.orders[0].state))
            return 5

        return send

    async def confirmed(self, by: int | None = BORIS) -> Confirmation:
        confirmation = await laid(self.rig, quote_of(self.rig), self.hands, (BORIS, 7))
        async with self.rig.database.write() as connection:
            await run(connection, "UPDATE confirmations SET by_person = ?, by_name = 'Boris'", (by,))
            if by is not None:
                await people.create(connection, by, None, self.hands.now)
                await colleagues.put(connection, ANNA, by, INVITE, "Boris", self.hands.now)
        return confirmation

    async def is_taken_back(self) -> None:
        """Boris has no access any more."""
        async with self.rig.database.write() as connection:
            await colleagues.remove(connection, ANNA, BORIS)

    async def becomes(self, confirmation: Confirmation, state: OrderState) -> None:
        (order,) = (await read(self.rig, confirmation)).orders
        assert await self.journal.change(order, (order.state,), {"state": state}, "said", {})

    def told(self) -> tuple[Any, ...]:
        """How much the colleague and the owner were told of how much, and when each is tried again."""
        [(told, owner, changes, *times)] = self.rig.rows(
            "SELECT told, told_owner, changes, tell_at, tell_owner_at FROM confirmations"
        )
        return (told, owner, changes, *(None if at is None else time_from_int(at) for at in times))


@pytest.fixture
def both(rig: Rig) -> Both:
    return Both(rig)


@pytest.mark.parametrize("blocked", ["colleague", "owner"])
async def test_whoever_is_not_there_is_told_once_they_are_back_and_the_other_one_at_once(
    both: Both, blocked: str
) -> None:
    confirmation = await both.confirmed()
    await both.becomes(confirmation, OrderState.DONE)
    again = both.hands.now + 30 * SECOND
    assert both.told() == (0, 0, 1, again, again)
    both.fails[blocked] = NobodyThere()
    await both.delivery.tell(confirmation.id)
    other = "owner" if blocked == "colleague" else "colleague"
    assert both.sent == [(other, OrderState.DONE)]
    soon = both.hands.now + 5 * SECOND
    assert both.told() == ((0, 1, 1, soon, None) if blocked == "colleague" else (1, 0, 1, None, soon))
    both.hands.move(4 * DAY)
    for _ in range(2):
        await both.delivery.tell_untold()  # within three days of watching it is tried again, then given up
        both.hands.move(2 * HOUR)
    assert both.told()[3:] == (None, None)
    both.fails[blocked] = None
    async with both.rig.database.write() as connection:
        for person in (STRANGER, BORIS if blocked == "owner" else ANNA):
            await confirmations.tell_again(connection, person, both.hands.now)
    await both.delivery.tell_untold()
    assert both.sent == [(other, OrderState.DONE)], "nobody else's return makes it due"
    async with both.rig.database.write() as connection:
        await confirmations.tell_again(connection, BORIS if blocked == "colleague" else ANNA, both.hands.now)
    await both.delivery.tell_untold()
    assert both.sent == [(other, OrderState.DONE), (blocked, OrderState.DONE)]
    assert both.told() == (1, 1, 1, None, None)


async def test_a_kill_between_the_two_tells_the_rest(both: Both) -> None:
    confirmation = await both.confirmed()
    await both.becomes(confirmation, OrderState.UNKNOWN)
    both.fails["owner"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await both.delivery.tell(confirmation.id)
    assert both.told()[:3] == (1, 0, 1)
    both.fails["owner"], both.delivery = None, both.new()
    await both.delivery.tell_untold(all_=True)
    await both.delivery.tell_untold(all_=True)
    assert both.sent == [("colleague", OrderState.UNKNOWN), ("owner", OrderState.UNKNOWN)]
    await both.becomes(confirmation, OrderState.NOT_DONE)
    both.fails["colleague"] = NotNow()
    await both.delivery.tell(confirmation.id)
    both.fails["colleague"] = None
    await both.delivery.tell(confirmation.id)
    assert both.sent[2:] == [("owner", OrderState.NOT_DONE), ("colleague", OrderState.NOT_DONE)]
    assert both.told() == (2, 2, 2, None, None)
    assert both.rig.rows("SELECT owner_message FROM confirmations") == [(5,)]


@pytest.mark.parametrize("state", OrderState)
async def test_the_owner_is_told_of_what_was_spent_or_may_have_been(both: Both, state: OrderState) -> None:
    confirmation = await both.confirmed()
    await both.becomes(confirmation, state)
    await both.delivery.tell(confirmation.id)
    spent = state in (OrderState.DONE, OrderState.UNKNOWN, OrderState.UNCLEAR)
    assert [who for who, _ in both.sent] == (["colleague", "owner"] if spent else ["colleague"])
    assert both.told() == (1, 1, 1, None, None)


@pytest.mark.parametrize("state", OrderState)
async def test_the_owner_is_told_whatever_came_of_it_when_the_colleague_has_no_access_any_more(
    both: Both, state: OrderState
) -> None:
    confirmation = await both.confirmed()
    await both.is_taken_back()
    await both.becomes(confirmation, state)
    await both.delivery.tell(confirmation.id)
    is_under_way = state in (OrderState.CONFIRMED, OrderState.SENDING)
    assert [who for who, _ in both.sent] == (["colleague"] if is_under_way else ["colleague", "owner"])
    assert both.told() == (1, 1, 1, None, None)


async def test_what_the_owner_confirmed_is_told_once(both: Both) -> None:
    confirmation = await both.confirmed(by=None)
    await both.becomes(confirmation, OrderState.DONE)
    await both.delivery.tell(confirmation.id)
    await both.delivery.tell_untold(all_=True)
    assert both.sent == [("colleague", OrderState.DONE)], "by the one way on which a payment is told"
    assert both.told() == (1, 0, 1, None, None)


@pytest.mark.parametrize(("shown_to", "told"), [(BORIS, (1, 0)), (ANNA, (0, 1))])
async def test_who_was_shown_the_outcome_is_not_told_it_again_and_the_other_is(
    both: Both, shown_to: int, told: tuple[int, int]
) -> None:
    confirmation = await both.confirmed()
    await both.becomes(confirmation, OrderState.UNKNOWN)
    await both.rig.orders.set_told(await read(both.rig, confirmation), shown_to)
    assert both.told()[:2] == told
    await both.delivery.tell(confirmation.id)
    assert [who for who, _ in both.sent] == (["owner"] if shown_to == BORIS else ["colleague"])
