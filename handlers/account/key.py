"""Taking a px6 key: it is checked and stored encrypted, its message deleted. /key, or the key pasted alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

import px6
from handlers.account.accepting import StartWithCode
from handlers.account.key_screens import (
    AddAccount,
    ReplaceKey,
    TryKey,
    added_screen,
    ask_key_screen,
    bad_key_screen,
    connected_screen,
    replace_screen,
    stored_key_screen,
    untried_key_screen,
    with_warnings,
)
from handlers.account.telling import tell_access_ended
from handlers.ground.buttons import AskKey
from handlers.ground.errors import px6_screen
from handlers.ground.filters import AnythingAsked, Asked, Command
from handlers.ground.screen import Open, Screen
from handlers.ground.turn import Turn
from handlers.ground.typed import key_spellings
from handlers.orders.history import order_label
from services.account.accounts import BadKey, TooManyTries
from services.account.key_store import PROPOSAL_KEPT_FOR
from services.account.people import AccountRemoved
from services.orders import Order

router = Router(name=__name__)

# What px6 issues: three groups of ten hexadecimal digits. Wherever that stands, it is a key and nothing else: no
# comment, no search, no argument. Spaces are explained like in any other key.
KEY_PATTERN = re.compile(r"[0-9a-f]{10}\s*-\s*[0-9a-f]{10}\s*-\s*[0-9a-f]{10}", re.IGNORECASE)
# Another text that can only be meant as a key: long, letters, digits and hyphens, with digits among them.
LOOKS_LIKE_A_KEY = re.compile(r"(?=\S*\d)[0-9A-Za-z][0-9A-Za-z_-]{19,}")
ORDERS_NAMED = 3  # open payments


def find_key(text: str) -> str | None:
    """The px6 key that stands in a text; None when there is none."""
    found = next((KEY_PATTERN.search(each) for each in key_spellings(text) if KEY_PATTERN.search(each)), None)
    return found[0] if found else None


async def holds_key(message: Message) -> dict[str, str] | None:
    """Lets a message with a key through, also one beside a picture; the handler gets it as `key`."""
    found = find_key(message.text or message.caption or "")
    return {"key": found} if found else None


@router.message(holds_key)
@router.edited_message(holds_key)
async def message_with_key(_: Message, turn: Turn, key: str) -> None:
    """Takes the key of a message that holds one, alone or within other text, whatever question is open."""
    command = turn.typed.command
    await take_key(turn, key, instead_of=f"/{command}" if command and command != "key" else None)


async def looks_like_a_key(message: Message) -> bool:
    """Whether the whole text can only be meant as a key."""
    return any(LOOKS_LIKE_A_KEY.fullmatch(each) for each in key_spellings(message.text or ""))


@router.message(Command("key"))
async def key_command(_: Message, turn: Turn) -> None:
    """/key KEY"""
    if turn.typed.body:
        await take_key(turn, turn.typed.body)
    else:
        await ask_key(turn)


@router.message(Asked(AskKey), F.text, ~StartWithCode())
@router.message(looks_like_a_key, ~AnythingAsked())
async def key_alone(_: Message, turn: Turn) -> None:
    """The key pasted without a command."""
    await take_key(turn, turn.text)


@router.callback_query(AskKey.filter())
async def ask_key_tap(_: CallbackQuery, turn: Turn) -> None:
    await ask_key(turn)


async def ask_key(turn: Turn) -> None:
    await turn.ask(AskKey())
    await turn.show(ask_key_screen(turn.words, turn.services.site_url))


async def take_key(turn: Turn, given: str, *, instead_of: str | None = None) -> None:
    """Delete the message first: whatever follows, the key must not stay in the chat.

    A key is of who sends it, and never of an account on which they act as a colleague.
    """
    deleted = await turn.delete_message()
    if turn.person.colleague is not None:
        await turn.go_home()
    screen = await try_given_key(turn, key_spellings(given)[0], deleted=deleted)
    await turn.show(with_warnings(turn.words, screen, deleted=deleted, instead_of=instead_of))


async def try_given_key(turn: Turn, given: str, *, deleted: bool = False) -> Screen:
    """The screen after a key was tried: connected, whether it replaces another one, or why it was not taken."""
    w, site_url = turn.words, turn.services.site_url
    try:
        screen = await check_given_key(turn, given, deleted=deleted)
    except (BadKey, TooManyTries, px6.WrongKey) as error:
        await turn.ask(AskKey())
        return bad_key_screen(error, w, site_url)
    except px6.Px6Error as error:
        return await untried_screen(turn, given, error)
    await turn.ask(None)
    return screen


async def untried_screen(turn: Turn, given: str, error: px6.Px6Error) -> Screen:
    """px6 did not tell of the key: it is kept to be tried once more, but for the one that is stored anyway."""
    accounts, site_url = turn.services.accounts, turn.services.site_url
    person, w = turn.person.telegram_id, turn.words
    if await accounts.is_stored_key(person, given):
        return stored_key_screen(w, px6_screen(error, w, retry=Open(screen="home").pack(), site_url=site_url))
    sent = await accounts.proposal(person)
    again = TryKey(key=sent.number if sent else 0).pack()
    return untried_key_screen(w, px6_screen(error, w, retry=again, site_url=site_url))


async def check_given_key(turn: Turn, given: str, *, deleted: bool) -> Screen:
    accounts, person, w = turn.services.accounts, turn.person.telegram_id, turn.words
    account: px6.Account
    if await accounts.is_stored_key(person, given):
        stored, client = await accounts.connected(person)
        account = await client.account()
        if not await accounts.key_accepted(stored):  # another key is in its place by now
            if await accounts.account(person) is None:
                raise AccountRemoved
            return await check_given_key(turn, given, deleted=deleted)
    else:
        is_first = await accounts.account(person) is None
        account, owner, number = await accounts.connect(person, given)
        if owner is None:
            return await replace_question(turn, account.user_id, number)
        await go_to(turn, owner)
        if is_first and turn.person.had_several:
            await turn.services.several.switch(turn.person.chat_id, owner)
    turn.on_disk()
    return connected_screen(w, account.user_id, w.money(account.balance, account.currency), deleted=deleted)


@router.callback_query(TryKey.filter())
async def try_key(_: CallbackQuery, turn: Turn, callback_data: TryKey) -> None:
    key = await turn.services.accounts.proposed_key(turn.person.telegram_id, callback_data.key)
    if key is None:
        await show_taken_before(turn, callback_data.key)
    else:
        turn.owes_outcome = True
        await turn.show(await try_given_key(turn, key))


async def show_taken_before(turn: Turn, number: int) -> None:
    """The key of a button waits no longer: a tap before has taken it, or it can no longer be used."""
    taken = await turn.services.accounts.adopted(turn.person.telegram_id, number)
    if taken is None:
        await show_key_gone(turn, number)
    else:
        await show_connected(turn, *taken)


async def show_connected(turn: Turn, px6_user_id: str, owner: int) -> None:
    """Say that the key is stored as this owner's."""
    await go_to(turn, owner)
    await turn.show(connected_screen(turn.words, px6_user_id, await balance(turn)))


