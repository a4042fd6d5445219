"""Whatever px6 answers, the client gives a model or an error of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import px6
from px6 import newer, wire

FIELDS = (
    "status", "error_id", "error", "user_id", "balance", "currency", "price", "price_single", "period", "count",
    "country", "list", "order_id", "proxy_id", "proxy_status", "proxy_time", "list_count",
)  # fmt: skip
OF_PROXY = (
    "id", "ip", "host", "port", "user", "pass", "type", "country", "date", "date_end", "unixtime", "unixtime_end",
    "descr", "active", "version",
)  # fmt: skip
METHODS: tuple[wire.Method[Any], ...] = (
    newer.ACCOUNT, wire.PRICE, wire.STOCK, wire.COUNTRIES, wire.PROXIES, wire.CHECK, wire.SET_TYPE, wire.SET_COMMENT,
    wire.PROLONG, wire.DELETE, wire.BIND, wire.purchase("de", "mark", "6"),
)  # fmt: skip
ODD = (
    None,
    True,
    False,
    "",
    "yes",
    "no",
    "NaN",
    "Infinity",
    "-0",
    "1e9999",
    "48.80",
    "2016-06-19 16:32:39",
    "9" * 50,
)

scalars = st.one_of(st.sampled_from(ODD), st.integers(), st.floats(), st.text("0123456789.-e x\u0661", max_size=8))
proxies = st.dictionaries(st.sampled_from(OF_PROXY), scalars, max_size=15)
lists = st.one_of(scalars, st.lists(proxies, max_size=3), st.dictionaries(st.sampled_from("12x"), proxies))
answers = st.dictionaries(st.sampled_from(FIELDS), st.one_of(scalars, lists)).map(
    lambda answer: {"status": "yes", "user_id": "1", "balance": "48.80", "currency": "RUB"} | answer
)


@given(
    status=st.sampled_from([200, 429, 500, 503, 404, 302]),
    body=st.binary(max_size=300),
    method=st.sampled_from(METHODS),
)
@example(status=200, body=b"", method=newer.ACCOUNT)
@example(status=200, body=b"null", method=wire.PROXIES)
@example(status=200, body=b"[" * 100_000, method=wire.PROXIES)
@example(status=200, body=b'{"status":"yes","user_id":1,"balance":1e400,"currency":"RUB"}', method=newer.ACCOUNT)
def test_any_bytes_are_an_answer_or_an_error_of_ours(status: int, body: bytes, method: wire.Method[Any]) -> None:
    try:
        answer = wire.decode(method, status, body)
    except px6.Px6Error:
        return
    assert isinstance(answer, px6.Account)


@given(answer=answers, method=st.sampled_from(METHODS))
def test_any_json_is_a_model_or_an_error_of_ours(answer: dict[str, Any], method: wire.Method[Any]) -> None:
    body = json.dumps(answer).encode()
    try:
        model = wire.decode(method, 200, body)
    except px6.Px6Error:
        return
    assert isinstance(model, px6.Account)


@pytest.mark.parametrize("sum_", ["NaN", "Infinity", "-Infinity", "sNaN"])
@pytest.mark.parametrize("field", ["balance", "price", "price_single"])
def test_a_sum_that_is_no_number_is_no_answer(field: str, sum_: str) -> None:
    answer = {"status": "yes", "user_id": "1", "balance": "1", "currency": "RUB", "price": 1, "period": 3, "count": 1}
    with pytest.raises(px6.NoAnswer):
        wire.decode(wire.PRICE, 200, json.dumps(answer | {field: sum_}).encode())
