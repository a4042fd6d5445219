"""Which proxies a program is given, and as which protocol: HTTPS and SOCKS5 are never mixed in silence."""

from __future__ import annotations

import pytest

from px6 import Protocol, Proxy
from services.proxies.exports import Format, Wanted, count_speaking, refused_by_chromium, sort_out
from tests.sample_proxies import a_proxy

HTTPS, SOCKS, EITHER = a_proxy(1), a_proxy(2, type="socks"), a_proxy(3, type="auto")
MTPROTO = a_proxy(4, version="5", type="mtproto", secret="00112233445566778899aabbccddeeff")
BROKEN = a_proxy(5, version="5", type="mtproto", secret="?")
NEWER = a_proxy(6, type="quic")
COMMA = a_proxy(7, type="socks", password="pa,s")

TABLES = (Format.CSV, Format.JSON, Format.PAGE, Format.TEMPLATE)
LINES = (Format.HOST_FIRST, Format.USER_AT_HOST, Format.USER_FIRST, Format.URL)


def told(proxies: list[Proxy], how: Format, wanted: Wanted = Wanted.NOT_ASKED) -> tuple[str, bool, str]:
    """As `1h 2s`; whether it is asked; what does not fit."""
    found = sort_out(proxies, how, wanted)
    given = " ".join(f"{proxy.id}{proxy.type[0]}" for proxy in found.given)
    return given, found.mixed, " ".join(str(p.id) for p in found.unfit)


@pytest.mark.parametrize("how", [how for how in Format if how not in TABLES])
def test_no_program_is_given_both_before_it_was_asked_for(how: Format) -> None:
    found = sort_out([HTTPS, SOCKS, EITHER], how)
    takes_both = len(how.target.protocols) == 2
    assert found.mixed is takes_both
    assert [proxy.id for proxy in found.unfit] == ([] if takes_both else [1])
    for wanted, protocol in ((Wanted.HTTP, "http"), (Wanted.SOCKS, "socks")):
        sorted_out = sort_out([HTTPS, SOCKS, EITHER], how, wanted)
        assert not sorted_out.mixed
        if takes_both:
            assert {proxy.type for proxy in sorted_out.given} == {protocol}
            assert len(sorted_out.given) == 2


@pytest.mark.parametrize(
    ("proxies", "how", "wanted", "expected"),
    [
        ([HTTPS, EITHER], Format.CLASH, Wanted.NOT_ASKED, ("1h 3h", False, "")),
        ([SOCKS, EITHER], Format.PLAYWRIGHT, Wanted.NOT_ASKED, ("2s 3s", False, "")),
        ([EITHER], Format.CLASH, Wanted.NOT_ASKED, ("3s", False, "")),
        ([EITHER], Format.ADSPOWER, Wanted.NOT_ASKED, ("3h", False, "")),
        ([HTTPS, SOCKS, EITHER], Format.CLASH, Wanted.BOTH, ("1h 2s 3s", False, "")),
        ([HTTPS, SOCKS, EITHER], Format.OCTO, Wanted.BOTH, ("1h 2s 3h", False, "")),
        ([HTTPS, SOCKS, EITHER], Format.OCTO, Wanted.HTTP, ("1h 3h", False, "")),
        ([HTTPS, SOCKS, EITHER], Format.OCTO, Wanted.SOCKS, ("2s 3s", False, "")),
        ([SOCKS], Format.OCTO, Wanted.HTTP, ("2s", False, "")),
        ([HTTPS, SOCKS, MTPROTO, BROKEN], Format.TELEGRAM, Wanted.NOT_ASKED, ("2s 4m", False, "1 5")),
        ([HTTPS, MTPROTO], Format.HOST_FIRST, Wanted.NOT_ASKED, ("1h", False, "4")),
        ([MTPROTO, BROKEN], Format.URL, Wanted.NOT_ASKED, ("4m 5m", False, "")),
        ([MTPROTO], Format.CLASH, Wanted.NOT_ASKED, ("", False, "4")),
        ([SOCKS, COMMA], Format.SURGE, Wanted.NOT_ASKED, ("2s", False, "7")),
        ([SOCKS, a_proxy(8, user="us,er")], Format.SURGE, Wanted.NOT_ASKED, ("2s", False, "8")),
        ([SOCKS, COMMA], Format.CLASH, Wanted.NOT_ASKED, ("2s 7s", False, "")),
        ([NEWER], Format.OCTO, Wanted.NOT_ASKED, ("6h", False, "")),
        ([HTTPS, SOCKS, EITHER, MTPROTO], Format.CSV, Wanted.HTTP, ("1h 2s 3a 4m", False, "")),
        ([], Format.CLASH, Wanted.NOT_ASKED, ("", False, "")),
    ],
)  # fmt: skip
def test_a_proxy_that_speaks_both_goes_with_what_is_wanted(
    proxies: list[Proxy], how: Format, wanted: Wanted, expected: tuple[str, bool, str]
) -> None:
    assert told(proxies, how, wanted) == expected


def test_the_question_counts_what_each_answer_gives() -> None:
    proxies = [HTTPS, SOCKS, EITHER, MTPROTO]
    for protocol, wanted in ((Protocol.HTTP, Wanted.HTTP), (Protocol.SOCKS, Wanted.SOCKS)):
        count = count_speaking(proxies, Format.OCTO, protocol)
        assert count == 2 == len(sort_out(proxies, Format.OCTO, wanted).given)


def test_chromium_refuses_socks5_with_a_password_only() -> None:
    free = a_proxy(7, type="socks", user="", password="")
    given = [HTTPS, SOCKS, free]
    assert refused_by_chromium(given, Format.PLAYWRIGHT) == [SOCKS]
    assert refused_by_chromium(given, Format.CLASH) == []
    warned = {how.name for how in Format if how.target.on_chromium}
    assert warned == {
        *("ADSPOWER", "DOLPHIN_ANTY", "GOLOGIN", "OCTO", "MULTILOGIN", "UNDETECTABLE", "FOXYPROXY", "PLAYWRIGHT"),
    }  # fmt: skip


def test_a_letter_of_a_format_is_never_given_to_another() -> None:
    """Buttons that were sent long ago carry it."""
    assert "".join(how.value for how in Format) == "ADGOMUFCSXVREPTNYWLHhaulcjBt"
    assert {how.name: how.target.suffix for how in Format if how.target.always_file} == {
        "CLASH": "yaml", "SING_BOX": "json", "XRAY": "json", "PROXIFIER": "ppx", "CSV": "csv", "PAGE": "html",
    }  # fmt: skip
