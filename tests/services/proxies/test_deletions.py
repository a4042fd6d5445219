"""A deletion is on disk before it is sent, works once, and its outcome is found out and told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest

import px6
from model.deletions import Deletion
from model.errors import StorageError
from services.notifications.kinds import Unsure
from services.proxies.deletions import Deletions, NotTold, TakenOver, Unreadable, gone_by_list, to_be_deleted
from storage import deletions as stored_deletions
from storage import selections
from tests.failing_disk import FailingDisk
from tests.named_leases import NamedLeases
from tests.sample_proxies import NOW, a_proxy
from tests.services.rig import ANNA, BORIS, Rig, waited_for


async def test_it_is_written_down_with_the_days_that_are_left_before_px6_hears_of_it(rig: Rig) -> None:
    one = rig.proxy()
    deletion = await rig.confirm_deletion()
    assert rig.rows("SELECT certain FROM deletions") == [(0,)]
    assert not rig.requests("delete")
    (listed,) = deletion.proxies
    assert (listed.id, listed.gone, 9.9 < listed.days_left <= 10) == (one.id, None, True)
    assert await rig.deletions.deletion(BORIS, deletion.id) is None


async def test_what_a_kill_left_open_is_found_in_px6s_list_and_told(rig: Rig) -> None:
    rig.telling_fails = NotTold()
    gone, kept = rig.proxy().id, rig.proxy().id
    await rig.confirm_deletion()
    del rig.account.proxies[gone]  # px6 got that far
    await rig.restart()
    await rig.deletions.recover()
    await rig.deletions.settle_due()
    (found,) = await rig.deletions.history(ANNA)
    assert (found.gone, found.unknown, rig.told_deletions) == ([gone], [kept], []), "what is still listed may go yet"
    rig.fault("500_before", "getproxy")
    await rig.after(minutes=2)
    await rig.deletions.settle_due()
    await rig.after(minutes=2)
    await rig.deletions.settle_due()
    assert rig.told_deletions == [], "nobody could be told"
    rig.telling_fails = None
    for _ in range(3):
        await rig.after(hours=1)
        await rig.deletions.settle_due()
    (found,) = rig.told_deletions
    assert (found.gone, found.kept) == ([gone], [kept])
    assert rig.rows("SELECT certain FROM deletions") == [(1,)]


async def test_what_was_confirmed_although_the_database_could_not_say_so_is_found_and_told(rig: Rig) -> None:
    """Whoever tapped was told that nothing could be saved; a second tap would find the button used."""
    one, deletions = rig.proxy().id, cast("Any", rig.deletions)
    listed_by_px6 = await (await rig.accounts.client(ANNA)).proxies()
    proposal = await rig.deletions.propose(ANNA, [one])
    disk = deletions._database = FailingDisk(deletions._database)
    disk.hides = True
    with pytest.raises(StorageError):
        await rig.deletions.take(ANNA, proposal, listed_by_px6)
    disk.hides = False
    assert rig.rows("SELECT certain FROM deletions") == [(0,)]
    listed = []
    rig.px6.calls.clear()
    for seconds in (1, 4, 1, 60):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
        listed.append(len(rig.requests("getproxy")))
    assert listed == [0, 0, 1, 2], "whoever confirmed it may be sending it"
    assert not deletions._may_be_lost, "what is found is not looked for each time"
    [told] = rig.told_deletions
    assert len(told.kept) == 1, "nothing was sent"
    assert rig.rows("SELECT certain FROM deletions") == [(1,)]


async def test_what_was_told_while_nothing_could_be_written_is_not_told_again(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    one, deletions = rig.proxy().id, cast("Any", rig.deletions)
    deletion = await rig.confirm_deletion()
    deletion = await deletions.note(deletion, await rig.accounts.client(ANNA), {one: True})
    disk = deletions._database = FailingDisk(deletions._database)
    disk.fails = True
    await deletions.close(deletion)
    deletions.end(deletion)
    assert "That a deletion was told could not be noted: full" in caplog.text
    for fails, certain in ((True, 0), (False, 1)):
        disk.fails = fails
        await rig.after(minutes=2)
        await deletions.settle_due()
        assert rig.rows("SELECT certain FROM deletions") == [(certain,)]
    assert rig.told_deletions == []
    assert not deletions._told and not deletions._open, "nothing is kept of what is over"


async def test_a_round_in_which_nothing_is_open_reads_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes every few seconds, in every process."""

    def read() -> None:
        raise AssertionError("nothing is to be read")

    monkeypatch.setattr(rig.database, "read", read)
    await rig.deletions.settle_due()


