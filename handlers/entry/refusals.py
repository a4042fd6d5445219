"""What a person reads of a message or tap that is not taken. Pure sentences."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.types import CallbackQuery, Message

from handlers.ground.words import Words

COMMANDS_NAMED = 10  # commands that were left undone


def why_not_taken(event: Message | CallbackQuery, w: Words) -> str | None:
    """Why an update is refused, in words for the person; None when it is taken."""
    message = event if isinstance(event, Message) else event.message
    return group_text(w) if message and message.chat.type != "private" else None


def group_text(w: Words) -> str:
    return w.tr("I work only in a private chat: here everyone would see what you do.")


def private_text(w: Words, *, is_known: bool) -> str:
    """To who may not use the bot; who could use it once is told what became of their data."""
    private = w.tr("This bot is private. Its owner can give you access.")
    if not is_known:
        return private
    rest = w.tr("Until then your reminders and rules are paused. /forget erases everything the bot keeps about you.")
    return f"{private} {rest}"


def too_much_text(w: Words) -> str:
    return w.tr("Too much at once. Wait for the answers, then send the rest again.")


def too_many_commands_text(w: Words, left: Sequence[str]) -> str:
    """Which commands of one message were not run; of very many only the first."""
    named = ", ".join(left[:COMMANDS_NAMED]) + (" …" if len(left) > COMMANDS_NAMED else "")
    return w.tr("Too many commands in one message. Not run: {commands}", commands=named)
