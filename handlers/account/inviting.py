"""Inviting a colleague to an account: the right, its limit, then a link or a person who is picked in Telegram."""

from __future__ import annotations

from decimal import Decimal

from aiogram import F, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message

from handlers.account.accounts import mine
from handlers.account.colleagues import colleague_of, show_colleague
from handlers.account.colleagues_screens import ChooseRight
from handlers.account.invite_screens import (
    Grant,
    InviteByLink,
    InvitePerson,
    cap_screen,
    invited_screen,
    link_screen,
    not_invited_screen,
    right_screen,
    sent_screen,
    way_screen,
    wrong_cap_screen,
)
from handlers.account.picking import picked_for, put_keyboard, take_keyboard_away
from handlers.ground.filters import Asked
from handlers.ground.messages import send_screen
from handlers.ground.right_words import shown_name
from handlers.ground.turn import Turn
from handlers.ground.words import words_for
from handlers.rules.rule import sum_from
from model.colleagues import INVITE_KEPT, NotAccepted, Right
from model.people import OwnAccount
from services.account.colleagues import MOST_INVITES, OtherCurrency, TooManyInvites, invite_id
from services.notifications.kinds import RightChanged

router = Router(name=__name__)


@router.callback_query(ChooseRight.filter())
async def choose_right(_: CallbackQuery, turn: Turn, callback_data: ChooseRight) -> None:
    if callback_data.person:
        found = await colleague_of(turn, callback_data.account, callback_data.person)
        if found is not None:
            await turn.show(right_screen(turn.words, *found))
        return
    account = await mine(turn, callback_data.account)
    if account is not None:
        await turn.show(right_screen(turn.words, account))


@router.callback_query(Grant.filter())
async def grant(_: CallbackQuery, turn: Turn, callback_data: Grant) -> None:
    account = await mine(turn, callback_data.account)
    if account is None:
        return
    if callback_data.right is Right.PROLONG and callback_data.cap <= 0:
        await ask_for_cap(turn, account, callback_data)
    else:
        await granted(turn, account, callback_data)


async def ask_for_cap(turn: Turn, account: OwnAccount, asked: Grant, *, unchanged: bool = False) -> None:
    """The answer will be a sum in the currency in which the account is now."""
    asked = asked.model_copy(update={"cap": Decimal(0), "currency": account.currency or ""})
    await turn.ask(asked)
    await turn.show(cap_screen(turn.words, account, asked, unchanged=unchanged))


@router.message(Asked(Grant), F.text)
async def typed_cap(_: Message, turn: Turn, asked: Grant) -> None:
    sum_ = sum_from(turn.text)
    if not sum_:  # the question stays open: the next text answers it
        await turn.show(wrong_cap_screen(turn.words, asked))
        return
    account = await mine(turn, asked.account)
    if account is not None:
        await turn.ask(None)
        await granted(turn, account, asked.model_copy(update={"cap": sum_}))


async def granted(turn: Turn, account: OwnAccount, chosen: Grant) -> None:
    """All is known of the right: a colleague gets it at once and is told; for a new one it is asked how to invite."""
    if not fits(account, chosen):
        return await ask_anew(turn, chosen)
    if not chosen.person:
        return await show_ways(turn, account, chosen)
    found = await colleague_of(turn, chosen.account, chosen.person)
    if found is None:
        return None
    try:
        given = chosen.right, chosen.cap or None, chosen.currency
        await turn.services.colleagues.change(chosen.account, chosen.person, *given)
    except OtherCurrency:
        return await ask_anew(turn, chosen)
    turn.on_disk()
    changed = await colleague_of(turn, chosen.account, chosen.person)
    if changed is None:
        return None
    if changed != found:
        turn.background.start(
            turn.services.colleague_news.tell(chosen.person, RightChanged(changed[1], account.label))
        )
    await show_colleague(turn, *changed, before=found[1].right)
    return None


async def show_ways(turn: Turn, account: OwnAccount, chosen: Grant) -> None:
    await turn.show(way_screen(turn.words, account, chosen))


def fits(account: OwnAccount, chosen: Grant | InviteByLink | InvitePerson) -> bool:
    """Whether a limit that was chosen is in the currency of the account: older buttons have none."""
    return not chosen.cap or (chosen.currency != "" and chosen.currency == account.currency)


async def ask_anew(turn: Turn, chosen: Grant | InviteByLink | InvitePerson) -> None:
    """The limit was, or may have been, chosen in another currency: nothing changes before one is chosen in this."""
    account, person = await mine(turn, chosen.account), chosen.person if isinstance(chosen, Grant) else 0
    if account is not None:
        wanted = Grant(account=chosen.account, right=chosen.right, person=person)
        await ask_for_cap(turn, account, wanted, unchanged=True)


# -- by a link


