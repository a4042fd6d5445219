"""A turn: one message or tap of a person, and all the means to respond to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import BufferedInputFile, CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.account_line import with_account
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.callback_data import CallbackData
from handlers.ground.command_words import as_command
from handlers.ground.edit_rights import EditRights, MessageRef
from handlers.ground.messages import (
    can_be_covered,
    can_be_screen,
    edit_screen,
    restore_tapped_message,
    rewrite,
    send_screen,
)
from handlers.ground.questions import question_of
from handlers.ground.screen import Row, Screen
from handlers.ground.silence import last_known_screen
from handlers.ground.telegram_errors import PASSING_ERRORS, without_error_groups
from handlers.ground.typed import Typed, read
from handlers.ground.words import Words, lines
from model.accounts import StoredAccount
from model.colleagues import Colleague
from model.errors import StorageError
from model.people import Person
from px6 import ProxyList, Px6Client, State
from services.account.accounts import NoKey
from services.account.rights import AccessEnded, AccessShrunk
from services.bundle import Services
from services.proxies.last_known import Silence

log = logging.getLogger(__name__)

ANSWER_LIMIT = 200  # characters of a toast or an alert


class Turn:
    """One message or tap of a person. Every handler gets it as `turn`.

    `person` is who it is on the px6 account that the turn is about, theirs or another's: all that is asked of
    services by `person.telegram_id` is of that account alone, and the screens are of it; what is asked by
    `person.chat_id` is of the person who acts.

    `show` is the usual response: it rewrites the tapped message, or answers a message with a new one.
    `retry` is the button that error screens offer as "Try again"; for a tap it is the tapped button itself.
    `asking` is the question that the next free text answers: the one that it replies to, or the last one.
    `silence`: px6 does not answer, and what is shown is what it told last.
    `owes_outcome`: something may have been changed that is not changed back, or was to be; what is shown from then on
    says how that ended, and comes below where a later tap has taken the message, or a payment. Of several taps on one
    button the last says it.
    `remark`: what the next screen says besides, in its last line.
    `seen` is set once there is something to see. `on_disk` is called as soon as what the update changes is written
    down: then Telegram need not keep it any longer, though more may follow. The end of the turn says the same.
    """

    def __init__(
        self,
        bot: Bot,
        event: Message | CallbackQuery,
        person: Person,
        words: Words,
        services: Services,
        background: BackgroundTasks,
        edit_rights: EditRights,
        on_disk: Callable[[], None],
        number: int,
    ) -> None:
        self.bot, self.event, self.on_disk, self.number = bot, event, on_disk, number  # Telegram's, of the update
        self.services, self.background, self._edit_rights = services, background, edit_rights
        self.answered = not isinstance(event, CallbackQuery)
        message = event if isinstance(event, Message) else event.message
        self.chat_id = message.chat.id if message else person.chat_id
        self.message_id = message.message_id if message and not self.answered and can_be_screen(message) else None
        self.message_ref: MessageRef = (self.chat_id, self.message_id)  # as it begins, also when it goes on elsewhere
        self.retry: str | None = self.data
        self.take_person(person, words)
        self.seen = asyncio.Event()
        self.silence: Silence | None = None
        self.remark: str | None = None
        self.owes_outcome = self._covered = self._rewritten = self._is_elsewhere = False
        self._refused: tuple[StoredAccount, Px6Client, int] | None = None  # with px6's answers before this turn
        self._asked_as: StoredAccount | None = None  # as it was before px6 was asked
        self._answered: str | None = None
        self._unplaced: str | None = None

    def take_person(self, person: Person, words: Words) -> None:
        """Take over what is known of the person now: their language, zone and the question that they were asked."""
        self.person, self.words = person, words
        self.asking: str | None = question_of(person, self.event)

    @property
    def text(self) -> str:
        """What the person wrote; empty for a tap."""
        return (self.event.text or "") if isinstance(self.event, Message) else ""

    @cached_property
    def typed(self) -> Typed:
        """What the person wrote as a command, arguments or an answer; also beside a picture.

        Where nothing was asked, a word may be a command.
        """
        written = (self.event.text or self.event.caption) if isinstance(self.event, Message) else None
        typed = read(written or "")
        return typed if self.asking or not self.text else as_command(typed)

    @property
    def data(self) -> str | None:
        """What the tapped button carries."""
        return self.event.data if isinstance(self.event, CallbackQuery) else None

    @property
    def is_tap(self) -> bool:
        return isinstance(self.event, CallbackQuery)

    async def px6(self) -> Px6Client:
        """The client of the account's key; raises NoKey, and AccessEnded for who has no right on it by now."""
        if self.person.colleague is not None:
            await self.look_at_right(self.person.colleague)
        account, client = await self.services.accounts.connected(self.person.telegram_id)
        self._asked_as = self._asked_as or account
        if account.refused_at is not None and self._refused is None:
            self._refused = account, client, client.answers
        return client

    async def note_accepted(self) -> None:
        """Note that px6, which had refused the key or the bot's address, has answered in this turn."""
        if self._refused is not None:
            account, client, answers = self._refused
            if client.answers > answers:
                await self.services.accounts.key_accepted(account)

    async def has_another_key(self) -> bool:
        """Whether the account has got another key since this turn first asked px6; one that px6 is known to refuse is
        none."""
        if self._asked_as is None:
            return False
        try:
            account, _ = await self.services.accounts.connected(self.person.telegram_id)
        except (NoKey, StorageError):
            return False
        return account.added_at != self._asked_as.added_at and account.refused_at is None

    async def look_at_right(self, before: Colleague) -> None:
        """Read the right of a colleague again. Raises AccessEnded, or AccessShrunk when it is less than it was."""
        now = await self.services.colleagues.access(before.owner, before.person)
        if now is None:
            raise AccessEnded
        if not now.right.includes(before.right):
            raise AccessShrunk

    async def listed(
        self, state: State, ask: Callable[[Px6Client], Awaitable[ProxyList]], least: State | None = None
    ) -> ProxyList:
        """The person's proxies in a state, as `ask` reads them, to be shown and nothing else.

        Where px6 does not answer they are as it told them last, and every screen of this turn says so; `least`: those
        in this state at least. Raises what `ask` does, also for a px6 that does not answer where nothing is known.
        """
        client, person, known = await self.px6(), self.person.telegram_id, self.services.last_known
        reading = await known.recall(person, client, least or state) if self.silence else None
        reading = reading or await known.read(person, client, state, lambda: ask(client), least)
        if reading.silence is not None:
            self.silence = reading.silence
            self.services.lists.drop(client)  # what was read just before it fell silent is not shown as if of now
        return reading.listed

    def retry_with(self, data: CallbackData) -> None:
        """Say which button repeats what this message asked for."""
        self.retry = data.pack()

    async def show(self, screen: Screen) -> int:
        """Bring the screen before the person, in place when they tapped. Gives the message's id."""
        if self.silence is not None:
            screen = last_known_screen(self.words, screen, self.silence, self.services.now(), self.retry)
        if self.remark is not None:
            screen, self.remark = replace(screen, text=lines(screen.text, self.remark)), None
        if self.message_id is None or self._is_elsewhere:
            return await self._place(await self.send(screen))
        return await self._answered_meanwhile(self._edit(screen))

    def renew(self, message_id: int, newer: Callable[[], Awaitable[Screen | None]]) -> None:
        """Look behind whether the screen in this message still holds: a newer one (None: it holds) takes its place.

        The turn does not wait for that, and where another turn has begun on the message nothing is changed.
        """
        self._edit_rights.stay(self, (self.chat_id, message_id))
        self.background.start(self._renew(message_id, newer))

    async def _renew(self, message_id: int, newer: Callable[[], Awaitable[Screen | None]]) -> None:
        message_ref = (self.chat_id, message_id)
        try:
            if (screen := await newer()) is None:
                return
            async with self._edit_rights.editing(message_ref):
                if self._edit_rights.still_stays(self, message_ref):
                    await edit_screen(self.bot, self.chat_id, message_id, self.labelled(screen))
        except Exception as error:  # noqa: BLE001 - the screen stays as it is, and the next tap says what is wrong
            log.debug("A screen could not be made anew: %s", type(error).__name__)
        finally:
            self._edit_rights.leave_message(message_ref)

    async def show_paying(self, screen: Screen) -> int:
        """Show that the payment which this tap has confirmed is under way, unless more is shown of it by now.

        Gives the id of the message that shows it, 0 for none. The outcome does not wait for Telegram to take this.
        """
        try:
            return await self._answered_meanwhile(self._edit_paying(screen))
        except PASSING_ERRORS as error:
            log.debug("That a payment is under way could not be shown: %s", type(error).__name__)
            return 0

    async def _answered_meanwhile(self, edit: Coroutine[Any, Any, int]) -> int:
        """Answer the tap and edit at the same time: the answer stops the button's spinner."""
        if self.answered:
            return await edit
        with without_error_groups():
            async with asyncio.TaskGroup() as both:
                editing = both.create_task(edit)
                both.create_task(self.answer())
        return editing.result()

    async def _edit(self, screen: Screen) -> int:
        assert self.message_id is not None  # noqa: S101 - only taps come here, and they have one
        self.seen.set()
        self._rewritten = True
        async with self._edit_rights.editing(self.message_ref):
            if self.is_overtaken:
                if not self.owes_outcome or self._edit_rights.is_repeated_with_outcome(self):
                    return self.message_id
            elif self._edit_rights.may_edit(self):
                return await self.rewrite(self.message_id, screen)
        return await self._place(await self.send(screen))

    async def _edit_paying(self, screen: Screen) -> int:
        self.seen.set()
        if self.message_id is None:
            return 0  # nothing to show it in: the outcome sender sends the outcome
        async with self._edit_rights.editing(self.message_ref):
            if self._edit_rights.shows_outcome(self.message_ref):
                return self.message_id
            message_id = await self.rewrite(self.message_id, screen)
            self._edit_rights.replace_message(self.message_ref, message_id)
            return message_id

    @property
    def is_overtaken(self) -> bool:
        """Whether a later tap, or a payment, has the message that was tapped."""
        return self.message_id is not None and not self._edit_rights.is_newest(self)

    @property
    def is_repeated(self) -> bool:
        """Whether the later tap is one on the same button."""
        return self._edit_rights.is_repeated(self)

    async def payment_confirmed(self) -> None:
        """Note that this tap has confirmed a payment, which its message shows from now on."""
        if self.message_id is not None:
            self._edit_rights.note_payment(self.message_ref)
            await self._edit_rights.tell_changes()

    async def cover(self, screen: Screen) -> None:
        """Show for the time being, in place of the tapped screen, that work goes on; never over anything newer."""
        if self.message_id is None or not can_be_covered(self.event):
            return
        async with self._edit_rights.editing(self.message_ref):
            if (
                self._edit_rights.is_newest(self)
                and not self.seen.is_set()
                and not self._edit_rights.is_taken(self.message_ref)
            ):
                self._covered = await edit_screen(self.bot, self.chat_id, self.message_id, screen)

    async def uncover(self) -> None:
        """The turn has ended: bring the tapped screen back when it was covered and nothing took its place."""
        self.seen.set()
        if self._covered and not self._rewritten:
            async with self._edit_rights.editing(self.message_ref):
                if self._edit_rights.is_newest(self):
                    await restore_tapped_message(self.bot, self.event)

    async def send(self, screen: Screen) -> int:
        """Send the screen as a new message; gives its id."""
        self.seen.set()
        return await self._noted(await send_screen(self.bot, self.chat_id, self.labelled(screen)))

    async def rewrite(self, message_id: int, screen: Screen) -> int:
        """Edit a message of this turn's account into a screen, or send that anew; gives the message's id."""
        shown_in = await rewrite(self.bot, self.chat_id, message_id, self.labelled(screen))
        return shown_in if shown_in == message_id else await self._noted(shown_in)

    def labelled(self, screen: Screen) -> Screen:
        """The screen, with the px6 account that it is of, where the person has several."""
        return with_account(self.words, self.person, screen)

    async def _noted(self, message_id: int) -> int:
        await self.services.people.note_message(self.person, message_id)
        return message_id

    def go_over(self, person: Person) -> None:
        """What follows is of this px6 account of theirs, and so in new messages: no message changes its account."""
        if person.telegram_id != self.person.telegram_id:
            self.person, self._is_elsewhere = person, True

    async def go_home(self) -> None:
        """What follows is of the person's own first account, in new messages, and not of one of somebody else."""
        own = await self.services.people.on_account(self.person, self.person.chat_id)
        if own is not None:
            self.take_person(own, self.words)
            self.message_id = None

    async def send_file(
        self, name: str, content: bytes, caption: Text, rows: Sequence[Row] = (), *, is_picture: bool = False
    ) -> int:
        """A document, or a picture, with a caption of at most 1024 characters. Gives the message's id."""
        self.seen.set()
        screen, file = self.labelled(Screen(caption, rows)), BufferedInputFile(content, name)
        send: Callable[..., Awaitable[Message]] = self.bot.send_photo if is_picture else self.bot.send_document
        sent = await send(self.chat_id, file, **screen.caption, reply_markup=screen.keyboard)
        return await self._noted(sent.message_id)

    async def toast(self, text: str, *, alert: bool = False) -> None:
        """A small result above the chat, or an alert to be closed; a message when the tap takes no answer."""
        self.seen.set()
        if not await self.answer(text, alert=alert):
            await self.send(Screen(Text(text)))

    async def answer(self, text: str | None = None, *, alert: bool = False) -> bool:
        """Answer the tap, which works once, and not for long. False when the text could not be shown so.

        That Telegram cannot be reached now is not worth an error: what the tap was for goes on.
        """
        if self.answered or not isinstance(self.event, CallbackQuery):
            return False
        self.answered = True
        short = text if text is None or len(text) <= ANSWER_LIMIT else text[: ANSWER_LIMIT - 1] + "…"
        try:
            await self.bot.answer_callback_query(self.event.id, text=short, show_alert=alert or None)
        except PASSING_ERRORS as error:
            log.debug("A tap could not be answered: %s", type(error).__name__)
            return False
        except TelegramBadRequest as error:
            if "query is too old" not in error.message:
                raise  # anything else would be a mistake of ours
            return False
        return True

    async def delete_message(self) -> bool:
        """Delete what the person wrote; False when Telegram does not say that it is gone: the caller tells them."""
        if not isinstance(self.event, Message):
            return False
        try:
            return await self.bot.delete_message(self.chat_id, self.event.message_id)
        except TelegramAPIError as error:
            return "message to delete not found" in error.message  # gone before: the update came twice

    async def ask(self, question: CallbackData | None) -> None:
        """Remember what the next free text answers (None: nothing was asked). Survives restarts.

        An older tap that ends after a newer one on its message asks nothing, for its question is never seen; unless
        it owes an outcome, which comes below.
        """
        if question is not None:
            is_newest = self.message_id is None or await self._edit_rights.is_still_newest(self)
            if is_newest or (self.owes_outcome and not self._edit_rights.is_repeated_with_outcome(self)):
                await self._open(question.pack(), self.message_id if is_newest else None)
        elif self.is_tap:
            await self._leave()
        elif self.asking is not None:
            self.asking, self._answered = None, self.asking

    async def _open(self, packed: str, message_id: int | None) -> None:
        """The question stands on the message that was tapped, or (None) on the one that will be sent next."""
        if self.asking != packed or message_id is not None:
            await self.services.people.set_question(self.person, packed, message_id)
        self.asking, self._answered = packed, None
        self._unplaced = packed if message_id is None else None

    async def _leave(self) -> None:
        """A tap leads away from the question that was asked last, and from the one on its message."""
        if self.asking is not None or str(self.message_id) in (self.person.choices.get("asked") or {}):
            await self.services.people.set_question(self.person, None, self.message_id)
        self.asking = None

    async def _place(self, message_id: int) -> int:
        """A question that was just asked stands on this message, so that a reply to it answers that one."""
        if self._unplaced is not None:
            await self.services.people.set_question(self.person, self._unplaced, message_id)
            self._unplaced = None
        return message_id

    def leave_to_the_next_delivery(self) -> None:
        """The update comes again: the tap is answered then, and the question that it answers stays open for it."""
        self.answered, self._answered = True, None

    async def close_question(self) -> None:
        """Close the question that this turn answered, at its end: after a kill it must still be open."""
        if self._answered is not None:
            await self.services.people.close_question(self.person.chat_id, self._answered)
