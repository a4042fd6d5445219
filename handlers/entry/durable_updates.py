"""Which updates must outlive a kill: those that change something, until what they change is on disk.

All others may be confirmed to Telegram at once: a screen that was not shown is asked for again.
"""

from __future__ import annotations

from aiogram.types import Message, Update

from handlers.account.key import find_key
from handlers.ground.callback_data import DURABLE_PREFIXES
from handlers.ground.screen import NEW_MESSAGE_MARK
from handlers.ground.typed import read

DURABLE_COMMANDS = (
    "key",
    "type",
    "comment",
    "maintenance",
)  # those that change something by themselves; the others lead to a button


def is_durable(update: Update) -> bool:
    """Whether a tap is one that changes something, or a text may answer a question, or be a key; or picks people."""
    tap = update.callback_query
    if tap is not None:
        return changes_something(tap.data)
    message = update.message
    return message is not None and is_durable_message(message)


def changes_something(data: str | None) -> bool:
    """Whether a button that carries this is one that changes something."""
    return (data or "").removeprefix(NEW_MESSAGE_MARK).partition(":")[0] in DURABLE_PREFIXES


def is_durable_message(message: Message) -> bool:
    if message.users_shared is not None:
        return True
    written = message.text or message.caption or ""
    typed = read(written)
    return bool(written) and (
        not typed.is_command or typed.command in DURABLE_COMMANDS or find_key(written) is not None
    )
