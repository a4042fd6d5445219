"""The answers' shapes, in every profile.

`classic` is the document: the balance is a string except in buy and prolong, ids are strings except in
prolong. `current` is what newer servers send: `date_mod` everywhere, `email` and `balance_ref` in the bare call,
`version` and ISO dates in items, `order_id`, `page`, `proxy_time`, and strings for price and period where something
was paid. `newest` has the shapes of `current`; an MTProto item has a secret in place of login and password.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from .market import rounded
from .model import MTPROTO, Account, Profile, Proxy, Rules

MOSCOW = timezone(timedelta(hours=3))

Json = dict[str, object]


def moscow(at: datetime) -> str:
    """px6 writes its dates in Moscow time."""
    return at.astimezone(MOSCOW).replace(microsecond=0, tzinfo=None).isoformat(" ")


def unixtime(at: datetime) -> int:
    return int(at.timestamp())


def number(amount: Decimal) -> int | float:
    """As PHP prints it: 1800, 6.3."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


class Shapes:
    """Writes the answers of one account at one moment."""

    def __init__(self, profile: Profile, account: Account, now: datetime, rules: Rules) -> None:
        self._current = profile != "classic"
        self._secret_in = rules.secret_in
        self._account = account
        self._now = now

    def account(self) -> Json:
        reply: Json = {
            "status": "yes",
            "user_id": self._account.user_id,
            "balance": str(rounded(self._account.balance)),
            "currency": self._account.currency,
        }
        if self._current:
            reply["date_mod"] = moscow(self._now)
        return reply

    def whole_account(self) -> Json:
        """The answer to the call without a method; newer servers put more of the customer into it."""
        reply = self.account()
        if self._current:
            reply |= {"balance_ref": "0.00", "email": f"customer{self._account.user_id}@example.com"}
        return reply

    def paid(self, *, price: Decimal, single: Decimal | None, period: int, count: int, order_id: int) -> Json:
        """What buy and prolong have in common. `single` None: the batch mixes kinds."""
        reply = self.account()
        if self._current:
            reply |= {"order_id": order_id, "price": str(price), "period": str(period), "count": count}
        else:
            balance = number(rounded(self._account.balance))
            reply |= {"balance": balance, "price": number(price), "period": period, "count": count}
        if single is not None:
            reply["price_single"] = number(single)
        return reply

    def page(self, proxies: list[Proxy], page: int, *, nokey: bool) -> Json:
        items = [self._owned(proxy) for proxy in proxies]
        reply = {**self.account(), "list_count": len(items), "list": keyed(items, nokey=nokey)}
        return {**reply, "page": page} if self._current else reply

    def bought(self, proxies: Iterable[Proxy], *, nokey: bool) -> list[Json] | dict[str, Json]:
        """Items of buy have neither country nor comment."""
        return keyed([self._item(proxy) for proxy in proxies], nokey=nokey)

    def prolonged(self, proxies: Iterable[Proxy], *, nokey: bool) -> list[Json] | dict[str, Json]:
        items: list[Json] = [
            {"id": proxy.id, "date_end": moscow(proxy.ends_at), "unixtime_end": unixtime(proxy.ends_at)}
            for proxy in proxies
        ]
        return keyed(items, nokey=nokey)

    def checked(self, proxy_id: int | None, alive: bool, seconds: float) -> Json:
        reply = {**self.account(), "proxy_id": proxy_id, "proxy_status": alive}
        return {**reply, "proxy_time": seconds} if self._current else reply

    def _item(self, proxy: Proxy) -> Json:
        item: Json = {
            "id": str(proxy.id),
            "ip": proxy.ip,
            "host": proxy.host,
            "port": str(proxy.port),
            "user": proxy.user,
            "pass": proxy.password,
            "type": proxy.type,
            "date": moscow(proxy.bought_at),
            "date_end": moscow(proxy.ends_at),
            "unixtime": unixtime(proxy.bought_at),
            "unixtime_end": unixtime(proxy.ends_at),
            "active": "1" if proxy.ends_at > self._now else "0",
        }
        if self._current:
            item |= {
                "version": proxy.version,
                "date_iso": proxy.bought_at.astimezone(MOSCOW).isoformat(),
                "date_end_iso": proxy.ends_at.astimezone(MOSCOW).isoformat(),
            }
        if proxy.version == MTPROTO and proxy.secret:
            item |= {"user": "", "pass": "", self._secret_in: proxy.secret}
        return item

    def _owned(self, proxy: Proxy) -> Json:
        return {**self._item(proxy), "country": proxy.country, "descr": proxy.comment}


def keyed(items: list[Json], *, nokey: bool) -> list[Json] | dict[str, Json]:
    """An object by id; an array with `nokey`; `[]` when empty, as PHP writes any empty array."""
    if nokey or not items:
        return items
    return {str(item["id"]): item for item in items}
