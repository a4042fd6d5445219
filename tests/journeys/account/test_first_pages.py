"""Lists of accounts and of colleagues begin with their first page, and end where there is no further one."""

from __future__ import annotations

from handlers.account.accounts_screens import AskLeave
from handlers.account.colleagues_screens import Leave, OpenColleague
from model.colleagues import Right
from model.people import FIRST_ACCOUNT
from storage import accounts, own_accounts
from tests.journeys.account.offices import ANN
from tests.journeys.connecting import just_connected
from tests.world import World

NO_ACCESS = "You have no access to this account any more."


async def test_six_accounts_are_shown_from_the_first_on(world: World) -> None:
    ann, services = await just_connected(world), world.app.services
    async with services.sweep._database.write() as connection:
        for nth in range(5):
            owner, now = FIRST_ACCOUNT + nth, world.clock()
            await own_accounts.add(connection, ANN, owner, nth, now)
            await accounts.put(connection, owner, px6_user_id=f"9{nth}", currency="RUB", sealed=b"", now=now)
    shown = await ann.phone.says("/accounts")
    assert ann.account.user_id in shown and "\n93" in shown and "\n94" not in shown
    assert "1/2" in await ann.phone.labels()


async def test_five_colleagues_are_shown_from_the_first_on(world: World) -> None:
    ann, colleagues = await just_connected(world), world.app.services.colleagues
    for nth in range(5):
        code = await colleagues.invite(ANN, Right.LOOK, by_name="Ann")
        await colleagues.accept(code, 2000 + nth, f"Colleague {nth}", 0)
    answer = await ann.phone.forges(OpenColleague(account=ANN, person=1999).pack())
    assert (answer["text"], answer["show_alert"]) == ("This person has no access any more.", False)
    assert [label for label in await ann.phone.labels() if label[-1].isdigit()] == [
        *(f"Colleague {nth}" for nth in range(4)),
        "1/2",
    ]


async def test_nobody_leaves_what_is_their_own(world: World) -> None:
    ann = await just_connected(world)
    for tap in (AskLeave(account=ANN), Leave(account=ANN)):
        answer = await ann.phone.forges(tap.pack())
        assert (answer["text"], answer["show_alert"]) == (NO_ACCESS, True)
        assert (await ann.phone.reads()).startswith("Your px6 accounts\n")
