"""Proxies that are checked: what the last look found, when the next comes, and what can be changed of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from aiogram import Router
from aiogram.types import CallbackQuery
from pydantic import AfterValidator

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.screen import Id, Open, Row, Screen, SmallNumber, button, choice_button, home_row, pairs
from handlers.ground.switching_off import note_begun
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.watching.health_words import bought_text, every_label, every_text, result_text, which_text
from model.colleagues import Right
from model.doers import Act
from model.health import HealthWatch
from model.replacing import Bought
from services.reminders.schedule import zone_of
from services.rules.plan import month_start
from services.watching.health import INTERVALS

router = Router(name=__name__)


def interval(minutes: int) -> int:
    """The number itself; ValueError where nothing is checked as often."""
    if minutes not in INTERVALS:
        raise ValueError("no such interval")
    return minutes


Minutes = Annotated[SmallNumber, AfterValidator(interval)]


class HealthCard(CallbackData, prefix="hw-c", needs=Right.LOOK):
    """What is checked, when, and what can be changed."""

    number: Id


class AskReplace(CallbackData, prefix="hw-w", needs=Right.ALL):
    """Shows whether, and how, what stops working is replaced by itself."""

    number: Id


class ChooseInterval(CallbackData, prefix="hw-f", needs=Right.ALL):
    """Asks how often, of what is checked already."""

    number: Id


class SetInterval(CallbackData, prefix="hw-e", durable=True, needs=Right.ALL):
    """Changes how often."""

    number: Id
    minutes: Minutes


class SetNight(CallbackData, prefix="hw-i", durable=True, needs=Right.ALL):
    """Changes whether it is told in quiet hours."""

    number: Id
    night: bool


class SwitchHealth(CallbackData, prefix="hw-p", durable=True, needs=Right.ALL):
    """Pauses the checks, or begins them anew."""

    number: Id
    on: bool


class EndHealth(CallbackData, prefix="hw-x", durable=True, needs=Right.ALL):
    """Ends the checks."""

    number: Id


@router.callback_query(HealthCard.filter())
async def card(_: CallbackQuery, turn: Turn, callback_data: HealthCard) -> None:
    await show_card(turn, callback_data.number)


async def watch_of(turn: Turn, number: int) -> HealthWatch | None:
    """A watch of the person's; None, which they are told, when there is none any more."""
    found = await turn.services.health.one(turn.person.telegram_id, number)
    if found is None:
        await turn.toast(turn.words.tr("This is no longer watched."), alert=True)
    return found


async def show_card(turn: Turn, number: int) -> None:
    if (found := await watch_of(turn, number)) is not None:
        bought, may_spend = await bought_of(turn, number), await turn.services.kept.may_spend(turn.person.telegram_id)
        await turn.show(card_screen(turn.words, found, turn.services.now(), bought, may_spend=may_spend))


async def bought_of(turn: Turn, number: int | None = None) -> list[Bought]:
    """What a watch, or all that buy, cost in this month of the person's."""
    since = month_start(turn.services.now(), zone_of(turn.person.zone))
    return await turn.services.health.bought(turn.person.telegram_id, since, number)


def card_screen(
    w: Words, one: HealthWatch, now: datetime, bought: Sequence[Bought] = (), *, may_spend: bool = True
) -> Screen:
    """What is checked how often, what the last look found, and what is bought by itself."""
    text = lines(
        w.title("Checking {what}", what=which_text(w, one.which, one.value)),
        w.tr("Paused") if not one.is_on else w.tr("How often: {every}", every=every_text(w, one.minutes)),
        w.rich("Last check: {found}", found=result_text(w, one, now)) if one.looked_at else None,
        *state_lines(w, one),
        how_told(w),
        w.tr("In your quiet hours I write at once.")
        if one.night
        else w.tr("In your quiet hours I write nothing until they end."),
        *replace_lines(w, one, bought, may_spend=may_spend),
    )
    switch = w.tr("Pause") if one.is_on else w.tr("Resume")
    night = w.tr("Silent at night") if one.night else w.tr("At night too")
    rows = pairs(
        button(w.tr("How often"), ChooseInterval(number=one.id)),
        button(switch, SwitchHealth(number=one.id, on=not one.is_on)),
        button(night, SetNight(number=one.id, night=not one.night)),
        button(w.tr("Stop checking"), EndHealth(number=one.id)),
    )
    label = w.tr("Replace by itself: on") if one.replacing is not None else w.tr("Replace by itself: off")
    replace = [button(label, AskReplace(number=one.id))] if one.is_on or one.replacing is not None else []
    return Screen(text, [replace, *rows, home_row(w, Open(screen="watch"))])


