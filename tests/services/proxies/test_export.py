"""Exported proxies: what other programs read is exactly what px6 gave."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from datetime import UTC, datetime

import pytest

from px6 import Proxy
from services.proxies.exports import Format, WrongTemplate, check_template, export


def a_proxy(**changes: object) -> Proxy:
    given: dict[str, object] = {
        "id": 15,
        "ip": "2a00:1838:32:19f::1",
        "host": "185.22.134.250",
        "port": 7330,
        "user": "5svBNZ",
        "password": "iagn2d",
        "type": "http",
        "country": "ru",
        "bought_at": datetime(2026, 10, 1, 9, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 26, 18, 40, tzinfo=UTC),
        "comment": "shop",
        "active": True,
        "version": "6",
    }
    return Proxy(**{**given, **changes})  # type: ignore[arg-type]  # a test may change any field


@pytest.mark.parametrize(
    ("how", "line"),
    [
        (Format.HOST_FIRST, "185.22.134.250:7330:5svBNZ:iagn2d\n"),
        (Format.USER_AT_HOST, "5svBNZ:iagn2d@185.22.134.250:7330\n"),
        (Format.USER_FIRST, "5svBNZ:iagn2d:185.22.134.250:7330\n"),
        (Format.URL, "http://5svBNZ:iagn2d@185.22.134.250:7330\n"),
    ],
)
def test_each_line_format_has_its_order(how: Format, line: str) -> None:
    assert export([a_proxy()], how) == line
    assert export([a_proxy(), a_proxy()], how) == line * 2
    assert export([], how) == ""


def test_a_url_names_socks5_and_encodes_what_is_not_plain() -> None:
    odd = a_proxy(type="socks", user="a@b", password="p:/ %")
    assert export([odd], Format.URL) == "socks5://a%40b:p%3A%2F%20%25@185.22.134.250:7330\n"


def test_csv_is_read_back_as_it_was() -> None:
    odd = a_proxy(comment='a "quoted", comma;\nand a line 🇩🇪', country=None)
    rows = list(csv.DictReader(io.StringIO(export([odd], Format.CSV), newline="")))
    assert rows == [
        {
            "id": "15",
            "version": "6",
            "country": "",
            "type": "http",
            "host": "185.22.134.250",
            "port": "7330",
            "user": "5svBNZ",
            "password": "iagn2d",
            "ip": "2a00:1838:32:19f::1",
            "bought_at": "2026-10-01T09:00:00Z",
            "ends_at": "2026-11-26T18:40:00Z",
            "comment": 'a "quoted", comma;\nand a line 🇩🇪',
        }
    ]


RUN = [
    '=HYPERLINK("http://x")', "+1", "-1", "@sum", "\tx", "\rx", "\nx", "\t=1", " =1", "\u00a0=1", "\u3000=1",
    "＝1", "＋1", "－1", "＠sum", "\u200b=1", "\ufeff=1", "\u2060\u200d-1", "\u202e+1", "\x00=1", "−1", "﹦1",
    "a;=1", "a\n=1", "a\t=1", "a;\u200b=1", "\n\n=1", "a\r\n@x", "'=1", "a;'=1", "''", ";;=1;-2",
]  # fmt: skip
HARMLESS = ["", "shop", "it's", "a=b", "a - b", "a, =b", "1+1", 'say "=1"', "\u200bshop", "привет", "🇩🇪-1"]


@pytest.mark.parametrize("column", ["comment", "user", "password", "host", "ip", "country", "type", "version"])
def test_no_cell_becomes_a_formula_in_a_spreadsheet(column: str) -> None:
    """Whichever separator it takes lists to have, and whether it heeds quotes or not."""
    for text in RUN:
        content = export([a_proxy(**{column: text})], Format.CSV)
        for separator in ",;\t":
            for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
                if separator == "," and quoting == csv.QUOTE_NONE:
                    continue  # commas are what separates here: whoever heeds them heeds their quotes
                reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, quoting=quoting)
                cells = [cell for row in reader for cell in row]
                assert not [cell for cell in cells if runs(cell)], (text, separator, quoting)


def runs(cell: str) -> bool:
    """Whether a spreadsheet could take it for a formula: what cannot be seen does not count."""
    seen = "".join(c for c in cell if unicodedata.category(c) not in ("Cf", "Cc", "Zs", "Zl", "Zp"))
    return unicodedata.normalize("NFKC", seen)[:1] in tuple("=+-@−") or cell[:1] in tuple("\t\r\n")


@pytest.mark.parametrize("text", [*RUN, *HARMLESS])
def test_what_a_program_reads_is_the_text_again_by_one_rule(text: str) -> None:
    """The rule of docs/export.md."""
    content = Format.CSV.encoded(export([a_proxy(comment=text, password=text)], Format.CSV))
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    for column in ("comment", "password"):
        assert re.sub(r"(^|[;\t\r\n])'", r"\1", row[column]) == text
        assert row[column] == text or text in RUN, "nothing else is changed"


def test_a_csv_file_says_that_it_is_utf_8_and_no_other_file_does() -> None:
    assert Format.CSV.encoded("ё") == b"\xef\xbb\xbf" + "ё".encode()
    assert Format.JSON.encoded("ё") == "ё".encode()


def test_json_has_every_field_and_the_comment_untouched() -> None:
    assert export([a_proxy()], Format.JSON).startswith('[\n  {\n    "id": '), "each level is two spaces further in"
    (one,) = json.loads(export([a_proxy(comment="=a & «б»\n")], Format.JSON))
    assert one["comment"] == "=a & «б»\n"
    assert (one["id"], one["port"], one["country"]) == (15, 7330, "ru")
    assert one["url"] == "http://5svBNZ:iagn2d@185.22.134.250:7330"
    assert one["ends_at"] == "2026-11-26T18:40:00Z"


def test_a_template_is_filled_once_with_every_slot() -> None:
    template = "{id}|{ip}|{host}|{port}|{user}|{pass}|{type}|{country}|{ends}|{comment}"
    tricky = a_proxy(comment="{pass} of\nshop")
    assert export([tricky], Format.TEMPLATE, template) == (
        "15|2a00:1838:32:19f::1|185.22.134.250|7330|5svBNZ|iagn2d|http|ru|2026-11-26T18:40:00Z|{pass} of shop\n"
    )


@pytest.mark.parametrize(
    ("spoken", "named"), [("http", "http"), ("socks", "socks5"), ("auto", "http"), ("mtproto", "mtproto")]
)
def test_a_template_names_the_protocol_as_programs_do(spoken: str, named: str) -> None:
    """As in the addresses of Format.URL, which the example of a template makes as well."""
    proxy = a_proxy(type=spoken, version="5" if spoken == "mtproto" else "4")
    assert export([proxy], Format.TEMPLATE, "{type}") == f"{named}\n"
    example = export([proxy], Format.TEMPLATE, "{type}://{user}:{pass}@{host}:{port}")
    assert spoken == "mtproto" or example == export([proxy], Format.URL)


def test_a_template_names_the_slots_that_do_not_exist() -> None:
    with pytest.raises(WrongTemplate) as wrong:
        check_template("{host}:{prot}:{prot}:{}")
    assert wrong.value.unknown == ("prot", "")


def test_a_template_without_any_slot_is_refused() -> None:
    with pytest.raises(WrongTemplate) as wrong:
        check_template("host:port")
    assert wrong.value.unknown == ()


def test_a_file_is_named_by_its_format() -> None:
    assert [Format.CSV.suffix, Format.JSON.suffix, Format.URL.suffix] == ["csv", "json", "txt"]
