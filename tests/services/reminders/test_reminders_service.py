"""What `/reminders` shows of what was said and what comes, and what a look knows of a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from model.notifications import StoredDigest
from services.reminders.service import Reminders, Undelivered, undelivered
from storage import reminders
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, new_rig


def digest(number: int, state: str, ids: tuple[int, ...] = (1,), **changed: Any) -> StoredDigest:
    """A digest of some proxies that end in a day, written an hour ago for each number."""
    given: dict[str, Any] = {
        "id": number,
        "telegram_id": ANNA,
        "kind": "soon",
        "state": state,
        "written_at": NOW - number * HOUR,
        "ends": dict.fromkeys(ids, NOW + DAY),
        "quote_id": None,
        "message_id": None,
        "again_at": None,
        "tries": 0,
    }
    return StoredDigest(**{**given, **changed})


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ([digest(1, "sent")], []),
        ([digest(1, "failed", (1, 2))], [(1, 2, True)]),
        ([digest(1, "unknown")], [(1, 1, False)]),
        ([digest(1, "sending", again_at=NOW + SECOND)], []),
        ([digest(1, "sending", again_at=NOW)], [(1, 1, False)]),
        ([digest(1, "sending")], [(1, 1, False)]),
        ([digest(1, "unknown", again_at=NOW + SECOND)], [(1, 1, False)]),
        ([digest(1, "failed", (9,))], []),  # px6 does not list it any more
        ([digest(1, "failed", ends={1: NOW + 2 * DAY})], []),  # it was prolonged
        ([digest(1, "sent"), digest(2, "failed", (1, 2))], [(2, 1, True)]),  # of one it was told later
        ([digest(1, "failed"), digest(2, "failed", (1, 2))], [(1, 1, True), (2, 1, True)]),
    ],
)
def test_what_did_not_certainly_arrive_and_still_holds_is_listed_once(
    sent: list[StoredDigest], found: list[tuple[int, int, bool]]
) -> None:
    ends = {1: NOW + DAY, 2: NOW + DAY}
    assert undelivered(sent, ends, NOW) == tuple(
        Undelivered(NOW - hours * HOUR, count, certain) for hours, count, certain in found
    )


async def test_the_overview_counts_what_runs_and_an_example_shows_what_ends_soonest(tmp_path: Path) -> None:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        service = Reminders(rig.database, rig.accounts, rig.orders, lambda: NOW)
        ends = [timedelta(0), SECOND, 3 * DAY, 2 * DAY, DAY, 5 * DAY, 61 * DAY, 61 * DAY + SECOND]
        ids = [rig.proxy(ends_in=end).id for end in ends]
        listed = await (await rig.accounts.client(ANNA)).proxies()
        person = await rig.people.find_or_create(ANNA)
        at = {proxy.id: proxy.ends_at for proxy in listed.proxies}
        await service.mute(ANNA, {ids[0]: at[ids[0]], ids[2]: at[ids[2]]}, None)
        await service.mute(ANNA, {ids[3]: at[ids[3]]}, NOW + HOUR)
        seen = await service.overview(person, listed)
        assert (seen.count, seen.let_go, seen.others, seen.undelivered, seen.zone) == (7, 1, 0, (), None)
        everything = frozenset(at.items())
        assert [message.count for message in (await service.overview(person, listed, everything)).messages] != [
            message.count for message in seen.messages
        ], "of what rules will prolong nothing is said before its end"
        assert [proxy.id for proxy in service.examples(listed)] == [ids[nth] for nth in (1, 4, 3, 2)]
        assert [proxy.id for proxy in service.examples(listed, 9)] == [ids[nth] for nth in (1, 4, 3, 2, 5, 6)]


async def test_of_what_has_ended_since_the_list_was_read_no_reminder_is_promised(tmp_path: Path) -> None:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        at = NOW
        service = Reminders(rig.database, rig.accounts, rig.orders, lambda: at)
        rig.proxy(ends_in=MINUTE)
        listed = await (await rig.accounts.client(ANNA)).proxies()
        person = await rig.people.find_or_create(ANNA)
        await service.change(ANNA, after_end=False)
        put_off = person, listed.user_id, listed.proxies, NOW + 30 * SECOND
        assert await service.comes_at(*put_off) == NOW + 30 * SECOND
        at = NOW + HOUR
        assert await service.comes_at(*put_off) == "ended"


async def test_what_was_not_said_is_listed_for_seven_days(tmp_path: Path) -> None:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        service = Reminders(rig.database, rig.accounts, rig.orders, lambda: NOW)
        one = rig.proxy(ends_in=DAY)
        for written, number in ((NOW - 7 * DAY, 1), (NOW - 7 * DAY - MINUTE, 0)):
            async with rig.database.write() as connection:
                row = (one.id, one.ends_at, number)
                made = await reminders.write_digest(
                    connection, ANNA, "soon", [row], {one.id: one.ends_at}, None, written, written
                )
                assert made is not None
                await reminders.note_sent(connection, made, "failed", None)
        listed = await (await rig.accounts.client(ANNA)).proxies()
        seen = await service.overview(await rig.people.find_or_create(ANNA), listed)
        assert [each.at for each in seen.undelivered] == [NOW - 7 * DAY]
