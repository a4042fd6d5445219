"""One look at one account: what px6 said, and the facts about its person. And the plan that is made of both."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from model.accounts import StoredAccount
from model.people import Person
from px6 import ProxyList, Px6Client
from services.reminders.planning import PersonFacts, Plan, plan

IN_THREAD = 200  # proxies from which a plan is made in a thread, so that the loop is never blocked


@dataclass(frozen=True)
class Look:
    """`client` lets the calls of people go first."""

    person: Person
    account: StoredAccount
    client: Px6Client
    listed: ProxyList
    read_at: datetime
    facts: PersonFacts


async def planned(listed: ProxyList, facts: PersonFacts, now: datetime) -> Plan:
    """What to say of these proxies now."""
    if len(listed.proxies) < IN_THREAD:
        return plan(listed.proxies, facts, now)
    return await asyncio.to_thread(plan, listed.proxies, facts, now)
