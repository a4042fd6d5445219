"""What a colleague may still prolong for this month, where that is limited: on the home screen and under quotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model.colleagues import Right
from model.money import NOTHING
from model.people import Person
from services.account.colleagues import Colleagues
from services.account.people import People
from services.orders.colleague_rights import month_begun


@dataclass(frozen=True)
class MonthLimit:
    """How much a colleague may pay in a month, and what is left of it. `cap` None: their right has no limit yet, so
    they can pay nothing."""

    cap: Decimal | None
    left: Decimal
    currency: str


async def with_limit(turn: Turn, notice: str | None) -> str | None:
    """A notice, and after it how much is left; only what there is of both."""
    return with_limit_line(turn.words, notice, await month_limit(turn))


def with_limit_line(w: Words, notice: str | None, limit: MonthLimit | None) -> str | None:
    said = None if limit is None else limit_text(w, limit)
    return "\n".join(line for line in (notice, said) if line) or None


async def month_limit(turn: Turn) -> MonthLimit | None:
    """Of who has the turn."""
    return await limit_of(turn.person, turn.services.people, turn.services.colleagues, turn.services.now())


async def limit_of(person: Person, people: People, colleagues: Colleagues, now: datetime) -> MonthLimit | None:
    """None for who has no limit. The month is that of the account's owner, as where it is paid.

    The right is read anew: a quote may just have shown that the account is in another currency.
    """
    before = person.colleague
    if before is None or before.right is not Right.PROLONG:
        return None
    colleague = await colleagues.access(before.owner, before.person) or before
    if colleague.monthly_cap is None:
        return MonthLimit(None, NOTHING, colleague.currency)
    owner = await people.find(colleague.owner)
    since = month_begun(now, None if owner is None else owner.zone)
    spent = await colleagues.spent(colleague, since)
    return MonthLimit(colleague.monthly_cap, max(colleague.monthly_cap - spent, NOTHING), colleague.currency)


def left_of(limit: MonthLimit | None) -> Decimal | None:
    """How much may still be paid; None: as much as the balance covers."""
    return None if limit is None else limit.left


def limit_text(w: Words, limit: MonthLimit) -> str:
    if limit.cap is None:
        return w.tr("You cannot prolong yet: the owner of the account has to set your limit for the month.")
    return w.tr(
        "Your limit this month: {limit}, left {left}",
        limit=w.money(limit.cap, limit.currency),
        left=w.money(limit.left, limit.currency),
    )
