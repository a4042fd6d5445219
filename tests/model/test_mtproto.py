"""Secrets of MTProto proxies, and the links that are made of them."""

from __future__ import annotations

import base64

import pytest
from msgspec.structs import replace

from model.mtproto import is_secret, mtproto_link, secret_of
from tests.sample_proxies import a_proxy

PLAIN = "0123456789abcdef0123456789ABCDEF"
DOMAIN = b"example.com"


def in_base64(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).decode()


BASE64 = in_base64(b"\xee" + b"\xff" * 16 + DOMAIN)


@pytest.mark.parametrize(
    ("secret", "taken"),
    [
        (PLAIN, True),
        ("dd" + PLAIN, True),
        ("ee" + PLAIN + DOMAIN.hex(), True),
        ("EE" + PLAIN + DOMAIN.hex(), True),
        (BASE64, True),
        (BASE64.rstrip("="), True),
        (base64.b64encode(b"\xff" * 16).decode(), True),
        *((in_base64(b"\xee" + b"\xff" * 16 + b"a" * more).rstrip("="), True) for more in (1, 2, 3)),
        *((in_base64(b"\xdd" + b"\xff" * 16 + b"a" * more).rstrip("="), not more) for more in (0, 1, 2, 3)),
        *((in_base64(b"\xff" * size).rstrip("="), size == 16) for size in (14, 15, 16, 17)),
        ("ee" + PLAIN, False),
        ("ee" + PLAIN + "00ff", False),
        ("ab" + PLAIN, False),
        ("dd" + PLAIN + "00", False),
        (PLAIN[:-2], False),
        (PLAIN[:-1], False),
        ("not a secret", False),
        ("a", False),
        ("", False),
    ],
)
def test_only_what_telegram_takes_becomes_a_link(secret: str, taken: bool) -> None:
    assert is_secret(secret) is taken
    proxy = replace(a_proxy(version="5", user="", password=""), secret=secret)
    assert (mtproto_link(proxy) is not None) is taken


def test_the_secret_may_stand_in_place_of_the_password() -> None:
    assert secret_of(a_proxy(password="dd" + PLAIN)) == "dd" + PLAIN
    assert secret_of(a_proxy(password="x", secret=PLAIN)) == PLAIN
    found = mtproto_link(a_proxy(password="", secret=BASE64))
    assert found is not None and found.startswith("https://t.me/proxy?server=185.22.134.250&port=7015&secret=")
    assert found.endswith(BASE64.replace("=", "%3D"))
