"""Who has several px6 accounts shares one of them: what follows from that is of this one."""

from __future__ import annotations

from handlers.account.colleagues_screens import TakeBack
from handlers.account.invite_screens import Grant
from model.colleagues import Right
from tests.journeys.account.offices import ANN, BOB, Office
from tests.journeys.connecting import just_connected
from tests.world import World

SPENDS = "⚠️ Still spends automatically: 1 rule. Look through it."


async def test_what_still_spends_is_looked_through_on_the_account_that_was_shared(world: World) -> None:
    """Also where another one is current: it has no rules."""
    office, services = Office(await just_connected(world)), world.app.services
    phone, account = office.ann.phone, office.ann.account.user_id
    await services.rules.change(ANN, (await services.rules.add(ANN, "all", "", hours=12, period=30)).id, on=True)
    number = (await services.accounts.connect(ANN, world.px6.add_account(balance="300.00").key)).number
    assert await services.several.add(ANN, number, (await phone.screen())["message_id"])
    for tap in (Grant(account=ANN, right=Right.LOOK, person=BOB), TakeBack(account=ANN, person=BOB)):
        await office.lets(Right.ALL)
        await phone.says("/accounts")
        await phone.forges(tap.pack())
        assert SPENDS in await phone.reads()
        await phone.taps("Automatic prolonging")
        assert (await phone.reads()).split("\n")[:2] == ["Automatic prolonging", f"Account: {account}"]
        assert "Nothing is prolonged automatically" not in await phone.reads()
