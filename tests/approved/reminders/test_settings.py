from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import comment_mark
from handlers.ground.screen import Open
from handlers.reminders.hours import fixed_hour_screen, hour_question, quiet_question, quiet_screen, wrong_quiet
from handlers.reminders.lead_times import (
    Leads,
    TypeLead,
    by_comment_screen,
    lead_from,
    lead_question,
    leads_screen,
    too_many,
    wrong_lead,
)
from handlers.reminders.overview import other_messages_screen, reminders_screen
from handlers.reminders.schedule_words import before_the_end, lead_text, minute_text, place_name
from handlers.reminders.time_of_day import minute_from, wrong_time
from handlers.reminders.time_zone import ShowPlaces, no_such_time, places_screen, zone_screen
from model.schedules import DAY, HOUR, CommentLeads, Habits
from services.reminders.preview import ComingMessage
from services.reminders.service import RemindersOverview, Undelivered
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve
from tests.sample_proxies import NOW

BERLIN = "Europe/Berlin"
QUIET = Habits(quiet_from=23 * 60, quiet_to=8 * 60)
OWN = Habits(by_comment=(CommentLeads("shop", (DAY,)), CommentLeads("none", ())))


def an_overview(
    habits: Habits, zone: str | None = None, *messages: ComingMessage, let_go: int = 0, **given: object
) -> RemindersOverview:
    return RemindersOverview(habits, zone, messages, len(messages), let_go, **given)  # type: ignore[arg-type]  # any field


def questions() -> Iterator[State]:
    zone, back = Open(screen="zone"), Leads(comment="", page=2)
    for w in (EN, RU):
        yield f"asks for quiet hours, {w.language}", quiet_question(w)
        yield f"asks for an hour, {w.language}", hour_question(w)
        yield f"asks for a lead, {w.language}", lead_question(w, TypeLead(comment="", page=2))
        wrong = [wrong_quiet(w), wrong_time(w, "8:30", zone), no_such_time(w), wrong_lead(w, back)]
        for nth, error in enumerate(wrong):
            to = error.back.pack() if isinstance(error.back, CallbackData) else error.back
            yield f"wrong answer {nth}, {w.language}", [error.text, f"back to {to}"]


def overview() -> Iterator[State]:
    for on in (True, False):
        yield f"reminders: on {on}, nothing comes", reminders_screen(EN, an_overview(Habits(on=on)), NOW)
    for names, to_owner in ((("Bob",), True), (("Bob", "Катя", "Eve"), False), (("Bob", "Катя", "Eve", "Al"), True)):
        told = an_overview(Habits(), colleagues=names, is_told=to_owner)
        yield f"reminders: {len(names)} colleagues, to the owner {to_owner}", reminders_screen(EN, told, NOW)
        yield f"Russian: {len(names)} colleagues, to the owner {to_owner}", reminders_screen(RU, told, NOW)
    of_colleague = {
        "a colleague": an_overview(OWN, by_owner=True),
        "a colleague with a fixed hour": an_overview(Habits(hour=9 * 60), by_owner=True),
        "a colleague who is not told": an_overview(Habits(), by_owner=True, is_told=False),
        "a colleague where the owner has them off": an_overview(Habits(), by_owner=True, off_by_owner=True),
        "a colleague who has them off": an_overview(Habits(on=False), by_owner=True),
    }
    for whom, seen in of_colleague.items():
        for w in (EN, RU):
            yield f"reminders of {whom}, {w.language}", reminders_screen(w, seen, NOW)
    habits = {
        "no leads": Habits(leads=()),
        "fixed hour": Habits(hour=9 * 60),
        "quiet": QUIET,
        "quiet, fixed hour within": Habits(hour=7 * 60, quiet_from=23 * 60, quiet_to=8 * 60),
        "quiet, fixed hour at their end": Habits(hour=8 * 60, quiet_from=23 * 60, quiet_to=8 * 60),
        "one comment": Habits(by_comment=OWN.by_comment[:1]),
        "two comments": OWN,
    }
    for name, each in habits.items():
        for zone in (None, BERLIN):
            yield f"reminders: {name}, zone {zone}", reminders_screen(EN, an_overview(each, zone), NOW).text
    moments = [
        timedelta(0),
        timedelta(minutes=1),
        timedelta(hours=23, minutes=59),
        timedelta(hours=24),
        -timedelta(1),
    ]
    for moment in moments:
        for count in (1, 2):
            coming = an_overview(Habits(), None, ComingMessage(NOW + moment, count))
            yield f"next: {count} in {moment}", reminders_screen(EN, coming, NOW).text
    for let_go in (1, 2):
        yield f"nothing comes, {let_go} let go", reminders_screen(EN, an_overview(Habits(), let_go=let_go), NOW).text
        yield f"off, {let_go} let go", reminders_screen(EN, an_overview(Habits(on=False), let_go=let_go), NOW).text
        several = an_overview(
            Habits(), BERLIN, ComingMessage(NOW, 1), ComingMessage(NOW + timedelta(days=1), 21), let_go=let_go
        )
        yield (
            f"next: two, {let_go} let go",
            [reminders_screen(IN_BERLIN, several, NOW), reminders_screen(RU, several, NOW)],
        )
    for count in (1, 3, 4):
        for certain in (True, False):
            lost = [Undelivered(NOW - timedelta(hours=nth), nth, certain) for nth in range(1, count + 1)]
            yield (
                f"not delivered: {count}, certain {certain}",
                reminders_screen(EN, an_overview(Habits(), undelivered=lost), NOW).text,
            )
    for others in (1, 2, 5):
        yield f"not delivered: {others} others", reminders_screen(RU, an_overview(Habits(), others=others), NOW).text


