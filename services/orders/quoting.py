"""What things cost: the prices of a buy, and of a prolong of proxies of several kinds in several calls."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from model.accounts import StoredAccount
from model.orders import BuyWish, Option, Part, Quote, Source
from model.proxies import ProxyKind, kind_of, sold_as
from px6 import BadAnswer, Price, Proxy, ProxyList, Px6Client, Version, split_ids
from services.account.accounts import Accounts
from services.orders.errors import NotPriced, OtherAccount, UnknownIds
from storage import known_proxies
from storage.engine.database import Database

CALLS_AT_ONCE = 3  # that px6 takes at once; the next waits for a second
KINDS_KEPT = 100_000


@dataclass(frozen=True)
class ListedAccount:
    """A person's px6 account as px6 has just listed it to this client. `known`: as of `kind_of`."""

    telegram_id: int
    px6_user_id: str
    client: Px6Client
    listed: ProxyList
    known: Mapping[int, str]


@dataclass(frozen=True)
class QuotedList:
    """A quote, and the list that it was made of."""

    quote: Quote
    listed: ProxyList

    @property
    def proxies(self) -> dict[int, Proxy]:
        """The proxies that it would prolong, by id."""
        ids = frozenset(self.quote.ids)
        return {proxy.id: proxy for proxy in self.listed.proxies if proxy.id in ids}


@dataclass(frozen=True)
class PricesAhead:
    """Prices that were asked for beside the list, for the kinds and the currency that were expected.

    They are of use only where the list says the same. `prices`: of each call, or why there are none.
    """

    kinds: Mapping[int, str]
    currency: str
    prices: Sequence[Option] | BaseException

    def fit(self, kinds: Mapping[int, str], currency: str) -> bool:
        return (self.kinds, self.currency) == (kinds, currency)

    def result(self) -> Sequence[Option]:
        """What was asked for; raises what it failed with."""
        if isinstance(self.prices, BaseException):
            raise self.prices
        return self.prices


