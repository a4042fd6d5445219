"""A px6 that is far away, counts strictly and costs little, for benchmarks.sweep: a process of its own.

It prints its port. The key says what it answers (`benchmarks/customers.py`); `/stats` tells what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from benchmarks.customers import HANGS, proxies_of
from benchmarks.strict_px6 import Counting

ONE_WAY = 0.125  # seconds
PRICES = {"3": 1.1, "4": 4.0, "6": 0.7}  # of one proxy for one day, by version


class FarPx6:
    """Answers getproxy and getprice as newer servers do, half a round trip after they were counted."""

    def __init__(self, now: datetime) -> None:
        self._now, self._counting = now, Counting()
        self._asked: Counter[str] = Counter()
        self._lists: Counter[str] = Counter()  # by key

    async def call(self, request: web.Request) -> web.Response:
        key, method = request.match_info["key"], request.match_info["method"]
        await asyncio.sleep(ONE_WAY)
        self._asked[method] += 1
        self._lists[key] += method == "getproxy"
        if not self._counting.admit(key):
            self._asked["429"] += 1
            return web.Response(status=429)
        if key.startswith(HANGS):
            await asyncio.Event().wait()
        body = self._answer(key, method, request.query)
        await asyncio.sleep(ONE_WAY)
        return web.Response(body=body, content_type="application/json")

    async def stats(self, _: web.Request) -> web.Response:
        """How often each method was asked for since this was last asked, "429", and the most lists of one key."""
        asked, most = self._asked, max(self._lists.values(), default=0)
        self._asked, self._lists = Counter(), Counter()
        return web.json_response(asked | {"most lists": most})

    def _answer(self, key: str, method: str, query: Mapping[str, str]) -> bytes:
        if method == "getprice" and "count" not in query:  # it has no table of prices
            return json.dumps({"status": "no", "error_id": 200, "error": "Error count"}).encode()
        person = key.rpartition("-")[2]
        reply: dict[str, object] = {"status": "yes", "user_id": person, "balance": "5000.00", "currency": "RUB"}
        reply["date_mod"] = "2026-11-28 12:00:00"
        if method == "getproxy":
            items = proxies_of(key, self._now)
            reply |= {"list_count": len(items), "list": items, "page": 1}
        if method == "check":
            reply |= {"proxy_id": int(query["ids"]), "proxy_status": True, "proxy_time": 0.4}
        if method == "getprice":
            count, period = int(query["count"]), int(query["period"])
            single = PRICES[query["version"]]
            price = round(single * count * period, 2)
            reply |= {"price": price, "price_single": single, "period": period, "count": count}
        return json.dumps(reply).encode()


async def main(now: datetime) -> None:
    px6, application = FarPx6(now), web.Application()
    application.router.add_get("/stats", px6.stats)
    application.router.add_get("/api/{key}/{method}/", px6.call)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(datetime.fromtimestamp(float(sys.argv[1]), UTC)))
