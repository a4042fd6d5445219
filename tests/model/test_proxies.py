"""Of which kind a proxy is, and as what px6 sells that kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from model.proxies import is_sold, is_unsure, kind_of, sold_as, with_known_kinds
from px6 import Proxy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def proxy(number: int = 1, ip: str = "10.0.0.1", version: str | None = None) -> Proxy:
    given: dict[str, Any] = {"host": "10.0.0.5", "port": 80, "user": "u", "password": "p", "type": "http"}
    return Proxy(id=number, ip=ip, version=version, bought_at=NOW, ends_at=NOW, active=True, **given)


@pytest.mark.parametrize(
    ("ip", "version", "known", "kind"),
    [
        ("10.0.0.1", None, None, "u"),
        ("2a00::1", None, None, "6"),
        ("10.0.0.1", "3", {1: "4"}, "3"),
        ("10.0.0.1", None, {1: "4"}, "4"),
        ("2a00::1", None, {1: "5"}, "5"),
        ("10.0.0.1", None, {2: "4"}, "u"),
        ("10.0.0.1", "9", None, "9"),
    ],
)
def test_what_px6_says_goes_before_the_order_and_that_before_the_address(
    ip: str, version: str | None, known: dict[int, str] | None, kind: str
) -> None:
    one = proxy(ip=ip, version=version)
    assert kind_of(one, known) == kind
    assert is_unsure(one, known) is (kind == "u")
    assert is_sold(one, known) is (kind in ("u", "3", "4", "6"))


@pytest.mark.parametrize(
    ("kind", "sold"), [("u", ("4", "3")), ("4", ("4",)), ("6", ("6",)), ("5", ("5",)), ("9", ())]
)
def test_a_kind_is_sold_as(kind: str, sold: tuple[str, ...]) -> None:
    assert sold_as(kind) == sold


def test_a_known_kind_is_put_in_only_where_px6_says_none() -> None:
    found = with_known_kinds([proxy(1), proxy(2, version="3"), proxy(3)], {1: "4", 2: "4"})
    assert [one.version for one in found] == ["4", "3", None]
