"""What each method sends, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import px6
from px6 import Protocol, Px6Client, State, Version, newer, wire
from px6.ways import Address
from tests.px6.conftest import quick_client
from tests.px6.server import KEY, PROXY, Px6, Reply, Request, refused, said, serving

Call = Callable[[Px6Client], Awaitable[Any]]
PRICED = said(price=1, period=7, count=1, list=[])
COUNTED = said(count=1)

ROWS: list[tuple[Call, Reply, str]] = [
    (lambda c: c.account(), said(), f"{KEY}/"),
    (lambda c: c.price(1, 7), PRICED, f"{KEY}/getprice/?count=1&period=7&version=6"),
    (lambda c: c.price_table(), said(data={"6": {"3": 2.95}}), f"{KEY}/getprice/"),
    (lambda c: c.stock_grid(), said(count={"6": {"ru": 5}}), f"{KEY}/getcount/"),
    (lambda c: c.stock("RU", Version.SHARED), COUNTED, f"{KEY}/getcount/?country=ru&version=3"),
    (lambda c: c.countries(Version.IPV4), said(list=["ru"]), f"{KEY}/getcountry/?version=4"),
    (lambda c: c.proxies(), said(list=[]), f"{KEY}/getproxy/?state=all&page=1&limit=1000"),
    (
        lambda c: c.proxies_page(State.EXPIRING, "a b", nokey=True, page=2, limit=5),
        said(list=[]),
        f"{KEY}/getproxy/?state=expiring&page=2&limit=5&descr=a%20b&nokey=1",
    ),
    (lambda c: c.set_type([10, 11, 10], Protocol.SOCKS), said(), f"{KEY}/settype/?ids=10,11&type=socks"),
    (lambda c: c.set_comment("new", old="old"), COUNTED, f"{KEY}/setdescr/?new=new&old=old"),
    (lambda c: c.set_comment("", ids=[1, 2]), COUNTED, f"{KEY}/setdescr/?new=&ids=1,2"),
    (lambda c: c.buy(1, 7, "ru"), PRICED, f"{KEY}/buy/?count=1&period=7&country=ru&version=6&type=http"),
    (
        lambda c: c.buy(
            2, 30, "DE", Version.IPV4, protocol=Protocol.SOCKS, comment="shop", auto_prolong=True, nokey=True
        ),
        PRICED,
        f"{KEY}/buy/?count=2&period=30&country=de&version=4&type=socks&descr=shop&auto_prolong=1&nokey=1",
    ),
    (
        lambda c: c.buy(1, 7, "nl", Version.MTPROTO, protocol=Protocol.SOCKS),
        PRICED,
        f"{KEY}/buy/?count=1&period=7&country=nl&version=5",
    ),
    (lambda c: c.prolong(7, [15, 16]), PRICED, f"{KEY}/prolong/?period=7&ids=15,16"),
    (lambda c: c.prolong(7, [15], nokey=True), PRICED, f"{KEY}/prolong/?period=7&ids=15&nokey=1"),
    (lambda c: c.delete(ids=[15, 16]), COUNTED, f"{KEY}/delete/?ids=15,16"),
    (lambda c: c.delete(comment="shop"), COUNTED, f"{KEY}/delete/?descr=shop"),
    (lambda c: c.check(15), said(proxy_id=15, proxy_status=True), f"{KEY}/check/?ids=15"),
    (
        lambda c: c.check_string("1.2.3.4:80:u:p"),
        said(proxy_id=None, proxy_status=True),
        f"{KEY}/check/?proxy=1.2.3.4%3A80%3Au%3Ap",
    ),
    (lambda c: c.bind_addresses(["1.2.3.4", "5.6.7.8"]), said(), f"{KEY}/ipauth/?ip=1.2.3.4,5.6.7.8"),
    (lambda c: c.bind_addresses([]), said(), f"{KEY}/ipauth/?ip=delete"),
]


@pytest.mark.parametrize(("call", "reply", "target"), ROWS, ids=[row[2].partition("/")[2] for row in ROWS])
async def test_each_method_sends_its_parameters_once(
    server: Px6, client: Px6Client, call: Call, reply: Reply, target: str
) -> None:
    server.otherwise = reply
    answer = await call(client)
    assert [request.target for request in server.requests] == [f"/api/{target}"]
    assert (answer.user_id, str(answer.balance), answer.currency) == ("1", "48.80", "RUB")


@pytest.mark.parametrize(
    "text", ["50 % & more", "a=b#c?d", "«кавычки» \"q\" 'q'", "🇩🇪👍🏽", "line\r\nbreak\ttab", "+", "a,b", "\\"]
)
async def test_px6_stores_exactly_the_comment_that_was_written(server: Px6, client: Px6Client, text: str) -> None:
    server.otherwise = COUNTED
    await client.set_comment(text, old=text[::-1])
    assert server.requests[0].params == {"new": text, "old": text[::-1]}


async def test_flags_that_are_off_are_left_out(server: Px6, client: Px6Client) -> None:
    server.otherwise = PRICED
    await client.buy(1, 7, "ru", auto_prolong=False, nokey=False)
    assert set(server.requests[0].params) == {"count", "period", "country", "version", "type"}


async def test_each_error_number_reaches_the_caller_after_one_request(server: Px6, client: Px6Client) -> None:
    server.then(refused(400, "Error no money"))
    with pytest.raises(px6.NoMoney):
        await client.buy(1, 7, "ru")
    server.then(refused(100))
    with pytest.raises(px6.WrongKey):
        await client.account()
    assert server.methods == ["buy", ""]


def pages(total: int) -> Callable[[Request], Reply]:
    """A server with this many proxies."""

    def reply(request: Request) -> Reply:
        page, limit = int(request.params["page"]), int(request.params["limit"])
        ids = range(total)[(page - 1) * limit : page * limit]
        return said(list={str(i): PROXY | {"id": str(i)} for i in ids}, list_count=len(ids))

    return reply


@pytest.mark.parametrize(("total", "calls"), [(0, 1), (999, 1), (1000, 3), (2001, 3), (3000, 6)])
async def test_a_list_is_read_whole_page_by_page(server: Px6, client: Px6Client, total: int, calls: int) -> None:
    server.otherwise = pages(total)
    assert [proxy.id for proxy in (await client.proxies()).proxies] == list(range(total))
    assert sorted(request.params["page"] for request in server.requests) == [str(n + 1) for n in range(calls)]


@pytest.mark.parametrize(("total", "calls"), [(1000, 2), (3000, 4)])
async def test_work_that_nobody_waits_for_reads_no_page_that_it_may_not_need(
    server: Px6, client: Px6Client, total: int, calls: int
) -> None:
    server.otherwise = pages(total)
    assert len((await client.background.proxies()).proxies) == total
    assert [request.params["page"] for request in server.requests] == [str(n + 1) for n in range(calls)]


@pytest.mark.parametrize("waited_for", [True, False])
@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize(("total", "is_read"), [(3, True), (4, True), (5, False)])
async def test_a_list_is_read_up_to_the_most_that_an_account_may_have(
    server: Px6,
    client: Px6Client,
    monkeypatch: pytest.MonkeyPatch,
    total: int,
    is_read: bool,
    odd: int,
    waited_for: bool,
) -> None:
    """Whether its last page is full or not; what cannot be read is part of it.

    A list that goes on is no answer: half of it would pass for the whole.
    """
    monkeypatch.setattr("px6.client.MOST_PROXIES", 4)
    served = pages(total)

    def spoilt(request: Request) -> Reply:
        listed = json.loads(served(request).body)["list"]
        return said(list={one: None if int(one) < odd else proxy for one, proxy in listed.items()})

    server.otherwise = spoilt
    reading = (client if waited_for else client.background).proxies(limit=2)
    if is_read:
        found = await reading
        assert (len(found.proxies), found.unreadable) == (total - odd, odd)
        return
    with pytest.raises(px6.BadAnswer):
        await reading


async def test_ids_of_what_cannot_be_read_are_known_of_all_pages(server: Px6, client: Px6Client) -> None:
    served = pages(5)

    def spoilt(request: Request) -> Reply:
        listed = json.loads(served(request).body)["list"]
        return said(list={one: proxy | {"port": ""} if int(one) % 2 else proxy for one, proxy in listed.items()})

    server.otherwise = spoilt
    found = await client.proxies(limit=2)
    assert (sorted(found.unreadable_ids), found.unreadable) == ([1, 3], 2)


@pytest.mark.parametrize("spoilt_page", ["1", "2"])
async def test_a_full_page_of_which_nothing_can_be_read_is_not_the_last_one(
    server: Px6, client: Px6Client, spoilt_page: str
) -> None:
    """Else what follows it would pass for gone."""
    served = pages(5)

    def spoilt(request: Request) -> Reply:
        listed = json.loads(served(request).body)["list"]
        is_it = request.params["page"] == spoilt_page
        return said(list={one: proxy | {"port": ""} if is_it else proxy for one, proxy in listed.items()})

    server.otherwise = spoilt
    found = await client.proxies(limit=2)
    assert {proxy.id for proxy in found.proxies} | set(found.unreadable_ids) == set(range(5))
    assert (len(found.proxies), found.unreadable) == (3, 2)


async def test_a_page_that_cannot_be_read_and_comes_again_for_each_one_past_it_is_counted_once(
    server: Px6, client: Px6Client
) -> None:
    listed = {str(one): PROXY | {"id": str(one), "port": ""} for one in range(2)}
    server.otherwise = lambda _: said(list=listed)
    found = await client.proxies(limit=2)
    assert (found.proxies, found.unreadable_ids, found.unreadable) == ((), (0, 1), 2)
    assert len(server.requests) == 3


async def test_a_list_whose_pages_repeat_each_other_is_asked_no_further_than_an_account_has_pages(
    server: Px6, client: Px6Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one key could ask for thousands of pages, each with one proxy that is new."""
    monkeypatch.setattr("px6.client.MOST_PROXIES", 4)

    def repeated(request: Request) -> Reply:
        page = int(request.params["page"])
        return said(list=[PROXY | {"id": one} for one in (page, page + 1)])

    server.otherwise = repeated
    with pytest.raises(px6.BadAnswer):
        await client.background.proxies(limit=2)
    assert len(server.requests) == 3


