"""What px6's books say about an order of unknown outcome. Pure: what was seen in, a verdict out.

Whoever looks sees the proxies with their ends and comments, and the balance. Neither says who moved them: the
person may renew or buy on px6's site at the same moment, and px6 renews by itself, of which its API never tells. So a
verdict is given only where everything that is seen fits one story and no other, and otherwise, at the last look, it
is `unclear`.

A bought proxy carries our mark, which proves it. A prolong leaves no mark: that all ends stand where our call would
have put them, and that the balance fell by just its sum, is told as what it is. It is not taken for our call where
another story is as near: so close to an end that px6 may have renewed by itself, or when a look that came later than
any call takes had still seen the old ends.

`not_done` needs the whole change of the balance explained without the order: px6 may take its money before it
delivers. Where only money that the person has added would explain it, they are asked (`Verdict.top_up`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from model.orders import Order, OrderState
from px6 import Proxy
from services.orders.marks import carries
from services.orders.sums import Books, asked, paid, surely_unpaid, top_up

NEAR = timedelta(minutes=2)  # how far an end may be from where our call would have put it
NEAR_NOW = timedelta(minutes=20)  # the same for an expired proxy, which goes on from px6's present
RENEWS_WITHIN = timedelta(days=3)  # px6's auto-renewal comes some time before the end
LONGEST_CALL = timedelta(minutes=1)  # what px6 has not done by then, our call did not do


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, what was charged as far as it is known, and the ends that were seen.

    `top_up`: unclear, but nothing was spent if the person has topped up just this. `traces`: something stands in
    px6's books as the order would have left it there.
    """

    state: OrderState
    charged: Decimal | None = None
    ends: dict[int, datetime | None] = {}
    top_up: Decimal | None = None
    traces: bool = False


def judge(order: Order, books: Books, *, last: bool) -> Verdict | None:
    """The outcome of an order; None while a later look may still tell it. `last`: there will be no later look."""
    return judge_buy(order, books, last=last) if order.kind == "buy" else judge_prolong(order, books, last=last)


def untouched(order: Order, books: Books) -> bool:
    """Whether nothing has come of an order as far as the books show: no proxy, no end, and not a kopeck."""
    return not (new_proxies(order, books) if order.kind == "buy" else disturbed(order, books)) and surely_unpaid(
        order, books
    )


def judge_buy(order: Order, books: Books, *, last: bool) -> Verdict | None:
    """The unique comment tells: only our call can have set it."""
    new = new_proxies(order, books)
    marked = [proxy for proxy in new if carries(order.mark, proxy.comment)]
    others = [proxy for proxy in new if proxy not in marked]
    are_named = order.names_others and {proxy.id for proxy in marked} == set(order.ids) and paid(order, books)
    if len(marked) >= order.count or (marked and are_named):
        return bought(order, books, marked)
    if not last:
        return None
    if marked:
        return partly_bought(order, books, marked, others)
    if not others and not books.unreadable:
        unpaid = surely_unpaid(order, books)
        return Verdict(state=OrderState.NOT_DONE) if unpaid else unclear(top_up=top_up(order, books))
    return unclear(traces=paid(order, books) and any(is_alike(order, proxy) for proxy in others))


def new_proxies(order: Order, books: Books) -> list[Proxy]:
    """What was not there before the call and is of no other order of ours."""
    before = frozenset(order.known_before or ()) | books.others_ids
    return [
        proxy
        for proxy in books.proxies.values()
        if proxy.id not in before and not any(carries(mark, proxy.comment) for mark in books.others_marks)
    ]


def bought(order: Order, books: Books, mine: Sequence[Proxy]) -> Verdict:
    ends: dict[int, datetime | None] = {proxy.id: proxy.ends_at for proxy in mine}
    charged = asked(order) if paid(order, books) else None
    return Verdict(state=OrderState.DONE, charged=charged, ends=ends)


