"""The ten methods of the document, the bare call, and the newer ipauth: parameters in, answer out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from ipaddress import ip_address

from . import spending
from .comments import kept_comment
from .errors import Refusal
from .market import CENT
from .model import Account, Proxy
from .params import Params
from .shapes import Json, Shapes, number
from .shop import Shop

_PROXY_STRING = re.compile(r"(?P<ip>[^:\s]+):(?P<port>[^:\s]+):(?P<user>[^:\s]+):(?P<password>[^:\s]+)")


class Ask:
    """One call of one account, ready to be answered."""

    def __init__(self, shop: Shop, account: Account, raw: dict[str, str]) -> None:
        self.shop = shop
        self.account = account
        self.params = Params(raw, shop.rules)
        self.now = shop.clock.now()
        self.current = shop.profile == "current"

    @property
    def shapes(self) -> Shapes:
        """Made when asked for: the balance may have changed since the call came in."""
        return Shapes(self.shop.profile, self.account, self.now)

    def known(self, ids: Sequence[int]) -> list[Proxy]:
        """The proxies of these ids; unknown ones refuse the call (404) or are skipped, as the rules say."""
        if self.shop.rules.unknown_ids == "skip":
            ids = [one for one in ids if one in self.account.proxies]
        return _some(spending.found(self.account, ids))

    def commented(self, comment: str) -> list[Proxy]:
        return _some([proxy for proxy in self.account.proxies.values() if proxy.comment == comment])


def bare(ask: Ask) -> Json:
    return ask.shapes.whole_account()


def getprice(ask: Ask) -> Json:
    params, market, currency = ask.params, ask.shop.market, ask.account.currency
    if ask.current and not (params.has("count") or params.has("period") or params.has("version")):
        table = {v: {d: number(p) for d, p in days.items()} for v, days in market.table(currency).items()}
        return {**ask.shapes.account(), "data": table}
    count, period, version = params.count(), params.period(), params.version()
    price = number(market.price(version, period, count, currency))
    single = number(market.single(version, period, currency))
    return {**ask.shapes.account(), "price": price, "price_single": single, "period": period, "count": count}


def getcount(ask: Ask) -> Json:
    country, version = ask.params.country(), ask.params.version()
    return {**ask.shapes.account(), "count": ask.shop.market.count(country, version)}


def getcountry(ask: Ask) -> Json:
    return {**ask.shapes.account(), "list": ask.shop.market.countries(ask.params.version())}


def getproxy(ask: Ask) -> Json:
    state, comment, (page, limit) = ask.params.state(), ask.params.filled("descr"), ask.params.page()
    fitting = [
        proxy
        for proxy in ask.account.proxies.values()
        if _in_state(ask, proxy, state) and comment in (None, proxy.comment)
    ]
    shown = fitting[(page - 1) * limit : page * limit]
    return ask.shapes.page(shown, page, nokey=ask.params.has("nokey"))


def settype(ask: Ask) -> Json:
    ids, protocol = ask.params.ids(), ask.params.protocol()
    others = [proxy for proxy in ask.known(ids) if proxy.type != protocol]
    if not others:
        raise Refusal(30)
    for proxy in others:
        proxy.type = protocol
    return ask.shapes.account()


def setdescr(ask: Ask) -> Json:
    new, old = ask.params.new_comment(), ask.params.comment("old")
    proxies = _chosen(ask, old)
    for proxy in proxies:
        proxy.comment = kept_comment(new, ask.shop.rules.comments)
    return {**ask.shapes.account(), "count": len(proxies)}


def buy(ask: Ask) -> Json:
    params = ask.params
    wish = spending.Wish(
        count=min(params.count(), ask.shop.rules.does_at_most or params.count()),
        period=params.period(),
        country=params.country(),
        version=params.version(),
        type=params.protocol("http"),
        comment=kept_comment(params.comment(), ask.shop.rules.comments),
        auto_prolong=params.has("auto_prolong"),
    )
    paid = spending.buy(ask.shop, ask.account, wish)
    return {
        **_paid(ask, paid),
        "country": wish.country,
        "list": ask.shapes.bought(_named(ask, paid), nokey=params.has("nokey")),
    }


def prolong(ask: Ask) -> Json:
    period, ids = ask.params.period(), ask.params.ids()
    paid = spending.prolong(ask.shop, ask.account, ids[: ask.shop.rules.does_at_most], period)
    return {**_paid(ask, paid), "list": ask.shapes.prolonged(_named(ask, paid), nokey=ask.params.has("nokey"))}


def delete(ask: Ask) -> Json:
    proxies = _chosen(ask, ask.params.comment())
    for proxy in proxies:
        del ask.account.proxies[proxy.id]
        if ask.shop.rules.delete_refunds:
            ask.account.balance += _refund(ask, proxy)
    return {**ask.shapes.account(), "count": len(proxies)}


def check(ask: Ask) -> Json:
    """One proxy for each call; an expired one is not valid."""
    if ask.current and ask.params.has("proxy"):
        return _check_string(ask)
    ids = ask.params.ids()
    if len(ids) != 1:
        raise Refusal(230)
    (proxy,) = spending.found(ask.account, ids)
    return ask.shapes.checked(proxy.id, _alive(ask, proxy), _seconds(proxy))


def ipauth(ask: Ask) -> Json:
    raw = ask.params.filled("ip") or ""
    addresses = () if raw == "delete" else tuple(raw.split(","))
    try:
        ask.account.bound_addresses = tuple(str(ip_address(one)) for one in addresses)
    except ValueError:
        raise Refusal(105) from None
    return ask.shapes.account()


METHODS: dict[str, Callable[[Ask], Json]] = {
    "": bare,
    "getprice": getprice,
    "getcount": getcount,
    "getcountry": getcountry,
    "getproxy": getproxy,
    "settype": settype,
    "setdescr": setdescr,
    "buy": buy,
    "prolong": prolong,
    "delete": delete,
    "check": check,
}
NEWER_METHODS = {**METHODS, "ipauth": ipauth}


def _some(proxies: list[Proxy]) -> list[Proxy]:
    if not proxies:
        raise Refusal(404)
    return proxies


def _chosen(ask: Ask, comment: str) -> list[Proxy]:
    """By ids or by comment; with both, those of the ids that carry the comment."""
    if not ask.params.has("ids"):
        if not comment:
            raise Refusal(230)
        return ask.commented(comment)
    proxies = ask.known(ask.params.ids())
    return _some([proxy for proxy in proxies if comment in ("", proxy.comment)])


def _in_state(ask: Ask, proxy: Proxy, state: str) -> bool:
    left = proxy.ends_at - ask.now
    return {
        "all": True,
        "active": left.total_seconds() > 0,
        "expired": left.total_seconds() <= 0,
        "expiring": 0 < left.total_seconds() <= ask.shop.rules.expiring.total_seconds(),
    }[state]


def _paid(ask: Ask, paid: spending.Paid) -> Json:
    spend = paid.spend
    return ask.shapes.paid(
        price=spend.price,
        single=paid.single,
        period=spend.period,
        count=len(_named(ask, paid)),
        order_id=spend.order_id,
    )


def _named(ask: Ask, paid: spending.Paid) -> Sequence[Proxy]:
    return paid.proxies[: ask.shop.rules.names_at_most]


def _refund(ask: Ask, proxy: Proxy) -> Decimal:
    days = max(0, (proxy.ends_at - ask.now).days)
    return (ask.shop.market.single(proxy.version, proxy.period, ask.account.currency) * days).quantize(CENT)


def _check_string(ask: Ask) -> Json:
    """`ip:port:user:pass`: 280 when it is not of that form, 270 for a port out of range."""
    match = _PROXY_STRING.fullmatch(ask.params.filled("proxy") or "")
    if match is None:
        raise Refusal(280)
    port = match["port"]
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise Refusal(270)
    wanted = (match["ip"], int(port), match["user"], match["password"])
    for proxy in ask.account.proxies.values():
        if (proxy.host, proxy.port, proxy.user, proxy.password) == wanted:
            return ask.shapes.checked(None, _alive(ask, proxy), _seconds(proxy))
    return ask.shapes.checked(None, False, 0.0)


def _alive(ask: Ask, proxy: Proxy) -> bool:
    return proxy.alive and proxy.ends_at > ask.now


def _seconds(proxy: Proxy) -> float:
    """Made up, the same for a proxy each time."""
    return 0.1 + proxy.id % 900 / 1000
