"""Who has access to an account besides its owner: seen, and taken back. Inviting: `handlers/account/inviting.py`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.account.accounts import mine, show_accounts
from handlers.account.accounts_screens import AskLeave
from handlers.account.colleagues_screens import (
    Leave,
    OpenColleague,
    ShowInvites,
    TakeBack,
    TellColleague,
    Withdraw,
    colleague_screen,
    colleagues_screen,
    invites_screen,
    leave_screen,
    left_screen,
    taken_back_screen,
)
from handlers.account.telling import news_of_leaving, spending_of, tell_access_ended, tell_owner
from handlers.ground.buttons import ShowColleagues
from handlers.ground.turn import Turn
from model.colleagues import Colleague, Right
from model.people import OwnAccount
from services.rules.plan import month_start

router = Router(name=__name__)


@router.callback_query(ShowColleagues.filter())
async def colleagues(_: CallbackQuery, turn: Turn, callback_data: ShowColleagues) -> None:
    account = await mine(turn, callback_data.account)
    if account is not None:
        await show_colleagues(turn, account, callback_data.page)


async def show_colleagues(turn: Turn, account: OwnAccount, page: int = 1) -> None:
    found = await turn.services.colleagues.of(account.telegram_id)
    invites = await turn.services.colleagues.invites(account.telegram_id)
    await turn.show(colleagues_screen(turn.words, account, found, len(invites), page))


async def colleague_of(turn: Turn, owner: int, person: int) -> tuple[OwnAccount, Colleague] | None:
    """One colleague on an account of the person's; None, which is said, for anybody who is none."""
    account = await mine(turn, owner)
    if account is None:
        return None
    found = await turn.services.colleagues.access(owner, person)
    if found is None:
        await turn.toast(turn.words.tr("This person has no access any more."))
        await show_colleagues(turn, account)
        return None
    return account, found


@router.callback_query(OpenColleague.filter())
async def open_colleague(_: CallbackQuery, turn: Turn, callback_data: OpenColleague) -> None:
    await show_one(turn, callback_data.account, callback_data.person)


async def show_one(turn: Turn, owner: int, person: int) -> None:
    found = await colleague_of(turn, owner, person)
    if found is not None:
        await show_colleague(turn, *found)


async def show_colleague(turn: Turn, account: OwnAccount, one: Colleague, before: Right | None = None) -> None:
    """`before`: the right that they had until now."""
    paid = None
    if one.right is Right.PROLONG:
        since = month_start(turn.services.now(), turn.words.zone or ZoneInfo("UTC"))
        paid = await turn.services.colleagues.spent(one, since)
    spending = await left_spending(turn, account.telegram_id, before) if one.right is not Right.ALL else (0, 0)
    await turn.show(colleague_screen(turn.words, account, one, paid, *spending))


async def left_spending(turn: Turn, owner: int, right: Right | None) -> tuple[int, int]:
    """As `spending_of`; where there is any, what is shown then is of the account."""
    rules, watches = await spending_of(turn.services, owner, right)
    person = await turn.services.people.on_account(turn.person, owner) if rules or watches else None
    if person is not None:
        turn.go_over(person)
    return rules, watches


@router.callback_query(TellColleague.filter())
async def tell_colleague(_: CallbackQuery, turn: Turn, callback_data: TellColleague) -> None:
    """Also sends reminders of the account to them, or no more."""
    found = await colleague_of(turn, callback_data.account, callback_data.person)
    if found is None:
        return
    await turn.services.colleagues.tell(callback_data.account, callback_data.person, callback_data.told)
    turn.on_disk()
    await show_one(turn, callback_data.account, callback_data.person)


@router.callback_query(TakeBack.filter())
async def take_back(_: CallbackQuery, turn: Turn, callback_data: TakeBack) -> None:
    """At once, also for buttons that the colleague sees; they are told."""
    found = await colleague_of(turn, callback_data.account, callback_data.person)
    if found is None:
        return
    account, one = found
    taken = await turn.services.colleagues.take_back(callback_data.account, callback_data.person)
    turn.on_disk()
    turn.owes_outcome = True
    if taken is not None:
        tell_access_ended(turn, [taken], account.label)
    spending = await left_spending(turn, account.telegram_id, one.right)
    await turn.show(taken_back_screen(turn.words, account, one, *spending))


@router.callback_query(ShowInvites.filter())
async def invites(_: CallbackQuery, turn: Turn, callback_data: ShowInvites) -> None:
    account = await mine(turn, callback_data.account)
    if account is not None:
        await show_invites(turn, account)


async def show_invites(turn: Turn, account: OwnAccount) -> None:
    found = await turn.services.colleagues.invites(account.telegram_id)
    await turn.show(invites_screen(turn.words, account, found, turn.services.now()))


@router.callback_query(Withdraw.filter())
async def withdraw(_: CallbackQuery, turn: Turn, callback_data: Withdraw) -> None:
    account = await mine(turn, callback_data.account)
    if account is None:
        return
    w, owner = turn.words, account.telegram_id
    withdrawn = await turn.services.colleagues.withdraw(owner, callback_data.invite)
    turn.on_disk()
    await turn.toast(
        w.tr("Withdrawn: the link does nothing any more.")
        if withdrawn
        else w.tr("This invitation is not open any more.")
    )
    await show_invites(turn, account)


# -- for who is a colleague


async def shared_account(turn: Turn, owner: int) -> tuple[OwnAccount, Colleague] | None:
    """Somebody else's account that the person has access to; None, which is said, for any other."""
    for each in await turn.services.several.of(turn.person.chat_id):
        if each.telegram_id == owner and each.colleague is not None:
            return each, each.colleague
    await turn.toast(turn.words.tr("You have no access to this account any more."), alert=True)
    await show_accounts(turn)
    return None


@router.callback_query(AskLeave.filter())
async def ask_leave(_: CallbackQuery, turn: Turn, callback_data: AskLeave) -> None:
    found = await shared_account(turn, callback_data.account)
    if found is not None:
        await turn.show(leave_screen(turn.words, *found))


@router.callback_query(Leave.filter())
async def leave(_: CallbackQuery, turn: Turn, callback_data: Leave) -> None:
    found = await shared_account(turn, callback_data.account)
    if found is None:
        return
    account, one = found
    news = await news_of_leaving(turn.services, one, account.label)
    written = await turn.services.colleagues.leave(turn.person.chat_id, news)
    turn.on_disk()
    turn.owes_outcome = True
    if written is not None:
        tell_owner(turn, written)
    await turn.show(left_screen(turn.words, account))
