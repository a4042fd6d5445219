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
from handlers.orders.found import take_pasted
from handlers.proxies.pasted_text import read_pasted

router = Router(name=__name__)


@router.message(AnyCommand())
async def unknown_command(_: Message, turn: Turn) -> None:
    await turn.show(unknown_command_screen(turn.words))


def unknown_command_screen(w: Words) -> Screen:
    text = Text(w.tr("There is no such command. All commands are in /help."))
    return Screen(text, [[home_button(w), button(w.tr("Help"), Open(screen="help"))]])


@router.message(F.text)
async def any_text(event: Message, turn: Turn) -> None:
    """A text without a question: what it says of proxies; else home. From who has no key it is tried as a key."""
    has_key = await turn.services.accounts.account(turn.person.telegram_id) is not None
    if not has_key and not read_pasted(turn.text).places:
        await take_key(turn, turn.text)
    elif not await take_pasted(turn, written_in(event)):
        await home(event, turn, not_understood_line(turn.words))


def written_in(message: Message) -> str:
    """All that a message says, also beside a picture, with the addresses behind its links."""
    entities = message.entities or message.caption_entities or []
    return "\n".join([message.text or message.caption or "", *(each.url for each in entities if each.url)])


def not_understood_line(w: Words) -> str:
    return w.tr("I did not understand that. Send IDs or addresses of proxies, or open /help.")


@router.message()
async def anything(event: Message, turn: Turn) -> None:
    """Stickers, photos, voice; what stands beside a picture is read like a text."""
    if not await take_pasted(turn, written_in(event)):
        await turn.show(only_text_screen(turn.words))


def only_text_screen(w: Words) -> Screen:
    said = w.tr("I understand only text, buttons, and lists of proxies as .txt, .csv or .json files.")
    return Screen(Text(said), [[home_button(w)]])


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
