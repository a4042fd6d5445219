"""Long lists of ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import px6
from px6 import Px6Client, in_parts, split_ids
from px6.parts import joined
from tests.px6.server import Fault, Px6, refused, said

MANY = range(10_000_000, 10_001_000)


@given(st.lists(st.integers(1, 10**12), max_size=2000))
def test_every_id_is_in_exactly_one_part_and_each_part_fits(ids: list[int]) -> None:
    parts = split_ids(ids)
    assert [number for part in parts for number in part] == list(dict.fromkeys(ids))
    assert all(part and len(",".join(map(str, part))) <= 3000 for part in parts)


@pytest.mark.parametrize(("last", "parts"), [(99, [334]), (100, [333, 1])])
def test_a_part_is_filled_to_the_last_byte(last: int, parts: list[int]) -> None:
    """333 numbers of eight digits and their commas are 2,997 bytes."""
    assert [len(part) for part in split_ids([*range(10_000_000, 10_000_333), last])] == parts


@pytest.mark.parametrize(("last", "fits"), [(10_000, True), (100_000, False)])
def test_one_call_takes_three_thousand_bytes_of_ids(last: int, fits: bool) -> None:
    """332 numbers of eight digits and their commas are 2,988 bytes, and one of six and its comma are seven more."""
    ids = [*range(10_000_000, 10_000_332), 100_001, last]
    if fits:
        assert len(joined(ids)) == 3000
        return
    with pytest.raises(ValueError, match="too many ids"):
        joined(ids)
    with pytest.raises(ValueError, match="no ids"):
        joined([])


async def test_a_thousand_ids_go_out_in_urls_under_four_kilobytes(server: Px6, client: Px6Client) -> None:
    server.otherwise = lambda request: said(count=len(request.params["ids"].split(",")))
    parts = await in_parts(MANY, lambda ids: client.set_comment("🙂" * 50, ids=ids))
    assert sum(part.result.count for part in parts if part.result) == 1000
    assert [number for part in parts for number in part.ids] == list(MANY)
    assert len(server.requests) == 4
    assert all(len(server.url) + len(request.target) < 4096 for request in server.requests)


async def test_each_part_has_its_own_outcome(server: Px6, client: Px6Client) -> None:
    server.then(said(count=333), refused(404), said(count=333), said(count=1))
    parts = await in_parts(MANY, lambda ids: client.delete(ids=ids))
    assert [type(part.error) for part in parts] == [type(None), px6.NotFound, type(None), type(None)]
    assert [part.result.count if part.result else None for part in parts] == [333, None, 333, 1]


@pytest.mark.parametrize(("code", "kind"), [(100, px6.WrongKey), (105, px6.WrongAddress), (400, px6.NoMoney)])
async def test_after_an_error_that_would_meet_all_the_rest_is_not_sent(
    server: Px6, client: Px6Client, code: int, kind: type[px6.Px6Error]
) -> None:
    server.then(said(count=333))
    server.otherwise = refused(code)
    parts = await in_parts(MANY, lambda ids: client.delete(ids=ids))
    assert len(server.requests) == 2
    assert [type(part.error) for part in parts] == [type(None), kind, kind, kind]


async def test_after_an_open_outcome_the_rest_was_certainly_not_sent(server: Px6, client: Px6Client) -> None:
    server.otherwise = Fault.DROP
    parts = await in_parts(MANY, lambda ids: client.prolong(7, ids))
    assert len(server.requests) == 1
    assert [type(part.error) for part in parts] == [px6.OutcomeUnknown] + [px6.NotTried] * 3
    assert [part.error.money_may_have_moved for part in parts if part.error] == [True, False, False, False]


async def test_no_ids_are_no_call(server: Px6, client: Px6Client) -> None:
    assert await in_parts([], lambda ids: client.delete(ids=ids)) == []
    assert server.requests == []
