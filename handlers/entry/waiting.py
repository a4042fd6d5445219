"""What a person sees while their turn takes long: the tap is answered, “typing…” stays on, the screen says why."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from aiogram.enums import ChatAction
from aiogram.exceptions import TelegramAPIError
from aiogram.utils.formatting import Text

from handlers.ground.screen import Screen, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delays:
    """Seconds of a turn: a person who sees nothing for one taps again; Telegram shows “typing…” for five."""

    answer: float = 0.8
    cover: float = 2.0
    typing: float = 4.0


async def show_that_work_goes_on(turn: Turn, delays: Delays) -> None:
    """Until there is something to see: answer the tap without a text, show “typing…”, then the waiting screen."""
    await answer_tap(turn)
    if turn.seen.is_set():
        return
    try:
        await type_until_seen(turn, delays)
    except TelegramAPIError as error:
        log.debug("A waiting person could not be shown that work goes on: %s", type(error).__name__)


async def type_until_seen(turn: Turn, delays: Delays) -> None:
    await turn.bot.send_chat_action(turn.chat_id, ChatAction.TYPING)
    await wait_until_seen(turn, delays.cover - delays.answer)
    await turn.cover(waiting_screen(turn.words))
    while not turn.seen.is_set():
        await turn.bot.send_chat_action(turn.chat_id, ChatAction.TYPING)
        await wait_until_seen(turn, delays.typing)


async def wait_until_seen(turn: Turn, seconds: float) -> None:
    """Wait until the person sees something, at most `seconds`."""
    with suppress(TimeoutError):
        await asyncio.wait_for(turn.seen.wait(), seconds)


def waiting_screen(w: Words) -> Screen:
    return Screen(Text(w.tr("Asking px6…")), [[home_button(w)]])


async def answer_tap(turn: Turn) -> None:
    """Answer the tap without a text when nothing else answered it."""
    try:
        await turn.answer()
    except TelegramAPIError as error:
        log.warning("A tap could not be answered: %s", type(error).__name__)
