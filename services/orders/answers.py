"""Whether px6's "yes" is one: about this account, and about just what was ordered. Pure.

A yes that is not is no answer: px6's books tell then what became of the call.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from model.orders import Order, OrderError
from px6 import Prolongation, Proxy, Purchase
from services.orders.judging import is_alike, is_where_ordered

ABOUT = timedelta(days=1)  # how far a named end may be from where it was ordered; px6 sells three days at least


def why_not_yes(order: Order, answer: Purchase | Prolongation) -> str | None:
    """The name of what is wrong with a yes, as the order keeps it (`Order.error`); None when nothing is."""
    if (answer.user_id, answer.currency) != (order.px6_user_id, order.currency):
        return OrderError.FOR_OTHERS
    if not fits(order, answer):
        return OrderError.NOT_AS_ORDERED
    return None if names_all(order, answer) else OrderError.NAMES_OTHERS


def fits(order: Order, answer: Purchase | Prolongation) -> bool:
    """Whether nothing that is named is otherwise than it was ordered. (There may be too few of it.)"""
    if isinstance(answer, Prolongation):
        mine = {one: end for one, end in answer.ends.items() if one in order.ids}
        return all(is_where_ordered(order, one, end, ABOUT, ABOUT) for one, end in mine.items())
    return all(is_new(answer, order.known_before or ())) and all(
        is_alike(order, proxy) and is_about(order, proxy) for proxy in answer.proxies
    )


def is_new(answer: Purchase, before: Collection[int]) -> list[bool]:
    """Of each proxy that is named, whether it was not there before the call."""
    known = frozenset(before)
    return [proxy.id not in known for proxy in answer.proxies]


def is_about(order: Order, proxy: Proxy) -> bool:
    """Whether a bought proxy ends about so long after it began as was ordered."""
    return abs(proxy.ends_at - proxy.bought_at - timedelta(days=order.period)) <= ABOUT


def ends_named(answer: Purchase | Prolongation) -> dict[int, datetime | None]:
    """The proxies that an answer names, with their ends."""
    if isinstance(answer, Purchase):
        return {proxy.id: proxy.ends_at for proxy in answer.proxies}
    return dict(answer.ends)


def names_all(order: Order, answer: Purchase | Prolongation) -> bool:
    """Whether the answer is about exactly what was ordered."""
    named = ends_named(answer)
    whole = len(named) == order.count if order.kind == "buy" else named.keys() == set(order.ids)
    return whole and (answer.count, answer.period) == (order.count, order.period)
