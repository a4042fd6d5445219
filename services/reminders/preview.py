"""What will be said in the coming weeks: the plan played forward from moment to moment. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from px6 import Proxy
from services.reminders.planning import SOONEST_LOOK, PersonFacts, moments_of, plan
from services.reminders.schedule import next_digest, quiet_until

LONGEST_AHEAD = 61  # days that are played forward


@dataclass(frozen=True)
class ComingMessage:
    """A message that will be sent at `at` (not later than now: with the next look), about `count` proxies."""

    at: datetime
    count: int


def coming_messages(
    proxies: Sequence[Proxy], facts: PersonFacts, now: datetime, most: int = 3
) -> list[ComingMessage]:
    """The next messages, if nothing is prolonged before: played forward from moment to moment."""
    said = {key: set(leads) for key, leads in facts.said.items()}
    found: list[ComingMessage] = []
    at = now
    end = now + timedelta(days=LONGEST_AHEAD)
    while len(found) < most and at < end:
        played = replace(facts, looked_at=facts.looked_at if at == now else at - SOONEST_LOOK, said=said)
        step = plan(proxies, played, at)
        if not step.is_empty:
            found.append(ComingMessage(at, len(step.soon) + len(step.ended)))
            for proxy_id, ends_at, lead in step.rows:
                said.setdefault((proxy_id, ends_at), set()).add(lead)
        at = next_moment(proxies, played, at)
    return found


def next_moment(proxies: Sequence[Proxy], facts: PersonFacts, at: datetime) -> datetime:
    """The next moment at which a plan may say something else than at `at`."""
    far = datetime.max.replace(tzinfo=UTC)
    moments = [m for proxy in proxies for m in moments_of(proxy, facts) if m > at]
    quiet = quiet_until(facts.habits, facts.zone, at)
    if quiet is not None:
        moments.append(quiet)
    if facts.habits.hour is not None and moments:
        moments.append(next_digest(facts.habits, facts.zone, at))
    return min(moments, default=far)
