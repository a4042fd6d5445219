"""/maintenance on [TEXT] | off: new payments are paused, and people read why."""

from __future__ import annotations

from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground.callback_data import CallbackData
from handlers.ground.maintenance_words import maintenance_line
from handlers.ground.parsing import wrong
from handlers.ground.screen import Screen, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, lines
from handlers.operators.commands import ByOperator, OperatorCommand, OperatorScreen
from model.colleagues import Right
from model.operators import Maintenance

router = Router(name=__name__)

MOST_TEXT = 140  # characters: with what is said of the tap it fits the 200 of an alert
EXAMPLE = "/maintenance on Back at 18:00"


class Maintain(CallbackData, prefix="maintain", durable=True, shared=True, needs=Right.LOOK):
    """Switches the maintenance mode."""

    on: bool


@router.message(OperatorCommand("maintenance"))
async def maintenance_command(_: Message, turn: Turn) -> None:
    words = turn.typed.words
    match words[0].plain if words else "":
        case "":
            await show_state(turn)
        case "on":
            await switch_on(turn, turn.typed.text_of(words[1:]).strip() or None)
        case "off" if len(words) == 1:
            await switch_off(turn)
        case _:
            w = turn.words
            raise wrong(w, w.tr("Use on or off; after on your own text for people may follow."), EXAMPLE)


@router.callback_query(OperatorScreen.filter(F.screen == "maintenance"), ByOperator())
async def open_state(_: CallbackQuery, turn: Turn) -> None:
    await show_state(turn)


@router.callback_query(Maintain.filter(), ByOperator())
async def maintain(_: CallbackQuery, turn: Turn, callback_data: Maintain) -> None:
    """A tap on a mode that is on already leaves the operator's text as it is."""
    if not callback_data.on:
        await switch_off(turn)
    elif await turn.services.maintenance.now() is None:
        await switch_on(turn, None)
    else:
        await show_state(turn)


async def switch_on(turn: Turn, text: str | None) -> None:
    if text and len(text) > MOST_TEXT:
        w = turn.words
        problem = w.n(
            "The text may have {most} characters, and this one has {count}.",
            "The text may have {most} characters, and this one has {count}.",
            len(text),
            most=w.number(MOST_TEXT),
        )
        raise wrong(w, problem, EXAMPLE)
    await turn.services.maintenance.switch_on(text)
    turn.on_disk()
    await show_state(turn)


async def switch_off(turn: Turn) -> None:
    await turn.services.maintenance.switch_off()
    turn.on_disk()
    await show_state(turn)


async def show_state(turn: Turn) -> None:
    await turn.show(state_screen(turn.words, await turn.services.maintenance.now(), turn.services.now()))


def state_screen(w: Words, mode: Maintenance | None, now: datetime) -> Screen:
    """Whether payments are paused, what people read, and the button for the other state."""
    if mode is None:
        text = lines(
            w.title("Maintenance: off"),
            w.tr("Payments begin as usual."),
            w.rich("To pause them with your own text: {example}", example=code(EXAMPLE)),
        )
        return Screen(text, [[button(w.tr("Pause payments"), Maintain(on=True))], [home_button(w)]])
    text = lines(
        w.title("Maintenance: on"),
        w.rich("No new payment begins since {when}.", when=w.when(mode.since, now)),
        w.tr("What is under way ends, and reminders keep coming. Home and quotes say:"),
        maintenance_line(w, mode),
    )
    return Screen(text, [[button(w.tr("Allow payments"), Maintain(on=False))], [home_button(w)]])
