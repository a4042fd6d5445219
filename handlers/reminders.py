"""/reminders: what will be sent and when, every switch of it, and a test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text
from babel.dates import format_time, get_timezone_location

from handlers.parsing import wrong
from handlers.screen import Open, Row, Screen, back_button, button, chosen, grid, home_button, pager, pairs
from handlers.turn import Asked, Turn
from handlers.views import mark, most_used, short
from handlers.words import Words, lines
from services.habits import DAY, HOUR, LONGEST_LEAD, SHORTEST_LEAD, Habits, ordered
from services.reminders import Ahead
from services.telling import Digest
from services.zones import clocks, is_zone, matching

router = Router(name="reminders")

LEADS = (7 * DAY, 5 * DAY, 3 * DAY, 2 * DAY, DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, HOUR)
QUIET = ((22, 8), (23, 8), (23, 9), (0, 8))  # hours
HOURS = (8, 9, 10, 12, 18, 20)
LOW_DAYS = (1, 3, 7)
COMMENTS_SHOWN = 6
ZONES_SHOWN = 7
CLOCKS_SHOWN = 24
TIME = re.compile(r"(\d{1,2})(?:[:.\s]?(\d{2}))?")
SPAN = re.compile(r"(\d{1,3})\s*([a-zа-яё]*)", re.IGNORECASE)


class Switch(CallbackData, prefix="rm-s"):
    """Turns a switch: `on`, `after_end`, `changes`."""

    name: str
    value: bool


class Leads(CallbackData, prefix="rm-l"):
    """Lead times; `comment` is the mark of the comment whose own they are."""

    comment: str = ""


class ToggleLead(Leads, prefix="rm-t"):
    """Adds or removes a lead time."""

    lead: int


class OwnLeads(Leads, prefix="rm-o"):
    """Gives a comment lead times of its own, or (not `own`) takes them away."""

    own: bool


class TypeLead(Leads, prefix="rm-tl"):
    """The person types a lead time."""


class Quiet(CallbackData, prefix="rm-q"):
    """Sets quiet hours, in minutes of the day; equal ones: none."""

    start: int
    end: int


class TypeQuiet(CallbackData, prefix="rm-tq"):
    """The person types quiet hours."""


class FixedHour(CallbackData, prefix="rm-h"):
    """A digest at this minute of the day; -1: at lead times."""

    minute: int


class TypeHour(CallbackData, prefix="rm-th"):
    """The person types the hour of the digest."""


class LowDays(CallbackData, prefix="rm-d"):
    """Warns when the balance does not cover so many days; 0: never."""

    days: int


class TypeTime(CallbackData, prefix="rm-z"):
    """The person types what time it is."""


class Clock(CallbackData, prefix="rm-c"):
    """It is this time for the person; the places where it is so are shown."""

    hour: int
    minute: int
    page: int = 1


class Zone(CallbackData, prefix="rm-p"):
    """The person lives in this place, an IANA name."""

    place: str


# -- the screen


@router.message(Command("reminders"))
@router.callback_query(Open.filter(F.screen == "reminders"))
async def reminders(_: Message | CallbackQuery, turn: Turn) -> None:
    """/reminders"""
    turn.retry_with(Open(screen="reminders"))
    await turn.ask(None)
    await show_reminders(turn)


async def show_reminders(turn: Turn) -> None:
    listed = await (await turn.px6()).proxies(nokey=True)
    person = await turn.services.accounts.person(turn.person.telegram_id)
    covered = await turn.services.rules.covered(person.telegram_id, listed)
    ahead = await turn.services.reminders.ahead(person, listed, covered)
    await turn.show(reminders_screen(turn.words, ahead, turn.services.now()))


def reminders_screen(w: Words, ahead: Ahead, now: datetime) -> Screen:
    habits = ahead.habits
    text = lines(
        w.title("Reminders"),
        *habit_lines(w, ahead),
        *coming_lines(w, ahead, now),
    )
    switch = w.tr("Switch off") if habits.on else w.tr("Switch on")
    rows = pairs(
        button(w.tr("Lead times"), Leads()),
        button(w.tr("By comment"), Open(screen="by_comment")),
        button(w.tr("Quiet hours"), Open(screen="quiet")),
        button(w.tr("Fixed hour"), Open(screen="fixed_hour")),
        button(w.tr("Time zone"), Open(screen="zone")),
        button(w.tr("Money"), Open(screen="money_notices")),
        button(switch, Switch(name="on", value=not habits.on)),
        button(w.tr("Send me a test"), Open(screen="test_digest")),
        button(w.tr("Automatic prolonging"), Open(screen="rules")),
    )
    return Screen(text, [*rows, [home_button(w)]])


def habit_lines(w: Words, ahead: Ahead) -> list[str | None]:
    """What is switched on, a line each."""
    habits = ahead.habits
    if not habits.on:
        return [w.tr("Off: nothing is said before proxies end.")]
    when = (
        w.tr("Once a day at {time}", time=minute_text(w, habits.hour))
        if habits.hour is not None
        else w.tr("{leads} before the end", leads=leads_text(w, habits.leads))
    )
    quiet = (
        w.tr("Quiet {start}–{end}", start=minute_text(w, habits.quiet_from), end=minute_text(w, habits.quiet_to))
        if habits.quiet_from is not None and habits.quiet_to is not None
        else None
    )
    zone = w.tr("Time of {place}", place=place_name(w, ahead.zone)) if ahead.zone else None
    unknown = w.tr("Your time zone is not known yet: hours are UTC.") if ahead.zone is None else None
    own = len(habits.by_comment)
    return [
        when,
        w.n("{count} comment has its own", "{count} comments have their own", own) if own else None,
        quiet,
        zone or (unknown if quiet or habits.hour is not None else None),
    ]


def coming_lines(w: Words, ahead: Ahead, now: datetime) -> list[str | Text | None]:
    """The next messages, if nothing is prolonged before."""
    if not ahead.messages:
        nothing = w.tr("Nothing will be sent: no proxy ends within two months.")
        return ["", nothing] if ahead.habits.on else []
    listed = [
        w.rich_n("{when}: {count} proxy", "{when}: {count} proxies", each.count, when=w.when(each.at, now))
        for each in ahead.messages
    ]
    let_go = w.n("{count} is let go", "{count} are let go", ahead.let_go) if ahead.let_go else None
    return ["", w.tr("Next:"), *listed, let_go]


def leads_text(w: Words, leads: Sequence[int]) -> str:
    """`3 days, 1 day, 3 hours`"""
    return ", ".join(lead_text(w, lead) for lead in leads) or w.tr("never")


def lead_text(w: Words, lead: int) -> str:
    if lead % DAY == 0:
        return w.days(lead // DAY)
    if lead % HOUR == 0:
        return w.n("{count} hour", "{count} hours", lead // HOUR)
    return w.n("{count} minute", "{count} minutes", lead // 60)


def minute_text(w: Words, minute: int | None) -> str:
    """A minute of the day as a clock shows it."""
    if minute is None:
        return ""
    return format_time(time(minute // 60, minute % 60), "HH:mm", locale=w.language)


def place_name(w: Words, zone: str) -> str:
    """The city of a zone in the person's language."""
    return get_timezone_location(zone, locale=w.language, return_city=True)


