"""One look at one account: what px6 said, and the facts about its person. And the plan that is made of both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import px6
from model.accounts import StoredAccount
from model.colleagues import Right
from model.orders import Quote
from model.people import Person
from px6 import ProxyList, Px6Client
from services.reminders.planning import PersonFacts, Plan, plan
from services.reminders.records import Records

log = logging.getLogger(__name__)

SOONEST = timedelta(seconds=5)  # between two looks at an account, unless something woke it
FRESH = timedelta(seconds=2)  # a look that began so shortly ago need not be repeated before something is said
LOOK_AGAIN = timedelta(minutes=10)  # where px6 or something that changes by itself has to be waited for
IN_THREAD = 200  # proxies from which a plan is made in a thread, so that the loop is never blocked


@dataclass(frozen=True)
class Look:
    """`client` lets the calls of people go first. `records` were read after px6. `lease`: what claimed the account.

    `facts` are those of the records, with what rules cover by now, and with the last look also where only colleagues
    could be told of it. `person` is who is told: the owner, or a colleague as who acts on the account.
    """

    person: Person
    account: StoredAccount
    client: Px6Client
    listed: ProxyList
    read_at: datetime
    records: Records
    facts: PersonFacts
    changes: int  # as of the client when px6 was asked
    lease: str = ""

    @property
    def receiver(self) -> int | None:
        """The colleague who is told; None: the owner of the account is."""
        return None if self.person.colleague is None else self.person.colleague.person

    @property
    def right(self) -> Right | None:
        """The right of the colleague who is told."""
        return None if self.person.colleague is None else self.person.colleague.right

    def may(self, right: Right) -> bool:
        """Whether who is told may do that."""
        return self.right is None or self.right.includes(right)

    def is_shown(self, quote: Quote) -> bool:
        """Whether the quote stands, or was confirmed, in the chat of who is told."""
        return quote.chat_id in (None, self.person.chat_id)

    def is_fresh(self, now: datetime) -> bool:
        """Whether px6 was read just now. A clock that was set back says nothing of that."""
        return timedelta(0) <= now - self.read_at <= FRESH


def not_at_once(at: datetime, now: datetime) -> datetime:
    """When a look may come that is planned for `at`: else one account could keep a round from ending."""
    return max(at, now + SOONEST)


async def planned(listed: ProxyList, facts: PersonFacts, now: datetime) -> Plan:
    """What to say of these proxies now."""
    if len(listed.proxies) < IN_THREAD:
        return plan(listed.proxies, facts, now)
    return await asyncio.to_thread(plan, listed.proxies, facts, now)


async def later_on_error(
    what: str, step: Awaitable[datetime | None], clock: Callable[[], datetime]
) -> datetime | None:
    """When to come again for one rule, payment or purchase, which the log calls `what`.

    An error of px6 makes this one wait, and keeps neither the others nor the digest back. Raises WrongKey and
    WrongAddress, which concern the account.
    """
    try:
        return await step
    except (px6.WrongKey, px6.WrongAddress):
        raise
    except px6.Px6Error as error:
        log.debug("%s has to wait: %s", what, type(error).__name__)
        return clock() + LOOK_AGAIN
