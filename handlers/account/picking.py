"""The keyboard with which a person picks somebody in Telegram: put in place of the phone's own, and taken away."""

from __future__ import annotations

import logging
import secrets

from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message, ReplyKeyboardRemove
from aiogram.utils.formatting import Text

from handlers.account.invite_screens import InvitePerson, pick_keyboard, pick_text
from handlers.ground.turn import Turn

log = logging.getLogger(__name__)

PICKING = "picking"  # among a person's choices: what the button of the keyboard is for


async def put_keyboard(turn: Turn, wanted: InvitePerson) -> None:
    """Ask for a person. What for is kept, since Telegram tells with the answer no more than a number."""
    request = secrets.randbelow(2**31)
    await turn.services.people.remember(turn.person.chat_id, **{PICKING: {"request": request, "of": wanted.pack()}})
    w, people, given = turn.words, turn.services.people, {"request": request, "of": wanted.pack()}
    sent = await turn.bot.send_message(
        turn.chat_id, **pick_text(w).as_kwargs(), reply_markup=pick_keyboard(w, request)
    )
    await people.remember(turn.person.chat_id, **{PICKING: {**given, "message": sent.message_id}})


def picked_for(turn: Turn, request: int) -> InvitePerson | None:
    """What the button of this request was for; None: it is not open any more."""
    picking = turn.person.choices.get(PICKING) or {}
    if picking.get("request") != request:
        return None
    try:
        return InvitePerson.unpack(picking["of"])
    except (TypeError, ValueError):
        return None


def is_left(turn: Turn) -> bool:
    """Whether the keyboard is there still, and this update neither answers nor cancels it."""
    if turn.person.choices.get(PICKING) is None or turn.typed.command == "cancel":
        return False
    return not (isinstance(turn.event, Message) and turn.event.users_shared is not None)


async def leave_keyboard(turn: Turn) -> None:
    """The person goes elsewhere: the keyboard goes, and so does the message that put it there.

    Telegram takes it away with a message of its own alone, since a screen has buttons in its place: that one is
    silent, and deleted at once. Where Telegram takes none of it, what was asked for goes on all the same.
    """
    picking, chat_id = turn.person.choices.get(PICKING) or {}, turn.chat_id
    await turn.services.people.remember(turn.person.chat_id, **{PICKING: None})
    try:
        left = Text(turn.words.tr("Cancelled.")).as_kwargs()
        sent = await turn.bot.send_message(
            chat_id, **left, reply_markup=ReplyKeyboardRemove(), disable_notification=True
        )
        await turn.bot.delete_messages(chat_id, [sent.message_id, *filter(None, [picking.get("message")])])
    except TelegramAPIError as error:
        log.debug("A keyboard was not put away: %s", type(error).__name__)


async def take_keyboard_away(turn: Turn, text: str) -> None:
    """Telegram takes the keyboard away with a message that has no buttons, which says this."""
    turn.seen.set()
    await turn.bot.send_message(turn.chat_id, **Text(text).as_kwargs(), reply_markup=ReplyKeyboardRemove())
    await turn.services.people.remember(turn.person.chat_id, **{PICKING: None})
