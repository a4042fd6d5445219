"""Answers recorded apart from the stand-in: the client reads them, and the stand-in answers in their shape."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from px6 import (
    Account,
    Change,
    Check,
    Countries,
    Customer,
    Price,
    PriceTable,
    Prolongation,
    Protocol,
    Proxy,
    ProxyList,
    Purchase,
    Px6Client,
    Stock,
    Version,
    WrongKey,
)
from sandbox.px6 import Profile, Px6State
from tests.px6.server import Px6, Reply

RECORDED = Path(__file__).parent / "recorded"
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in RECORDED.rglob("*.json"))
NOT_READ = {"classic/refused"}  # a refusal is no model
YES: dict[str, Any] = {"user_id": "1", "balance": Decimal("48.80"), "currency": "RUB"}


def body(name: str) -> bytes:
    return (RECORDED / f"{name}.json").read_bytes()


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def of_document(id: int, **other: Any) -> Proxy:
    """The first proxy of the document's examples."""
    fields: dict[str, Any] = {
        "ip": "2a00:1838:32:19f:45fb:2640::330",
        "host": "185.22.134.250",
        "port": 7330,
        "user": "5svBNZ",
        "password": "iagn2d",
        "type": "http",
        "country": "ru",
        "bought_at": at(1466379159),
        "ends_at": at(1468349441),
        "active": True,
    }
    return Proxy(id=id, **fields | other)


def newer(number: int, ip: str, days: int, **other: Any) -> Proxy:
    """A proxy of a newer server, bought on 1 June 2026 at noon."""
    return Proxy(
        id=30_000_000 + number,
        ip=ip,
        host=f"198.51.100.{number}",
        port=8000 + number,
        user=f"u000{number}",
        password=f"p000{number}",
        bought_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        ends_at=datetime(2026, 6, 1 + days, 12, tzinfo=UTC) if days < 30 else datetime(2026, 7, 1, 12, tzinfo=UTC),
        active=True,
        **other,
    )


TWO = (
    of_document(11),
    of_document(
        14,
        ip="2a00:1838:32:198:56ec:2696::386",
        host="185.22.134.242",
        port=7386,
        user="nV5TFK",
        password="3Itr1t",
        bought_at=at(1466379151),
    ),
)
THREE = (
    newer(11, "2001:db8::11", 7, version="6", type="http", country="ru"),
    newer(12, "198.51.100.12", 30, version="4", type="auto", country="de", comment="shop"),
    newer(13, "198.51.100.13", 30, version="3", type="socks", country="us", comment="shop"),
)
ORDERED: dict[str, Any] = {"version": "6", "type": "socks", "country": "ru", "comment": "new"}

Call = Callable[[Px6Client], Awaitable[Account | None]]
READ: dict[str, tuple[Call, Account]] = {
    "classic/account": (lambda px6: px6.account(), Customer(**YES)),
    "classic/getprice": (
        lambda px6: px6.price(100, 30),
        Price(**YES, price=Decimal(1800), price_single=Decimal("0.6"), period=30, count=100),
    ),
    "classic/getcount": (lambda px6: px6.stock("ru"), Stock(**YES, count=971)),
    "classic/getcountry": (lambda px6: px6.countries(Version.IPV4), Countries(**YES, countries=("ru", "ua", "us"))),
    "classic/getproxy": (lambda px6: px6.proxies(), ProxyList(**YES, proxies=TWO)),
    "classic/getproxy-nokey": (lambda px6: px6.proxies(nokey=True), ProxyList(**YES, proxies=TWO)),
    "classic/getproxy-empty": (lambda px6: px6.proxies(), ProxyList(**YES, proxies=())),
    "classic/settype": (lambda px6: px6.set_type([10, 11, 12, 15], Protocol.SOCKS), Account(**YES)),
    "classic/setdescr": (lambda px6: px6.set_comment("newtest", old="test"), Change(**YES, count=4)),
    "classic/buy": (
        lambda px6: px6.buy(1, 7, "ru"),
        Purchase(
            user_id="1",
            balance=Decimal("42.5"),
            currency="RUB",
            count=1,
            price=Decimal("6.3"),
            price_single=Decimal("0.9"),
            period=7,
            country="ru",
            proxies=(of_document(15, version="6"),),
        ),
    ),
    "classic/prolong": (
        lambda px6: px6.prolong(7, [15, 16]),
        Prolongation(
            user_id="1",
            balance=Decimal(29),
            currency="RUB",
            price=Decimal("12.6"),
            price_single=Decimal("0.9"),
            period=7,
            count=2,
            ends={15: at(1468349441), 16: at(1468349529)},
        ),
    ),
    "classic/delete": (lambda px6: px6.delete(ids=[15, 16]), Change(**YES, count=4)),
    "classic/check": (lambda px6: px6.check(15), Check(**YES, proxy_id=15, alive=True)),
    "current/account": (
        lambda px6: px6.account(),
        Customer(**YES, email="ann@example.com", balance_ref=Decimal("0.00")),
    ),
    "current/getprice-table": (
        lambda px6: px6.price_table(),
        PriceTable(
            **YES,
            prices={
                "6": {3: Decimal("2.95"), 7: Decimal("5.51")},
                "4": {7: Decimal(28), 30: Decimal(120)},
                "3": {30: Decimal(33)},
            },
        ),
    ),
    "current/getprice": (
        lambda px6: px6.price(1, 7, Version.IPV4),
        Price(**YES, price=Decimal(28), price_single=Decimal(4), period=7, count=1),
    ),
    "current/getcountry": (lambda px6: px6.countries(), Countries(**YES, countries=("ru", "ua", "us"))),
    "current/getproxy": (lambda px6: px6.proxies(), ProxyList(**YES, proxies=THREE)),
    "current/getproxy-empty": (lambda px6: px6.proxies(), ProxyList(**YES, proxies=())),
    "current/buy": (
        lambda px6: px6.buy(2, 7, "ru", protocol=Protocol.SOCKS, comment="new"),
        Purchase(
            user_id="1",
            balance=Decimal("36.20"),
            currency="RUB",
            count=2,
            price=Decimal("12.60"),
            price_single=Decimal("0.9"),
            period=7,
            country="ru",
            order_id="7000001",
            proxies=(newer(14, "2001:db8::14", 7, **ORDERED), newer(15, "2001:db8::15", 7, **ORDERED)),
        ),
    ),
    "current/prolong-mixed": (
        lambda px6: px6.prolong(7, [30_000_011, 30_000_012]),
        Prolongation(
            user_id="1",
            balance=Decimal("7.70"),
            currency="RUB",
            price=Decimal("41.10"),
            period=7,
            count=2,
            order_id="7000002",
            ends={
                30_000_011: datetime(2026, 6, 15, 12, tzinfo=UTC),
                30_000_012: datetime(2026, 7, 8, 12, tzinfo=UTC),
            },
        ),
    ),
    "current/check": (
        lambda px6: px6.check(30_000_011),
        Check(**YES, proxy_id=30_000_011, alive=True, seconds=0.482),
    ),
    "current/check-string": (
        lambda px6: px6.check_string("198.51.100.11:8011:u00011:p00011"),
        Check(**YES, alive=False, seconds=0.0),
    ),
    "current/ipauth": (lambda px6: px6.bind_addresses(["192.0.2.1"]), Account(**YES)),
}


