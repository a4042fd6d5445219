"""Screens of a person's px6 accounts. Pure; `handlers/account/accounts.py` does what their buttons say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text

import px6
from handlers.ground.buttons import AskKey, ShowColleagues
from handlers.ground.callback_data import CallbackData
from handlers.ground.right_words import right_of, shown_name
from handlers.ground.screen import (
    Id,
    Open,
    Page,
    Row,
    Screen,
    back_button,
    button,
    choice_button,
    danger_button,
    home_button,
    page_row,
)
from handlers.ground.words import Words, lines
from model.accounts import Snapshot
from model.colleagues import Right
from model.people import OwnAccount

PER_PAGE = 5
OWNER_SHOWN = 16  # characters of an owner's name on a button


class ShowAccounts(CallbackData, prefix="acc", shared=True, needs=Right.LOOK):
    """A page of the person's px6 accounts."""

    page: Page = 1


class HomeOfCurrent(CallbackData, prefix="acc-h", shared=True, needs=Right.LOOK):
    """The home screen of the account that commands act on."""


class SwitchAccount(CallbackData, prefix="acc-s", durable=True, shared=True, needs=Right.LOOK):
    """Commands act on this account from now on."""

    account: Id
    page: Page


class AskLeave(CallbackData, prefix="co-l", shared=True, needs=Right.LOOK):
    """Asks whether a colleague gives up their access to somebody else's account."""

    account: Id


class NameAccount(CallbackData, prefix="acc-n", shared=True, needs=Right.LOOK):
    """Asks what an account is to be called; also the question that the next text answers."""

    account: Id


class UnnameAccount(CallbackData, prefix="acc-u", durable=True, shared=True, needs=Right.LOOK):
    """The account is known by px6's number again."""

    account: Id


class AskRemove(CallbackData, prefix="acc-r", shared=True, needs=Right.LOOK):
    """Asks whether one of several accounts is to be removed."""

    account: Id


class RemoveAccount(CallbackData, prefix="acc-x", durable=True, shared=True, needs=Right.LOOK):
    """Removes it: the key, and all that is kept of the account."""

    account: Id
    question: str


