"""What can be ordered under `/sandbox/`: a JSON body in, what came of it out. Unknown fields are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from . import views
from .demo import add_demo_account
from .model import FaultKind, Rules
from .spending import Purchase
from .state import Px6State

LOWEST_LEVEL = 10  # percent: below it cheap prices would round to nothing


class NewAccount(Struct, forbid_unknown_fields=True):
    """`demo` true: with the demo account's proxies and money."""

    key: str | None = None
    balance: Decimal = Decimal("500.00")
    currency: str = "RUB"
    demo: bool = False


class NewProxies(Struct, forbid_unknown_fields=True):
    """`hours` to the end may be negative."""

    key: str
    count: int = 1
    version: Literal["3", "4", "5", "6"] = "6"
    country: str = "ru"
    type: str | None = None
    period: int = 30
    hours: float | None = None
    comment: str = ""
    auto_prolong: bool = False
    alive: bool = True


class TopUp(Struct, forbid_unknown_fields=True):
    key: str
    amount: Decimal


class NewCurrency(Struct, forbid_unknown_fields=True):
    key: str
    currency: Literal["RUB", "USD"]


class Key(Struct, forbid_unknown_fields=True):
    key: str


class Restriction(Struct, forbid_unknown_fields=True):
    key: str
    addresses: list[str] = []


class ProlongOnSite(Struct, forbid_unknown_fields=True):
    key: str
    ids: list[int]
    period: int


class BuyOnSite(Purchase, forbid_unknown_fields=True, frozen=True, kw_only=True):
    key: str


class NewStock(Struct, forbid_unknown_fields=True):
    country: str
    version: str
    count: int


class NewPrices(Struct, forbid_unknown_fields=True):
    """RUB for one proxy and day, by the days from which the rate holds."""

    version: str
    per_day: dict[int, Decimal]


class NewPriceLevel(Struct, forbid_unknown_fields=True):
    """Percent of the list price; or by how many percent of it the price is to change, at least to `LOWEST_LEVEL`."""

    version: str
    percent: int | None = None
    change: int = 0


class NewFault(Struct, forbid_unknown_fields=True):
    """`method` may be several: the fault strikes whichever is called first."""

    kind: FaultKind
    method: str | tuple[str, ...] | None = None
    times: int | None = 1
    key: str | None = None
    seconds: float | None = None
    error_id: int = 30


class Nothing(Struct, forbid_unknown_fields=True):
    pass


class Move(Struct, forbid_unknown_fields=True):
    days: float = 0
    hours: float = 0
    seconds: float = 0


def add_account(state: Px6State, command: NewAccount) -> object:
    if command.demo:
        account = add_demo_account(state, command.key)
    else:
        account = state.add_account(command.key, command.balance, command.currency)
    return views.account(state, account)


def add_proxies(state: Px6State, command: NewProxies) -> object:
    if not 1 <= command.count <= 10_000:
        raise ValueError("count is from 1 to 10000")
    ends_in = timedelta(hours=command.hours) if command.hours is not None else None
    made = [
        state.add_proxy(
            command.key,
            version=command.version,
            country=command.country,
            type=command.type,
            period=command.period,
            ends_in=ends_in,
            comment=command.comment,
            auto_prolong=command.auto_prolong,
            alive=command.alive,
        )
        for _ in range(command.count)
    ]
    return [views.proxy(state, proxy) for proxy in made]


def top_up(state: Px6State, command: TopUp) -> object:
    state.top_up(command.key, command.amount)
    return views.account(state, state.account(command.key))


def set_currency(state: Px6State, command: NewCurrency) -> object:
    state.set_currency(command.key, command.currency)
    return views.account(state, state.account(command.key))


def revoke(state: Px6State, command: Key) -> object:
    state.revoke(command.key)
    return views.account(state, state.account(command.key))


def new_key(state: Px6State, command: Key) -> object:
    return views.account(state, state.account(state.new_key(command.key)))


def restrict(state: Px6State, command: Restriction) -> object:
    state.restrict(command.key, command.addresses)
    return views.account(state, state.account(command.key))


def prolong_on_site(state: Px6State, command: ProlongOnSite) -> object:
    return state.prolong_on_site(command.key, command.ids, command.period)


def buy_on_site(state: Px6State, command: BuyOnSite) -> object:
    return state.buy_on_site(command.key, command)


def set_stock(state: Px6State, command: NewStock) -> object:
    state.set_stock(command.country, command.version, command.count)
    return state.market.stock


def set_prices(state: Px6State, command: NewPrices) -> object:
    state.set_prices(command.version, command.per_day)
    return state.market.per_day


def set_price_level(state: Px6State, command: NewPriceLevel) -> object:
    changed = max(LOWEST_LEVEL, state.market.levels.get(command.version, 0) + command.change)
    state.set_price_level(command.version, changed if command.percent is None else command.percent)
    return state.market.levels


def process_late(state: Px6State, command: Nothing) -> object:
    return [views.call(state, call) for call in state.process_late()]


def add_fault(state: Px6State, command: NewFault) -> object:
    fault = state.fault(command.kind, command.method, command.times, command.key, command.seconds, command.error_id)
    return views.fault(fault)


def lift_faults(state: Px6State, query: views.Query) -> object:
    """`?kind=` lifts one kind, otherwise all."""
    state.clear_faults(query.text("kind"))
    return views.see_faults(state, query)


def forget_calls(state: Px6State, query: views.Query) -> object:
    """Forgets the finished ones; numbers go on."""
    state.calls[:] = [call for call in state.calls if call.seconds is None]
    return views.see_calls(state, query)


def move_clock(state: Px6State, command: Move) -> object:
    state.clock.move(timedelta(days=command.days, hours=command.hours, seconds=command.seconds))
    return views.see_clock(state, views.Query({}))


def set_rules(state: Px6State, body: bytes) -> object:
    """Only what is named changes; lengths of time are in seconds."""
    changes = msgspec.json.decode(body, type=dict[str, object])
    known = {info.name: info for info in msgspec.structs.fields(Rules)}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"there is no rule {name}")
        changes[name] = msgspec.convert(
            timedelta(seconds=value) if known[name].type is timedelta and isinstance(value, int | float) else value,
            type=known[name].type,
        )
    for name, value in changes.items():
        setattr(state.rules, name, value)
    return views.see_rules(state, views.Query({}))


_T = TypeVar("_T")
Command = Callable[[Px6State, bytes], object]


def _of(form: type[_T], command: Callable[[Px6State, _T], object]) -> Command:
    decode = msgspec.json.Decoder(form).decode
    return lambda state, body: command(state, decode(body))


COMMANDS: dict[str, Command] = {
    "accounts": _of(NewAccount, add_account),
    "proxies": _of(NewProxies, add_proxies),
    "top-up": _of(TopUp, top_up),
    "currency": _of(NewCurrency, set_currency),
    "revoke": _of(Key, revoke),
    "new-key": _of(Key, new_key),
    "restrict": _of(Restriction, restrict),
    "prolong-on-site": _of(ProlongOnSite, prolong_on_site),
    "buy-on-site": _of(BuyOnSite, buy_on_site),
    "stock": _of(NewStock, set_stock),
    "prices": _of(NewPrices, set_prices),
    "price-levels": _of(NewPriceLevel, set_price_level),
    "process-late": _of(Nothing, process_late),
    "faults": _of(NewFault, add_fault),
    "clock": _of(Move, move_clock),
    "rules": set_rules,
}
