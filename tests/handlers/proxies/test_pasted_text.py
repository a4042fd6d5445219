"""What is read of pasted texts: every format of ours, what people and other programs write, and hostile ones."""

from __future__ import annotations

import base64
import json
import time

import pytest

from handlers.ground.words import Words
from handlers.proxies import pasted_text
from handlers.proxies.export_page import page_text
from handlers.proxies.pasted_pieces import Place
from handlers.proxies.pasted_text import MOST_READ, read_pasted
from handlers.proxies.search import pasted_matches
from services.proxies.exports import Format, export
from tests.sample_proxies import NOW, a_list, a_proxy

PROXIES = [
    a_proxy(
        30000005 + nth,
        host=f"185.22.134.{nth + 1}",
        port=7330 + nth,
        type="socks",
        ip=f"2a00:1838:32:19f::{nth + 1:x}",
        user=f"us.er{nth}",
        password=f"{1000 + nth}",
        comment="shop 10",
    )
    for nth in range(3)
]
PLACES = [(proxy.host, proxy.port) for proxy in PROXIES]


def places(text: str) -> list[str]:
    return [str(place) for place in read_pasted(text).places]


@pytest.mark.parametrize("how", [how for how in Format if how not in (Format.PAGE, Format.TEMPLATE)])
def test_what_is_exported_in_any_format_is_read_again_each_proxy_once_and_nothing_else(how: Format) -> None:
    read = read_pasted(export(PROXIES, how))
    assert [(place.address, place.port) for place in read.places] == PLACES
    matches = pasted_matches(a_list(PROXIES), read)
    assert (sorted(matches.ids), matches.strangers) == ([proxy.id for proxy in PROXIES], [])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("185.22.134.250 : 7330", ["185.22.134.250:7330"]),
        ("«185.22.134.250：7330»;", ["185.22.134.250:7330"]),
        ("my.login:12345@185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("185.22.134.250:7330@my.login:12345", ["185.22.134.250:7330"]),
        ("my.login:12345:185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("185.22.134.250:7330:my.login:12345", ["185.22.134.250:7330"]),
        ("user:p@ss:w@rd@185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("185.22.134.250\t7330\tuser\t30000005", ["185.22.134.250:7330"]),
        ("socks5 185.22.134.250 7330 user pass", ["185.22.134.250:7330"]),
        ("185.22.134.250 for 30 days", ["185.22.134.250"]),
        ("185.22.134.250, 185.22.134.251;10.0.0.1:80", ["10.0.0.1:80"]),
        ("http://user:pass@185.22.134.250:7330/path?to=1.2.3.4:5", ["185.22.134.250:7330", "1.2.3.4:5"]),
        ("185.22.134.250:7330:a:b[https://1.1.1.1:8080/change]", ["185.22.134.250:7330"]),
        ("proxy.example.com:8000:user:pass", ["proxy.example.com:8000"]),
        ("socks5://proxy.example.com:8000", ["proxy.example.com:8000"]),
        ("server = proxy.example.com:8000", ["proxy.example.com:8000"]),
        ("1.2.3.4:65535 1.2.3.5:65536 1.2.3.6:0", ["1.2.3.4:65535"]),
        ("1.2.3.4:1 1.2.3.5:000080 1.2.3.6:" + "1" * 5_000, ["1.2.3.4:1"]),
        ("host: 1.2.3.4\nport: 1\n\nhost: 1.2.3.5\nport: 0", ["1.2.3.4:1", "1.2.3.5"]),
        ("port: 80\nhost: 1.2.3.4\nhost: 1.2.3.5", ["1.2.3.4:80"]),
        ("host: 1.2.3.4", ["1.2.3.4"]),
        ("1.2.3.4 65535\n1.2.3.5 65536", ["1.2.3.4:65535", "1.2.3.5"]),
        ("1.2.3.4 80\n1.2.3.5 79", ["1.2.3.4:80", "1.2.3.5"]),
        ("1.2.3.4\n80", ["1.2.3.4:80"]),
        ("1.2.3.4\n79", ["1.2.3.4"]),
        ("1.2.3.4\n65535", ["1.2.3.4:65535"]),
        ("1.2.3.4\n65536", ["1.2.3.4"]),
        ("host: 1.2.3.4\nport: 65535\n\nhost: 1.2.3.5\nport: 65536", ["1.2.3.4:65535", "1.2.3.5"]),
        ("at 12:30:15 185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("ss://" + base64.b64encode("пароль".encode()).decode() + " 185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("my.login:12345", []),
        ("my.login:12345:x", []),
        ("my.login:12345:proxy.example:80", []),
        ("https://t.me/proxy?server=185.22.134.250&port=443&secret=dd00", ["185.22.134.250:443"]),
        ("tg://proxy?port=443&secret=ee&server=mt.example.com", ["mt.example.com:443"]),
        ("vless://3b7c@185.22.134.250:443?type=tcp&sni=a.example#DE", ["185.22.134.250:443"]),
        ("ss://" + base64.b64encode(b"aes-256-gcm:my.pass:1@185.22.134.250:8388").decode() + "#x", None),
        ("ss://YWVzLTI1Ni1nY206cGFzcw==@185.22.134.250:8388#x", ["185.22.134.250:8388"]),
        (
            "vmess://" + base64.b64encode(json.dumps({"add": "185.22.134.250", "port": "8388"}).encode()).decode(),
            None,
        ),
        ("proxies:\n- name: a\n  port: 1080\n  server: 1.2.3.4\n- server: 1.2.3.5\n  port: 81", None),
        ("port: 7890\nproxies:\n  - server: 1.2.3.4\n    port: 1080", ["1.2.3.4:1080"]),
        ('{"host": "1.2.3.4",\n "port": 1080,\n "ip": "2a00::1"}, {"host": "1.2.3.5", "port": 81}', None),
        ("IP: 1.2.3.4\nPort: 1080\nLogin: u\n\nIP: 1.2.3.5\nPort: 81", ["1.2.3.4:1080", "1.2.3.5:81"]),
        ("2A00:1838:0032:19F:0::1, [2a00::2]:8080", ["[2a00::2]:8080"]),
        ("2A00:1838:0032:19F:0::1", ["2a00:1838:32:19f::1"]),
        ("2a00:1838:0032:019f:0000:0000:0000:0001", ["2a00:1838:32:19f::1"]),
        ("ab:cd:185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("inbounds on 127.0.0.1:1080", []),
        ("185.22.134.250\n7330\nlogin\n12345678\n185.22.134.251\n7331", None),
        ("john.doe:12345@example.com", []),
        (r"socks5:\/\/185.22.134.250:7330", ["185.22.134.250:7330"]),
        ("999.1.1.1:80 1.2.3.4:99999 1.2.3:80 12:30", []),
    ],
)
def test_an_address_is_found_in_whatever_stands_around_it(text: str, read: list[str] | None) -> None:
    usual = {
        "ss": ["185.22.134.250:8388"],
        "vm": ["185.22.134.250:8388"],
        "18": ["185.22.134.250:7330", "185.22.134.251:7331"],
    }
    assert places(text) == (usual.get(text[:2], ["1.2.3.4:1080", "1.2.3.5:81"]) if read is None else read)


@pytest.mark.parametrize(
    ("text", "ids", "likely"),
    [
        ("30000005", [30000005], []),
        ("#30000005, №30000006\n30000007;", [30000005, 30000006, 30000007], []),
        ("please prolong 30000005 for 30 days", [], [30000005]),
        ("15, 16", [], [15, 16]),
        ("185.22.134.250:7330\nlogin\n12345678", [], [12345678]),
        ("id: 15", [], [15]),
        ("12345\n1234", [12345], [1234]),
        ("of 12345 and 1234", [], [12345]),
        ("999999999999", [999_999_999_999], []),
        ('{"ids": [15, 30000006]}', [], [15, 30000006]),
        ("+79991234567 in 2026", [], []),
        ("0 1234567890123", [], []),
    ],
)
def test_a_number_is_an_id_where_nothing_else_stands_beside_it_and_else_may_be(
    text: str, ids: list[int], likely: list[int]
) -> None:
    read = read_pasted(text)
    assert (list(read.ids), list(read.likely_ids)) == (ids, likely)


def test_an_address_alone_means_its_exit_else_its_host_and_a_port_of_another_is_no_ones() -> None:
    proxies = [a_proxy(1, port=1), a_proxy(2, port=2), a_proxy(3, host="9.9.9.9", ip="185.22.134.250", port=3)]

    def mine(text: str) -> tuple[list[int], list[str]]:
        found = pasted_matches(a_list(proxies), read_pasted(text))
        return list(found.ids), list(found.strangers)

    assert mine("185.22.134.250") == ([3], [])
    assert mine("9.9.9.9") == ([3], [])
    assert mine("2A00:1838:0032:019f::1") == ([1, 2], [])
    assert mine("185.22.134.250:2\n185.22.134.250:9") == ([2], ["185.22.134.250:9"])
    named = a_proxy(4, host="Proxy.Example.com", port=4)
    assert pasted_matches(a_list([named]), read_pasted("socks5://u:p@proxy.example.com:4")).ids == [4]
    assert mine("9.9.9.9:9,2a00:1838:32:19f::1") == ([1, 2], ["9.9.9.9:9"])


def test_five_thousand_lines_are_all_read() -> None:
    text = "\n".join(f"10.{nth // 250}.{nth % 250}.1:8000:user{nth}:{nth:08}" for nth in range(5_000))
    read = read_pasted(text)
    assert list(read.places)[-1] == Place("10.19.249.1", 8000)
    assert (len(read.places), len(read)) == (5_000, 5_000)


@pytest.mark.parametrize(
    "piece",
    [
        ":",
        "a.",
        "a@",
        "ab:",
        "::1 ",
        "1 ",
        "{",
        "[https://",
        "host ",
        "1.2.3.4 ",
        "1.2.3.4:80@",
        "ss://AAAAAAAA ",
        "A",
    ],
)
def test_the_time_is_linear_in_the_length_of_a_hostile_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = "ss://" + (piece * (length // len(piece)))
        began = time.process_time()
        read_pasted(text)
        return time.process_time() - began

    short = min(seconds(2**13) for _ in range(3))
    assert seconds(2**17) < 16 * 6 * short + 0.02, "sixteen times the text, with room for a busy machine"


def test_everything_that_is_read_counts() -> None:
    assert len(read_pasted("1.2.3.4:80 my.login:12345 12 of 12345")) == 3
    assert len(read_pasted("12345\n12346\n")) == 2


def test_no_more_is_kept_than_any_list_has() -> None:
    text = "\n".join(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}:80" for n in range(MOST_READ + 500))
    assert len(read_pasted(text)) == MOST_READ


def test_no_more_pieces_are_read_than_any_list_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasted_text, "MOST_PIECES", 3)
    assert places("1.2.3.4:1 1.2.3.5:2\n1.2.3.6:3 1.2.3.7:4\n1.2.3.8:5") == ["1.2.3.4:1", "1.2.3.5:2", "1.2.3.6:3"]


def test_the_page_that_is_exported_is_read_as_well() -> None:
    assert set(PLACES) <= {
        (each.address, each.port) for each in read_pasted(page_text(Words("en"), PROXIES, NOW)).places
    }
