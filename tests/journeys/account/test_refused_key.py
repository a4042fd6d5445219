"""What a colleague reads where px6 takes the key of the account no more: they cannot give it another one."""

from __future__ import annotations

import pytest

from model.colleagues import Right
from tests.journeys.account.offices import Office
from tests.journeys.connecting import just_connected
from tests.world import World

ITS_OWNER = (
    "px6 does not accept the key of this account. Its owner has to enter another one. Nothing was spent or changed."
)


@pytest.mark.parametrize(
    ("written", "method"), [("/check {}", "check"), ("/check 1.2.3.4:8000:a:b", "check"), ("/delete {}", "delete")]
)
async def test_a_colleague_is_not_asked_for_a_key_that_is_refused_in_the_middle(
    world: World, written: str, method: str
) -> None:
    """px6 still took it for the list."""
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    world.px6.fault("no_before", method, error_id=100, times=None)
    await office.bob.says(written.format(",".join(map(str, office.ids))))
    if method == "delete":
        await office.bob.taps("Delete 3 proxies")
    told = (await office.bob.reads()).replace("Account: 400088 of Ann\n", "")
    assert told.startswith(ITS_OWNER)
    assert await office.bob.labels() == ["Accounts", "Home"]
    assert "I did not understand that" in await office.bob.says("what now"), "no key is asked for"