class Quoter:
    """Asks px6 and makes quotes. All it keeps are the kinds of proxies, which tell it what to ask for ahead."""

    def __init__(self, database: Database, accounts: Accounts, clock: Callable[[], datetime]) -> None:
        self._database, self._accounts, self._clock = database, accounts, clock
        self._kinds: dict[tuple[str, int], str] = {}  # as they were last, by account and proxy

    async def client(self, telegram_id: int, px6_user_id: str | None = None) -> tuple[str, Px6Client]:
        """px6's number of the person's account, and its client. Raises NoKey, OtherAccount."""
        account, client = await self.connected(telegram_id, px6_user_id)
        return account.px6_user_id, client

    async def connected(self, telegram_id: int, px6_user_id: str | None) -> tuple[StoredAccount, Px6Client]:
        account, client = await self._accounts.connected(telegram_id)
        if px6_user_id not in (None, account.px6_user_id):
            raise OtherAccount
        return account, client

    async def buy(
        self, telegram_id: int, wish: BuyWish, source: Source = "person", *, background: bool = False
    ) -> Quote:
        """The price of a buy, past the cache; `background` lets the calls of people go first.

        Raises px6's errors and NoKey.
        """
        user_id, client = await self.client(telegram_id)
        client = client.background if background else client
        price = await client.price(wish.count, wish.period, Version(wish.version), fresh=True)
        return self.quote_of_buy(telegram_id, user_id, wish, price, source)

    def quote_of_buy(
        self, telegram_id: int, user_id: str, wish: BuyWish, price: Price, source: Source = "person"
    ) -> Quote:
        option = Option(period=wish.period, price=price.price, price_single=price.price_single)
        return Quote(
            id=new_id(),
            telegram_id=telegram_id,
            px6_user_id=user_id,
            kind="buy",
            source=source,
            wish=wish,
            parts=(Part(count=wish.count, prices=(price.price,)),),
            ends={},
            options=(option,),
            balance=price.balance,
            currency=price.currency,
            created_at=self._clock(),
        )

    async def prolong(
        self,
        telegram_id: int,
        ids: Sequence[int],
        periods: Sequence[int],
        source: Source,
        *,
        fresh: bool,
        px6_user_id: str | None = None,
        background: bool = False,
        recent: ProxyList | None = None,
    ) -> QuotedList:
        """The prices of several periods, with the ends of now. Raises UnknownIds, NotPriced, NoKey, px6's errors.

        `fresh` reads the prices past the cache; `background` lets the calls of people go first. `recent`: what px6
        listed a moment ago. It is used where px6 has to be asked for so many prices that the list would not fit
        beside them; elsewhere list and prices are read side by side.
        """
        stored, client = await self.connected(telegram_id, px6_user_id)
        client = client.background if background else client
        async with self._database.read() as connection:
            known = await known_proxies.versions_of(connection, telegram_id)
        expected = self._expected_kinds(stored.px6_user_id, ids, recent, known)
        listed, ahead = await self._read(client, expected, periods, stored.currency, recent, fresh=fresh)
        account = ListedAccount(telegram_id, stored.px6_user_id, client, listed, known)
        return QuotedList(await self.prolong_listed(account, ids, periods, source, fresh=fresh, ahead=ahead), listed)

    def _expected_kinds(
        self, px6_user_id: str, ids: Sequence[int], recent: ProxyList | None, known: Mapping[int, str]
    ) -> dict[int, str] | None:
        """The kinds of these proxies as far as they can be told before px6 lists them; None: not of all of them."""
        listed = {proxy.id: kind_of(proxy, known) for proxy in recent.proxies} if recent else {}
        kinds = {one: listed.get(one) or self._kinds.get((px6_user_id, one)) for one in sorted(set(ids))}
        found = {one: kind for one, kind in kinds.items() if kind is not None and sold_as(kind)}
        return found if found and len(found) == len(kinds) else None

    async def _read(
        self,
        client: Px6Client,
        expected: dict[int, str] | None,
        periods: Sequence[int],
        currency: str,
        recent: ProxyList | None,
        *,
        fresh: bool,
    ) -> tuple[ProxyList, PricesAhead | None]:
        """The list, and side by side with it the prices that are expected to be needed. Raises px6's errors."""
        if expected is None:
            return await read_all(client), None
        asking = self._prices(client, expected, periods, fresh, currency)
        if recent is not None and calls_for(expected, periods) >= CALLS_AT_ONCE:
            listed: ProxyList | BaseException = recent
            (prices,) = await asyncio.gather(asking, return_exceptions=True)
        else:
            listed, prices = await asyncio.gather(read_all(client), asking, return_exceptions=True)
        if isinstance(listed, BaseException):
            raise listed
        return listed, PricesAhead(expected, currency, prices)

    async def prolong_listed(
        self,
        account: ListedAccount,
        ids: Sequence[int],
        periods: Sequence[int],
        source: Source,
        *,
        fresh: bool,
        ahead: PricesAhead | None = None,
    ) -> Quote:
        """As `prolong`, of what px6 has just listed. Each call of a long list is priced by itself, as px6 will do it.

        Raises UnknownIds, NotPriced and px6's errors.
        """
        client, listed = account.client, account.listed
        by_id = {proxy.id: proxy for proxy in listed.proxies}
        given = tuple(dict.fromkeys(ids))
        unknown = [one for one in given if one not in by_id]
        if unknown or not given:
            raise UnknownIds(unknown, [one for one in given if one in by_id], list(filter(listed.may_hold, unknown)))
        distinct = sorted(given)  # so that the parts of a long list do not overlap when they are named
        kinds = await priced_kinds(client, [by_id[one] for one in distinct], account.known)
        self._remember(account.px6_user_id, kinds)
        if ahead is not None and ahead.fit(kinds, listed.currency):
            prices = ahead.result()
        else:
            prices = await self._prices(client, kinds, periods, fresh, listed.currency)
        return Quote(
            id=new_id(),
            telegram_id=account.telegram_id,
            px6_user_id=account.px6_user_id,
            kind="prolong",
            source=source,
            parts=parts_of(split_kinds(distinct, kinds), prices, len(periods)),
            ends={one: by_id[one].ends_at for one in distinct},
            options=tuple(total(prices[nth :: len(periods)]) for nth in range(len(periods))),
            balance=listed.balance,
            currency=listed.currency,
            created_at=self._clock(),
        )

    def _remember(self, px6_user_id: str, kinds: Mapping[int, str]) -> None:
        if len(self._kinds) > KINDS_KEPT:
            self._kinds.clear()
        self._kinds |= {(px6_user_id, one): kind for one, kind in kinds.items()}

    async def _prices(
        self, client: Px6Client, kinds: Mapping[int, str], periods: Sequence[int], fresh: bool, currency: str
    ) -> list[Option]:
        """What each call costs: of the first part for each period, then of the next part. `kinds`: by id, sorted."""
        return await asyncio.gather(
            *(
                self._price(client, [kinds[one] for one in part], period, fresh, currency)
                for part in split_kinds(list(kinds), kinds)
                for period in periods
            )
        )

    async def _price(
        self, client: Px6Client, kinds: Sequence[str], period: int, fresh: bool, currency: str
    ) -> Option:
        """What one call costs: the sum over the kinds, as px6 prices each by its number."""
        counts = Counter(kinds)
        unsure = counts.pop(ProxyKind.IPV4_OR_SHARED, 0)
        if not unsure:
            return await self._price_of(client, counts, period, fresh, currency)
        versions = sold_as(ProxyKind.IPV4_OR_SHARED)
        guesses = [counts + Counter({version: unsure}) for version in versions]
        options = await asyncio.gather(*(self._price_of(client, guess, period, fresh, currency) for guess in guesses))
        dearest = max(options, key=lambda option: option.price)
        return Option(period=period, price=dearest.price, at_most=True)

    async def _price_of(
        self, client: Px6Client, counts: Mapping[str, int], period: int, fresh: bool, currency: str
    ) -> Option:
        prices = await asyncio.gather(
            *(price_in(client, currency, count, period, Version(kind), fresh=fresh) for kind, count in counts.items())
        )
        single = prices[0].price_single if len(prices) == 1 else None
        return Option(period=period, price=sum((one.price for one in prices), Decimal()), price_single=single)


