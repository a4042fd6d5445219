"""The ways to px6: in which order they are tried, which are left alone for how long, and what is no address."""

from __future__ import annotations

import pytest

from px6.transport import Answer
from px6.ways import Address, Ways
from tests.px6.clock import Clock

URLS = ("https://one.example/api/", "http://two.example:8080/api")
PROXIES = ("socks5://ann:s3cret@127.0.0.1:1080", "http://127.0.0.2:3128", "socks5://ann:s3cret@127.0.0.1:1080")


def order(ways: Ways) -> list[tuple[str, str]]:
    return [(way.address.host[:3], way.proxy.rpartition(":")[2]) for way in ways.best_first()]


def test_each_address_is_tried_through_every_proxy_before_the_next_address() -> None:
    ways = Ways(URLS, PROXIES, Clock())
    assert order(ways) == [("one", "1080"), ("one", "3128"), ("two", "1080"), ("two", "3128")]
    assert str(ways) == "one.example, two.example through 127.0.0.1:1080, 127.0.0.2:3128"
    direct = Ways(URLS, (), Clock())
    assert (order(direct), str(direct)) == ([("one", ""), ("two", "")], "one.example, two.example")


def test_a_way_that_is_left_alone_comes_last_until_its_time_is_over() -> None:
    clock = Clock()
    ways = Ways(URLS, (), clock)
    first, second = ways.best_first()
    ways.avoid(first, 60.0)
    assert order(ways) == [("two", ""), ("one", "")]
    ways.avoid(second, 30.0)
    assert order(ways) == [("two", ""), ("one", "")], "the one whose time is over sooner comes first"
    clock.pass_by(30.0)
    assert order(ways) == [("two", ""), ("one", "")]
    clock.pass_by(29.5)
    assert order(ways) == [("two", ""), ("one", "")]
    clock.pass_by(0.5)
    assert order(ways) == [("one", ""), ("two", "")], "of those that nobody avoids the first is tried first again"
    clock.pass_by(1000.0)
    assert order(ways) == [("one", ""), ("two", "")]


def test_a_proxy_that_is_left_alone_takes_all_its_ways_with_it_and_no_other() -> None:
    ways = Ways(URLS, PROXIES, Clock())
    ways.avoid_proxy(PROXIES[0], 60.0)
    assert order(ways) == [("one", "3128"), ("two", "3128"), ("one", "1080"), ("two", "1080")]


@pytest.mark.parametrize(("query", "end", "url"), [("", "/", "a/"), ("b=1", "/", "a/?b=1"), ("b=1", "", "a?b=1")])
def test_an_address_is_spelled_as_its_server_wants_it(query: str, end: str, url: str) -> None:
    assert str(Address("https://px6.me/api", end).spelled("a", query)) == f"https://px6.me/api/{url}"
    assert str(Ways(URLS, (), Clock()).addresses[0].spelled("a", "")) == "https://one.example/api/a/"


@pytest.mark.parametrize(
    "url", ["ftp://px6.me/api", "https:///api", "https://px6.me/api?s3cret", "https://px6.me/api#s3cret", "s3cret"]
)
def test_what_is_no_address_of_px6_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match=r"^not a base address of px6; an example: https://px6\.me/api$"):
        Ways([url], (), Clock())
    with pytest.raises(ValueError, match="px6 needs at least one address"):
        Ways([], (), Clock())


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1:80", "socks5://:1080", "socks5://s3cret", "http://a:s3cret", "http://a:70000", "http://a:0"],
)
def test_what_is_no_proxy_is_refused_without_what_was_given(url: str) -> None:
    with pytest.raises(ValueError, match=r"^not the address of a proxy; an example: ") as caught:
        Ways(URLS, [url], Clock())
    assert "s3cret" not in str(caught.value)


def test_neither_the_login_of_a_proxy_nor_an_answer_is_shown() -> None:
    way = Ways(URLS, PROXIES, Clock()).best_first()[0]
    assert "one.example" in repr(way) and "s3cret" not in repr(way)
    answer = repr(Answer(200, b"s3cret", way, "/"))
    assert "200" in answer and "s3cret" not in answer
