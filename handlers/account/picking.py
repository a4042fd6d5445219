"""The keyboard with which a person picks somebody in Telegram: put in place of the phone's own, and taken away."""

from __future__ import annotations

import secrets

from aiogram.types import ReplyKeyboardRemove
from aiogram.utils.formatting import Text

from handlers.account.invite_screens import InvitePerson, pick_keyboard, pick_text
from handlers.ground.turn import Turn

PICKING = "picking"  # among a person's choices: what the button of the keyboard is for


async def put_keyboard(turn: Turn, wanted: InvitePerson) -> None:
    """Ask for a person. What for is kept, since Telegram tells with the answer no more than a number."""
    request = secrets.randbelow(2**31)
    await turn.services.people.remember(turn.person.chat_id, **{PICKING: {"request": request, "of": wanted.pack()}})
    w = turn.words
    await turn.bot.send_message(turn.chat_id, **pick_text(w).as_kwargs(), reply_markup=pick_keyboard(w, request))


def picked_for(turn: Turn, request: int) -> InvitePerson | None:
    """What the button of this request was for; None: it is not open any more."""
    picking = turn.person.choices.get(PICKING) or {}
    if picking.get("request") != request:
        return None
    try:
        return InvitePerson.unpack(picking["of"])
    except (TypeError, ValueError):
        return None


async def take_keyboard_away(turn: Turn, text: str) -> None:
    """Telegram takes the keyboard away with a message that has no buttons, which says this."""
    turn.seen.set()
    await turn.bot.send_message(turn.chat_id, **Text(text).as_kwargs(), reply_markup=ReplyKeyboardRemove())
    await turn.services.people.remember(turn.person.chat_id, **{PICKING: None})