def test_each_recorded_answer_is_read_and_its_origin_is_told() -> None:
    assert set(NAMES) == READ.keys() | NOT_READ
    told = (RECORDED / "README.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}.json`" not in told] == []


@pytest.mark.parametrize("name", sorted(READ))
async def test_the_client_reads_a_recorded_answer(name: str, server: Px6, client: Px6Client) -> None:
    call, expected = READ[name]
    server.then(Reply(body=body(name)))
    assert await call(client) == expected
    assert server.methods == [method_of(name)]


async def test_the_client_reads_the_recorded_refusal(server: Px6, client: Px6Client) -> None:
    server.then(Reply(body=body("classic/refused")))
    with pytest.raises(WrongKey) as refused:
        await client.account()
    assert (refused.value.error_id, refused.value.error) == (100, "Error key")


def method_of(name: str) -> str:
    method = name.partition("/")[2].partition("-")[0]
    return "" if method in ("account", "refused") else method


ASKED: dict[str, dict[str, str]] = {
    # the calls of the README there; the ids stand for those of the account's own first proxies
    "classic/getprice": {"count": "100", "period": "30"},
    "classic/getcount": {"country": "ru"},
    "classic/getcountry": {"version": "4"},
    "classic/getproxy-nokey": {"nokey": ""},
    "classic/settype": {"ids": "ID,ID,ID,ID", "type": "socks"},
    "classic/setdescr": {"old": "shop", "new": "newtest"},
    "classic/buy": {"count": "1", "period": "7", "country": "ru"},
    "classic/prolong": {"period": "7", "ids": "ID,ID"},
    "classic/delete": {"ids": "ID,ID"},
    "classic/check": {"ids": "ID"},
    "current/getprice": {"count": "1", "period": "7", "version": "4"},
    "current/buy": {"count": "2", "period": "7", "country": "ru", "type": "socks"},
    "current/prolong-mixed": {"period": "7", "ids": "ID,ID"},
    "current/check": {"ids": "ID"},
    "current/check-string": {"proxy": "198.51.100.11:8011:u00011:p00011"},
    "current/ipauth": {"ip": "192.0.2.1"},
}
KINDS_OF_PROXIES: dict[str, tuple[str, ...]] = {
    "classic/getproxy-empty": (),
    "current/getproxy-empty": (),
    "current/prolong-mixed": ("6", "4"),
}


def stand_in_answers(name: str) -> Any:
    """What the stand-in says to the call of a recorded answer, as it reads on the wire."""
    profile: Profile = "classic" if name.startswith("classic/") else "current"
    state = Px6State(profile)
    account = state.add_account(balance="500")
    versions = KINDS_OF_PROXIES.get(name, ("6", "6", "6", "6"))
    ids = iter([state.add_proxy(account.key, version=version, comment="shop").id for version in versions])
    params = {
        given: ",".join(str(next(ids)) if part == "ID" else part for part in value.split(","))
        for given, value in ASKED.get(name, {}).items()
    }
    key = "no key" if name == "classic/refused" else account.key
    return json.loads(json.dumps(state.answer(state.received(key, method_of(name), params))))


def shape(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Each path of an answer with its JSON type. Ids, kinds and days are `#` in it, places in an array are `[]`."""
    match value:
        case dict():
            yield path, "object"
            for name, inner in value.items():
                yield from shape(inner, f"{path}.{'#' if name.isdecimal() else name}")
        case list():
            yield path, "array"
            for inner in value:
                yield from shape(inner, f"{path}[]")
        case None:
            yield path, "null"
        case bool():
            yield path, "boolean"
        case int() | float():
            yield path, "number"
        case _:
            yield path, "string"


@pytest.mark.parametrize("name", NAMES)
def test_the_stand_in_answers_in_the_shape_of_a_recorded_answer(name: str) -> None:
    assert set(shape(stand_in_answers(name))) == set(shape(json.loads(body(name))))
