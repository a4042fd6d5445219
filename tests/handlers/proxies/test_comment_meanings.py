"""What a /comment may mean: numbers alone are ids, quotes make any argument text, and both is asked."""

from __future__ import annotations

import pytest

from handlers.ground.drafts import cut_comment
from handlers.ground.typed import Word, read
from handlers.proxies.comment_meanings import CommentOnIds, RenameEverywhere, meanings


def ids(*numbers: str) -> tuple[Word, ...]:
    return tuple(Word(number) for number in numbers)


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("/comment 15 shop", [CommentOnIds(ids("15"), "shop")]),
        ("/comment 15, 16 my shop", [CommentOnIds(ids("15", "16"), "my shop")]),
        ("/comment 15  a  &  b # «c»", [CommentOnIds(ids("15"), "a  &  b # «c»")]),
        ("/comment 15 one\ntwo", [CommentOnIds(ids("15"), "one\ntwo")]),
        ('/comment 15 "a > b"', [CommentOnIds(ids("15"), "a > b")]),
        ('/comment 15 "2024"', [CommentOnIds(ids("15"), "2024")]),
        ('/comment 15 ""', [CommentOnIds(ids("15"), "")]),
        ("/comment 15", [CommentOnIds(ids("15"), None)]),
        ("/comment 15 2024", [CommentOnIds(ids("15", "2024"), None), CommentOnIds(ids("15"), "2024")]),
        ("/comment shop > market", [RenameEverywhere("shop", "market")]),
        ("/comment old shop > new  shop", [RenameEverywhere("old shop", "new  shop")]),
        ('/comment "a > b" > "c"', [RenameEverywhere("a > b", "c")]),
        ('/comment shop > ""', [RenameEverywhere("shop", "")]),
        ("/comment 15 > 16", [CommentOnIds(ids("15"), "> 16"), RenameEverywhere("15", "16")]),
        ("/comment 15 a > b", [CommentOnIds(ids("15"), "a > b"), RenameEverywhere("15 a", "b")]),
        ("/comment 1 2 3", [CommentOnIds(ids("1", "2", "3"), None), CommentOnIds(ids("1", "2"), "3")]),
        ('/comment a > "b",', [RenameEverywhere("a", '"b",')]),
        ('/comment 15 ">" sale', [CommentOnIds(ids("15"), '">" sale')]),
        *((f"/comment shop {arrow} market", [RenameEverywhere("shop", "market")]) for arrow in ("→", "->", "=>")),
        ("/comment shop >", []),
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
