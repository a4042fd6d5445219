"""What a program is given is read by parsers that are not ours, and says what px6 said, however odd that is."""

from __future__ import annotations

import ast
import base64
import configparser
import json
import shlex
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from python_socks import ProxyType, parse_proxy_url

from px6 import Proxy
from services.proxies.exports import Format, export
from services.proxies.exports.lines import name_of
from tests.sample_proxies import a_proxy
from tests.services.proxies.odd_proxies import ALL, HTTPS, ODD, SOCKS, kind, login


@pytest.mark.parametrize("how", [Format.OCTO, Format.MULTILOGIN, Format.URL, Format.FOXYPROXY, Format.SHADOWROCKET])
def test_urls_are_read_as_proxies(how: Format) -> None:
    given = [SOCKS, ODD] if how is Format.SHADOWROCKET else ALL
    lines = export(given, how).splitlines()
    assert len(lines) == len(given)
    for line, proxy in zip(lines, given, strict=True):
        protocol, *rest = parse_proxy_url(line.partition("?")[0])
        assert tuple(rest) == login(proxy)
        assert protocol is (ProxyType.SOCKS5 if proxy.type == "socks" else ProxyType.HTTP)


def test_curl_gets_one_word_with_the_proxy_and_resolves_names_there() -> None:
    for line, proxy in zip(export(ALL, Format.CURL).splitlines(), ALL, strict=True):
        program, option, through, address = shlex.split(line)
        assert (program, option, address) == ("curl", "-x", "https://api.ipify.org")
        assert through.startswith("socks5h://" if proxy.type == "socks" else "http://")
        assert tuple(parse_proxy_url(through.replace("socks5h", "socks5"))[1:]) == login(proxy)
    assert export([HTTPS], Format.CURL).startswith("curl -x 'http://5svBNZ:iagn2d@185.22.134.250:7005' ")
    quoted = export([a_proxy(host="h';reboot;'")], Format.CURL)
    assert "h';reboot;'" in shlex.split(quoted)[2]


def test_foxyproxy_gets_names_flags_and_a_colour_by_comment() -> None:
    one, other, odd = (parse_qs(urlsplit(line).query) for line in export(ALL, Format.FOXYPROXY).splitlines())
    assert (one["title"], one["cc"], one["active"]) == (["DE shop 30000005"], ["DE"], ["true"])
    assert "proxydns" not in one, "which only SOCKS5 knows"
    assert other["proxydns"] == ["true"]
    assert "cc" not in odd
    assert one["color"] != other["color"]
    assert len(bytes.fromhex(one["color"][0])) == 3


@pytest.mark.parametrize(
    ("comment", "expected"),
    [("", "ac3939"), ("shop", "a1ac39"), ("home", "49ac39"), ("scraping", "39acac"), ("two", "a139ac")],
)
def test_foxyproxy_shows_a_comment_in_the_same_colour_in_every_version(comment: str, expected: str) -> None:
    (line,) = export([a_proxy(comment=comment)], Format.FOXYPROXY).splitlines()
    assert parse_qs(urlsplit(line).query)["color"] == [expected]


@pytest.mark.parametrize("how", [Format.DOLPHIN_ANTY, Format.GOLOGIN, Format.UNDETECTABLE])
def test_where_the_type_is_chosen_in_a_form_the_line_has_none(how: Format) -> None:
    assert export([HTTPS, SOCKS], how).splitlines() == [
        "185.22.134.250:7005:5svBNZ:iagn2d",
        "185.22.134.250:7006:5svBNZ:iagn2d",
    ]


def test_adspower_gets_the_type_and_nothing_encoded() -> None:
    assert export([HTTPS, ODD], Format.ADSPOWER).splitlines() == [
        "http://185.22.134.250:7005:5svBNZ:iagn2d",
        f"socks5://185.22.134.250:7007:{ODD.user}:{ODD.password}",
    ]


def test_sing_box_gets_an_outbound_for_each() -> None:
    one, other, odd = json.loads(export(ALL, Format.SING_BOX))["outbounds"]
    whole = {"server": "185.22.134.250", "username": "5svBNZ", "password": "iagn2d"}
    assert one == whole | {"type": "http", "tag": "DE shop 30000005", "server_port": 7005}
    assert other == whole | {"type": "socks", "version": "5", "tag": "DE 30000006", "server_port": 7006}
    assert (odd["server"], odd["server_port"], odd["username"], odd["password"]) == login(ODD)


def test_json_is_indented_and_says_a_comment_in_its_own_letters() -> None:
    text = export([a_proxy(comment="é")], Format.PLAYWRIGHT)
    assert (
        text == '{\n  "server": "http://185.22.134.250:7015",\n  "username": "5svBNZ",\n  "password": "iagn2d"\n}\n'
    )
    assert '\n      "tag": "DE é 15",\n' in export([a_proxy(comment="é")], Format.SING_BOX)


def test_xray_gets_an_outbound_for_each() -> None:
    one, other, odd = json.loads(export(ALL, Format.XRAY))["outbounds"]
    server = {"address": "185.22.134.250", "port": 7005, "users": [{"user": "5svBNZ", "pass": "iagn2d"}]}
    assert one == {"protocol": "http", "tag": "DE shop 30000005", "settings": {"servers": [server]}}
    assert other["protocol"] == "socks"
    assert odd["settings"]["servers"][0]["users"] == [{"user": ODD.user, "pass": ODD.password}]