async def test_it_is_never_looked_for_in_another_account(rig: Rig) -> None:
    rig.proxy()
    rig.deletions.end(await rig.confirm_deletion())
    await rig.replaces_key(rig.px6.add_account().key)
    await rig.after(hours=2)
    await rig.deletions.settle_due()
    assert rig.told_deletions == []


async def test_what_was_proposed_is_taken_once_by_its_owner_and_only_if_it_is_to_be_deleted(rig: Rig) -> None:
    ids = [rig.proxy().id for _ in range(2)]
    mine = await (await rig.accounts.client(ANNA)).proxies()
    await rig.accounts.connect(BORIS, rig.account.key)
    proposal = await rig.deletions.propose(ANNA, [*ids, 99])
    assert await rig.deletions.take(BORIS, proposal, mine) is None
    async with rig.database.write() as connection:
        ticked = await selections.create(connection, ANNA, "check", ids, rig.px6.clock.now())
    assert await rig.deletions.take(ANNA, ticked.id, mine) is None
    taken = await rig.deletions.take(ANNA, proposal, mine)
    assert taken is not None
    assert ([each.id for each in taken.proxies], taken.certain) == (ids, False)
    assert await rig.deletions.take(ANNA, proposal, mine) is None
    empty = await rig.deletions.take(ANNA, await rig.deletions.propose(ANNA, [99]), mine)
    assert empty is not None
    assert (empty.id, empty.proxies, empty.certain) == (0, (), True), "it is no other one"
    assert rig.rows("SELECT count(*) FROM deletions") == [(1,)]


async def test_what_is_written_down_of_one_proxy_leaves_what_is_known_of_the_others(rig: Rig) -> None:
    one, other = rig.proxy().id, rig.proxy().id
    deletion, client = await rig.confirm_deletion(), await rig.accounts.client(ANNA)
    await rig.deletions.note(deletion, client, {one: True})
    noted = await rig.deletions.note(deletion, client, {other: False})
    assert (noted.gone, noted.kept, noted.unknown) == ([one], [other], [])


async def test_what_is_still_under_way_is_not_looked_for(rig: Rig) -> None:
    """Five seconds after its end it is; what is closed is not."""
    rig.proxy()
    deletion = await rig.confirm_deletion()
    await rig.deletions.recover()
    listed = len(rig.requests("getproxy"))
    await rig.deletions.settle_due()
    assert len(rig.requests("getproxy")) == listed
    rig.deletions.end(deletion)
    await rig.deletions.settle_due()
    assert len(rig.requests("getproxy")) == listed + 1
    await rig.deletions.close(deletion)
    rig.deletions.end((await rig.deletions.history(ANNA))[0])
    await rig.after(hours=2)
    await rig.deletions.settle_due()
    assert (len(rig.requests("getproxy")), rig.told_deletions) == (listed + 1, [])


async def test_an_open_deletion_is_looked_for_after_five_seconds_then_ever_more_rarely(rig: Rig) -> None:
    """What px6 still lists after a minute it has not deleted."""
    rig.proxy()
    deletion = await rig.confirm_deletion()
    rig.deletions.end(deletion)
    before = len(rig.requests("getproxy"))
    looks = []
    for seconds in (4, 1, 4, 1, 4, 1, 44):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
        looks.append(len(rig.requests("getproxy")) - before)
    assert looks == [0, 1, 1, 2, 2, 3, 4]
    assert rig.told_deletions == []
    await rig.after(seconds=14)
    await rig.deletions.settle_due()
    assert rig.told_deletions == []
    await rig.after(seconds=1)
    await rig.deletions.settle_due()
    [told] = rig.told_deletions
    assert len(told.kept) == 1


