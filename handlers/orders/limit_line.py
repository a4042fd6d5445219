"""What a colleague may still prolong for this month, where that is limited: on the home screen and under quotes."""

from __future__ import annotations

from decimal import Decimal

from handlers.ground.turn import Turn
from handlers.ground.words import Words
from services.orders.colleague_rights import NOTHING, month_begun


async def with_limit(turn: Turn, notice: str | None) -> str | None:
    """A notice, and after it how much is left; only what there is of both."""
    return "\n".join(line for line in (notice, await limit_line(turn)) if line) or None


async def limit_line(turn: Turn) -> str | None:
    """None for who has no limit. The month is that of the account's owner, as where it is paid."""
    colleague = turn.person.colleague
    if colleague is None or colleague.monthly_cap is None:
        return None
    owner = await turn.services.people.find(colleague.owner)
    since = month_begun(turn.services.now(), None if owner is None else owner.zone)
    spent = await turn.services.colleagues.spent(colleague.owner, colleague.person, since)
    return limit_text(turn.words, colleague.monthly_cap, spent, colleague.currency)


def limit_text(w: Words, limit: Decimal, spent: Decimal, currency: str) -> str:
    left = max(limit - spent, NOTHING)
    return w.tr(
        "Your limit this month: {limit}, left {left}", limit=w.money(limit, currency), left=w.money(left, currency)
    )