def partly_bought(order: Order, books: Books, marked: Sequence[Proxy], others: Sequence[Proxy]) -> Verdict:
    """Fewer carry our mark than were ordered. New ones without it may be the rest, with another comment by now."""
    alike = [proxy for proxy in others if is_alike(order, proxy)]
    if len(marked) + len(alike) == order.count and paid(order, books):
        return bought(order, books, [*marked, *alike])
    if alike or books.unreadable:
        ends: dict[int, datetime | None] = {proxy.id: proxy.ends_at for proxy in marked}
        return Verdict(state=OrderState.UNCLEAR, ends=ends, traces=True)
    return bought(order, books, marked)


def unclear(*, top_up: Decimal | None = None, traces: bool = False) -> Verdict:
    return Verdict(state=OrderState.UNCLEAR, top_up=top_up, traces=traces)


def is_alike(order: Order, proxy: Proxy) -> bool:
    """Same country and kind, as far as px6 says them. Not the period: it may have been prolonged since."""
    same_country = not proxy.country or proxy.country.lower() == (order.country or "").lower()
    return same_country and (not proxy.version or proxy.version == order.version)


def judge_prolong(order: Order, books: Books, *, last: bool) -> Verdict | None:
    """The ends and the balance tell, and only together."""
    moved = moved_ends(order, books)
    if order.names_others and moved and moved == named(order) and paid(order, books):
        return Verdict(state=OrderState.DONE, charged=asked(order), ends=moved)
    all_moved = len(moved) == len(order.proxies) and all(as_ordered(order, one, books) for one in moved)
    if all_moved and paid(order, books) and not others_may_have(order, books):
        return Verdict(state=OrderState.DONE, charged=asked(order), ends=moved)
    if not last:
        return None
    if disturbed(order, books):
        traces = any(as_ordered(order, one, books) for one in moved)
        return Verdict(state=OrderState.UNCLEAR, ends=moved, traces=traces)
    unpaid = surely_unpaid(order, books)
    return Verdict(state=OrderState.NOT_DONE) if unpaid else unclear(top_up=top_up(order, books))


def moved_ends(order: Order, books: Books) -> dict[int, datetime | None]:
    """The order's proxies that end at another time than before the call."""
    before = {proxy.id: proxy.end_before for proxy in order.proxies}
    return {
        one: books.proxies[one].ends_at
        for one, end in before.items()
        if one in books.proxies and books.proxies[one].ends_at != end
    }


def disturbed(order: Order, books: Books) -> bool:
    """Whether some of the order's proxies are not as they were before the call: another end, or gone."""
    return bool(moved_ends(order, books)) or any(proxy.id not in books.proxies for proxy in order.proxies)


def named(order: Order) -> dict[int, datetime | None]:
    """The ends that px6 named in its answer."""
    return {proxy.id: proxy.end_after for proxy in order.proxies if proxy.end_after is not None}


def as_ordered(order: Order, proxy_id: int, books: Books) -> bool:
    """Whether the end stands where our call would have put it."""
    return is_where_ordered(order, proxy_id, books.proxies[proxy_id].ends_at, NEAR, NEAR_NOW)


def is_where_ordered(order: Order, proxy_id: int, end: datetime | None, near: timedelta, near_now: timedelta) -> bool:
    """Whether an end is so near to where the call would put it: from the end before, or from now if that was over."""
    before = next((proxy.end_before for proxy in order.proxies if proxy.id == proxy_id), None)
    sent_at, period = order.sent_at, timedelta(days=order.period)
    if before is None or sent_at is None or end is None:
        return False
    if abs(end - (before + period)) <= near:
        return True
    return before <= sent_at + NEAR and abs(end - (sent_at + period)) <= near_now


def others_may_have(order: Order, books: Books) -> bool:
    """Whether px6's auto-renewal, or a prolongation on its site, is as near as our call.

    px6 renews by itself some time before the end; what was over when the call left it leaves alone.
    """
    looked_at, sent_at = books.looked_at, order.sent_at or order.confirmed_at
    if looked_at is not None and looked_at - sent_at > LONGEST_CALL:
        return True
    ends = [each.end_before for each in order.proxies if each.end_before is not None]
    return any(sent_at < end <= books.at + RENEWS_WITHIN for end in ends)
