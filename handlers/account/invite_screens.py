"""Screens of an invitation to a px6 account, for who invites and who is invited. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar
from urllib.parse import quote, urlencode

from aiogram.types import InlineKeyboardButton, KeyboardButton, KeyboardButtonRequestUsers, ReplyKeyboardMarkup
from aiogram.utils.formatting import Text
from pydantic import Field

from handlers.account.accounts_screens import ShowAccounts, home_of_current, ways_out
from handlers.account.colleagues_screens import ChooseRight, OpenColleague, Withdraw, to_colleagues
from handlers.ground.buttons import ShowColleagues
from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import wrong
from handlers.ground.right_words import instead_line, right_line, right_name, right_of, shown_name
from handlers.ground.screen import (
    Id,
    Screen,
    button,
    choice_button,
    grid,
    home_button,
    home_in_new_message,
    link_button,
)
from handlers.ground.words import Words, code, lines
from handlers.rules.rule import other_currency_text
from model.colleagues import Colleague, Invite, NotAccepted, Right
from model.people import OwnAccount

SHARE = "https://t.me/share/url"
MOST_CAP = 10_000_000
Cap = Annotated[Decimal, Field(ge=0, le=MOST_CAP, decimal_places=2)]  # a sum a month; 0 for none
CAPS = {"RUB": (500, 1000, 3000, 5000, 10_000, 30_000)}  # usual sums a month in a currency
OTHER_CAPS = (5, 10, 30, 50, 100, 300)


class Grant(CallbackData, prefix="co-g", durable=True, shared=True, needs=Right.LOOK):
    """The right that a colleague gets, or one who is to be invited (`person` 0).

    To prolong, without a `cap` it asks for one: also the question that the next text answers. `currency`: the cap's.
    """

    later_field: ClassVar[str | None] = "currency"
    account: Id
    right: Right
    person: Id = 0
    cap: Cap = Decimal(0)
    currency: str = ""


class InviteByLink(CallbackData, prefix="co-k", durable=True, shared=True, needs=Right.LOOK):
    """Makes a link that works once. `currency`: the cap's."""

    later_field: ClassVar[str | None] = "currency"
    account: Id
    right: Right
    cap: Cap = Decimal(0)
    currency: str = ""


class InvitePerson(CallbackData, prefix="co-p", shared=True, needs=Right.LOOK):
    """Lets the owner pick somebody in Telegram. `currency`: the cap's."""

    later_field: ClassVar[str | None] = "currency"
    account: Id
    right: Right
    cap: Cap = Decimal(0)
    currency: str = ""


class Accept(CallbackData, prefix="co-a", durable=True, shared=True, needs=Right.LOOK):
    """Accepts an invitation."""

    code: str


class Decline(CallbackData, prefix="co-n", durable=True, shared=True, needs=Right.LOOK):
    """Declines it, so that nobody can accept it any more."""

    code: str


# -- for who invites


def right_screen(w: Words, account: OwnAccount, one: Colleague | None = None) -> Screen:
    """What a colleague may do: each right includes those above. `one`: who has a right already."""
    title = w.title("What may {name} do?", name=shown_name(w, one.name)) if one else w.title("Invite a colleague")
    text = lines(
        title,
        w.tr("Account: {name}", name=account.label),
        w.tr("• Look and export: balance, proxies with passwords, orders, files."),
        w.tr("• Check and comment: also check proxies and write comments."),
        w.tr("• Prolong up to a limit: also prolong, for up to your sum a month."),
        w.tr("• Everything but the key: also buy, delete, rules. Without a limit."),
    )
    person, owner = one.person if one else 0, account.telegram_id
    rows = [
        [choice_button(right_name(w, right), one is not None and one.right is right, grant)]
        for right in Right
        for grant in [Grant(account=owner, right=right, person=person)]
    ]
    back = OpenColleague(account=owner, person=person) if one else ShowColleagues(account=owner)
    return Screen(text, [*rows, ways_out(w, back)], of_account=False)


