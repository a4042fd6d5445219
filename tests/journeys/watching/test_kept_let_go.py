"""“Don't prolong” of what waits for money: it is not paid then, neither at once nor in the moment of payment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from model.colleagues import Colleague, Right
from services.orders import Orders
from services.watching.kept import KeptPayments
from services.watching.paying import Payer
from tests.customers import Customer
from tests.durations import DAY, MINUTE
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import dying, keeps
from tests.world import World

pytestmark = pytest.mark.without_notices

WAITS_NO_MORE = "I no longer wait for the money to prolong it. Nothing was spent."
WITHOUT_IT = "The payment for several that waits for money goes on without it."


async def poor(world: World, balance: str = "1") -> Customer:
    ann = await just_connected(world, balance)
    await ann.refuses_notices()
    return ann


async def reminded(ann: Customer) -> int:
    """A digest comes; gives its message."""
    assert [text[0] for text in await ann.look()] == ["⏳"]
    number: int = (await ann.phone.screen())["message_id"]
    return number


def kept(world: World) -> list[tuple[str, int]]:
    """How each stands, and about how many proxies it is."""
    return [
        (state, ends.count("Z")) for state, ends in world.rows("SELECT state, ends FROM kept_payments ORDER BY id")
    ]


async def money_comes(ann: Customer, amount: int) -> list[str]:
    """Gives what the bot says in the minutes after that."""
    ann.world.px6.top_up(ann.key, amount)
    said = []
    for _ in range(3):
        ann.world.move(11 * MINUTE)
        said += await ann.sweep()
    return said


@pytest.mark.parametrize("how", ["Pay at once, up to 21.00 RUB", "Ask me first"])
async def test_what_waits_for_money_and_is_let_go_is_neither_paid_nor_asked_about(world: World, how: str) -> None:
    ann = await poor(world)
    ann.add(1, ends_in=2 * DAY)
    digest = await reminded(ann)
    await ann.phone.taps("Finish when the money arrives", digest)
    await ann.phone.taps(how)
    await ann.phone.taps("Don't prolong", digest)
    assert (await ann.phone.text_of(digest)).splitlines()[0] == "Not prolonging: 1 proxy"
    assert WAITS_NO_MORE in await ann.phone.text_of(digest)
    await ann.news()
    assert await money_comes(ann, 500) == []
    assert (ann.books(), kept(world)) == ([], [("cancelled", 1)])


async def test_what_waits_for_others_too_goes_on_without_what_is_let_go(world: World) -> None:
    """The money that comes is enough for the other one, not for both."""
    ann = await poor(world)
    [soon], [later] = ann.add(1, ends_in=2 * DAY), ann.add(1, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {soon} {later}", at_once=True)
    digest = await reminded(ann)
    await ann.phone.taps("Don't prolong", digest)
    text = await ann.phone.text_of(digest)
    assert WITHOUT_IT in text and WAITS_NO_MORE not in text
    assert kept(world) == [("waiting", 1)]
    await ann.news()
    [said] = await money_comes(ann, 21)
    assert said.startswith("Prolonged")
    assert [spend.ids for spend in ann.books()] == [(later,)]
    assert kept(world) == [("paid", 1)]


async def test_money_that_is_enough_for_the_others_alone_is_seen_with_the_next_look(world: World) -> None:
    ann = await poor(world, balance="30")
    [soon], [later] = ann.add(1, ends_in=2 * DAY), ann.add(1, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {soon} {later}", at_once=True)
    await ann.phone.taps("Don't prolong", await reminded(ann))
    assert (await ann.sweep())[-1].startswith("Prolonged")
    assert [spend.ids for spend in ann.books()] == [(later,)]


async def test_what_waits_for_others_alone_is_as_it_was(world: World) -> None:
    ann = await poor(world)
    [soon], others = ann.add(1, ends_in=2 * DAY), ann.add(2, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {soon}", at_once=True)
    await keeps(ann, f"/prolong 30 {others[0]} {others[1]}", at_once=True)
    digest = await reminded(ann)
    await ann.phone.taps("Don't prolong", digest)
    assert kept(world) == [("cancelled", 1), ("waiting", 2)]
    await ann.news()
    [said] = await money_comes(ann, 500)
    assert said.startswith("Prolonged 2 proxies")
    assert [sorted(spend.ids) for spend in ann.books()] == [sorted(others)]


@asynccontextmanager
async def hanging(ann: Customer, part: type, function: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A look that hangs before this function of a part of it until the block ends; then it goes on."""
    reached, goes_on, does = asyncio.Event(), asyncio.Event(), getattr(part, function)

    async def hangs(*given: object, **more: object) -> object:
        reached.set()
        await goes_on.wait()
        return await does(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(part, function, hangs)
        look = asyncio.ensure_future(ann.world.app.services.sweep.look(1001))
        await reached.wait()
        yield
    goes_on.set()
    await look
    await ann.world.quiet()


MOMENTS = [
    pytest.param(KeptPayments, "_pay", id="before it is to be paid"),
    pytest.param(Payer, "_say", id="before that is said"),
    pytest.param(Orders, "claim", id="before it is confirmed"),
]


@pytest.mark.parametrize(("part", "function"), MOMENTS)
@pytest.mark.parametrize("alone", [True, False])
async def test_whoever_lets_go_in_the_moment_of_payment_pays_nothing_for_it(
    world: World, part: type, function: str, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await poor(world)
    [soon], [later] = ann.add(1, ends_in=2 * DAY), ann.add(1, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {soon}" + ("" if alone else f" {later}"), at_once=True)
    digest = await reminded(ann)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    async with hanging(ann, part, function, monkeypatch):
        await ann.phone.taps("Don't prolong", digest)
        assert (WAITS_NO_MORE if alone else WITHOUT_IT) in await ann.phone.text_of(digest)
    for _ in range(2):
        await ann.sweep()
    assert [spend.ids for spend in ann.books()] == ([] if alone else [(later,)])
    assert kept(world) == [("cancelled" if alone else "paid", 1)]
    said = await ann.phone.texts()
    assert not [text for text in said if "I am paying" in text], "its message says what became of it"
    if function == "claim" and alone:
        assert [text for text in said if "It was called off in this moment" in text]
    if function == "claim" and not alone:
        [text] = [text for text in said if "The others are no longer to be prolonged." in text]
        assert text.startswith("Not paid yet\nProlong 1 proxy")


@pytest.mark.unforeseen
async def test_a_message_about_several_says_that_one_was_let_go_after_a_kill(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await poor(world)
    [soon], [later] = ann.add(1, ends_in=2 * DAY), ann.add(1, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {soon} {later}", at_once=True)
    digest = await reminded(ann)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    with dying(monkeypatch, Orders, "claim"):
        await world.app.services.sweep.look(1001)
    await ann.phone.taps("Don't prolong", digest)
    for _ in range(2):
        world.move(11 * MINUTE)
        await ann.sweep()
    said = await ann.phone.texts()
    assert not [text for text in said if "I am paying" in text or "no longer wait" in text]
    assert [text for text in said if "The others are no longer to be prolonged. I will try again now." in text]
    assert [spend.ids for spend in ann.books()] == [(later,)]


async def test_what_is_confirmed_already_is_said_to_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes of it is told by its receipt; had it come to nothing, it would be asked about."""
    ann = await poor(world)
    [soon] = ann.add(1, ends_in=2 * DAY)
    await keeps(ann, f"/prolong 30 {soon}", at_once=True)
    digest = await reminded(ann)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    async with hanging(ann, Orders, "execute", monkeypatch):
        await ann.phone.taps("Don't prolong", digest)
        text = await ann.phone.text_of(digest)
        assert "⚠️ A payment had already begun: its outcome is in /orders." in text and WAITS_NO_MORE not in text
    assert (len(ann.books()), kept(world)) == (1, [("paid", 1)])
    assert world.rows("SELECT up_to FROM kept_payments") == [(None,)]


async def test_whoever_wants_it_paid_after_all_has_it_paid(world: World) -> None:
    """What was said last counts."""
    ann = await poor(world)
    [soon] = ann.add(1, ends_in=2 * DAY)
    await ann.phone.taps("Don't prolong", await reminded(ann))
    await keeps(ann, f"/prolong 30 {soon}", at_once=True)
    [said] = await money_comes(ann, 500)
    assert said.startswith("Prolonged") and len(ann.books()) == 1


async def test_what_is_left_waits_for_its_own_sum_also_while_there_is_no_money_at_all(world: World) -> None:
    ann = await poor(world, "0")
    [soon], [later] = ann.add(1, ends_in=2 * DAY), ann.add(1, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {soon} {later}", at_once=True)
    await ann.phone.taps("Don't prolong", await reminded(ann))
    world.move(11 * MINUTE)
    await ann.sweep()
    assert world.rows("SELECT state, price FROM kept_payments") == [("waiting", 21_000_000)]


@pytest.mark.parametrize(
    ("right", "state", "asked"),
    [(Right.PROLONG, "asked", ["The balance is enough now"]), (Right.ALL, "cancelled", [])],
)
async def test_a_colleague_who_may_not_spend_freely_calls_no_payment_of_the_owner_off(
    world: World, right: Right, state: str, asked: list[str]
) -> None:
    ann = await poor(world)
    [one] = ann.add(1, ends_in=2 * DAY)
    await keeps(ann, f"/prolong 30 {one}", at_once=True)
    ben = Colleague(
        owner=1001,
        person=1002,
        right=right,
        monthly_cap=None,
        currency="RUB",
        since=world.clock(),
        name="",
        told=True,
    )
    ends = {one: ann.account.proxies[one].ends_at}
    await world.app.services.reminders.mute(1001, ends, None, ben)
    assert [text.splitlines()[0] for text in await money_comes(ann, 500)] == asked
    assert (ann.books(), kept(world)) == ([], [(state, 1)])
