"""Which numbers are sums of money, or numbers at all: on both sides of the least and of the most."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

import px6
from px6 import newer, wire
from px6.models import Check, Count, Customer, Name, Number, Proxy, check_money, check_price
from tests.px6.server import PROXY, YES
from tests.px6.wire_methods import decoded

PRICED = {"price": 42, "price_single": "1.4", "period": 30, "count": 1}


@pytest.mark.parametrize(
    ("sum_", "is_one"),
    [
        *(("0", True), ("-0.01", False), ("NaN", False), ("Infinity", False)),
        *(("999999999999.99", True), ("1000000000000", False), ("1E-12", True), ("1E-13", False)),
    ],
)
def test_a_balance_is_from_nothing_to_below_a_trillion(sum_: str, is_one: bool) -> None:
    if is_one:
        check_money(Decimal(sum_))
        return
    with pytest.raises(ValueError, match="not a sum of money"):
        check_money(Decimal(sum_))


@pytest.mark.parametrize(
    ("price", "single", "is_one"),
    [
        *(("0.005", None, True), ("0.00499", None, False), ("999999999.99", None, True), ("1000000000", None, False)),
        *(("1", "0", True), ("1", "999999999.99", True), ("1", "-0.01", False), ("1", "1000000000", False)),
    ],
)
def test_a_price_is_from_half_a_cent_to_below_a_milliard(price: str, single: str | None, is_one: bool) -> None:
    of_one = None if single is None else Decimal(single)
    if is_one:
        check_price(Decimal(price), of_one)
        return
    with pytest.raises(ValueError, match="not a price"):
        check_price(Decimal(price), of_one)


@pytest.mark.parametrize(
    ("method", "answer", "error"),
    [
        (newer.ACCOUNT, {}, px6.NoAnswer),
        (wire.STOCK, {"count": 1}, px6.NoAnswer),
        (wire.PRICE, PRICED, px6.NoAnswer),
        (wire.PROLONG, PRICED | {"list": [{"id": 11, "unixtime_end": 1_800_000_000}]}, px6.OutcomeUnknown),
        (wire.purchase("ru", "", "6"), PRICED | {"country": "ru", "list": [PROXY]}, px6.OutcomeUnknown),
    ],
)
def test_every_answer_has_a_balance_and_prices_that_are_sums(
    method: wire.Method[Any], answer: dict[str, Any], error: type[px6.Px6Error]
) -> None:
    assert decoded(method, **answer, balance="0").balance == 0
    for name in ["balance", *({"price", "price_single"} & answer.keys())]:
        for money in ("NaN", "-0.01", "1000000000000"):
            with pytest.raises(error):
                decoded(method, **answer | {name: money})


@pytest.mark.parametrize(
    ("kind", "least", "most"), [(Number, 0, 2**63 - 1), (Count, 0, 10_000_000)], ids=["number", "count"]
)
def test_a_number_is_read_from_the_least_to_the_most_and_no_further(kind: Any, least: int, most: int) -> None:
    assert [msgspec.convert(one, kind) for one in (least, most)] == [least, most]
    for beyond in (least - 1, most + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(beyond, kind)


def test_a_host_may_have_as_many_characters_as_the_field_and_no_more() -> None:
    assert msgspec.convert("a" * 255, Name) == "a" * 255
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("a" * 256, Name)


@pytest.mark.parametrize(
    ("model", "name", "taken", "beyond"),
    [
        (Proxy, "port", (1, 65_535), (0, 65_536)),
        (Proxy, "type", ("", "a" * 16), ("a" * 17,)),
        (Proxy, "version", ("", "9" * 8), ("9" * 9,)),
        (Proxy, "secret", ("", "a" * 600), ("a" * 601,)),
        (Check, "proxy_time", (0, 86_399.5), (-0.5, 86_400)),
        (Customer, "email", ("", "a" * 254), ("a" * 255,)),
    ],
)
def test_a_field_is_read_up_to_its_edges_and_no_further(
    model: Any, name: str, taken: tuple[Any, ...], beyond: tuple[Any, ...]
) -> None:
    answer = YES | PROXY | {"proxy_status": True}
    for value in taken:
        msgspec.convert(answer | {name: value}, model, strict=False)
    for value in beyond:
        with pytest.raises(msgspec.ValidationError, match=f"at `\\$.{name}`"):
            msgspec.convert(answer | {name: value}, model, strict=False)


@pytest.mark.parametrize(("number", "is_one"), [(0, True), (999_999, True), (-1, False), (1_000_000, False)])
def test_what_is_no_number_of_an_error_is_no_refusal(number: int, is_one: bool) -> None:
    with pytest.raises(px6.UnknownRefusal if is_one else px6.BadAnswer):
        wire.decode(newer.ACCOUNT, 200, f'{{"status":"no","error_id":{number},"error":"no"}}'.encode())
