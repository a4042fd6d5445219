"""Messages that get no answer: nobody wrote them for the bot, or another part of their album was answered."""

from __future__ import annotations

from collections import OrderedDict

from aiogram.enums import ContentType
from aiogram.types import Message

from handlers.account.key import KEY_PATTERN
from handlers.orders.found_files import is_readable

ALBUMS_KEPT = 1000
# What a person sends on purpose. All else is news of the chat (a pin, a timer, a name), or newer than this program.
SENT_ON_PURPOSE = frozenset(
    {
        ContentType.TEXT,
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.CHECKLIST,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.DOCUMENT,
        ContentType.GAME,
        ContentType.LOCATION,
        ContentType.PAID_MEDIA,
        ContentType.PHOTO,
        ContentType.POLL,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.USERS_SHARED,
        ContentType.VENUE,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.VOICE,
    }
)


class UnansweredMessages:
    """Decides which messages get no answer. Remembers answered albums: each photo of one is an update."""

    def __init__(self) -> None:
        self._albums: OrderedDict[tuple[int, str], None] = OrderedDict()

    def include(self, message: Message, *, more: bool = False) -> bool:
        """Whether a message gets no answer. A picture with a key beside it is answered, and so is each list.

        `more`: another process had a part of the same album before.
        """
        is_list = message.document is not None and is_readable(message.document)
        more = (self._is_more(message) or more) and not is_list
        if message.text or message.caption:
            return more and KEY_PATTERN.search(message.caption or "") is None
        # A live location is edited all the time; no edit without words was meant for the bot.
        return more or message.edit_date is not None or message.content_type not in SENT_ON_PURPOSE

    def _is_more(self, message: Message) -> bool:
        """Whether another part of the same album came before."""
        if message.media_group_id is None:
            return False
        album = (message.chat.id, message.media_group_id)
        came_before = album in self._albums
        self._albums[album] = None
        if len(self._albums) > ALBUMS_KEPT:
            self._albums.popitem(last=False)
        return came_before