def state_lines(w: Words, one: HealthWatch) -> list[str]:
    """How many do not work, and how many are being checked once more."""
    down, again = len(one.down) + len(one.fallen), len(one.suspects)
    told = [w.n("{count} does not work", "{count} do not work", down)] if down else []
    return told + ([w.n("{count} is checked once more", "{count} are checked once more", again)] if again else [])


def replace_lines(w: Words, one: HealthWatch, bought: Sequence[Bought], *, may_spend: bool) -> list[str]:
    """What is bought by itself, and what that cost."""
    terms = one.replacing
    limits = (
        []
        if terms is None
        else [
            w.n(
                "What stops working is replaced: at most {count} a month, for at most {sum}.",
                "What stops working is replaced: at most {count} a month, for at most {sum}.",
                terms.most,
                sum=w.money(terms.up_to, terms.currency),
            )
        ]
    )
    if terms is not None and not may_spend:
        limits.append(w.tr("Automatic spending is switched off: nothing is bought now."))
    month = [w.tr("Bought this month: {what}", what=bought_text(w, bought))] if bought else []
    return limits + month


def how_told(w: Words) -> str:
    return w.tr("What fails is checked again after 2 and 10 minutes before I write.")


@router.callback_query(ChooseInterval.filter())
async def other_interval(_: CallbackQuery, turn: Turn, callback_data: ChooseInterval) -> None:
    if (found := await watch_of(turn, callback_data.number)) is not None:
        await turn.show(other_interval_screen(turn.words, found))


def other_interval_screen(w: Words, one: HealthWatch) -> Screen:
    def then(minutes: int) -> SetInterval:
        return SetInterval(number=one.id, minutes=minutes)

    rows = interval_rows(w, then, HealthCard(number=one.id), one.minutes)
    return Screen(lines(w.title("How often?")), rows)


def interval_rows(
    w: Words, then: Callable[[int], CallbackData], back: CallbackData, chosen: int | None = None
) -> list[Row]:
    """The intervals that there are, and the way back."""
    choices = [choice_button(every_label(w, each), each == chosen, then(each)) for each in INTERVALS]
    return [*pairs(*choices), home_row(w, back)]


@router.callback_query(SetInterval.filter())
async def set_interval(_: CallbackQuery, turn: Turn, callback_data: SetInterval) -> None:
    person, number = turn.person, callback_data.number
    minutes, change = callback_data.minutes, turn.services.health.change
    await changed(turn, number, change(person.telegram_id, number, minutes=minutes, by=person.by))


@router.callback_query(SetNight.filter())
async def set_night(_: CallbackQuery, turn: Turn, callback_data: SetNight) -> None:
    person, number = turn.person, callback_data.number
    night, change = callback_data.night, turn.services.health.change
    await changed(turn, number, change(person.telegram_id, number, night=night, by=person.by))


@router.callback_query(SwitchHealth.filter())
async def switch(_: CallbackQuery, turn: Turn, callback_data: SwitchHealth) -> None:
    person, number = turn.person, callback_data.number
    on, switch_to = callback_data.on, turn.services.health.switch
    await changed(turn, number, switch_to(person.telegram_id, number, on=on, by=person.by), ends_buying=not on)


async def changed(turn: Turn, number: int, change: Awaitable[bool], *, ends_buying: bool = False) -> None:
    """Make a change, and show what it has come to. `ends_buying`: from now on no twins are bought."""
    is_changed = await change
    turn.on_disk()
    await note_act(turn, Act.WATCH_CHANGED, int(is_changed))
    if ends_buying:
        await note_begun(turn, "replace")
    await show_card(turn, number)


@router.callback_query(EndHealth.filter())
async def end(_: CallbackQuery, turn: Turn, callback_data: EndHealth) -> None:
    ended = await turn.services.health.remove(turn.person.telegram_id, callback_data.number)
    turn.on_disk()
    await note_act(turn, Act.WATCH_ENDED, int(ended))
    turn.owes_outcome = ended
    if ended:
        await note_begun(turn, "replace")
        await turn.show(ended_screen(turn.words))
    else:
        await turn.toast(turn.words.tr("This is no longer watched."), alert=True)


def ended_screen(w: Words) -> Screen:
    return Screen(w.title("No longer checked"), [home_row(w, Open(screen="watch"))])
