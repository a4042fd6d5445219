"""A deletion is on disk before it is sent, works once, and its outcome is found out and told."""

from __future__ import annotations

from services.proxies.deletions import NotTold
from tests.services.desk import ANNA, BORIS, Desk


async def test_it_is_written_down_with_the_days_that_are_left_before_px6_hears_of_it(desk: Desk) -> None:
    one = desk.proxy()
    deletion = await desk.deletes()
    assert desk.rows("SELECT certain FROM deletions") == [(0,)]
    assert not desk.requests("delete")
    (listed,) = deletion.proxies
    assert (listed.id, listed.gone, 9.9 < listed.days_left <= 10) == (one.id, None, True)
    assert await desk.deletions.deletion(BORIS, deletion.id) is None


async def test_what_a_kill_left_open_is_found_in_px6s_list_and_told(desk: Desk) -> None:
    desk.telling_fails = NotTold()
    gone, kept = desk.proxy().id, desk.proxy().id
    await desk.deletes()
    del desk.account.proxies[gone]  # px6 got that far
    await desk.restart()
    await desk.deletions.recover()
    await desk.deletions.settle_due()
    (found,) = await desk.deletions.history(ANNA)
    assert (found.gone, found.unknown, desk.told_deletions) == ([gone], [kept], []), "what is still listed may go yet"
    desk.fault("500_before", "getproxy")
    await desk.after(minutes=2)
    await desk.deletions.settle_due()
    await desk.after(minutes=2)
    await desk.deletions.settle_due()
    assert desk.told_deletions == [], "nobody could be told"
    desk.telling_fails = None
    for _ in range(3):
        await desk.after(hours=1)
        await desk.deletions.settle_due()
    (found,) = desk.told_deletions
    assert (found.gone, found.kept) == ([gone], [kept])
    assert desk.rows("SELECT certain FROM deletions") == [(1,)]


async def test_it_is_never_looked_for_in_another_account(desk: Desk) -> None:
    desk.proxy()
    desk.deletions.end(await desk.deletes())
    await desk.accounts.connect(ANNA, desk.px6.add_account().key)
    await desk.after(hours=2)
    await desk.deletions.settle_due()
    assert desk.told_deletions == []
