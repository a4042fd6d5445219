"""The way to a quote and back: nothing that was chosen is lost on it, and no slip becomes a comment."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.orders.buy import TypeCountry
from handlers.orders.buy_buttons import Buy
from tests.durations import DAY
from tests.journeys.orders.buying import quote_by_buttons
from tests.px6_events import once_answered
from tests.world import Phone, World, green_buttons


async def settled(world: World) -> None:
    await world.until(lambda: not world.rows("select 1 from orders where rename = 'pending'"))
    await world.quiet()


async def last_row(phone: Phone) -> list[str]:
    return [b["text"] for b in (await phone.screen())["keyboard"][-1]]


async def test_what_px6_could_not_be_asked_is_asked_again_exactly_with_its_comment(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.fault("html_before", "getcount", times=None)
    await phone.says("/buy 2 30 de socks ipv6 my shop, 2nd")
    world.px6.clear_faults()
    await phone.taps("Try again")
    text = await phone.reads()
    assert "Protocol: SOCKS5\nComment: my shop, 2nd" in text
    world.px6.set_stock("de", "6", 1)
    await phone.says("/buy 2 30 de ipv6 socks shop")
    await phone.taps("Take 1")
    assert "Protocol: SOCKS5\nComment: shop" in await phone.reads()
    await phone.taps("Buy ·")
    await settled(world)
    assert [p.comment for p in world.px6.account(world.key).proxies.values()][-1] == "shop"
    world.px6.fault("html_before", "getcount", times=None)
    await phone.says("/buy 1 30 nl socks shop")
    asked = await phone.screen()
    await phone.says(f"/comment {next(iter(world.px6.account(world.key).proxies))} {'x' * 60}")
    world.px6.clear_faults()
    await phone.taps("Try again", asked["message_id"])  # its comment gave way to a newer text: never without it
    assert "That text is no longer saved" in str(await phone.chat())


async def test_a_slip_in_the_kind_or_the_protocol_never_becomes_a_comment(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    text = await phone.says("/buy 1 30 de socks ipv4")
    assert text.startswith("Buy 1 × IPv4, Germany, 30 days") and "Protocol: SOCKS5" in text and "Comment" not in text
    for slip, named in (
        ("ipv5", "There is no kind “ipv5”."),
        ("v5 shop", "There is no kind “v5”."),
        ("2024", "There is no kind “2024”."),
        ("7 socks", "There is no kind “7”."),
        ("ipv4 ipv6", "“ipv6” is a second kind."),
        ("http ipv6 socks", "“socks” is a second protocol."),
    ):
        text = await phone.says(f"/buy 1 30 de {slip}")
        assert text.startswith(named), slip
        assert text.endswith('Example: /buy 5 30 de ipv6 socks "2024"')
    for meant, comment in (('"2024"', "2024"), ("ipv6 24 shop", "24 shop"), ('ipv6 http "ipv4"', "ipv4")):
        assert f"Comment: {comment}" in await phone.says(f"/buy 1 30 de {meant}")


async def test_a_comment_that_is_too_long_is_offered_cut_and_goes_on_to_the_quote(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert f"Comment: {'x' * 50}" in await phone.says("/buy 2 7 nl ipv4 socks " + "x" * 50)
    text = await phone.says("/buy 2 7 nl ipv4 socks " + "x" * 60)
    assert "px6 allows 50 characters, yours has 60" in text
    await phone.taps("Use the shortened one")
    text = await phone.reads()
    assert text.startswith("Buy 2 × IPv4, Netherlands, 7 days") and f"SOCKS5\nComment: {'x' * 50}" in text
    await phone.taps("Comment")
    assert "yours has 51" in await phone.says("y" * 51)
    assert await last_row(phone) == ["Home", "Back"]
    await phone.taps("Use the shortened one")
    assert f"SOCKS5\nComment: {'y' * 50}" in await phone.reads()
    await phone.taps("Buy ·")
    await settled(world)
    assert [p.comment for p in world.px6.account(world.key).proxies.values()][-2:] == ["y" * 50] * 2


async def test_back_of_a_quote_leads_to_where_it_came_from_and_home_is_one_tap_away(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/start")
    for label, back in (("Buy", None), ("IPv6", "kinds"), ("Germany", "countries"), ("30 days", "days"), ("5", "it")):
        await phone.taps(label)
        assert await last_row(phone) == (["Home", "Back"] if back else ["Home"])
    for title in ("for how long?", "where?", "Buy proxies"):
        await phone.taps("Back")
        assert title in (await phone.reads()).splitlines()[0]
    await phone.says("/price 10 30")
    await phone.taps("Buy these")
    await phone.taps("Germany")
    for title in ("where?", "10 × IPv6, 30 days", "Prices for 10 × IPv6"):
        await phone.taps("Back")
        assert title in (await phone.reads()).splitlines()[0]
    await phone.says("/stock de")
    await phone.taps("Buy here")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("🇩🇪 Germany, IPv6")
    await phone.says("/buy 1 30 de shop")
    assert await last_row(phone) == ["Home"]  # a command comes from nowhere
    await phone.taps("Days")
    await phone.taps("Back")
    assert "Comment: shop" in await phone.reads()
    await phone.taps("Buy ·")
    await settled(world)
    await phone.says("/orders")
    await phone.taps("✓")
    assert await last_row(phone) == ["Home", "Back"]
    await phone.taps("Buy the same")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("Order 1: done")
    await phone.says("/start")
    await phone.taps("Buy")
    await phone.taps("Again: ")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("Buy proxies")


async def test_a_receipt_stays_whatever_is_tapped_under_it(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await quote_by_buttons(phone)
    await phone.taps("Buy ·")
    await settled(world)
    receipt = await phone.screen()
    opened = {"My proxies": "My proxies", "Buy the same": "Buy 5 ×", "Export": "Export", "Home": "px6 ·"}
    for label, begins in opened.items():
        await phone.taps(label, receipt["message_id"])
        assert (await phone.reads()).startswith(begins)
        assert (await phone.screen())["message_id"] > receipt["message_id"]
    assert next(m for m in await phone.chat() if m["message_id"] == receipt["message_id"])["text"] == receipt["text"]
    message = await phone.message_with("Buy · 105.00 RUB")
    assert [b["text"] for b in message["keyboard"][-1]] == ["Home"]
    await phone.taps("Buy · 105.00 RUB")
    assert len(world.asked("buy")) == 2


async def test_data_that_no_button_carries_are_answered_as_a_button_out_of_date(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/start")
    for data in (
        "b:9:zz:1:1:http:0::1::0:",
        "b:6:de:1:-5:http:0::1::0:",
        "b:6:de:30:5:http:0::0::0:",
        "b:6:de:1:1:auto:0::1::0:",
        "bt-c::de:1:1:http:0::1::0:",
        "b-n::de:1:1:http:0::1::0:",
        "ps:a::::::1::15:auto",
        "prices:6:0",
        "price:-1:30:6",
        "where:6:-3",
        "ls:q::::::1:",
        "ls:a:9:::::1:",
        "ol:all:99999999999999999999",
        "oc:99999999999999999999:all:1",
    ):
        answer = await phone.forges(data)
        assert answer["text"] == "This button is out of date. Here is the home screen.", data
        assert (await phone.reads()).startswith("px6 ·")


async def test_a_price_for_a_day_says_something_also_in_dollars(world: World) -> None:
    phone = world.phone()
    key = world.px6.add_account(balance="12.30", currency="USD").key
    await phone.connects(key)
    assert "1.17 USD (0.0078 USD per proxy per day)" in await phone.says("/buy 5 30 de")
    await world.patch(f"/people/{phone.id}", {"language_code": "ru"})
    assert "0,23 $ (0,0078 $ за прокси в день)" in await phone.says("/price 1 30")


async def test_a_price_that_was_asked_for_ahead_pays_for_nothing_that_px6_lists_as_another_kind(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    proxy = next(p for p in world.px6.account(world.key).proxies.values() if p.version == "6")
    await phone.says(f"/prolong 30 {proxy.id}")
    proxy.version = "4"
    await phone.taps("Prolong 30")
    assert (await phone.reads()).startswith("The price or an end date has changed. Nothing was sent or spent.")
    assert [call["version"] for call in world.asked("getprice") if "version" in call][-2:] == ["6", "4"]
    assert not world.asked("prolong")


async def test_the_sums_of_a_card_are_one_quote_and_paid_once(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/proxies")
    for label in ("…", "Prolong"):
        await phone.taps(label)
    shown = await phone.screen()
    [usual, shorter, _] = [each["callback_data"] for each in green_buttons(shown)]
    assert usual.split(":")[1] == shorter.split(":")[1]
    await phone.forges(usual, shown["message_id"])
    await settled(world)
    answer = await phone.forges(shorter, shown["message_id"])
    assert answer["text"].startswith("You have already confirmed this payment")
    assert [(spend.kind, spend.period) for spend in world.px6.books(world.key)] == [("prolong", 30)]


async def test_the_sums_of_a_card_offer_what_the_balance_covers_and_can_be_asked_for_again(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.account(world.key).balance = Decimal("40.00")
    await phone.says("/proxies")
    await phone.taps("…")
    world.px6.fault("500_before", times=None)
    await phone.taps("Prolong")
    world.px6.clear_faults()
    assert green_buttons(await phone.screen()) == []
    await phone.taps("Try again")
    assert [each["text"] for each in green_buttons(await phone.screen())] == ["Prolong 7 days · 35.00 RUB"]
    assert "30 days: need 120.00 RUB, have 40.00 RUB, missing 80.00 RUB" in await phone.reads()
    await phone.taps("Finish when the money arrives")
    assert "Prolong 1 proxy for 30 days\nNeed 120.00 RUB" in await phone.reads()


@pytest.mark.parametrize(("balance", "offered"), [("18.00", True), ("17.99", False)])
async def test_what_the_balance_just_covers_is_offered_in_place_of_the_quote(
    world: World, balance: str, offered: bool
) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.account(world.key).balance = Decimal(balance)
    assert f"have {balance} RUB" in await phone.says("/buy 5 30 de")
    assert ("3 days · 18.00 RUB" in await phone.labels()) is offered


async def test_that_there_is_none_is_not_said_of_what_px6_told_a_moment_ago(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for country, period, asks in (("de", 0, "for how long?"), ("fr", 30, "how many?")):
        world.px6.set_stock(country, "6", 0)
        assert "None in stock now" in await phone.says(f"/stock {country}")
        world.px6.set_stock(country, "6", 4)
        await phone.forges(Buy(version="6", country=country, period=period).pack())
        title, stock = (await phone.reads()).splitlines()[:2]
        assert title.endswith(asks) and stock == "4 proxies in stock"


async def test_a_country_that_was_typed_is_answered_once(world: World) -> None:
    """What is chosen next is no country: the next text is none either."""
    phone = world.phone()
    await phone.connects()
    for period, asks in ((0, "for how long?"), (30, "how many?")):
        await phone.forges(TypeCountry(version="6", period=period).pack())
        assert (await phone.says("germany")).splitlines()[0].endswith(asks)
        assert "I did not understand that" in await phone.says("france")


@pytest.mark.parametrize(
    ("says", "method", "told"),
    [
        ("/buy 5 30 fr", "getcount", "Sold out\n🇫🇷 France, IPv6\nNothing was bought."),
        ("/buy 100 30 de", "getprice", "Need 2,100.00 RUB, have 640.50 RUB, missing 1,459.50 RUB"),
        ("/prolong 90 {}", "getprice", "Need 58.50 RUB, have 3.00 RUB, missing 55.50 RUB"),
    ],
    ids=["sold out", "too dear", "too dear to prolong"],
)
async def test_px6_that_falls_silent_after_its_price_or_stock_keeps_only_what_else_there_is_secret(
    world: World, says: str, method: str, told: str
) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.set_stock("fr", "6", 0)
    one = world.px6.add_proxy(world.key, ends_in=9 * DAY).id
    if says.startswith("/prolong"):
        world.px6.account(world.key).balance = Decimal("3.00")
    once_answered(world.px6, method, lambda: world.px6.fault("no_before", method, times=10, error_id=410))
    assert told in await phone.says(says.format(one))
