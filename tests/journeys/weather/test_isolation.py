"""What one account runs into, or a px6 that hangs for it, touches no other account."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

import pytest
from sqlalchemy.exc import IntegrityError

from services import sweep
from services.proxies import deletions
from storage.schema import metadata
from tests.customers import Customer, new_customer
from tests.databases import refusing, run
from tests.durations import DAY, HOUR, MINUTE
from tests.world import PATIENCE, World

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here

HANGING = 30
OF_A_PERSON = sorted(table.name for table in metadata.tables.values() if "telegram_id" in table.columns)


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for that takes long."""
    monkeypatch.setattr(sweep, "PATIENCE", 0.1)
    monkeypatch.setattr(deletions, "ROUND", 0.1)


async def make_due(world: World, *people: Customer) -> None:
    for each in people:
        each.add(1, ends_in=4 * DAY)
    await world.sweep()
    for each in people:
        await each.news()
    world.move(DAY + HOUR)


async def unseen_customer(world: World, person: int) -> Customer:
    """Somebody with a px6 account in whose chat nothing was said: quickly made, where many are needed."""
    account = world.px6.add_account(balance="5000")
    await world.app.services.accounts.connect(person, account.key)
    return Customer(world, account, world.phone(person))


async def execute(world: World, *statements: str) -> None:
    async with world.app.services.sweep._database.write() as connection:
        for statement in statements:
            await run(connection, statement)


def read_by(world: World, person: Customer) -> int:
    """How often px6 was asked for the list of this person."""
    return sum((call.method, call.key) == ("getproxy", person.key) for call in world.px6.calls)


async def heard_soon(person: Customer, work: Awaitable[None]) -> list[str]:
    """What the person hears while something else hangs."""
    loop = asyncio.get_running_loop()
    began, task = loop.time(), asyncio.ensure_future(work)
    while not (said := await person.news()):
        assert loop.time() - began < PATIENCE / 2
        await asyncio.sleep(0.02)
    await task
    return said


@pytest.mark.unforeseen
async def test_an_account_whose_look_cannot_be_planned_stops_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The other has read px6 meanwhile, and not yet said what there is."""
    ann, bob = await new_customer(world), await new_customer(world, person=1002)
    await make_due(world, ann, bob)
    await execute(world, *refusing("watches", "OLD.telegram_id = 1001 AND NEW.lease IS NULL"))
    looks = world.app.services.sweep._looks
    asked = read_by(world, bob)
    with world.held("getproxy", key=bob.key):
        sweeping = asyncio.ensure_future(world.sweep())
        await world.until(lambda: read_by(world, bob) > asked)
        await world.until(lambda: "A look at an account failed" in caplog.text)
        await world.until(lambda: len(looks._under_way) == 1)
    await sweeping
    assert len(await bob.news()) == 1
    assert world.rows("SELECT state, count(*) FROM digests GROUP BY 1") == [("sent", 2)]


async def test_an_account_that_cannot_be_claimed_stops_no_payment_that_has_begun(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await new_customer(world)
    await new_customer(world, person=1002)
    await ann.lets_a_rule_announce()
    world.move(12 * HOUR)
    for batch in ("BATCH", "SHARED_BATCH"):
        monkeypatch.setattr(sweep, batch, 1)
    await execute(world, "UPDATE watches SET next_look_at = next_look_at - 1000000000000 WHERE telegram_id = 1001")
    await execute(world, *refusing("watches", "OLD.telegram_id = 1002 AND NEW.lease IS NOT NULL"))
    with world.held("prolong"):
        with pytest.raises(IntegrityError):
            await world.app.services.sweep.run()
        await world.until(lambda: len(world.asked("prolong")) == 1)
    await world.quiet()
    assert len(ann.books()) == 1
    assert world.rows("SELECT state FROM orders") == [("done",)]
    assert any("Prolonged 1 proxy" in text for text in await ann.news())


@pytest.mark.usefixtures("short_rounds")
async def test_thirty_keys_for_which_px6_hangs_keep_nobody_waiting(world: World) -> None:
    hanging = [await unseen_customer(world, 2000 + nth) for nth in range(HANGING)]
    healthy = await new_customer(world, person=3000)
    await make_due(world, *hanging, healthy)
    await execute(world, "UPDATE watches SET next_look_at = next_look_at - 1000000000 WHERE telegram_id < 3000")
    for each in hanging:
        world.px6.fault("silent_before", key=each.key, times=None)
    [text] = await heard_soon(healthy, world.app.services.sweep.run())
    assert "1 proxy ends" in text
    assert await world.app.background.drain(0) >= HANGING


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("moment", ["getproxy", "getprice"])
async def test_forgotten_in_the_middle_of_a_look_nothing_is_written_or_said(
    ann: Customer, moment: str, anew: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Also when the person writes to the bot again before the look ends."""
    world = ann.world
    await make_due(world, ann)
    accounts = world.app.services.accounts

    async def forget() -> None:
        await accounts.forget(1001)
        if anew:
            await world.app.services.people.find_or_create(1001)

    before = len(world.asked(moment))
    with world.held(moment):
        sweeping = asyncio.ensure_future(world.sweep())
        await world.until(lambda: len(world.asked(moment)) > before)
        await forget()
    await sweeping
    assert await ann.news() == []
    tables = [name for name in OF_A_PERSON if name != "people"]
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)  # noqa: S608 - our own names
    assert dict(world.rows(counts)) == dict.fromkeys(tables, 0)
    assert world.rows("SELECT count(*) FROM people") == [(int(anew),)]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("moment", ["getproxy", "getprice"])
