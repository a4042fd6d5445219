"""Whether a colleague may do what an update asks for, looked at just before it is handled."""

from __future__ import annotations

from aiogram.types import Message
from aiogram.utils.formatting import Text

from handlers.account.accepting import is_invitation
from handlers.account.key import find_key
from handlers.entry.acting import is_shared
from handlers.entry.refusals import barred_owner_text, not_allowed_text
from handlers.ground.rights import COMMANDS, Whose, is_allowed, needed_for_tap
from handlers.ground.screen import Open, Screen, button, home_button
from handlers.ground.turn import Turn
from model.colleagues import Right


async def may_go_on(turn: Turn) -> bool:
    """False, which is said, for who may not. What is about the person's own accounts is done there from here on.

    Of who acts on an account of their own nothing is asked, nor of who follows an invitation to another one.
    """
    if turn.person.colleague is None or await is_invitation(turn.event, turn.bot):
        return True
    needed = needed_for(turn)
    if needed is Whose.OWN:
        await turn.go_home()
        return turn.person.colleague is None
    if concerns_account(turn) and not turn.services.access.lets_in(turn.person.owner_id):
        await refuse(turn, barred_owner_text(turn.words))
        return False
    if is_allowed(turn.person, needed):
        return True
    await refuse(turn, not_allowed_text(turn.words, needed))
    return False


async def refuse(turn: Turn, text: str) -> None:
    """The message of a tap stays as it is."""
    if turn.is_tap:
        await turn.toast(text, alert=True)
    else:
        w = turn.words
        rows = [[button(w.tr("Accounts"), Open(screen="accounts")), home_button(w)]]
        await turn.show(Screen(Text(text), rows))


def concerns_account(turn: Turn) -> bool:
    """Whether an update is about the account, and not about the person or the bot."""
    if turn.data is not None:
        return turn.data == Open(screen="home").pack() or not is_shared(turn.data)
    if isinstance(turn.event, Message) and turn.event.users_shared is not None:
        return False
    return turn.typed.command not in ("accounts", "settings", "language", "help", "forget", "cancel", "key")


def needed_for(turn: Turn) -> Right | Whose:
    """What an update needs: a tap what its button does, a command its own, an answer what its question does."""
    if turn.data is not None:
        return needed_for_tap(turn.data)
    event = turn.event
    if isinstance(event, Message) and find_key(event.text or event.caption or "") is not None:
        return Whose.OWN
    if turn.typed.is_command:
        return COMMANDS.get(turn.typed.command or "", Right.LOOK)
    return needed_for_tap(turn.asking) if turn.asking is not None else Right.LOOK
