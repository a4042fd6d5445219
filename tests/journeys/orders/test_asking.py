"""Balance, prices, stock, countries; and what is said when px6 or Telegram is in trouble."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.menus import publish_menus
from tests.cases import case
from tests.customers import new_customer
from tests.direct_phone import DirectPhone
from tests.durations import DAY, MINUTE
from tests.profiles import ON_NEWEST
from tests.world import PATIENT, World, new_world


async def test_home_shows_the_state_and_offers_first_what_is_urgent(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    text = await phone.says("/start")
    assert text.startswith("px6 · 640.50 RUB")
    assert "8 end soon" in text
    assert (await phone.labels())[0] == "Prolong what ends soon · 8"


async def test_a_price_is_told_with_its_balance(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    text = await phone.says("/price 100 30 ipv6")
    assert "2,100.00 RUB (0.70 RUB per proxy per day)" in text
    assert (await phone.says("/price 100 30 ipv4")).startswith("100 × IPv4, 30 days")
    assert "Write a whole number from 3 to 3,650." in await phone.says("/price 10 99999")


async def test_the_usual_periods_stand_side_by_side_for_any_kind_and_number(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/price")
    assert len([line for line in (await phone.reads()).splitlines() if " days: " in line]) == 6
    await phone.taps("IPv4 Shared")
    await phone.taps("10")
    assert "Prices for 10 × IPv4 Shared" in await phone.reads()


async def test_stock_takes_names_codes_and_kinds(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for text in ("/stock de", "/stock Germany ipv6", "/stock германия 6", '/stock "United Kingdom"'):
        assert "in stock" in await phone.says(text), text
    assert "I do not know the country" in await phone.says("/stock zz")
    assert (await phone.says("/stock de ipv5")).startswith("There is no kind “ipv5”.")
    assert "There is no kind" in await phone.says("/countries ipv5")


async def test_countries_lead_to_their_stock_and_to_buying(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert "🇩🇪 Germany · de" in await phone.says("/countries")
    await phone.taps("🇩🇪 Germany")
    await phone.taps("Buy here")
    assert "Germany: for how long?" in await phone.reads()


READING = ("500_before", "503_before", "html_before", "broken_json_before", "drop_before", "silent_before", "429")


async def test_px6_in_trouble_is_said_with_nothing_spent_and_a_way_to_try_again(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for fault, country in zip(READING, ("de", "us", "fr", "gb", "nl", "ru", "ca"), strict=True):
        world.px6.fault(fault, "getcount", times=10)
        with case(fault):
            if fault == "silent_before":
                world.impatient()
            text = await phone.says(f"/stock {country}")
            assert "Nothing was spent" in text
            assert "Try again" in await phone.labels()
            world.px6.clear_faults()
            world.patient()
            await phone.taps("Try again")
            assert "in stock" in await phone.reads()


async def test_px6_that_cannot_be_reached_is_said_so(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.fault("down")
    text = await phone.says("/balance")
    world.px6.clear_faults()
    assert "px6 cannot be reached" in text and "Nothing was spent" in text
    await phone.taps("Try again")
    assert "640.50 RUB" in await phone.reads()


async def test_telegrams_429_is_waited_out_and_nothing_is_sent_twice(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    before = len(await phone.chat())
    world.telegram.fail("sendMessage", 429, times=1, retry_after=1)
    assert "640.50 RUB" in await phone.says("/balance")
    assert len(await phone.chat()) == before + 2


async def test_telegrams_5xx_on_an_edit_is_repeated(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/start")
    world.telegram.fail("editMessageText", 502, times=1)
    await phone.taps("Settings")
    assert (await phone.reads()).startswith("Settings")


async def test_every_tap_is_answered_while_px6_is_slow(world: World) -> None:
    phone, direct = world.phone(), DirectPhone(world.telegram, world.token, 1001)
    await phone.connects()
    world.move(MINUTE)  # the list that was just read is not enough then
    world.app.gate.delays = replace(PATIENT, answer=0.02)
    before = len(world.asked("getproxy"))
    with world.held("getproxy"):
        tap = direct.forges("open:home")
        await world.until(lambda: len(world.asked("getproxy")) > before)
        await world.until(lambda: tap.answer is not None)
        assert tap.answer is not None and tap.answer["answered"]
    await world.quiet()
    assert (await phone.reads()).startswith("px6 ·")


async def test_commands_and_descriptions_are_published_in_both_languages(tmp_path: Path) -> None:
    async with new_world(tmp_path, publish=publish_menus) as world:
        await world.until(lambda: sum(r.method == "setmyshortdescription" for r in world.telegram.requests) == 2)
        english = (await world.get("/people/1001/chat"))["bot"]
        await world.patch("/people/1001", {"language_code": "ru"})
        russian = (await world.get("/people/1001/chat"))["bot"]
        assert not world.telegram.refusals
    assert english["description"] != russian["description"]
    assert {c["command"] for c in english["commands"]} == {c["command"] for c in russian["commands"]}


async def test_wherever_px6_fails_there_is_a_way_to_try_again_that_works(world: World) -> None:
    """Commands and typed answers alike (after the last `>`); what was asked for comes in place of the error."""
    phone = world.phone()
    await phone.connects()
    one, two = list(world.px6.account(world.key).proxies)[:2]
    asked = {
        "/price": "Prices for 1 × IPv6",  # first: the others read the same table, which is kept for a while
        f"/prolong 30 {one} {two}": "Prolong 2 proxies for 30 days",
        f"/delete {one}": "Delete 1 proxy?",
        "/delete shop": "Delete 3 proxies?",
        "/start": "px6 ·",
        "/stock": "IPv6 in",
        "/stock de ipv4": "🇩🇪 Germany, IPv4",
        "/price 2 7 ipv4": "2 × IPv4, 7 days",
        "/prolong": "Prolong 8 proxies: for how long?",
        # Where the stock of all comes in one call, countries are read only now: what was typed is asked for again.
        "/buy>IPv6>Search by name>Germany": "Which country?" if ON_NEWEST else "Buy IPv6, Germany: for how long?",
        "/buy>IPv6>Germany>30 days>Quantity>Other quantity>2": "Buy 2 × IPv6",
        f"/prolong 30 {one}>Other days>Other days>Other days>9": "Prolong 1 proxy for 9 days",
    }
    for path, expected in asked.items():
        command, *labels = path.split(">")
        text = labels.pop() if labels else command
        if text != command:
            await phone.says(command)
        for label in labels:
            await phone.taps(label)
        world.px6.restrict(world.key, ["203.0.113.7"])
        assert "px6 refuses the bot's IP address" in await phone.says(text), path
        world.px6.restrict(world.key, [])
        await phone.taps("Try again")
        assert (await phone.reads()).startswith(expected), path


@pytest.mark.parametrize("asks", ["/balance", "/start"])
async def test_money_that_a_person_sees_pays_at_once_what_waited_for_it(world: World, asks: str) -> None:
    ann = await new_customer(world, balance="1.00")
    await ann.phone.says("/buy 1 30 de")
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Pay at once")
    await ann.settles()
    world.px6.top_up(ann.key, 20)
    await ann.sweep()
    assert not ann.books(), "nobody has looked yet"
    assert "21.00 RUB" in await ann.phone.says(asks)
    await ann.sweep()
    assert len(ann.books()) == 1


@pytest.mark.parametrize("command", ["/buy 1 30 de", "/prolong 30 {}"])
async def test_who_sees_the_quote_that_waited_is_not_asked_about_it_again(world: World, command: str) -> None:
    ann = await new_customer(world, balance="1.00")
    [one] = ann.add(ends_in=20 * DAY)
    await ann.phone.says(command.format(one))
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Ask me first")
    await ann.phone.says(command.format(one))
    assert world.rows("SELECT state FROM kept_payments") == [("waiting",)], "it is still too little"
    world.px6.top_up(ann.key, 20)
    await ann.phone.says(command.format(one))
    assert world.rows("SELECT state FROM kept_payments") == [("asked",)]
