"""/broadcast TEXT: a preview, how many people get it, one confirmation; then how far it is, and a button to stop."""

from __future__ import annotations

from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.parsing import wrong
from handlers.ground.screen import Screen, home_button
from handlers.ground.turn import Turn
from handlers.operators.broadcast_screens import SendBroadcast, StopBroadcast, progress_screen, question_screen
from handlers.operators.broadcast_sender import send_text
from handlers.operators.commands import ByOperator, OperatorCommand

router = Router(name=__name__)


@router.message(OperatorCommand("broadcast"))
async def broadcast_command(event: Message, turn: Turn) -> None:
    w, author = turn.words, turn.person.chat_id
    text, entities = text_to_send(event)
    if not text:
        raise wrong(w, w.tr("Write the text for people after the command."), "/broadcast px6 is back")
    broadcasts = turn.services.broadcasts
    draft = await broadcasts.find(author, await broadcasts.draft(author, text, entities))
    assert draft is not None  # noqa: S101 - it was added just now
    await send_text(turn.bot, turn.chat_id, draft)
    await turn.show(question_screen(w, draft.id, await broadcasts.readers(author)))


@router.callback_query(SendBroadcast.filter(), ByOperator())
async def send(_: CallbackQuery, turn: Turn, callback_data: SendBroadcast) -> None:
    broadcasts, author = turn.services.broadcasts, turn.person.chat_id
    begun = await broadcasts.begin(author, callback_data.broadcast, turn.message_id)
    turn.on_disk()
    await show_progress(turn, callback_data.broadcast)
    if begun:
        turn.background.start(broadcasts.carry_on())


@router.callback_query(StopBroadcast.filter(), ByOperator())
async def stop(_: CallbackQuery, turn: Turn, callback_data: StopBroadcast) -> None:
    await turn.services.broadcasts.stop(turn.person.chat_id, callback_data.broadcast)
    turn.on_disk()
    await show_progress(turn, callback_data.broadcast)


async def show_progress(turn: Turn, broadcast_id: int) -> None:
    seen = await turn.services.broadcasts.find(turn.person.chat_id, broadcast_id)
    if seen is None:
        gone = Text(turn.words.tr("This broadcast is no longer kept."))
        await turn.show(Screen(gone, [[home_button(turn.words)]]))
    else:
        await turn.show(progress_screen(turn.words, seen))


def text_to_send(event: Message) -> tuple[str, list[dict[str, Any]]]:
    """What stands after the command, and its formatting, whose offsets count from there in UTF-16 units."""
    written = event.text or ""
    _, *rest = written.split(maxsplit=1)
    body = rest[0] if rest else ""
    skipped = utf16(written) - utf16(body)
    moved = [
        each.model_copy(update={"offset": each.offset - skipped})
        for each in event.entities or []
        if each.offset >= skipped
    ]
    return body, [each.model_dump(mode="json", exclude_none=True) for each in moved]


def utf16(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
