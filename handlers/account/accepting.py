"""An invitation to somebody else's px6 account: /start CODE, accepted or declined."""

from __future__ import annotations

import re

from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.account.invite_screens import (
    Accept,
    Decline,
    accepted_screen,
    declined_screen,
    invited_screen,
    not_accepted_line,
    not_accepted_screen,
)
from handlers.account.telling import spending_of, tell_owner
from handlers.ground.filters import Command
from handlers.ground.turn import Turn
from handlers.ground.typed import read, tidy
from model.colleagues import INVITE_KEPT, Accepted, Colleague, NotAccepted, Right
from model.notifications import ColleagueNews, Unsaid
from services.account.colleagues import DECLINED, invite_id

router = Router(name=__name__)

OWNER_TOLD = "owner_told"  # among a person's choices: of which invitation the owner was told that it is accepted
CODE = re.compile(r"[A-Za-z0-9_-]{22}")  # as `services.account.colleagues` makes them
LINK = re.compile(r"(?:https?://)?(?:www\.)?t(?:elegram)?\.me/(\w+)/?\?start=([A-Za-z0-9_-]{22})(?!\S)")


async def is_invitation(event: Message | CallbackQuery, bot: Bot) -> bool:
    """Whether this follows an invitation, or answers one."""
    if isinstance(event, CallbackQuery):
        return (event.data or "").partition(":")[0] in (Accept.__prefix__, Decline.__prefix__)
    typed = read(event.text or "")
    if typed.command == "start":
        return CODE.fullmatch(typed.body) is not None
    return await code_in_link(event.text or "", bot) is not None


async def code_in_link(text: str, bot: Bot) -> str | None:
    """The code in a link to this bot, alone or with the words with which it was sent below."""
    found = LINK.match(tidy(text))
    is_ours = found is not None and found[1].lower() == ((await bot.me()).username or "").lower()
    return found[2] if found is not None and is_ours else None


class StartWithCode(Filter):
    """Lets /start with the code of an invitation through, and a link with one; the handler gets it as `code`."""

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, str]:
        if turn.typed.command == "start" and CODE.fullmatch(turn.typed.body):
            return {"code": turn.typed.body} if await Command("start")(message, turn) else False
        code = await code_in_link(turn.text, turn.bot)
        return False if code is None else {"code": code}


@router.message(StartWithCode())
async def invited(_: Message, turn: Turn, code: str) -> None:
    """What the invitation is to, before anything changes. Like a command, a link answers no question that is open."""
    await turn.ask(None)
    found = await turn.services.colleagues.invited(code, turn.person.chat_id)
    if not isinstance(found, NotAccepted):
        await turn.services.people.expect_second(turn.person, INVITE_KEPT)
        await turn.show(invited_screen(turn.words, *found, given=code))
    elif not await shown_again(turn, code):
        await turn.show(not_accepted_screen(turn.words, found))


@router.callback_query(Accept.filter(F.code.regexp(CODE)))
async def accept(event: CallbackQuery, turn: Turn, callback_data: Accept) -> None:
    """Both are told. A second tap shows the same again."""
    person, name = turn.person.chat_id, event.from_user.full_name
    message_id = event.message.message_id if event.message is not None else 0
    accepted = await turn.services.colleagues.accept(callback_data.code, person, name, message_id)
    if not isinstance(accepted, NotAccepted):
        await show_accepted(turn, callback_data.code, accepted)
    elif not await shown_again(turn, callback_data.code):
        await turn.toast(not_accepted_line(turn.words, accepted), alert=True)


async def shown_again(turn: Turn, code: str) -> bool:
    """Whether this person accepted this invitation, and has the access still: then it is shown."""
    found = await turn.services.colleagues.accepted_with(code, turn.person.chat_id)
    if found is not None:
        await show_accepted(turn, code, found)
    return found is not None


async def show_accepted(turn: Turn, code: str, accepted: Accepted) -> None:
    """What the person may do; and to the owner once who has accepted, after a kill too: the tap comes again then."""
    one, before, people, person = accepted.colleague, accepted.before, turn.services.people, turn.person.chat_id
    if turn.person.choices.get(OWNER_TOLD) != invite_id(code):
        spending = await spending_of(turn.services, one.owner, lost_right(one, before))
        news = ColleagueNews("accepted", one.name, accepted.account, one.owner, one, *spending, before)
        written = await turn.services.colleague_news.write(news)
        if written is not None:
            tell_owner(turn, written)
        await people.remember(person, **{OWNER_TOLD: invite_id(code)})
    turn.on_disk()
    turn.owes_outcome = True
    await turn.show(accepted_screen(turn.words, one, accepted.account, before))


def lost_right(one: Colleague, before: Colleague | None) -> Right | None:
    """The right that they had, where the one that they have now is less."""
    return None if before is None or one.right.includes(before.right) else before.right


@router.callback_query(Decline.filter(F.code.regexp(CODE)))
async def decline(event: CallbackQuery, turn: Turn, callback_data: Decline) -> None:
    """Nobody can use it any more, and who has sent it is told. A second tap shows the same again."""
    code, name = callback_data.code, event.from_user.full_name
    found = await turn.services.colleagues.decline(code, turn.person.chat_id, name)
    turn.on_disk()
    if isinstance(found, Unsaid):
        tell_owner(turn, found)
    elif turn.person.choices.get(DECLINED) != invite_id(code):
        await turn.toast(not_accepted_line(turn.words, found), alert=True)
        return
    turn.owes_outcome = True
    await turn.show(declined_screen(turn.words))