async def test_a_page_past_the_last_one_may_be_refused(server: Px6, client: Px6Client) -> None:
    served = pages(1500)
    server.otherwise = lambda request: refused(404) if request.params["page"] == "3" else served(request)
    assert len((await client.proxies()).proxies) == 1500


async def test_a_server_that_repeats_its_page_for_ever_is_asked_no_further(server: Px6, client: Px6Client) -> None:
    server.otherwise = said(list=[PROXY | {"id": i} for i in range(1000)])
    assert len((await client.proxies()).proxies) == 1000
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.set_comment("a"),
        lambda c: c.set_comment("a", ids=[1], old="b"),
        lambda c: c.delete(),
        lambda c: c.delete(comment=""),
        lambda c: c.delete(ids=[1], comment="b"),
        lambda c: c.delete(ids=[]),
        lambda c: c.prolong(7, range(10_000_000, 10_001_000)),
        lambda c: c.set_comment("🙂" * 400, old="a"),
        lambda c: c.buy(1, 7, "ru", protocol=Protocol.AUTO),
        lambda c: c.set_type([1], Protocol.AUTO),
    ],
)
async def test_arguments_that_make_no_call_send_nothing(server: Px6, client: Px6Client, call: Call) -> None:
    with pytest.raises(ValueError, match=r"."):
        await call(client)
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 404])
async def test_a_server_that_spells_the_paths_end_otherwise_is_understood(
    server: Px6, client: Px6Client, status: int
) -> None:
    def strict(request: Request) -> Reply:
        with_slash = request.target.partition("?")[0].endswith("/")
        return Reply(status, headers="Location: /elsewhere\r\n") if with_slash else COUNTED

    server.otherwise = strict
    await client.stock("ru")
    await client.delete(ids=[1])
    assert [r.target.partition("?")[0] for r in server.requests] == [
        f"/api/{KEY}/getcount/",
        f"/api/{KEY}/getcount",
        f"/api/{KEY}/delete",
    ]


