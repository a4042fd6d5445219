"""Words for proxies that are checked again and again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.proxy_words import PROXIES_NAMED
from handlers.ground.words import Words, code, flag
from handlers.proxies.filter import comment_name
from model.health import HealthWatch
from model.replacing import Bought
from services.notifications.watching_kinds import Seen


def which_text(w: Words, which: str, value: str) -> str:
    """`all proxies`, `comment “shop”`, `🇩🇪 Germany`"""
    if which == "comment":
        return comment_name(w, value)
    return w.place(value) if which == "country" else w.tr("all proxies")


def every_text(w: Words, minutes: int) -> str:
    """How often, of the intervals that there are."""
    names = {
        30: w.tr("every 30 minutes"),
        60: w.tr("every hour"),
        180: w.tr("every 3 hours"),
        360: w.tr("every 6 hours"),
        720: w.tr("every 12 hours"),
    }
    return names.get(minutes) or w.tr("once a day")


def every_label(w: Words, minutes: int) -> str:
    """How often, on a button."""
    text = every_text(w, minutes)
    return text[:1].upper() + text[1:]


def result_text(w: Words, one: HealthWatch, now: datetime) -> Text:
    """What the last look found."""
    if one.looked_at is None:
        return Text(w.tr("not checked yet"))
    if one.checked == 0:
        return Text(w.tr("no running proxies"))
    when = w.when(one.looked_at, now)
    worked, count = w.number(one.worked), w.number(one.checked)
    return w.rich("{worked} of {count} work, {when}", worked=worked, count=count, when=when)


def bought_text(w: Words, bought: Sequence[Bought]) -> str:
    """`2 · 42.00 RUB`; with several currencies the sum of each."""
    count = w.number(sum(each.count for each in bought))
    return " · ".join([count, *(w.money(each.sum, each.currency) for each in bought)])


def health_line(w: Words, one: HealthWatch, now: datetime) -> Text:
    """Its line in `/watch`."""
    what = which_text(w, one.which, one.value)
    if not one.is_on:
        return w.rich("Checking {what}: paused", what=what)
    every, found = every_text(w, one.minutes), result_text(w, one, now)
    if one.replacing is not None:
        return w.rich("Checking {what} {every}, replacing what fails: {found}", what=what, every=every, found=found)
    return w.rich("Checking {what} {every}: {found}", what=what, every=every, found=found)


def named_lines(w: Words, named: Sequence[Seen], count: int) -> list[Text]:
    """The first few ready to be copied, the rest folded."""
    shown = [
        Text(f"{flag(each.country)} ", code(each.address), " · ", code(each.id)) for each in named[:PROXIES_NAMED]
    ]
    rest = [f"{flag(each.country)} {each.address} · {each.id}" for each in named[PROXIES_NAMED:]]
    if beyond := count - len(named):
        rest.append(w.n("and {count} more", "and {count} more", beyond))
    return [*shown, ExpandableBlockQuote("\n".join(rest))] if rest else shown
