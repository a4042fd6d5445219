"""What was said of which end, digests that are sent again, what is muted, and notices that come only so often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.schedules import Habits
from storage import reminders
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW

END = NOW + 3 * DAY
ROW = (1, END, 3600)


async def write(
    connection: AsyncConnection, rows: Sequence[reminders.Row] = (ROW,), at: datetime = NOW, person: int = 1001
) -> int | None:
    return await reminders.write_digest(
        connection, person, "soon", rows, {one: end for one, end, _ in rows}, "quote", at, at + HOUR
    )


async def written(connection: AsyncConnection, *given: Any, **named: Any) -> int:
    made = await write(connection, *given, **named)
    assert made is not None
    return made


async def test_settings_are_the_defaults_until_some_are_kept(connection: AsyncConnection) -> None:
    assert await reminders.habits_of(connection, 1001) == Habits()
    for hour in (540, 600):
        await reminders.keep_habits(connection, 1001, Habits(hour=hour, low_days=None))
    assert await reminders.habits_of(connection, 1001) == Habits(hour=600, low_days=None)
    assert await reminders.habits_of(connection, 1002) == Habits()


async def test_a_digest_is_written_with_all_that_is_needed_to_send_it_again(connection: AsyncConnection) -> None:
    made = await written(connection, [ROW, (1, END, 60), (2, END, 60)])
    stored = await reminders.digest(connection, 1001, made)
    assert stored is not None
    assert (stored.kind, stored.state, stored.quote_id, stored.written_at) == ("soon", "sending", "quote", NOW)
    assert (stored.again_at, stored.tries, stored.ends) == (NOW + HOUR, 0, {1: END, 2: END})
    assert await reminders.leads_said(connection, 1001) == {(1, END): {3600, 60}, (2, END): {60}}


async def test_a_lead_of_an_end_is_written_once(connection: AsyncConnection) -> None:
    await written(connection)
    assert await write(connection, [(2, END, 3600), ROW]) is None
    assert await write(connection, []) is None
    assert await reminders.leads_said(connection, 1001) == {(1, END): {3600}}
    for other in ((1, END, 60), (1, END + SECOND, 3600), (2, END, 3600)):
        await written(connection, [other])
    await written(connection, person=1002)


async def test_more_rows_than_fit_into_one_statement_are_all_written(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "CHUNK", 2)
    await written(connection, [(number, END, 60) for number in range(5)])
    assert sorted(await reminders.leads_said(connection, 1001)) == [(number, END) for number in range(5)]


@pytest.mark.parametrize(("state", "said"), [("sent", True), ("unknown", True), ("failed", False)])
async def test_after_a_failed_sending_other_digests_may_say_the_same(
    connection: AsyncConnection, state: str, said: bool
) -> None:
    made, other = await written(connection), await written(connection, [(2, END, 60)])
    await reminders.note_sent(connection, made, state, 55, again_at=NOW + DAY, tries=2)
    stored = await reminders.digest(connection, 1001, made)
    assert stored is not None
    assert (stored.state, stored.message_id, stored.again_at, stored.tries) == (state, 55, NOW + DAY, 2)
    assert await reminders.leads_said(connection, 1001) == ({(1, END): {3600}} if said else {}) | {(2, END): {60}}
    untouched = await reminders.digest(connection, 1001, other)
    assert untouched is not None
    assert (untouched.state, untouched.tries) == ("sending", 0)


async def test_a_note_of_a_digest_that_says_no_more_plans_no_other_try(connection: AsyncConnection) -> None:
    made = await written(connection)
    await reminders.note_sent(connection, made, "unknown", again_at=NOW, tries=3)
    await reminders.note_sent(connection, made, "sent")
    stored = await reminders.digest(connection, 1001, made)
    assert stored is not None
    assert (stored.message_id, stored.again_at, stored.tries) == (None, None, 0)


async def test_a_digest_is_sent_again_at_its_time_by_one_task(connection: AsyncConnection) -> None:
    first, second = await written(connection), await written(connection, [(2, END, 60)], NOW + HOUR)
    assert await reminders.next_try(connection, 1001) == NOW + HOUR
    assert await reminders.next_try(connection, 1002) is None
    assert await reminders.uncertain(connection, 1001, NOW + HOUR - SECOND) == []
    assert [one.id for one in await reminders.uncertain(connection, 1001, NOW + HOUR)] == [first]
    assert [one.id for one in await reminders.uncertain(connection, 1001, NOW + DAY)] == [first, second]
    assert not await reminders.take_again(connection, first, "q", NOW + HOUR - SECOND, NOW + DAY)
    assert await reminders.take_again(connection, first, "q", NOW + HOUR, NOW + DAY)
    assert not await reminders.take_again(connection, first, "q", NOW + HOUR, NOW + DAY)
    taken = await reminders.digest(connection, 1001, first)
    assert taken is not None
    assert (taken.state, taken.quote_id, taken.again_at) == ("sending", "q", NOW + DAY)
    other = await reminders.digest(connection, 1001, second)
    assert other is not None
    assert (other.quote_id, other.again_at) == ("quote", NOW + 2 * HOUR)


async def test_recent_digests_come_newest_first(connection: AsyncConnection) -> None:
    at = (NOW - SECOND, NOW, NOW + SECOND)
    made = [await written(connection, [(nth, END, 60)], moment) for nth, moment in enumerate(at)]
    assert [one.id for one in await reminders.recent(connection, 1001, NOW)] == [made[2], made[1]]
    assert await reminders.recent(connection, 1002, NOW) == []
    assert await reminders.digest(connection, 1001, made[2] + 1) is None


async def test_what_is_older_is_forgotten_and_what_ends_later_keeps_its_digest(connection: AsyncConnection) -> None:
    old_end, old = (1, NOW - SECOND, 60), NOW - DAY
    gone = await written(connection, [old_end], old)
    kept = await written(connection, [(2, NOW, 60)], old)
    young = await written(connection, [(3, NOW - SECOND, 60)], NOW)
    await reminders.mute(connection, 1001, {4: NOW - SECOND, 5: NOW}, None)
    for key, at in (("old", NOW - SECOND), ("young", NOW)):
        await reminders.notice(connection, 1001, "low", key, at)
    await reminders.forget_older(connection, 1001, NOW)
    there = [await reminders.digest(connection, 1001, one) is not None for one in (gone, kept, young)]
    assert there == [False, True, True]
    assert list(await reminders.leads_said(connection, 1001)) == [(2, NOW)]
    assert await reminders.muted_of(connection, 1001) == {(5, NOW): None}
    news = [await reminders.notice(connection, 1001, "low", key, NOW) for key in ("old", "young")]
    assert news == [True, False]


async def test_a_silence_is_of_one_end_of_one_proxy(connection: AsyncConnection) -> None:
    await reminders.mute(connection, 1001, {1: END}, NOW + DAY)
    await reminders.mute(connection, 1001, {1: END}, NOW + HOUR)
    await reminders.mute(connection, 1001, {2: END}, None)
    await reminders.mute(connection, 1001, {2: END}, NOW + HOUR)  # what is let go is not put off
    await reminders.mute(connection, 1001, {1: END + DAY, 3: END}, NOW + DAY)
    everything = {(1, END): NOW + HOUR, (2, END): None, (1, END + DAY): NOW + DAY, (3, END): NOW + DAY}
    assert await reminders.muted_of(connection, 1001) == everything
    await reminders.unmute(connection, 1001, [(1, END), (3, END + DAY)])
    assert set(await reminders.muted_of(connection, 1001)) == everything.keys() - {(1, END)}


@pytest.mark.parametrize(("most", "said"), [(1, [True, False, False]), (2, [True, True, False])])
async def test_a_notice_comes_so_often_for_each_kind_and_key(
    connection: AsyncConnection, most: int, said: list[bool]
) -> None:
    found = [await reminders.notice(connection, 1001, "low", "a", NOW, most=most) for _ in range(3)]
    assert found == said
    for person, kind, key in ((1001, "low", "b"), (1001, "other", "a"), (1002, "low", "a")):
        assert await reminders.notice(connection, person, kind, key, NOW)
    await reminders.drop_notice(connection, 1001, "low", "a")
    assert await reminders.notice(connection, 1001, "low", "a", NOW)
    assert not await reminders.notice(connection, 1001, "low", "b", NOW)


async def test_without_a_limit_a_notice_comes_once(connection: AsyncConnection) -> None:
    assert [await reminders.notice(connection, 1001, "low", "a", NOW) for _ in range(2)] == [True, False]


async def test_the_sums_that_were_named_last_are_known_until_the_notice_is_dropped(
    connection: AsyncConnection,
) -> None:
    await reminders.put_amounts(connection, 1001, "low", {"7": Decimal("5.00"), "30": Decimal("8.00")}, NOW)
    await reminders.put_amounts(connection, 1001, "low", {"7": Decimal("6.00")}, NOW + HOUR)
    await reminders.notice(connection, 1001, "low", "no sum", NOW)
    await reminders.put_amounts(connection, 1001, "other", {"7": Decimal("1.00")}, NOW)
    assert await reminders.amounts_said(connection, 1001, "low") == {
        "7": (Decimal("6.00"), NOW + HOUR),
        "30": (Decimal("8.00"), NOW),
    }
    await reminders.drop_notice(connection, 1001, "low")
    assert await reminders.amounts_said(connection, 1001, "low") == {}
    assert list(await reminders.amounts_said(connection, 1001, "other")) == ["7"]
    assert not await reminders.notice(connection, 1001, "other", "7", NOW), "it was said with its sum"
    assert await reminders.notice(connection, 1001, "other", "7", NOW, most=2), "and only once"
