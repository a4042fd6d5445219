"""Forecasts, and what the bot says of money and of changes that it did not make."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World


async def test_the_forecast_says_what_renewing_costs_and_until_when_the_balance_lasts(world: World) -> None:
    ann = await new_customer(world, balance="50")
    ann.add(1, version="6", ends_in=5 * DAY, comment="first")
    ann.add(2, version="6", ends_in=10 * DAY, comment="second", country="de")
    text = await ann.phone.says("/forecast")
    assert "7 days: 1 prolongation, 21.00 RUB" in text
    assert "14 days: 3 prolongations, 63.00 RUB" in text
    assert "The balance lasts until" in text
    assert "Missing for 30 days: 13.00 RUB" in text
    await ann.phone.taps("By comment")
    assert "second: 42.00 RUB\nfirst: 21.00 RUB" in await ann.phone.reads()
    await ann.phone.taps("Back")
    await ann.phone.taps("By country")
    assert "Germany: 42.00 RUB" in await ann.phone.reads()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_chart_is_a_picture_twice_as_large_as_it_is_shown(world: World, language: str) -> None:
    await world.patch("/people/1001", {"language_code": language})
    ann = await new_customer(world, balance="30")
    ann.add(3, ends_in=5 * DAY)
    await ann.phone.says("/forecast")
    await ann.phone.taps("Chart" if language == "en" else "График")
    picture = Image.open(io.BytesIO((await ann.phone.newest_file())[1]))
    assert (picture.format, picture.size) == ("PNG", (1280, 840))
    assert (await ann.phone.chat())[-1]["file"]["kind"] == "photo"
    assert await ann.phone.labels() == (["Forecast", "Home"] if language == "en" else ["Прогноз расходов", "Домой"])
    await ann.phone.taps((await ann.phone.labels())[0])
    assert (await ann.phone.reads()).startswith("Forecast\n" if language == "en" else "Прогноз расходов\n")


async def test_the_calendar_file_has_an_event_with_alarms_for_each_end(ann: Customer) -> None:
    ann.add(2, ends_in=5 * DAY, comment="a, b; c")
    ann.add(1, ends_in=9 * DAY)
    await ann.phone.says("/forecast")
    await ann.phone.taps("Calendar file")
    lines = ((await ann.phone.newest_file())[1]).decode().split("\r\n")
    assert lines.count("BEGIN:VEVENT") == 2
    assert lines.count("TRIGGER:-P1D") == 2
    assert "SUMMARY:2 proxies end" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "a\\, b\\; c" in "".join(line.removeprefix(" ") for line in lines)
    assert (await ann.phone.reads()).startswith("Open it to add the end dates to your calendar")
    assert await ann.phone.labels() == ["Forecast", "Home"]


async def test_the_home_screen_tells_how_long_the_balance_lasts(world: World) -> None:
    ann = await new_customer(world, balance="30")
    ann.add(3, ends_in=9 * DAY)
    await ann.settles()
    text = await ann.phone.says("/start")
    assert "Prolonging in the next 30 days: 63.00 RUB; the balance lasts until" in text
    assert "Forecast" in await ann.phone.labels()


async def low(ann: Customer) -> list[str]:
    """What a look says of a low balance."""
    await ann.world.app.services.sweep.look(1001)
    return [text for text in await ann.news() if "not be enough" in text]


async def test_a_low_balance_is_said_once_and_again_only_when_it_got_worse(world: World) -> None:
    ann = await new_customer(world, balance="30")
    await world.app.services.reminders.change(1001, on=False, changes=False)
    ann.add(2, ends_in=2 * DAY)
    assert "missing 12.00 RUB" in "".join(await low(ann))
    assert await low(ann) == []
    ann.add(1, ends_in=2 * DAY)
    assert "missing 33.00 RUB" in "".join(await low(ann))  # more than twice as much
    ann.add(1, ends_in=3 * DAY - HOUR)
    assert await low(ann) == []  # one more came near its end: that is worth a message a day
    world.move(DAY + MINUTE)
    assert "missing 54.00 RUB" in "".join(await low(ann))
    world.px6.top_up(ann.key, "-1")
    assert "missing 55.00 RUB" in "".join(await low(ann))  # the balance fell
    world.px6.top_up(ann.key, "500")
    assert await low(ann) == []
    world.px6.top_up(ann.key, "-500")
    assert "missing 55.00 RUB" in "".join(await low(ann))  # it was enough in between


async def test_a_digest_that_names_what_is_missing_is_the_warning(world: World) -> None:
    ann = await new_customer(world, balance="30")
    ann.add(2, ends_in=2 * DAY)
    await world.app.services.sweep.look(1001)
    [digest] = await ann.news()
    assert "missing 12.00 RUB" in digest
    assert await low(ann) == []
    ann.add(2, ends_in=2 * DAY)
    await world.app.services.reminders.change(1001, on=False)
    assert "missing 54.00 RUB" in "".join(await low(ann))


async def test_a_renewal_on_the_site_is_said_once_with_what_it_cost(ann: Customer) -> None:
    ids = ann.add(2, ends_in=20 * DAY)
    await ann.settles()
    ann.world.move(HOUR)
    ann.world.px6.prolong_on_site(ann.key, ids, 30)
    await ann.world.app.services.sweep.look(1001)
    [text] = await ann.news()
    assert "The balance fell by 42.00 RUB" in text
    assert "2 proxies were prolonged for 30 days" in text
    assert "exactly what this prolongation costs" in text
    assert "on px6's site" in text
    await ann.phone.taps("That was me")
    assert await ann.phone.reads() == "Everything stays as it is."
    await ann.news()
    ann.world.move(HOUR)
    await ann.world.app.services.sweep.look(1001)
    assert await ann.news() == []


async def test_px6s_own_renewal_is_told_apart_where_it_is_known(ann: Customer) -> None:
    await ann.phone.says("/buy 1 7 de ipv6")
    await ann.phone.taps("px6's auto-renewal")
    await ann.phone.taps("Switch it on")
    await ann.phone.taps("Buy ·")
    assert "Bought" in await ann.phone.reads()
    ann.world.move(HOUR)
    await ann.settles()
    ann.world.move(7 * DAY - 30 * MINUTE)
    await ann.world.app.services.sweep.look(1001)
    [text] = [text for text in await ann.news() if "changed at px6" in text]
    assert "px6's auto-renewal" in text


async def test_the_bots_own_payments_are_no_unexplained_change(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    ann.world.move(5 * MINUTE)
    await ann.phone.taps("Prolong 30 days")
    await ann.news()
    ann.world.move(timedelta(minutes=5))
    await ann.world.app.services.sweep.look(1001)
    assert await ann.news() == []


async def test_money_that_vanished_is_said(ann: Customer) -> None:
    await ann.settles()
    ann.world.move(HOUR)
    ann.world.px6.top_up(ann.key, "-100")
    await ann.world.app.services.sweep.look(1001)
    [text] = await ann.news()
    assert "The balance fell by 100.00 RUB" in text
    assert "px6 does not say who did it" in text
    assert "Erase everything" in await ann.phone.labels()


async def test_a_loss_beside_a_payment_of_the_bots_is_told_with_the_next_look(ann: Customer) -> None:
    ann.add(1, ends_in=2 * DAY)
    await ann.look()
    await ann.phone.taps("Prolong 30 days")  # seconds after the look
    ann.world.move(HOUR)
    ann.world.px6.top_up(ann.key, "-1000")
    [text] = await ann.look()
    assert "The balance fell by 1,000.00 RUB" in text
    ann.world.move(HOUR)
    ann.world.px6.top_up(ann.key, "-7")
    await ann.phone.says("/buy 1 30 de ipv6")
    await ann.phone.taps("Buy ·")
    await ann.news()
    assert await ann.look() == []  # px6 may not show the payment yet: nothing is claimed, nothing is forgotten
    ann.world.move(2 * MINUTE)
    [text] = await ann.look()
    assert "The balance fell by 7.00 RUB" in text


async def test_the_same_loss_a_second_time_is_told_a_second_time(ann: Customer) -> None:
    for _ in range(2):
        ann.world.move(HOUR)
        ann.world.px6.top_up(ann.key, "-100")
        assert "The balance fell by 100.00 RUB" in "".join(await ann.look())
        ann.world.px6.top_up(ann.key, "100")
        assert await ann.look() == []


async def test_while_an_order_is_unknown_its_proxies_do_not_count_as_unpaid(world: World) -> None:
    ann = await new_customer(world, balance="30")
    ids = ann.add(1, ends_in=2 * DAY)
    await ann.look()
    world.px6.fault("drop_after", "prolong")
    await ann.phone.taps("Prolong 30 days")
    assert "Not known yet" in await ann.phone.reads()
    assert world.rows("SELECT state FROM orders") == [("unknown",)]
    await world.app.services.reminders.change(1001, on=False)
    await ann.news()
    ann.add(1, ends_in=DAY, version="6")
    [low] = [text for text in await ann.look() if "not be enough" in text]
    assert "1 proxy ends within 3 days; prolonging it costs 21.00 RUB" in low
    assert "30 days: 1 prolongation" in await ann.phone.says("/forecast")
    assert len(ids) == 1


async def test_the_home_screen_does_not_say_what_held_for_another_balance(world: World) -> None:
    ann = await new_customer(world, balance="30")
    ann.add(3, ends_in=9 * DAY)
    await ann.look()
    assert "the balance lasts until" in await ann.phone.says("/start")
    world.px6.top_up(ann.key, "1000")
    assert "Prolonging" not in await ann.phone.says("/start")
    await ann.news()
    assert await ann.sweep() == []  # the home screen woke the account
    assert "Prolonging in the next 30 days: 63.00 RUB; the balance is enough" in await ann.phone.says("/start")
    world.px6.top_up(ann.key, "-1000")
    assert "The balance lasts until" in await ann.phone.says("/forecast")
    assert "the balance lasts until" in await ann.phone.says("/start")  # as the forecast found it
    await ann.phone.taps("My proxies")
    before = world.rows("SELECT next_look_at FROM watches")[0][0]
    await ann.phone.says("/buy 1 3 de ipv6")
    await ann.phone.taps("Buy ·")
    assert world.rows("SELECT next_look_at FROM watches")[0][0] < before  # an order that ended: looked at soon
