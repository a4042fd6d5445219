"""Whether a colleague may do what an update asks for, looked at just before it is handled."""

from __future__ import annotations

from aiogram.types import Message
from aiogram.utils.formatting import Text

from handlers.account.key import find_key
from handlers.entry.refusals import not_allowed_text
from handlers.ground.rights import COMMANDS, Whose, is_allowed, needed_for_tap
from handlers.ground.screen import Screen, home_button
from handlers.ground.turn import Turn
from model.colleagues import Right


async def may_go_on(turn: Turn) -> bool:
    """False, which is said, for who may not. What is about the person's own accounts is done there from here on.

    Of who acts on an account of their own nothing is asked.
    """
    if turn.person.colleague is None:
        return True
    needed = needed_for(turn)
    if needed is Whose.OWN:
        await turn.go_home()
        return turn.person.colleague is None
    if is_allowed(turn.person, needed):
        return True
    text = not_allowed_text(turn.words, needed)
    if turn.is_tap:
        await turn.toast(text, alert=True)
    else:
        await turn.show(Screen(Text(text), [[home_button(turn.words)]]))
    return False


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
