"""Whatever pays by itself is switched off at once, but for a payment that had begun before: the screen says so."""

from __future__ import annotations

from collections.abc import Collection

from handlers.ground.turn import Turn
from model.orders import BY_ITSELF, Source


async def note_begun(turn: Turn, *sources: Source, on_all_accounts: bool = False) -> None:
    """These were just switched off or limited: let the next screen say whether one of them had begun to pay."""
    person = turn.person.telegram_id
    if await turn.services.orders.has_open(person, *sources, on_all_accounts=on_all_accounts):
        say_begun(turn)


async def note_begun_for(turn: Turn, proxy_ids: Collection[int]) -> None:
    """As `note_begun`, for whatever is paid for some of these proxies, which were not to be prolonged."""
    begun = await turn.services.orders.open_of(turn.person.telegram_id)
    if any(one in proxy_ids for order in begun for one in order.ids):
        say_begun(turn)


def say_begun(turn: Turn) -> None:
    turn.owes_outcome = True
    turn.remark = turn.words.tr("⚠️ A payment had already begun: its outcome is in /orders.")


async def switch_spending(turn: Turn, *, on: bool) -> None:
    """The one switch of all that is spent automatically, by whichever px6 account of the person."""
    await turn.services.rules.switch(turn.person.telegram_id, on=on)
    turn.on_disk()
    if not on:
        await note_begun(turn, *BY_ITSELF, on_all_accounts=True)
