"""What a colleague has just done on an account, written down for its owner; of an owner nothing is."""

from __future__ import annotations

import logging

from handlers.ground.turn import Turn
from model.doers import Act
from model.errors import StorageError

log = logging.getLogger(__name__)


async def note_act(turn: Turn, act: Act, count: int = 1) -> None:
    """Called where it has succeeded. `count`: on how many proxies, or of what; nothing is written down of none."""
    colleague = turn.person.colleague
    if colleague is None or count < 1:
        return
    try:
        await turn.services.colleagues.note(colleague.owner, colleague.person, colleague.name, act, count)
    except StorageError as error:  # it is done, and that is what is to be said
        log.warning("What a colleague did was not written down: %s", error)