def accounts_screen(
    w: Words,
    accounts: Sequence[OwnAccount],
    current: int,
    page: int = 1,
    seen: Mapping[int, Snapshot] | None = None,
    now: datetime | None = None,
) -> Screen:
    """All accounts, those of others after the person's own, the current one marked.

    `seen`: what px6 said at the last look at each of the person's own.
    """
    pages = -(-len(accounts) // PER_PAGE)
    page = min(page, pages)
    shown = accounts[(page - 1) * PER_PAGE : page * PER_PAGE]
    is_several = len(accounts) > 1
    listed = [account_line(w, each, (seen or {}).get(each.telegram_id), now) for each in shown]
    marks = ["• " if is_several and each.telegram_id == current else "" for each in shown]
    hint = (
        w.tr("Commands use the account marked •. Buttons use the account that their message names.")
        if is_several
        else own_key_line(w, accounts)
    )
    text = lines(w.title("Your px6 accounts"), *(mark + line for mark, line in zip(marks, listed, strict=True)), hint)
    rows: list[Row] = [
        *([switch_button(w, each, current, page)] for each in shown if is_several),
        page_row(page, pages, lambda to: ShowAccounts(page=to)),
        change_row(w, accounts, current),
        [button(w.tr("Add an account"), AskKey())],
        ways_out(w, Open(screen="settings")),
    ]
    return Screen(text, rows, of_account=False)


def own_key_line(w: Words, accounts: Sequence[OwnAccount]) -> str:
    """What who sees one account can do further."""
    if accounts[0].colleague is not None:
        return w.tr("You can connect a px6 account of your own: send its key.")
    return w.tr("You can connect further px6 accounts: send the key of each.")


def switch_button(w: Words, account: OwnAccount, current: int, page: int) -> InlineKeyboardButton:
    owner = account.telegram_id
    return choice_button(short_label(w, account), owner == current, SwitchAccount(account=owner, page=page))


def short_label(w: Words, account: OwnAccount) -> str:
    """What an account is called on a button; with its owner, where that is somebody else."""
    if account.colleague is None:
        return account.label
    return f"{account.label} · {shown_name(w, account.colleague.by_name, OWNER_SHOWN)}"


def change_row(w: Words, accounts: Sequence[OwnAccount], current: int) -> Row:
    """What can be done with the current account."""
    one = next((each for each in accounts if each.telegram_id == current), accounts[0])
    if one.colleague is not None:
        return [button(w.tr("Leave the account"), AskLeave(account=one.telegram_id))]
    shared = button(w.tr("Colleagues"), ShowColleagues(account=one.telegram_id))
    if sum(each.colleague is None for each in accounts) == 1:
        return [shared]
    return [
        button(w.tr("Rename"), NameAccount(account=one.telegram_id)),
        button(w.tr("Remove"), AskRemove(account=one.telegram_id)),
        shared,
    ]


def account_line(w: Words, account: OwnAccount, seen: Snapshot | None, now: datetime | None) -> str:
    """What it is called, and what px6 said of it last."""
    if account.colleague is not None:
        return w.tr(
            "“{account}” of {owner}: {right}",
            account=account.label,
            owner=shown_name(w, account.colleague.by_name),
            right=right_of(w, account.colleague),
        )
    number = account.px6_user_id
    name = w.tr("{name} (px6 account {id})", name=account.name, id=number) if account.name else account.label
    if account.refused_code == px6.WrongAddress.code:
        return w.tr("{name}: px6 refuses the bot's IP address", name=name)
    if account.refused_code is not None:
        return w.tr("{name}: px6 does not accept the key", name=name)
    if seen is None or now is None:
        return name
    active = sum(end > now for end in seen.ends.values())
    return w.n(
        "{name}: {sum}, {count} active proxy",
        "{name}: {sum}, {count} active proxies",
        active,
        name=name,
        sum=w.money(seen.balance, seen.currency),
    )


def switched_screen(w: Words) -> Screen:
    """The first message of the account that is current from now on."""
    text = w.tr("Commands and new screens use this account now.")
    return Screen(Text(text), [[button(w.tr("My proxies"), Open(screen="proxies"))], [home_button(w)]])


def name_screen(w: Words, account: OwnAccount, longest: int) -> Screen:
    text = lines(
        w.title("Name of px6 account {id}", id=account.px6_user_id),
        w.tr("Now: {name}", name=account.name) if account.name else None,
        longest_line(w, longest),
    )
    none = [button(w.tr("No name"), UnnameAccount(account=account.telegram_id))] if account.name else []
    return Screen(text, [none, ways_out(w, ShowAccounts())], of_account=False)


def longest_line(w: Words, longest: int) -> str:
    return w.n("Write a name of up to {count} character.", "Write a name of up to {count} characters.", longest)


def remove_screen(
    w: Words,
    account: OwnAccount,
    question: str,
    unknown: Sequence[str | Text],
    rules: int = 0,
    waiting: int = 0,
    colleagues: int = 0,
) -> Screen:
    """`unknown`: its payments under way; `rules`: how many of its rules prolong by themselves now.

    `waiting`: its payments that wait for money; `colleagues`: who else has access.
    """
    risk = w.tr(
        "⚠️ It is not known yet whether these payments went through. "
        "If you remove the account, I will not be able to tell you:"
    )
    text = lines(
        w.title("Remove “{name}”?", name=account.label),
        w.tr(
            "This erases the key of px6 account {id}, its reminders, rules and order history in this bot. "
            "Its proxies at px6 and your other accounts stay.",
            id=account.px6_user_id,
        ),
        rules_line(w, rules),
        waiting_line(w, waiting),
        colleagues_line(w, colleagues),
        *([risk, *unknown] if unknown else []),
    )
    red = danger_button(w.tr("Remove the account"), RemoveAccount(account=account.telegram_id, question=question))
    return Screen(text, [[red], ways_out(w, ShowAccounts())], of_account=False)


def rules_line(w: Words, rules: int) -> str | None:
    """What happens to rules that are on."""
    if not rules:
        return None
    return w.n(
        "⚠️ {count} rule is on: nothing will be prolonged automatically any more.",
        "⚠️ {count} rules are on: nothing will be prolonged automatically any more.",
        rules,
    )


def waiting_line(w: Words, waiting: int) -> str | None:
    """What happens to payments that wait for money."""
    if not waiting:
        return None
    return w.n(
        "⚠️ {count} payment waits for money: it will not be made.",
        "⚠️ {count} payments wait for money: they will not be made.",
        waiting,
    )


def colleagues_line(w: Words, colleagues: int) -> str | None:
    """What happens to who else has access."""
    if not colleagues:
        return None
    return w.n(
        "⚠️ {count} colleague loses access.",
        "⚠️ {count} colleagues lose access.",
        colleagues,
    )


def removed_screen(w: Words, account: OwnAccount, current: OwnAccount | None) -> Screen:
    """`current`: the account that commands act on now."""
    text = lines(
        w.title("“{name}” is removed", name=account.label),
        w.tr("The bot keeps nothing about this account any more."),
        w.tr("Current account: {name}", name=current.label) if current is not None else None,
    )
    return Screen(text, [[button(w.tr("Accounts"), ShowAccounts()), home_of_current(w)]], of_account=False)


def home_of_current(w: Words) -> InlineKeyboardButton:
    return button(w.tr("Home"), HomeOfCurrent())


def ways_out(w: Words, back: CallbackData) -> Row:
    """Home and back. These screens stand in messages of whichever account, and lead to the current one."""
    return [home_of_current(w), back_button(w, back)]
