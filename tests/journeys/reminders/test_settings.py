"""Every setting of reminders, at the edges of what may be set, and that a question ends with its answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import comment_mark
from handlers.reminders.digest_screen import AskLater, DigestData, LetGo, PutOff
from handlers.reminders.hours import SetFixedHour, SetQuietHours
from handlers.reminders.lead_times import ByComment, Leads, OwnLeads, ToggleLead, TypeLead
from handlers.reminders.overview import SetLowDays, SetSwitch
from handlers.reminders.time_zone import SetZone, ShowPlaces
from model.schedules import CommentLeads, Habits
from tests.customers import Customer
from tests.durations import DAY, HOUR, MINUTE
from tests.px6_events import once_answered

DAYS = 24 * 3600
NOTHING_ASKED = "I did not understand that"


async def habits(ann: Customer) -> Habits:
    return await ann.world.app.services.reminders.habits(1001)


async def taps(ann: Customer, data: CallbackData) -> str:
    await ann.phone.forges(data.pack())
    return await ann.phone.reads()


async def test_leads_are_from_half_an_hour_to_sixty_days(ann: Customer) -> None:
    for lead in (1799, 1800, 60 * DAYS, 60 * DAYS + 1):
        assert (await taps(ann, ToggleLead(lead=lead))).startswith("When to remind")
    assert (await habits(ann)).leads == (60 * DAYS, 3 * DAYS, DAYS, 3 * 3600, 1800)
    await ann.phone.taps("Other…")
    assert (await ann.phone.says("90 min")).startswith("When to remind")
    assert NOTHING_ASKED in await ann.phone.says("4 days")
    assert (await habits(ann)).leads == (60 * DAYS, 3 * DAYS, DAYS, 3 * 3600, 5400, 1800)


async def test_a_comment_gets_leads_of_its_own_and_gives_them_up(ann: Customer) -> None:
    for nth in range(7):
        ann.add(1, comment=f"client {nth}", ends_in=40 * DAY)
    mark, habits_before = comment_mark("client 6"), await habits(ann)
    assert (await taps(ann, OwnLeads(comment=mark, page=2, own=True))).startswith("When to remind: “client 6”")
    assert (await habits(ann)).by_comment == (CommentLeads("client 6", habits_before.leads),)
    await ann.phone.taps("Other…")
    for wrong in ("29 min", "61 days", "soon"):
        assert "Write 30 minutes to 60 days" in await ann.phone.says(wrong), wrong
    await ann.phone.taps("Back")
    assert (await ann.phone.reads()).startswith("When to remind: “client 6”\n3 days, ")
    await ann.phone.taps("Other…")
    assert (await ann.phone.says("4 days")).startswith("When to remind: “client 6”\n4 days, 3 days")
    await ann.phone.taps("Back")
    assert await ann.phone.labels() == ["client 6 · custom", "‹", "2/2", "›", "Home", "Back"]
    await taps(ann, OwnLeads(comment=mark, own=False))
    assert await habits(ann) == habits_before
    assert "None of your proxies has this comment" in await taps(ann, Leads(comment=comment_mark("client 7")))
    await ann.phone.taps("Back")
    shown = await ann.phone.labels()
    assert shown[6:9] == ["‹", "1/2", "›"]
    await taps(ann, ByComment(page=2))
    await taps(ann, ByComment())
    assert await ann.phone.labels() == shown


HOURS: tuple[tuple[CallbackData, dict[str, Any]], ...] = (
    (SetQuietHours(start=1380, end=480), {"quiet_from": 1380, "quiet_to": 480}),
    (SetQuietHours(start=1439, end=1440), {"quiet_from": 1439, "quiet_to": 0}),
    (SetQuietHours(start=1441, end=60), {"quiet_from": 1, "quiet_to": 60}),
    (SetQuietHours(start=1440, end=0), {}),
    (SetFixedHour(minute=1439), {"hour": 1439}),
    (SetFixedHour(minute=1440), {}),
    (SetFixedHour(minute=0), {"hour": 0}),
    (SetFixedHour(minute=-1), {}),
    (SetLowDays(days=7), {"low_days": 7}),
    (SetLowDays(days=2), {"low_days": None}),
    (SetLowDays(days=3), {}),
    (SetSwitch(name="changes", value=False), {"changes": False}),
    (SetSwitch(name="changes", value=True), {}),
    (SetSwitch(name="rules_on", value=False), {}),
)


async def test_each_button_sets_what_it_says_and_shows_it(ann: Customer) -> None:
    await taps(ann, SetZone(place="Europe/Berlin"))
    await ann.phone.taps("Other messages")
    assert (await ann.phone.reads()).startswith("Other messages\n")
    for data, changed in HOURS:
        shown = (await taps(ann, data)).partition("\n")[0]
        assert await habits(ann) == Habits(**changed), data
        if isinstance(data, SetLowDays | SetSwitch):
            assert shown == "Other messages" or "rules_on" in repr(data), data
        else:
            assert shown == "Reminders", data


async def test_hours_are_asked_for_and_typed_and_then_the_zone_where_it_is_not_known(ann: Customer) -> None:
    asks_zone = "What time is it where you are?"
    for opens, answer, wrong in (
        ("open:quiet", "22:30-7:00", ("22:30", "24:30-7:00", "22:30-24:00", "-", "22:30-7:00-8:00")),
        ("open:fixed_hour", "8:30", ("24:30",)),
    ):
        await ann.phone.forges(opens)
        await ann.phone.taps("Other…")
        for each in wrong:
            assert "is not valid" in await ann.phone.says(each) or "Write a" in await ann.phone.reads(), each
        assert (await ann.phone.says(answer)).startswith(asks_zone)
    assert await habits(ann) == Habits(quiet_from=1350, quiet_to=420, hour=510)
    for data in (SetQuietHours(start=60, end=120), SetFixedHour(minute=60)):
        assert (await taps(ann, data)).startswith(asks_zone)
    for data in (SetQuietHours(start=0, end=0), SetFixedHour(minute=-1)):
        assert (await taps(ann, data)).startswith("Reminders")
    await taps(ann, SetZone(place="Europe/Berlin"))
    for opens, answer in (("open:quiet", "22:30-7:00"), ("open:fixed_hour", "8:30")):
        await ann.phone.forges(opens)
        await ann.phone.taps("Other…")
        assert (await ann.phone.says(answer)).startswith("Reminders")
        assert NOTHING_ASKED in await ann.phone.says(answer)


async def test_a_zone_is_a_place_that_there_is_and_counts_from_the_next_look(ann: Customer) -> None:
    world = ann.world
    await ann.settles()
    before = world.rows("SELECT zone, next_look_at FROM people JOIN watches USING (telegram_id)")
    assert (await taps(ann, SetZone(place="Mars/Base"))).startswith("Reminders")
    assert world.rows("SELECT zone, next_look_at FROM people JOIN watches USING (telegram_id)") == before
    now = world.clock()
    nowhere = (now.minute + 22) % 60
    assert "not that time anywhere" in await taps(ann, ShowPlaces(hour=1, minute=nowhere))
    there = (await taps(ann, ShowPlaces(hour=now.hour, minute=now.minute, page=1)), await ann.phone.labels())
    again = await taps(ann, ShowPlaces(hour=now.hour + 24, minute=now.minute, page=1)), await ann.phone.labels()
    assert there == again
    assert "\nTime zone: Tokyo\n" in await taps(ann, SetZone(place="Asia/Tokyo"))
    [(zone, look)] = world.rows("SELECT zone, next_look_at FROM people JOIN watches USING (telegram_id)")
    assert zone == "Asia/Tokyo" and look < before[0][1]
    ann.add(1, ends_in=2 * DAY + 2 * HOUR)
    await ann.phone.says("/reminders")
    assert NOTHING_ASKED in await ann.phone.says("18:40")


async def test_what_is_put_off_comes_again_before_the_end_and_not_at_once(ann: Customer) -> None:
    """A quarter of an hour before the end at the latest; where that is over or soon, after half of what is left."""
    world, untils = ann.world, list[float]()
    for nth, left in enumerate((20 * MINUTE, 40 * MINUTE, 2 * HOUR, 4 * HOUR), start=1):
        [one] = ann.add(1, ends_in=left)
        await ann.look()
        now = world.clock()
        assert (await taps(ann, PutOff(digest=nth, hours=3))).startswith("Remind me later")
        [(until,)] = world.rows("SELECT until FROM silences WHERE proxy_id = ?", one)
        untils.append((datetime.fromtimestamp(until / 1e6, UTC) - now) / MINUTE)
    assert [round(each) for each in untils] == [10, 25, 105, 180]


async def test_what_ended_is_bought_again_for_as_long_as_it_was_paid_for_or_lasted(ann: Customer) -> None:
    ann.add(1, ends_in=2 * DAY, period=17, country="gb")
    await ann.phone.says("/buy 1 7 de")
    await ann.phone.taps("Buy ·")
    ann.world.move(6 * DAY)
    for country, period in (("us", 90), ("nl", 17)):
        ann.add(1, ends_in=DAY, country=country, period=period)
    await ann.settles()
    ann.world.move(DAY + MINUTE)
    await ann.sweep()
    ended = (await ann.phone.screen())["message_id"]
    for flag, days in (("🇩🇪", 7), ("🇺🇸", 90), ("🇳🇱", 30)):
        await ann.phone.taps(f"Buy again: 1 × {flag} IPv6", ended)
        assert f"{days} days" in (await ann.phone.reads()).partition("\n")[0], flag
    [(digest,)] = ann.world.rows("SELECT max(id) FROM digests")
    assert (await taps(ann, DigestData(digest=digest))).startswith("3 proxies have ended")
    for data in (AskLater(digest=digest), PutOff(digest=digest, hours=3), LetGo(digest=digest)):
        assert await taps(ann, data) == "These proxies have already ended."
    assert ann.world.rows("SELECT * FROM silences") == []


async def test_whoever_wants_reminders_again_while_px6_is_away_is_told_that_this_is_saved(ann: Customer) -> None:
    ann.add(1, ends_in=5 * DAY)
    await ann.settles()
    ann.world.move(2 * DAY + MINUTE)
    await ann.sweep()
    [(digest,)] = ann.world.rows("SELECT max(id) FROM digests")
    await taps(ann, LetGo(digest=digest))
    assert len(ann.world.rows("SELECT * FROM silences")) == 1
    ann.world.move(MINUTE)
    ann.world.px6.fault("500_before", times=None)
    assert (await taps(ann, LetGo(digest=digest, undo=True))).startswith("Saved\n")
    assert ann.world.rows("SELECT * FROM silences") == []


async def test_reminders_of_a_comment_change_once_and_are_shown_though_px6_falls_silent_right_after(
    ann: Customer,
) -> None:
    """Told that nothing was changed, the person would tap the same again, and that would undo it."""
    ann.add(1, comment="shop", ends_in=40 * DAY)
    mark, usual = comment_mark("shop"), (await habits(ann)).leads
    changes: list[tuple[CallbackData, tuple[int, ...]]] = [
        (OwnLeads(comment=mark, own=True), usual),
        (ToggleLead(comment=mark, lead=2 * DAYS), (3 * DAYS, 2 * DAYS, DAYS, 3 * 3600)),
    ]
    for tapped, leads in changes:
        once_answered(ann.world.px6, "getproxy", lambda: ann.world.px6.fault("500_before", "getproxy", times=None))
        assert (await taps(ann, tapped)).startswith("When to remind: “shop”\n")
        assert (await habits(ann)).by_comment == (CommentLeads("shop", leads),)
        ann.world.px6.clear_faults()
        ann.world.move(MINUTE)


async def test_a_lead_time_that_px6_kept_from_being_set_can_be_written_once_more(ann: Customer) -> None:
    ann.add(1, comment="shop", ends_in=40 * DAY)
    await taps(ann, TypeLead(comment=comment_mark("shop")))
    ann.world.px6.fault("500_before", "getproxy", times=None)
    assert "Nothing was spent or changed." in await ann.phone.says("4 days")
    ann.world.px6.clear_faults()
    assert (await ann.phone.says("4 days")).startswith("When to remind: “shop”\n4 days, ")
    assert NOTHING_ASKED in await ann.phone.says("5 days")
    await taps(ann, TypeLead(comment=comment_mark("another")))
    assert "None of your proxies has this comment" in await ann.phone.says("5 days")
    assert NOTHING_ASKED in await ann.phone.says("5 days"), "of what is gone nothing more is asked"


async def test_no_reminder_comes_in_the_middle_of_the_settings(ann: Customer) -> None:
    ann.add(1, ends_in=5 * DAY)
    await ann.settles()
    await ann.phone.says("/reminders")
    await ann.phone.taps("When to remind")
    await ann.phone.taps("7 days")
    shown = await ann.phone.chat()
    assert await ann.sweep() == [shown[-1]["text"]], "only the settings themselves"
    ann.world.move(3 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("⏳ 1 proxy ends in 5 days")
