"""aioproxy6: every method; its getbalance is none of the document's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aioproxy6.client import (  # type: ignore[import-not-found]
    ProxyState,
    ProxyType,
    ProxyVersion,
    PX6Client,
    PX6Exception,
)

from tests.peers.px6_clients.steps import Steps, pause, same, task

given = task()
PX6Client.BASE_URL = given.base
px6 = PX6Client(given.key)
steps = Steps(lambda error: error.error_id if isinstance(error, PX6Exception) else None)


async def buys() -> None:
    bought = await px6.buy_proxies(2, 7, "ru", descr="peer", proxy_type=ProxyType.SOCKS)
    same((bought.count, bought.price, bought.country), (2, 12.6, "ru"))
    same([proxy.type for proxy in bought.proxies_list], ["socks", "socks"])
    same(all(proxy.active for proxy in bought.proxies_list), True)


async def lists() -> None:
    shown = await px6.get_proxies(ProxyState.ALL)
    same((shown.list_count, len(shown.proxies_list)), (given.proxies, given.proxies))
    pause()
    shown = await px6.get_proxies(nokey=True, page=2, limit=given.proxies - 1)
    same(len(shown.proxies_list), 1)


async def prolongs() -> None:
    longer = await px6.prolong_proxies(given.prolonged, 30)
    same([proxy.id for proxy in longer.proxies], given.prolonged)
    same(longer.count, len(given.prolonged))


async def answers(call: Coroutine[None, None, Any], **wanted: object) -> None:
    answer = await call
    same({name: getattr(answer, name) for name in wanted}, wanted)


with asyncio.Runner() as runner:
    run = runner.run
    steps.step("getprice", lambda: run(answers(px6.get_price(100, 30), price=2100.0, price_single=0.7)))
    steps.step("getcount", lambda: run(answers(px6.get_count("nl", ProxyVersion.IPV4), count=120)))
    steps.step("getcountry", lambda: run(answers(px6.get_countries(), currency="RUB")))
    steps.step("getproxy", lambda: run(lists()))
    steps.step("settype", lambda: run(px6.set_proxy_type([given.http], ProxyType.SOCKS)))
    steps.step("setdescr", lambda: run(px6.set_description("new name", proxy_ids=[given.http])))
    steps.step("buy", lambda: run(buys()))
    steps.step("prolong", lambda: run(prolongs()))
    steps.step("delete", lambda: run(answers(px6.delete_proxies([given.expired]), count=1)))
    steps.step("check", lambda: run(answers(px6.check_proxy(given.alive), proxy_status=True)))
    steps.step("ipauth", lambda: run(px6.set_ip_auth(["192.0.2.1"])))
    steps.step("getbalance", lambda: run(px6.get_balance()))
    run(px6.__aexit__(None, None, None))
steps.report()
