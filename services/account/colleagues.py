"""Colleagues: the owner of an account invites them, changes and takes back their right; they accept, and leave.

Whatever changes a right locks the account's owner, as every claim does: a right that is taken back before a payment
is claimed keeps it from being claimed.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import INVITE_ID, INVITE_KEPT, Accepted, Colleague, ColleagueAction, Invite, NotAccepted, Right
from model.money import NOTHING
from model.notifications import ColleagueNews, Unsaid
from model.people import OwnAccount
from services.account.access_news import write_news
from storage import accounts, colleagues, locks, own_accounts, people, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

MOST_COLLEAGUES = 20  # of an account
MOST_INVITES = 8  # that are open at a time, of an account
LONGEST_NAME = 40
DECLINED = "declined"  # among a person's choices: the invitation that they declined last


class TooManyInvites(Exception):
    """As many invitations to the account are open as may be."""


class OtherCurrency(Exception):
    """A limit was named in another currency than the account is in."""


class Colleagues:
    """`owner` is the owner of the account, `person` the colleague's own id."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def invite(
        self,
        owner: int,
        right: Right,
        cap: Decimal | None = None,
        *,
        by_name: str = "",
        person: int | None = None,
        currency: str | None = None,
    ) -> str:
        """Make an invitation, which works once within 24 hours; gives the code for its link.

        `by_name`: what Telegram calls the owner. `person`: for whom alone it is. `currency`: that of a limit that was
        named; raises OtherCurrency where the account is in another one, and TooManyInvites.
        """
        code = secrets.token_urlsafe(16)
        made = Invite(
            owner=owner,
            right=right,
            monthly_cap=cap_of(right, cap),
            made_at=self._clock(),
            by_name=by_name[:LONGEST_NAME],
            person=person,
        )
        async with self._database.write() as connection:
            await locks.person(connection, owner)
            await check_currency(connection, owner, made.monthly_cap, currency)
            if len(await colleagues.invites_of(connection, owner, made.made_at - INVITE_KEPT)) >= MOST_INVITES:
                raise TooManyInvites
            await colleagues.invite(connection, made, hash_of(code))
        return code

    async def invites(self, owner: int) -> list[Invite]:
        """The invitations that can still be accepted, oldest first."""
        async with self._database.read() as connection:
            return await colleagues.invites_of(connection, owner, self._clock() - INVITE_KEPT)

    async def invited(self, code: str, person: int) -> tuple[Invite, OwnAccount] | NotAccepted:
        """What this person is invited to, and the account as its owner calls it, with the right that they have there
        now; or why they cannot accept."""
        async with self._database.read() as connection:
            return await self._invited(connection, code, person)

    async def _invited(
        self, connection: AsyncConnection, code: str, person: int
    ) -> tuple[Invite, OwnAccount] | NotAccepted:
        invite = await colleagues.invited(connection, hash_of(code))
        if invite is None:
            return NotAccepted.UNKNOWN
        refused = await self._why_not(connection, invite, person)
        if refused is not None:
            return refused
        accounts_of = await own_accounts.of_person(connection, invite.owner)
        account = next(each for each in accounts_of if each.telegram_id == invite.owner)
        now = await colleagues.access(connection, invite.owner, person)
        return invite, msgspec.structs.replace(account, colleague=now)

    async def decline(self, code: str, person: int, name: str) -> Unsaid | NotAccepted:
        """Nobody can accept the invitation any more; gives what its owner is told, or why the person cannot decline
        it. `name`: what Telegram calls them."""
        async with self._database.write() as connection:
            invite = await colleagues.invited(connection, hash_of(code))
            if invite is None:
                return NotAccepted.UNKNOWN
            await locks.several(connection, (invite.owner, person))
            found = await self._invited(connection, code, person)
            if isinstance(found, NotAccepted):
                return found
            await colleagues.use_invite(connection, hash_of(code))
            await people.remember(connection, person, {DECLINED: invite_id(code)})
            news = ColleagueNews("declined", name, found[1].label, invite.owner)
            return await write_news(connection, news, self._clock())

    async def accepted_with(self, code: str, person: int) -> Accepted | None:
        """What the person got by this invitation, while they have it: a button was tapped twice."""
        async with self._database.read() as connection:
            known = await people.get(connection, person)
            joined = {} if known is None else known.choices.get(people.JOINED) or {}
            if joined.get("invite") != invite_id(code):
                return None
            mine = await colleagues.acted_on(connection, person)
        before = msgspec.convert(joined.get("before"), Colleague | None)
        return next((accepted_of(each, before) for each in mine if each.telegram_id == joined.get("owner")), None)

    async def withdraw(self, owner: int, invite: str) -> bool:
        """An invitation, by its id, can no longer be accepted; False: it is not open."""
        async with self._database.write() as connection:
            await locks.person(connection, owner)
            return await colleagues.withdraw(connection, owner, invite)

    async def accept(self, code: str, person: int, name: str, message_id: int) -> Accepted | NotAccepted:
        """The person gets the right of the invitation, in place of one that they have on the account.

        Their commands act on it from then on. `name`: what Telegram calls them. `message_id`: all up to it, when they
        had one account or none, are of that one.
        """
        async with self._database.write() as connection:
            invite = await colleagues.invited(connection, hash_of(code))
            if invite is None:
                return NotAccepted.UNKNOWN
            await locks.several(connection, (invite.owner, person))
            refused = await self._why_not(connection, invite, person)
            if refused is not None:
                return refused
            if not await colleagues.use_invite(connection, hash_of(code)):
                return NotAccepted.UNKNOWN
            await people.create(connection, person, None, self._clock())
            before = await colleagues.access(connection, invite.owner, person)
            await colleagues.put(connection, invite.owner, person, invite, name[:LONGEST_NAME], self._clock())
            await own_accounts.choose(connection, person, invite.owner, message_id)
            joined = {"invite": invite_id(code), "owner": invite.owner, "before": msgspec.to_builtins(before)}
            await people.remember(connection, person, {people.JOINED: joined})
            mine = await colleagues.acted_on(connection, person)
        made = (accepted_of(each, before) for each in mine if each.telegram_id == invite.owner)
        return next(accepted for accepted in made if accepted is not None)

    async def _why_not(self, connection: AsyncConnection, invite: Invite, person: int) -> NotAccepted | None:
        before = [each.person for each in await colleagues.of(connection, invite.owner)]
        if invite.made_at <= self._clock() - INVITE_KEPT:
            return NotAccepted.OLD
        if invite.person not in (None, person):
            return NotAccepted.ANOTHERS
        if person in await people.all_ids(connection, invite.owner):
            return NotAccepted.OWN
        if await accounts.user_id_of(connection, invite.owner) is None:
            return NotAccepted.NO_ACCOUNT
        return NotAccepted.FULL if person not in before and len(before) >= MOST_COLLEAGUES else None

    async def of(self, owner: int) -> list[Colleague]:
        """All colleagues of the account, in the order in which they came."""
        async with self._database.read() as connection:
            return await colleagues.of(connection, owner)

    async def access(self, owner: int, person: int) -> Colleague | None:
        """The right of this person on the account; None: they have none."""
        async with self._database.read() as connection:
            return await colleagues.access(connection, owner, person)

    async def spent(self, by: Colleague, since: datetime) -> Decimal:
        """What the colleague confirmed since then, in the currency of the account now: what was paid, may have been,
        or is about to be."""
        async with self._database.read() as connection:
            return await colleagues.spent(connection, by.owner, by.person, by.currency, since) or NOTHING

    async def change(
        self, owner: int, person: int, right: Right, cap: Decimal | None = None, currency: str | None = None
    ) -> bool:
        """Give a colleague another right, at once; False: there is no such colleague.

        `currency`: that of a limit that was named; raises OtherCurrency where the account is in another one.
        """
        monthly_cap = cap_of(right, cap)
        async with self._database.write() as connection:
            await locks.person(connection, owner)
            await check_currency(connection, owner, monthly_cap, currency)
            return await colleagues.change(connection, owner, person, granted=right, monthly_cap=monthly_cap)

    async def tell(self, owner: int, person: int, told: bool) -> bool:
        """Whether reminders of the account go to this colleague, too; False: there is no such one.

        From now on they are told what the account's next look finds.
        """
        async with self._database.write() as connection:
            await locks.person(connection, owner)
            await watches.wake(connection, owner, self._clock())
            return await colleagues.change(connection, owner, person, told=told)

    async def take_back(self, owner: int, person: int) -> Colleague | None:
        """The person has no right on the account any more, at once; gives what it was, None: they had none.

        Invitations that anybody could use, and so this person, are withdrawn.
        """
        async with self._database.write() as connection:
            had = await self._end(connection, owner, person)
            if had is not None:
                await colleagues.remove_invites(connection, owner)
        return had

    async def leave(self, person: int, news: ColleagueNews) -> Unsaid | None:
        """The colleague gives up their right on the account of this news; gives it, as it is written down for the
        owner. None: they had no right."""
        async with self._database.write() as connection:
            if await self._end(connection, news.owner, person) is None:
                return None
            return await write_news(connection, news, self._clock())

    async def _end(self, connection: AsyncConnection, owner: int, person: int) -> Colleague | None:
        await locks.several(connection, (owner, person))
        had = await colleagues.access(connection, owner, person)
        if had is not None:
            await colleagues.remove(connection, owner, person)
            await self._go_elsewhere(connection, person, owner)
        return had

    async def _go_elsewhere(self, connection: AsyncConnection, person: int, left: int) -> None:
        """Commands of a person no longer act on an account that they have left."""
        known = await people.get(connection, person)
        if known is not None and known.current == left:
            others = [each for each in await colleagues.acted_on(connection, person) if each.is_connected]
            await own_accounts.choose(connection, person, others[0].telegram_id if others else person)

    async def note(self, owner: int, person: int, name: str, action: str, count: int) -> None:
        """Write down what a colleague did that is neither an order nor a deletion; of an owner who was erased
        nothing is."""
        try:
            async with self._database.write() as connection:
                await colleagues.note(connection, owner, person, name, action, count, self._clock())
        except IntegrityError:
            log.debug("A colleague acted on an account that was erased meanwhile")

    async def actions(self, owner: int, limit: int | None = None, offset: int = 0) -> list[ColleagueAction]:
        """What colleagues did on the account that is neither an order nor a deletion, newest first."""
        async with self._database.read() as connection:
            return await colleagues.actions(connection, owner, limit, offset)


def cap_of(right: Right, cap: Decimal | None) -> Decimal | None:
    """A monthly limit is of the right to prolong alone, which has one."""
    if right is not Right.PROLONG:
        return None
    if cap is None or cap <= 0:
        raise ValueError("the right to prolong has a limit a month")
    return cap


async def check_currency(connection: AsyncConnection, owner: int, cap: Decimal | None, currency: str | None) -> None:
    """Raises OtherCurrency for a limit in another currency than the account's. None: nobody has named any."""
    if cap is None or currency is None:
        return
    _, now = await accounts.owner(connection, owner)
    if currency != now:
        raise OtherCurrency


def accepted_of(account: OwnAccount, before: Colleague | None) -> Accepted | None:
    """An account of somebody else, as what the person has accepted."""
    if account.colleague is None:
        return None
    return Accepted(colleague=account.colleague, account=account.label, before=before)


def invite_id(code: str) -> str:
    """By which the owner of an invitation finds it; it opens nothing."""
    return hash_of(code)[:INVITE_ID]


def hash_of(code: str) -> str:
    """By which an invitation is kept: the code itself has 128 random bits, and is kept nowhere."""
    return hashlib.sha256(code.encode()).hexdigest()
