"""Each error code arises where its condition does, and a refused call changes nothing."""

from __future__ import annotations

from typing import Any

from sandbox.px6 import ERRORS
from tests.sandbox.px6.conftest import Api

BUY: dict[str, Any] = {"count": 1, "period": 7, "country": "ru"}

CASES: list[tuple[int, str, dict[str, Any]]] = [
    (110, "deleted", {"ids": "1"}),
    (110, "GETPRICE", {}),
    *[
        (200, "getprice", {"period": 30, "count": bad})
        for bad in ("0", "-1", "1.5", "", "ten", "١", "1e3", "10000000")
    ],
    (200, "buy", {"period": 7, "country": "ru"}),
    *[(210, "getprice", {"count": 1, "period": bad}) for bad in ("2", "0", "7.5", "", "week", "7ids=15", "9999")],
    (210, "buy", {"count": 1, "country": "ru"}),
    (210, "prolong", {"ids": "{id}"}),
    *[(220, "getcount", {"country": bad}) for bad in ("RU", "Ru", "xx", "rus", "")],
    (220, "getcount", {}),
    (220, "buy", {"count": 1, "period": 7}),
    *[(230, "prolong", {"period": 7, "ids": bad}) for bad in ("", "a", "1,,2", "1;2", "1, 2", ",1", "1.0", "-1")],
    (230, "prolong", {"period": 7}),
    (230, "settype", {"type": "http"}),
    (230, "setdescr", {"new": "a"}),
    (230, "setdescr", {"new": "a", "olds": "b"}),
    (230, "delete", {}),
    (230, "check", {}),
    (230, "check", {"ids": "{id},{id2}"}),
    *[(240, "getcountry", {"version": bad}) for bad in ("5", "IPV6", "None", "", "06")],
    (240, "buy", {**BUY, "version": "IPV6"}),
    (250, "buy", {**BUY, "descr": "x" * 51}),
    (250, "setdescr", {"ids": "{id}"}),
    (250, "setdescr", {"ids": "{id}", "new": "я" * 51}),
    (250, "setdescr", {"old": "x" * 51, "new": "a"}),
    (260, "settype", {"ids": "{id}"}),
    *[(260, "settype", {"ids": "{id}", "type": bad}) for bad in ("socks5", "HTTP", "", "auto")],
    (260, "buy", {**BUY, "type": "https"}),
    (300, "buy", {**BUY, "count": 972}),
    (300, "buy", {**BUY, "country": "by"}),
    (400, "buy", {**BUY, "version": 4, "period": 30}),
    (400, "prolong", {"ids": "{id}", "period": 365}),
    (404, "prolong", {"period": 7, "ids": "{id},77"}),
    (404, "settype", {"ids": "77", "type": "socks"}),
    (404, "setdescr", {"ids": "77", "new": "a"}),
    (404, "setdescr", {"old": "nobody", "new": "a"}),
    (404, "delete", {"ids": "{id},77"}),
    (404, "delete", {"descr": "nobody"}),
    (404, "check", {"ids": "77"}),
    (30, "settype", {"ids": "{id},{id2}", "type": "http"}),
    *[
        (30, "getproxy", bad)
        for bad in ({"state": "good"}, {"limit": 1001}, {"limit": 0}, {"page": 0}, {"page": "a"})
    ],
]


NEWEST = [
    (110 if method == "settype" else code, method, params)
    for code, method, params in CASES
    if (method, params) not in (("getcount", {}), ("getcountry", {"version": "5"}))
]
"""There is no settype any more; what is an answer there stands in test_newest.py."""


async def test_a_wrong_call_is_refused_with_its_code(api: Api) -> None:
    first, second = api.state.add_proxy(api.account.key), api.state.add_proxy(api.account.key)
    for code, method, params in NEWEST if api.state.profile == "newest" else CASES:
        sent = {name: with_ids(value, str(first.id), str(second.id)) for name, value in params.items()}
        assert await api.refused(method, **sent) == code, (method, params)
    assert api.account.balance == 100
    assert list(api.account.proxies.values()) == [first, second]
    assert api.state.books(api.account.key) == []


