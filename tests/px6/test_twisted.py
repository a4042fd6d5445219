"""Answers that px6 should never give: each is read, or refused in one clear way. What comes out is bounded."""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import px6
import sandbox
from px6 import Px6Client, Px6Pool, newer, wire
from px6.client import MOST_PROXIES
from px6.texts import one_line
from tests.px6.clock import Clock
from tests.px6.conftest import no_pause, quick_client
from tests.px6.server import KEY, PROXY, YES, Px6, said
from tests.px6.wire_methods import CHANGES, decoded


@pytest.fixture
async def running() -> AsyncIterator[sandbox.Running]:
    async with sandbox.running() as stand_ins:
        stand_ins.px6.rules.limit = 1000
        yield stand_ins


@pytest.fixture
async def customer(running: sandbox.Running) -> AsyncIterator[Px6Client]:
    async with quick_client([running.px6_url], running.key) as client:
        yield client


@pytest.mark.parametrize("fault", ["bom", "notice", "notice_behind"])
async def test_what_php_writes_around_its_answer_is_passed_over(
    running: sandbox.Running, customer: Px6Client, fault: str
) -> None:
    expected = await customer.account()
    running.px6.fault(fault, times=None)
    assert await customer.account() == expected
    assert (await customer.proxies()).proxies
    assert (await customer.buy(1, 30, "de")).balance < expected.balance
    with pytest.raises(px6.NotEnoughStock):
        await customer.buy(5000, 30, "de")


@pytest.mark.parametrize("body", [b"<html>{}</html>", b"x" * 70_000 + b'{"status":"yes"}', b"\xef\xbb\xbf", b"}{"])
def test_what_holds_no_answer_of_px6_is_none(body: bytes) -> None:
    with pytest.raises(px6.BadAnswer):
        wire.decode(newer.ACCOUNT, 200, body)


ANOTHER_ORDER = json.dumps(dict(reversed(YES.items()))).encode()


@pytest.mark.parametrize(
    ("before", "behind"),
    [(codecs.BOM_UTF8, b""), (b"\xef\xbb\xbf \t\r\n", b""), (b"\n", b"\n<br />Notice: odd"), (b"", b"<br />")],
)
def test_an_answer_in_another_order_is_found_between_what_is_none(before: bytes, behind: bytes) -> None:
    assert wire.decode(newer.ACCOUNT, 200, before + ANOTHER_ORDER + behind).user_id == "1"


@pytest.mark.parametrize(("length", "is_read"), [(2**16, True), (2**16 + 1, False)])
def test_notices_of_64_kib_are_passed_over(length: int, is_read: bool) -> None:
    body = b"x" * length + json.dumps(YES).encode()
    if is_read:
        assert wire.decode(newer.ACCOUNT, 200, body).user_id == "1"
    else:
        with pytest.raises(px6.BadAnswer):
            wire.decode(newer.ACCOUNT, 200, body)


def test_of_two_answers_the_last_counts_since_notices_come_before_it() -> None:
    no = json.dumps({"status": "no", "error_id": 400, "error": "Error no money"}).encode()
    body = b"Notice: " + no + b" in api.php\n" + json.dumps(YES, separators=(",", ":")).encode()
    assert wire.decode(newer.ACCOUNT, 200, body).currency == "RUB"


@pytest.mark.parametrize("fault", ["huge", "debt", "absurd"])
async def test_absurd_sums_and_texts_are_no_answer_and_a_purchase_is_open(
    running: sandbox.Running, customer: Px6Client, fault: str
) -> None:
    running.px6.fault(fault, times=None)
    for call in (customer.account(), customer.proxies(), customer.price(1, 30), customer.stock("de")):
        with pytest.raises(px6.BadAnswer):
            await call
    with pytest.raises(px6.OutcomeUnknown):
        await customer.buy(1, 30, "de")


async def test_a_list_without_end_is_given_up(running: sandbox.Running, customer: Px6Client) -> None:
    running.px6.fault("endless", "getproxy", times=None)
    with pytest.raises(px6.BadAnswer, match=f"more than {MOST_PROXIES}"):
        await customer.proxies(nokey=True)
    assert len(running.px6.calls) <= MOST_PROXIES // 1000 + 1


async def test_proxies_whose_texts_cannot_be_used_are_counted(running: sandbox.Running, customer: Px6Client) -> None:
    whole = len((await customer.proxies()).proxies)
    for fault in ("huge_texts", "odd_texts"):
        running.px6.fault(fault, "getproxy")
        found = await customer.proxies()
        assert (found.proxies, found.unreadable) == ((), whole)


async def test_odd_comments_and_countries_hide_no_proxy(running: sandbox.Running, customer: Px6Client) -> None:
    whole = len((await customer.proxies()).proxies)
    running.px6.fault("odd_comments", "getproxy")
    found = await customer.proxies()
    assert (len(found.proxies), found.unreadable) == (whole, 0)
    assert {(proxy.comment, proxy.country) for proxy in found.proxies} == {(" line break and turn", None)}


