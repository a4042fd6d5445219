"""proxy-6: its prolong forgets the `&` between period and ids."""

from __future__ import annotations

from typing import Any

import requests
from proxy6_api.exceptions import MethodError  # type: ignore[import-not-found]
from proxy6_api.proxy6 import Proxy6  # type: ignore[import-not-found]

from tests.peers.px6_clients.steps import Steps, same, task

given = task()
_get = requests.get


def get(url: str) -> Any:
    return _get(url.replace("https://proxy6.net/api", given.base), timeout=30)


requests.get = get  # type: ignore[assignment]
px6 = Proxy6(given.key)
steps = Steps(lambda error: error.args[0] if isinstance(error, MethodError) else None)

steps.step("account", lambda: same(px6.balance(), "640.50"))
steps.step("getprice", lambda: same(px6.get_price(100, 30, 6), 2100))
steps.step("getcount", lambda: same(px6.get_count("nl", 4), 120))
steps.step("getcountry", lambda: same("ru" in px6.get_country(6), True))
steps.step("getproxy", lambda: same(len(px6.get_proxy()), given.proxies))
steps.step("settype", lambda: px6.set_type(given.http, "socks"))
steps.step("setdescr", lambda: same(px6.set_descr("new", ids=given.http), 1))
steps.step("buy", lambda: same(len(px6.buy(2, 7, "ru", version=6, types="http")), 2))
steps.step("prolong", lambda: px6.prolong(30, ",".join(map(str, given.prolonged))))
steps.step("delete", lambda: same(px6.delete(ids=given.expired), 1))
steps.step("check", lambda: same(px6.check(given.alive), True))
steps.report()
