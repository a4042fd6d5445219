"""The methods of the Bot API, each a function from a call to a result; importing this fills the table."""

from sandbox.telegram.methods import chats, editing, media, messages, profile, rich_messages, updating
from sandbox.telegram.methods.registry import METHODS, Call, Described

__all__ = [
    "METHODS",
    "Call",
    "Described",
    "chats",
    "editing",
    "media",
    "messages",
    "profile",
    "rich_messages",
    "updating",
]
