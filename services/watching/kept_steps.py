"""What a look sees of a payment that waits for money, and when the next one comes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from model.orders import Quote
from model.watching import KeptPayment
from services.notifications.watching_kinds import KeptEnded
from services.reminders.look import Look
from services.reminders.schedule import quiet_until

WATCHED_FOR = timedelta(days=3)
PAUSES = (  # between looks, by how long it has been kept
    (timedelta(hours=3), timedelta(minutes=10)),
    (timedelta(days=1), timedelta(minutes=15)),
    (WATCHED_FOR, timedelta(minutes=30)),
)


def left_of(kept: KeptPayment, look: Look) -> tuple[list[int], bool]:
    """The proxies that are still to be prolonged, and whether a payment for some of them is under way."""
    ends = {proxy.id: proxy.ends_at for proxy in look.listed.proxies}
    left = [one for one, end in kept.ends.items() if ends.get(one) == end]
    return left, any(one in look.facts.busy for one in kept.ends)


def is_read(kept: KeptPayment, look: Look) -> bool:
    """Whether px6 has said of all the proxies how they stand: one that it listed unreadably may be there as ever."""
    return not look.listed.unreadable or kept.ends.keys() <= {proxy.id for proxy in look.listed.proxies}


def next_look(kept: KeptPayment, now: datetime) -> datetime:
    """Who has just gone to top up is looked at more often."""
    pause = next((pause for age, pause in PAUSES if now - kept.kept_at < age), PAUSES[-1][1])
    return min(now + pause, max(kept.until, now))


def ended_of(kept: KeptPayment, why: str) -> KeptEnded:
    """What is said at its end."""
    return KeptEnded(kept.kind, kept.wish, kept.count, kept.period, kept.price, kept.currency, kept.quote_id, why)


def called_off(quote: Quote, waiting: Iterable[KeptPayment]) -> KeptEnded:
    """What a message becomes that said that this quote is paid, which was taken back, where these wait now."""
    for kept in waiting:
        if is_of(quote, kept):
            return ended_by(quote, "interrupted")
        if quote.kind == kept.kind == "prolong" and kept.ends.keys() < set(quote.ids):
            return ended_of(kept, "fewer")
    return ended_by(quote, "lost")


def ended_by(quote: Quote, why: str) -> KeptEnded:
    """What is said at the end of what was to be paid at once by this quote."""
    [option] = quote.options
    count = len(quote.ids) if quote.wish is None else quote.wish.count
    return KeptEnded(quote.kind, quote.wish, count, option.period, option.price, quote.currency, quote.id, why)


def is_of(quote: Quote, kept: KeptPayment) -> bool:
    """Whether the quote was to pay what waits, or what was left of it."""
    is_part = quote.kind == kept.kind == "prolong" and kept.ends.keys() >= set(quote.ids)
    return is_part or kept.is_like(quote.kind, quote.wish, frozenset(quote.ids))


def is_quiet(look: Look, now: datetime) -> bool:
    return quiet_until(look.facts.habits, look.facts.zone, now) is not None
