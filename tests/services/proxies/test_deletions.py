"""A deletion is on disk before it is sent, works once, and its outcome is found out and told."""

from __future__ import annotations

from services.proxies.deletions import NotTold
from tests.services.rig import ANNA, BORIS, Rig


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


async def test_it_is_never_looked_for_in_another_account(rig: Rig) -> None:
    rig.proxy()
    rig.deletions.end(await rig.confirm_deletion())
    await rig.accounts.connect(ANNA, rig.px6.add_account().key)
    await rig.after(hours=2)
    await rig.deletions.settle_due()
    assert rig.told_deletions == []
