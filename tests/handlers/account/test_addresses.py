"""Addresses as people write them behind /bind."""

from __future__ import annotations

import pytest

from handlers.account.addresses import addresses, is_off
from handlers.ground.parsing import BadInput
from handlers.ground.typed import read
from handlers.ground.words import Words

EN = Words("en")


def bound(typed: str) -> tuple[str, ...] | str:
    """What is to be bound, or the first line of why it is not."""
    try:
        return addresses(EN, read(f"/bind {typed}").words)
    except BadInput as error:
        return str(error.text.as_kwargs()["text"]).partition("\n")[0]


def some(count: int) -> list[str]:
    return [f"5.18.204.{each}" for each in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 9, 10])
def test_up_to_ten_addresses_are_bound_in_their_order_each_once(count: int) -> None:
    assert bound(", ".join([*some(count), *some(count)])) == tuple(some(count))
    assert bound("[5.18.204.9]") == ("5.18.204.9",)


def test_eleven_are_too_many_and_none_is_none() -> None:
    assert bound(" ".join(some(11))) == "That is more than 10 addresses."
    assert bound("") == "Write an IP address, or several with commas between them."


@pytest.mark.parametrize(
    ("typed", "off"),
    [
        *(("off", True), ("OFF", True), ("none", True), ("delete", True)),
        *(("", False), ("of", False), ("off off", False), ("5.18.204.9 off", False), ("5.18.204.9", False)),
    ],
)
def test_one_word_alone_lifts_the_binding(typed: str, off: bool) -> None:
    assert is_off(read(f"/bind {typed}").words) is off