async def test_forgotten_while_a_rule_pays_nothing_is_written_or_said(ann: Customer, moment: str) -> None:
    world = ann.world
    await ann.lets_a_rule_announce()
    world.move(12 * HOUR)
    before = len(world.asked(moment))
    with world.held(moment):
        sweeping = asyncio.ensure_future(world.sweep())
        await world.until(lambda: len(world.asked(moment)) > before)
        await world.app.services.accounts.forget(1001)
    await sweeping
    assert await ann.news() == []
    assert ann.books() == []
    assert world.rows("SELECT count(*) FROM people") == [(0,)]


@pytest.mark.usefixtures("short_rounds")
async def test_deletions_are_looked_for_beside_each_other(world: World) -> None:
    """px6 hangs for one person; another hears at once what became of theirs."""
    slow, bob = await new_customer(world), await new_customer(world, person=1002)
    for each in (slow, bob):
        [one] = each.add(1, ends_in=20 * DAY)
        world.px6.fault("drop_before", "delete", key=each.key)
        await each.phone.says(f"/delete {one}")
        await each.phone.taps("Delete 1 proxy")
        await each.news()
    world.px6.fault("silent_before", key=slow.key, times=None)
    world.move(2 * MINUTE)
    [text] = await heard_soon(bob, world.app.services.deletions.settle_due())
    assert text.startswith("Nothing was deleted")
    await world.app.background.drain(0)


@pytest.mark.sqlite("the forgetting is first in the line of writers, where there is one")
async def test_forgotten_while_a_deletion_is_looked_for_nobody_is_made_anew(world: World) -> None:
    bob = await new_customer(world, person=1002)
    [one] = bob.add(1, ends_in=20 * DAY)
    world.px6.fault("drop_before", "delete")
    await bob.phone.says(f"/delete {one}")
    await bob.phone.taps("Delete 1 proxy")
    await bob.news()
    world.move(2 * MINUTE)
    before = len(world.asked("getproxy"))
    with world.held("getproxy"):
        settling = asyncio.ensure_future(world.app.services.deletions.settle_due())
        await world.until(lambda: len(world.asked("getproxy")) > before)
        await world.app.services.accounts.forget(1002)
    await settling
    await world.quiet()
    assert await bob.news() == []
    assert world.rows("SELECT count(*) FROM people") == [(0,)]
