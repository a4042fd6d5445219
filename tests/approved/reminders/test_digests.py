from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

from msgspec import structs

from handlers.reminders.digest import later_screen, let_go_screen, no_reminder_screen, put_off_screen, put_off_to
from handlers.reminders.digest_screen import digest_screen
from handlers.reminders.end_lines import end_lines
from model.colleagues import Right
from px6 import Proxy
from services.notifications.kinds import Digest
from services.orders import Option, Quote
from services.reminders.service import NoReminder
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.handlers.sample_orders import a_quote
from tests.sample_kept import a_payment
from tests.sample_proxies import NOW, a_proxy

PERIODS = ((30, "42.00"), (7, "9.80"), (90, "126.00"))
Ends = tuple[Proxy, ...]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def some(count: int, every: timedelta = HOUR, first: timedelta = HOUR, **changes: Any) -> tuple[Proxy, ...]:
    """Proxies that end one after another, each with a comment of its own unless `changes` says one."""
    return tuple(
        a_proxy(15 + nth, ends_in=first + nth * every, **{"comment": f"c{nth}", **changes}) for nth in range(count)
    )


def quoted(balance: str, count: int = 1, *periods: tuple[int, str]) -> Quote:
    made = a_quote(balance, *(periods or PERIODS))
    part = structs.replace(made.parts[0], ids=tuple(range(15, 15 + count)))
    return structs.replace(made, parts=(part,))


def a_digest(soon: Ends = (), ended: Ends = (), quote: Quote | None = None, **given: Any) -> Digest:
    return Digest(8, soon, ended, quote, False, NOW, **given)


def shown(name: str, digest: Digest) -> State:
    return name, digest_screen(EN, digest, SITE)


def soon() -> Iterator[State]:
    for count in (1, 2, 3, 4, 6, 7):
        yield shown(f"{count} end", a_digest(some(count), quote=quoted("50.00", count)))
    for balance in ("126.00", "125.99", "42.00", "41.99", "9.80", "9.79"):
        yield shown(f"balance {balance}", a_digest(some(1), quote=quoted(balance)))
    at_most = tuple(Option(period=days, price=Decimal(price), at_most=True) for days, price in PERIODS)
    for balance in ("42.00", "41.99"):
        unsure = structs.replace(quoted(balance), options=at_most)
        yield shown(f"at most, balance {balance}", a_digest(some(1), quote=unsure))
    for unpriced in (1, 2):
        yield shown(f"{unpriced} without a price", a_digest(some(1 + unpriced), quote=quoted("50")))
    yield shown("no price at the moment", a_digest(some(2)))
    for count in (1, 2):
        yield shown(f"{count} that px6 does not renew", a_digest(some(count, version="5")))
    for ended in (1, 2, 3):
        before = some(ended, first=-HOUR, every=-HOUR)
        yield shown(f"one ends, {ended} ended meanwhile", a_digest(some(1), before, quoted("50")))
    renewed = frozenset({15})
    yield shown("px6 renews one of two", a_digest(some(2), quote=quoted("50", 2), renewed_by_px6=renewed))
    yield shown("a test", a_digest(some(2), test=True))
    yield "in Berlin", digest_screen(IN_BERLIN, a_digest(some(1, first=2 * DAY), quote=quoted("50")), SITE)
    yield "Russian", digest_screen(RU, a_digest(some(21), some(2), quoted("9.80", 21)), SITE)


def of_colleagues() -> Iterator[State]:
    before = some(1, first=-HOUR)
    for right in Right:
        yield shown(f"to {right}", a_digest(some(2), before, quoted("50.00", 2), right=right))
        yield shown(f"to {right}: short of money", a_digest(some(2), quote=quoted("9.79", 2), right=right))
        yield shown(f"to {right}: one has ended", a_digest(ended=before, right=right))
    for left in ("50.00", "0.00"):
        over = a_digest(
            some(2), quote=a_quote("500", (30, "63"), (7, "14.70")), right=Right.PROLONG, left=Decimal(left)
        )
        yield shown(f"to prolong: {left} left of the limit", over)
    yield shown("to prolong: px6 does not renew it", a_digest(some(1, version="5"), right=Right.PROLONG))
    yield shown(
        "to prolong: one has ended that px6 does not renew",
        a_digest(ended=some(1, first=-HOUR, version="5"), right=Right.PROLONG),
    )


