"""Tells a person how their payment ended: rewrites the confirmed message; a late outcome comes as a new one.

What a colleague confirmed is told to the colleague, as long as they have access, and to the owner of the account: in
a message of the owner's own, which says who did it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import SendMessage
from aiogram.utils.formatting import Text

import px6
from handlers.ground.account_line import with_account
from handlers.ground.edit_rights import EditRights
from handlers.ground.messages import edit_screen, rewrite, send_screen
from handlers.ground.screen import Screen, home_in_new_message
from handlers.ground.telegram_errors import TelegramUnanswered, is_gone
from handlers.ground.words import Words, lines, words_for
from handlers.orders import buy_quote as purchase
from handlers.orders import prolong_quote
from handlers.orders.limit_line import left_of, limit_of, with_limit_line
from handlers.orders.receipts import Proxies, outcome_screen, settled_below_screen, told_again_screen
from handlers.orders.who_did import colleague_name
from model.people import Person
from services.account.accounts import Accounts, NoKey
from services.account.colleagues import Colleagues
from services.account.people import People
from services.orders import Confirmation, NobodyThere, NotNow, OrderState, Quote

log = logging.getLogger(__name__)


async def never(_: Person) -> bool:
    """Where nobody has quiet hours."""
    return False


LONG_PAUSE = 30.0  # seconds: a shorter one is waited out
NO_PROXIES: Proxies = {}


class OutcomeSender:
    """Shows a person how their orders stand. `services.orders` calls it, and again later when it raises."""

    def __init__(
        self,
        bot: Bot,
        people: People,
        accounts: Accounts,
        edit_rights: EditRights,
        clock: Callable[[], datetime],
        site_url: str,
        paused: Callable[[int], float],
        colleagues: Colleagues,
        is_quiet: Callable[[Person], Awaitable[bool]] = never,
    ) -> None:
        """`paused`: the seconds until Telegram wants to be asked for anything in a chat. `colleagues` knows what is
        left of a limit. `is_quiet`: whether somebody has quiet hours now, in which an owner gets what others spent
        without a sound."""
        self._bot, self._people, self._accounts = bot, people, accounts
        self._edit_rights, self._clock = edit_rights, clock
        self._site_url, self._paused, self._is_quiet, self._colleagues = site_url, paused, is_quiet, colleagues
        self._perhaps_sent: set[tuple[int, int]] = set()  # chat and confirmation, told in a message without an answer

    async def __call__(self, confirmation: Confirmation, seen: Proxies = NO_PROXIES) -> int | None:
        """The id of the message that shows the outcome now; None for a person who was forgotten.

        `seen`: what px6 has just said of its proxies.
        """
        person = await self._people.who_did(confirmation.telegram_id, confirmation.by_person)
        if person is None:
            await self._end_without_access(confirmation)
            return None
        shown_in = confirmation.message_id if confirmation.chat_id in (None, person.chat_id) else None
        return await self._told(person, confirmation, seen, shown_in)

    async def to_owner(self, confirmation: Confirmation, seen: Proxies = NO_PROXIES) -> int | None:
        """Tells the owner of the account of what a colleague confirmed; gives what `__call__` does."""
        person = await self._people.find(confirmation.telegram_id)
        if person is None:
            return None
        return await self._told(person, confirmation, seen, confirmation.owner_message, is_copy=True)

    async def _end_without_access(self, confirmation: Confirmation) -> None:
        """A colleague who has no access any more is shown nothing of the account, and no message that waits."""
        colleague, message_id = confirmation.by_person, confirmation.message_id
        person = await self._people.find(colleague) if colleague else None
        if person is None or message_id is None or confirmation.chat_id != colleague:
            return
        if person.blocked_at is not None:
            raise NobodyThere
        await self._point_below((person.chat_id, message_id), no_access_screen(words_for(person)))

    async def _told(
        self,
        person: Person,
        confirmation: Confirmation,
        seen: Proxies,
        shown_in: int | None,
        *,
        is_copy: bool = False,
    ) -> int:
        """Show them how it stands, in the message that shows it so far, if there is one; gives the one that does."""
        if person.blocked_at is not None:
            raise NobodyThere
        if self._paused(person.chat_id) > LONG_PAUSE:
            raise NotNow  # px6 is not asked for what cannot be shown
        w, told = words_for(person), (person.chat_id, confirmation.id)
        try:
            screen = with_account(w, person, await self._screen(w, person, confirmation, seen))
            if is_copy:
                screen = with_who(w, screen, confirmation)
            message_id = await self._tell(w, person, confirmation, screen, shown_in, is_copy=is_copy)
        except TelegramAPIError as error:
            if isinstance(error, TelegramUnanswered) and isinstance(error.method, SendMessage):
                self._perhaps_sent.add(told)
            if not is_gone(error):
                raise
            await self._people.set_blocked(person.chat_id, True)
            raise NobodyThere from error
        self._perhaps_sent.discard(told)
        return message_id

    async def _tell(
        self,
        w: Words,
        person: Person,
        confirmation: Confirmation,
        screen: Screen,
        shown_in: int | None,
        *,
        is_copy: bool,
    ) -> int:
        chat = person.chat_id
        if (chat, confirmation.id) in self._perhaps_sent:
            screen = told_again_screen(w, screen)
        if shown_in is not None and not confirmation.late:
            return await self._rewrite(person, (chat, shown_in), screen)
        if shown_in is not None:
            below = with_account(w, person, settled_below_screen(w, confirmation))
            await self._point_below((chat, shown_in), below)
        quietly = is_copy and await self._is_quiet(person)
        message_id = await send_screen(self._bot, chat, screen, quietly=quietly)
        await self._people.note_message(person, message_id)
        return message_id

    async def _rewrite(self, person: Person, message_ref: tuple[int, int], screen: Screen) -> int:
        """Rewrite the message after the edit under way; later edits of turns leave it alone."""
        async with self._edit_rights.editing(message_ref):
            chat = message_ref[0]
            message_id = await rewrite(self._bot, chat, self._edit_rights.current_message(*message_ref), screen)
            self._edit_rights.note_payment(message_ref, screen)
            self._edit_rights.note_payment((chat, message_id), screen)
        if message_id != message_ref[1]:
            await self._people.note_message(person, message_id)
        return message_id

    async def _point_below(self, message_ref: tuple[int, int], screen: Screen) -> None:
        """The message that was to show the outcome says where it is: two receipts would read as two payments."""
        async with self._edit_rights.editing(message_ref):
            message_id = self._edit_rights.current_message(*message_ref)
            await edit_screen(self._bot, message_ref[0], message_id, screen)
            self._edit_rights.note_payment(message_ref, screen)
            self._edit_rights.note_payment((message_ref[0], message_id), screen)

    async def _screen(self, w: Words, person: Person, confirmation: Confirmation, seen: Proxies) -> Screen:
        proxies = await self._proxies(confirmation, seen)
        # A rule says itself why it stopped, or announces anew.
        if confirmation.requote is not None and not confirmation.is_open and confirmation.source != "rule":
            return await self._requoted(w, person, confirmation, confirmation.requote, proxies)
        is_colleague = person.colleague is not None
        return outcome_screen(w, confirmation, proxies, self._clock(), self._site_url, is_colleague=is_colleague)

    async def _requoted(
        self, w: Words, person: Person, confirmation: Confirmation, quote: Quote, proxies: Proxies
    ) -> Screen:
        """The new price, with a green button of its own where the balance and a colleague's limit cover it."""
        now, site_url = self._clock(), self._site_url
        if quote.kind == "buy":
            screen = purchase.quote_screen(w, quote, site_url)
        else:
            named = [proxies[i] for i in quote.ids if i in proxies]
            limit = await limit_of(person, self._people, self._colleagues, now)
            line, left = with_limit_line(w, None, limit), left_of(limit)
            screen = prolong_quote.quote_screen(w, quote, None, named, now, site_url, line, left=left)
        why = w.tr("The price or an end date has changed. Nothing was sent or spent. The new quote:")
        if any(order.currency != quote.currency for order in confirmation.orders):
            currency = w.sign(quote.currency)
            why = (
                w.tr(
                    "Your px6 account is in {currency} now. Nothing was sent or spent. The new quote:",
                    currency=currency,
                )
                if person.colleague is None
                else w.tr(
                    "This px6 account is in {currency} now. Nothing was sent or spent. The new quote:",
                    currency=currency,
                )
            )
        return Screen(lines(Text(why), screen.text), screen.rows)

    async def _proxies(self, confirmation: Confirmation, seen: Proxies) -> Proxies:
        """The order's proxies, as px6 lists them unless they were seen; no password is in the database."""
        named = named_proxies(confirmation)
        if all(one in seen for one in named):
            return seen
        try:
            client = await self._accounts.client(confirmation.telegram_id)
            return {proxy.id: proxy for proxy in (await client.proxies()).proxies}
        except (px6.Px6Error, NoKey) as error:
            log.debug("A receipt goes without addresses: %s", type(error).__name__)
            return {}


def with_who(w: Words, screen: Screen, confirmation: Confirmation) -> Screen:
    """The owner's copy of a receipt, with the colleague who confirmed it under its title."""
    who = w.tr("By: {who}", who=colleague_name(w, confirmation.by_name))
    return replace(screen, account_line="\n".join(line for line in (screen.account_line, who) if line))


def no_access_screen(w: Words) -> Screen:
    """In place of a payment that a colleague confirmed who has no access to its account any more."""
    text = lines(
        w.title("You no longer have access to this account."), w.tr("Its owner is told how this payment ended.")
    )
    return Screen(text, [[home_in_new_message(w)]])


def named_proxies(confirmation: Confirmation) -> list[int]:
    """The proxies that an outcome names with their addresses."""
    done = [one for order in confirmation.orders if order.state is OrderState.DONE for one in order.ids]
    return [*done, *(confirmation.requote.ids if confirmation.requote else ())]
