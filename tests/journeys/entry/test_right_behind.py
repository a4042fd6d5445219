"""What comes while what came before it is still under way: who it is from is read again when its turn comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from model.colleagues import Right
from tests.customers import Customer
from tests.direct_phone import DirectPhone
from tests.durations import MINUTE
from tests.journeys.account.offices import ANN, BOB, ENDED, Office
from tests.journeys.account.two_accounts import with_two
from tests.journeys.connecting import just_connected
from tests.profiles import ON_NEWEST
from tests.world import Phone, World


async def test_a_text_that_comes_right_behind_its_question_answers_it(ann: Customer) -> None:
    """The message before may have asked for it."""
    [proxy] = ann.add()
    phone = DirectPhone(ann.world.telegram, ann.world.token, ann.phone.id)
    before = len(ann.world.asked("getproxy"))
    with ann.world.held("getproxy"):
        phone.says(f"/comment {proxy}")
        phone.says("lamp")
        await ann.world.until(lambda: len(ann.world.asked("getproxy")) > before)
    await ann.world.quiet()
    assert [call["new"] for call in ann.world.asked("setdescr")] == ["lamp"]


async def tapped_behind(world: World, phone: Phone, ends: Callable[[], Awaitable[object]]) -> list[str]:
    """What a person reads who asks for the rules while their tap before is under way, and this happens meanwhile."""
    homes = []
    for _ in range(2):
        await phone.says("/start")
        homes.append(int((await phone.screen())["message_id"]))
    world.move(MINUTE)  # the list that was just read is not enough then
    direct, asked = DirectPhone(world.telegram, world.token, phone.id), len(world.asked("getproxy"))
    with world.held("getproxy"):
        for data, home in zip(("open:home", "open:rules"), homes, strict=True):
            direct.forges(data, home)
        await world.until(lambda: len(world.asked("getproxy")) > asked)
        await ends()
    await world.quiet()
    return direct.seen


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the second tap waits, as the fifth does."""
    monkeypatch.setattr("handlers.entry.lanes.TAPS_AT_ONCE", 1)


@pytest.mark.usefixtures("one_at_a_time")
async def test_a_tap_that_waited_shows_nothing_of_an_account_on_which_the_right_has_ended(world: World) -> None:
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    seen = await tapped_behind(world, office.bob, lambda: office.colleagues.take_back(ANN, BOB))
    assert ENDED in seen
    assert not [text for text in seen if text.startswith("Automatic prolonging")]


@pytest.mark.usefixtures("one_at_a_time")
async def test_a_tap_that_waited_is_for_no_account_where_its_own_was_removed(world: World) -> None:
    two, several = await with_two(world), world.app.services.several

    async def removed() -> None:
        question = await several.ask_remove(two.owner, ())
        assert await several.remove_if_asked(two.owner, question)

    seen = await tapped_behind(world, two.phone, removed)
    assert [text for text in seen if "its px6 account was removed from the bot" in text]
    assert not [text for text in seen if text.startswith("Automatic prolonging")]


async def test_an_answer_that_waited_changes_nothing_of_an_account_on_which_the_right_has_ended(world: World) -> None:
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    asked = dict[int, int]()
    for proxy in office.ids[:2]:
        await office.bob.says(f"/comment {proxy}")
        asked[proxy] = int((await office.bob.screen())["message_id"])
    direct = DirectPhone(world.telegram, world.token, BOB)
    with world.held("setdescr"):
        for question in asked.values():
            await world.post(f"/people/{BOB}/messages", {"text": "lamp", "reply_to": question})
        await world.until(lambda: len(world.asked("setdescr")) == 1)
        await office.colleagues.take_back(ANN, BOB)
    await world.quiet()
    assert [world.px6.account(office.ann.key).proxies[proxy].comment for proxy in asked] == ["lamp", "shop"]
    told, refused = direct.seen[-2:]
    assert (told.splitlines()[0], refused) == ("Comment changed: 1 proxy", ENDED), "what was done is told as done"


@pytest.mark.parametrize("fault", ["slow", "silent_after"])
@pytest.mark.parametrize(
    ("written", "method", "told"),
    [
        ("/comment shop > lamp", "setdescr", "Comment changed: 3 proxies"),
        ("/comment {} lamp", "setdescr", "Comment changed: 2 proxies"),
        *([] if ON_NEWEST else [("/type socks {}", "settype", "Now SOCKS5: 2 proxies")]),  # which has no settype
    ],
)
async def test_what_px6_was_doing_when_the_right_ended_is_told_by_its_outcome(
    world: World, written: str, method: str, told: str, fault: str
) -> None:
    """Also where px6 does not say it: then its list does."""
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    direct = DirectPhone(world.telegram, world.token, BOB)
    with ExitStack() as held:
        if fault == "slow":
            held.enter_context(world.held(method))
        else:
            world.impatient()
            world.px6.fault(fault, method)
        direct.says(written.format(",".join(map(str, office.ids[:2]))))
        await world.until(lambda: len(world.asked(method)) == 1)
        world.patient()
        await office.colleagues.take_back(ANN, BOB)
    await world.quiet()
    assert [text.splitlines()[0] for text in direct.seen] == [told]


async def test_whose_right_ends_while_px6_deletes_reads_the_outcome_and_nothing_that_denies_it(world: World) -> None:
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    await office.bob.says(f"/delete {office.ids[0]}")
    direct = DirectPhone(world.telegram, world.token, BOB)
    red = direct.button("del:")
    assert red is not None
    with world.held("delete"):
        direct.presses(*red)
        await world.until(lambda: len(world.asked("delete")) == 1)
        await office.colleagues.take_back(ANN, BOB)
    await world.quiet()
    assert [text.splitlines()[0] for text in direct.seen] == ["Deleted: 1 proxy"]
