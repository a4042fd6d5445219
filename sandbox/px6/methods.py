"""The methods of the document, the bare call, and the newer ipauth: parameters in, answer out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from ipaddress import ip_address

from . import spending
from .comments import kept_comment
from .errors import Refusal
from .market import CENT
from .model import MTPROTO, Account, Profile, Proxy
from .params import Params
from .shapes import Json, Shapes, number
from .shop import Shop

_PROXY_STRING = re.compile(r"(?P<ip>[^:\s]+):(?P<port>[^:\s]+):(?P<user>[^:\s]+):(?P<password>[^:\s]+)")


class Request:
    """A call of one account: its parameters, and what is needed to answer it."""

    def __init__(self, shop: Shop, account: Account, raw: dict[str, str]) -> None:
        self.shop = shop
        self.account = account
        self.params = Params(raw, shop.rules, shop.market.stock)
        self.now = shop.clock.now()
        self.current = shop.profile != "classic"
        self.newest = shop.profile == "newest"

    @property
    def shapes(self) -> Shapes:
        """Made when asked for: the balance may have changed since the call came in."""
        return Shapes(self.shop.profile, self.account, self.now, self.shop.rules)

    def known(self, ids: Sequence[int]) -> list[Proxy]:
        """The proxies of these ids; unknown ones refuse the call (404) or are skipped, as the rules say."""
        if self.shop.rules.unknown_ids == "skip":
            ids = [one for one in ids if one in self.account.proxies]
        return _some(spending.found(self.account, ids))

    def commented(self, comment: str) -> list[Proxy]:
        return _some([proxy for proxy in self.account.proxies.values() if proxy.comment == comment])


def bare(request: Request) -> Json:
    return request.shapes.whole_account()


def getprice(request: Request) -> Json:
    params, market, currency = request.params, request.shop.market, request.account.currency
    if request.current and not (params.has("count") or params.has("period") or params.has("version")):
        table = {v: {d: number(p) for d, p in days.items()} for v, days in market.table(currency).items()}
        return {**request.shapes.account(), "data": table}
    count, period, version = params.count(), params.period(), params.version()
    price = number(market.price(version, period, count, currency))
    single = number(market.single(version, period, currency))
    return {**request.shapes.account(), "price": price, "price_single": single, "period": period, "count": count}


def getcount(request: Request) -> Json:
    """Of a version in a country; of the newest px6 without arguments everything."""
    params = request.params
    if request.newest and not (params.has("country") or params.has("version")):
        return {**request.shapes.account(), "count": request.shop.market.stock}
    country, version = params.country(), params.version()
    return {**request.shapes.account(), "count": request.shop.market.count(country, version)}


def getcountry(request: Request) -> Json:
    return {**request.shapes.account(), "list": request.shop.market.countries(request.params.version())}


def getproxy(request: Request) -> Json:
    state, comment, (page, limit) = request.params.state(), request.params.filled("descr"), request.params.page()
    fitting = [
        proxy
        for proxy in request.account.proxies.values()
        if _in_state(request, proxy, state) and comment in (None, proxy.comment)
    ]
    shown = fitting[(page - 1) * limit : page * limit]
    return request.shapes.page(shown, page, nokey=request.params.has("nokey"))


def settype(request: Request) -> Json:
    ids, protocol = request.params.ids(), request.params.protocol()
    others = [proxy for proxy in request.known(ids) if proxy.type != protocol]
    if not others:
        raise Refusal(30)
    for proxy in others:
        proxy.type = protocol
    return request.shapes.account()


def setdescr(request: Request) -> Json:
    new, old = request.params.new_comment(), request.params.comment("old")
    proxies = _chosen(request, old)
    for proxy in proxies:
        proxy.comment = kept_comment(new, request.shop.rules.comments)
    return {**request.shapes.account(), "count": len(proxies)}


def buy(request: Request) -> Json:
    params = request.params
    version = params.version()
    purchase = spending.Purchase(
        count=min(params.count(), request.shop.rules.does_at_most or params.count()),
        period=params.period(),
        country=params.country(),
        version=version,
        type=_bought_type(request, version),
        comment=kept_comment(params.comment(), request.shop.rules.comments),
        auto_prolong=params.has("auto_prolong"),
    )
    paid = spending.buy(request.shop, request.account, purchase)
    return {
        **_paid(request, paid),
        "country": purchase.country,
        "list": request.shapes.bought(_named(request, paid), nokey=params.has("nokey")),
    }


def _bought_type(request: Request, version: str) -> str:
    """MTProto has no type to ask for: 260."""
    if version == MTPROTO and request.params.has("type"):
        raise Refusal(260)
    return request.shop.type_of(version, request.params.protocol("http"))


def prolong(request: Request) -> Json:
    period, ids = request.params.period(), request.params.ids()
    paid = spending.prolong(request.shop, request.account, ids[: request.shop.rules.does_at_most], period)
    return {
        **_paid(request, paid),
        "list": request.shapes.prolonged(_named(request, paid), nokey=request.params.has("nokey")),
    }


def delete(request: Request) -> Json:
    proxies = _chosen(request, request.params.comment())
    for proxy in proxies:
        del request.account.proxies[proxy.id]
        if request.shop.rules.delete_refunds:
            request.account.balance += _refund(request, proxy)
    return {**request.shapes.account(), "count": len(proxies)}


def check(request: Request) -> Json:
    """One proxy for each call; an expired one is not valid."""
    if request.current and request.params.has("proxy"):
        return _check_string(request)
    ids = request.params.ids()
    if len(ids) != 1:
        raise Refusal(230)
    (proxy,) = spending.found(request.account, ids)
    return request.shapes.checked(proxy.id, _alive(request, proxy), _seconds(proxy))


def ipauth(request: Request) -> Json:
    raw = request.params.filled("ip") or ""
    addresses = () if raw == "delete" else tuple(raw.split(","))
    try:
        request.account.bound_addresses = tuple(str(ip_address(one)) for one in addresses)
    except ValueError:
        raise Refusal(105) from None
    return request.shapes.account()


METHODS: dict[str, Callable[[Request], Json]] = {
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
METHODS_OF: Mapping[Profile, Mapping[str, Callable[[Request], Json]]] = {
    "classic": METHODS,
    "current": NEWER_METHODS,
    "newest": {name: method for name, method in NEWER_METHODS.items() if name != "settype"},
}


def _some(proxies: list[Proxy]) -> list[Proxy]:
    if not proxies:
        raise Refusal(404)
    return proxies


def _chosen(request: Request, comment: str) -> list[Proxy]:
    """By ids or by comment; with both, those of the ids that carry the comment."""
    if not request.params.has("ids"):
        if not comment:
            raise Refusal(230)
        return request.commented(comment)
    proxies = request.known(request.params.ids())
    return _some([proxy for proxy in proxies if comment in ("", proxy.comment)])


def _in_state(request: Request, proxy: Proxy, state: str) -> bool:
    left = proxy.ends_at - request.now
    return {
        "all": True,
        "active": left.total_seconds() > 0,
        "expired": left.total_seconds() <= 0,
        "expiring": 0 < left.total_seconds() <= request.shop.rules.expiring.total_seconds(),
    }[state]


def _paid(request: Request, payment: spending.Payment) -> Json:
    spend = payment.spend
    return request.shapes.paid(
        price=spend.price,
        single=payment.single,
        period=spend.period,
        count=len(_named(request, payment)),
        order_id=spend.order_id,
    )


def _named(request: Request, payment: spending.Payment) -> Sequence[Proxy]:
    return payment.proxies[: request.shop.rules.names_at_most]


def _refund(request: Request, proxy: Proxy) -> Decimal:
    days = max(0, (proxy.ends_at - request.now).days)
    return (request.shop.market.single(proxy.version, proxy.period, request.account.currency) * days).quantize(CENT)


def _check_string(request: Request) -> Json:
    """`ip:port:user:pass`: 280 when it is not of that form, 270 for a port out of range."""
    match = _PROXY_STRING.fullmatch(request.params.filled("proxy") or "")
    if match is None:
        raise Refusal(280)
    port = match["port"]
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise Refusal(270)
    wanted = (match["ip"], int(port), match["user"], match["password"])
    for proxy in request.account.proxies.values():
        if (proxy.host, proxy.port, proxy.user, proxy.password) == wanted:
            return request.shapes.checked(None, _alive(request, proxy), _seconds(proxy))
    return request.shapes.checked(None, False, 0.0)


def _alive(request: Request, proxy: Proxy) -> bool:
    return proxy.alive and proxy.ends_at > request.now


def _seconds(proxy: Proxy) -> float:
    """Made up, the same for a proxy each time."""
    return 0.1 + proxy.id % 900 / 1000
