"""What px6 sells: prices by version and days, stock by version and country.

Orders of magnitude of 2026: 30 days of shared IPv4 about 33 RUB, IPv4 about 120, IPv6 about 21.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from .errors import Refusal
from .model import MTPROTO

CENT = Decimal("0.01")
RUB_FOR_ONE_USD = Decimal(90)

_ISO2 = """
ae am at au bd be bg br by ca ch cl cn cy cz de dk ee eg es fi fr gb ge gr hk id ie il in it jp kg kr kz
lt lv md mx my ng nl no ph pl pt ro rs ru se sg si th tj tm tr tw ua us uz vn
"""
COUNTRIES = frozenset(_ISO2.split())
"""Countries px6 knows; where there is no stock, getcount says 0 and buy refuses with 300."""

_PER_DAY = {
    "4": {3: "6.00", 7: "5.00", 14: "4.50", 30: "4.00", 60: "3.80", 90: "3.60"},
    "3": {3: "1.50", 7: "1.40", 14: "1.25", 30: "1.10", 60: "1.05", 90: "1.00"},
    "6": {3: "1.20", 7: "0.90", 14: "0.80", 30: "0.70", 60: "0.68", 90: "0.65"},
}
_MTPROTO_PER_DAY = {3: "4.00", 7: "3.50", 14: "3.20", 30: "3.00", 60: "2.90", 90: "2.80"}

_STOCK = {
    "4": {
        "ru": 314,
        "ua": 41,
        "us": 207,
        "de": 96,
        "nl": 120,
        "fr": 58,
        "gb": 77,
        "kz": 19,
        "jp": 5,
        "fi": 0,
    },
    "3": {"ru": 900, "us": 450, "de": 230, "nl": 310, "pl": 44},
    "6": {"ru": 971, "ua": 180, "us": 1500, "de": 800, "nl": 2400, "fr": 620, "gb": 540, "sg": 90, "pl": 3},
}
_MTPROTO_STOCK = {"nl": 340, "ru": 120, "de": 60, "fi": 25}


def rounded(amount: Decimal) -> Decimal:
    """Money as px6 books it: two digits."""
    return amount.quantize(CENT, ROUND_HALF_UP)


class Market:
    """Prices per proxy and day in RUB, and the stock that purchases use up.

    `per_day` is what holds: the list price at the level (in percent) of its version.
    """

    def __init__(self, *, sells_mtproto: bool = False) -> None:
        rates, stock = dict(_PER_DAY), dict(_STOCK)
        if sells_mtproto:
            rates[MTPROTO], stock[MTPROTO] = _MTPROTO_PER_DAY, _MTPROTO_STOCK
        self.listed = {
            version: {days: Decimal(rate) for days, rate in table.items()} for version, table in rates.items()
        }
        self.per_day = {version: dict(table) for version, table in self.listed.items()}
        self.levels = dict.fromkeys(self.listed, 100)
        self.stock = {version: dict(countries) for version, countries in stock.items()}

    def single(self, version: str, period: int, currency: str) -> Decimal:
        """One proxy for one day: the rate of the longest listed period that is not longer than `period`."""
        table = self.per_day[version]
        listed = [days for days in sorted(table) if days <= period] or [min(table)]
        rate = table[listed[-1]]
        return rate if currency == "RUB" else (rate / RUB_FOR_ONE_USD).quantize(Decimal("0.0001"))

    def price(self, version: str, period: int, count: int, currency: str) -> Decimal:
        """The whole sum. Refusal 410 when it is nothing."""
        price = rounded(self.single(version, period, currency) * period * count)
        if price <= 0:
            raise Refusal(410)
        return price

    def table(self, currency: str) -> dict[str, dict[str, Decimal]]:
        """One proxy for the listed periods, by version and days: what a bare getprice answers."""
        return {
            version: {str(days): rounded(self.single(version, days, currency) * days) for days in sorted(rates)}
            for version, rates in self.per_day.items()
        }

    def set_prices(self, version: str, per_day: Mapping[int, Decimal]) -> None:
        """Replaces a version's rates: RUB for one proxy and day, by the days from which each holds."""
        if version not in self.per_day or not per_day:
            raise ValueError("prices need a version that is sold and at least one period")
        self.listed[version], self.per_day[version] = dict(per_day), dict(per_day)
        self.levels[version] = 100

    def set_level(self, version: str, percent: int) -> None:
        """Reckoned from the list price each time, so that going down and up again ends where it began."""
        if version not in self.listed or not 1 <= percent <= 10_000:
            raise ValueError("a price level needs a version that is sold and a percentage from 1 to 10000")
        self.per_day[version] = {days: rounded(rate * percent / 100) for days, rate in self.listed[version].items()}
        self.levels[version] = percent

    def set_stock(self, country: str, version: str, count: int) -> None:
        if version not in self.stock or country not in COUNTRIES or count < 0:
            raise ValueError("stock needs a known country, a version that is sold and a count")
        self.stock[version][country] = count

    def count(self, country: str, version: str) -> int:
        return self.stock[version].get(country, 0)

    def countries(self, version: str) -> list[str]:
        """Where at least one can be bought."""
        return [country for country, count in self.stock[version].items() if count > 0]

    def take(self, country: str, version: str, count: int) -> None:
        self.stock[version][country] -= count
