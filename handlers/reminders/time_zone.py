"""The time zone of a person: asked for by what their clock shows, then by a place where clocks show it, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Asked
from handlers.ground.parsing import BadInput, wrong
from handlers.ground.screen import Open, Page, Screen, SmallNumber, button, grid, home_row, page_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.reminders.overview import show_reminders
from handlers.reminders.schedule_words import minute_text, place_name, zone_line
from handlers.reminders.time_of_day import typed_minute
from model.colleagues import Right
from services.reminders.zones import is_available, places_showing, times_shown

router = Router(name=__name__)

PLACES_SHOWN = 7
TIMES_SHOWN = 24


class TypeTimeNow(CallbackData, prefix="rm-z", needs=Right.LOOK):
    """The person types what time it is."""


class ShowPlaces(CallbackData, prefix="rm-c", needs=Right.LOOK):
    """Shows the places where it is this time now."""

    hour: SmallNumber
    minute: SmallNumber
    page: Page = 1


class SetZone(CallbackData, prefix="rm-p", durable=True, needs=Right.LOOK):
    """The person lives in this place, an IANA name."""

    place: str


@router.callback_query(Open.filter(F.screen == "zone"))
async def zone(_: CallbackQuery, turn: Turn) -> None:
    await show_zone(turn)


async def show_zone(turn: Turn) -> None:
    """Ask for what people know: the time. Typing is possible, too."""
    await turn.ask(TypeTimeNow())
    await turn.show(zone_screen(turn.words, turn.services.now(), turn.person.zone))


def zone_screen(w: Words, now: datetime, zone: str | None) -> Screen:
    """The times that clocks show now: whole hours from UTC as buttons, any other can be written."""
    text = lines(
        w.title("What time is it where you are?"),
        zone_line(w, zone),
        w.tr("Tap it or write it, like 18:40."),
    )
    whole = [(hour, minute) for hour, minute in times_shown(now) if minute == now.minute][:TIMES_SHOWN]
    choices = [
        button(minute_text(w, hour * 60 + minute), ShowPlaces(hour=hour, minute=minute)) for hour, minute in whole
    ]
    return Screen(text, [*grid(choices, 3), home_row(w, Open(screen="reminders"))])


@router.message(Asked(TypeTimeNow), F.text)
async def typed_time(_: Message, turn: Turn, asked: TypeTimeNow) -> None:
    minute = typed_minute(turn, "18:40", Open(screen="zone"))
    await show_places(turn, ShowPlaces(hour=minute // 60, minute=minute % 60))


@router.callback_query(ShowPlaces.filter())
async def clock(_: CallbackQuery, turn: Turn, callback_data: ShowPlaces) -> None:
    await show_places(turn, callback_data)


async def show_places(turn: Turn, data: ShowPlaces) -> None:
    found = places_showing(data.hour % 24, data.minute % 60, turn.services.now())
    if not found:
        raise no_such_time(turn.words)
    await turn.ask(None)
    await turn.show(places_screen(turn.words, data, found))


def no_such_time(w: Words) -> BadInput:
    what = w.tr("It is not that time anywhere now. Check your clock and write it again.")
    return wrong(w, what, "18:40", Open(screen="zone"))


def places_screen(w: Words, data: ShowPlaces, found: Sequence[str]) -> Screen:
    """The places, so that summer time is right: equal now is not equal in half a year."""
    pages = -(-len(found) // PLACES_SHOWN)
    page = min(data.page, pages)
    shown = found[(page - 1) * PLACES_SHOWN : page * PLACES_SHOWN]
    text = lines(w.title("Which city is in your time zone?"), w.tr("I will follow that city's clock changes."))
    rows = pairs(*(button(place_name(w, name), SetZone(place=name)) for name in shown))
    turning = page_row(page, pages, lambda to: ShowPlaces(hour=data.hour, minute=data.minute, page=to))
    return Screen(text, [*rows, turning, home_row(w, Open(screen="zone"))])


@router.callback_query(SetZone.filter())
async def set_zone(_: CallbackQuery, turn: Turn, callback_data: SetZone) -> None:
    name = callback_data.place
    if is_available(name):
        await turn.services.people.set_zone(turn.person.chat_id, name)
        await turn.services.reminders.wake(turn.person.chat_id)
        turn.on_disk()
        turn.words = Words(turn.words.language, name)
    await show_reminders(turn)
