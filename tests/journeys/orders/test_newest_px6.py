"""What px6 sells in 2026, and the same where px6 does not know it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR
from tests.world import Phone, World, green_buttons, new_world


@pytest.fixture
async def newest(tmp_path: Path) -> AsyncIterator[Customer]:
    """Person 1001 at the newest px6, with 5,000 RUB and no proxies."""
    async with new_world(tmp_path, profile="newest") as world:
        yield await new_customer(world)


def asked(world: World, method: str) -> list[dict[str, str]]:
    found = [call.params for call in world.px6.calls if call.method == method]
    world.px6.calls.clear()
    return found


async def test_all_prices_come_in_one_call_and_the_purchase_is_quoted_by_count(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    text = await phone.says("/price")
    assert "30 days: 21.00 RUB · 0.70 a day" in text and "90 days: 58.50 RUB" in text
    await phone.taps("MTProto")
    assert "30 days: 90.00 RUB" in await phone.reads()
    await phone.taps("10")
    assert "30 days: 900.00 RUB" in await phone.reads()
    assert asked(world, "getprice") == [{}]
    for label in ("Buy", "Netherlands · 340", "30 days"):
        await phone.taps(label)
    assert "Buy 10 × MTProto, Netherlands, 30 days" in await phone.reads()
    assert asked(world, "getprice") == [{"count": "10", "period": "30", "version": "5"}]


async def test_a_price_that_no_day_divides_is_shown_for_a_day_all_the_same(newest: Customer) -> None:
    newest.world.px6.set_prices("6", {3: "0.9834", 7: "0.787", 30: "30000000"})
    text = await newest.phone.says("/price")
    assert "3 days: 2.95 RUB · 0.98 a day" in text and "7 days: 5.51 RUB · 0.79 a day" in text
    assert "30 days: 900,000,000.00 RUB" in text
    await newest.phone.taps("100")
    assert "3 days: 295.00 RUB" in await newest.phone.reads()
    assert "30 days" not in await newest.phone.reads(), "that is no sum of money"


async def test_the_countries_stand_there_once_with_their_stock_from_one_call(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    await phone.says("/buy")
    await phone.taps("IPv6")
    assert "🇳🇱 Netherlands · 2,400" in await phone.labels()
    assert (asked(world, "getcount"), asked(world, "getcountry")) == ([{}], [])
    assert "🇳🇱 Netherlands · nl · 2,400" in await phone.says("/countries")
    assert "🇳🇱 Netherlands · nl · 340" in await phone.says("/countries mtproto")
    assert (asked(world, "getcount"), asked(world, "getcountry")) == ([], [])


async def test_sold_out_names_the_three_countries_that_have_most_and_the_other_kinds_here(newest: Customer) -> None:
    for country, kind, count in (
        ("de", "6", 0),
        ("fr", "6", 3_000),
        ("gb", "6", 4_000),
        ("de", "4", 5),
        ("de", "3", 6),
    ):
        newest.world.px6.set_stock(country, kind, count)
    assert (await newest.phone.says("/buy 5 30 de")).splitlines()[4:] == [
        "🇬🇧 United Kingdom: 4,000 · 105.00 RUB",
        "🇫🇷 France: 3,000 · 105.00 RUB",
        "🇳🇱 Netherlands: 2,400 · 105.00 RUB",
        "IPv4: 5 · 600.00 RUB",
        "IPv4 Shared: 6 · 165.00 RUB",
    ]


async def test_only_periods_that_px6_sells_are_on_buttons(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    world.px6.set_prices("6", {5: "1.00", 30: "0.70", 180: "0.60"})
    for label in ("/buy", "IPv6", "Germany · 800"):
        await (phone.says(label) if label == "/buy" else phone.taps(label))
    assert [label for label in await phone.labels() if "day" in label.lower()] == [
        "5 days · 1.00",
        "30 days · 0.70",
        "★ 180 days · 0.60",
        "Other days",
    ]
    newest.add(1, ends_in=DAY)
    await phone.says("/prolong")
    assert [label for label in await phone.labels() if "day" in label.lower()] == [
        "Prolong 30 days · 21.00 RUB",
        "Other days",
    ]
    await phone.taps("Other days")
    assert [label for label in await phone.labels() if "day" in label.lower()] == [
        "30 days",
        "180 days",
        "Other days",
    ]


@pytest.mark.parametrize(
    "rates, quoted, expected",
    [
        ({7: "0.80", 30: "0.70"}, ("30", "7"), ["Prolong 30 days · 63.00 RUB", "Prolong 7 days · 16.80 RUB"]),
        (
            {5: "1.00", 10: "0.80", 14: "0.80", 20: "0.70"},
            ("10", "14", "20"),
            ["Prolong 10 days · 24.00 RUB", "Prolong 14 days · 33.60 RUB", "Prolong 20 days · 42.00 RUB"],
        ),
    ],
    ids=["what is left of the usual ones", "none of the usual ones: as many others"],
)
async def test_a_digest_offers_no_period_that_px6_has_given_up(
    newest: Customer, rates: dict[int, str], quoted: Sequence[str], expected: list[str]
) -> None:
    world = newest.world
    world.px6.set_prices("6", rates)
    world.px6.rules.max_period = max(rates)
    newest.add(3, ends_in=3 * DAY - HOUR)
    world.px6.calls.clear()
    [digest] = await newest.look()
    assert "3 proxies end" in digest
    assert [button["text"] for button in green_buttons(await newest.phone.screen())] == expected
    table, *by_count = asked(world, "getprice")[: 1 + len(quoted)]  # those by count are asked for side by side
    assert table == {}
    assert sorted(by_count, key=str) == [{"count": "3", "period": days, "version": "6"} for days in sorted(quoted)]
    await newest.phone.taps(expected[0])
    [spend] = world.px6.books(newest.key)
    assert spend.price == Decimal(expected[0].split()[-2])


async def test_the_forecast_takes_all_prices_from_the_table(newest: Customer) -> None:
    for version in ("3", "4", "5", "6"):
        newest.add(1, version=version, ends_in=10 * DAY)
    newest.world.px6.calls.clear()
    assert "264.00 RUB" in await newest.phone.says("/forecast")
    assert asked(newest.world, "getprice") == [{}]


async def test_px6_without_a_table_is_asked_one_by_one_and_found_out_once_a_day(classic_world: World) -> None:
    phone = classic_world.phone()
    await phone.connects()
    classic_world.px6.calls.clear()
    assert "30 days: 21.00 RUB · 0.70 a day" in await phone.says("/price")
    assert "MTProto" not in await phone.labels()
    without = [params for params in asked(classic_world, "getprice") if "count" not in params]
    assert len(without) == 1
    await phone.says("/buy")
    assert "MTProto" not in await phone.labels()
    await phone.taps("IPv6")
    await phone.says("/forecast")
    assert [params for params in asked(classic_world, "getprice") if "count" not in params] == []
    assert "px6" in await phone.says("/buy 1 30 nl mtproto")
    assert classic_world.px6.books(classic_world.key) == []


async def test_where_px6_has_given_up_a_usual_period_the_days_are_chosen(classic_world: World) -> None:
    phone = classic_world.phone()
    await phone.connects()
    classic_world.px6.rules.max_period = 60
    await phone.says("/proxies")
    await phone.taps("…")
    await phone.taps("Prolong")
    assert green_buttons(await phone.screen()) == []
    await phone.taps("60 days")
    assert [each["text"].split(" · ")[0] for each in green_buttons(await phone.screen())] == ["Prolong 60 days"]


async def test_mtproto_is_bought_shown_prolonged_and_exported_with_its_link(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    text = await phone.says("/buy 2 30 nl mtproto family")
    assert text.startswith("Buy 2 × MTProto, Netherlands, 30 days") and "Protocol" not in text
    assert "Use SOCKS5" not in await phone.labels()
    await phone.taps("Buy · 180.00 RUB")
    text = await phone.reads()
    one, other = newest.account.proxies.values()
    assert text.startswith("Bought 2 × MTProto, Netherlands, 30 days")
    assert f"{one.host}:{one.port}:{one.secret}" in text
    assert "type" not in world.asked("buy")[-1]
    end = f"…{one.host.rpartition('.')[2]}:{one.port}"
    link = f"https://t.me/proxy?server={one.host}&port={one.port}&secret={one.secret}"
    assert (await phone.taps(f"Use in Telegram · {end}"))["url"] == link
    await phone.says("/proxies")
    await phone.taps("🇳🇱 " + end)
    assert (await phone.reads()).startswith("🇳🇱 Netherlands · MTProto\n")
    assert f"Secret {one.secret}" in await phone.reads() and "Login" not in await phone.reads()
    assert "Protocol" not in await phone.labels()
    assert (await phone.taps("Use in Telegram"))["url"] == link
    await phone.taps("Prolong")
    await phone.taps("Prolong 30 days · 90.00 RUB")
    assert (await phone.reads()).startswith("Prolonged 1 proxy for 30 days")
    await phone.says("/export")
    await phone.taps("Lines and files")
    await phone.taps("URLs")
    assert link in await phone.reads()
    await phone.says("/export")
    await phone.taps("Clash")
    assert (await phone.reads()).startswith("Nothing here for Clash")
    assert not [label for label in await phone.labels() if "Change" in label], "MTProto becomes nothing else"
    assert "family" in {one.comment, other.comment}


async def test_mtproto_that_px6_does_not_prolong_keeps_nothing_else_from_it(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    world.px6.rules.prolongs_mtproto = False
    [mtproto] = newest.add(1, version="5", ends_in=DAY)
    [other] = newest.add(1, version="6", ends_in=DAY)
    await phone.says(f"/prolong 30 {mtproto}, {other}")
    await phone.taps("Prolong 30 days · 111.00 RUB")
    text = await phone.reads()
    assert text.startswith("Partly prolonged: 2 proxies for 30 days") and "21.00 RUB paid" in text
    assert "px6 does not prolong these proxies for the bot." in text
    assert [spend.ids for spend in newest.books()] == [(other,)]


async def test_proxies_that_take_both_protocols_are_offered_no_other(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    newest.add(1, comment="new")
    newest.add(1, type="http", comment="old")
    await phone.says("/buy 1 7 nl ipv6 socks")
    await phone.taps("Buy · 6.30 RUB")
    assert {proxy.type for proxy in newest.account.proxies.values()} == {"auto", "http"}
    await phone.says("/proxies active new")
    await taps_first_card(phone)
    assert "HTTPS and SOCKS5" in await phone.reads() and "Protocol" not in await phone.labels()
    assert str((await phone.taps("Use in Telegram"))["url"]).startswith("https://t.me/socks?")
    await phone.says("/proxies active old")
    await taps_first_card(phone)
    for label in ("Protocol", "SOCKS5"):
        await phone.taps(label)
    assert "px6 no longer changes protocols. Nothing was changed." in await phone.reads()
    assert not {"Protocol", "Use in Telegram"} & set(await phone.labels())
    await phone.says("/proxies active old")
    await taps_first_card(phone)
    assert "Protocol" not in await phone.labels()
    for label in ("Export", "Other programs", "Telegram links"):
        await phone.taps(label)
    assert (await phone.reads()).startswith("Nothing here for Telegram\n1 left out: Telegram takes only SOCKS5.")
    assert not [label for label in await phone.labels() if "Change" in label]
    assert len(world.asked("settype")) == 1
    text = await phone.says(f"/type socks {' '.join(map(str, newest.account.proxies))}")
    assert text == "px6 no longer changes protocols. Nothing was changed."
    assert await phone.labels() == ["Home", "Back"], "Back leads to what is ticked"


async def test_what_is_of_an_unknown_kind_or_type_stands_in_the_list_by_its_number(newest: Customer) -> None:
    phone = newest.phone
    [odd, mine] = newest.add(1, version="9", type="quic", ends_in=DAY) + newest.add(1)
    assert str(odd) in await phone.says("/proxies") and str(mine) in await phone.reads()
    await taps_first_card(phone)
    assert "kind 9 · QUIC" in await phone.reads()


@pytest.mark.older_px6("it has no price for MTProto")
async def test_mtproto_without_a_price_is_named_and_the_rest_goes_on(world: World) -> None:
    ann = await new_customer(world)
    [mtproto] = ann.add(1, version="5", ends_in=DAY)
    [other] = ann.add(1, ends_in=DAY)
    text = await ann.phone.says(f"/prolong 30 {mtproto} {other}")
    assert text.startswith("px6 names no price for these") and str(mtproto) in text
    await ann.phone.taps("Continue with 1 proxy")
    await ann.phone.taps("Prolong 30 days · 21.00 RUB")
    assert [spend.ids for spend in ann.books()] == [(other,)]


async def taps_first_card(phone: Phone) -> None:
    await phone.taps(next(label for label in await phone.labels() if label.startswith("🇷🇺")))


@pytest.mark.parametrize("sold, taken", [([14, 20, 40], 20), ([40, 45], 40)], ids=["fewer", "none are fewer"])
async def test_the_forecast_prolongs_for_days_that_px6_sells(newest: Customer, sold: list[int], taken: int) -> None:
    """Where the usual 30 have been given up: the nearest number of days, of fewer rather."""
    newest.world.px6.set_prices("6", dict.fromkeys(sold, "0.80"))
    newest.world.px6.rules.max_period = max(sold)
    newest.add(3, ends_in=10 * DAY)
    newest.world.px6.calls.clear()
    assert f"Prolonging everything, for {taken} days each time:" in await newest.phone.says("/forecast")
    assert asked(newest.world, "getprice") == [{}]


async def test_the_forecast_prolongs_for_the_days_that_the_person_takes_and_asks_of_no_kind_that_has_ended(
    newest: Customer,
) -> None:
    """They are sold of the kind that runs, and not of the one that has ended."""
    newest.world.px6.set_prices("6", {14: "0.80", 30: "0.70"})
    newest.world.px6.set_prices("3", {30: "1.00"})
    newest.add(1, version="3", ends_in=-HOUR)
    [one] = newest.add(1, ends_in=10 * DAY)
    await newest.phone.says(f"/prolong 14 {one}")
    await newest.phone.taps("Prolong 14 days ·")
    assert "Prolonging everything, for 14 days each time:" in await newest.phone.says("/forecast")
