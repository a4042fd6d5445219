"""Buying and prolonging, by a call, on the site or by automatic renewal. All or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from .errors import Refusal
from .market import rounded
from .model import MTPROTO, Account, By, Proxy, Spend
from .shop import Shop


class Purchase(Struct, kw_only=True, frozen=True):
    """What a customer wants to buy: `count` proxies for `period` days."""

    count: int
    period: int
    country: str
    version: str = "6"
    type: str = "http"
    comment: str = ""
    auto_prolong: bool = False


class Payment(Struct, kw_only=True, frozen=True):
    """A spend with its proxies; `single` is the price of one for one day, None when the batch mixes kinds."""

    spend: Spend
    single: Decimal | None
    proxies: tuple[Proxy, ...]


def buy(shop: Shop, account: Account, purchase: Purchase, *, by: By = "api") -> Payment:
    """Takes stock and money. Refusal 300 (stock), 410 (no price), 400 (money)."""
    if shop.market.count(purchase.country, purchase.version) < purchase.count:
        raise Refusal(300)
    price = shop.market.price(purchase.version, purchase.period, purchase.count, account.currency)
    _pay(account, price)
    shop.market.take(purchase.country, purchase.version, purchase.count)
    proxies = _deliver(shop, account, purchase)
    spend = _book(shop, account, "buy", proxies, price, purchase.period, by, shop.clock.now())
    single = shop.market.single(purchase.version, purchase.period, account.currency)
    return Payment(spend=spend, single=single, proxies=proxies)


def prolong(
    shop: Shop,
    account: Account,
    ids: Sequence[int],
    period: int,
    *,
    by: By = "api",
    at: datetime | None = None,
) -> Payment:
    """Moves the ends. Refusal 404 (an id that is not the account's), 230 (not prolonged here), 410, 400."""
    now = at or shop.clock.now()
    proxies = tuple(found(account, ids))
    if shop.rules.prolong_expired == "refuse" and any(proxy.ends_at <= now for proxy in proxies):
        raise Refusal(404)
    if not all(_is_prolonged(shop, proxy) for proxy in proxies):
        raise Refusal(230)
    price = _price(shop, account, proxies, period)
    _pay(account, price)
    for proxy in proxies:
        proxy.ends_at = _start(shop, proxy, now) + timedelta(days=period)
    spend = _book(shop, account, "prolong", proxies, price, period, by, now)
    versions = {proxy.version for proxy in proxies}
    single = shop.market.single(versions.pop(), period, account.currency) if len(versions) == 1 else None
    return Payment(spend=spend, single=single, proxies=proxies)


def found(account: Account, ids: Sequence[int]) -> list[Proxy]:
    """The account's proxies of these ids. Refusal 404 when one is not among them."""
    try:
        return [account.proxies[one] for one in ids]
    except KeyError:
        raise Refusal(404) from None


def _is_prolonged(shop: Shop, proxy: Proxy) -> bool:
    is_sold = proxy.version in shop.market.stock
    return is_sold and (proxy.version != MTPROTO or shop.rules.prolongs_mtproto)


def _price(shop: Shop, account: Account, proxies: Sequence[Proxy], period: int) -> Decimal:
    counts: dict[str, int] = {}
    for proxy in proxies:
        counts[proxy.version] = counts.get(proxy.version, 0) + 1
    prices = (shop.market.price(version, period, n, account.currency) for version, n in counts.items())
    return sum(prices, Decimal())


def _pay(account: Account, price: Decimal) -> None:
    if account.balance < price:
        raise Refusal(400)
    account.balance = rounded(account.balance - price)


def _start(shop: Shop, proxy: Proxy, now: datetime) -> datetime:
    """An active proxy goes on from its end; an expired one from now, unless the rules say otherwise."""
    if shop.rules.prolong_expired == "from_end":
        return proxy.ends_at
    return max(proxy.ends_at, now.replace(microsecond=0))


def _deliver(shop: Shop, account: Account, purchase: Purchase) -> tuple[Proxy, ...]:
    now = shop.clock.now().replace(microsecond=0)
    proxies = tuple(
        shop.generator.proxy(
            version=purchase.version,
            country=purchase.country,
            type=purchase.type,
            bought_at=now,
            period=purchase.period,
            comment=purchase.comment,
            auto_prolong=purchase.auto_prolong,
        )
        for _ in range(purchase.count)
    )
    account.proxies.update((proxy.id, proxy) for proxy in proxies)
    return proxies


def _book(
    shop: Shop,
    account: Account,
    kind: Literal["buy", "prolong"],
    proxies: Sequence[Proxy],
    price: Decimal,
    period: int,
    by: By,
    at: datetime,
) -> Spend:
    spend = Spend(
        order_id=shop.generator.order_id(),
        kind=kind,
        by=by,
        price=price,
        ids=tuple(proxy.id for proxy in proxies),
        period=period,
        at=at,
        balance_after=account.balance,
    )
    account.books.append(spend)
    shop.events.emit("spent", user_id=account.user_id, kind=kind, by=by, price=str(price), ids=spend.ids)
    return spend