@router.callback_query(Switch.filter(F.name.in_({"on", "after_end", "changes"})))
async def switch(_: CallbackQuery, turn: Turn, callback_data: Switch) -> None:
    habits = await turn.services.reminders.change(
        turn.person.telegram_id, **{callback_data.name: callback_data.value}
    )
    if callback_data.name == "on":
        await show_reminders(turn)
    else:
        await turn.show(money_screen(turn.words, habits))


# -- lead times


@router.callback_query(Leads.filter())
async def leads(_: CallbackQuery, turn: Turn, callback_data: Leads) -> None:
    await turn.ask(None)
    await show_leads(turn, callback_data.comment)


async def show_leads(turn: Turn, marked: str) -> None:
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    comment = await comment_of(turn, marked)
    await turn.show(leads_screen(turn.words, habits, marked, comment))


async def comment_of(turn: Turn, marked: str) -> str | None:
    """The text of a marked comment; None without a mark."""
    if not marked:
        return None
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    known = [each.comment for each in habits.by_comment]
    listed = [p.comment for p in (await (await turn.px6()).proxies(nokey=True)).proxies]
    return next((c for c in (*known, *listed) if mark(c) == marked), "")


def leads_screen(w: Words, habits: Habits, marked: str, comment: str | None) -> Screen:
    own = comment is None or any(each.comment == comment for each in habits.by_comment)
    current = habits.leads if comment is None else habits.leads_of(comment)
    title = w.title("Lead times") if comment is None else w.title("Lead times of “{comment}”", comment=short(comment))
    text = lines(
        title,
        w.tr("{leads} before the end", leads=leads_text(w, current)),
        w.tr("Several that have passed make one message."),
    )
    everything = sorted({*LEADS, *current}, reverse=True)
    choices = [
        chosen(lead_text(w, lead), lead in current, ToggleLead(comment=marked, lead=lead)) for lead in everything
    ]
    other = button(w.tr("Other…"), TypeLead(comment=marked))
    rows = grid([*choices, other], 3)[:7]
    if comment is not None:
        label = w.tr("The same as all others") if own else w.tr("Its own")
        rows = [*rows, [button(label, OwnLeads(comment=marked, own=not own))]]
    back = Open(screen="by_comment") if comment is not None else Open(screen="reminders")
    return Screen(text, [*rows, [back_button(w, back)]])


