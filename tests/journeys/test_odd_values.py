"""Values that nobody expects and px6 can name: they are shown or refused in words, and nothing breaks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.world import World

NEVER = datetime(9999, 12, 31, 20, 59, 59, tzinfo=UTC)  # the last second of that year in Moscow


@pytest.mark.parametrize("balance", ["98765432109876.54", "9999999999999999.99"])
async def test_a_balance_that_no_database_can_keep_is_shown_or_refused_in_words(world: World, balance: str) -> None:
    account = world.px6.add_account(balance=balance)
    world.px6.add_proxy(account.key)
    phone = world.phone()
    await phone.connects(account.key)
    for command in ("/start", "/balance", "/buy 1 30 de", "/proxies", "/forecast", "/reminders"):
        assert "The bot made a mistake" not in await phone.says(command)
    await world.app.services.sweep.look(1001)
    assert world.rows("select count(*) from orders") == [(0,)]


@pytest.mark.parametrize(
    ("ends_at", "shown"),
    [
        (datetime.fromtimestamp(0, UTC), "Ended 1 Jan 1970 00:00 UTC"),
        (datetime.fromtimestamp(-1, UTC), "Ended 31 Dec 1969 23:59 UTC"),
        (datetime(2038, 1, 20, tzinfo=UTC), "Ends 20 Jan 2038 00:00 UTC"),
        (NEVER, "Ends 31 Dec 9999 20:59 UTC"),
    ],
    ids=str,
)
async def test_an_end_that_telegram_takes_for_no_time_is_shown_as_text(
    world: World, ends_at: datetime, shown: str
) -> None:
    account = world.px6.add_account(balance="500")
    proxy = world.px6.add_proxy(account.key, ends_at=ends_at, bought_at=datetime.fromtimestamp(0, UTC))
    phone = world.phone()
    await phone.connects(account.key)
    await phone.says("/proxies all")
    await phone.taps(f":{proxy.port}")
    assert shown in await phone.reads()
    for command in ("/start", "/proxies all", "/forecast", "/reminders", f"/prolong 30 {proxy.id}", "/export"):
        assert "The bot made a mistake" not in await phone.says(command)
    await world.app.services.sweep.look(1001)
    await world.app.services.accounts.set_zone(1001, "Pacific/Kiritimati")  # fourteen hours ahead of UTC
    await phone.says("/proxies all")
    await phone.taps(f":{proxy.port}")
    assert str(proxy.port) in await phone.reads()
    await world.app.services.sweep.look(1001)
