"""Having proxies checked again and again: which, how often, at night or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiogram import Router
from aiogram.types import CallbackQuery
from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.proxy_words import comment_mark, most_used, short_comment
from handlers.ground.screen import (
    Open,
    Page,
    Row,
    Screen,
    button,
    home_row,
    page_row,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import read_list
from handlers.watching.health_card import Minutes, how_told, interval_rows, show_card
from model.colleagues import Right
from model.doers import Act
from model.health import Which
from px6 import Proxy, State
from services.watching.health import MOST_WATCHES, TooManyWatches

router = Router(name=__name__)

A_PAGE = 5
LETTERS: dict[str, Which] = {"a": "all", "c": "comment", "n": "country"}


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


# -- setting it up


@router.callback_query(NewHealth.filter())
async def choose_which(_: CallbackQuery, turn: Turn, callback_data: NewHealth) -> None:
    proxies = (await read_list(turn, State.ACTIVE, fresh=False)).proxies
    await turn.show(which_screen(turn.words, proxies, callback_data.page))


def which_screen(w: Words, proxies: Sequence[Proxy], page: int) -> Screen:
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
    def then(minutes: int) -> AskNight:
        return AskNight(which=chosen.which, value=chosen.value, minutes=minutes)

    return Screen(lines(w.title("How often?"), how_told(w)), interval_rows(w, then, NewHealth()))


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
    person, minutes, night = turn.person, callback_data.minutes, callback_data.night
    watch = turn.services.health.watch
    try:
        number = await watch(person.telegram_id, which, value, minutes=minutes, night=night, by=person.by)
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