@router.callback_query(ToggleLead.filter())
async def toggle_lead(_: CallbackQuery, turn: Turn, callback_data: ToggleLead) -> None:
    if SHORTEST_LEAD <= callback_data.lead <= LONGEST_LEAD:
        await change_leads(turn, callback_data.comment, callback_data.lead)
    await show_leads(turn, callback_data.comment)


async def change_leads(turn: Turn, marked: str, lead: int) -> None:
    """Add a lead, or remove it when it is there."""
    telegram_id = turn.person.telegram_id
    habits = await turn.services.reminders.habits(telegram_id)
    comment = await comment_of(turn, marked)
    before = habits.leads if comment is None else habits.leads_of(comment)
    after = ordered(tuple(each for each in before if each != lead) if lead in before else (*before, lead))
    if comment is None:
        await turn.services.reminders.change(telegram_id, leads=after)
    else:
        by_comment = habits.with_comment(comment, after).by_comment
        await turn.services.reminders.change(telegram_id, by_comment=by_comment)


@router.callback_query(OwnLeads.filter())
async def own_leads(_: CallbackQuery, turn: Turn, callback_data: OwnLeads) -> None:
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    comment = await comment_of(turn, callback_data.comment) or ""
    changed = habits.with_comment(comment, habits.leads if callback_data.own else None)
    await turn.services.reminders.change(turn.person.telegram_id, by_comment=changed.by_comment)
    await show_leads(turn, callback_data.comment)


@router.callback_query(TypeLead.filter())
async def ask_lead(_: CallbackQuery, turn: Turn, callback_data: TypeLead) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("How long before the end?"), w.tr("Write it like 4 days or 8 hours."))
    await turn.show(Screen(text, [[back_button(w, Leads(comment=callback_data.comment))]]))


@router.message(F.text, Asked(TypeLead))
async def typed_lead(_: Message, turn: Turn, asked: TypeLead) -> None:
    lead = lead_from(turn.text)
    w = turn.words
    if lead is None:
        raise wrong(w, w.tr("From 30 minutes to 60 days, written like 4 days or 8 hours."), "4 days")
    await turn.ask(None)
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    comment = await comment_of(turn, asked.comment)
    if lead not in (habits.leads if comment is None else habits.leads_of(comment)):
        await change_leads(turn, asked.comment, lead)
    await show_leads(turn, asked.comment)


def lead_from(text: str) -> int | None:
    """Seconds from `4 days`, `8 h`, `90 min`, also in Russian; a bare number is days."""
    found = SPAN.fullmatch(text.strip())
    if found is None or not found[1].isascii():
        return None
    unit = found[2].lower()
    size = (
        60
        if unit.startswith(("m", "м"))
        else HOUR
        if unit.startswith(("h", "ч"))
        else DAY
        if not unit or unit.startswith(("d", "д", "с"))
        else 0
    )
    lead = int(found[1]) * size
    return lead if SHORTEST_LEAD <= lead <= LONGEST_LEAD else None


