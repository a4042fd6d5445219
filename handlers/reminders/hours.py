"""When reminders may come: quiet hours, and a digest at a fixed hour."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Asked
from handlers.ground.parsing import BadInput, wrong
from handlers.ground.screen import Open, Screen, SmallNumber, button, choice_button, grid, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.typed import plain
from handlers.ground.words import Words, lines
from handlers.reminders.overview import show_reminders
from handlers.reminders.schedule_words import minute_text, zone_line
from handlers.reminders.time_of_day import minute_from, typed_minute
from handlers.reminders.time_zone import show_zone
from model.colleagues import Right
from model.schedules import MINUTES, Habits

router = Router(name=__name__)

QUIET_CHOICES = ((22, 8), (23, 8), (23, 9), (0, 8))  # hours
HOUR_CHOICES = (8, 9, 10, 12, 18, 20)


class SetQuietHours(CallbackData, prefix="rm-q", durable=True, needs=Right.LOOK):
    """Sets quiet hours, in minutes of the day; equal ones: none."""

    start: SmallNumber
    end: SmallNumber


class TypeQuietHours(CallbackData, prefix="rm-tq", needs=Right.LOOK):
    """The person types quiet hours."""


class SetFixedHour(CallbackData, prefix="rm-h", durable=True, needs=Right.LOOK):
    """A digest at this minute of the day; -1: no digest, reminders come one by one."""

    minute: SmallNumber


class TypeFixedHour(CallbackData, prefix="rm-th", needs=Right.LOOK):
    """The person types the hour of the digest."""


@router.callback_query(Open.filter(F.screen == "quiet"))
async def quiet(_: CallbackQuery, turn: Turn) -> None:
    habits = await turn.services.reminders.habits(turn.person.chat_id)
    await turn.show(quiet_screen(turn.words, habits, turn.person.zone))


def quiet_screen(w: Words, habits: Habits, zone: str | None) -> Screen:
    text = lines(
        w.title("Quiet hours"),
        w.tr("Reminders due in quiet hours will arrive after them."),
        w.tr("If a proxy ends in quiet hours, I will warn you before that, without a sound."),
        zone_line(w, zone),
    )
    none = habits.quiet_from is None
    choices = [choice_button(w.tr("No quiet hours"), none, SetQuietHours(start=0, end=0))]
    usual = [(start * 60, end * 60) for start, end in QUIET_CHOICES]
    own = [] if habits.quiet_from is None or habits.quiet_to is None else [(habits.quiet_from, habits.quiet_to)]
    for start, end in dict.fromkeys([*usual, *own]):
        label = f"{minute_text(w, start)}–{minute_text(w, end)}"
        choices.append(choice_button(label, (start, end) in own, SetQuietHours(start=start, end=end)))
    rows = pairs(*choices, button(w.tr("Other…"), TypeQuietHours()), button(w.tr("Time zone"), Open(screen="zone")))
    return Screen(text, [*rows, home_row(w, Open(screen="reminders"))])


@router.callback_query(SetQuietHours.filter())
async def set_quiet(_: CallbackQuery, turn: Turn, callback_data: SetQuietHours) -> None:
    await change_quiet(turn, callback_data.start % MINUTES, callback_data.end % MINUTES)


async def change_quiet(turn: Turn, start: int, end: int) -> None:
    """Set quiet hours, in minutes of the day; equal ones mean none."""
    values = {"quiet_from": None, "quiet_to": None} if start == end else {"quiet_from": start, "quiet_to": end}
    await turn.services.reminders.change(turn.person.chat_id, **values)
    if turn.is_tap:
        turn.on_disk()
    await show_changed(turn, needs_zone=start != end)


async def show_changed(turn: Turn, *, needs_zone: bool) -> None:
    """Show the reminders; but ask for the time zone first where hours were set and no zone is known."""
    if needs_zone and turn.person.zone is None:
        await show_zone(turn)
    else:
        await show_reminders(turn)


@router.callback_query(TypeQuietHours.filter())
async def ask_quiet(_: CallbackQuery, turn: Turn, callback_data: TypeQuietHours) -> None:
    await turn.ask(callback_data)
    await turn.show(quiet_question(turn.words))


def quiet_question(w: Words) -> Screen:
    text = lines(w.title("From when to when?"), w.tr("Write the hours, like 22:30-7:00."))
    return Screen(text, [home_row(w, Open(screen="quiet"))])


@router.message(Asked(TypeQuietHours), F.text)
async def typed_quiet(_: Message, turn: Turn, asked: TypeQuietHours) -> None:
    times = [minute_from(part) for part in plain(turn.text).split("-")]
    if len(times) != 2 or times[0] is None or times[1] is None:
        raise wrong_quiet(turn.words)
    await turn.ask(None)
    await change_quiet(turn, times[0], times[1])


def wrong_quiet(w: Words) -> BadInput:
    return wrong(w, w.tr("Write a start and an end, from 0:00 to 23:59."), "22:30-7:00", Open(screen="quiet"))


@router.callback_query(Open.filter(F.screen == "fixed_hour"))
async def fixed_hour(_: CallbackQuery, turn: Turn) -> None:
    habits = await turn.services.reminders.habits(turn.person.chat_id)
    await turn.show(fixed_hour_screen(turn.words, habits, turn.person.zone))


def fixed_hour_screen(w: Words, habits: Habits, zone: str | None) -> Screen:
    text = lines(
        w.title("A digest at a fixed hour"),
        w.tr("Once a day I will send one message with all proxies that need a reminder before the next digest."),
        held_line(w, habits),
        zone_line(w, zone),
    )
    choices = [choice_button(w.tr("No fixed hour"), habits.hour is None, SetFixedHour(minute=-1))]
    own = set() if habits.hour is None else {habits.hour}
    minutes = sorted({hour * 60 for hour in HOUR_CHOICES} | own)
    choices += [choice_button(minute_text(w, each), each in own, SetFixedHour(minute=each)) for each in minutes]
    rows = [[choices[0]], *grid([*choices[1:], button(w.tr("Other…"), TypeFixedHour())], 3)]
    return Screen(text, [*rows, home_row(w, Open(screen="reminders"))])


def held_line(w: Words, habits: Habits) -> str | None:
    """When the digest comes whose hour is within the quiet hours; None for any other hour."""
    if habits.hour == habits.digest_minute:
        return None
    return w.tr(
        "{time} is in your quiet hours: the digest will come at {end}, when they are over.",
        time=minute_text(w, habits.hour),
        end=minute_text(w, habits.digest_minute),
    )


@router.callback_query(SetFixedHour.filter())
async def set_hour(_: CallbackQuery, turn: Turn, callback_data: SetFixedHour) -> None:
    await change_hour(turn, callback_data.minute if 0 <= callback_data.minute < MINUTES else None)


async def change_hour(turn: Turn, minute: int | None) -> None:
    """Set the minute of the day at which the digest comes; None: no fixed hour."""
    await turn.services.reminders.change(turn.person.chat_id, hour=minute)
    if turn.is_tap:
        turn.on_disk()
    await show_changed(turn, needs_zone=minute is not None)


@router.callback_query(TypeFixedHour.filter())
async def ask_hour(_: CallbackQuery, turn: Turn, callback_data: TypeFixedHour) -> None:
    await turn.ask(callback_data)
    await turn.show(hour_question(turn.words))


def hour_question(w: Words) -> Screen:
    text = lines(w.title("At what time?"), w.tr("Write a time, like 8:30."))
    return Screen(text, [home_row(w, Open(screen="fixed_hour"))])


@router.message(Asked(TypeFixedHour), F.text)
async def typed_hour(_: Message, turn: Turn, asked: TypeFixedHour) -> None:
    minute = typed_minute(turn, "8:30", Open(screen="fixed_hour"))
    await turn.ask(None)
    await change_hour(turn, minute)
