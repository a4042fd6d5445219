"""What somebody does takes several calls, and after the first of them they may not go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from model.colleagues import Right
from px6 import split_ids
from tests.direct_phone import DirectPhone
from tests.durations import DAY
from tests.failing_disk import FailingDisk
from tests.journeys.account.offices import ANN, BOB, Office
from tests.journeys.connecting import just_connected
from tests.journeys.laid import connected
from tests.world import Phone, World

MANY = 400
WAYS = [
    pytest.param("delete", "Deleted: ", id="deleting"),
    pytest.param("setdescr", "Comment changed: ", id="comments"),
    pytest.param("settype", "Now SOCKS5: ", marks=pytest.mark.older_px6("it changes protocols"), id="protocols"),
]
NARROWED = "Your access to this account no longer includes that."
ENDED = "You no longer have access to this account."
Happens = Callable[[], Awaitable[object]]


async def stopped(world: World, phone: Phone, method: str, ids: list[int], then: Happens) -> str:
    """Someone does it with so many; while px6 has the first part, this happens. Gives the last message."""
    person, listed = DirectPhone(world.telegram, world.token, phone.id), " ".join(map(str, ids))
    if method == "delete":
        await phone.says("/delete bulk")
    with world.held(method):
        if method == "delete":
            red = person.button("del:")
            assert red is not None
            person.presses(*red)
        else:
            person.says({"setdescr": f"/comment {listed} autumn", "settype": f"/type socks {listed}"}[method])
        await world.until(lambda: len(world.asked(method)) == 1)
        await then()
    await world.quiet()
    return await phone.reads()


def left(world: World, key: str, ids: list[int]) -> list[Any]:
    """Those that are as they were."""
    proxies = world.px6.account(key).proxies
    return [one for one in ids if one in proxies and (proxies[one].comment, proxies[one].type) == ("bulk", "http")]


@pytest.mark.parametrize(("method", "done"), WAYS)
async def test_of_a_colleague_whose_right_is_taken_back_the_rest_is_not_sent_and_that_is_said(
    world: World, method: str, done: str
) -> None:
    office = Office(await just_connected(world))
    await office.lets(Right.ALL)
    ids = office.ann.add(MANY, ends_in=9 * DAY, comment="bulk", type="http")
    first, rest = split_ids(ids)
    text = await stopped(world, office.bob, method, ids, lambda: office.colleagues.take_back(ANN, BOB))
    assert len(world.asked(method)) == 1
    assert left(world, office.ann.key, ids) == list(rest)
    assert text.startswith(f"{done}{len(first)} proxies\n")
    assert f"\n{len(rest)} proxies unchanged. {ENDED}\nIDs: {rest[0]}, " in text
    assert not {"Try again", f"Continue with {len(rest)} proxies"} & set(await office.bob.labels())


async def test_the_owner_sees_what_was_deleted_until_then_and_nothing_stays_open(world: World) -> None:
    office = Office(await just_connected(world))
    await office.lets(Right.ALL)
    ids = office.ann.add(MANY, ends_in=9 * DAY, comment="bulk")
    first, rest = split_ids(ids)

    async def narrow() -> None:
        await office.colleagues.change(ANN, BOB, Right.LOOK)

    text = await stopped(world, office.bob, "delete", ids, narrow)
    assert text.startswith("Deleted: ") and f"{len(rest)} proxies unchanged. {NARROWED}" in text
    [deletion] = await world.app.services.deletions.history(ANN)
    assert (deletion.gone, deletion.kept, deletion.certain) == (list(first), list(rest), True)


async def test_of_what_an_owner_erases_in_between_no_further_part_is_sent(world: World) -> None:
    phone = await connected(world)
    ids = [world.px6.add_proxy(world.key, ends_in=9 * DAY, comment="bulk").id for _ in range(MANY)]
    _, rest = split_ids(ids)
    text = await stopped(world, phone, "delete", ids, lambda: world.app.services.accounts.forget(phone.id))
    assert len(world.asked("delete")) == 1
    assert f"{len(rest)} proxies unchanged. The bot no longer has the key of this account." in text


async def test_where_nobody_can_tell_whether_a_colleague_may_go_on_they_can_try_again(world: World) -> None:
    office = Office(await just_connected(world))
    await office.lets(Right.ALL)
    ids = office.ann.add(MANY, ends_in=9 * DAY, comment="bulk", type="http")
    first, rest = split_ids(ids)
    colleagues: Any = office.colleagues
    disk = FailingDisk(colleagues._database, is_gone=True)

    async def fails() -> None:
        disk.fails, colleagues._database = True, disk

    text = await stopped(world, office.bob, "setdescr", ids, fails)
    assert text.startswith(f"Comment changed: {len(first)} proxies\n")
    assert f"{len(rest)} proxies unchanged. The bot cannot read its data right now." in text
    assert "Try again" in await office.bob.labels()
