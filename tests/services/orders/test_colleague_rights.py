"""What a colleague may still spend: in the calendar month of the account's owner, whatever other rights there are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from model.colleagues import Invite, Right
from model.people import PersonId
from services.orders.colleague_rights import left_of, month_begun
from services.orders.journal import Journal
from storage import colleagues, people
from tests.durations import SECOND
from tests.services.orders.books import SENT
from tests.services.orders.laid import Hands, quote_of
from tests.services.rig import ANNA, BORIS, Rig

CAP = Decimal("42.00")  # twice what is paid here
ZONE = "Asia/Tokyo"  # nine hours before UTC
MIDNIGHT = datetime.fromisoformat("2026-05-31T15:00:00Z")  # there, of the first of June


async def gets(rig: Rig, right: Right, cap: Decimal | None = CAP) -> None:
    """Anna lets Boris act on her account."""
    invite = Invite(owner=ANNA, right=right, monthly_cap=cap, made_at=SENT, by_name="Anna", person=None)
    async with rig.database.write() as connection:
        await people.create(connection, BORIS, None, SENT)
        await colleagues.put(connection, ANNA, BORIS, invite, "Boris", SENT)


async def left(rig: Rig, now: datetime = SENT) -> Decimal | None:
    """What Boris may still spend in the month."""
    async with rig.database.read() as connection:
        by = await colleagues.access(connection, ANNA, BORIS)
        assert by is not None
        return await left_of(connection, by, now)


@pytest.mark.parametrize(
    ("now", "zone", "begun"),
    [
        ("2026-05-31T23:59:59.999999Z", None, "2026-05-01T00:00:00Z"),
        ("2026-06-01T00:00:00Z", None, "2026-06-01T00:00:00Z"),
        ("2026-06-17T13:14:15.161718Z", None, "2026-06-01T00:00:00Z"),
        ("2026-05-31T14:59:59.999999Z", ZONE, "2026-04-30T15:00:00Z"),
        ("2026-05-31T15:00:00Z", ZONE, "2026-05-31T15:00:00Z"),
        ("2026-04-17T13:14:15.161718Z", "Europe/Berlin", "2026-03-31T22:00:00Z"),
        ("2026-11-01T05:30:00Z", "America/Havana", "2026-11-01T04:00:00Z"),  # half past midnight for the second time
        ("2026-03-30T13:14:15.161718Z", "Europe/Berlin", "2026-02-28T23:00:00Z"),  # it is summer there since the 29th
    ],
)
def test_a_month_begins_at_midnight_where_its_owner_lives(now: str, zone: str | None, begun: str) -> None:
    assert month_begun(datetime.fromisoformat(now), zone) == datetime.fromisoformat(begun)


async def test_only_who_may_prolong_alone_has_a_limit(rig: Rig) -> None:
    await gets(rig, Right.PROLONG)
    assert await left(rig) == CAP
    await gets(rig, Right.PROLONG, cap=None)
    assert await left(rig) == Decimal("0.00")
    for right in (Right.LOOK, Right.CHECK, Right.ALL):
        await gets(rig, right)
        assert await left(rig) is None
    async with rig.database.read() as connection:
        assert await left_of(connection, None, SENT) is None, "Anna herself"


async def test_what_is_left_counts_from_midnight_where_the_owner_lives(rig: Rig) -> None:
    await gets(rig, Right.PROLONG)
    async with rig.database.write() as connection:
        await people.change(connection, ANNA, zone=ZONE)
    hands = Hands(MIDNIGHT - SECOND)
    journal = Journal(rig.database, hands)
    for name, proxy, now, remains in (
        ("last month", 1, MIDNIGHT - SECOND, "21.00"),
        ("this month", 2, MIDNIGHT, "21.00"),
        ("this month, too", 3, MIDNIGHT + SECOND, "0.00"),
    ):
        hands.now = now
        await journal.add_quote(quote_of(rig, name, [proxy], created_at=now))
        assert (await journal.claim(ANNA, name, 30, by=PersonId(BORIS))).won
        assert await left(rig, now) == Decimal(remains)
    await journal.add_quote(quote_of(rig, "too much", [4], created_at=hands.now))
    refused = await journal.claim(ANNA, "too much", 30, by=PersonId(BORIS))
    assert (refused.won, refused.reason, refused.cap, refused.spent) == (False, "over_limit", CAP, Decimal("42.00"))
    await gets(rig, Right.PROLONG, cap=Decimal("41.99"))
    assert await left(rig, hands.now) == Decimal("0.00"), "a limit that was lowered is not below nothing"


async def test_a_colleague_whose_right_is_gone_or_too_small_wins_no_claim(rig: Rig) -> None:
    journal = Journal(rig.database, Hands())
    await journal.add_quote(quote_of(rig, "prolong", [1]))
    await journal.add_quote(quote_of(rig, "buy"))

    async def tried(quote: str) -> tuple[bool, str | None]:
        claim = await journal.claim(ANNA, quote, 30, (77, 5), by=PersonId(BORIS))
        assert claim.won is (claim.confirmation is not None)
        return claim.won, claim.reason

    assert await tried("prolong") == (False, "no_access")
    await gets(rig, Right.CHECK)
    assert await tried("prolong") == (False, "no_right")
    await gets(rig, Right.PROLONG)
    assert await tried("buy") == (False, "no_right")
    assert rig.rows("SELECT state, chat_id FROM quotes") == [("open", None)] * 2, "a lost tap changes nothing"
    assert await tried("prolong") == (True, None)
    await gets(rig, Right.ALL, cap=None)
    assert await tried("buy") == (True, None)
