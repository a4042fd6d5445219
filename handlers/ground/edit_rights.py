"""Which turn may edit which message, and which messages belong to the outcome sender of payments."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from handlers.ground.screen import Screen

PAYMENTS_KEPT = 10_000  # messages of which is remembered that they show a payment


MessageRef = tuple[int, int | None]  # a chat and a message in it


class Editor(Protocol):
    """What is needed of a turn: its message, and what the tapped button carries (None: no button was tapped)."""

    @property
    def message_ref(self) -> MessageRef: ...

    @property
    def data(self) -> str | None: ...


class MessageState:
    """One message: the lock of its edits, how many use this state, and which turn on the message began last."""

    def __init__(self) -> None:
        self.editing = asyncio.Lock()
        self.users = 0
        self.newest: Editor | None = None


class EditRights:
    """Decides who may edit a message: an older turn that ends later must not overwrite the screen of a newer one.

    A message that shows a payment belongs to the outcome sender. Turns that began earlier leave it alone, however
    late they end. Only the buttons that it shows for the payment lead on; any other tap is answered by a new message.
    """

    def __init__(self) -> None:
        self._states: dict[MessageRef, MessageState] = {}
        self._payments: OrderedDict[MessageRef, frozenset[str] | None] = OrderedDict()
        self._replaced: OrderedDict[MessageRef, int] = OrderedDict()

    def enter(self, turn: Editor) -> None:
        """The turn begins: from now on it is the newest on its message."""
        self._use(turn.message_ref).newest = turn

    def leave(self, turn: Editor) -> None:
        """The turn has ended. With the last turn on a message its state is dropped."""
        self._drop(turn.message_ref)

    def state_of(self, turn: Editor) -> MessageState:
        """The state of the message of a turn that is under way."""
        return self._states[turn.message_ref]

    @asynccontextmanager
    async def editing(self, message_ref: MessageRef) -> AsyncIterator[None]:
        """One edit of a message at a time, so that what is decided inside still holds when Telegram takes it."""
        state = self._use(message_ref)
        try:
            async with state.editing:
                yield
        finally:
            self._drop(message_ref)

    def note_payment(self, message_ref: MessageRef, screen: Screen | None = None) -> None:
        """The message shows this screen of a payment; None: it was just confirmed there. No earlier turn edits it."""
        self._payments[message_ref] = None if screen is None else frozenset(screen.choices)
        self._payments.move_to_end(message_ref)
        if len(self._payments) > PAYMENTS_KEPT:
            self._payments.popitem(last=False)
        if message_ref in self._states:
            self._states[message_ref].newest = None

    def replace_message(self, message_ref: MessageRef, message_id: int) -> None:
        """The payment of `message_ref` is shown in `message_id` instead, since the first message takes no edits."""
        if message_id != message_ref[1]:
            self._replaced[message_ref] = message_id
            if len(self._replaced) > PAYMENTS_KEPT:
                self._replaced.popitem(last=False)

    def current_message(self, chat_id: int, message_id: int) -> int:
        """The id of the message in which a payment is shown that was to be shown in `message_id`."""
        return self._replaced.get((chat_id, message_id), message_id)

    def shows_outcome(self, message_ref: MessageRef) -> bool:
        """Whether the message shows more of a payment than its confirmation."""
        return self._payments.get(message_ref) is not None

    def shows_payment(self, message_ref: MessageRef) -> bool:
        """Whether the message shows a payment at all."""
        return message_ref in self._payments

    def may_edit(self, turn: Editor) -> bool:
        """Whether a turn may edit its message. A button that leads away from a payment frees the message for it."""
        if turn.message_ref not in self._payments:
            return True
        if turn.data not in (self._payments[turn.message_ref] or ()):
            return False
        del self._payments[turn.message_ref]
        return True

    def _use(self, message_ref: MessageRef) -> MessageState:
        state = self._states.setdefault(message_ref, MessageState())
        state.users += 1
        return state

    def _drop(self, message_ref: MessageRef) -> None:
        state = self._states[message_ref]
        state.users -= 1
        if not state.users:
            del self._states[message_ref]