@router.callback_query(InviteByLink.filter())
async def invite_by_link(_: CallbackQuery, turn: Turn, callback_data: InviteByLink) -> None:
    account = await mine(turn, callback_data.account)
    if account is None or not await can_invite(turn, account, callback_data):
        return None
    code = await invitation(turn, account, callback_data)
    if code is None:
        return None
    turn.owes_outcome = True  # the link is shown once
    await turn.show(link_screen(turn.words, account, callback_data, invite_id(code), await link_to(turn, code)))
    return None


async def can_invite(turn: Turn, account: OwnAccount, chosen: InviteByLink | InvitePerson) -> bool:
    """False, which is said, where as many invitations are open as may be, or the right lacks its limit."""
    w = turn.words
    if chosen.right is Right.PROLONG and chosen.cap <= 0:
        await turn.show(right_screen(w, account))
        return False
    if not fits(account, chosen):
        await ask_anew(turn, chosen)
        return False
    if len(await turn.services.colleagues.invites(account.telegram_id)) >= MOST_INVITES:
        await show_too_many(turn, account)
        return False
    return True


async def show_too_many(turn: Turn, account: OwnAccount) -> None:
    why = turn.words.tr("Too many invitations are open. Withdraw one first.")
    await turn.show(not_invited_screen(turn.words, account, why))


async def invitation(
    turn: Turn, account: OwnAccount, chosen: InviteByLink | InvitePerson, person: int | None = None
) -> str | None:
    """A new invitation of this person's: its code, which is not kept. None, which is said: there is none."""
    sender = turn.event.from_user
    given = {"by_name": sender.full_name if sender else "", "currency": chosen.currency}
    try:
        code = await turn.services.colleagues.invite(
            chosen.account, chosen.right, chosen.cap or None, person=person, **given
        )
    except OtherCurrency:
        await ask_anew(turn, chosen)
    except TooManyInvites:
        await show_too_many(turn, account)
    else:
        turn.on_disk()
        return code
    return None


async def link_to(turn: Turn, code: str) -> str:
    """The link that opens this bot with the code."""
    return f"https://t.me/{(await turn.bot.me()).username}?start={code}"


# -- by picking a person


@router.callback_query(InvitePerson.filter())
async def ask_person(_: CallbackQuery, turn: Turn, callback_data: InvitePerson) -> None:
    """Telegram shows the chats; the answer comes as a message of its own."""
    account = await mine(turn, callback_data.account)
    if account is None or not await can_invite(turn, account, callback_data):
        return
    await put_keyboard(turn, callback_data)


@router.message(F.users_shared)
async def person_picked(event: Message, turn: Turn) -> None:
    """Who was picked gets the invitation where the bot may write to them; else the owner gets the link for them."""
    shared, w = event.users_shared, turn.words
    assert shared is not None  # noqa: S101 - the filter has looked
    wanted = picked_for(turn, shared.request_id)
    if wanted is None or not shared.users:
        await take_keyboard_away(turn, w.tr("This choice is out of date. Begin again in /accounts."))
        return
    one = shared.users[0]
    name = shown_name(w, " ".join(filter(None, (one.first_name, one.last_name))))
    await take_keyboard_away(turn, w.tr("Picked: {name}", name=name))
    account = await mine(turn, wanted.account)
    if account is None or not await can_invite(turn, account, wanted):
        return
    await invite_person(turn, account, wanted, one.user_id, name)


async def invite_person(turn: Turn, account: OwnAccount, wanted: InvitePerson, person: int, name: str) -> None:
    w = turn.words
    if person == turn.person.chat_id:
        await turn.show(not_invited_screen(w, account, w.tr("That is you: choose somebody else.")))
        return None
    code = await invitation(turn, account, wanted, person)
    if code is None:
        return None
    if await deliver(turn, code, person):
        await turn.show(sent_screen(w, account, wanted, invite_id(code), name))
    else:
        link, is_barred = await link_to(turn, code), not turn.services.access.lets_in(person)
        await turn.show(link_screen(w, account, wanted, invite_id(code), link, name, is_barred=is_barred))
    return None


async def deliver(turn: Turn, code: str, person: int) -> bool:
    """Send the invitation to a person who has a chat with the bot, and may use it; False: they did not get it."""
    found = await turn.services.colleagues.invited(code, person)
    if not turn.services.access.lets_in(person) or isinstance(found, NotAccepted):
        return False
    known = await turn.services.people.find(person)
    words = turn.words if known is None else words_for(known)
    if known is not None:
        await turn.services.people.expect_second(known, INVITE_KEPT)
    try:
        message_id = await send_screen(turn.bot, person, invited_screen(words, *found, given=code))
    except TelegramAPIError:
        return False
    if known is not None:
        await turn.services.people.note_message(known, message_id)
    return True