def with_ids(value: Any, first: str, second: str) -> Any:
    return value.replace("{id}", first).replace("{id2}", second) if isinstance(value, str) else value


async def test_a_wrong_or_revoked_key_is_100_even_for_an_unknown_method(api: Api) -> None:
    good, api.account.key = api.account.key, "0123456789-0123456789-0123456789"
    assert await api.refused("getcountry") == 100
    assert await api.refused("nonsense") == 100
    api.account.key = good
    api.state.revoke(good)
    assert await api.refused("") == 100


async def test_a_new_key_opens_the_same_account(api: Api) -> None:
    old = api.account.key
    new = api.state.new_key(old)
    assert (await api())["user_id"] == api.account.user_id
    assert api.account.key == new
    api.account.key = old
    assert await api.refused("") == 100


async def test_a_restricted_account_is_105_from_elsewhere(api: Api) -> None:
    api.state.restrict(api.account.key, ["192.0.2.7"])
    assert await api.refused("") == 105
    api.state.restrict(api.account.key, ["127.0.0.1"])
    assert (await api())["status"] == "yes"


async def test_a_price_of_nothing_is_410(api: Api) -> None:
    api.state.set_prices("6", {3: 0})
    assert await api.refused("getprice", count=1, period=3) == 410
    assert await api.refused("buy", **BUY) == 410


async def test_newer_codes_are_for_proxy_strings_and_addresses(current: Api) -> None:
    assert await current.refused("check", proxy="192.0.2.1:80") == 280
    assert await current.refused("check", proxy="192.0.2.1:99999:a:b") == 270
    assert await current.refused("ipauth", ip="not an address") == 105


async def test_newer_calls_are_unknown_to_the_classic_profile(classic: Api) -> None:
    assert await classic.refused("ipauth", ip="192.0.2.1") == 110
    assert await classic.refused("check", proxy="192.0.2.1:80:a:b") == 230
    assert await classic.refused("getprice") == 200


async def test_an_empty_new_comment_is_taken_or_refused_as_the_rules_say(api: Api) -> None:
    proxy = api.state.add_proxy(api.account.key, comment="old")
    api.state.rules.accept_empty_comment = False
    assert await api.refused("setdescr", ids=proxy.id, new="") == 250
    api.state.rules.accept_empty_comment = True
    assert (await api("setdescr", ids=proxy.id, new=""))["count"] == 1
    assert proxy.comment == ""


async def test_unknown_ids_are_skipped_when_the_rules_say_so(api: Api) -> None:
    api.state.rules.unknown_ids = "skip"
    proxy = api.state.add_proxy(api.account.key)
    assert (await api("delete", ids=f"{proxy.id},77"))["count"] == 1
    assert await api.refused("delete", ids="77") == 404


async def test_what_is_not_utf8_is_refused(api: Api) -> None:
    assert (await api.raw("/getproxy?descr=%FF%FE")).json["error_id"] == 30


async def test_a_request_line_over_8_kilobytes_is_414_and_other_verbs_405(api: Api) -> None:
    room = 8192 - len(f"GET /api/{api.account.key}/getcount?country=ru&x= HTTP/1.1\r\n")
    assert (await api.raw(f"/getcount?country=ru&x={'a' * room}")).status == 200
    assert (await api.raw(f"/getcount?country=ru&x={'a' * (room + 1)}")).status == 414
    assert (await api.raw("/getcount?country=ru", verb="POST")).status == 405
    assert len(api.state.calls) == 3


def test_every_code_of_the_document_has_its_words() -> None:
    assert ERRORS[300] == "Error active proxy allow"
    assert len(ERRORS) == 17
