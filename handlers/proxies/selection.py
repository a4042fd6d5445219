"""What can be done with several ticked proxies at once: how many they are, how long they run, a button for each."""

from __future__ import annotations

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Bold, Text

from handlers.ground.proxy_buttons import (
    AskComment,
    AskDelete,
    Check,
    Chosen,
    Export,
    Picked,
    Prolong,
    ProlongAutomatically,
    Protocols,
)
from handlers.ground.proxy_words import can_change, proxy_lines, time_left, unknown_line, unread_line
from handlers.ground.screen import Screen, button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import PickedProxies, pick

router = Router(name=__name__)


@router.callback_query(Chosen.filter())
async def chosen(_: CallbackQuery, turn: Turn, callback_data: Chosen) -> None:
    found = await pick(turn, callback_data.to(Picked))
    settable = not (await turn.px6()).lacks("settype")
    await turn.show(chosen_screen(turn.words, callback_data, found, turn.services.now(), settable=settable))


def chosen_screen(w: Words, data: Chosen, found: PickedProxies, now: datetime, *, settable: bool = True) -> Screen:
    """Everything that one proxy's card offers, for all of them. `settable`: px6 changes protocols."""
    settable = settable and any(map(can_change, found.known))
    text = lines(
        Bold(w.n("{count} selected", "{count} selected", len(found.known))),
        unknown_line(w, found.unknown),
        unread_line(w, found.unread),
        totals_line(w, found, now),
        *proxy_lines(w, found.known, now),
    )
    deeds = pairs(
        button(w.tr("Prolong"), data.to(Prolong, selection=data.ticks)),
        button(w.tr("Check"), data.to(Check)),
        button(w.tr("Protocol"), data.to(Protocols)) if settable else None,
        button(w.tr("Comment"), data.to(AskComment)),
        button(w.tr("Export"), data.to(Export)),
        button(w.tr("Automatic prolonging"), data.to(ProlongAutomatically)),
        button(w.tr("Delete…"), data.to(AskDelete)),
    )
    return Screen(text, [*(deeds if found.known else []), home_row(w, data.but())])


def totals_line(w: Words, found: PickedProxies, now: datetime) -> Text | None:
    """How many still run, and for how many days together."""
    running = sum(proxy.ends_at > now for proxy in found.known)
    if not running:
        return None
    left = w.length(time_left(found.known, now))
    return Text(w.n("{count} active, {time} left", "{count} active, {time} left in total", running, time=left))
