"""What settling needs of the database: which orders are due, and what other orders explain of px6's books."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from model.money import NOTHING
from model.orders import Order, OrderState
from px6 import ProxyList
from services.ground.leases import Leases
from services.orders.sums import Books
from storage import orders, unsettled
from storage.engine.database import Database

LEASE = timedelta(minutes=5)  # longer than a look takes; those of a process that is gone end at once
ABOUT_THE_SAME_TIME = timedelta(minutes=10)


class UnsettledOrders:
    """Leases the orders that are to be looked for, and gathers px6's books around one of them."""

    def __init__(self, database: Database, clock: Callable[[], datetime], leases: Leases) -> None:
        self._database, self._clock, self._leases = database, clock, leases
        self._left = set[int]()  # orders that were not given back, since the database was away

    async def lease_due(self, horizon: timedelta, besides: Collection[int]) -> tuple[Order, ...]:
        """Orders that something is to be done about, taken so that no other process does it too.

        One that is due later than `horizon` from now was planned before the clock was set back: it is due as well.
        """
        await self._give_back_left()
        now = self._clock()
        async with self._database.read() as connection:
            due = [one for one in await unsettled.due(connection, now, now + horizon, LEASE) if one not in besides]
        if not due:
            return ()
        async with self._database.write() as connection:
            return await unsettled.lease(connection, due, now, LEASE, self._leases.holder)

    async def release(self, listed: Sequence[Order]) -> None:
        """Give them back; where the database takes nothing, with the next `lease_due`. Raises StorageError."""
        self._left |= {order.id for order in listed}
        await self._give_back_left()

    async def _give_back_left(self) -> None:
        if left := sorted(self._left):
            async with self._database.single() as connection:
                await unsettled.release(connection, left, self._leases.holder)
            self._left -= set(left)

    async def take_over(self) -> tuple[Order, ...]:
        """Give back the leases of processes that are gone; what was under way in them is this one's from now on."""
        async with self._database.write() as connection:
            return await unsettled.take_over(connection, self._clock(), self._leases.holder)

    async def is_carried_out_elsewhere(self, order: Order) -> bool:
        """Whether another process has the payment, and runs."""
        holder = self._leases.holder
        if holder is None:
            return False
        async with self._database.read() as connection:
            return await unsettled.is_held_by_another(connection, order.id, holder)

    async def books(self, order: Order, seen: ProxyList, began: datetime, found: Collection[int] = ()) -> Books:
        """What a look that began then saw, together with what our other orders on the account explain of it.

        `found`: orders of which the same look has shown that they are done.
        """
        since = (order.sent_at or order.confirmed_at) - ABOUT_THE_SAME_TIME
        async with self._database.read() as connection:
            all_others = await unsettled.others_since(connection, order.px6_user_id, order.id, since)
            looked_at = await orders.last_event(connection, order.id, "looked")
        others = tuple(one for one in all_others if not spent_before(one, order))
        certain = [one for one in others if certainly_spent(one, order, began, found)]
        perhaps = [one for one in others if one not in certain and perhaps_spent(one)]
        return Books(
            at=began,
            balance=seen.balance,
            currency=seen.currency,
            proxies={proxy.id: proxy for proxy in seen.proxies},
            unreadable=seen.unreadable,
            spent=sum(map(sum_of, certain), NOTHING),
            perhaps=tuple(map(sum_of, perhaps)),
            others_ids=frozenset(one for other in all_others if other.kind == "buy" for one in other.ids),
            others_marks=frozenset(other.mark for other in all_others if other.mark and other.rename != "kept"),
            looked_at=looked_at,
        )

    async def has_later(self, order: Order) -> bool:
        """Whether a later order on the same proxies would explain that their ends moved."""
        async with self._database.read() as connection:
            return await unsettled.has_later(connection, order.id, order.px6_user_id, order.ids)


def spent_before(other: Order, order: Order) -> bool:
    """It took its money before this order's balance was read."""
    if other.state is not OrderState.DONE or other.settled_at is None or order.sent_at is None:
        return False
    if other.id > order.id:  # whatever the clock said, it was confirmed later
        return False
    is_part = other.confirmation_id == order.confirmation_id and not other.by_books
    return other.settled_at <= (order.sent_at if is_part else order.confirmed_at)


def certainly_spent(other: Order, order: Order, began: datetime, found: Collection[int]) -> bool:
    """It took a known sum after this order's balance was read, and before the look did."""
    return (
        other.state is OrderState.DONE
        and other.charged is not None
        and other.sent_at is not None
        and order.sent_at is not None
        and (other.sent_at >= order.sent_at or is_after_a_step_back(other, order))
        and (other.id in found or (other.settled_at or began) <= began)
    )


def is_after_a_step_back(other: Order, order: Order) -> bool:
    """The clock was set back after `order` was sent: `other` was confirmed later, whatever their times say."""
    sent_at = order.sent_at or order.confirmed_at
    return other.id > order.id and other.confirmed_at < order.confirmed_at <= sent_at


def perhaps_spent(other: Order) -> bool:
    """It may have taken its money in that time."""
    return not other.state.spent_nothing and other.state is not OrderState.CONFIRMED


def sum_of(order: Order) -> Decimal:
    """What an order took, as far as that is known."""
    return next((one for one in (order.charged, order.expected) if one is not None), order.quoted)
