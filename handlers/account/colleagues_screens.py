"""Screens of who has access to a px6 account besides its owner. Pure; `handlers/account/colleagues.py` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from handlers.account.accounts_screens import ShowAccounts, home_of_current, ways_out
from handlers.ground.buttons import ShowColleagues
from handlers.ground.callback_data import CallbackData
from handlers.ground.right_words import NAME_SHOWN, right_line, right_of, shown_name
from handlers.ground.screen import Id, Row, Screen, button, page_row
from handlers.ground.still_spending import spending_line, spending_rows
from handlers.ground.words import Words, lines
from model.colleagues import INVITE_KEPT, Colleague, Invite, Right
from model.people import OwnAccount

PER_PAGE = 4


class OpenColleague(CallbackData, prefix="co-1", shared=True, needs=Right.LOOK):
    """One of them."""

    account: Id
    person: Id


class ChooseRight(CallbackData, prefix="co-r", shared=True, needs=Right.LOOK):
    """Asks what a colleague may do; `person` 0: one that is to be invited."""

    account: Id
    person: Id = 0


class TellColleague(CallbackData, prefix="co-t", durable=True, shared=True, needs=Right.LOOK):
    """Sends reminders of the account to the colleague, too, or no more."""

    account: Id
    person: Id
    told: bool


class TakeBack(CallbackData, prefix="co-x", durable=True, shared=True, needs=Right.LOOK):
    """The colleague has no access any more."""

    account: Id
    person: Id


class ShowInvites(CallbackData, prefix="co-v", shared=True, needs=Right.LOOK):
    """The invitations that nobody has accepted yet."""

    account: Id


class Withdraw(CallbackData, prefix="co-w", durable=True, shared=True, needs=Right.LOOK):
    """An invitation can no longer be accepted."""

    account: Id
    invite: str


class Leave(CallbackData, prefix="co-q", durable=True, shared=True, needs=Right.LOOK):
    """Gives it up."""

    account: Id


def colleagues_screen(
    w: Words, account: OwnAccount, found: Sequence[Colleague], invites: int, page: int = 1
) -> Screen:
    """Who has access, with which right, since when. `invites`: how many nobody has accepted yet."""
    pages = -(-len(found) // PER_PAGE)
    page = min(page, pages)
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    none = w.tr("Nobody else has access.") if not found else None
    text = lines(
        w.title("Colleagues · {name}", name=account.label),
        none,
        *(colleague_line(w, each) for each in shown),
        w.tr(
            "A colleague uses this account in their own chat with the bot. "
            "Nobody is shown the key; only you change it."
        ),
    )
    owner = account.telegram_id
    opened = [
        button(shown_name(w, each.name, NAME_SHOWN), OpenColleague(account=owner, person=each.person))
        for each in shown
    ]
    waiting = [button(w.tr("Invitations · {count}", count=w.number(invites)), ShowInvites(account=owner))]
    rows: list[Row] = [
        *([each] for each in opened),
        page_row(page, pages, lambda to: ShowColleagues(account=owner, page=to)),
        [button(w.tr("Invite a colleague"), ChooseRight(account=owner))],
        waiting if invites else [],
        ways_out(w, ShowAccounts()),
    ]
    return Screen(text, rows, of_account=False)


def colleague_line(w: Words, each: Colleague) -> Text:
    """`Ben: look and export, since 28 Nov`"""
    return w.rich(
        "{name}: {right}, since {day}",
        name=shown_name(w, each.name),
        right=right_of(w, each),
        day=w.day(each.since),
    )


def colleague_screen(
    w: Words, account: OwnAccount, one: Colleague, paid: Decimal | None = None, rules: int = 0, watches: int = 0
) -> Screen:
    """One colleague. `paid`: this month, where that is limited. `rules` and `watches`: as `taken_back_screen`."""
    text = lines(
        Bold(shown_name(w, one.name)),
        w.tr("Access to “{account}”: {right}", account=account.label, right=right_of(w, one)),
        w.tr("Paid this month: {sum}", sum=w.money(paid, one.currency)) if paid is not None else None,
        w.rich("Has access since {when}", when=w.time(one.since)),
        w.tr("Gets the reminders of this account") if one.told else w.tr("Gets no reminders of this account"),
        spending_line(w, rules, watches),
    )
    at = {"account": account.telegram_id, "person": one.person}
    tell = w.tr("Stop their reminders") if one.told else w.tr("Send them reminders")
    rows: list[Row] = [
        *spending_rows(w, rules, watches),
        [button(w.tr("Change the right"), ChooseRight(**at))],
        [button(tell, TellColleague(**at, told=not one.told))],
        [button(w.tr("Take the access back"), TakeBack(**at))],
        ways_out(w, ShowColleagues(account=account.telegram_id)),
    ]
    return Screen(text, rows, of_account=False)


def taken_back_screen(w: Words, account: OwnAccount, one: Colleague, rules: int = 0, watches: int = 0) -> Screen:
    """The access ended just now. `rules` and `watches`: how many of the account spend by themselves."""
    text = lines(
        w.title("{name} has no access any more", name=shown_name(w, one.name)),
        spending_line(w, rules, watches),
        w.tr(
            "Buttons in their chat do nothing on “{account}” any more. Unused invitations are withdrawn.",
            account=account.label,
        ),
        w.tr("They may have saved passwords of proxies, which keep working."),
    )
    rows = [*spending_rows(w, rules, watches), [to_colleagues(w, account)], [home_of_current(w)]]
    return Screen(text, rows, of_account=False)


def to_colleagues(w: Words, account: OwnAccount) -> InlineKeyboardButton:
    return button(w.tr("Colleagues"), ShowColleagues(account=account.telegram_id))


def invites_screen(w: Words, account: OwnAccount, found: Sequence[Invite], now: datetime) -> Screen:
    """The open invitations of an account, each with a button that withdraws it."""
    listed = [
        w.rich(
            "{number}. {right}, until {when}",
            number=number,
            right=right_line(w, each.right, each.monthly_cap, account.currency or ""),
            when=w.soon(each.made_at + INVITE_KEPT, now),
        )
        for number, each in enumerate(found, 1)
    ]
    text = lines(
        w.title("Invitations · {name}", name=account.label),
        *listed,
        None if found else w.tr("There are none: all were accepted, withdrawn or are over 24 hours old."),
    )
    owner = account.telegram_id
    rows: list[Row] = [
        *(
            [button(w.tr("Withdraw {number}", number=number), Withdraw(account=owner, invite=each.id))]
            for number, each in enumerate(found, 1)
        ),
        ways_out(w, ShowColleagues(account=owner)),
    ]
    return Screen(text, rows, of_account=False)


def leave_screen(w: Words, account: OwnAccount, colleague: Colleague) -> Screen:
    """The question before a colleague gives up their access."""
    text = lines(
        w.title("Leave “{account}”?", account=account.label),
        w.tr(
            "You will have no access to this account of {owner}, and get no reminders of it. "
            "Only a new invitation can bring you back.",
            owner=shown_name(w, colleague.by_name),
        ),
    )
    leave = button(w.tr("Leave the account"), Leave(account=account.telegram_id))
    return Screen(text, [[leave], ways_out(w, ShowAccounts())], of_account=False)


def left_screen(w: Words, account: OwnAccount) -> Screen:
    text = lines(
        w.title("You have left “{account}”", account=account.label),
        w.tr("You have no access to this account any more."),
    )
    return Screen(text, [[button(w.tr("Accounts"), ShowAccounts()), home_of_current(w)]], of_account=False)
