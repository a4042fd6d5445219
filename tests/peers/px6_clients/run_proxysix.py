"""proxysix: refuses fields that it does not know in getcount, getcountry and check."""

from __future__ import annotations

from types import SimpleNamespace

from proxy6.api import Proxy6  # type: ignore[import-not-found]
from proxy6.errors import Proxy6Error  # type: ignore[import-not-found]
from proxy6.types import ProxyType, ProxyVersion  # type: ignore[import-not-found]

from tests.peers.px6_clients.steps import Steps, pause, same, task

given = task()
px6 = Proxy6(given.key)
px6._base_url = f"{given.base}/{given.key}/"
steps = Steps(lambda error: error.code if isinstance(error, Proxy6Error) else None)
http, expired = SimpleNamespace(id=given.http), SimpleNamespace(id=given.expired)


def buys() -> None:
    bought = px6.buy(count=2, period=7, country="ru", description="peer", type=ProxyType.SOCKS5)
    same((bought.price, bought.price_single, len(bought.proxies)), (12.6, 0.9, 2))
    same({proxy.version for proxy in bought.proxies}, {ProxyVersion.IPv6})


def prolongs() -> None:
    chosen = [proxy for proxy in px6.get_proxies() if proxy.id in given.prolonged]
    pause()
    longer = px6.prolong(period=30, proxies=chosen)
    same([proxy.id for proxy in longer.proxies], given.prolonged)
    same(all(after.expires_at > one.expires_at for after, one in zip(longer.proxies, chosen, strict=True)), True)


steps.step("account", lambda: same(str(px6.get_account().balance), "640.50"))
steps.step("getprice", lambda: same(px6.get_price(count=100, period=30).price, 2100.0))
steps.step("getcount", lambda: same(px6.get_count(country="nl", version=ProxyVersion.IPv4), 120))
steps.step("getcountry", lambda: same("ru" in px6.get_countries(), True))
steps.step("getproxy", lambda: same(len(px6.get_proxies()), given.proxies))
steps.step("settype", lambda: px6.set_type(proxies=[http], type=ProxyType.SOCKS5))
steps.step("setdescr", lambda: same(px6.set_description(new="new name", proxies=[http]), 1))
steps.step("buy", buys)
steps.step("prolong", prolongs)
steps.step("delete", lambda: same(px6.delete(proxies=[expired]), 1))
steps.step("check", lambda: same(px6.is_proxy_valid(proxy_id=given.alive), True))
steps.report()
