"""What a /comment may mean: numbers alone are ids, quotes make any argument text, and both is asked."""

from __future__ import annotations

import pytest

from handlers.ground.drafts import cut_comment
from handlers.ground.typed import Word, read
from handlers.proxies.comment import ByIds, Everywhere, meanings


def ids(*numbers: str) -> tuple[Word, ...]:
    return tuple(Word(number) for number in numbers)


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("/comment 15 shop", [ByIds(ids("15"), "shop")]),
        ("/comment 15, 16 my shop", [ByIds(ids("15", "16"), "my shop")]),
        ("/comment 15  a  &  b # «c»", [ByIds(ids("15"), "a  &  b # «c»")]),
        ("/comment 15 one\ntwo", [ByIds(ids("15"), "one\ntwo")]),
        ('/comment 15 "a > b"', [ByIds(ids("15"), "a > b")]),
        ('/comment 15 "2024"', [ByIds(ids("15"), "2024")]),
        ('/comment 15 ""', [ByIds(ids("15"), "")]),
        ("/comment 15", [ByIds(ids("15"), None)]),
        ("/comment 15 2024", [ByIds(ids("15", "2024"), None), ByIds(ids("15"), "2024")]),
        ("/comment shop > market", [Everywhere("shop", "market")]),
        ("/comment old shop > new  shop", [Everywhere("old shop", "new  shop")]),
        ('/comment "a > b" > "c"', [Everywhere("a > b", "c")]),
        ('/comment shop > ""', [Everywhere("shop", "")]),
        ("/comment 15 > 16", [ByIds(ids("15"), "> 16"), Everywhere("15", "16")]),
        ("/comment 15 a > b", [ByIds(ids("15"), "a > b"), Everywhere("15 a", "b")]),
        ("/comment shop", []),
        ("/comment > shop", []),
        ("/comment a > b > c", []),
        ("/comment", []),
    ],
)
def test_a_comment_command_means(message: str, meant: list[object]) -> None:
    assert meanings(read(message)) == meant


def test_a_cut_comment_has_fifty_characters_at_most_and_no_space_at_its_end() -> None:
    assert cut_comment("x" * 60) == "x" * 50
    assert cut_comment("x" * 49 + " y") == "x" * 49
