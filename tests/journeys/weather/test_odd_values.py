"""Values that nobody expects and px6 can name: they are shown or refused in words, and nothing breaks."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.cases import case
from tests.world import World

NEVER = datetime(9999, 12, 31, 20, 59, 59, tzinfo=UTC)  # the last second of that year in Moscow


async def test_a_balance_that_no_database_can_keep_is_shown_or_refused_in_words(world: World) -> None:
    for number, balance in enumerate(("98765432109876.54", "9999999999999999.99"), start=2001):
        account = world.px6.add_account(balance=balance)
        world.px6.add_proxy(account.key)
        phone = world.phone(number)
        with case(balance):
            await phone.connects(account.key)
            for command in ("/start", "/balance", "/buy 1 30 de", "/proxies", "/forecast", "/reminders"):
                assert "Something went wrong" not in await phone.says(command)
            await world.app.services.sweep.look(number)
            assert world.rows("select count(*) from orders") == [(0,)]


async def test_a_proxy_without_a_true_end_is_named_as_one_that_cannot_be_read(world: World) -> None:
    ends = (datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(-1, UTC), NEVER)
    for number, ends_at in enumerate(ends, start=2001):
        account = world.px6.add_account(balance="500")
        proxy = world.px6.add_proxy(account.key, ends_at=ends_at, bought_at=datetime.fromtimestamp(0, UTC))
        phone = world.phone(number)
        with case(str(ends_at)):
            await phone.connects(account.key)
            assert "1 more could not be read: see px6's site" in await phone.says("/proxies all")
            for command in ("/start", "/forecast", "/reminders", f"/prolong 30 {proxy.id}", "/export"):
                assert "Something went wrong" not in await phone.says(command)
            await world.app.services.sweep.look(number)


async def test_an_end_that_telegram_takes_for_no_time_is_shown_as_text(world: World) -> None:
    """Its numbers end in January 2038."""
    account = world.px6.add_account(balance="500")
    proxy = world.px6.add_proxy(account.key, ends_at=datetime(2038, 1, 20, tzinfo=UTC))
    phone = world.phone()
    await phone.connects(account.key)
    await phone.says("/proxies all")
    await phone.taps(f":{proxy.port}")
    assert "Ends 20 Jan 2038 00:00 UTC" in await phone.reads()
    for command in ("/start", "/proxies all", "/forecast", "/reminders", f"/prolong 30 {proxy.id}", "/export"):
        assert "Something went wrong" not in await phone.says(command)
    await world.app.services.sweep.look(1001)
