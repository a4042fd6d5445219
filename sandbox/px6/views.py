"""What can be looked at under `/sandbox/`. Keys of accounts are shown, keys in the list of calls are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from .model import Account, Call, Fault, Proxy
from .state import Px6State

Json = dict[str, object]


class Query:
    """The query of a look. ValueError or LookupError when something is malformed or missing."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self._raw = raw

    def key(self) -> str:
        if "key" not in self._raw:
            raise ValueError("key is missing")
        return self._raw["key"]

    def text(self, name: str) -> str | None:
        return self._raw.get(name)

    def after(self) -> int:
        return int(self._raw.get("after", 0))


def account(state: Px6State, one: Account) -> Json:
    now = state.clock.now()
    active = sum(proxy.ends_at > now for proxy in one.proxies.values())
    return {
        "key": one.key,
        "user_id": one.user_id,
        "balance": str(one.balance),
        "currency": one.currency,
        "revoked": one.key in state.revoked,
        "allowed_addresses": one.allowed_addresses,
        "bound_addresses": one.bound_addresses,
        "proxies": len(one.proxies),
        "active": active,
        "meter": state.meter(one.key),
        "limit": state.rules.limit,
    }


def proxy(state: Px6State, one: Proxy) -> Json:
    """All but login, password and secret."""
    shown = {name: getattr(one, name) for name in one.__struct_fields__ if name not in ("user", "password", "secret")}
    return {**shown, "active": one.ends_at > state.clock.now()}


def call(state: Px6State, one: Call) -> Json:
    owner = state.accounts.get(one.key)
    return {
        **msgspec.structs.asdict(one),
        "key": f"…{one.key[-4:]}" if owner else "…",
        "user_id": owner.user_id if owner else None,
    }


def fault(one: Fault) -> Json:
    return {name: value for name, value in msgspec.structs.asdict(one).items() if name != "until"}


def see_state(state: Px6State, query: Query) -> Json:
    return {
        "profile": state.profile,
        "clock": see_clock(state, query),
        "rules": see_rules(state, query),
        "faults": see_faults(state, query),
        "accounts": see_accounts(state, query),
        "calls": len(state.calls),
        "connections": state.connections,
    }


def see_accounts(state: Px6State, query: Query) -> list[Json]:
    state.renew_due()
    return [account(state, one) for one in state.customers()]


def see_proxies(state: Px6State, query: Query) -> list[Json]:
    state.renew_due()
    return [proxy(state, one) for one in state.account(query.key()).proxies.values()]


def see_books(state: Px6State, query: Query) -> object:
    return state.books(query.key())


def see_calls(state: Px6State, query: Query) -> list[Json]:
    """Those numbered higher than `after`."""
    return [call(state, one) for one in state.calls if one.number > query.after()]


def see_stock(state: Px6State, query: Query) -> object:
    return state.market.stock


def see_prices(state: Px6State, query: Query) -> object:
    """RUB for one proxy and day, by version and the days from which the rate holds."""
    return state.market.per_day


def see_price_levels(state: Px6State, query: Query) -> object:
    """Percent of the list price, by version."""
    return state.market.levels


def see_faults(state: Px6State, query: Query) -> list[Json]:
    state.faults.down_for()  # forgets those whose time is over
    return [fault(one) for one in state.faults.waiting]


def see_clock(state: Px6State, query: Query) -> Json:
    return {"now": state.clock.now(), "offset_seconds": state.clock.offset.total_seconds()}


def see_rules(state: Px6State, query: Query) -> object:
    """Lengths of time are in seconds."""
    rules = msgspec.structs.asdict(state.rules)
    return {
        name: value.total_seconds() if hasattr(value, "total_seconds") else value for name, value in rules.items()
    }


VIEWS: dict[str, Callable[[Px6State, Query], object]] = {
    "state": see_state,
    "accounts": see_accounts,
    "proxies": see_proxies,
    "books": see_books,
    "calls": see_calls,
    "stock": see_stock,
    "prices": see_prices,
    "price-levels": see_price_levels,
    "faults": see_faults,
    "clock": see_clock,
    "rules": see_rules,
}
