"""/accounts: the px6 accounts of a person. Adding one begins with its key (`handlers/account/key.py`)."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.account.accounts_screens import (
    AskRemove,
    HomeOfCurrent,
    NameAccount,
    RemoveAccount,
    ShowAccounts,
    SwitchAccount,
    UnnameAccount,
    accounts_screen,
    longest_line,
    name_screen,
    remove_screen,
    removed_screen,
    switched_screen,
)
from handlers.account.home import home
from handlers.account.key import ask_key, order_lines
from handlers.account.telling import tell_access_ended
from handlers.ground.filters import Asked, Command
from handlers.ground.parsing import wrong
from handlers.ground.screen import Open
from handlers.ground.turn import Turn
from model.people import OwnAccount
from services.account.several import LONGEST_NAME

router = Router(name=__name__)


@router.message(Command("accounts"))
@router.callback_query(Open.filter(F.screen == "accounts"))
async def accounts(_: Message | CallbackQuery, turn: Turn) -> None:
    """/accounts"""
    await show_accounts(turn)


@router.callback_query(ShowAccounts.filter())
async def page_of_accounts(_: CallbackQuery, turn: Turn, callback_data: ShowAccounts) -> None:
    await show_accounts(turn, callback_data.page)


async def show_accounts(turn: Turn, page: int = 1, current: int | None = None) -> None:
    """`current`: where it was changed just now."""
    several, person = turn.services.several, turn.person.chat_id
    found, seen = await several.of(person), await several.seen(person)
    if not found:
        return await ask_key(turn)
    marked = current or turn.person.current or turn.person.telegram_id
    await turn.show(accounts_screen(turn.words, found, marked, page, seen, turn.services.now()))
    return None


async def mine(turn: Turn, account: int, *, others: bool = False) -> OwnAccount | None:
    """An account of the person's; None, which is said, for any other and one that was removed.

    `others`: or one of somebody else, on which they may act.
    """
    several, person = turn.services.several, turn.person.chat_id
    found = await (several.of(person) if others else several.own(person))
    one = next((each for each in found if each.telegram_id == account), None)
    if one is None:
        await turn.toast(turn.words.tr("This account is no longer here."), alert=True)
        await show_accounts(turn)
    return one


@router.callback_query(SwitchAccount.filter())
async def switch(_: CallbackQuery, turn: Turn, callback_data: SwitchAccount) -> None:
    """Commands act on it from now on, and it begins with a message of its own."""
    before, account = turn.person.current, callback_data.account
    await turn.services.several.switch(turn.person.chat_id, account)
    turn.on_disk()
    if await mine(turn, account, others=True) is None:
        return
    await show_accounts(turn, callback_data.page, account)
    person = await turn.services.people.on_account(turn.person, account)
    if person is not None and before not in (None, account):
        turn.go_over(person)
        await turn.send(switched_screen(turn.words))


@router.callback_query(HomeOfCurrent.filter())
async def home_of_current(event: CallbackQuery, turn: Turn) -> None:
    current = await turn.services.people.on_account(turn.person, turn.person.current or turn.person.telegram_id)
    if current is not None:
        turn.go_over(current)
    await home(event, turn)


@router.callback_query(NameAccount.filter())
async def ask_name(_: CallbackQuery, turn: Turn, callback_data: NameAccount) -> None:
    account = await mine(turn, callback_data.account)
    if account is not None:
        await turn.ask(callback_data)
        await turn.show(name_screen(turn.words, account, LONGEST_NAME))


@router.message(Asked(NameAccount), F.text)
async def name(_: Message, turn: Turn, asked: NameAccount) -> None:
    w, given = turn.words, " ".join(turn.text.split())
    if not 0 < len(given) <= LONGEST_NAME or not given.isprintable():
        raise wrong(w, longest_line(w, LONGEST_NAME), "shop")
    found = await turn.services.several.of(turn.person.chat_id)
    if any(each.label.casefold() == given.casefold() and each.telegram_id != asked.account for each in found):
        raise wrong(w, w.tr("Another account already has this name."), "shop")
    if await mine(turn, asked.account) is not None:
        await turn.ask(None)
        await rename(turn, asked.account, given)


@router.callback_query(UnnameAccount.filter())
async def unname(_: CallbackQuery, turn: Turn, callback_data: UnnameAccount) -> None:
    if await mine(turn, callback_data.account) is not None:
        await rename(turn, callback_data.account, None)


async def rename(turn: Turn, account: int, given: str | None) -> None:
    await turn.services.several.rename(turn.person.chat_id, account, given)
    turn.on_disk()
    await show_accounts(turn)


@router.callback_query(AskRemove.filter())
async def ask_remove(_: CallbackQuery, turn: Turn, callback_data: AskRemove) -> None:
    account = await mine(turn, callback_data.account)
    if account is not None:
        await show_question(turn, account)


async def show_question(turn: Turn, account: OwnAccount) -> None:
    """Asks whether the account is to be removed, and names its orders whose outcome is unknown."""
    services, owner = turn.services, account.telegram_id
    unknown = await services.orders.open_of(owner)
    question = await services.several.ask_remove(owner, [order.id for order in unknown])
    rules = sum(rule.on for rule in await services.rules.of(owner))
    waiting = len(await services.kept.of(owner))
    others = len(await services.colleagues.of(owner))
    await turn.show(remove_screen(turn.words, account, question, order_lines(turn, unknown), rules, waiting, others))


@router.callback_query(RemoveAccount.filter())
async def remove(_: CallbackQuery, turn: Turn, callback_data: RemoveAccount) -> None:
    """Works once, and only while no other payment of the account has come under way."""
    services, w, person = turn.services, turn.words, turn.person.chat_id
    account = await mine(turn, callback_data.account)
    if account is None:
        return
    board = await services.boards.message_of(account.telegram_id)
    others = await services.colleagues.of(account.telegram_id)
    removed = await services.several.remove_if_asked(account.telegram_id, callback_data.question)
    turn.on_disk()
    if removed is None and await mine(turn, callback_data.account) is None:
        return  # another tap has removed it meanwhile
    if removed is None:
        await turn.toast(w.tr("That question is out of date. Nothing was erased."), alert=True)
        await show_accounts(turn)
        return
    turn.owes_outcome = True
    await services.boards.take_away(turn.person, board)
    tell_access_ended(turn, others, account.label)
    left, found = await services.people.find(person), await services.several.of(person)
    current = next((each for each in found if left is not None and each.telegram_id == left.current), None)
    await turn.show(removed_screen(w, removed, current))
