"""Digests when px6, Telegram, money and people get in their way. See `test_reminders.py` for the rest."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.wiring import wired
from handlers.notifications.sender import TelegramSender
from handlers.reminders.digest_screen import DigestData
from model.people import PersonId
from services.account.access import Access
from services.notifications.line import Line
from services.reminders.schedule import next_local
from services.sweep import Sweep
from tests.customers import Customer, new_customer
from tests.databases import run
from tests.durations import DAY, HOUR, MINUTE
from tests.px6_events import once_answered
from tests.quick import QuickPool, quick_pacing
from tests.world import World, green_buttons

LINES = 12  # of a message, with a fold that shows three of its own


def visible(message: dict[str, object]) -> int:
    """Lines of a message before its fold is opened."""
    lines, fold = str(message["text"]).split("\n"), 0
    for entity in message["entities"]:  # type: ignore[attr-defined]
        if entity["type"] == "expandable_blockquote":
            inside = str(message["text"]).encode("utf-16-le")[entity["offset"] * 2 :][: entity["length"] * 2]
            fold = max(0, inside.decode("utf-16-le").count("\n") + 1 - 3)
    return len(lines) - fold


# -- when


async def test_a_fixed_hour_within_quiet_hours_still_brings_a_digest_every_day(ann: Customer) -> None:
    hour = (ann.world.clock().hour + 2) % 24 * 60
    reminders = ann.world.app.services.reminders
    await reminders.change(1001, quiet_from=(hour - 540) % 1440, quiet_to=(hour + 60) % 1440, hour=hour)
    ann.add(1, ends_in=3 * DAY + 12 * HOUR)
    await ann.settles()
    text = await ann.phone.says("/reminders")
    assert f"Once a day at {(hour // 60 + 1) % 24:02}:00, when the quiet hours are over" in text
    await ann.phone.taps("Fixed hour")
    assert "is in your quiet hours: the digest will come at" in await ann.phone.reads()
    await ann.news()
    said = []
    for _ in range(4 * 24):
        ann.world.move(HOUR)
        said += await ann.sweep()
    assert [text.splitlines()[0].partition(" ends")[0] for text in said] == ["⏳ 1 proxy"] * 3 + ["1 proxy has ended"]


@pytest.mark.parametrize(
    "place, begins", [("Asia/Kathmandu", None), ("Europe/Berlin", datetime(2027, 3, 27, 12, 0, tzinfo=UTC))]
)
async def test_what_comes_due_at_night_is_held_until_eight_where_the_person_lives(
    ann: Customer, place: str, begins: datetime | None
) -> None:
    """At +5:45; and in the night in which summer time begins, which is an hour shorter."""
    world, zone = ann.world, ZoneInfo(place)
    if begins is not None:
        world.move(begins - world.clock())
    await world.app.services.people.set_zone(PersonId(1001), place)
    await world.app.services.reminders.change(1001, quiet_from=23 * 60, quiet_to=8 * 60, leads=(86400,))
    night = next_local(60, zone, next_local(12 * 60, zone, world.clock()))  # one o'clock of the coming night
    eight = next_local(8 * 60, zone, night)
    ann.add(1, ends_in=night + DAY - world.clock())
    await ann.settles()
    world.move(night + MINUTE - world.clock())
    assert await ann.sweep() == []
    world.move(eight - MINUTE - world.clock())
    assert await ann.sweep() == []
    world.move(2 * MINUTE)
    [text] = await ann.sweep()
    assert "1 proxy ends" in text
    assert world.clock().astimezone(zone).hour == 8


async def test_fifteen_proxies_bought_minutes_apart_make_one_message_for_each_lead_time(ann: Customer) -> None:
    for nth in range(15):
        ann.add(1, ends_in=3 * DAY + 10 * MINUTE + nth * 3 * MINUTE, country="de", comment="shop")
    await ann.settles()
    told = []
    for pause in (0 * DAY, 2 * DAY, 20 * HOUR, 2 * HOUR):
        ann.world.move(pause)
        for _ in range(7):
            ann.world.move(10 * MINUTE)
            told += [text.splitlines()[0] for text in await ann.sweep()]
    assert all("15 proxies end" in line for line in told[:3])
    assert sum(int(line.split()[0]) for line in told[3:] if "have ended" in line) == 15
    assert len(told) <= 5, told


# -- px6 and Telegram


async def test_a_digest_does_not_wait_for_prices_that_a_rule_cannot_get(ann: Customer) -> None:
    rules = ann.world.app.services.rules
    ann.add(1, ends_in=2 * DAY, comment="auto")
    ann.add(1, ends_in=DAY + 12 * HOUR, comment="manual")
    rule = await rules.add(1001, "comment", "auto", hours=48, period=30)
    await rules.change(1001, rule.id, on=True)
    ann.world.px6.fault("drop_before", "getprice", times=1000)
    [text] = await ann.sweep()
    assert "manual" in text and "auto" in text  # what the rule could not announce is reminded of, too
    assert "px6 gives no price right now" in text
    await ann.phone.taps("Remind me later")
    await ann.phone.taps("Back")
    assert await ann.phone.reads() == text
    assert "Prolong…" in await ann.phone.labels()


async def test_a_key_revoked_between_the_look_and_the_message_is_what_the_person_hears_of(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    once_answered(ann.world.px6, "getprice", lambda: ann.world.px6.revoke(ann.key))
    [text] = await ann.sweep()
    assert "no longer accepts your key" in text
    assert ann.world.rows("SELECT count(*) FROM reminders") == [(0,)]


@pytest.mark.parametrize("gone", ["deactivated", "unknown"])
async def test_a_deleted_account_is_left_alone(ann: Customer, gone: str) -> None:
    """Telegram says "user is deactivated", and later "chat not found"."""
    world = ann.world
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    world.move(DAY + HOUR)
    if gone == "deactivated":
        await world.patch("/people/1001", {"deactivated": True})
    else:
        del next(iter(world.telegram.bots.values())).chats[1001], world.telegram.people[1001]
    await world.app.services.sweep.run()
    assert [refusal.description for refusal in world.telegram.refusals] == [
        "Forbidden: user is deactivated" if gone == "deactivated" else "Bad Request: chat not found"
    ]
    world.telegram.refusals.clear()
    assert world.rows("SELECT blocked_at IS NOT NULL FROM people WHERE telegram_id = 1001") == [(1,)]
    assert world.rows("SELECT next_look_at FROM watches") == [(None,)]


async def test_what_ended_while_the_key_was_refused_is_told_with_a_new_key_of_the_same_account(ann: Customer) -> None:
    ann.add(1, ends_in=5 * HOUR)
    ann.add(1, ends_in=30 * DAY)
    await ann.settles()
    ann.world.move(HOUR)
    new_key = ann.world.px6.new_key(ann.key)
    await ann.sweep()
    ann.world.move(DAY)
    await ann.sweep()
    await ann.phone.says(f"/key {new_key}")
    await ann.news()
    [text] = await ann.sweep()
    assert "1 proxy has ended" in text
    await ann.world.app.services.sweep.look(1001)
    assert await ann.news() == []


async def test_a_stop_in_the_middle_of_a_sweep_gives_back_what_was_not_begun(ann: Customer) -> None:
    world, went_on = ann.world, list[None]()
    async with wired(world.settings, world.clock, new_pool=QuickPool, new_pacing=quick_pacing) as other:
        services, checks = other.services, iter([False] * 4)
        sender = TelegramSender(other.bot, world.settings.px6_site_url)
        sweep = Sweep(
            services.sweep._database,
            services.people,
            services.accounts,
            services.orders,
            services.reminders,
            services.rules,
            services.kept,
            services.replacing,
            services.boards,
            services.forecaster,
            sender,
            Line(sender.ask),
            Access(),
            world.clock,
            lambda: next(checks, True),
            went_on=lambda: went_on.append(None),
        )
        for person in range(2000, 2010):
            await services.people.find_or_create(person)
            async with sweep._database.write() as connection:
                await run(
                    connection,
                    "INSERT INTO watches (telegram_id, next_look_at, since)"
                    " SELECT ?, next_look_at, since FROM watches WHERE telegram_id = 1001",
                    (person,),
                )
        world.move(DAY + HOUR)
        await sweep.run()
    given_back = (
        "SELECT count(*) FROM watches WHERE lease IS NULL AND next_look_at IS NOT NULL AND telegram_id >= 2000"
    )
    assert world.rows(given_back)[0][0] == 8
    assert world.rows("SELECT count(*) FROM watches WHERE lease IS NOT NULL") == [(0,)]
    assert len(went_on) == 3 + 1, "whoever watches hears of each look that was begun, and of the end of the round"


async def test_a_sweep_lets_the_calls_of_people_go_first(ann: Customer) -> None:
    ann.add(2, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    client = await ann.world.app.services.accounts.client(1001)
    throttle: Any = client._calls.throttle
    async with throttle.slot(), throttle.slot():  # two of the three calls of this second
        sweep = asyncio.ensure_future(ann.sweep())
        await ann.world.until(lambda: bool(throttle._background))
    while not sweep.done():
        assert not throttle._people
        await asyncio.sleep(0.001)
    assert len(await sweep) == 1


# -- what is offered


@pytest.mark.older_px6("it has no price for MTProto")
async def test_a_digest_with_a_proxy_that_has_no_price_can_be_put_off_and_come_back_to(ann: Customer) -> None:
    ann.add(2, ends_in=4 * DAY)
    ann.add(1, ends_in=4 * DAY, version="5")
    await ann.settles()
    ann.world.move(DAY + HOUR)
    [text] = await ann.sweep()
    assert "1 of them cannot be prolonged here" in text
    await ann.phone.taps("Remind me later")
    assert "3 proxies end" in await ann.phone.reads()
    await ann.phone.taps("Back")
    assert await ann.phone.reads() == text
    await ann.phone.taps("Don't prolong")
    await ann.phone.taps("Remind me after all")
    assert await ann.phone.reads() == text


@pytest.mark.older_px6("it has no price for MTProto")
async def test_what_px6_sells_no_renewal_of_is_said_so_with_the_way_to_its_site(ann: Customer) -> None:
    ann.add(1, ends_in=4 * DAY, version="5")
    await ann.settles()
    ann.world.move(DAY + HOUR)
    [text] = await ann.sweep()
    assert "I cannot prolong it: try px6's site." in text
    assert await ann.phone.labels() == ["My proxies at px6", "Select", "Remind me later", "Don't prolong", "Home"]
    assert "Not counted: 1 proxy that I cannot prolong." in await ann.phone.says("/forecast")
    ann.world.move(4 * DAY)
    text = (await ann.sweep())[-1]
    assert "1 proxy has ended" in text and "I cannot prolong it: try px6's site" in text
    assert await ann.phone.labels() == ["My proxies at px6", "Home"]


async def test_a_digest_tapped_late_makes_a_new_quote_for_the_ends_of_now(ann: Customer) -> None:
    ids = ann.add(2, ends_in=4 * DAY)
    await ann.settles()
    ann.world.move(DAY + HOUR)
    await ann.sweep()
    ann.world.px6.prolong_on_site(ann.key, ids[:1], 7)
    books = len(ann.books())
    await ann.phone.taps("Prolong 30 days")
    assert "The price or an end date has changed. Nothing was sent or spent." in await ann.phone.reads()
    assert len(ann.books()) == books
    await ann.phone.taps("Prolong 30 days · 42.00 RUB")
    assert sorted(ann.books()[-1].ids) == ids


async def test_after_the_end_it_can_be_prolonged_or_bought_again_just_as_it_was(ann: Customer) -> None:
    ann.add(2, ends_in=DAY, version="4", country="de", comment="shop", type="socks")
    await ann.settles()
    ann.world.move(DAY + MINUTE)
    [text] = await ann.sweep()
    assert "2 proxies have ended" in text
    ended = (await ann.phone.screen())["message_id"]
    await ann.phone.taps("Try to prolong", ended)
    assert "Prolong 2 proxies: for how long?" in await ann.phone.reads()
    await ann.phone.taps("7 days")
    assert "Prolong 2 proxies for 7 days" in await ann.phone.reads()
    await ann.phone.taps("Buy again: 2 × 🇩🇪 IPv4", ended)  # the message stays, and what it offers
    screen = await ann.phone.reads()
    assert "Buy 2 × IPv4, Germany" in screen
    assert "Protocol: SOCKS5" in screen
    assert "Comment: shop" in screen
    await ann.phone.taps("Buy ·")
    assert "Bought 2 × IPv4, Germany" in await ann.phone.reads()


async def test_sums_that_are_not_certain_are_called_at_most_everywhere(classic_world: World) -> None:
    ann = await new_customer(classic_world, balance="100")
    ann.add(2, ends_in=2 * DAY, version="4", country="de")
    [digest] = await ann.look()
    assert "need at most 240.00 RUB, have 100.00 RUB, missing at most 140.00 RUB" in digest
    assert "The balance is not enough for 90 days · at most 648.00 RUB" in digest
    assert "Prolong 7 days · at most 70.00 RUB" in await ann.phone.labels()
    home = await ann.phone.says("/start")
    assert "Prolonging in the next 30 days: at most 240.00 RUB; the balance lasts at least until" in home
    await ann.news()
    await classic_world.app.services.reminders.change(1001, on=False)
    ann.add(1, ends_in=2 * DAY, version="4", country="de")
    ann.add(1, ends_in=2 * DAY, version="4", country="de")
    [low] = await ann.look()
    assert "You have 100.00 RUB, missing at most 380.00 RUB." in low
    await classic_world.app.services.reminders.change(1001, on=True, low_days=None)
    classic_world.move(2 * DAY + MINUTE)
    assert "4 proxies have ended" in "".join(await ann.sweep())
    again = [label for label in await ann.phone.labels() if "Buy again" in label]
    assert again == ["Buy again: 4 × 🇩🇪 IPv4", "Buy again: 4 × 🇩🇪 IPv4 Shared"]  # px6 does not say which it was


async def test_after_topping_up_the_digest_is_made_anew_though_a_shorter_period_fitted(world: World) -> None:
    ann = await new_customer(world, balance="30")
    ann.add(2, ends_in=2 * DAY)
    [text] = await ann.look()
    assert "The balance is enough for 7 days." in text
    world.px6.top_up(ann.key, "1000")
    await ann.phone.taps("I have topped up")
    assert "Balance 1,030.00 RUB" in await ann.phone.reads()
    assert "Prolong 30 days · 42.00 RUB" in await ann.phone.labels()


async def test_a_digest_shown_again_offers_what_it_offered_and_what_is_left_of_it_what_is_usual_now(
    ann: Customer,
) -> None:
    ids, [other] = ann.add(2, ends_in=3 * DAY - HOUR), ann.add(1, ends_in=40 * DAY)
    await ann.look()
    digest = (await ann.phone.screen())["message_id"]

    async def offered() -> list[str]:
        await ann.phone.forges(DigestData(digest=1).pack(), digest)
        shown = await ann.phone.message_with("Remind me later", digest)
        return [button["text"].partition(" · ")[0] for button in green_buttons(shown)]

    before = await offered()
    await ann.phone.says(f"/prolong 60 {other}")
    await ann.phone.taps("Prolong 60 days")
    assert before == await offered() == ["Prolong 30 days", "Prolong 7 days", "Prolong 90 days"]
    ann.world.px6.prolong_on_site(ann.key, ids[:1], 7)
    assert await offered() == ["Prolong 60 days", *before]


# -- how it looks


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_digest_fits_a_phone_whatever_ends(world: World, language: str) -> None:
    await world.patch("/people/1001", {"language_code": language})
    ann = await new_customer(world, balance="700")
    ann.add(4, ends_in=20 * HOUR, version="4", country="de", comment="shop")
    ann.add(1, ends_in=2 * HOUR, version="4", country="us", comment="парсер")
    for nth in range(4):
        ann.add(1, ends_in=DAY + nth * 5 * HOUR, country=["nl", "gb", "ru", "fr"][nth], comment=f"client {nth}")
    ann.add(1, ends_in=20 * HOUR + 20 * MINUTE, version="4", country="de", comment="shop")
    [text] = await ann.look()
    message = await ann.phone.screen()
    assert visible(message) <= LINES
    lines = text.split("\n")
    assert lines[2].startswith("🇩🇪 5 × IPv4\N{NO-BREAK SPACE}· shop\N{NO-BREAK SPACE}· ")  # about the same end
    assert len({line.split(" ")[1].split("\N{NO-BREAK SPACE}")[0] for line in lines if "198." in line}) == 10
    assert sum("198." in line for line in lines) == 10  # each address once
    assert lines[1].count("(") == 0 and lines[1].startswith("🇺🇸 198.")


async def test_reminders_shows_at_most_ten_lines_and_every_way_leads_home(ann: Customer) -> None:
    for nth in range(9):
        ann.add(1, ends_in=2 * DAY + nth * 9 * HOUR, comment=f"client {nth}")
    later = (ann.world.clock().hour + 6) % 24 * 60
    await ann.world.app.services.reminders.change(1001, quiet_from=later, quiet_to=(later + 540) % 1440)
    text = await ann.phone.says("/reminders")
    assert text.count("\n") < 10
    assert "Within minutes: " in text and "ago" not in text
    await ann.phone.taps("By comment")
    await ann.phone.taps("›")
    await ann.phone.taps("client 7")
    await ann.phone.taps("Set its own")
    for lead in ("7 days", "5 days", "2 days", "12 hours", "6 hours"):
        await ann.phone.taps(lead)
    refused = await ann.phone.taps("1 hour")
    assert refused["show_alert"] and "Remove one first" in refused["text"]
    await ann.phone.taps("Other…")
    await ann.phone.says("9 days")
    assert "Remove one first" in await ann.phone.reads()
    await ann.phone.taps("Back")
    assert "When to remind: “client 7”" in await ann.phone.reads()
    await ann.phone.taps("Back")
    assert "client 7" in "".join(await ann.phone.labels())  # on the same page
    await ann.phone.taps("Back")
    await ann.phone.taps("Quiet hours")
    await ann.phone.taps("Other…")
    await ann.phone.says("soon")
    assert (await ann.phone.labels()) == ["Home", "Back"]
    await ann.phone.taps("Back")
    assert "Quiet hours" in await ann.phone.reads()
    await ann.phone.taps("Other…")
    await ann.phone.says("22:30-7:00")
    assert "What time is it where you are?" in await ann.phone.reads()  # asked for as after a tap
    for screen in ("quiet", "fixed_hour", "zone", "by_comment", "money_notices"):
        await ann.phone.forges(f"open:{screen}")
        assert (await ann.phone.labels())[-2:] == ["Home", "Back"], screen


async def test_a_test_message_that_telegram_does_not_take_is_no_mistake_of_the_bot(ann: Customer) -> None:
    ann.add(1, ends_in=DAY)
    await ann.phone.says("/reminders")
    ann.world.telegram.fail("sendMessage", 502, 1)
    answer = await ann.phone.taps("Send me a test")
    assert answer["show_alert"] and "Telegram did not answer" in answer["text"]
    ann.world.telegram.fail("sendMessage", 400, 1)
    answer = await ann.phone.taps("Send me a test")
    assert answer["show_alert"] and "Telegram did not accept the message." in answer["text"]
    assert (await ann.phone.taps("Send me a test"))["text"] == "Sent"


async def test_a_digest_stays_in_the_chat_wherever_its_buttons_lead(ann: Customer) -> None:
    """What is chosen and Home come below it; “later” leads back to it."""
    ann.add(2, ends_in=2 * DAY + 23 * HOUR)
    [said] = await ann.look()
    digest = (await ann.phone.screen())["message_id"]
    await ann.phone.taps("Select", digest)
    for label in ("Back", "Back", "Home"):
        await ann.phone.taps(label)
    assert await ann.phone.text_of(digest) == said
    await ann.phone.taps("Home", digest)
    assert (await ann.phone.screen())["message_id"] > digest
    await ann.phone.taps("Remind me later", digest)
    await ann.phone.taps("Home", digest)
    assert (await ann.phone.text_of(digest)).startswith("When should I remind you?")
    await ann.phone.taps("Back", digest)
    assert (await ann.phone.text_of(digest)).splitlines()[0] == said.splitlines()[0]


async def test_home_and_a_digest_speak_of_the_same_proxies(ann: Customer) -> None:
    """A reminder takes along what follows within hours, and so does home."""
    ann.add(7, ends_in=2 * DAY + 23 * HOUR)
    ann.add(1, ends_in=3 * DAY + 4 * HOUR)
    ann.add(1, ends_in=5 * DAY)
    [said] = await ann.look()
    assert said.startswith("⏳ 8 proxies end")
    assert "9 active proxies, 8 end soon" in await ann.phone.says("/start")
    await ann.phone.taps("Prolong what ends soon · 8")
    assert (await ann.phone.reads()).startswith("Prolong 8 proxies: for how long?")
