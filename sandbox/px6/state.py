"""The px6 that stands in: the shop, the calls it gets, and the faults that they meet. No HTTP here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from . import spending
from .clock import utc_now
from .errors import ERRORS, Refusal
from .faults import Faults
from .limit import Limit
from .market import rounded
from .methods import METHODS_OF, Request
from .model import Account, Call, Fault, FaultKind, Profile, Spend
from .shapes import Json
from .shop import Amount, Shop
from .summary import summary


class Px6State(Shop):
    """All of the stand-in's state; every method is immediate, so each call is processed as a whole or not.

    >>> state = Px6State("current")
    >>> account = state.add_account(balance="48.80")
    >>> call = state.received(account.key, "getcount", {"country": "ru"})
    >>> state.answer(call)["count"]
    971
    """

    def __init__(
        self,
        profile: Profile = "current",
        now: Callable[[], datetime] = utc_now,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        seed: int = 6,
    ) -> None:
        super().__init__(profile, now, seed=seed)
        self.faults = Faults(monotonic)
        self.limit = Limit(monotonic)
        self.calls: list[Call] = []
        self.late: list[Call] = []
        self.held: list[tuple[Call, Callable[[], None]]] = []
        self.connections = 0
        self._monotonic = monotonic
        self._numbered = 0
        self._began: dict[int, float] = {}
        self.clock.moved = self._clock_moved

    # -- what the person does on px6's site

    def top_up(self, key: str, amount: Amount) -> Decimal:
        """Adds to the balance (a negative amount takes away); answers the new one."""
        account = self.account(key)
        self.renew_due(account)
        account.balance = rounded(account.balance + Decimal(amount))
        self.events.emit("top_up", user_id=account.user_id, balance=str(account.balance))
        self.renew_due(account)
        return account.balance

    def prolong_on_site(self, key: str, ids: Sequence[int], period: int) -> Spend:
        """The person prolongs on px6's site. Refusal as in the API."""
        self.renew_due(self.account(key))
        return spending.prolong(self, self.account(key), ids, period, by="site").spend

    def buy_on_site(self, key: str, purchase: spending.Purchase) -> Spend:
        """The person buys on px6's site. Refusal as in the API."""
        self.renew_due(self.account(key))
        return spending.buy(self, self.account(key), purchase, by="site").spend

    def books(self, key: str) -> list[Spend]:
        """Every spend of the account, oldest first, whoever made it."""
        self.renew_due(self.account(key))
        return self.account(key).books

    # -- faults

    def fault(
        self,
        kind: str | FaultKind,
        method: str | tuple[str, ...] | None = None,
        times: int | None = 1,
        key: str | None = None,
        seconds: float | None = None,
        error_id: int = 30,
    ) -> Fault:
        """Makes the next `times` calls (None: until lifted) of `method` (None: any) go wrong. See Fault."""
        fault = self.faults.add(FaultKind(kind), method, times, key, seconds, error_id)
        self.events.emit("faults", waiting=len(self.faults.waiting))
        return fault

    def clear_faults(self, kind: str | FaultKind | None = None) -> None:
        self.faults.lift(FaultKind(kind) if kind is not None else None)
        self.events.emit("faults", waiting=len(self.faults.waiting))

    # -- calls

    def received(self, key: str, method: str, params: dict[str, str], remote: str = "127.0.0.1") -> Call:
        """Notes a raw request as it came in, before anything is done with it."""
        self._numbered += 1
        call = Call(
            number=self._numbered,
            at=self.clock.now(),
            key=key,
            method=method,
            params=params,
            remote=remote,
        )
        self._began[call.number] = self._monotonic()
        self.calls.append(call)
        self.events.emit("received", number=call.number, method=method)
        return call

    def admit(self, call: Call) -> bool:
        """Whether the call is within the limit; over it, it is answered with 429 and does nothing."""
        return self.limit.admit(self._scope(call.key, call.remote), self.rules.limit)

    def answer(self, call: Call) -> Json:
        """Processes the call: the one place where a call changes anything. Refusals are answers, too."""
        call.processed = True
        try:
            reply = self._process(call)
        except Refusal as refusal:
            call.error_id = refusal.error_id
            reply = refusal.reply()
        call.answer = summary(reply)
        return reply

    def process_late(self) -> list[Call]:
        """Processes the calls that met `late`, whose clients may be gone by now, and delivers what others brought."""
        calls, self.late = self.late, []
        held, self.held = self.held, []
        for call in calls:
            self.answer(call)
        for call, deliver in held:
            deliver()
            calls.append(call)
        return calls

    def finished(self, call: Call, status: int | None) -> None:
        """Notes what went out: the HTTP status, or None for no answer at all."""
        call.status = status
        call.seconds = round(self._monotonic() - self._began.pop(call.number), 6)
        self.events.emit("answered", number=call.number, method=call.method, status=status, error_id=call.error_id)

    def meter(self, key: str, remote: str = "127.0.0.1") -> int:
        """Calls let in within the last second, of 3."""
        return self.limit.meter(self._scope(key, remote))

    # -- px6's own automatic renewal

    def renew_due(self, account: Account | None = None) -> None:
        """Renews what was bought with `auto_prolong` and came due by now, in the order of time."""
        now = self.clock.now()
        for one in (account,) if account is not None else tuple(self.customers()):
            self._renew(one, now)
            one.renewed_at = now

    def _renew(self, account: Account, now: datetime) -> None:
        unpaid: set[int] = set()
        while due := min(self._due(account, now, unpaid), default=None):
            at, one = due
            try:
                spending.prolong(self, account, [one], account.proxies[one].period, by="auto", at=at)
            except Refusal:  # no money: px6 tries again while the proxy is active, and so do we
                unpaid.add(one)

    def _due(self, account: Account, now: datetime, unpaid: set[int]) -> Iterator[tuple[datetime, int]]:
        for proxy in account.proxies.values():
            if not proxy.auto_prolong or proxy.id in unpaid:
                continue
            at = max(proxy.ends_at - self.rules.auto_prolong_before, account.renewed_at)
            if at <= now and at < proxy.ends_at:
                yield at, proxy.id

    def _clock_moved(self) -> None:
        self.renew_due()
        self.events.emit("clock", offset=self.clock.offset.total_seconds())

    def _process(self, call: Call) -> Json:
        account = self.accounts.get(call.key)
        if account is None or call.key in self.revoked:
            raise Refusal(100)
        if account.allowed_addresses and call.remote not in account.allowed_addresses:
            raise Refusal(105, f"{ERRORS[105]} {call.remote}" if self.rules.names_address else None)
        method = METHODS_OF[self.profile].get(call.method)
        if method is None:
            raise Refusal(110)
        self.renew_due(account)
        return method(Request(self, account, call.params))

    def _scope(self, key: str, remote: str) -> str:
        return key if self.rules.limit_by == "key" else remote
