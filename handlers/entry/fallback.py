"""The handlers of last resort: what no other handler takes is still answered usefully."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.account.home import home
from handlers.account.key import take_key
from handlers.ground.filters import AnyCommand
from handlers.ground.screen import Open, Screen, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words

router = Router(name=__name__)


@router.message(AnyCommand())
async def unknown_command(_: Message, turn: Turn) -> None:
    await turn.show(unknown_command_screen(turn.words))


def unknown_command_screen(w: Words) -> Screen:
    text = Text(w.tr("There is no such command. All commands are in /help."))
    return Screen(text, [[home_button(w), button(w.tr("Help"), Open(screen="help"))]])


@router.message(F.text)
async def any_text(_: Message, turn: Turn) -> None:
    """A text without a question: from a person without a key it is tried as a key."""
    if await turn.services.accounts.account(turn.person.telegram_id) is None:
        await take_key(turn, turn.text)
        return
    await turn.show(needless_text_screen(turn.words))


def needless_text_screen(w: Words) -> Screen:
    text = Text(w.tr("No text is needed now. Everything is on the buttons; commands are in /help."))
    return Screen(text, [[home_button(w), button(w.tr("Help"), Open(screen="help"))]])


@router.message()
async def anything(_: Message, turn: Turn) -> None:
    """Stickers, photos, voice."""
    await turn.show(only_text_screen(turn.words))


def only_text_screen(w: Words) -> Screen:
    return Screen(Text(w.tr("I understand only text and buttons.")), [[home_button(w)]])


@router.edited_message()
async def edited(_: Message, turn: Turn) -> None:
    await turn.show(edited_screen(turn.words))


def edited_screen(w: Words) -> Screen:
    return Screen(Text(w.tr("I do not see edits. Send it as a new message.")), [[home_button(w)]])


@router.callback_query(Open.filter(F.screen == "here"))
async def already_here(_: CallbackQuery) -> None:
    """A tap on the page number between the arrows of a list: the gate answers it, nothing changes."""


@router.callback_query()
async def stale_button(event: CallbackQuery, turn: Turn) -> None:
    """A button of an older version, or a forged one: say so, and open what works."""
    await turn.toast(stale_button_text(turn.words))
    await home(event, turn)


def stale_button_text(w: Words) -> str:
    return w.tr("This button is out of date. Here is the home screen.")
