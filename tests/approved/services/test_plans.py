"""What is decided without asking anybody: when a person is reminded, and what a rule pays, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from model.schedules import CommentLeads, Habits
from px6 import Proxy
from services.reminders.planning import PersonFacts, plan
from services.reminders.schedule import last_digest, last_local, next_digest, next_local, quiet_until
from services.rules.plan import (
    Spent,
    assigned,
    batched,
    fits,
    how_many,
    limit_of,
    month_start,
    to_announce,
    with_notice,
)
from tests.approved.approving import State, approve
from tests.sample_proxies import NOW, a_proxy
from tests.sample_rules import a_rule

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUIET = Habits(quiet_from=23 * 60, quiet_to=8 * 60)


def facts(habits: Habits | None = None, **given: Any) -> PersonFacts:
    return replace(PersonFacts(habits=habits or Habits(), zone=UTC_ZONE, since=NOW - 60 * DAY), **given)


def row(name: str, proxies: Sequence[Proxy], what: PersonFacts, at: datetime = NOW) -> State:
    """Who is told of, with which leads in hours, with or without a sound, and when is looked again."""
    made = plan(proxies, what, at)
    leads = [f"{proxy_id}: {lead / 3600:g} h" for proxy_id, _, lead in made.rows]
    said = f"soon {[p.id for p in made.soon]}, ended {[p.id for p in made.ended]}, leads {leads}"
    return name, f"{said}, quietly {made.quietly}, again in {made.look_at - at}"


def reminders() -> Iterator[State]:
    for lead in (72, 24, 3):
        for apart in (-SECOND, 0 * SECOND, SECOND):
            end = lead * HOUR + apart
            said = {(15, NOW + end): [each * 3600 for each in (72, 24, 3) if each > lead]}
            yield row(f"{lead} hours before, {apart}", [a_proxy(ends_in=end)], facts(said=said))
    for ends_in in (2 * HOUR, 20 * HOUR, 60 * HOUR):
        yield row(f"several passed: {ends_in}", [a_proxy(ends_in=ends_in)], facts())
    end = 20 * HOUR
    for leads in ([86400], [10800], [86400, 259200]):
        yield row(f"said before: {leads}", [a_proxy(ends_in=end)], facts(said={(15, NOW + end): leads}))
    for later in (None, NOW - SECOND, NOW, NOW + SECOND):
        yield row(f"silent until {later}", [a_proxy(ends_in=end)], facts(muted={(15, NOW + end): later}))
    yield row("busy", [a_proxy(ends_in=end)], facts(busy={15}))
    yield row("covered by a rule", [a_proxy(ends_in=end)], facts(covered={(15, NOW + end)}))
    own = Habits(by_comment=(CommentLeads("shop", ()),))
    yield row("a comment without leads", [a_proxy(ends_in=end), a_proxy(16, ends_in=end, comment="")], facts(own))
    yield row("switched off", [a_proxy(ends_in=end)], facts(Habits(on=False)))


def together() -> Iterator[State]:
    first = a_proxy(ends_in=3 * HOUR)
    for minutes in (44, 45, 46):
        other = a_proxy(16, ends_in=3 * HOUR + minutes * MINUTE)
        yield row(f"another {minutes} minutes after a lead of 3 hours", [first, other], facts())
    day = a_proxy(ends_in=DAY)
    for minutes in (359, 360, 361):
        other = a_proxy(16, ends_in=DAY + minutes * MINUTE)
        yield row(f"another {minutes} minutes after a lead of a day", [day, other], facts())


def ended() -> Iterator[State]:
    for ago in (0 * SECOND, SECOND, 7 * DAY - SECOND, 7 * DAY, 7 * DAY + SECOND):
        yield row(f"ended {ago} ago", [a_proxy(ends_in=-ago)], facts())
    yield row("ended, and that is not to be said", [a_proxy(ends_in=-HOUR)], facts(Habits(after_end=False)))
    yield row("ended before the bot came", [a_proxy(ends_in=-HOUR)], facts(since=NOW - HOUR))
    for minutes in (29, 30, 31):
        two = [a_proxy(ends_in=-MINUTE), a_proxy(16, ends_in=(minutes - 1) * MINUTE)]
        leads = {(16, NOW + (minutes - 1) * MINUTE): [259200, 86400, 10800]}
        yield row(f"ended, another ends {minutes} minutes after it", two, facts(said=leads))


def quiet() -> Iterator[State]:
    night = NOW.replace(hour=23)
    for minutes in (-1, 0, 539, 540, 541):  # they end nine hours after 23:00
        at = night + minutes * MINUTE
        until = quiet_until(QUIET, UTC_ZONE, at)
        yield f"quiet at {at:%H:%M}", str(until)
        due = a_proxy(ends_in=at + 10 * HOUR - NOW)
        yield row(f"due at {at:%H:%M}", [due], facts(QUIET), at)
    for seconds in (-1, 0, 1):
        ends = night + 9 * HOUR + seconds * SECOND - NOW
        yield row(f"ends {seconds} seconds after the quiet hours", [a_proxy(ends_in=ends)], facts(QUIET), night)
    fixed = Habits(hour=9 * 60)
    for minute in (8 * 60, 7 * 60, 22 * 60 + 59, 23 * 60):
        held = replace_hour(minute)
        yield f"daily at {minute}, quiet", f"{last_digest(held, BERLIN, NOW)} – {next_digest(held, BERLIN, NOW)}"
    for looked in (None, NOW - 4 * HOUR, NOW - 2 * HOUR):
        yield row(f"daily at nine, looked {looked}", [a_proxy(ends_in=30 * HOUR)], facts(fixed, looked_at=looked))


def replace_hour(minute: int) -> Habits:
    return Habits(hour=minute, quiet_from=QUIET.quiet_from, quiet_to=QUIET.quiet_to)


def summer() -> Iterator[State]:
    for day in (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)):
        for minute in (0, 119, 120, 150, 180):
            moments = f"{next_local(minute, BERLIN, day)}, before {last_local(minute, BERLIN, day + DAY)}"
            yield f"{minute} minutes after midnight from {day}", moments
    for at in (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), datetime(2026, 10, 31, 23, 0, tzinfo=UTC)):
        yield f"month of {at}", f"{month_start(at, BERLIN)}, {month_start(at, UTC_ZONE)}"


def scopes() -> Iterator[State]:
    proxies = [
        a_proxy(15, ends_in=DAY),
        a_proxy(16, ends_in=HOUR, country="us", comment=""),
        a_proxy(17, ends_in=-HOUR),
    ]
    for scope, value in (("all", ""), ("comment", "shop"), ("comment", ""), ("country", "us"), ("ids", [15, 99])):
        yield f"scope {scope} {value}", str([p.id for p in proxies if fits(a_rule(scope=scope, value=value), p)])
    rules = [a_rule(id=1, scope="country", value="us"), a_rule(id=2, on=False), a_rule(id=3)]
    found = assigned(rules, proxies, NOW)
    yield "assigned", str({rule: [p.id for p in taken] for rule, taken in found.items()})


def runs() -> Iterator[State]:
    rule = a_rule(hours=12)
    for minutes in (-1, 0, 1):
        one = a_proxy(ends_in=24 * HOUR + minutes * MINUTE)
        made = [(at.isoformat(), [p.id for p in batch]) for at, batch in to_announce(rule, [one], (), NOW)]
        yield f"announced {minutes} minutes from 12 hours before the run", str(made)
    for minutes in (59, 60, 61):
        two = [a_proxy(15, ends_in=20 * HOUR), a_proxy(16, ends_in=20 * HOUR + minutes * MINUTE)]
        yield f"two ends {minutes} minutes apart", str([[p.id for p in batch] for batch in batched(rule, two, NOW)])
    for hours in (23, 24, 25):
        two = [a_proxy(15, ends_in=20 * HOUR), a_proxy(16, ends_in=(20 + hours) * HOUR)]
        yield (
            f"announced together, {hours} hours apart",
            str([[p.id for p in b] for _, b in to_announce(rule, two, (), NOW)]),
        )
    told = {(15, NOW + 20 * HOUR)}
    yield "announced before", str(to_announce(rule, [a_proxy(15, ends_in=20 * HOUR)], told, NOW))
    for minutes in (10, 29, 30, 31, 60):
        late = with_notice(NOW - HOUR, NOW + minutes * MINUTE, NOW) - NOW
        yield f"notice when it ends in {minutes} minutes", str(late)


def limits() -> Iterator[State]:
    prices = [Decimal("21.00")] * 3
    for limit in ("Infinity", "63.00", "62.99", "42.00", "20.99", "0", "-1"):
        yield f"of three for 21.00 within {limit}", how_many(prices, Decimal(limit))
    thirds = [Decimal(10) / 3] * 3
    for limit in ("10.00", "9.99"):
        yield f"of three for 10.00 together within {limit}", how_many(thirds, Decimal(limit))
    sums: list[dict[str, Decimal]] = [
        {},
        {"cap_run": Decimal(50)},
        {"cap_month": Decimal(90)},
        {"floor": Decimal(30)},
    ]
    sums.append({"cap_run": Decimal(50), "cap_month": Decimal(90), "floor": Decimal(30)})
    for each in sums:
        for balance in (None, Decimal(100), Decimal(70)):
            found = limit_of(a_rule(**each), Spent(Decimal(50)), balance)
            yield f"limits {sorted(each)}, balance {balance}, 50 spent", f"{found[0]} because of {found[1]}"


def states() -> Iterator[State]:
    for table in (reminders, together, ended, quiet, summer, scopes, runs, limits):
        yield from table()


def test_every_plan_is_made_as_approved() -> None:
    approve(__file__, states())
