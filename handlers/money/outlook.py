"""The line on the home screen that says how long the balance lasts, from the last look: px6 is not called."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram.utils.formatting import Text

from handlers.ground.words import Words
from model.accounts import Outlook

OUTLOOK_MAX_AGE = timedelta(hours=12)  # an older forecast is not shown


def outlook_line(w: Words, outlook: Outlook | None, now: datetime) -> Text | None:
    """Until when the balance lasts, as the last look at the account found; None when that is too long ago."""
    if outlook is None or abs(now - outlook.made_at) > OUTLOOK_MAX_AGE:
        return None
    if not outlook.cost:
        return None
    cost = w.money(outlook.cost, outlook.currency)
    if outlook.at_most:
        cost = w.tr("at most {sum}", sum=cost)
    if outlook.lasts_until is None:
        return Text(w.tr("Prolonging in the next 30 days: {sum}; the balance is enough", sum=cost))
    when = w.near(outlook.lasts_until, now)
    if outlook.at_most:
        return w.rich(
            "Prolonging in the next 30 days: {sum}; the balance lasts at least until {when}", sum=cost, when=when
        )
    return w.rich("Prolonging in the next 30 days: {sum}; the balance lasts until {when}", sum=cost, when=when)
