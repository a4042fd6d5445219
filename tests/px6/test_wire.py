"""What px6 sends, as models and errors. No network."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import px6
from px6 import newer, wire
from px6.models import Account
from tests.px6.server import PROXY, YES
from tests.px6.wire_methods import CHANGES, decoded

READS: tuple[wire.Method[Any], ...] = (
    newer.ACCOUNT,
    wire.PRICE,
    wire.STOCK,
    wire.COUNTRIES,
    wire.PROXIES,
    wire.CHECK,
)
TABLE = {
    30: px6.ErrorUnknown,
    100: px6.WrongKey,
    105: px6.WrongAddress,
    110: px6.WrongMethod,
    200: px6.WrongCount,
    210: px6.WrongPeriod,
    220: px6.WrongCountry,
    230: px6.WrongIds,
    240: px6.WrongVersion,
    250: px6.WrongComment,
    260: px6.WrongType,
    270: px6.WrongPort,
    280: px6.WrongProxyString,
    300: px6.NotEnoughStock,
    400: px6.NoMoney,
    404: px6.NotFound,
    410: px6.WrongPrice,
    999: px6.UnknownRefusal,
}


ODD: tuple[dict[str, Any], ...] = (
    {"pass": None}, {"port": ""}, {"port": None}, {"unixtime_end": "", "date_end": ""}, {"active": None},
    {"unixtime": None, "date": "soon"}, {"id": 2**63}, {"id": "9" * 30}, {"unixtime_end": 10**30}, {"host": []},
    {"id": -1},
)  # fmt: skip


@pytest.mark.parametrize("item", [None, "", [], {}, *(PROXY | {"id": "12"} | odd for odd in ODD)])
def test_one_odd_proxy_does_not_hide_the_others_and_is_counted(item: object) -> None:
    for listed in ([PROXY, item], {"11": PROXY, "12": item}):
        found = decoded(wire.PROXIES, list=listed)
        assert [proxy.id for proxy in found.proxies] == [11]
        assert found.unreadable == 1
        assert found.may_hold(12) and found.may_hold(13) is (12 not in found.unreadable_ids)


@pytest.mark.parametrize(("ids", "told"), [(("12", "13"), (12, 13)), (("12", "none"), (12,)), (("none",), ())])
def test_of_odd_proxies_it_is_known_which_they_are_where_their_id_can_be_read(
    ids: tuple[str, ...], told: tuple[int, ...]
) -> None:
    found = decoded(wire.PROXIES, list=[PROXY, *({"id": one, "port": ""} for one in ids)])
    assert (found.unreadable, found.unreadable_ids) == (len(ids), told)
    assert [found.may_hold(one) for one in (12, 14)] == [True, len(told) < len(ids)]
    whole = decoded(wire.PROXIES, list=[PROXY])
    assert not whole.may_hold(12)


def test_a_list_that_is_null_may_hide_anything_and_none_at_all_is_no_answer() -> None:
    found = decoded(wire.PROXIES, list=None)
    assert (found.proxies, found.unreadable) == ((), 1)
    assert decoded(wire.PROXIES, list=[]).unreadable == 0
    for fields in (dict[str, Any](), {"list": "none"}):
        with pytest.raises(px6.NoAnswer):
            decoded(wire.PROXIES, **fields)
    with pytest.raises(px6.OutcomeUnknown):
        decoded(wire.purchase("ru", "", "6"), list=None, price=1, period=30, count=1)


@pytest.mark.parametrize("balance", ["6.3", 6.3])
def test_money_is_exact_whether_it_comes_as_string_or_number(balance: object) -> None:
    assert decoded(newer.ACCOUNT, balance=balance).balance == Decimal("6.3")


def test_money_with_more_digits_than_a_float_holds_is_exact() -> None:
    body = b'{"status":"yes","user_id":"1","balance":12345678901.123456789,"currency":"RUB"}'
    assert wire.decode(newer.ACCOUNT, 200, body).balance == Decimal("12345678901.123456789")


@pytest.mark.parametrize("balance", ["NaN", "Infinity", "-sNaN", "1e400", "1e-99", "", "six", True, []])
def test_what_is_no_sum_of_money_is_no_answer(balance: object) -> None:
    with pytest.raises(px6.NoAnswer):
        decoded(newer.ACCOUNT, balance=balance)


@pytest.mark.parametrize("price", [0, "-5", "0.00", -0.01])
def test_a_price_of_nothing_or_less_is_no_answer(price: object) -> None:
    answer: dict[str, Any] = {"price": price, "period": 30, "count": 1, "list": []}
    with pytest.raises(px6.NoAnswer):
        decoded(wire.PRICE, **answer)
    for method in (wire.PROLONG, wire.purchase("ru", "", "6")):
        with pytest.raises(px6.OutcomeUnknown):
            decoded(method, **answer)


@pytest.mark.parametrize("other", [{"count": 3}, {"period": 7}])
def test_the_price_of_something_else_is_no_answer(other: dict[str, int]) -> None:
    answer = {"price": 42, "period": 30, "count": 2}
    assert decoded(wire.priced(2, 30), **answer).price == 42
    with pytest.raises(px6.NoAnswer):
        decoded(wire.priced(2, 30), **answer | other)


def test_numbers_may_come_as_strings_and_texts_as_numbers() -> None:
    price = decoded(wire.priced(100, 30), user_id=1, price="1800", price_single="0.6", period="30", count="100")
    assert price == px6.Price(
        user_id="1",
        balance=Decimal("48.80"),
        currency="RUB",
        price=Decimal(1800),
        price_single=Decimal("0.6"),
        period=30,
        count=100,
    )


@pytest.mark.parametrize(
    "listed", [{"11": PROXY, "14": PROXY | {"id": 14}}, [PROXY, PROXY | {"id": 14}]], ids=["object", "array"]
)
def test_proxies_come_as_object_or_array(listed: object) -> None:
    first, second = decoded(wire.PROXIES, list_count=2, list=listed).proxies
    assert (first.id, second.id, first.port, first.active) == (11, 14, 7330, True)
    assert (first.password, first.comment, first.country, first.version) == ("iagn2d", "", "ru", None)
    assert first.bought_at == datetime(2016, 6, 19, 23, 32, 39, tzinfo=UTC)


@pytest.mark.parametrize("name", ["ip", "host", "user", "pass", "type", "version"])
@pytest.mark.parametrize("quickly", [True, False])
def test_a_proxy_one_of_whose_texts_is_no_word_is_counted(name: str, quickly: bool) -> None:
    odd = PROXY | {"id": "12", name: "a\x00b"}
    found = decoded(wire.PROXIES, list={"11": PROXY, "12": odd} if quickly else [None, PROXY, odd])
    assert [proxy.id for proxy in found.proxies] == [11]
    assert (found.unreadable, found.user_id, found.balance) == (2 - quickly, "1", Decimal("48.80"))


@pytest.mark.parametrize(
    ("field", "at", "is_read"),
    [
        ("unixtime_end", datetime(2000, 1, 1, tzinfo=UTC), True),
        ("unixtime_end", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        ("unixtime_end", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        ("unixtime_end", datetime(2200, 1, 1, tzinfo=UTC), False),
        ("unixtime", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        ("unixtime", datetime(2200, 1, 1, tzinfo=UTC), False),
    ],
)
def test_the_times_of_a_proxy_lie_between_2000_and_2200(field: str, at: datetime, is_read: bool) -> None:
    found = decoded(wire.PROXIES, list=[PROXY | {field: int(at.timestamp())}])
    assert (len(found.proxies), found.unreadable) == (int(is_read), int(not is_read))
    if field == "unixtime_end":
        answer: dict[str, Any] = {"price": 1, "period": 7, "count": 1}
        item = {"id": 11, "unixtime_end": int(at.timestamp())}
        if is_read:
            assert decoded(wire.PROLONG, list=[item], **answer).ends == {11: at}
        else:
            with pytest.raises(px6.OutcomeUnknown):
                decoded(wire.PROLONG, list=[item], **answer)


def test_no_proxies_are_an_empty_array() -> None:
    assert decoded(wire.PROXIES, list_count=0, list=[]).proxies == ()


def test_newer_fields_are_read_or_ignored() -> None:
    newer = PROXY | {"version": 5, "type": "auto", "date_mod": None, "active": 0, "descr": None, "new": {"a": [1]}}
    proxy = decoded(wire.PROXIES, page=1, email="a@b.c", list=[newer]).proxies[0]
    assert (proxy.version, proxy.type, proxy.active, proxy.comment) == ("5", "auto", False, "")


@pytest.mark.parametrize("left_out", [{"unixtime": None, "unixtime_end": None}, {}], ids=["null", "missing"])
def test_dates_are_moscow_time_where_the_seconds_are_missing(left_out: dict[str, None]) -> None:
    without = {name: value for name, value in PROXY.items() if not name.startswith("unixtime")}
    proxy = decoded(wire.PROXIES, list={"11": without | left_out}).proxies[0]
    assert proxy.bought_at == datetime(2016, 6, 19, 13, 32, 39, tzinfo=UTC)
    assert proxy.ends_at == datetime(2016, 7, 12, 8, 50, 41, tzinfo=UTC)


def test_a_bought_proxy_has_the_country_comment_and_version_of_its_order() -> None:
    item = {name: value for name, value in PROXY.items() if name not in ("country", "descr")}
    bought = decoded(
        wire.purchase("de", "shop", "4"),
        balance=42.5,
        count="1",
        price=6.3,
        period="7",
        country="de",
        order_id=7,
        list={"11": item},
    )
    assert (bought.price, bought.price_single, bought.order_id) == (Decimal("6.3"), None, "7")
    assert [(p.country, p.comment, p.version) for p in bought.proxies] == [("de", "shop", "4")]


def test_what_px6_says_of_a_bought_proxy_goes_before_its_order() -> None:
    item = PROXY | {"version": "3", "country": "nl", "descr": "px6"}
    bought = decoded(wire.purchase("de", "shop", "4"), count=1, price=6.3, period=7, list=[item])
    assert [(p.country, p.comment, p.version) for p in bought.proxies] == [("nl", "px6", "3")]
    assert bought.country == "de"


@pytest.mark.parametrize("as_array", [False, True])
def test_a_prolongation_names_the_new_ends(as_array: bool) -> None:
    ends = {
        "15": {"id": 15, "date_end": "2016-07-15 06:30:27", "unixtime_end": 1468349441},
        "16": {"id": "16", "date_end": "2016-07-16 09:31:21"},
    }
    done = decoded(wire.PROLONG, price=12.6, period=7, count=2, list=[*ends.values()] if as_array else ends)
    assert done.ends == {
        15: datetime(2016, 7, 12, 18, 50, 41, tzinfo=UTC),
        16: datetime(2016, 7, 16, 6, 31, 21, tzinfo=UTC),
    }
    assert done.price == Decimal("12.6")
    assert done.price_single is None


def test_a_check_tells_whether_and_on_newer_servers_how_fast() -> None:
    classic = decoded(wire.CHECK, proxy_id=15, proxy_status=True)
    assert (classic.proxy_id, classic.alive, classic.seconds) == (15, True, None)
    newer = decoded(wire.CHECK, proxy_id=None, proxy_status=False, proxy_time=0.35)
    assert (newer.proxy_id, newer.alive, newer.seconds) == (None, False, 0.35)


def test_a_proxy_shows_neither_login_nor_password() -> None:
    shown = repr(decoded(wire.PROXIES, list=[PROXY]).proxies[0])
    assert "iagn2d" not in shown
    assert "5svBNZ" not in shown
    assert "185.22.134.250:7330" in shown


@pytest.mark.parametrize(("code", "kind"), TABLE.items())
@pytest.mark.parametrize("method", [wire.PROXIES, wire.SET_TYPE])
def test_each_error_number_is_its_own_error_and_nothing_happened(
    code: int, kind: type[px6.Refused], method: wire.Method[Any]
) -> None:
    body = json.dumps({"status": "no", "error_id": code, "error": "Error words"}).encode()
    with pytest.raises(px6.Refused) as caught:
        wire.decode(method, 200, body)
    assert type(caught.value) is kind
    assert (caught.value.error_id, caught.value.error) == (code, "Error words")
    assert not caught.value.money_may_have_moved


def test_the_table_of_the_document_has_a_class_for_each_number() -> None:
    assert {kind.code: kind for kind in px6.Refused.__subclasses__() if kind is not px6.UnknownRefusal} | {
        999: px6.UnknownRefusal
    } == TABLE


def test_every_number_of_the_document_but_the_unknown_error_comes_before_anything_is_done() -> None:
    assert TABLE.keys() - {30, 999} == px6.BEFORE_ANYTHING


def test_an_error_number_may_come_as_a_string() -> None:
    with pytest.raises(px6.NoMoney):
        wire.decode(wire.PROLONG, 200, b'{"status":"no","error_id":"400"}')


def test_px6_repeating_the_key_does_not_get_it_into_the_error() -> None:
    body = b'{"status":"no","error_id":100,"error":"Error key s3cret"}'
    with pytest.raises(px6.WrongKey) as caught:
        wire.decode(newer.ACCOUNT, 200, body, secret="s3cret")
    assert caught.value.error == "Error key [key]"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("method", [*READS, *CHANGES], ids=lambda method: method.title)
def test_429_says_that_nothing_happened(method: wire.Method[Any]) -> None:
    with pytest.raises(px6.TooManyCalls) as caught:
        wire.decode(method, 429, b"")
    assert not caught.value.money_may_have_moved


@pytest.mark.parametrize("status", [201, 204, 301, 400, 403, 404, 414, 500, 502, 503, 504])
def test_after_any_other_status_a_read_failed_and_a_change_is_open(status: int) -> None:
    with pytest.raises(px6.NoAnswer):
        decoded(wire.STOCK, status, count=1)
    for method in CHANGES:
        with pytest.raises(px6.OutcomeUnknown) as caught:
            wire.decode(method, status, b'{"status":"no","error_id":400,"error":"Error no money"}')
        assert caught.value.method == method.name
        assert caught.value.money_may_have_moved == (method.name in ("buy", "prolong"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"status":"yes"',
        b'{"status":"no"}',
        b'{"status":"maybe"}',
        b'{"status":["no"]}',
        b"[" * 100_000,
        b'{"balance":1e99999999999999999999}',
        b"\xff\xfe",
        b'{"status":"yes","user_id":"1","balance":1,"currency":"RUB","list":7,"count":1,"price":1,"period":1}',
        b'{"status":"yes","user_id":"1","balance":1,"currency":"RUB","list":[7],"count":1,"price":1,"period":1}',
    ],
)
def test_what_is_not_px6s_answer_leaves_a_purchase_open(body: bytes) -> None:
    for method in CHANGES[2:3] + CHANGES[5:]:
        with pytest.raises(px6.OutcomeUnknown):
            wire.decode(method, 200, body)


SCALARS = st.sampled_from([None, True, 0, -1, 10**18, 10**30, 0.5, 1e300, "", "yes", "no", "7", "NaN", "1e9999", "ы"])
ANYTHING = st.one_of(SCALARS, st.text(max_size=8), st.lists(SCALARS, max_size=2), st.dictionaries(st.text(), SCALARS))
NAMES = sorted({*YES, *PROXY, "error_id", "error", "list", "price", "period", "count", "proxy_status", "proxy_time"})
BODIES = st.one_of(
    st.binary(max_size=200),
    ANYTHING.map(lambda value: json.dumps(value).encode()),
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), ANYTHING), st.dictionaries(st.sampled_from(NAMES), ANYTHING)
    ).map(lambda pair: json.dumps(YES | {"list": [PROXY | pair[0]], "count": 1} | pair[1]).encode()),
)


@given(body=BODIES, status=st.sampled_from([200, 200, 200, 429, 500]), method=st.sampled_from([*READS, *CHANGES]))
@example(body=b'{"status":"yes","list":[{"date":"0001-01-01 00:00:00"}]}', status=200, method=wire.PROXIES)
@example(body=json.dumps(YES | {"list": [PROXY | {"unixtime": 10**18}]}).encode(), status=200, method=wire.PROXIES)
@settings(max_examples=150, deadline=None)
def test_any_bytes_become_a_model_or_one_of_our_errors(body: bytes, status: int, method: wire.Method[Any]) -> None:
    try:
        model = wire.decode(method, status, body)
    except px6.Px6Error as error:
        assert error.__cause__ is None
        assert isinstance(error, px6.OutcomeUnknown | px6.Refused | px6.TooManyCalls) or method in READS
    else:
        assert isinstance(model, Account)
        assert model.balance.is_finite()


@pytest.mark.parametrize("error", [px6.NoMoney(400, "no"), px6.OutcomeUnknown("buy", "lost"), px6.NoAnswer("slow")])
def test_errors_survive_being_pickled(error: px6.Px6Error) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
