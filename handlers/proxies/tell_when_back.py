"""Whoever meets a px6 that does not answer may have themselves told when it does."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.ground.buttons import TellWhenBack
from handlers.ground.turn import Turn

router = Router(name=__name__)


@router.callback_query(TellWhenBack.filter())
async def tell_when_back(_: CallbackQuery, turn: Turn) -> None:
    """The screen stays; the message comes with the first look at the account that px6 answers."""
    await turn.px6()  # without a key there is nothing to wait for
    await turn.services.last_known.wait(turn.person.telegram_id)
    turn.on_disk()
    await turn.toast(turn.words.tr("I will tell you here when px6 answers again."))
