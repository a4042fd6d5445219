"""Whatever pays by itself is switched off at once, but for a payment that had begun before: the screen says so."""

from __future__ import annotations

from handlers.ground.turn import Turn
from model.orders import AUTOMATIC, Source


async def note_what_goes_on(turn: Turn, *sources: Source, on_all_accounts: bool = False) -> None:
    """These have just been switched off: let the next screen say whether a payment by one of them goes on."""
    person = turn.person.telegram_id
    if await turn.services.orders.is_under_way(person, *sources, on_all_accounts=on_all_accounts):
        turn.owes_outcome = True
        turn.remark = turn.words.tr("⚠️ A payment had already begun and goes on: its outcome is in /orders.")


async def switch_spending(turn: Turn, *, on: bool) -> None:
    """The one switch of all that is spent automatically, by whichever px6 account of the person."""
    await turn.services.rules.switch(turn.person.telegram_id, on=on)
    turn.on_disk()
    if not on:
        await note_what_goes_on(turn, *AUTOMATIC, on_all_accounts=True)
