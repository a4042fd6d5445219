"""By whom a list of orders can be narrowed."""

from __future__ import annotations

import pytest

from handlers.orders.who_did import team
from model.doers import AUTOMATIC, OWN, Doer, Doers

BOB, EVE = Doer(person=1002, name="Bob"), Doer(person=1003, name="Eve")
EIGHT = tuple(Doer(person=1002 + nth, name="abcdefgh"[nth]) for nth in range(8))


@pytest.mark.parametrize(
    ("doers", "reader", "did"),
    [
        (Doers(own=True, had_colleagues=True), None, []),
        (Doers(own=True, automatic=True, had_colleagues=True), None, []),
        (Doers(colleagues=(BOB,), had_colleagues=True), None, []),
        (Doers(own=True, colleagues=(BOB,), had_colleagues=True), None, [OWN, "1002"]),
        (Doers(colleagues=(BOB,), automatic=True, had_colleagues=True), 1002, ["1002", AUTOMATIC]),
        (Doers(own=True, colleagues=(BOB, EVE), had_colleagues=True), 1003, [OWN, "1003", "1002"]),
        (Doers(own=True, colleagues=EIGHT, had_colleagues=True), 1009, [OWN, "1009", "1002", "1003", "1004", "1005"]),
    ],
    ids=["the owner", "and by itself", "one colleague", "both", "a colleague and by itself", "reader first", "many"],
)
def test_a_list_is_narrowed_to_one_of_several_who_did_something_a_colleague_among_them(
    doers: Doers, reader: int | None, did: list[str]
) -> None:
    """The reader before the other colleagues, of whom as many as have room."""
    assert list(team(doers, reader).did) == did