def test_v2rayn_gets_the_login_in_base64_and_the_name() -> None:
    for line, proxy in zip(export([SOCKS, ODD], Format.V2RAYN).splitlines(), [SOCKS, ODD], strict=True):
        read = urlsplit(line)
        assert (read.scheme, read.hostname, read.port) == ("socks", proxy.host, proxy.port)
        padded = f"{read.username}{'=' * (-len(read.username or '') % 4)}"
        assert base64.urlsafe_b64decode(padded).decode() == f"{proxy.user}:{proxy.password}"
        assert unquote(read.fragment) == name_of(proxy)


def test_surge_gets_a_line_for_each_that_an_ini_parser_reads() -> None:
    ini = configparser.RawConfigParser(delimiters="=", comment_prefixes=())
    ini.read_string("[Proxy]\n" + export(ALL, Format.SURGE))
    listed = [value.split(", ") for value in ini["Proxy"].values()]
    assert list(ini["Proxy"])[:2] == ["de shop 30000005", "de 30000006"]
    assert listed[:2] == [
        ["http", "185.22.134.250", "7005", "5svBNZ", "iagn2d"],
        ["socks5", "185.22.134.250", "7006", "5svBNZ", "iagn2d"],
    ]


def parsed(proxies: list[Proxy]) -> ElementTree.Element:
    return ElementTree.fromstring(export(proxies, Format.PROXIFIER).encode())  # noqa: S314 - we wrote it


def one_of(element: ElementTree.Element, path: str) -> ElementTree.Element:
    found = element.find(path)
    assert found is not None
    return found


def test_an_xml_parser_reads_what_proxifier_gets() -> None:
    profile = parsed(ALL)
    assert profile.tag == "ProxifierProfile"
    assert "\n  <ProxyList>\n    <Proxy " in export(ALL, Format.PROXIFIER), "people read it, too"
    assert profile.attrib["version"] == "102"
    assert one_of(profile, "Options/Encryption").attrib == {"mode": "disabled"}
    assert profile.find("ChainList") is not None
    for number, (each, proxy) in enumerate(zip(profile.findall("ProxyList/Proxy"), ALL, strict=True), 100):
        read = (each.findtext("Address"), int(each.findtext("Port") or 0))
        assert read == login(proxy)[:2]
        assert each.findtext("Authentication/Username") == proxy.user
        assert each.findtext("Authentication/Password") == proxy.password
        assert each.attrib == {"id": str(number), "type": "SOCKS5" if proxy.type == "socks" else "HTTPS"}
        assert each.findtext("Options") == "48"


@pytest.mark.parametrize(("proxies", "action"), [([SOCKS], ("Proxy", "100")), (ALL, ("Direct", None))])
def test_proxifier_sends_all_through_a_single_proxy_and_never_what_is_local(
    proxies: list[Proxy], action: tuple[str, str | None]
) -> None:
    profile = parsed(proxies)
    local, rest = profile.findall("RuleList/Rule")
    assert one_of(local, "Action").attrib == {"type": "Direct"}
    assert "127.0.0.1" in (local.findtext("Targets") or "")
    found = one_of(rest, "Action")
    assert (found.attrib["type"], found.text) == action


def test_python_reads_what_telethon_and_pyrogram_get() -> None:
    assert ast.literal_eval(export([SOCKS], Format.TELETHON)) == (
        "socks5",
        *login(SOCKS)[:2],
        True,
        "5svBNZ",
        "iagn2d",
    )
    several = ast.literal_eval(export(ALL, Format.TELETHON))
    assert several == [(kind(p), p.host, p.port, True, p.user, p.password) for p in ALL]
    single: dict[str, Any] = ast.literal_eval(export([ODD], Format.PYROGRAM))
    assert tuple(single.values()) == ("socks5", *login(ODD))
    assert list(single) == ["scheme", "hostname", "port", "username", "password"]
    assert len(ast.literal_eval(export(ALL, Format.PYROGRAM))) == 3


def test_playwright_gets_what_launch_takes() -> None:
    one = json.loads(export([HTTPS], Format.PLAYWRIGHT))
    assert one == {"server": "http://185.22.134.250:7005", "username": "5svBNZ", "password": "iagn2d"}
    assert [each["server"] for each in json.loads(export([HTTPS, SOCKS], Format.PLAYWRIGHT))] == [
        "http://185.22.134.250:7005",
        "socks5://185.22.134.250:7006",
    ]


def test_proxychains_gets_five_words_a_line() -> None:
    assert export([HTTPS, SOCKS], Format.PROXYCHAINS).splitlines() == [
        "http 185.22.134.250 7005 5svBNZ iagn2d",
        "socks5 185.22.134.250 7006 5svBNZ iagn2d",
    ]
    assert export([a_proxy(password="a\nstrict_chain")], Format.PROXYCHAINS).count("\n") == 1


def test_telegram_gets_links_that_set_the_proxy() -> None:
    secret = "dd000102030405060708090a0b0c0d0e0f"
    mtproto = a_proxy(9, version="5", type="mtproto", user="", password="", secret=secret)
    socks, other = (urlsplit(line) for line in export([ODD, mtproto], Format.TELEGRAM).splitlines())
    assert (socks.netloc, socks.path, other.path) == ("t.me", "/socks", "/proxy")
    assert {name: text for name, (text,) in parse_qs(socks.query).items()} == {
        "server": ODD.host, "port": str(ODD.port), "user": ODD.user, "pass": ODD.password,
    }  # fmt: skip
    assert parse_qs(other.query)["secret"] == [secret]


def test_a_name_is_one_line_and_no_two_are_alike() -> None:
    names = [name_of(a_proxy(number, comment="same\ncomment")) for number in (1, 2)]
    assert names == ["DE same comment 1", "DE same comment 2"]
    assert name_of(ODD).isprintable()
    assert len(name_of(ODD)) <= 60
