"""What every update passes before a handler: who it is, whether they may, in which order, and what if it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, TelegramObject, Update

import px6
from handlers.account.accepting import is_invitation
from handlers.account.forget import is_to_forget
from handlers.account.picking import is_left, leave_keyboard
from handlers.entry.acting import Acting, acting, is_shared
from handlers.entry.allowing import may_go_on
from handlers.entry.durable_updates import changes_something
from handlers.entry.lanes import Lane, Lanes
from handlers.entry.refusals import private_text, refuse, too_many_commands_text, too_much_text, why_not_taken
from handlers.entry.several_commands import MOST_COMMANDS, split_commands
from handlers.entry.substitutes import (
    Handler,
    handler_that_ends_access,
    handler_that_knows_no_account,
    handler_that_raises,
)
from handlers.entry.turn_observer import AGAIN, FAILED, IGNORED, NOBODY, PROBLEM, REFUSED, Passage, TurnObserver
from handlers.entry.unanswered import UnansweredMessages
from handlers.entry.waiting import Delays, answer_tap, show_that_work_goes_on
from handlers.ground import topics
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.buttons import AskKey
from handlers.ground.edit_rights import EditRights
from handlers.ground.errors import (
    KeyReplaced,
    explain,
    fault_screen,
)
from handlers.ground.screen import NEW_MESSAGE_MARK
from handlers.ground.telegram_errors import PASSING_ERRORS, innermost_error, is_gone
from handlers.ground.turn import Turn
from handlers.ground.words import Words, words_for
from handlers.orders.pay import Pay
from handlers.proxies.delete import Delete
from locales import language_for
from model.errors import StorageError
from model.people import PersonId, stranger
from services.account.access import Access
from services.account.accounts import NoKey
from services.account.people import AccountRemoved
from services.account.rights import AccessEnded
from services.bundle import Services

log = logging.getLogger(__name__)


class Gate(BaseMiddleware):
    """The outer middleware of all updates. Gives handlers `turn`."""

    def __init__(
        self,
        services: Services,
        background: BackgroundTasks,
        edit_rights: EditRights,
        access: Access,
        observer: TurnObserver = NOBODY,
    ) -> None:
        self._services, self._background, self._edit_rights, self._access = (
            services,
            background,
            edit_rights,
            access,
        )
        self._observer = observer
        self._lanes, self._unanswered, self.delays = Lanes(), UnansweredMessages(), Delays()

    async def __call__(self, handler: Handler, update: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(update, Update)  # noqa: S101 - registered for updates only
        tap_id = update.callback_query.id if update.callback_query else None
        if tap_id is not None:
            self._observer.tap_came(tap_id)
        passage = Passage()
        try:
            return await self._pass(handler, update, data | {"passage": passage})
        except BaseException:
            passage.outcome = FAILED
            raise
        finally:
            self._observer.update_ended(update.event_type, passage.outcome, tap_id)

    async def _pass(self, handler: Handler, update: Update, data: dict[str, Any]) -> Any:
        """Lets an update in, or does not."""
        update, apart = split_new_message_mark(update)
        event, passage = update.event, data["passage"]
        bot: Bot = data["bot"]
        if isinstance(event, ChatMemberUpdated):
            return await self._membership(event)
        if not isinstance(event, Message | CallbackQuery) or event.from_user is None or event.from_user.is_bot:
            passage.outcome = IGNORED
            return None
        if isinstance(event, Message) and self._unanswered.include(event, more=data.get("more", False)):
            passage.outcome = IGNORED
            return None
        topics.current_topic.set(topics.topic_of(event))
        words = Words(language_for(event.from_user.language_code))
        refusal = why_not_taken(event, words) or await self._not_let_in(bot, event, words)
        if refusal is not None:
            passage.outcome = REFUSED
            return await refuse(bot, event, refusal)
        by_operator = self._access.is_operator(event.from_user.id)
        if (
            update.message is not None
            and len(texts := split_commands(update.message.text or "", by_operator=by_operator)) > 1
        ):
            return await self._one_after_another(handler, update, texts, data | {"words": words})
        return await self._serve(handler, update, data, apart=apart)

    async def _one_after_another(
        self, handler: Handler, update: Update, texts: Sequence[str], data: dict[str, Any]
    ) -> None:
        """Handles the commands of one message one after another, and says which were too many to be done."""
        assert update.message is not None  # noqa: S101 - the caller has looked
        message, words = update.message, data["words"]
        for text in texts[:MOST_COMMANDS]:
            one = message.model_copy(update={"text": text, "entities": None})
            one_by_one = {"on_disk": do_nothing, "goes_back": never}
            await self._serve(handler, update.model_copy(update={"message": one}), data | one_by_one)
        if left := [text.split()[0] for text in texts[MOST_COMMANDS:]]:
            await refuse(data["bot"], message, too_many_commands_text(words, left))

    async def _serve(self, handler: Handler, update: Update, data: dict[str, Any], *, apart: bool = False) -> Any:
        """Makes the turn of a person who is let in, and runs it."""
        event, bot = update.event, data["bot"]
        assert isinstance(event, Message | CallbackQuery) and event.from_user  # noqa: S101 - as the caller saw
        person, language = event.from_user.id, event.from_user.language_code
        lane = self._lanes.of(person, event)
        try:
            async with lane.entrance:  # reads that overtake each other must not turn round the order of updates
                known = await self._services.people.find_or_create(person, language)
                if known.blocked_at is not None:  # who writes is back, though Telegram's word of it was lost
                    await self._services.people.set_blocked(known.chat_id, False)
                on = await acting(self._services.people, known, event)
        except StorageError as error:  # told to the person as any failure is
            on, handler = Acting(stranger(person, language, self._services.now())), handler_that_raises(error)
        on_disk = data.get("on_disk", do_nothing)
        turn = Turn(
            bot,
            event,
            on.person,
            words_for(on.person),
            self._services,
            self._background,
            self._edit_rights,
            on_disk,
            update.update_id,
        )
        if apart or not on.is_known:
            turn.message_id = None  # what was tapped stays as it is
        if not on.is_known and not is_shared(turn.data or ""):
            handler = handler_that_ends_access if on.has_ended else handler_that_knows_no_account
        if lane.is_full:
            data["passage"].outcome = REFUSED
            return await refuse_too_many(turn, lane)
        return await self._take(handler, update, data | {"turn": turn}, turn)

    async def _not_let_in(self, bot: Bot, event: Message | CallbackQuery, words: Words) -> str | None:
        """Why a person who may not use the bot is not served; None for all others, and for who wants to be forgotten:
        what is kept of somebody who was let in once is still theirs to erase."""
        assert event.from_user is not None  # noqa: S101 - the caller has looked
        person = event.from_user.id
        if self._access.lets_in(person):
            return None
        try:
            known = await self._services.people.find(person)
        except StorageError as error:
            log.error("A person who may not use the bot could not be looked up: %s", error)
            known = None
        if known is not None and is_to_forget(event):
            return None
        return private_text(words, is_known=known is not None, invited=await is_invitation(event, bot))

    async def _take(self, handler: Handler, update: Update, data: dict[str, Any], turn: Turn) -> Any:
        """Run the handler in its lane; answer the tap in any case, and turn every error into words."""
        self._edit_rights.enter(turn)
        late = asyncio.get_running_loop().call_later(self.delays.answer, self._show_that_work_goes_on, turn)
        try:
            await self._edit_rights.tell_entered(turn)
            lane = self._lanes.of(turn.person.chat_id, turn.event)
            waits = lane.is_used
            async with lane:
                try:
                    if waits:
                        await self._read_person_again(turn)
                    if handler in OF_NO_ACCOUNT or await may_go_on(turn):
                        await leave_question(turn)
                        if is_left(turn):
                            await leave_keyboard(turn)
                        await handler(update, data)
                except* Exception as errors:  # noqa: BLE001 - the last stop: every error becomes words
                    if await comes_again(innermost_error(errors), data):
                        turn.leave_to_the_next_delivery()
                        data["passage"].outcome = AGAIN
                    else:
                        data["passage"].outcome = await self._failed(innermost_error(errors), turn)
                await note_accepted(turn)
                await close_question(turn)
        finally:
            late.cancel()
            try:
                await end_turn(turn)
            finally:
                self._edit_rights.leave(turn)

    async def _read_person_again(self, turn: Turn) -> None:
        """Read the person again after waiting: the turn before may have changed them, or asked a question."""
        people = self._services.people
        before = turn.person
        known = await people.find_or_create(before.chat_id, before.phone_language)
        if isinstance(turn.event, Message):
            on = await acting(people, known, turn.event)
            if on.has_ended:
                raise AccessEnded
            known = on.person
        elif known.had_several:
            found = await people.on_account(known, before.telegram_id)
            if found is None:
                raise AccountRemoved if before.colleague is None else AccessEnded
            known = found
        turn.take_person(known, words_for(known))

    def _show_that_work_goes_on(self, turn: Turn) -> None:
        self._background.start(show_that_work_goes_on(turn, self.delays))

    async def _failed(self, error: BaseException, turn: Turn) -> str:
        """Tells the person in words, and the log where it is not theirs; gives the outcome."""
        turn.silence = None  # the words of an error are not made of what was known
        is_payment = (turn.retry or "").startswith(f"{Pay.__prefix__}:")
        may_show_outcome = isinstance(error, StorageError) and (turn.data or "").startswith(f"{Delete.__prefix__}:")
        retry = None if is_payment else turn.retry
        if isinstance(error, px6.WrongKey) and await turn.has_another_key():
            error = KeyReplaced()
        is_colleague, site_url = turn.person.colleague is not None, self._services.site_url
        screen = explain(
            error, turn.words, retry=retry, site_url=site_url, asking=turn.asking, is_colleague=is_colleague
        )
        if isinstance(error, TelegramAPIError) and is_gone(error):
            return IGNORED  # the person blocked the bot in the middle: nobody is there to be told
        outcome = FAILED if screen is None or isinstance(error, StorageError) else PROBLEM
        if isinstance(error, StorageError):
            log.error("A turn failed: %s", error)
        if changes_something(turn.data) and not turn.is_repeated:
            turn.owes_outcome = True
        if isinstance(error, PASSING_ERRORS):
            log.debug("An answer could not be delivered: %s", type(error).__name__)
        if screen is None:
            log.error("A turn failed", exc_info=error)
            screen = fault_screen(turn.words)
        try:
            # The message with a green button stays: it may show a payment, and the button is how to try again. So
            # does one with a red button where the database fails, which it may do after the outcome was shown.
            stays = is_payment or may_show_outcome or isinstance(error, AccessEnded)
            await (turn.send(screen) if stays else turn.show(screen))
        except PASSING_ERRORS as unshown:  # the outgoing calls have said once that Telegram is away
            log.debug("An error could not be shown to the person: %s", type(unshown).__name__)
        except TelegramAPIError as unshown:
            if not is_gone(unshown):
                log.error("An error could not be shown to the person: %s", type(unshown).__name__)
        if isinstance(error, NoKey | px6.WrongKey) and not is_colleague:
            await expect_key(turn)
        return outcome

    async def _membership(self, event: ChatMemberUpdated) -> None:
        """The person blocked the bot, or came back."""
        if event.chat.type == "private":
            blocked = event.new_chat_member.status in ("kicked", "left")
            try:
                await self._services.people.set_blocked(PersonId(event.from_user.id), blocked)
            except StorageError as error:  # the next message to them tells it again
                log.error("That somebody blocked the bot or came back was not noted: %s", error)


OF_NO_ACCOUNT = (handler_that_knows_no_account, handler_that_ends_access)  # nobody's right is asked for what they say


def do_nothing() -> None:
    """The default of `on_disk`: nobody waits for the update to be written down."""


async def never(_: StorageError) -> bool:
    """The default of `goes_back`: the update is not delivered again."""
    return False


async def comes_again(error: BaseException, data: dict[str, Any]) -> bool:
    """Whether the update is delivered again since nothing can be written: then its person is told nothing of now."""
    goes_back: Callable[[StorageError], Awaitable[bool]] = data.get("goes_back", never)
    return isinstance(error, StorageError) and await goes_back(error)


async def refuse_too_many(turn: Turn, lane: Lane) -> None:
    """The lane is full: the update is not handled, and the person is told so once."""
    try:
        if not lane.told:
            lane.told = True
            await turn.toast(too_much_text(turn.words), alert=True)
        await turn.answer()
    except TelegramAPIError as error:
        log.warning("A person was not told that it is too much: %s", type(error).__name__)


def split_new_message_mark(update: Update) -> tuple[Update, bool]:
    """The update as handlers know it, and whether its button was marked to open its screen as a new message."""
    tap = update.callback_query
    if tap is None or not (tap.data or "").startswith(NEW_MESSAGE_MARK):
        return update, False
    plain = tap.model_copy(update={"data": (tap.data or "").removeprefix(NEW_MESSAGE_MARK)})
    return update.model_copy(update={"callback_query": plain}), True


async def expect_key(turn: Turn) -> None:
    """Opens the question for a key, as the error screen just said: the next text is the key."""
    try:
        await turn.ask(AskKey())
    except StorageError as error:
        log.error("That a key is asked for was not noted: %s", error)


async def leave_question(turn: Turn) -> None:
    """A command or a tap closes the open question: only a text answers it."""
    if turn.is_tap or turn.typed.is_command:
        await turn.ask(None)


async def note_accepted(turn: Turn) -> None:
    try:
        await turn.note_accepted()
    except StorageError as error:  # the next turn, or the next look at the account, finds it as well
        log.error("That px6 takes a key again was not noted: %s", error)


async def close_question(turn: Turn) -> None:
    try:
        await turn.close_question()
    except StorageError as error:  # it stays open, which a person can see and leave
        log.error("That a question was answered was not noted: %s", error)


async def end_turn(turn: Turn) -> None:
    """Remove a waiting screen that nothing replaced, and answer the tap without a text if nothing answered it."""
    try:
        await turn.uncover()
    except TelegramAPIError as error:
        log.warning("A screen could not be put back: %s", type(error).__name__)
    await answer_tap(turn)
