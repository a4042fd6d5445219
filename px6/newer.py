"""What newer servers of px6 tell besides: the customer, the price table, the stock grid, proxies by their strings.

Decoded, without network. Most of it is needed by nothing: what is missing or cannot be read is left out.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec

from .errors import Refused, refusal
from .models import Account, Check, Count, Customer, PriceTable, StockGrid, check_money, check_price
from .texts import country_code, is_word
from .wire import BROKEN, CHECK, Effect, Method, read_answer

_EMAIL = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,189}")


def _customer(body: bytes) -> Customer:
    """The account; what else px6 tells of the customer is left out where it cannot be read."""
    answer = read_answer(body)
    account = msgspec.convert(answer, Account)
    email, earned = answer.get("email"), _sum(answer.get("balance_ref"))
    return Customer(
        user_id=account.user_id,
        balance=account.balance,
        currency=account.currency,
        email=email if isinstance(email, str) and _EMAIL.fullmatch(email) else None,
        balance_ref=earned,
    )


def _sum(text: object) -> Decimal | None:
    try:
        money = Decimal(str(text))
        check_money(money)
    except BROKEN:
        return None
    return money


def _price_table(body: bytes) -> PriceTable:
    """The prices that can be read; none of them if there is no table."""
    answer = read_answer(body)
    account = msgspec.convert(answer, Account)
    table = {version: _prices(days) for version, days in _object(answer.get("data")).items() if is_word(version)}
    return PriceTable(
        user_id=account.user_id,
        balance=account.balance,
        currency=account.currency,
        prices={version: prices for version, prices in table.items() if prices},
    )


def _prices(days: object) -> dict[int, Decimal]:
    found = {_whole(period): _price(price) for period, price in _object(days).items()}
    return {period: price for period, price in found.items() if period and price is not None}


def _price(text: object) -> Decimal | None:
    price = _sum(text)
    try:
        check_price(price or Decimal(), None)
    except ValueError:
        return None
    return price


def _stock_grid(body: bytes) -> StockGrid:
    """The counts that can be read; none of them if there is no grid."""
    answer = read_answer(body)
    account = msgspec.convert(answer, Account)
    grid = {version: _counts(stock) for version, stock in _object(answer.get("count")).items() if is_word(version)}
    return StockGrid(user_id=account.user_id, balance=account.balance, currency=account.currency, counts=grid)


def _counts(stock: object) -> dict[str, int]:
    found = {country_code(country): _whole(count) for country, count in _object(stock).items()}
    return {country: count for country, count in found.items() if country is not None and count is not None}


def _whole(text: object) -> int | None:
    """A whole number as JSON or PHP write it; None for anything else."""
    try:
        return msgspec.convert(text, Count, strict=False)
    except BROKEN:
        return None


def _object(found: object) -> dict[str, Any]:
    """Empty for what is no object: PHP writes an empty one as `[]`."""
    return found if isinstance(found, dict) else {}


def string_check(proxy: str) -> Method[Check]:
    """The method check for a proxy's string. px6's words are dropped where they repeat any part of it."""
    parts = [part for part in (proxy, *proxy.split(":")) if part]

    def read(body: bytes) -> Check:
        try:
            return CHECK.read(body)
        except Refused as said:
            failure = refusal(said.error_id, "" if any(part in said.error for part in parts) else said.error)
        raise failure

    return Method(CHECK.name, CHECK.effect, read)


ACCOUNT = Method("", Effect.READS, _customer)
PRICE_TABLE = Method("getprice", Effect.READS, _price_table)
STOCK_GRID = Method("getcount", Effect.READS, _stock_grid)
