"""What a person wants to be reminded of, and when."""

from __future__ import annotations

import msgspec

HOUR = 3600
DAY = 24 * HOUR
MINUTES = 24 * 60  # of a day
DEFAULT_LEADS = (3 * DAY, DAY, 3 * HOUR)
MOST_LEADS = 8
LONGEST_LEAD = 60 * DAY
SHORTEST_LEAD = HOUR // 2


class TooManyLeads(Exception):
    """A person may have MOST_LEADS lead times, and as many for each comment."""


class CommentLeads(msgspec.Struct, frozen=True):
    """The lead times for proxies with a comment, in place of the common ones; empty: no reminders of them."""

    comment: str
    leads: tuple[int, ...]


class Habits(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's settings of reminders and of automatic prolonging.

    Leads are seconds before the end, longest first. `quiet_from` and `quiet_to` are minutes after local midnight
    (None: no quiet hours; the first may be greater: over midnight). `hour`: a digest at this minute of the day
    instead of at lead times. `low_days`: a warning when the balance does not cover what ends within so many days
    (None: never). `rules_on` is the one switch of all automatic prolonging. `left_to_colleagues`: the accounts, by
    their owners' ids, of which only the colleagues are reminded who are told of them.
    """

    on: bool = True
    leads: tuple[int, ...] = DEFAULT_LEADS
    by_comment: tuple[CommentLeads, ...] = ()
    quiet_from: int | None = None
    quiet_to: int | None = None
    hour: int | None = None
    after_end: bool = True
    low_days: int | None = 3
    changes: bool = True
    rules_on: bool = True
    left_to_colleagues: tuple[int, ...] = ()

    @property
    def digest_minute(self) -> int | None:
        """The minute of the day at which the daily digest comes: one within the quiet hours waits for their end."""
        if self.hour is None or self.quiet_from is None or self.quiet_to is None:
            return self.hour
        within = (self.hour - self.quiet_from) % MINUTES < (self.quiet_to - self.quiet_from) % MINUTES
        return self.quiet_to if within else self.hour

    def leads_of(self, comment: str) -> tuple[int, ...]:
        """The lead times for a proxy with this comment; none while reminders are off."""
        return self.leads_kept(comment) if self.on else ()

    def leads_kept(self, comment: str | None) -> tuple[int, ...]:
        """The lead times for a comment, or (None) those without their own, switched on or not."""
        own = next((each.leads for each in self.by_comment if each.comment == comment), None)
        return self.leads if own is None else own

    def with_leads(self, comment: str | None, leads: tuple[int, ...]) -> Habits:
        """The same with these lead times, for a comment or (None) for all others. Raises TooManyLeads."""
        if len(set(leads)) > MOST_LEADS:
            raise TooManyLeads
        if comment is not None:
            return self.with_comment(comment, leads)
        return msgspec.structs.replace(self, leads=ordered(leads))

    def with_lead(self, comment: str | None, lead: int) -> Habits:
        """The same with one lead time more, for a comment or (None) for all others. Raises TooManyLeads."""
        return self.with_leads(comment, (*self.leads_kept(comment), lead))

    def toggled(self, comment: str | None, lead: int) -> Habits:
        """The same with a lead time more, or without it when it is there. Raises TooManyLeads."""
        before = self.leads_kept(comment)
        if lead not in before:
            return self.with_lead(comment, lead)
        return self.with_leads(comment, tuple(each for each in before if each != lead))

    def with_comment(self, comment: str, leads: tuple[int, ...] | None) -> Habits:
        """The same with lead times of its own for a comment; None takes them away."""
        others = tuple(each for each in self.by_comment if each.comment != comment)
        mine = () if leads is None else (CommentLeads(comment, ordered(leads)),)
        return msgspec.structs.replace(self, by_comment=(*others, *mine))


def ordered(leads: tuple[int, ...]) -> tuple[int, ...]:
    """Each lead once, longest first."""
    return tuple(sorted(set(leads), reverse=True))


def of_colleague(of_account: Habits, own: Habits) -> Habits:
    """The settings by which a colleague is told of an account: what is told, and how long before, is the owner's to
    say; at which time of the day, and whether at all, the colleague's."""
    return msgspec.structs.replace(
        of_account,
        on=of_account.on and own.on,
        quiet_from=own.quiet_from,
        quiet_to=own.quiet_to,
        hour=own.hour,
    )
