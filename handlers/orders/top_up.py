"""The answer to "Did you top up …?", which an unclear payment asks. Its buttons work after any restart."""

from __future__ import annotations

import logging

from aiogram import Router
from aiogram.types import CallbackQuery

import px6
from handlers.ground.turn import Turn
from handlers.orders.order_buttons import ToppedUp
from handlers.orders.pay import outcome_now
from services.account.accounts import NoKey
from services.orders import OtherAccount

log = logging.getLogger(__name__)

router = Router(name=__name__)


@router.callback_query(ToppedUp.filter())
async def topped_up(_: CallbackQuery, turn: Turn, callback_data: ToppedUp) -> None:
    """The message shows how it stands now; a "yes" counts only while px6's books still fit it."""
    w, services, person = turn.words, turn.services, turn.person.telegram_id
    try:
        now = await services.orders.answer_top_up(person, callback_data.order, callback_data.yes == 1)
    except (px6.Px6Error, NoKey, OtherAccount) as error:
        log.debug("An answer about a top-up could not be compared with px6's books: %s", type(error).__name__)
        await turn.toast(w.tr("I cannot check this at px6 right now. Tap again in a minute."), alert=True)
        return
    turn.on_disk()
    if now is None:
        await turn.toast(w.tr("There is no such order."), alert=True)
        return
    await turn.show(outcome_now(turn, now))
    if turn.person.colleague is None or now.by_person == turn.person.chat_id:
        await services.orders.set_told(now, turn.person.chat_id)
