"""proxy6api: its prolong breaks in the client after px6 has done it."""

from __future__ import annotations

from typing import Any

from proxy6api.client import Proxy_6_Client  # type: ignore[import-not-found]
from proxy6api.settings import ErrorInfo  # type: ignore[import-not-found]

from tests.peers.px6_clients.steps import Steps, same, task


class Refused(Exception):
    """The client answers refusals instead of raising them."""


def said(answer: Any) -> Any:
    if isinstance(answer, ErrorInfo):
        raise Refused(answer.error_id)
    return answer


given = task()
px6 = Proxy_6_Client(given.key)
px6._url = given.base
steps = Steps(lambda error: error.args[0] if isinstance(error, Refused) else None)


def buys() -> None:
    bought = said(px6.buy(2, 7, "ru", type="socks", descr="peer"))
    same((bought.count, bought.price, len(bought.proxies_list)), (2, 12.6, 2))


def lists() -> None:
    shown = said(px6.get_proxy(state="all"))
    same((shown.list_count, len(shown.proxies_list), shown.page), (given.proxies, given.proxies, 1))


steps.step("account", lambda: same(said(px6.balance).balance, 640.5))
steps.step("getprice", lambda: same(said(px6.get_price(100, 30, 6)).price, 2100.0))
steps.step("getcount", lambda: same(said(px6.get_count_in_country("nl", 4)).count, 120))
steps.step("getcountry", lambda: same("ru" in said(px6.get_countries()).countries_list, True))
steps.step("getproxy", lists)
steps.step("settype", lambda: said(px6.set_type([given.http], "socks")))
steps.step("setdescr", lambda: same(said(px6.set_descr("new", ids=[given.http])).count, 1))
steps.step("buy", buys)
steps.step("prolong", lambda: said(px6.prolong(30, given.prolonged)))
steps.step("delete", lambda: same(said(px6.delete([given.expired])).count, 1))
steps.step("check", lambda: same(said(px6.check([given.alive])).proxy_status, True))
steps.report()
