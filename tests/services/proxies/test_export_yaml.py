"""What Clash is given is read by a YAML parser that is not ours, and says what px6 said, however odd that is."""

from __future__ import annotations

import pytest
import yaml

from services.proxies.exports import Format, export
from tests.sample_proxies import a_proxy
from tests.services.proxies.odd_proxies import ALL, NAMES, kind, login


def test_a_yaml_parser_reads_what_clash_gets() -> None:
    profile = yaml.safe_load(export(ALL, Format.CLASH))
    assert [each["name"] for each in profile["proxies"]] == NAMES
    for each, proxy in zip(profile["proxies"], ALL, strict=True):
        assert (each["server"], each["port"], each["username"], each["password"]) == login(proxy)
        assert each["type"] == kind(proxy)
    (group,) = profile["proxy-groups"]
    assert group == {"name": "px6", "type": "select", "proxies": NAMES}
    assert profile["rules"] == ["MATCH,px6"]


@pytest.mark.parametrize("text", ["no", "1e3", "~", "", "0x10", "\x85\u2028\x9f\ufffe", "\U0001f1e9 é", "a\\b\n\t"])
def test_every_text_stays_a_text_in_yaml(text: str) -> None:
    profile = yaml.safe_load(export([a_proxy(password=text, user=text)], Format.CLASH))
    assert (profile["proxies"][0]["password"], profile["proxies"][0]["username"]) == (text, text)
