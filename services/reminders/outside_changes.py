"""What happened at px6 without the bot: found by comparing two looks with the bot's own orders between. Pure.

A look is kept to compare with only when it is certain what of the bot's own payments it saw: none was open, and none
had ended within the last 45 seconds. Then the next look that can be kept explains all orders sent since, and what
remains happened without the bot, also when a payment of the bot's was under way in between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from model.accounts import Snapshot
from model.money import NOTHING
from px6 import ProxyList
from services.notifications.kinds import Change
from services.orders import Order, OrderState

DAY = timedelta(days=1)
AROUND = timedelta(seconds=45)  # a payment that ended so shortly before a look may not be in it yet


def is_certain(orders: Sequence[Order], read_at: datetime) -> bool:
    """Whether a look that began then saw the bot's own payments for certain. If not, an older one is kept."""
    return all(
        order.state.spent_nothing or (not order.state.is_open and abs(read_at - ended(order)) >= AROUND)
        for order in orders
    )


def ended(order: Order) -> datetime:
    """When its outcome was known."""
    return order.settled_at or order.sent_at or order.confirmed_at


def unexplained(
    snapshot: Snapshot,
    listed: ProxyList,
    orders: Sequence[Order],
    read_at: datetime,
    renewed_by_px6: Collection[int],
) -> Change | None:
    """What the bot's orders between two certain looks do not explain; None when they explain everything.

    Its `matches` is False: only the price of the prolonging can tell.
    """
    between = [order for order in orders if order.sent_at and order.sent_at > snapshot.read_at - AROUND]
    if read_at <= snapshot.read_at or any(order.state is OrderState.UNCLEAR for order in between):
        return None  # the clock was set back, or nobody knows what an order took
    ours = [order for order in between if order.state is OrderState.DONE]
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
    """px6's auto-renewal is known only of what was bought here with it; a purchase is never automatic."""
    if not moved and not bought:
        return "unknown"
    if moved and not bought and all(proxy_id in renewed_by_px6 for proxy_id in moved):
        return "px6"
    return "unknown" if any(proxy_id in renewed_by_px6 for proxy_id in moved) else "site"
