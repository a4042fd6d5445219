"""How the balance moved since a call, and which stories explain that. Pure.

What px6 takes comes off the balance, what the person tops up is added, and nobody says which was which. A sum may be
what one order took, or nothing, each with some of the orders of which it is not known whether they took theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import combinations

import msgspec

from model.money import NOTHING
from model.orders import Order
from px6 import Proxy

OPTIONAL_AT_MOST = 8


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What one look saw, and what our other orders on the account explain of it.

    `unreadable` proxies are at px6 besides `proxies`: what is not among these may be one of them.
    `spent` was certainly taken by others of our orders since; each of `perhaps` may have been. `others_ids` and
    `others_marks` are the proxies and comments of those. `looked_at`: when the look before saw nothing of the order.
    `currency` is the balance's.
    """

    at: datetime
    balance: Decimal
    currency: str
    proxies: Mapping[int, Proxy]
    unreadable: int = 0
    spent: Decimal = NOTHING
    perhaps: tuple[Decimal, ...] = ()
    others_ids: frozenset[int] = frozenset()
    others_marks: frozenset[str] = frozenset()
    looked_at: datetime | None = None


def fall(order: Order, books: Books) -> Decimal | None:
    """By how much the balance fell since the call, our other orders counted off; below zero it rose.

    None where the two balances cannot be compared.
    """
    if order.balance_before is None or books.currency != order.currency:
        return None
    return order.balance_before - books.balance - books.spent


def explained(order: Order, books: Books, sum_: Decimal) -> bool | None:
    """Whether the balance fell by exactly this, and by what others of our orders may have taken. None: unknown."""
    fell = fall(order, books)
    if fell is None or len(books.perhaps) > OPTIONAL_AT_MOST:
        return None
    sizes = range(len(books.perhaps) + 1)
    return any(sum(chosen, sum_) == fell for size in sizes for chosen in combinations(books.perhaps, size))


def paid(order: Order, books: Books) -> bool:
    """Whether the balance fell by exactly what px6 asked for this order."""
    return explained(order, books, asked(order)) is True


def asked(order: Order) -> Decimal:
    """What px6 asked just before it was sent, or in its answer."""
    return order.quoted if order.expected is None else order.expected


def surely_unpaid(order: Order, books: Books) -> bool:
    """Whether everything that happened to the balance is explained without this order, and nothing with it."""
    sums = {NOTHING: True, asked(order): False, order.quoted: False}
    if any(explained(order, books, sum_) is not is_so for sum_, is_so in sums.items()):
        return False
    return not order.at_most or fall(order, books) == NOTHING  # else px6 may have taken any smaller sum


def top_up(order: Order, books: Books) -> Decimal | None:
    """What the person would have to have topped up for nothing to have been spent; None where that is no answer."""
    fell = fall(order, books)
    return -fell if fell is not None and fell < NOTHING and not books.perhaps else None
