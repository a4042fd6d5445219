"""“Next reminder” goes by the bot's own reckoning: who is connected, and what they have set."""

from __future__ import annotations

from datetime import timedelta

from demo.next_reminder import NextReminder
from tests.world import MASTER_KEY, World


def outlook(world: World) -> NextReminder:
    settings = {
        "BOT_TOKEN": world.sandbox.token,
        "DATABASE_URL": world.settings.database_url,
        "ENCRYPTION_KEYS": MASTER_KEY,
    }
    return NextReminder(settings, world.px6, world.telegram.people)


async def test_the_next_reminder_is_that_of_a_connected_person_by_what_they_have_set(world: World) -> None:
    stranger = world.px6.add_account()
    world.px6.add_proxy(stranger.key, ends_in=timedelta(minutes=70))  # nobody has connected this account
    account = world.px6.add_account()
    proxy = world.px6.add_proxy(account.key, ends_in=timedelta(days=20))
    phone = world.phone()
    await phone.says("/start")
    assert await outlook(world).find() is None

    await phone.connects(account.key)
    day, week = timedelta(days=1), timedelta(days=7)
    for leads in ((day,), (week, day)):
        seconds = tuple(int(lead.total_seconds()) for lead in leads)
        await world.app.services.reminders.change(phone.id, leads=seconds)
        assert await outlook(world).find() == proxy.ends_at - leads[0] + timedelta(seconds=1)

    await world.app.services.reminders.change(phone.id, on=False)
    assert await outlook(world).find() is None
    assert {call.key for call in world.px6.calls} == {account.key}  # looking ahead has asked px6 nothing
