"""The pinned message: how the account stands, and a switch for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Bold, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.messages import edit_screen, send_screen
from handlers.ground.proxy_words import address_end
from handlers.ground.rights import Whose
from handlers.ground.screen import Open, Screen, button, home_in_new_message, home_row, new_message_button
from handlers.ground.telegram_errors import delivery_errors
from handlers.ground.turn import Turn
from handlers.ground.words import Words, flag, lines, words_for
from handlers.notifications.sender import NoteMessage, Wait, at_once, labelled, nobody_notes
from model.notifications import StoredBoard
from model.people import Person
from px6 import Proxy
from services.notifications.kinds import Board, Refused

router = Router(name=__name__)

FAILING_SHOWN = 3  # proxies that are named


class SetBoard(CallbackData, prefix="board", durable=True, offline=True, needs=Whose.OWNER):
    """Switches the pinned message on or off."""

    on: bool


@router.callback_query(Open.filter(F.screen == "board"))
async def show_switch(_: CallbackQuery, turn: Turn) -> None:
    stored = await turn.services.boards.of(turn.person.telegram_id)
    await turn.show(switch_screen(turn.words, stored))


@router.callback_query(SetBoard.filter())
async def switch(_: CallbackQuery, turn: Turn, callback_data: SetBoard) -> None:
    boards, person = turn.services.boards, turn.person
    message_id = None
    if callback_data.on:
        await boards.switch_on(person.telegram_id)
    else:
        message_id = await boards.switch_off(person.telegram_id)
    turn.on_disk()
    await boards.take_away(person, message_id)
    await turn.show(switch_screen(turn.words, await boards.of(person.telegram_id)))


def switch_screen(w: Words, stored: StoredBoard | None) -> Screen:
    """What it is, how it stands, and the switch."""
    is_on = stored is not None and stored.is_on
    text = lines(
        Bold(board_line(w, stored)),
        w.tr(
            "One message at the top of this chat: balance, what ends next, what does not work. "
            "I change it in place, without a sound, with every look at px6 and a minute after you pay here."
        ),
    )
    label = w.tr("Switch off") if is_on else w.tr("Switch on")
    return Screen(text, [[button(label, SetBoard(on=not is_on))], home_row(w, Open(screen="settings"))])


def board_line(w: Words, stored: StoredBoard | None) -> str:
    """How it stands."""
    if stored is None:
        return w.tr("Pinned message: off")
    if not stored.is_on:
        return w.tr("Pinned message: off, for its message is gone")
    return w.tr("Pinned message: on") if stored.message_id else w.tr("Pinned message: on, it comes in a minute or so")


def board_screen(w: Words, board: Board) -> Screen:
    """No moment in it is relative, for it stands there until something changes."""
    text = lines(
        w.title("px6 · {sum}", sum=w.money(board.balance, board.currency)),
        w.n("{count} active proxy", "{count} active proxies", board.count)
        if board.count
        else w.tr("No active proxies."),
        w.tr("Next to end:") if board.next else None,
        *(next_line(w, proxy) for proxy in board.next),
        *failing_lines(w, board.failing),
    )
    proxies = new_message_button(w.tr("My proxies"), Open(screen="proxies"))
    return Screen(text, [[proxies, home_in_new_message(w)]])


def next_line(w: Words, proxy: Proxy) -> Text:
    """`🇩🇪 …250:7330 · 26 Nov 2026 18:40`"""
    return Text(f"{flag(proxy.country)} {address_end(proxy)} · ", w.time(proxy.ends_at))


def failing_lines(w: Words, failing: Sequence[Proxy]) -> list[str]:
    """`⚠️ Did not work when checked last: 2`, and which; nothing when all did."""
    if not failing:
        return []
    counted = w.tr("⚠️ Did not work when checked last: {count}", count=w.number(len(failing)))
    named = [f"{flag(proxy.country)} {address_end(proxy)}" for proxy in failing[:FAILING_SHOWN]]
    more = len(failing) - len(named)
    return [counted, *named, *([w.n("and {count} more", "and {count} more", more)] if more else [])]


def off_screen(w: Words) -> Screen:
    """What stands in a message that is older than Telegram deletes."""
    return Screen(Text(w.tr("This message is switched off.")))


class TelegramBoardSender:
    """Shows boards as Telegram messages. Implements `services.notifications.kinds.BoardSender`."""

    def __init__(self, bot: Bot, turn: Wait = at_once, note_message: NoteMessage = nobody_notes) -> None:
        """`turn`: waits for room that Telegram's limits leave to messages that nobody waits for.

        `note_message`: which px6 account a new message is of.
        """
        self._bot, self._turn, self._note_message = bot, turn, note_message

    def mark(self, person: Person, board: Board) -> str:
        screen = labelled(person, board_screen(words_for(person), board))
        seen = f"{screen.content}{screen.keyboard}"
        return hashlib.sha256(seen.encode()).hexdigest()

    async def send(self, person: Person, board: Board) -> int:
        await self._turn()
        with delivery_errors():
            screen = labelled(person, board_screen(words_for(person), board))
            message_id = await send_screen(self._bot, person.chat_id, screen, quietly=True)
        await self._note_message(person, message_id)
        return message_id

    async def edit(self, person: Person, message_id: int, board: Board) -> bool:
        await self._turn()
        with delivery_errors():
            screen = labelled(person, board_screen(words_for(person), board))
            return await edit_screen(self._bot, person.chat_id, message_id, screen)

    async def pin(self, person: Person, message_id: int) -> None:
        with delivery_errors():
            await self._bot.pin_chat_message(person.chat_id, message_id, disable_notification=True)

    async def take_away(self, person: Person, message_id: int) -> None:
        chat = person.chat_id
        with suppress(Refused), delivery_errors():  # the person may have unpinned it
            await self._bot.unpin_chat_message(chat, message_id=message_id)
        try:
            with delivery_errors():
                await self._bot.delete_message(chat, message_id)
        except Refused:  # Telegram deletes what is younger than two days
            with suppress(Refused), delivery_errors():
                await edit_screen(self._bot, chat, message_id, off_screen(words_for(person)))