async def show_key_gone(turn: Turn, number: int) -> None:
    """Says that the key of this message can no longer be used; a newer key has a message of its own."""
    newest = await turn.services.accounts.proposal(turn.person.telegram_id)
    if newest is not None and newest.number != number:
        await turn.toast(
            turn.words.tr("You have sent another key since. Use the buttons under that one."), alert=True
        )
        return
    await turn.toast(turn.words.tr("That key is no longer saved. Send it again."), alert=True)
    await ask_key(turn)


# -- replacing the stored key


async def replace_question(turn: Turn, user_id: str, number: int) -> Screen:
    """The question whether the new key replaces the old one. It names payments that only the old key can settle."""
    left = await orders_left_behind(turn, user_id)
    await turn.services.people.expect_second(turn.person, PROPOSAL_KEPT_FOR)
    return replace_screen(
        turn.words,
        user_id,
        ReplaceKey(key=number, warned=max((order.id for order in left), default=0)),
        left=order_lines(turn, left),
        colleagues=len(await turn.services.colleagues.of(turn.person.telegram_id)),
    )


async def orders_left_behind(turn: Turn, user_id: str) -> list[Order]:
    """Open orders of other accounts than this one: nobody can look for their outcome with its key."""
    found = await turn.services.orders.open_of(turn.person.telegram_id)
    return [order for order in found if order.px6_user_id != user_id]


