"""What happened at px6 without the bot: found by comparing two looks with the bot's own orders between. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from px6 import ProxyList
from services.orders import Order, OrderState
from services.telling import Change
from storage.watches import Snapshot

DAY = timedelta(days=1)
AROUND = timedelta(seconds=45)  # an order sent so near to a look may stand on either side of it
NOTHING = Decimal("0.00")


def comparable(snapshot: Snapshot, orders: Sequence[Order], read_at: datetime) -> bool:
    """Whether the bot's own payments between the looks are all known. If not, nothing is claimed."""
    if read_at <= snapshot.read_at:
        return False  # the clock was set back
    for order in orders:
        sent = order.sent_at
        if order.state.is_open or order.state is OrderState.UNCLEAR:
            return False
        if sent is not None and min(abs(sent - snapshot.read_at), abs(sent - read_at)) < AROUND:
            return False
    return True


def unexplained(
    snapshot: Snapshot,
    listed: ProxyList,
    orders: Sequence[Order],
    read_at: datetime,
    renewed_by_px6: Collection[int],
) -> Change | None:
    """What the bot's orders between the looks do not explain; None when they explain everything.

    Its `matches` is False: only the price of the prolonging can tell.
    """
    ours = [
        order
        for order in orders
        if order.state is OrderState.DONE and order.sent_at and snapshot.read_at < order.sent_at <= read_at
    ]
    explained = {proxy.id for order in ours for proxy in order.proxies}
    moved = moved_days(snapshot.ends, listed, explained)
    # Without an earlier look at expired ones a proxy may only seem new; one bought since is new for certain.
    bought = sum(
        proxy.id not in snapshot.ends and proxy.id not in explained and proxy.bought_at > snapshot.read_at
        for proxy in listed.proxies
    )
    fell = snapshot.balance - listed.balance - sum(map(taken, ours), NOTHING)
    if fell <= 0 and not moved and not bought:
        return None
    return Change(
        fell=max(fell, NOTHING),
        currency=listed.currency,
        moved=moved,
        bought=bought,
        by=who(moved, bought, renewed_by_px6),
        matches=False,
    )


def taken(order: Order) -> Decimal:
    """What an order took, as far as is known."""
    return next(sum_ for sum_ in (order.charged, order.expected, order.quoted) if sum_ is not None)


def moved_days(before: Mapping[int, datetime], listed: ProxyList, explained: Collection[int]) -> dict[int, int]:
    """By how many days each proxy became longer that no order of ours prolonged."""
    moved = {
        proxy.id: round((proxy.ends_at - before[proxy.id]) / DAY)
        for proxy in listed.proxies
        if proxy.id in before and proxy.id not in explained and proxy.ends_at > before[proxy.id] + AROUND
    }
    return {proxy_id: max(days, 1) for proxy_id, days in moved.items()}


def who(moved: Mapping[int, int], bought: int, renewed_by_px6: Collection[int]) -> Literal["site", "px6", "unknown"]:
    """px6's own renewal is known only of what was bought here with it; a purchase is never automatic."""
    if not moved and not bought:
        return "unknown"
    if moved and not bought and all(proxy_id in renewed_by_px6 for proxy_id in moved):
        return "px6"
    return "unknown" if any(proxy_id in renewed_by_px6 for proxy_id in moved) else "site"
