"""Having proxies checked again and again: which, how often, at night or not; and what can be changed of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from aiogram import Router
from aiogram.types import CallbackQuery
from pydantic import AfterValidator, Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.proxy_words import comment_mark, most_used, short_comment
from handlers.ground.screen import (
    Id,
    Open,
    Page,
    Row,
    Screen,
    SmallNumber,
    button,
    choice_button,
    home_row,
    page_row,
    pairs,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import read_list
from handlers.watching.health_words import every_label, every_text, result_text, which_text
from model.colleagues import Right
from model.doers import Act
from model.health import HealthWatch, Which
from px6 import Proxy, State
from services.watching.health import INTERVALS, MOST_WATCHES, TooManyWatches

router = Router(name=__name__)

A_PAGE = 5
LETTERS: dict[str, Which] = {"a": "all", "c": "comment", "n": "country"}


def interval(minutes: int) -> int:
    """The number itself; ValueError where nothing is checked as often."""
    if minutes not in INTERVALS:
        raise ValueError("no such interval")
    return minutes


Minutes = Annotated[SmallNumber, AfterValidator(interval)]
Letter = Annotated[str, Field(pattern=r"^[acn]$")]
Value = Annotated[str, Field(pattern=r"^([0-9a-f]{8}|[a-z]{2})?$")]


class NewHealth(CallbackData, prefix="hw-n", needs=Right.ALL):
    """Asks which proxies are to be checked."""

    page: Page = 1


class HowOften(CallbackData, prefix="hw-o", needs=Right.ALL):
    """Asks how often. `value`: the mark of a comment, or a country."""

    which: Letter
    value: Value = ""


class AskNight(CallbackData, prefix="hw-q", needs=Right.ALL):
    """Asks whether it may be told at night."""

    which: Letter
    value: Value
    minutes: Minutes


class AddHealth(CallbackData, prefix="hw-a", durable=True, needs=Right.ALL):
    """Has them checked from now on."""

    which: Letter
    value: Value
    minutes: Minutes
    night: bool


class HealthCard(CallbackData, prefix="hw-c", offline=True, needs=Right.LOOK):
    """What is checked, when, and what can be changed."""

    number: Id


class ChooseInterval(CallbackData, prefix="hw-f", offline=True, needs=Right.ALL):
    """Asks how often, of what is checked already."""

    number: Id


class SetInterval(CallbackData, prefix="hw-e", durable=True, offline=True, needs=Right.ALL):
    """Changes how often."""

    number: Id
    minutes: Minutes


class SetNight(CallbackData, prefix="hw-i", durable=True, offline=True, needs=Right.ALL):
    """Changes whether it is told in quiet hours."""

    number: Id
    night: bool


class SwitchHealth(CallbackData, prefix="hw-p", durable=True, offline=True, needs=Right.ALL):
    """Pauses the checks, or begins them anew."""

    number: Id
    on: bool


class EndHealth(CallbackData, prefix="hw-x", durable=True, offline=True, needs=Right.ALL):
    """Ends the checks."""

    number: Id


# -- setting it up


@router.callback_query(NewHealth.filter())
async def choose_which(_: CallbackQuery, turn: Turn, callback_data: NewHealth) -> None:
    proxies = (await read_list(turn, State.ACTIVE, fresh=False)).proxies
    await turn.show(which_screen(turn.words, proxies, callback_data.page))


def which_screen(w: Words, proxies: Sequence[Proxy], page: int = 1) -> Screen:
    """All, then the comments and countries, the most frequent first."""
    if not proxies:
        text = lines(w.title("Nothing to check"), w.tr("No proxy of yours runs now."))
        return Screen(text, [home_row(w, Open(screen="watch"))])
    comments = [text for text in most_used(proxy.comment for proxy in proxies) if text.strip()]
    countries = most_used(proxy.country for proxy in proxies if proxy.country and is_country(proxy.country))
    count = w.number(len(proxies))
    every = [button(w.tr("All · {count}", count=count), HowOften(which="a"))]
    every += [button(short_comment(text, 30), HowOften(which="c", value=comment_mark(text))) for text in comments]
    every += [button(w.place(code), HowOften(which="n", value=code)) for code in countries]
    pages = -(-len(every) // A_PAGE)
    page = min(page, pages)
    shown = every[(page - 1) * A_PAGE : page * A_PAGE]
    text = lines(
        w.title("Which proxies should I check?"),
        w.tr("I ask px6 again and again whether they work, and write when some stop or are back."),
    )
    turning = page_row(page, pages, lambda number: NewHealth(page=number))
    return Screen(text, [*([each] for each in shown), turning, home_row(w, Open(screen="watch"))])


def is_country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha() and code.islower()


@router.callback_query(HowOften.filter())
async def choose_interval(_: CallbackQuery, turn: Turn, callback_data: HowOften) -> None:
    await turn.show(interval_screen(turn.words, callback_data))


def interval_screen(w: Words, chosen: HowOften) -> Screen:
    choices = [
        button(every_label(w, each), AskNight(which=chosen.which, value=chosen.value, minutes=each))
        for each in INTERVALS
    ]
    text = lines(w.title("How often?"), how_told(w))
    return Screen(text, [*pairs(*choices), home_row(w, NewHealth())])


def how_told(w: Words) -> str:
    return w.tr("What fails is checked again after 2 and 10 minutes before I write.")


@router.callback_query(AskNight.filter())
async def ask_night(_: CallbackQuery, turn: Turn, callback_data: AskNight) -> None:
    await turn.show(night_screen(turn.words, callback_data))


def night_screen(w: Words, chosen: AskNight) -> Screen:
    def choice(label: str, *, night: bool) -> Row:
        add = AddHealth(which=chosen.which, value=chosen.value, minutes=chosen.minutes, night=night)
        return [button(label, add)]

    text = lines(
        w.title("In your quiet hours, too?"),
        w.tr("I check day and night. If proxies stop working in quiet hours, when should I write?"),
        w.tr("Quiet hours are set in /reminders."),
    )
    back = HowOften(which=chosen.which, value=chosen.value)
    rows = [choice(w.tr("When they end"), night=False), choice(w.tr("At once"), night=True)]
    return Screen(text, [*rows, home_row(w, back)])


@router.callback_query(AddHealth.filter())
async def add(_: CallbackQuery, turn: Turn, callback_data: AddHealth) -> None:
    w, which = turn.words, LETTERS[callback_data.which]
    value = await value_of(turn, which, callback_data.value)
    if value is None:
        return await turn.toast(w.tr("None of your running proxies has this comment now."), alert=True)
    person, minutes, night = turn.person.telegram_id, callback_data.minutes, callback_data.night
    try:
        number = await turn.services.health.watch(person, which, value, minutes=minutes, night=night)
    except TooManyWatches:
        most = w.number(MOST_WATCHES)
        return await turn.toast(w.tr("At most {count} can be checked. End one in /watch.", count=most), alert=True)
    await note_act(turn, Act.WATCH_NEW)
    turn.on_disk()
    return await show_card(turn, number)


async def value_of(turn: Turn, which: Which, value: str) -> str | None:
    """The text of the comment whose mark the button carries; the country; "" for all. None: no comment has it."""
    if which == "all":
        return ""
    if which == "country":
        return value or None
    proxies = (await read_list(turn, State.ACTIVE, fresh=False)).proxies
    return next((proxy.comment for proxy in proxies if comment_mark(proxy.comment) == value), None)


# -- what is checked


@router.callback_query(HealthCard.filter())
async def card(_: CallbackQuery, turn: Turn, callback_data: HealthCard) -> None:
    await show_card(turn, callback_data.number)


async def show_card(turn: Turn, number: int) -> None:
    found = await turn.services.health.one(turn.person.telegram_id, number)
    if found is None:
        return await toast_gone(turn)
    await turn.show(card_screen(turn.words, found, turn.services.now()))
    return None


async def toast_gone(turn: Turn) -> None:
    await turn.toast(turn.words.tr("This is no longer watched."), alert=True)


def card_screen(w: Words, one: HealthWatch, now: datetime) -> Screen:
    """What is checked how often, what the last look found, and when the next is."""
    text = lines(
        w.title("Checking {what}", what=which_text(w, one.which, one.value)),
        w.tr("Paused") if not one.is_on else w.tr("How often: {every}", every=every_text(w, one.minutes)),
        w.rich("Last check: {found}", found=result_text(w, one, now)) if one.looked_at else None,
        *state_lines(w, one),
        how_told(w),
        w.tr("In your quiet hours I write at once.")
        if one.night
        else w.tr("In your quiet hours I write nothing until they end."),
    )
    switch = w.tr("Pause") if one.is_on else w.tr("Resume")
    night = w.tr("Silent at night") if one.night else w.tr("At night too")
    rows = pairs(
        button(w.tr("How often"), ChooseInterval(number=one.id)),
        button(switch, SwitchHealth(number=one.id, on=not one.is_on)),
        button(night, SetNight(number=one.id, night=not one.night)),
        button(w.tr("Stop checking"), EndHealth(number=one.id)),
    )
    return Screen(text, [*rows, home_row(w, Open(screen="watch"))])


def state_lines(w: Words, one: HealthWatch) -> list[str]:
    """How many do not work, and how many are being checked once more."""
    down, again = len(one.down) + len(one.fallen), len(one.suspects)
    told = [w.n("{count} does not work", "{count} do not work", down)] if down else []
    return told + ([w.n("{count} is checked once more", "{count} are checked once more", again)] if again else [])


@router.callback_query(ChooseInterval.filter())
async def other_interval(_: CallbackQuery, turn: Turn, callback_data: ChooseInterval) -> None:
    found = await turn.services.health.one(turn.person.telegram_id, callback_data.number)
    if found is None:
        return await toast_gone(turn)
    await turn.show(other_interval_screen(turn.words, found))
    return None


def other_interval_screen(w: Words, one: HealthWatch) -> Screen:
    choices = [
        choice_button(every_label(w, each), each == one.minutes, SetInterval(number=one.id, minutes=each))
        for each in INTERVALS
    ]
    return Screen(lines(w.title("How often?")), [*pairs(*choices), home_row(w, HealthCard(number=one.id))])


@router.callback_query(SetInterval.filter())
async def set_interval(_: CallbackQuery, turn: Turn, callback_data: SetInterval) -> None:
    person, number = turn.person.telegram_id, callback_data.number
    changed = await turn.services.health.change(person, number, minutes=callback_data.minutes)
    await note_act(turn, Act.WATCH_CHANGED, int(changed))
    turn.on_disk()
    await show_card(turn, number)


@router.callback_query(SetNight.filter())
async def set_night(_: CallbackQuery, turn: Turn, callback_data: SetNight) -> None:
    person, number = turn.person.telegram_id, callback_data.number
    changed = await turn.services.health.change(person, number, night=callback_data.night)
    await note_act(turn, Act.WATCH_CHANGED, int(changed))
    turn.on_disk()
    await show_card(turn, number)


@router.callback_query(SwitchHealth.filter())
async def switch(_: CallbackQuery, turn: Turn, callback_data: SwitchHealth) -> None:
    person, number = turn.person.telegram_id, callback_data.number
    changed = await turn.services.health.switch(person, number, on=callback_data.on)
    await note_act(turn, Act.WATCH_CHANGED, int(changed))
    turn.on_disk()
    await show_card(turn, number)


@router.callback_query(EndHealth.filter())
async def end(_: CallbackQuery, turn: Turn, callback_data: EndHealth) -> None:
    ended = await turn.services.health.remove(turn.person.telegram_id, callback_data.number)
    await note_act(turn, Act.WATCH_ENDED, int(ended))
    turn.on_disk()
    if not ended:
        return await toast_gone(turn)
    await turn.show(ended_screen(turn.words))
    return None


def ended_screen(w: Words) -> Screen:
    return Screen(w.title("No longer checked"), [home_row(w, Open(screen="watch"))])
