"""What px6 is as a shop: its customers and their proxies, its market, its clock and its rules. No calls here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from .clock import Clock, utc_now
from .events import Events
from .generator import Generator
from .market import Market, rounded
from .model import MTPROTO, Account, Profile, Proxy, Rules

Amount = Decimal | int | str


class Shop:
    """Who has an account, what each account holds, and what can be bought at which price.

    `accounts` has every key that ever was given out; the ones in `revoked` are refused.
    """

    def __init__(self, profile: Profile = "current", now: Callable[[], datetime] = utc_now, *, seed: int = 6) -> None:
        self.profile: Profile = profile
        self.rules = Rules()
        self.clock = Clock(now)
        self.market = Market(sells_mtproto=profile == "newest")
        self.generator = Generator(seed)
        self.events = Events(self.clock.now)
        self.accounts: dict[str, Account] = {}
        self.revoked: set[str] = set()

    def add_account(
        self,
        key: str | None = None,
        balance: Amount = "500.00",
        currency: str = "RUB",
        *,
        user_id: str | None = None,
    ) -> Account:
        """A new customer. ValueError when the key is taken or the currency is neither RUB nor USD."""
        key = key or self.generator.key()
        if key in self.accounts:
            raise ValueError("this key is taken")
        if currency not in ("RUB", "USD"):
            raise ValueError("px6 keeps accounts in RUB or USD")
        account = Account(
            key=key,
            user_id=user_id or self.generator.user_id(),
            balance=rounded(Decimal(balance)),
            currency=currency,
            renewed_at=self.clock.now(),
        )
        self.accounts[key] = account
        self.events.emit("account", user_id=account.user_id)
        return account

    def account(self, key: str) -> Account:
        """The account of a key, also of a revoked one. LookupError when there never was one."""
        try:
            return self.accounts[key]
        except KeyError:
            raise LookupError("no account has this key") from None

    def customers(self) -> Iterator[Account]:
        """Every account once, whatever keys it has had."""
        return iter({account.user_id: account for account in self.accounts.values()}.values())

    def add_proxy(
        self,
        key: str,
        *,
        version: str = "6",
        country: str = "ru",
        type: str | None = None,
        period: int = 30,
        ends_in: timedelta | None = None,
        ends_at: datetime | None = None,
        bought_at: datetime | None = None,
        comment: str = "",
        auto_prolong: bool = False,
        alive: bool = True,
    ) -> Proxy:
        """A proxy out of nothing: neither stock nor money. `ends_in` may be negative: it has expired.

        `type` None: the one that px6 gives to what is bought now.
        """
        if period < 1:
            raise ValueError("a proxy is bought for at least one day")
        if ends_in is not None:
            ends_at = (self.clock.now() + ends_in).replace(microsecond=0)
        if bought_at is None:
            bought_at = ends_at - timedelta(days=period) if ends_at is not None else self.clock.now()
        proxy = self.generator.proxy(
            version=version,
            country=country,
            type=type or self.type_of(version, "http"),
            bought_at=bought_at.replace(microsecond=0),
            ends_at=ends_at,
            period=period,
            comment=comment,
            auto_prolong=auto_prolong,
        )
        proxy.alive = alive
        self.account(key).proxies[proxy.id] = proxy
        self.events.emit("proxy", user_id=self.account(key).user_id, id=proxy.id)
        return proxy

    def type_of(self, version: str, asked: str) -> str:
        """The type of a new proxy of this version: the newest px6 has no choice left."""
        if version == MTPROTO:
            return "mtproto"
        return "auto" if self.profile == "newest" else asked

    def set_currency(self, key: str, currency: str) -> None:
        """The account is kept in another currency from now on; its balance is the same number."""
        self.account(key).currency = currency
        self.events.emit("currency", user_id=self.account(key).user_id, currency=currency)

    def revoke(self, key: str) -> None:
        """The key is refused with 100 from now on; the account and its books stay."""
        self.revoked.add(self.account(key).key)
        self.events.emit("revoked", user_id=self.account(key).user_id)

    def new_key(self, key: str) -> str:
        """The person makes a new key on the site: the same account, the old key is refused."""
        self.revoke(key)
        account = self.account(key)
        account.key = self.generator.key()
        self.accounts[account.key] = account
        return account.key

    def restrict(self, key: str, addresses: Sequence[str]) -> None:
        """Only these addresses may call with the key, others get 105; none: no restriction."""
        self.account(key).allowed_addresses = tuple(addresses)
        self.events.emit("restricted", user_id=self.account(key).user_id)

    # -- the market

    def set_stock(self, country: str, version: str, count: int) -> None:
        self.market.set_stock(country, version, count)
        self.events.emit("stock", country=country, version=version, count=count)

    def set_prices(self, version: str, per_day: Mapping[int, Amount]) -> None:
        """RUB for one proxy and one day, by the period in days from which the rate holds."""
        self.market.set_prices(version, {days: Decimal(rate) for days, rate in per_day.items()})
        self.events.emit("prices", version=version)

    def set_price_level(self, version: str, percent: int) -> None:
        """Makes a version cheaper or dearer than its list price."""
        self.market.set_level(version, percent)
        self.events.emit("prices", version=version)