ODD_ITEMS: tuple[dict[str, Any], ...] = (
    {"user": "a b"}, {"pass": "a\nb"}, {"host": "h" * 256}, {"ip": "\u202e1"}, {"type": "x" * 17}, {"port": 0},
    {"port": 65536}, {"version": "9" * 9}, {"unixtime_end": 1}, {"unixtime_end": 2**33}, {"unixtime": 2**40},
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD_ITEMS)
def test_a_proxy_that_cannot_be_used_is_counted_and_a_purchase_of_it_open(odd: dict[str, Any]) -> None:
    without = {name: value for name, value in PROXY.items() if not name.startswith("date")}
    found = decoded(wire.PROXIES, list=[PROXY, without | odd | {"id": 12}])
    assert ([proxy.id for proxy in found.proxies], found.unreadable) == ([11], 1)
    with pytest.raises(px6.OutcomeUnknown):
        decoded(wire.purchase("de", "", "6"), count=1, price=6.3, period=7, list=[without | odd])


def test_an_end_that_px6_leaves_at_nothing_is_read_from_its_date() -> None:
    proxy = decoded(wire.PROXIES, list=[PROXY | {"unixtime_end": 0}]).proxies[0]
    assert proxy.ends_at.isoformat() == "2016-07-12T08:50:41+00:00"


@pytest.mark.parametrize("end", [0, 1, 2**33])
def test_a_prolongation_to_no_end_leaves_it_open(end: int) -> None:
    with pytest.raises(px6.OutcomeUnknown):
        decoded(wire.PROLONG, price=1, period=7, count=1, list=[{"id": 15, "unixtime_end": end}])


@pytest.mark.parametrize(
    "odd", [{"user_id": ""}, {"user_id": "1 2"}, {"currency": ""}, {"currency": "R\n"}, {"currency": "₽" * 9}]
)
def test_an_account_without_a_number_or_a_currency_is_no_answer(odd: dict[str, Any]) -> None:
    with pytest.raises(px6.BadAnswer):
        decoded(newer.ACCOUNT, **odd)


@pytest.mark.parametrize("price", ["0.004", "0.0049999", 10**9, "-0.01"])
def test_a_price_that_rounds_to_nothing_is_no_price(price: object) -> None:
    with pytest.raises(px6.BadAnswer):
        decoded(wire.PRICE, price=price, period=30, count=1)
    assert decoded(wire.PRICE, price="0.005", period=30, count=1).price


@pytest.mark.parametrize("count", [0, 10_000_000])
def test_nothing_and_millions_are_counts(count: int) -> None:
    assert decoded(wire.STOCK, count=count).count == count
    with pytest.raises(px6.BadAnswer):
        decoded(wire.STOCK, count=10_000_001)


@pytest.mark.parametrize("count", [-1, 10**12, 10**400, "NaN"])
def test_an_absurd_count_is_no_answer(count: object) -> None:
    with pytest.raises(px6.BadAnswer):
        decoded(wire.STOCK, count=count)
    for method in CHANGES[1:]:
        if method is not wire.BIND:
            with pytest.raises(px6.OutcomeUnknown):
                decoded(method, count=count, price=1, period=30, list=[])


def test_odd_countries_do_not_hide_the_others() -> None:
    assert decoded(wire.COUNTRIES, list=["ru", "DE", "", "x\ny", None, "ru", 7]).countries == ("ru", "de")
    for listed in ([None], ["russia"], None):
        with pytest.raises(px6.BadAnswer):
            decoded(wire.COUNTRIES, list=listed)


def test_px6s_words_of_a_refusal_are_one_short_line() -> None:
    body = json.dumps({"status": "no", "error_id": 400, "error": "no\nmoney\u202e" + "!" * 500}).encode()
    with pytest.raises(px6.NoMoney) as caught:
        wire.decode(newer.ACCOUNT, 200, body)
    assert (caught.value.error[:9], len(caught.value.error)) == ("no money!", wire.LONGEST_WORDS)


@given(text=st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_comment_is_one_line_that_is_seen_or_nothing(text: str) -> None:
    shown = one_line(text, 50)
    assert len(shown.splitlines()) <= 1
    assert len(shown) <= 50
    assert not shown or shown.strip()
    assert one_line(shown, 50) == shown


async def test_an_answer_about_another_account_is_not_believed(server: Px6) -> None:
    pool = Px6Pool([server.url], sleep=no_pause, clock=Clock().jumping)
    mine, anyones = pool.client(KEY, "1"), pool.client(KEY)
    server.then(said(user_id="2", balance="7"))
    assert (await mine.account()).balance == Decimal("48.80")
    server.then(*[said(user_id="2")] * 3)
    with pytest.raises(px6.AnotherAccount):
        await mine.account()
    server.then(said(user_id="2", count=1), said(user_id="2", count=1))
    with pytest.raises(px6.OutcomeUnknown):
        await mine.delete(ids=[15])
    assert (await anyones.account()).user_id == "2"
    await pool.close()
