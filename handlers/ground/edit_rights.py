"""Which turn may edit which message, and which messages show what no turn may write over: payments, endings."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from handlers.ground.screen import Screen
from services.ground.shared_messages import SharedMessages, Shown, ShownEnding, ShownPayment

SHOWN_KEPT = 10_000  # messages of which is remembered that they show a payment, or an ending


MessageRef = tuple[int, int | None]  # a chat and a message in it


class Editor(Protocol):
    """What is needed of a turn: its message, what the tapped button carries (None: no button was tapped), whether
    what it shows must not be lost, and Telegram's number of its update, which grows."""

    number: int
    owes_outcome: bool

    @property
    def message_ref(self) -> MessageRef: ...

    @property
    def data(self) -> str | None: ...


class MessageState:
    """One message: the lock of its edits, how many use this state, and which turn on the message began last.

    `overtaken`: the number of the newest update on it that has made all before it old, in whichever process.
    """

    def __init__(self) -> None:
        self.editing = asyncio.Lock()
        self.users = 0
        self.newest: Editor | None = None
        self.overtaken = 0


class EditRights:
    """Decides who may edit a message: an older turn that ends later must not overwrite the screen of a newer one.

    A message that shows a payment belongs to the outcome sender. Turns that began earlier leave it alone, however
    late they end. Only the buttons that it shows for the payment lead on; any other tap is answered by a new message.
    The same holds for a reminder that says how somebody else ended its matter, until it is ended anew or paid there.

    Where several processes show screens (`shared`), what they know of a message is read before it is edited, and what
    this one makes of it is written down after.
    """

    def __init__(self, shared: SharedMessages | None = None) -> None:
        self._shared, self._changed = shared, set[MessageRef]()
        self._states: dict[MessageRef, MessageState] = {}
        self._shown: OrderedDict[MessageRef, Shown] = OrderedDict()
        self._replaced: OrderedDict[MessageRef, int] = OrderedDict()

    def enter(self, turn: Editor) -> None:
        """The turn begins: from now on it is the newest on its message."""
        self._use(turn.message_ref).newest = turn

    async def tell_entered(self, turn: Editor) -> None:
        """The other processes learn that the turn has begun on its message."""
        if self._shared is not None and self._shared.are_several and turn.message_ref[1] is not None:
            await self._shared.enter(turn.message_ref, turn.number)

    def leave(self, turn: Editor) -> None:
        """The turn has ended. With the last turn on a message its state is dropped."""
        self._drop(turn.message_ref)

    def stay(self, turn: Editor, message_ref: MessageRef) -> None:
        """The screen of a turn stands in this message, and what comes behind may change it, until `leave_message`.

        It is the turn's as long as no other one has begun there.
        """
        state = self._use(message_ref)
        if state.newest is None:
            state.newest = turn

    def still_stays(self, turn: Editor, message_ref: MessageRef) -> bool:
        """Whether no other turn has begun on the message since, and nothing has taken it from turns either."""
        state = self._states[message_ref]
        is_turns = state.newest is turn and turn.number >= state.overtaken
        return is_turns and not self.is_taken(message_ref)

    def leave_message(self, message_ref: MessageRef) -> None:
        """Nothing comes behind any more."""
        self._drop(message_ref)

    def state_of(self, turn: Editor) -> MessageState:
        """The state of the message of a turn that is under way."""
        return self._states[turn.message_ref]

    def is_newest(self, turn: Editor) -> bool:
        """Whether no later turn has begun on its message, as far as this process knows."""
        state = self.state_of(turn)
        return state.newest is turn and turn.number >= state.overtaken

    def is_repeated(self, turn: Editor) -> bool:
        """Whether the turn that began last on its message is a later tap on the same button."""
        newest = self.state_of(turn).newest
        return newest is not None and newest is not turn and newest.data == turn.data

    def is_repeated_with_outcome(self, turn: Editor) -> bool:
        """Whether the button was tapped again since, and the turn of that tap will show what came of it."""
        newest = self.state_of(turn).newest
        return self.is_repeated(turn) and newest is not None and newest.owes_outcome

    async def is_still_newest(self, turn: Editor) -> bool:
        """Whether no later turn has begun on its message, as far as any process knows."""
        await self._learn(turn.message_ref)
        return self.is_newest(turn)

    @asynccontextmanager
    async def editing(self, message_ref: MessageRef) -> AsyncIterator[None]:
        """One edit of a message at a time, so that what is decided inside still holds when Telegram takes it."""
        state = self._use(message_ref)
        try:
            async with state.editing:
                if self._shared is None or not self._shared.are_several:
                    yield
                    return
                async with self._held(self._shared, message_ref):
                    yield
        finally:
            self._drop(message_ref)

    @asynccontextmanager
    async def _held(self, shared: SharedMessages, message_ref: MessageRef) -> AsyncIterator[None]:
        """The other processes leave the message alone meanwhile."""
        async with shared.held(message_ref):
            await self._learn(message_ref)
            try:
                yield
            finally:
                await self.tell_changes()

    async def _learn(self, message_ref: MessageRef) -> None:
        """Take over what the other processes know of a message."""
        if self._shared is None or not self._shared.are_several or message_ref in self._changed:
            return
        owner = await self._shared.read(message_ref)
        if owner is None:
            return
        if message_ref in self._states:
            self._states[message_ref].overtaken = max(owner.newest, owner.closed + 1)
        self._shown.pop(message_ref, None)
        if owner.shown is not None:
            self._shown[message_ref] = owner.shown
        if owner.shown_in is not None:
            self._replaced[message_ref] = owner.shown_in

    async def tell_changes(self) -> None:
        """The other processes learn which payments and endings are shown where."""
        while self._shared is not None and self._changed:
            message_ref = self._changed.pop()
            await self._shared.show(message_ref, self._shown.get(message_ref), self._replaced.get(message_ref))

    def _note_change(self, message_ref: MessageRef) -> None:
        if self._shared is not None and self._shared.are_several:
            self._changed.add(message_ref)

    def note_payment(self, message_ref: MessageRef, screen: Screen | None = None) -> None:
        """The message shows this screen of a payment; None: it was just confirmed there. No earlier turn edits it."""
        self._take(message_ref, ShownPayment(None if screen is None else frozenset(screen.choices)))

    def note_ending(self, message_ref: MessageRef, screen: Screen) -> None:
        """The reminder says how somebody else ended its matter, unless a payment was confirmed there meanwhile."""
        if not self.shows_payment(message_ref):
            self._take(message_ref, ShownEnding(frozenset(screen.choices)))

    def _take(self, message_ref: MessageRef, shown: Shown) -> None:
        self._shown[message_ref] = shown
        self._shown.move_to_end(message_ref)
        if len(self._shown) > SHOWN_KEPT:
            self._shown.popitem(last=False)
        if message_ref in self._states:
            self._states[message_ref].newest = None
        self._note_change(message_ref)

    def replace_message(self, message_ref: MessageRef, message_id: int) -> None:
        """The payment of `message_ref` is shown in `message_id` instead, since the first message takes no edits."""
        if message_id != message_ref[1]:
            self._replaced[message_ref] = message_id
            if len(self._replaced) > SHOWN_KEPT:
                self._replaced.popitem(last=False)
            self._note_change(message_ref)

    def current_message(self, chat_id: int, message_id: int) -> int:
        """The id of the message in which a payment is shown that was to be shown in `message_id`."""
        return self._replaced.get((chat_id, message_id), message_id)

    def shows_outcome(self, message_ref: MessageRef) -> bool:
        """Whether the message shows more of a payment than its confirmation."""
        shown = self._shown.get(message_ref)
        return isinstance(shown, ShownPayment) and shown.choices is not None

    def shows_payment(self, message_ref: MessageRef) -> bool:
        """Whether the message shows a payment at all."""
        return isinstance(self._shown.get(message_ref), ShownPayment)

    def is_taken(self, message_ref: MessageRef) -> bool:
        """Whether the message shows a payment, or how somebody else ended the matter of a reminder."""
        return message_ref in self._shown

    def may_edit(self, turn: Editor) -> bool:
        """Whether a turn may edit its message. A button that leads on from what it shows frees the message for it."""
        shown = self._shown.get(turn.message_ref)
        if shown is None:
            return True
        if turn.data not in (shown.choices or ()):
            return False
        del self._shown[turn.message_ref]
        self._note_change(turn.message_ref)
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
