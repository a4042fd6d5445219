"""proxy6net-api: its buy sends the version's name instead of its number."""

from __future__ import annotations

from proxy6net_api import Proxy6API, Proxy6Exception, proxy6config  # type: ignore[import-not-found]

from tests.peers.px6_clients.steps import Steps, same, task

given = task()
proxy6config.API_URL = given.base + "/{api_token}/{method}"
px6 = Proxy6API(given.key)
steps = Steps(lambda error: error.code if isinstance(error, Proxy6Exception) else None)
proxies = {int(proxy.id): proxy for proxy in px6.get_proxies()}


def prolongs() -> None:
    chosen = [proxies[one] for one in given.prolonged]
    before = [proxy.date_end for proxy in chosen]
    px6.prolong_proxies(*chosen, days=30)
    same(all(str(proxy.date_end) > str(end) for proxy, end in zip(chosen, before, strict=True)), True)


steps.step("account", lambda: same(px6.get_balance().balance, 640.5))
steps.step("getprice", lambda: same(px6.get_price(count=10, days=30, ipv="IPV4").price, 1200.0))
steps.step("getcount", lambda: same(px6.get_available_count(country_code="nl", ipv="IPV4"), 120))
steps.step("getcountry", lambda: same("ru" in px6.get_available_countries(ipv="IPV6"), True))
steps.step("getproxy", lambda: same(len(px6.get_proxies(state="all")), given.proxies))
steps.step("settype", lambda: px6.set_protocol(proxies[given.http], protocol="socks"))
steps.step("setdescr", lambda: px6.set_descr(proxies[given.http], descr="new name"))
steps.step("buy", lambda: px6.buy_proxies(count=1, days=7, country_code="ru", ipv="IPV6"))
steps.step("prolong", prolongs)
steps.step("delete", lambda: px6.delete_proxies(proxies[given.expired]))
steps.step("check", lambda: same(px6.check_proxy(proxies[given.alive]), True))
steps.step("ipauth", lambda: px6.ip_auth("192.0.2.1", "2001:db8::1"))
steps.report()
