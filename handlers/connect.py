"""Connecting a px6 account: the key is checked and stored encrypted, its message deleted. /forget erases all."""

from __future__ import annotations

import re

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message

import px6
from handlers.parsing import without_command
from handlers.screen import Open, Screen, back_button, button, danger_button, home_button, link
from handlers.turn import AnythingAsked, Asked, Turn
from handlers.words import Words, lines
from services.accounts import BadKey, TooManyTries

router = Router(name="connect")

# A text that can only be meant as a key: long, letters, digits and hyphens, with digits among them.
LOOKS_LIKE_A_KEY = re.compile(r"(?=\S*\d)[0-9A-Za-z][0-9A-Za-z_-]{19,}")


class AskKey(CallbackData, prefix="key"):
    """Asks for a key; also the question that the next text answers."""


class Replace(CallbackData, prefix="key-new"):
    """Takes the proposed key in place of the old one."""


class Forget(CallbackData, prefix="forget"):
    """Erases the person."""


def key_page(site_url: str, w: Words) -> str:
    """px6's page with the API key."""
    return f"{site_url}/{w.language}/user/developers"


def connect_screen(w: Words, site_url: str) -> Screen:
    """The first thing a new person sees: what the bot does and where the key is found, in four lines."""
    text = lines(
        w.title("Your px6 proxies, in this chat"),
        w.tr("Rent, prolong, check and export them; the bot reminds you before they end."),
        w.tr("To begin, send your px6 API key. You find it at px6: profile, then “API”."),
        w.tr("It is kept encrypted, your message with it is deleted, and /forget erases everything."),
    )
    return Screen(
        text,
        [[link(w.tr("My key at px6"), key_page(site_url, w))], [button(w.tr("Help"), Open(screen="help"))]],
    )


@router.message(Command("key"))
async def key_command(_: Message, turn: Turn) -> None:
    """/key KEY"""
    given = without_command(turn.text)
    if given:
        await take_key(turn, given)
    else:
        await ask_key(turn)


@router.message(F.text, Asked(AskKey))
@router.message(F.text.regexp(LOOKS_LIKE_A_KEY, mode="fullmatch"), ~AnythingAsked())
async def key_alone(_: Message, turn: Turn) -> None:
    """The key pasted without a command."""
    await take_key(turn, turn.text)


@router.callback_query(AskKey.filter())
async def ask_key_tap(_: CallbackQuery, turn: Turn) -> None:
    await ask_key(turn)


async def ask_key(turn: Turn) -> None:
    w = turn.words
    await turn.ask(AskKey())
    text = lines(w.title("Send your px6 API key"), w.tr("Paste it as it is; your message will be deleted."))
    link_row = [link(w.tr("My key at px6"), key_page(turn.services.site_url, w))]
    await turn.show(Screen(text, [link_row, [home_button(w)]]))


async def take_key(turn: Turn, given: str) -> None:
    """Delete the message first: whatever follows, the key must not stay in the chat."""
    deleted = await turn.delete_message()
    w = turn.words
    warning = None if deleted else w.tr("⚠️ Delete your message with the key: the bot may not.")
    try:
        had_one = await turn.services.accounts.account(turn.person.telegram_id)
        if had_one:
            account = await turn.services.accounts.propose(turn.person.telegram_id, given)
            screen = replace_screen(w, account, same=account.user_id == had_one.px6_user_id)
        else:
            account = await turn.services.accounts.connect(turn.person.telegram_id, given)
            screen = connected_screen(w, account)
    except (BadKey, TooManyTries, px6.WrongKey) as error:
        screen = bad_key_screen(error, w, turn.services.site_url)
        await turn.ask(AskKey())
    else:
        await turn.ask(None)
    await turn.show(Screen(lines(screen.text, warning), screen.rows))


def connected_screen(w: Words, account: px6.Account) -> Screen:
    text = lines(
        w.title("Connected"),
        w.tr(
            "px6 account {id}, balance {sum}",
            id=account.user_id,
            sum=w.money(account.balance, account.currency),
        ),
        w.tr("The key is stored encrypted and your message with it is deleted."),
    )
    return Screen(text, [[home_button(w)], [button(w.tr("My proxies"), Open(screen="proxies"))]])


def replace_screen(w: Words, account: px6.Account, *, same: bool) -> Screen:
    """The question before a new key replaces the old one."""
    what = (
        w.tr("It belongs to the same px6 account, {id}.", id=account.user_id)
        if same
        else w.tr("It belongs to another px6 account, {id}. The bot will then show that one.", id=account.user_id)
    )
    text = lines(w.title("Replace the key you gave before?"), what)
    return Screen(
        text,
        [
            [button(w.tr("Use the new key"), Replace())],
            [button(w.tr("Keep the old key"), Open(screen="home"))],
        ],
    )


@router.callback_query(Replace.filter())
async def replace(_: CallbackQuery, turn: Turn) -> None:
    account = await turn.services.accounts.adopt(turn.person.telegram_id)
    w = turn.words
    if account is None:
        await turn.toast(w.tr("That key is no longer at hand. Send it again."), alert=True)
        return
    await turn.show(connected_screen(w, account))


def bad_key_screen(error: Exception, w: Words, site_url: str) -> Screen:
    """Why nothing was stored, and where the right key is."""
    match error:
        case TooManyTries():
            why = w.tr("Ten keys were tried within an hour. Try again in an hour.")
        case BadKey(reason="spaces"):
            why = w.tr("There is a space or a line break in it. Send the key alone, in one piece.")
        case BadKey(reason="long"):
            why = w.tr("It is much too long for a key.")
        case BadKey(reason="short"):
            why = w.tr("It is too short: a part of the key seems to be missing.")
        case BadKey():
            why = w.tr("A key has only Latin letters, digits and hyphens.")
        case _:
            why = w.tr("px6 does not know this key. It may be cut, or was changed at px6.")
    text = lines(w.title("This key does not work"), why, w.tr("Nothing was stored."))
    return Screen(text, [[link(w.tr("My key at px6"), key_page(site_url, w))], [home_button(w)]])


@router.message(Command("forget"))
@router.callback_query(Open.filter(F.screen == "forget"))
async def forget_question(_: Message | CallbackQuery, turn: Turn) -> None:
    """/forget: asks before anything is erased; more urgently while an order's outcome is unknown."""
    w = turn.words
    unknown = await turn.services.orders.has_unknown(turn.person.telegram_id)
    text = lines(
        w.title("Forget everything?"),
        w.tr("Erased here: your key, settings, reminders, orders. Your proxies at px6 stay as they are."),
        w.tr("⚠️ A payment's outcome is still unknown. Once forgotten, you will not be told how it ended.")
        if unknown
        else None,
    )
    rows = [[danger_button(w.tr("Forget everything"), Forget())], [back_button(w, Open(screen="settings"))]]
    await turn.show(Screen(text, rows))


@router.callback_query(Forget.filter())
async def forget(_: CallbackQuery, turn: Turn) -> None:
    await turn.services.accounts.forget(turn.person.telegram_id)
    w = turn.words
    text = lines(w.title("Forgotten"), w.tr("Nothing about you is kept here any more."), w.tr("/start begins anew."))
    await turn.show(Screen(text))