@router.callback_query(Open.filter(F.screen == "by_comment"))
async def by_comment(_: CallbackQuery, turn: Turn) -> None:
    listed = (await (await turn.px6()).proxies(nokey=True)).proxies
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    own = [each.comment for each in habits.by_comment]
    found = list(dict.fromkeys([*own, *most_used(p.comment for p in listed if p.comment)]))
    await turn.show(by_comment_screen(turn.words, habits, found))


def by_comment_screen(w: Words, habits: Habits, comments: Sequence[str]) -> Screen:
    own = {each.comment: each.leads for each in habits.by_comment}
    text = lines(
        w.title("Lead times by comment"),
        w.tr("A comment can have lead times of its own, or none.")
        if comments
        else w.tr("None of your proxies has a comment yet."),
    )
    rows: list[Row] = [
        [
            button(
                f"{short(comment, 20)} · {leads_text(w, own[comment])}" if comment in own else short(comment, 30),
                Leads(comment=mark(comment)),
            )
        ]
        for comment in comments[:COMMENTS_SHOWN]
    ]
    return Screen(text, [*rows, [back_button(w, Open(screen="reminders"))]])


# -- hours


@router.callback_query(Open.filter(F.screen == "quiet"))
async def quiet(_: CallbackQuery, turn: Turn) -> None:
    await turn.ask(None)
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    await turn.show(quiet_screen(turn.words, habits, turn.person.zone))


def quiet_screen(w: Words, habits: Habits, zone: str | None) -> Screen:
    text = lines(
        w.title("Quiet hours"),
        w.tr("What comes due meanwhile is held until they are over."),
        w.tr("What ends meanwhile is said before, without a sound."),
        zone_line(w, zone),
    )
    none = habits.quiet_from is None
    choices = [chosen(w.tr("None"), none, Quiet(start=0, end=0))]
    for start, end in QUIET:
        is_it = (habits.quiet_from, habits.quiet_to) == (start * 60, end * 60)
        label = f"{minute_text(w, start * 60)}–{minute_text(w, end * 60)}"
        choices.append(chosen(label, is_it, Quiet(start=start * 60, end=end * 60)))
    rows = pairs(*choices, button(w.tr("Other…"), TypeQuiet()), button(w.tr("Time zone"), Open(screen="zone")))
    return Screen(text, [*rows, [back_button(w, Open(screen="reminders"))]])


def zone_line(w: Words, zone: str | None) -> str:
    if zone:
        return w.tr("Time of {place}", place=place_name(w, zone))
    return w.tr("Your time zone is not known yet: hours are UTC.")


@router.callback_query(Quiet.filter())
async def set_quiet(_: CallbackQuery, turn: Turn, callback_data: Quiet) -> None:
    start, end = callback_data.start % 1440, callback_data.end % 1440
    values = {"quiet_from": None, "quiet_to": None} if start == end else {"quiet_from": start, "quiet_to": end}
    await turn.services.reminders.change(turn.person.telegram_id, **values)
    if turn.person.zone is None and start != end:
        await show_zone(turn)
    else:
        await show_reminders(turn)


@router.callback_query(TypeQuiet.filter())
async def ask_quiet(_: CallbackQuery, turn: Turn, callback_data: TypeQuiet) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("From when to when?"), w.tr("Write it like 22:30-7:00."))
    await turn.show(Screen(text, [[back_button(w, Open(screen="quiet"))]]))


@router.message(F.text, Asked(TypeQuiet))
async def typed_quiet(_: Message, turn: Turn, asked: TypeQuiet) -> None:
    times = [minute_from(part) for part in re.split(r"\s*[-–—]\s*", turn.text.strip())]
    if len(times) != 2 or times[0] is None or times[1] is None:
        w = turn.words
        raise wrong(w, w.tr("Two times are needed, from 0:00 to 23:59."), "22:30-7:00")
    await turn.ask(None)
    await turn.services.reminders.change(
        turn.person.telegram_id,
        quiet_from=times[0] if times[0] != times[1] else None,
        quiet_to=times[1] if times[0] != times[1] else None,
    )
    await show_reminders(turn)


