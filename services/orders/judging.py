"""What px6's books say about an order of unknown outcome. Pure: what was seen in, a verdict out.

Whoever looks sees the proxies with their ends and comments, and the balance. Neither says who moved them: the
person may renew or buy on px6's site at the same moment, and px6 renews by itself, of which its API never tells. So a
verdict is given only where everything that is seen fits one story, and otherwise, at the last look, it is `unclear`.

A bought proxy carries our mark, which proves it. A prolong leaves no mark: that all ends stand where our call would
have put them, and that the balance fell by just its sum, is told as what it is. It is not taken for our call where
another story is as near: so close to an end that px6 may have renewed by itself, or when a look that came later than
any call takes had still seen the old ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations

import msgspec

from px6 import Proxy
from services.orders.models import Order, OrderState

NEAR = timedelta(minutes=2)  # how far an end may be from where our call would have put it
NEAR_NOW = timedelta(minutes=20)  # the same for an expired proxy, which goes on from px6's present
RENEWS_WITHIN = timedelta(days=3)  # px6's own automatic renewal comes some time before the end
LONGEST_CALL = timedelta(minutes=1)  # what px6 has not done by then, our call did not do
OPTIONAL_AT_MOST = 8
NOTHING = Decimal(0)


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What one look saw, and what our other orders on the account explain of it.

    `unreadable` proxies are at px6 besides `proxies`: what is not among these may be one of them.
    `spent` was certainly taken by others of our orders since; each of `perhaps` may have been. `others_ids` and
    `others_marks` are the proxies and comments of those. `looked_at`: when the look before saw nothing of the order.
    """

    at: datetime
    balance: Decimal
    proxies: Mapping[int, Proxy]
    unreadable: int = 0
    spent: Decimal = NOTHING
    perhaps: tuple[Decimal, ...] = ()
    others_ids: frozenset[int] = frozenset()
    others_marks: frozenset[str] = frozenset()
    looked_at: datetime | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, what was charged as far as it is known, and the ends that were seen."""

    state: OrderState
    charged: Decimal | None = None
    ends: dict[int, datetime | None] = {}


def judge(order: Order, books: Books, *, last: bool) -> Verdict | None:
    """The outcome of an order; None while a later look may still tell it. `last`: there will be no later look."""
    return judge_buy(order, books, last=last) if order.kind == "buy" else judge_prolong(order, books, last=last)


def judge_buy(order: Order, books: Books, *, last: bool) -> Verdict | None:
    """The unique comment tells: only our call can have set it."""
    marked = [proxy for proxy in books.proxies.values() if proxy.comment == order.mark]
    are_named = order.names_others and {proxy.id for proxy in marked} == set(order.ids) and paid(order, books)
    if len(marked) >= order.count or (marked and (last or are_named)):
        return bought(order, books, marked)
    if not last:
        return None
    if books.unreadable or lookalikes(order, books) or paid(order, books):
        return Verdict(state=OrderState.UNCLEAR)
    return Verdict(state=OrderState.NOT_DONE)


def bought(order: Order, books: Books, marked: Sequence[Proxy]) -> Verdict:
    charged = order.expected if paid(order, books) else None
    return Verdict(state=OrderState.DONE, charged=charged, ends={proxy.id: proxy.ends_at for proxy in marked})


def lookalikes(order: Order, books: Books) -> list[Proxy]:
    """New proxies that could be ours with another comment: renamed, or bought on the site at the same moment."""
    before = frozenset(order.known_before or ()) | books.others_ids
    return [
        proxy
        for proxy in books.proxies.values()
        if proxy.id not in before and proxy.comment not in books.others_marks and is_alike(order, proxy)
    ]


def is_alike(order: Order, proxy: Proxy) -> bool:
    """Same country and kind, as far as px6 says them. Not the period: it may have been prolonged since."""
    same_country = proxy.country is None or proxy.country.lower() == (order.country or "").lower()
    return same_country and proxy.version in (None, order.version)


def judge_prolong(order: Order, books: Books, *, last: bool) -> Verdict | None:
    """The ends and the balance tell, and only together."""
    seen = {proxy.id: books.proxies.get(proxy.id) for proxy in order.proxies}
    before = {proxy.id: proxy.end_before for proxy in order.proxies}
    moved: dict[int, datetime | None] = {
        one: proxy.ends_at for one, proxy in seen.items() if proxy is not None and proxy.ends_at != before[one]
    }
    if order.names_others and moved and moved == named(order) and paid(order, books):
        return Verdict(state=OrderState.DONE, charged=order.expected, ends=moved)
    if len(moved) == len(seen) and all(as_ordered(order, one, books) for one in moved) and paid(order, books):
        if not others_may_have(order, books):
            return Verdict(state=OrderState.DONE, charged=order.expected, ends=moved)
    elif not moved and None not in seen.values() and not paid(order, books):
        return Verdict(state=OrderState.NOT_DONE) if last else None
    return Verdict(state=OrderState.UNCLEAR, ends=moved) if last else None


def named(order: Order) -> dict[int, datetime | None]:
    """The ends that px6 named in its answer."""
    return {proxy.id: proxy.end_after for proxy in order.proxies if proxy.end_after is not None}


def as_ordered(order: Order, proxy_id: int, books: Books) -> bool:
    """Whether the end stands where our call would have put it: from the end before, or from now if it was over."""
    before = next(proxy.end_before for proxy in order.proxies if proxy.id == proxy_id)
    sent_at, period = order.sent_at, timedelta(days=order.period)
    if before is None or sent_at is None:
        return False
    now = books.proxies[proxy_id].ends_at
    if abs(now - (before + period)) <= NEAR:
        return True
    return before <= sent_at + NEAR and abs(now - (sent_at + period)) <= NEAR_NOW


def paid(order: Order, books: Books) -> bool:
    """Whether the balance fell by exactly what px6 asked for this order, our other orders counted off."""
    if order.balance_before is None or order.expected is None:
        return False
    left = order.balance_before - books.balance - books.spent - order.expected
    perhaps = books.perhaps[:OPTIONAL_AT_MOST]
    return any(
        sum(chosen, NOTHING) == left for size in range(len(perhaps) + 1) for chosen in combinations(perhaps, size)
    )


def others_may_have(order: Order, books: Books) -> bool:
    """Whether px6's own renewal, or the person's on its site, is as near as our call.

    px6 renews by itself some time before the end; what was over when the call left it leaves alone.
    """
    looked_at, sent_at = books.looked_at, order.sent_at or order.confirmed_at
    if looked_at is not None and looked_at - sent_at > LONGEST_CALL:
        return True
    ends = [each.end_before for each in order.proxies if each.end_before is not None]
    return any(sent_at < end <= books.at + RENEWS_WITHIN for end in ends)