def calls_for(kinds: Mapping[int, str], periods: Sequence[int]) -> int:
    """How many prices px6 is asked for, as far as none is known yet."""
    asked = {
        (version, period, count)
        for part in split_kinds(list(kinds), kinds)
        for kind, count in Counter(kinds[one] for one in part).items()
        for version in sold_as(kind)
        for period in periods
    }
    return len(asked)


async def price_in(
    client: Px6Client, currency: str, count: int, period: int, version: Version, *, fresh: bool
) -> Price:
    """A price in the currency of the balance beside it; one kept from before the account changed is asked anew."""
    price = await client.price(count, period, version, fresh=fresh)
    if price.currency != currency and not fresh:
        price = await client.price(count, period, version, fresh=True)
    if price.currency != currency:
        raise BadAnswer("getprice: a price in another currency than the balance")
    return price


_page_sizes = itertools.cycle(range(1000, 900, -1))


async def read_all(client: Px6Client) -> ProxyList:
    """All proxies and the balance, as they are from now on.

    Equal reads under way at once share one call, so an answer may be older than the question; with a page size that
    nobody else asks for at this moment the call is certainly made now.
    """
    return await client.proxies(nokey=True, limit=next(_page_sizes))


async def priced_kinds(client: Px6Client, proxies: Sequence[Proxy], known: Mapping[int, str]) -> dict[int, str]:
    """The kind of each proxy, by id. Raises NotPriced with the ids of those of a kind for which px6 has no price."""
    kinds = {proxy.id: kind_of(proxy, known) for proxy in proxies}
    unpriced = {kind for kind in kinds.values() if not sold_as(kind)}
    if ProxyKind.MTPROTO in kinds.values() and not await client.sells(Version.MTPROTO):
        unpriced.add(ProxyKind.MTPROTO)
    if unpriced:
        raise NotPriced([proxy_id for proxy_id, kind in kinds.items() if kind in unpriced])
    return kinds


def split_kinds(ids: Sequence[int], kinds: Mapping[int, str]) -> list[tuple[int, ...]]:
    """The ids in parts for one call each. MTProto has parts of its own: px6 may refuse to prolong these."""
    others = [one for one in ids if kinds[one] != ProxyKind.MTPROTO]
    return [*split_ids(others), *split_ids(one for one in ids if kinds[one] == ProxyKind.MTPROTO)]


def parts_of(split: Sequence[tuple[int, ...]], prices: Sequence[Option], periods: int) -> tuple[Part, ...]:
    """A part for each call, with its price for each of so many periods.

    `prices`: of the first part for each period, then of the next part.
    """
    return tuple(
        Part(
            count=len(ids),
            ids=ids,
            prices=tuple(one.price for one in prices[first : first + periods]),
            at_most=prices[first].at_most,
        )
        for ids, first in zip(split, range(0, len(prices), periods), strict=True)
    )


def total(options: Sequence[Option]) -> Option:
    """The calls of one period together."""
    singles = {option.price_single for option in options}
    return Option(
        period=options[0].period,
        price=sum((option.price for option in options), Decimal()),
        price_single=singles.pop() if len(singles) == 1 else None,
        at_most=any(option.at_most for option in options),
    )


def new_id() -> str:
    """Short, fit for a button, and not to be guessed."""
    return secrets.token_urlsafe(9)
