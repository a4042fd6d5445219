"""What px6 may do wrong and still answer: half of a call, or a "yes" to something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from datetime import UTC, datetime
from typing import Any

import msgspec

from .events import Events
from .model import Account, Call, FaultKind, Proxy
from .shapes import Json, keyed, moscow, unixtime
from .state import Px6State

LONG_AGO = datetime(2023, 5, 1, 12, tzinfo=UTC)
KINDS = ("old", "past", "stranger")
STRANGER: Json = {"user_id": "1", "balance": "12.34", "currency": "USD", "price": 1, "price_single": 0.01}


def take_money_only(state: Px6State, call: Call) -> Json:
    """Processes a call, but what it bought or prolonged is not to be seen before `process_late`; gives its answer."""
    account = state.account(call.key)
    before = deepcopy(account.proxies)
    reply = state.answer(call)
    state.held.append((call, _withhold(account, before)))
    return reply


def _withhold(account: Account, before: Mapping[int, Proxy]) -> Callable[[], None]:
    new = {one: proxy for one, proxy in account.proxies.items() if one not in before}
    ends = {one: account.proxies[one].ends_at for one in before if one in account.proxies}
    for one in new:
        del account.proxies[one]
    for one in ends:
        account.proxies[one].ends_at = before[one].ends_at

    def deliver() -> None:
        account.proxies.update(new)
        for one in ends.keys() & account.proxies.keys():
            account.proxies[one].ends_at += ends[one] - before[one].ends_at

    return deliver


def false_answer(state: Px6State, call: Call, kind: FaultKind) -> Json:
    """The answer of a lying px6; the call is processed where the fault says `after`."""
    what, _, when = kind.rpartition("_")
    account = state.account(call.key)
    before = deepcopy(account.proxies)
    reply = _rehearsed(state, call) if when == "before" else state.answer(call)
    if reply["status"] != "yes":
        return reply
    if what == "stranger":
        return reply | STRANGER
    items = _items(reply)
    if not items:
        return reply
    if what == "past":
        listed = [item | _end(LONG_AGO) for item in items]
    elif call.method == "prolong":
        listed = [item | _end(before[int(item["id"])].ends_at) for item in items]
    else:
        listed = [new | {"id": str(old)} for new, old in zip(items, before, strict=False)]
    return reply | {"list": keyed(listed, nokey=isinstance(reply["list"], list))}


def _rehearsed(state: Px6State, call: Call) -> Json:
    """What the answer would be; nothing is done."""
    shadow = copy(state)
    shadow.accounts = {call.key: deepcopy(state.account(call.key))}
    shadow.market, shadow.events = deepcopy(state.market), Events(state.clock.now)
    return shadow.answer(msgspec.structs.replace(call))


def _items(reply: Json) -> list[dict[str, Any]]:
    """The proxies that an answer names."""
    listed: Any = reply.get("list", [])
    listed = list(listed.values()) if isinstance(listed, dict) else listed
    return [item for item in listed if isinstance(item, dict)]


def _end(at: datetime) -> Json:
    return {"date_end": moscow(at), "unixtime_end": unixtime(at)}