@pytest.mark.parametrize("status", [308, 404])
async def test_the_same_server_is_asked_in_its_spelling_before_another(server: Px6, status: int) -> None:
    async with serving() as other, quick_client([server.url, other.url]) as client:
        server.otherwise = COUNTED
        server.then(Reply(status))
        await client.stock("ru")
        assert [request.target.partition("?")[0] for request in server.requests] == [
            f"/api/{KEY}/getcount{end}" for end in ("/", "")
        ]
        assert other.requests == []


@pytest.mark.parametrize("status", [300, 305, 400, 403, 405, 500])
async def test_no_other_answer_says_that_the_path_is_spelled_otherwise(
    server: Px6, client: Px6Client, status: int
) -> None:
    server.otherwise = COUNTED
    server.then(Reply(status))
    await client.stock("ru")
    assert [request.target.partition("?")[0] for request in server.requests] == [f"/api/{KEY}/getcount/"] * 2


@pytest.mark.parametrize("url", ["", "px6.me/api", "ftp://px6.me", "https://", "https://px6.me/api?x=1"])
def test_what_is_no_base_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="not a base address"):
        Px6Client(KEY, urls=[url])


def test_neither_no_address_nor_an_empty_key_makes_a_client() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Px6Client(KEY, urls=[])
    with pytest.raises(ValueError, match="not empty"):
        Px6Client(" ")


async def test_a_base_address_may_end_in_a_slash(server: Px6) -> None:
    async with Px6Client(KEY, urls=[server.url + "/"]) as client:
        await client.account()
    assert server.requests[0].target == f"/api/{KEY}/"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
@settings(max_examples=100, deadline=None)
def test_fifty_characters_of_anything_leave_room_for_a_part_of_ids(text: str) -> None:
    ids = ",".join(map(str, px6.split_ids(range(10**8, 10**8 + 2000))[0]))
    url = Address("https://proxy6.net/api").spelled("k" * 128 + "/setdescr", f"new={quote(text, safe='')}&ids={ids}")
    assert len(str(url)) < 4096


def test_every_method_of_the_document_is_there() -> None:
    methods = {
        value.name for value in (*vars(wire).values(), *vars(newer).values()) if isinstance(value, wire.Method)
    } | {"buy"}
    assert methods >= {"", "getprice", "getcount", "getcountry", "getproxy", "check"}
    assert methods >= {"settype", "setdescr", "buy", "prolong", "delete"}
