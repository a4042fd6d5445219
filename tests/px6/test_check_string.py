"""What px6 says of a proxy's string holds no part of it."""

from __future__ import annotations

import json

import pytest

import px6
from px6 import newer, wire

STRING = "1.2.3.4:8000:login:s3cret"


def answer(error_id: int, words: str) -> bytes:
    return json.dumps({"status": "no", "error_id": error_id, "error": words}).encode()


@pytest.mark.parametrize("words", [f"Error proxy str {STRING}", "wrong password s3cret", "user login", "at 1.2.3.4"])
def test_words_that_repeat_any_part_of_it_are_dropped(words: str) -> None:
    with pytest.raises(px6.WrongProxyString) as raised:
        wire.decode(newer.string_check(STRING), 200, answer(280, words))
    assert raised.value.error == ""
    assert "s3cret" not in str(raised.value)


def test_other_words_stay_since_they_may_name_the_bots_address() -> None:
    with pytest.raises(px6.WrongAddress) as raised:
        wire.decode(newer.string_check(STRING), 200, answer(105, "Error ip 93.18.2.40"))
    assert raised.value.address == "93.18.2.40"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Error ip", ""),
        ("Error ip 93.18.2.40", "93.18.2.40"),
        ("Error ip: 93.18.2.40.", "93.18.2.40"),
        ("IP (2a00:1838::1) is not allowed", "2a00:1838::1"),
        ("Error ip 999.1.1.1, yours is 93.18.2.40", "93.18.2.40"),
        ("at 12:30:15", ""),
    ],
)
def test_the_address_in_px6s_words_is_found(words: str, address: str) -> None:
    assert px6.WrongAddress(105, words).address == address