def cap_screen(w: Words, account: OwnAccount, asked: Grant, *, unchanged: bool = False) -> Screen:
    """How much may be paid a month, in `asked.currency`. `unchanged`: what was chosen was in none, or another one."""
    currency = asked.currency
    choices = [
        button(f"{w.number(each)} {w.sign(currency)}", asked.model_copy(update={"cap": Decimal(each)}))
        for each in CAPS.get(currency, OTHER_CAPS)
    ]
    text = lines(
        w.title("How much may they pay in a calendar month?"),
        other_currency_text(w, currency) if unchanged else None,
        w.tr("Above that they can prolong nothing until the month ends or you raise the limit."),
        w.tr("Choose an amount, or write another, like 99.50."),
    )
    back = ChooseRight(account=account.telegram_id, person=asked.person)
    return Screen(text, [*grid(choices, 3), ways_out(w, back)], of_account=False)


def wrong_cap_screen(w: Words, asked: Grant) -> Screen:
    why = wrong(w, w.tr("Write an amount above 0, with up to two decimals."), "500")
    back = ChooseRight(account=asked.account, person=asked.person)
    return Screen(why.text, [ways_out(w, back)], of_account=False)


def way_screen(w: Words, account: OwnAccount, chosen: Grant) -> Screen:
    """By a link, or by picking somebody."""
    text = lines(
        w.title("Invite a colleague"),
        w.tr("Account: {name}", name=account.label),
        w.tr("They may: {right}", right=line_of(w, chosen.right, chosen.cap, account)),
        w.tr("The invitation works once, within 24 hours."),
    )
    given = chosen.model_dump(exclude={"person"})
    by_link, picked = InviteByLink(**given), InvitePerson(**given)
    rows = [
        [button(w.tr("Choose a person in Telegram"), picked)],
        [button(w.tr("Make a link"), by_link)],
        ways_out(w, ChooseRight(account=chosen.account)),
    ]
    return Screen(text, rows, of_account=False)


def line_of(w: Words, right: Right, cap: Decimal | None, account: OwnAccount) -> str:
    return right_line(w, right, cap, account.currency or "")


def link_screen(
    w: Words,
    account: OwnAccount,
    chosen: InviteByLink | InvitePerson,
    invite: str,
    link: str,
    unreached: str | None = None,
    *,
    is_barred: bool = False,
) -> Screen:
    """The link of the invitation with the id `invite`, to be sent to somebody.

    `unreached`: the person picked, whom the bot cannot write to; `is_barred`: for they may not use it.
    """
    first = w.tr("I cannot write to {name} myself. Send them this link.", name=unreached) if unreached else None
    private = w.tr("This bot is private: its owner must let them in first.") if is_barred else None
    only = (
        w.tr("Only {name} can use it, once, within 24 hours.", name=unreached)
        if unreached
        else w.tr("Whoever accepts first gets the access. The link works once, within 24 hours.")
    )
    text = lines(
        w.title("Invitation link · {name}", name=account.label),
        first,
        private,
        w.tr("They may: {right}", right=line_of(w, chosen.right, chosen.cap, account)),
        code(link),
        only,
    )
    rows = [
        [link_button(w.tr("Send the link"), share_link(w, link))],
        [button(w.tr("Withdraw the invitation"), Withdraw(account=account.telegram_id, invite=invite))],
        ways_out(w, ShowColleagues(account=account.telegram_id)),
    ]
    return Screen(text, rows, of_account=False)


def share_link(w: Words, link: str) -> str:
    """Opens the list of chats, with the link and what it is for in the message."""
    text = w.tr("Access to my px6 proxies in a Telegram bot. The link works once, within 24 hours.")
    return f"{SHARE}?{urlencode({'url': link, 'text': text}, quote_via=quote)}"


def pick_text(w: Words) -> Text:
    """Stands over the keyboard that asks for a person."""
    return Text(w.tr("Choose whom to invite: the button is below, in place of the keyboard."))