def messages() -> Iterator[State]:
    for low in (None, 1, 3, 7):
        yield f"other messages: low {low}", other_messages_screen(EN, Habits(low_days=low))
    for after in (True, False):
        for changes in (True, False):
            yield (
                f"other messages: {after}, {changes}",
                other_messages_screen(RU, Habits(after_end=after, changes=changes)),
            )


def leads() -> Iterator[State]:
    yield "leads", leads_screen(EN, Habits(), Leads(), None)
    yield "leads: none", leads_screen(EN, Habits(leads=()), Leads(), None)
    yield "leads: one of their own", leads_screen(EN, Habits(leads=(HOUR // 2, 90 * 60)), Leads(), None)
    for comment in ("shop", "none", "other"):
        data = Leads(comment=comment_mark(comment), page=2)
        yield f"leads of {comment!r}", leads_screen(RU, OWN, data, comment)
    yield "too many leads", too_many(EN)
    for lead in (HOUR // 2, 90 * 60, HOUR, 2 * HOUR, 21 * HOUR, DAY, 25 * HOUR, 5 * DAY):
        yield f"lead of {lead}", [lead_text(EN, lead), lead_text(RU, lead)]
    yield "before the end", [before_the_end(EN, (DAY, HOUR)), before_the_end(EN, ())]
    for text in (
        "4 days",
        "8 h",
        "90 min",
        "29 min",
        "30 min",
        "60 days",
        "61 days",
        "1440 h",
        "5",
        "0",
        "3 дня",
        "x",
        "5 y",
    ):
        yield f"lead from {text!r}", str(lead_from(text))
    for count, page in ((0, 1), (1, 1), (6, 1), (7, 1), (7, 2), (13, 3), (13, 9)):
        comments = [f"c{nth}" for nth in range(count)]
        yield f"by comment: page {page} of {count}", by_comment_screen(EN, OWN, comments, page)
    yield "by comment: some have their own", by_comment_screen(RU, OWN, ["shop", "other " * 6, "none"], 1)
    for length in (20, 21):
        long = Habits(by_comment=(CommentLeads("a" * length, (DAY,)),))
        yield f"by comment: {length} characters", by_comment_screen(EN, long, ["a" * length, "b" * (length + 10)], 1)


def hours() -> Iterator[State]:
    for habits in (Habits(), QUIET, Habits(quiet_from=0, quiet_to=8 * 60), Habits(quiet_from=60, quiet_to=90)):
        yield f"quiet {habits.quiet_from}–{habits.quiet_to}", quiet_screen(EN, habits, None)
    yield "quiet in Berlin", quiet_screen(RU, QUIET, BERLIN)
    for hour in (None, 8 * 60, 9 * 60, 7 * 60, 545):
        habits = Habits(hour=hour, quiet_from=23 * 60, quiet_to=8 * 60)
        yield f"fixed hour {hour}", fixed_hour_screen(EN, habits, BERLIN)
    yield "Russian: fixed hour", fixed_hour_screen(RU, Habits(hour=20 * 60), None)
    for minute in (None, 0, 5, 545, 1439):
        yield f"minute {minute}", minute_text(EN, minute)
    for text in ("22:30", "7", "0730", "730", "7.05", "24", "23:60", "-1", "", "noon"):
        yield f"minute from {text!r}", str(minute_from(text))


def zones() -> Iterator[State]:
    yield "zone", zone_screen(EN, NOW, None)
    yield "zone: half past, in Berlin", zone_screen(RU, NOW.replace(minute=30), BERLIN)
    found = [
        "Europe/Berlin",
        "Europe/Paris",
        "Europe/Kyiv",
        "America/New_York",
        "Asia/Tokyo",
        "Asia/Dubai",
        "Asia/Seoul",
    ]
    for count, page in ((1, 1), (7, 1), (8, 1), (8, 2), (8, 3), (15, 3)):
        yield (
            f"places: page {page} of {count}",
            places_screen(EN, ShowPlaces(hour=13, minute=5, page=page), (found * 3)[:count]),
        )
    yield (
        "names of places",
        [
            place_name(w, zone)
            for w in (EN, RU)
            for zone in (*found, "America/Argentina/Buenos_Aires", "Asia/Kolkata")
        ],
    )


def states() -> Iterator[State]:
    for table in (overview, questions, messages, leads, hours, zones):
        yield from table()


def test_every_setting_of_reminders_reads_as_approved() -> None:
    approve(__file__, states())