def order_lines(turn: Turn, found: Sequence[Order]) -> list[str | Text]:
    """The open orders, one a line; beyond ORDERS_NAMED only how many more there are."""
    w = turn.words
    more = (
        w.n("and {count} more", "and {count} more", len(found) - ORDERS_NAMED) if len(found) > ORDERS_NAMED else None
    )
    return [*(order_label(w, order) for order in found[:ORDERS_NAMED]), *([more] if more else [])]


@router.callback_query(ReplaceKey.filter())
async def replace(_: CallbackQuery, turn: Turn, callback_data: ReplaceKey) -> None:
    """Puts the new key in place, unless a payment came under way of which the question did not know."""
    proposed = await turn.services.accounts.proposal(turn.person.telegram_id, callback_data.key)
    if proposed is not None and proposed.px6_user_id:
        left = await orders_left_behind(turn, proposed.px6_user_id)
        if any(order.id > callback_data.warned for order in left):
            await turn.show(await replace_question(turn, proposed.px6_user_id, proposed.number))
            return
    services, owner = turn.services, turn.person.telegram_id
    before, called = await services.colleagues.of(owner), await label_of(turn, owner)
    adopted = await services.accounts.adopt(owner, callback_data.key)
    turn.on_disk()
    if adopted is None:
        await show_taken_before(turn, callback_data.key)
        return
    turn.owes_outcome = True
    staying = {each.person for each in await services.colleagues.of(owner)}
    tell_access_ended(turn, [each for each in before if each.person not in staying], called)
    await show_connected(turn, adopted[0].px6_user_id, adopted[1])


async def label_of(turn: Turn, owner: int) -> str:
    """What an account of the person's is called."""
    found = await turn.services.several.own(turn.person.chat_id)
    return next((each.label for each in found if each.telegram_id == owner), "")


@router.callback_query(AddAccount.filter())
async def add(event: CallbackQuery, turn: Turn, callback_data: AddAccount) -> None:
    """Connects the new key beside the old one. The message of the question, and all before it, are of the old one."""
    message_id = event.message.message_id if event.message is not None else 0
    added = await turn.services.several.add(turn.person.telegram_id, callback_data.key, message_id)
    turn.on_disk()
    if added is None:
        there = await turn.services.several.added(turn.person.telegram_id, callback_data.key)
        if there is not None and there.px6_user_id is not None:
            await turn.show(added_screen(turn.words, there.px6_user_id, again=True))
        else:
            await show_key_gone(turn, callback_data.key)
        return
    await turn.show(added_screen(turn.words, added[0].px6_user_id))
    await go_to(turn, added[1])
    await turn.send(connected_screen(turn.words, added[0].px6_user_id, await balance(turn), added=True))


async def go_to(turn: Turn, owner: int) -> None:
    """What follows is of the account whose key it is now."""
    if owner != turn.person.telegram_id:
        person = await turn.services.people.find(owner)
        if person is not None:
            turn.go_over(person)


async def balance(turn: Turn) -> str | None:
    """The balance, read with the new key; None when px6 does not answer, which leaves the key in place."""
    try:
        account = await (await turn.px6()).account()
    except px6.Px6Error:
        return None  # the screen says so
    return turn.words.money(account.balance, account.currency)