async def test_while_px6_keeps_silent_one_is_looked_for_once_at_a_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each round would ask for the list once more, and the person be told as often."""
    monkeypatch.setattr("services.proxies.deletions.ROUND", 0.01)
    rig.proxy()
    rig.deletions.end(await rig.confirm_deletion())
    before = len(rig.requests("getproxy"))
    with rig.held("getproxy"):
        for _ in range(3):
            await rig.after(seconds=90)
            await rig.deletions.settle_due()
            await waited_for(rig, "getproxy", before + 1)
        assert len(rig.requests("getproxy")) == before + 1
    await cast("Any", rig.deletions)._looks.wait(60)
    assert len(rig.told_deletions) == 1


async def test_an_error_that_nobody_foresaw_is_one_line_and_the_next_look_comes_as_planned(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.proxy()
    rig.deletions.end(await rig.confirm_deletion())
    rig.telling_fails = KeyError("odd")
    for seconds in (90, 30):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
        rig.telling_fails = None
    assert caplog.messages == ["A deletion could not be looked at"]
    assert len(rig.told_deletions) == 1


@pytest.mark.parametrize("was_told", [True, False])
async def test_one_with_the_number_of_one_that_was_erased_is_no_older_than_it_is(rig: Rig, was_told: bool) -> None:
    """SQLite gives the last number again after /forget. As if it was sent long ago, it would be told too soon that
    px6 has deleted nothing."""
    rig.proxy()
    rig.deletions.end(await rig.confirm_deletion())
    if was_told:
        await rig.after(seconds=90)
        await rig.deletions.settle_due()
    assert len(rig.told_deletions) == was_told
    await rig.accounts.forget(ANNA)
    await rig.after(hours=1)
    await rig.deletions.settle_due()
    assert not cast("Any", rig.deletions)._open, "what is gone is not looked up for ever"
    await rig.accounts.connect(ANNA, rig.account.key)
    rig.told_deletions.clear()
    rig.deletions.end(await rig.confirm_deletion())
    for seconds, told in ((5, 0), (54, 0), (30, 1)):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
        assert len(rig.told_deletions) == told, seconds


async def test_one_with_the_number_of_one_that_was_just_told_and_erased_is_looked_for_as_soon(rig: Rig) -> None:
    """And not when the other one would have been looked for again."""
    rig.proxy()
    rig.deletions.end(await rig.confirm_deletion())
    await rig.after(seconds=90)
    await rig.deletions.settle_due()
    assert len(rig.told_deletions) == 1
    await rig.accounts.forget(ANNA)
    await rig.accounts.connect(ANNA, rig.account.key)
    rig.deletions.end(await rig.confirm_deletion())
    before = len(rig.requests("getproxy"))
    await rig.after(seconds=5)
    await rig.deletions.settle_due()
    assert len(rig.requests("getproxy")) == before + 1


async def test_what_may_not_have_been_told_is_told_again_after_a_minute_a_quarter_and_an_hour(rig: Rig) -> None:
    one = rig.proxy().id
    deletion = await rig.confirm_deletion()
    del rig.account.proxies[one]
    rig.deletions.end(deletion)
    rig.telling_fails = Unsure()
    for seconds in (5, 59, 1.1, 899, 1.1, 3599, 1.1, 7200):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
    assert [round(at) for at in rig.tellings] == [5, 65, 965, 4565]
    assert rig.rows("SELECT certain FROM deletions") == [(1,)]
    assert not cast("Any", rig.deletions)._tries, "one with the same number is tried as often"


@pytest.mark.parametrize(
    ("left", "days"),
    [(timedelta(days=10), 10.0), (timedelta(hours=8), 0.33), (timedelta(minutes=6), 0.0), (timedelta(days=-3), 0.0)],
)
def test_the_days_that_are_left_have_two_digits_and_are_none_after_the_end(left: timedelta, days: float) -> None:
    written = to_be_deleted(a_proxy(15, ends_in=left), NOW)
    assert (written.id, written.days_left, written.gone) == (15, days, None)


async def test_what_px6_does_not_list_is_gone_and_a_list_that_cannot_be_read_tells_nothing(rig: Rig) -> None:
    ids = [rig.proxy().id for _ in range(2)]
    deletion = await rig.confirm_deletion()
    client = await rig.accounts.client(ANNA)
    await rig.deletions.delete_part(deletion, client, ids[:1])
    assert await gone_by_list(deletion, client, ids) == {ids[0]: True, ids[1]: False}
    rig.fault("no_before", "getproxy")
    with pytest.raises(px6.OutcomeUnknown, match="cannot be read"):
        await gone_by_list(deletion, client, ids)


async def test_what_px6_lists_unreadably_is_neither_sent_nor_gone_and_its_confirmation_stays(rig: Rig) -> None:
    one, other = rig.proxy().id, rig.proxy().id
    rig.account.proxies[other].port = cast("Any", "")
    client = await rig.accounts.client(ANNA)
    proposal = await rig.deletions.propose(ANNA, [other])
    with pytest.raises(Unreadable) as raised:
        await rig.deletions.take(ANNA, proposal, await client.proxies())
    assert list(raised.value.ids) == [other]
    assert rig.rows("SELECT count(*) FROM deletions") == [(0,)]
    rig.account.proxies[other].port = 8000
    taken = await rig.deletions.take(ANNA, proposal, await client.proxies())
    assert taken is not None and taken.unknown == [other]
    rig.account.proxies[other].port = cast("Any", "")
    both = await rig.deletions.take(ANNA, await rig.deletions.propose(ANNA, [one, other]), await client.proxies())
    assert both is not None
    assert (both.unknown, both.kept) == ([one], [other])


async def test_what_was_sent_last_has_its_time_however_long_the_calls_before_took(rig: Rig) -> None:
    one = rig.proxy().id
    deletion = await rig.confirm_deletion()
    await rig.after(seconds=70)
    rig.fault("drop_before", "delete")
    with pytest.raises(px6.OutcomeUnknown):
        await rig.deletions.delete_part(deletion, await rig.accounts.client(ANNA), [one])
    rig.deletions.end(deletion)
    for seconds, told in ((6, 0), (54, 0), (30, 1)):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
        assert len(rig.told_deletions) == told, seconds


async def test_what_a_kill_cut_off_has_its_time_from_the_start_on(rig: Rig) -> None:
    """Nobody knows when a call was sent last."""
    rig.proxy()
    await rig.confirm_deletion()
    await rig.after(minutes=2)
    await rig.restart()
    await rig.deletions.recover()
    for seconds, told in ((0, 0), (59, 0), (30, 1)):
        await rig.after(seconds=seconds)
        await rig.deletions.settle_due()
        assert len(rig.told_deletions) == told, seconds


@pytest.mark.parametrize(("patience", "limit"), [(5, 60), (30, 60), (100, 130)])
async def test_where_px6_is_waited_for_longer_it_has_longer_to_do_it(rig: Rig, patience: float, limit: float) -> None:
    rig.proxy()
    deletions = Deletions(
        rig.database,
        rig.accounts,
        rig.px6.clock.now,
        rig._tell_deletion,
        monotonic=lambda: rig.passed,
        patience=patience,
    )
    rig.deletions = deletions
    deletions.end(await rig.confirm_deletion())
    for seconds, told in ((limit, 0), (1000, 1)):
        await rig.after(seconds=seconds)
        await deletions.settle_due()
        assert len(rig.told_deletions) == told, seconds


async def taken_over(rig: Rig, deletion: Deletion) -> None:
    """Another process has held this one to be gone."""
    async with rig.database.write() as connection:
        await stored_deletions.change(connection, deletion.id, held_by="b" * 16)


async def test_what_another_process_has_taken_over_is_neither_sent_nor_told_by_the_one_that_hung(rig: Rig) -> None:
    rig.leases = NamedLeases("a" * 16)
    await rig.start()
    one, other = rig.proxy().id, rig.proxy().id
    deletion, client = await rig.confirm_deletion(), await rig.accounts.client(ANNA)
    await rig.deletions.delete_part(deletion, client, [one])
    await taken_over(rig, deletion)
    with pytest.raises(TakenOver):
        await rig.deletions.note(deletion, client, {one: True})
    [found] = await rig.deletions.history(ANNA)
    assert found.gone == [one], "what is known is written down for the other one"
    with pytest.raises(TakenOver):
        await rig.deletions.delete_part(deletion, client, [other])
    assert len(rig.requests("delete")) == 1
    rig.deletions.end(deletion)
    listed = len(rig.requests("getproxy"))
    await rig.after(minutes=2)
    await rig.deletions.settle_due()
    assert (len(rig.requests("getproxy")), rig.told_deletions) == (listed, [])
    assert not cast("Any", rig.deletions)._open


async def test_what_is_taken_over_while_it_is_looked_for_is_told_by_the_other_process(rig: Rig) -> None:
    rig.leases = NamedLeases("a" * 16)
    await rig.start()
    rig.proxy()
    deletion = await rig.confirm_deletion()
    rig.deletions.end(deletion)
    await rig.after(minutes=2)
    before = len(rig.requests("getproxy"))
    with rig.held("getproxy"):
        looking = asyncio.ensure_future(rig.deletions.settle_due())
        await waited_for(rig, "getproxy", before + 1)
        await taken_over(rig, deletion)
    await looking
    assert rig.told_deletions == []
    assert not cast("Any", rig.deletions)._open
