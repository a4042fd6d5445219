"""Erasing a person and all that is kept of them. /forget

The question names the payments whose outcome is unknown. Its red button works once, and only while no other payment
has come under way: a person must not lose sight of money because they tapped an old button.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.account.accounts_screens import AskRemove, colleagues_line, rules_line, waiting_line
from handlers.account.key import order_lines
from handlers.account.telling import news_of_leaving, tell_access_ended, tell_owner
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.rights import Whose
from handlers.ground.screen import Open, Screen, button, danger_button, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from model.people import OwnAccount

ACCOUNTS_OFFERED = 5  # accounts on buttons; those beyond are in /accounts

router = Router(name=__name__)


class Forget(CallbackData, prefix="forget", durable=True, shared=True, needs=Whose.OWN):
    """Erases the person."""

    question: str


def is_to_forget(event: Message | CallbackQuery) -> bool:
    """Whether this is /forget or the button of its question: people who are not let in may use these, too."""
    if isinstance(event, CallbackQuery):
        return (event.data or "").startswith(f"{Forget.__prefix__}:")
    words = (event.text or "").split()
    return bool(words) and words[0].partition("@")[0].casefold() == "/forget"


@router.message(Command("forget"))
@router.callback_query(Open.filter(F.screen == "forget"))
async def ask(_: Message | CallbackQuery, turn: Turn) -> None:
    await show_question(turn)


async def show_question(turn: Turn) -> None:
    """Asks whether everything is to be erased, and names the orders whose outcome is unknown."""
    services, person = turn.services, turn.person
    accounts = await services.several.own(person.chat_id) if person.had_several else []
    owners = [each.telegram_id for each in accounts] or [person.telegram_id]
    unknown = [order for owner in owners for order in await services.orders.open_of(owner)]
    question = await services.accounts.ask_forget(person.chat_id, [order.id for order in unknown])
    rules = sum([rule.on for owner in owners for rule in await services.rules.of(owner)])
    waiting = sum([len(await services.kept.of(owner)) for owner in owners])
    others = sum([len(await services.colleagues.of(owner)) for owner in owners])
    shared = sum(each.colleague is not None for each in await services.several.of(person.chat_id))
    found = order_lines(turn, unknown)
    await turn.show(question_screen(turn.words, question, found, rules, waiting, accounts, others, shared))


def question_screen(
    w: Words,
    question: str,
    unknown: Sequence[str | Text],
    rules: int = 0,
    waiting: int = 0,
    accounts: Sequence[OwnAccount] = (),
    colleagues: int = 0,
    shared: int = 0,
) -> Screen:
    """`unknown`: payments under way; `rules`: how many prolong by themselves now; `waiting`: payments for money.

    `accounts`: if several; `colleagues`: who else has access to them; `shared`: those of others on which they act.
    """
    several = accounts if len(accounts) > 1 else ()
    risk = w.tr(
        "⚠️ It is not known yet whether these payments went through. "
        "If you erase everything, I will not be able to tell you:"
    )
    text = lines(
        w.title("Erase everything?"),
        erased_line(w, several),
        rules_line(w, rules),
        waiting_line(w, waiting),
        colleagues_line(w, colleagues),
        shared_line(w, shared),
        *([risk, *unknown] if unknown else []),
        chat_line(w),
    )
    red = danger_button(w.tr("Erase everything"), Forget(question=question))
    one = [
        [button(w.tr("Only “{name}”", name=each.label), AskRemove(account=each.telegram_id))]
        for each in several[:ACCOUNTS_OFFERED]
    ]
    return Screen(text, [[red], *one, home_row(w, Open(screen="settings"))], of_account=False)


def erased_line(w: Words, accounts: Sequence[OwnAccount]) -> str:
    """What goes, and what stays."""
    if accounts:
        return w.n(
            "This erases the key of {count} px6 account, settings, reminders, rules and order history in this bot. "
            "Your proxies at px6 stay.",
            "This erases the keys of all {count} px6 accounts, settings, reminders, rules and order history in this "
            "bot. Your proxies at px6 stay.",
            len(accounts),
        )
    return w.tr(
        "This erases your key, settings, reminders, rules and order history in this bot. Your proxies at px6 stay."
    )


def shared_line(w: Words, shared: int) -> str | None:
    """What happens to their access to accounts of others."""
    if not shared:
        return None
    return w.n(
        "⚠️ You lose access to {count} px6 account of somebody else. Its owner will be told.",
        "⚠️ You lose access to {count} px6 accounts of others. Their owners will be told.",
        shared,
    )


def chat_line(w: Words) -> str:
    """What the bot cannot erase: Telegram lets it delete its messages for two days only."""
    return w.tr("Messages and files with proxy passwords stay in this chat: delete the chat yourself.")


@router.callback_query(Forget.filter())
async def forget(_: CallbackQuery, turn: Turn, callback_data: Forget) -> None:
    """Without an account nothing can be lost: a second tap, which makes the person anew, leaves no trace either."""
    accounts, person, w = turn.services.accounts, turn.person.chat_id, turn.words
    found, boards = await turn.services.several.own(person), turn.services.boards
    shown = [await boards.message_of(each.telegram_id) for each in found]
    others = [(each.label, await turn.services.colleagues.of(each.telegram_id)) for each in found]
    left = [
        await news_of_leaving(turn.services, each.colleague, each.label)
        for each in await turn.services.several.of(person)
        if each.colleague is not None
    ]
    written = await (
        accounts.forget_if_asked(person, callback_data.question, left) if found else accounts.forget(person, left)
    )
    if written is None:
        if not await turn.services.several.own(person):  # another tap has erased it meanwhile
            await turn.show(erased_screen(w))
            return None
        await turn.toast(w.tr("That question is out of date. Nothing was erased."), alert=True)
        return await show_question(turn)
    turn.owes_outcome = True
    for message_id in shown:
        await boards.take_away(turn.person, message_id)
    for label, colleagues in others:
        tell_access_ended(turn, colleagues, label)
    for news in written:
        tell_owner(turn, news)
    await turn.show(erased_screen(w))
    return None


def erased_screen(w: Words) -> Screen:
    text = lines(w.title("Everything is erased"), w.tr("The bot keeps nothing about you any more."), chat_line(w))
    return Screen(text, [[button(w.tr("Start again"), Open(screen="home"))]], of_account=False)