def minute_from(text: str) -> int | None:
    """The minute of the day of `22:30`, `7`, `0730`; None for anything else."""
    found = TIME.fullmatch(text.strip())
    if found is None or not found[1].isascii() or not (found[2] or "").isascii():
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


@router.callback_query(Open.filter(F.screen == "fixed_hour"))
async def fixed_hour(_: CallbackQuery, turn: Turn) -> None:
    await turn.ask(None)
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    await turn.show(fixed_hour_screen(turn.words, habits, turn.person.zone))


def fixed_hour_screen(w: Words, habits: Habits, zone: str | None) -> Screen:
    text = lines(
        w.title("A digest at a fixed hour"),
        w.tr("Instead of at lead times: all whose lead time comes before the next one, in one message a day."),
        zone_line(w, zone),
    )
    choices = [chosen(w.tr("At lead times"), habits.hour is None, FixedHour(minute=-1))]
    choices += [
        chosen(minute_text(w, hour * 60), habits.hour == hour * 60, FixedHour(minute=hour * 60)) for hour in HOURS
    ]
    rows = [[choices[0]], *grid([*choices[1:], button(w.tr("Other…"), TypeHour())], 3)]
    return Screen(text, [*rows, [back_button(w, Open(screen="reminders"))]])


@router.callback_query(FixedHour.filter())
async def set_hour(_: CallbackQuery, turn: Turn, callback_data: FixedHour) -> None:
    await change_hour(turn, callback_data.minute if 0 <= callback_data.minute < 1440 else None)


async def change_hour(turn: Turn, minute: int | None) -> None:
    await turn.services.reminders.change(turn.person.telegram_id, hour=minute)
    if minute is not None and turn.person.zone is None:
        await show_zone(turn)
    else:
        await show_reminders(turn)


@router.callback_query(TypeHour.filter())
async def ask_hour(_: CallbackQuery, turn: Turn, callback_data: TypeHour) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("At what time?"), w.tr("Write it like 8:30."))
    await turn.show(Screen(text, [[back_button(w, Open(screen="fixed_hour"))]]))


@router.message(F.text, Asked(TypeHour))
async def typed_hour(_: Message, turn: Turn, asked: TypeHour) -> None:
    minute = minute_from(turn.text)
    if minute is None:
        w = turn.words
        raise wrong(w, w.tr("A time is needed, from 0:00 to 23:59."), "8:30")
    await turn.ask(None)
    await change_hour(turn, minute)


# -- the zone


@router.callback_query(Open.filter(F.screen == "zone"))
async def zone(_: CallbackQuery, turn: Turn) -> None:
    await show_zone(turn)


async def show_zone(turn: Turn) -> None:
    """Ask for what people know: the time. Typing is possible, too."""
    await turn.ask(TypeTime())
    await turn.show(zone_screen(turn.words, turn.services.now(), turn.person.zone))


def zone_screen(w: Words, now: datetime, zone: str | None) -> Screen:
    """The times that clocks show now: whole hours from UTC as buttons, any other can be written."""
    text = lines(
        w.title("What time is it now for you?"),
        zone_line(w, zone),
        w.tr("Tap it, or write it like 18:40."),
    )
    whole = [(hour, minute) for hour, minute in clocks(now) if minute == now.minute][:CLOCKS_SHOWN]
    choices = [button(minute_text(w, hour * 60 + minute), Clock(hour=hour, minute=minute)) for hour, minute in whole]
    return Screen(text, [*grid(choices, 3), [back_button(w, Open(screen="reminders"))]])


