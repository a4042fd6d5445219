"""The line on the home screen that says what was paid today, and how much of it by rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model import local_time
from model.orders import PaidSum

DAY = timedelta(days=1)


async def paid_today(turn: Turn) -> Sequence[PaidSum]:
    """What the person paid since their midnight; in the last 24 hours while nobody knows when that is."""
    return await turn.services.orders.paid_since(turn.person.telegram_id, day_begun(turn.words, turn.services.now()))


def day_begun(w: Words, now: datetime) -> datetime:
    """When the person's day began."""
    if w.zone is None:
        return now - DAY
    return local_time.day_begun(now, w.zone)


def spent_line(w: Words, paid: Sequence[PaidSum]) -> str | None:
    """`Paid today: 124.30 RUB (rules: 21.00 RUB)`; None where nothing was."""
    if not paid:
        return None
    when = w.tr("today") if w.zone else w.tr("in 24 hours")
    whole = sums(w, [(each.currency, each.sum) for each in paid])
    by_rules = sums(w, [(each.currency, each.by_rules) for each in paid if each.by_rules])
    if not by_rules:
        return w.tr("Paid {when}: {sum}", when=when, sum=whole)
    if by_rules == whole:
        return w.tr("Paid {when} by rules: {sum}", when=when, sum=whole)
    return w.tr("Paid {when}: {sum} (rules: {part})", when=when, sum=whole, part=by_rules)


def sums(w: Words, paid: Sequence[tuple[str, Decimal]]) -> str:
    """`124.30 RUB`; of several currencies `124.30 RUB + 3.00 USD`."""
    return " + ".join(w.money(sum_, currency) for currency, sum_ in paid)