def ended() -> Iterator[State]:
    for count in (1, 2):
        gone = some(count, first=-HOUR, every=-HOUR, comment="shop")
        yield shown(f"{count} have ended", a_digest(ended=gone))
    four = tuple(a_proxy(15 + nth, ends_in=-HOUR, country=code) for nth, code in enumerate(("de", "us", "fr", "nl")))
    yield shown("four in four countries have ended", a_digest(ended=four))
    unsure = some(1, first=-HOUR, version=None, ip="185.1.1.1", type="socks")
    yield shown("an IPv4 of unknown kind has ended", a_digest(ended=unsure))
    yield shown("one without a country has ended", a_digest(ended=some(1, first=-HOUR, country=None)))
    for count in (1, 2):
        unsold = some(count, first=-HOUR, version="5")
        yield shown(f"{count} that px6 does not renew have ended", a_digest(ended=unsold))
    yield "Russian: ended", digest_screen(RU, a_digest(ended=some(5, first=-DAY, comment="")), SITE)


def lines() -> Iterator[State]:
    for hours in (0, 1, 3, 4, 23, 24, 25, 72, 73):
        one = some(1, first=hours * HOUR)
        yield f"line: in {hours} hours", [end_lines(EN, one, NOW), end_lines(IN_BERLIN, one, NOW)]
    for count in (3, 4, 40, 41, 42, 62):
        alike = some(count, every=timedelta(minutes=1), comment="shop")
        yield f"lines: {count} alike", end_lines(EN, alike, NOW)
    for minutes in (20, 21):  # the last of four is an hour, or more, after the first
        apart = some(4, every=timedelta(minutes=minutes), comment="")
        yield f"lines: four alike, {minutes} minutes apart", end_lines(EN, apart, NOW)
    buckets = (*some(2), *some(2, first=DAY), *some(2, first=5 * DAY))
    for first, then in ((HOUR, 4 * HOUR), (4 * HOUR, 2 * DAY), (2 * DAY, 5 * DAY)):
        pairs = (*some(2, first=first), *some(2, first=then))
        yield f"lines: two in {first}, two in {then}", end_lines(EN, pairs, NOW)
    for edge in (2 * HOUR, 23 * HOUR, 71 * HOUR):  # the second is on the edge, the third a second beyond
        pairs = (*some(2, first=edge), *some(2, first=edge + HOUR + timedelta(seconds=1)))
        yield f"lines: two in {edge}, two a second later", end_lines(EN, pairs, NOW)
    yield "lines: two by two", end_lines(EN, buckets[:4], NOW)
    yield "lines: two by two by two", end_lines(EN, buckets, NOW)
    yield "lines: two and one", end_lines(EN, (*buckets[:3], *some(1, first=30 * DAY)), NOW)
    yield "lines: px6 renews all alike", end_lines(EN, some(4, comment="shop"), NOW, range(15, 19))
    yield "Russian: lines", end_lines(RU, some(61, every=timedelta(seconds=1), comment="shop"), NOW)


def later() -> Iterator[State]:
    digest = a_digest(some(2), quote=quoted("50"))
    for w in (EN, IN_BERLIN, RU):
        yield f"later, {w.language}, {w.zone}", later_screen(w, digest)
    for hours, zone in ((3, None), (0, None), (3, "Europe/Berlin"), (0, "Europe/Berlin"), (0, "Asia/Kamchatka")):
        yield f"put off by {hours} in {zone}", put_off_to(hours, zone, NOW).isoformat()
    for hour in (7, 8, 22, 23):  # nine in Berlin is eight; its midnight is eleven
        yield f"put off at {hour} in Berlin", put_off_to(0, "Europe/Berlin", NOW.replace(hour=hour)).isoformat()


def answers() -> Iterator[State]:
    for w in (EN, RU, IN_BERLIN):
        yield f"put off, {w.language}, {w.zone}", put_off_screen(w, 7, NOW + 21 * HOUR, NOW + 21 * HOUR, NOW)
    for w in (EN, RU):
        yield (
            f"put off into quiet hours, and let go before, {w.language}",
            put_off_screen(w, 7, NOW + 3 * HOUR, NOW + 9 * HOUR, NOW, without=2),
        )
        for why in get_args(NoReminder):
            yield f"nothing will come, {why}, {w.language}", no_reminder_screen(w, 7, why)
    waits, ended = a_payment(), a_payment(state="cancelled")
    for count in (1, 2):
        for name, waited in (("goes on", [waits]), ("is over", [ended]), ("and others", [waits, ended, waits])):
            said = [let_go_screen(w, 7, count, waited) for w in (EN, RU)]
            yield f"not prolonging {count}, a payment that waited {name}", said
    for count in (1, 2, 5, 21):
        yield f"not prolonging {count}", [let_go_screen(w, 7, count) for w in (EN, RU)]


def states() -> Iterator[State]:
    for table in (soon, of_colleagues, ended, lines, later, answers):
        yield from table()


def test_every_reminder_reads_as_approved() -> None:
    approve(__file__, states())
