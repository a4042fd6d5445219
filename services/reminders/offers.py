"""What the green buttons of a digest offer: which periods, of what px6 renews and has a price for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

import px6
from model.proxies import kind_of, sold_as
from px6 import Proxy, ProxyList, Px6Client
from services.account.accounts import NoKey
from services.money.prices import all_periods
from services.orders import NotPriced, OtherAccount, Quote, UnknownIds

log = logging.getLogger(__name__)

PERIODS = (30, 7, 90)  # days of the one-tap buttons, the usual one first
SMALLEST_PERIODS = (3,)  # offered when the balance covers none of those


def sold_ids(proxies: Iterable[Proxy], known: Mapping[int, str]) -> list[int]:
    """What px6 may renew: MTProto is among it, which not every server does."""
    return [proxy.id for proxy in proxies if sold_as(kind_of(proxy, known))]


def without_unpriced(
    ids: Sequence[int], price: Callable[[Sequence[int], Sequence[int]], Awaitable[Quote]]
) -> Callable[[Sequence[int]], Awaitable[Quote]]:
    """Asks for a quote of these ids; of the others, where px6 has no price for some."""

    async def ask(periods: Sequence[int]) -> Quote:
        try:
            return await price(ids, periods)
        except NotPriced as error:
            rest = [one for one in ids if one not in error.ids]
            if not rest:
                raise
            return await price(rest, periods)

    return ask


async def offered(ask: Callable[[Sequence[int]], Awaitable[Quote]], periods: Sequence[int]) -> Quote | None:
    """One quote with these periods, and with a shorter one should the balance cover none of them.

    None when px6 names no price now: a reminder does not wait for that. Raises WrongKey and WrongAddress.
    """
    try:
        quote = await ask(periods)
        if all(option.price > quote.balance for option in quote.options):
            return await with_smaller(ask, quote)
    except (px6.WrongKey, px6.WrongAddress):
        raise
    except (px6.Px6Error, UnknownIds, NotPriced, NoKey, OtherAccount) as error:
        log.debug("A digest goes out without prices: %s", type(error).__name__)
        return None
    return quote


async def with_smaller(ask: Callable[[Sequence[int]], Awaitable[Quote]], quote: Quote) -> Quote:
    """The quote with a shorter period besides, should the balance cover that; as it is where px6 sells none."""
    try:
        return await ask(list(dict.fromkeys([*quote.periods, *SMALLEST_PERIODS])))
    except (px6.WrongKey, px6.WrongAddress):
        raise
    except px6.Refused:
        return quote


async def sold_of(
    client: Px6Client, proxies: Iterable[Proxy], known: Mapping[int, str], wanted: Sequence[int]
) -> Sequence[int]:
    """Of these periods those that px6 sells for all of these proxies; others that it sells where none is left.

    All of them where px6 names none or does not answer. Raises WrongKey and WrongAddress.
    """
    kinds = {kind for proxy in proxies if sold_as(kind := kind_of(proxy, known))}
    try:
        sold = await all_periods(client, kinds)
    except (px6.WrongKey, px6.WrongAddress):
        raise
    except px6.Px6Error:
        return wanted
    if not sold:
        return wanted
    return [period for period in wanted if period in sold] or sold[-len(wanted) :]


def offered_periods(usual: Sequence[int]) -> list[int]:
    """The days of the one-tap buttons, the person's usual ones first."""
    return list(dict.fromkeys([*usual[:1], *PERIODS]))


def with_balance(quote: Quote | None, listed: ProxyList, now: datetime) -> Quote | None:
    """The quote beside the balance that was read last; None when that is in another currency."""
    if quote is None or quote.currency != listed.currency:
        return None
    return structs.replace(quote, balance=listed.balance, created_at=now)
