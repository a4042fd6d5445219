"""Proxies as people and programs write them."""

from __future__ import annotations

import pytest

from handlers.proxies.proxy_strings import is_like_strings, read_strings

ONE, TWO = "1.2.3.4:8000:u:p", "5.6.7.8:9000:v:q"

FORMS = (
    ONE,
    "u:p@1.2.3.4:8000",
    "1.2.3.4:8000@u:p",
    "u:p:1.2.3.4:8000",
    "socks5://u:p@1.2.3.4:8000",
    "SOCKS5H://u:p@1.2.3.4:8000/",
    "http://1.2.3.4:8000:u:p",
    "https://u:p@1.2.3.4:8000?title=DE%20shop&cc=DE#name",
    f"{ONE}[https://change.example/1]",
    "https://t.me/socks?server=1.2.3.4&port=8000&user=u&pass=p",
    "tg://socks?server=1.2.3.4&port=8000&user=u&pass=p",
    "tg://socks?server=1.2.3.4&port=8000&user=u&pass=p&server=5.6.7.8&port=9000&user=v&pass=q",
    "1.2.3.4 8000 u p",
    "1.2.3.4\n8000\nu\np",
    "1.2.3.4\t8000\tu\tp",
    "1.2.3.4:8000 u p",
    "1.2.3.4:8000 u:p",
    "socks5 1.2.3.4 8000 u p",
    "1.2.3.4 : 8000 : u : p",
    f"«{ONE}»",
    f"„{ONE}“",
    f"“{ONE}”,",
    f"`{ONE}`",
    f"\u200b{ONE}\ufeff",
    "１.２.３.４：８０００：ｕ：ｐ",
    "1.2.3.4:08000:u:p",
)


@pytest.mark.parametrize("written", FORMS)
def test_a_proxy_is_read_however_it_is_written(written: str) -> None:
    found, unread = read_strings(written)
    assert ([each.for_px6 for each in found], unread) == ([ONE], 0)
    assert is_like_strings(written)


@pytest.mark.parametrize("between", ["\n", " ", ", ", ",", ";", "\n\n", " ; "])
def test_several_are_read_whatever_stands_between_them_each_once(between: str) -> None:
    found, unread = read_strings(between.join((ONE, TWO, ONE)))
    assert ([each.for_px6 for each in found], unread) == ([ONE, TWO], 0)


def test_what_is_none_is_counted_and_takes_no_part_of_the_next() -> None:
    found, unread = read_strings(f"1.2.3.4:8000\n{TWO} 15 shop")
    assert ([each.for_px6 for each in found], unread) == ([TWO], 3)


@pytest.mark.parametrize(
    "written",
    ["", "hello:world", "1.2.3.4", "1.2.3.4:8000", "u:p@", "1.2.3.4:port:u:p", "2a00::1:80:u:p", "1.2.3.4:1:ы:p",
     "1.2.3.4:1234567:u:p", f"1.2.3.4:80:u:{'p' * 256}", "https://t.me/socks?server=1.2.3.4", "socks5://%20:p@a.b:1",
     "http://t.me/socks?server=[&port=1&user=u&pass=p"],
)  # fmt: skip
def test_no_proxy_is_made_of_anything_else(written: str) -> None:
    assert read_strings(written)[0] == []


@pytest.mark.parametrize(("length", "is_read"), [(255, True), (256, False)])
def test_a_login_and_a_password_have_up_to_255_characters(length: int, is_read: bool) -> None:
    for written in (f"1.2.3.4:80:u:{'p' * length}", f"1.2.3.4:80:{'u' * length}:p"):
        assert bool(read_strings(written)[0]) is is_read


def test_signs_of_an_address_are_decoded_and_those_of_a_plain_string_are_not() -> None:
    assert read_strings("socks5://u%40x:p%3A1@proxy.example:80")[0][0].for_px6 == "proxy.example:80:u@x:p:1"
    assert read_strings("proxy.example:80:u:p%41,b")[0][0].password == "p%41,b"


def test_ids_are_no_strings_and_no_repr_shows_a_password() -> None:
    assert not any(map(is_like_strings, ("15", "15, 16", "#15 №16", "x")))
    shown = repr(read_strings("1.2.3.4:8000:login:secret")[0])
    assert "1.2.3.4:8000" in shown and "login" not in shown and "secret" not in shown