def pick_keyboard(w: Words, request_id: int) -> ReplyKeyboardMarkup:
    """Telegram shows the person's chats. It tells the name of who is picked."""
    asked = KeyboardButtonRequestUsers(request_id=request_id, user_is_bot=False, max_quantity=1, request_name=True)
    rows = [
        [KeyboardButton(text=w.tr("Choose a person"), request_users=asked)],
        [KeyboardButton(text=w.tr("Cancel"))],
    ]
    return ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True, one_time_keyboard=True)


def not_invited_screen(w: Words, account: OwnAccount, why: str) -> Screen:
    """Nobody was invited: why."""
    return Screen(Text(why), [[to_colleagues(w, account), home_of_current(w)]], of_account=False)


def sent_screen(w: Words, account: OwnAccount, chosen: InvitePerson, invite: str, name: str) -> Screen:
    """The person picked was invited, by the invitation with this id."""
    text = lines(
        w.title("Invited: {name}", name=name),
        w.tr("They may: {right}", right=line_of(w, chosen.right, chosen.cap, account)),
        w.tr("I will tell you when they accept. The invitation works for 24 hours."),
    )
    withdraw = button(w.tr("Withdraw the invitation"), Withdraw(account=account.telegram_id, invite=invite))
    return Screen(text, [[withdraw], [to_colleagues(w, account)], [home_of_current(w)]], of_account=False)


# -- for who is invited


def invited_screen(w: Words, invite: Invite, account: OwnAccount, given: str) -> Screen:
    """Whose account it is, what may be done there, also so far, and two buttons. `given`: the invitation's code."""
    owner, may = shown_name(w, invite.by_name), line_of(w, invite.right, invite.monthly_cap, account)
    text = lines(
        w.title("{owner} invites you to a px6 account", owner=owner),
        w.tr("Account: {name}", name=account.label),
        w.tr("You may: {right}", right=may),
        instead_line(w, may, account.colleague),
        w.tr("{owner} sees what you do there and can take the access back. You do not see the key.", owner=owner),
    )
    rows = [
        [button(w.tr("Accept"), Accept(code=given))],
        [button(w.tr("Decline"), Decline(code=given)), home_in_new_message(w)],
    ]
    return Screen(text, rows, of_account=False)


def accepted_screen(w: Words, one: Colleague, account: str, before: Colleague | None = None) -> Screen:
    owner, may = shown_name(w, one.by_name), right_of(w, one)
    text = lines(
        w.title("You have access now"),
        w.tr("“{account}” of {owner}: {right}", account=account, owner=owner, right=may),
        instead_line(w, may, before),
        w.tr("Commands and new screens use this account now. Switch in /accounts."),
    )
    return Screen(text, [[home_of_current(w)], [button(w.tr("Accounts"), ShowAccounts())]], of_account=False)


def declined_screen(w: Words) -> Screen:
    text = lines(w.title("Declined"), w.tr("Nobody can use this invitation any more. Nothing else has changed."))
    return Screen(text, [[home_button(w)]], of_account=False)


def not_accepted_screen(w: Words, why: NotAccepted) -> Screen:
    """Why an invitation cannot be accepted; nothing has changed."""
    return Screen(Text(not_accepted_line(w, why)), [[accounts_or_home(w), home_of_current(w)]], of_account=False)


def accounts_or_home(w: Words) -> InlineKeyboardButton:
    return button(w.tr("Accounts"), ShowAccounts())


def not_accepted_line(w: Words, why: NotAccepted) -> str:
    match why:
        case NotAccepted.OLD:
            return w.tr("This invitation is over 24 hours old. Ask for a new one.")
        case NotAccepted.OWN:
            return w.tr("This invitation is for your own account: send the link to a colleague.")
        case NotAccepted.ANOTHERS:
            return w.tr("This invitation is for somebody else. Ask for one of your own.")
        case NotAccepted.FULL:
            return w.tr("This account has as many colleagues as it can have. Its owner can remove one.")
        case NotAccepted.NO_ACCOUNT:
            return w.tr("The px6 account of this invitation is not connected any more.")
        case NotAccepted.UNKNOWN:
            return w.tr("This invitation was already used or withdrawn. Ask for a new one.")