@router.message(F.text, Asked(TypeTime))
async def typed_time(_: Message, turn: Turn, asked: TypeTime) -> None:
    minute = minute_from(turn.text)
    if minute is None:
        w = turn.words
        raise wrong(w, w.tr("A time is needed, from 0:00 to 23:59."), "18:40")
    await show_places(turn, Clock(hour=minute // 60, minute=minute % 60))


@router.callback_query(Clock.filter())
async def clock(_: CallbackQuery, turn: Turn, callback_data: Clock) -> None:
    await show_places(turn, callback_data)


async def show_places(turn: Turn, data: Clock) -> None:
    found = matching(data.hour % 24, data.minute % 60, turn.services.now())
    if not found:
        w = turn.words
        raise wrong(w, w.tr("Nowhere is it that time now. Look at your clock and write it once more."), "18:40")
    await turn.ask(None)
    await turn.show(places_screen(turn.words, data, found))


def places_screen(w: Words, data: Clock, found: Sequence[str]) -> Screen:
    """The places, so that summer time is right: equal now is not equal in half a year."""
    pages = -(-len(found) // ZONES_SHOWN)
    page = min(max(data.page, 1), pages)
    shown = found[(page - 1) * ZONES_SHOWN : page * ZONES_SHOWN]
    text = lines(w.title("Which place keeps your time?"), w.tr("Summer time follows it."))
    rows = pairs(*(button(place_name(w, name), Zone(place=name)) for name in shown))
    turning = pager(page, pages, lambda to: Clock(hour=data.hour, minute=data.minute, page=to))
    return Screen(text, [*rows, turning, [back_button(w, Open(screen="zone"))]])


@router.callback_query(Zone.filter())
async def set_zone(_: CallbackQuery, turn: Turn, callback_data: Zone) -> None:
    name = callback_data.place
    if is_zone(name):
        await turn.services.accounts.set_zone(turn.person.telegram_id, name)
        await turn.services.reminders.wake(turn.person.telegram_id)
        turn.words = Words(turn.words.language, name)
    await show_reminders(turn)


# -- other notices


@router.callback_query(Open.filter(F.screen == "money_notices"))
async def money_notices(_: CallbackQuery, turn: Turn) -> None:
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    await turn.show(money_screen(turn.words, habits))


def money_screen(w: Words, habits: Habits) -> Screen:
    low = (
        w.tr("Low balance: not watched")
        if habits.low_days is None
        else w.tr("Low balance: when it does not cover {days}", days=w.days(habits.low_days))
    )
    text = lines(
        w.title("Other messages"),
        low,
        w.tr("What ended: said") if habits.after_end else w.tr("What ended: not said"),
        w.tr("Changes at px6 that I did not make: said")
        if habits.changes
        else w.tr("Changes at px6 that I did not make: not said"),
    )
    never = chosen(w.tr("Never"), habits.low_days is None, LowDays(days=0))
    days = [chosen(w.days(each), habits.low_days == each, LowDays(days=each)) for each in LOW_DAYS]
    after = w.tr("Do not say what ended") if habits.after_end else w.tr("Say what ended")
    changes = w.tr("Do not say changes") if habits.changes else w.tr("Say changes")
    rows: list[Row] = [
        [never, days[0]],
        days[1:],
        [button(after, Switch(name="after_end", value=not habits.after_end))],
        [button(changes, Switch(name="changes", value=not habits.changes))],
    ]
    return Screen(text, [*rows, [back_button(w, Open(screen="reminders"))]])


@router.callback_query(LowDays.filter())
async def set_low_days(_: CallbackQuery, turn: Turn, callback_data: LowDays) -> None:
    days = callback_data.days if callback_data.days in LOW_DAYS else None
    habits = await turn.services.reminders.change(turn.person.telegram_id, low_days=days)
    await turn.show(money_screen(turn.words, habits))


@router.callback_query(Open.filter(F.screen == "test_digest"))
async def test_digest(_: CallbackQuery, turn: Turn) -> None:
    """A reminder now, as a new message, about what ends soonest; nothing is marked as said."""
    listed = await (await turn.px6()).proxies(nokey=True)
    soon = await turn.services.reminders.soon(turn.person, listed)
    w = turn.words
    if not soon:
        await turn.toast(w.tr("No proxy of yours ends within two months."), alert=True)
        return
    assert turn.services.sweep.teller is not None  # noqa: S101 - the wiring sets it
    digest = Digest(0, tuple(soon), (), None, False, turn.services.now(), test=True)
    await turn.services.sweep.teller.digest(turn.person, digest)
    await turn.answer(w.tr("Sent"))
