"""The line on the home screen that says how long the balance lasts, from the last look: px6 is not called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from aiogram.utils.formatting import Text

from handlers.ground.words import Words
from handlers.reminders.end_lines import near_time
from services.money.outlook import lasts_until

OUTLOOK_MAX_AGE = timedelta(hours=12)  # an older forecast is not shown


def outlook_line(w: Words, outlook: Mapping[str, Any] | None, now: datetime) -> Text | None:
    """Until when the balance lasts, as the last look at the account found; None when that is too long ago."""
    if outlook is None or abs(now.timestamp() - outlook["at"]) > OUTLOOK_MAX_AGE.total_seconds():
        return None
    if not Decimal(outlook["cost"]):
        return None
    cost = w.money(Decimal(outlook["cost"]), outlook["currency"])
    if outlook.get("at_most"):
        cost = w.tr("at most {sum}", sum=cost)
    until = lasts_until(outlook)
    if until is None:
        return Text(w.tr("Prolonging, next 30 days: {sum}; the balance is enough", sum=cost))
    when = near_time(w, until, now)
    if outlook.get("at_most"):
        return w.rich("Prolonging, next 30 days: {sum}; the balance lasts at least until {when}", sum=cost, when=when)
    return w.rich("Prolonging, next 30 days: {sum}; the balance lasts until {when}", sum=cost, when=when)
