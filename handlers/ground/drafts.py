"""Comments that do not fit into a button, and are not to stand there since they are personal.

They wait as the person's drafts, of which a button carries the number. A newer draft replaces an older one, whose
buttons then say so.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from aiogram.utils.formatting import Text

from handlers.ground import parsing
from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import BadInput
from handlers.ground.screen import Screen, button, home_row
from handlers.ground.turn import Turn
from handlers.ground.typed import tidy
from handlers.ground.words import Words, code, lines


def new_draft(text: str, old: str = "") -> dict[str, str]:
    """A text with a number of its own; `old` is the comment that it is to replace everywhere."""
    return {"id": secrets.token_urlsafe(3), "text": text, "old": old}


async def save_drafts(turn: Turn, drafts: Sequence[dict[str, str]]) -> None:
    await turn.services.people.remember(turn.person.chat_id, comments=list(drafts))


async def keep_draft(turn: Turn, text: str, old: str = "") -> str:
    """Remember a text; gives the number by which a button finds it."""
    draft = new_draft(text, old)
    await save_drafts(turn, [draft])
    return draft["id"]


def draft_of(turn: Turn, number: str) -> dict[str, str]:
    """The draft; raises BadInput when a newer one has replaced it."""
    for draft in turn.person.choices.get("comments") or []:
        if draft["id"] == number:
            return {str(name): str(value) for name, value in draft.items()}
    raise BadInput(Text(turn.words.tr("That text is no longer saved. Write it again.")))


def cut_comment(text: str) -> str:
    """At most 50 characters, without a space or a mark that nobody sees at the end."""
    return tidy(text[: parsing.COMMENT_LIMIT])


async def offer_cut(turn: Turn, text: str, wanted: CallbackData, back: CallbackData | None) -> None:
    """px6 takes 50 characters. The button goes on with the cut text, which is cut anew then."""
    await turn.show(too_long_screen(turn.words, text, wanted, back, is_asked=bool(turn.asking)))


def too_long_screen(
    w: Words, text: str, wanted: CallbackData, back: CallbackData | None, *, is_asked: bool
) -> Screen:
    shown = lines(
        w.title("Too long for a comment"),
        w.tr(
            "px6 allows {most} characters, yours has {length}. Shortened:",
            most=parsing.COMMENT_LIMIT,
            length=w.number(len(text)),
        ),
        code(cut_comment(text)),
        w.tr("Or write a shorter one.") if is_asked else None,
    )
    return Screen(shown, [[button(w.tr("Use the shortened one"), wanted)], home_row(w, back)])
