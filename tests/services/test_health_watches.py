"""What people set up to be checked, what becomes of it when they change it, and when px6 is asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from model.health import HealthWatch
from model.people import PersonId
from model.replacing import Failing, ReplaceTerms
from services.notifications.watching_kinds import HealthBack, HealthFell, Seen
from services.proxies.check_histories import CheckHistories
from services.watching.health import HealthWatches, TooManyWatches
from storage import health_watches
from storage.engine.types import time_from_int
from storage.schema import watches as accounts_watched
from tests.databases import run
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS
from tests.services.rules.rule_rig import RuleRig, new_rule_rig

TERMS = ReplaceTerms(after=4, period=30, most=3, up_to=Decimal(300), currency="RUB")


class Checks(RuleRig):
    """Anna, and what she has checked."""

    @property
    def watches(self) -> HealthWatches:
        return HealthWatches(self.round_needs, CheckHistories(self.rig.database, self.now))

    async def all(self) -> int:
        return await self.watches.watch(ANNA, "all", "", minutes=60, night=False)

    async def one(self, number: int = 1) -> HealthWatch:
        found = await self.watches.one(ANNA, number)
        assert found is not None
        return found

    async def in_the_middle(self) -> HealthWatch:
        """A watch of which there is something to keep and something to forget."""
        number = await self.all()
        given = {"stage": 2, "suspects": [1], "fallen": [2], "back": [3], "down": [4], "began_at": NOW - MINUTE}
        times = {"next_at": NOW + HOUR, "look_at": NOW + 5 * MINUTE, "failures": {4: Failing(5, NOW - DAY)}}
        async with self.rig.database.write() as connection:
            await health_watches.change(connection, ANNA, number, **given, **times, replacing=TERMS)
        return await self.one(number)

    async def moves_to_another_account(self) -> str:
        other = self.rig.px6.add_account(balance="500.00")
        await self.rig.replaces_key(other.key)
        return other.user_id


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Checks]:
    async with new_rule_rig(tmp_path) as made:
        yield Checks(made.rig)


async def test_a_person_has_five_and_one_of_them_may_be_set_up_otherwise(anna: Checks) -> None:
    for value in "abcde":
        await anna.watches.watch(ANNA, "comment", value, minutes=60, night=False)
    with pytest.raises(TooManyWatches):
        await anna.watches.watch(ANNA, "comment", "f", minutes=60, night=False)
    with pytest.raises(TooManyWatches):
        await anna.watches.watch(ANNA, "country", "a", minutes=60, night=False)
    await anna.watches.watch(ANNA, "comment", "b", minutes=30, night=True)
    assert [(one.value, one.minutes, one.night) for one in await anna.watches.of(ANNA)] == [
        (value, 30, True) if value == "b" else (value, 60, False) for value in "abcde"
    ]


@pytest.mark.parametrize("anew", ["watch", "switch"])
@pytest.mark.parametrize("moves", [False, True])
async def test_what_is_set_up_or_resumed_for_another_account_buys_nothing_there(
    anna: Checks, anew: str, moves: bool
) -> None:
    """The limits were meant for the money of the account before."""
    number, user_id = await anna.all(), anna.rig.account.user_id
    assert await anna.watches.replace(ANNA, number, TERMS)
    if moves:
        user_id = await anna.moves_to_another_account()
    if anew == "watch":
        assert await anna.all() == number
    else:
        assert await anna.watches.switch(ANNA, number, on=True)
    now = await anna.one(number)
    assert (now.px6_user_id, now.replacing) == (user_id, None if moves else TERMS)


async def test_each_change_keeps_what_is_not_told_yet_and_forgets_what_may_be_old(anna: Checks) -> None:
    before, watches = await anna.in_the_middle(), anna.watches
    assert await watches.change(ANNA, 1, night=True)
    now = structs.replace(before, night=True)
    assert await anna.one() == now
    assert await watches.change(ANNA, 1, minutes=30)
    begun = {"stage": 0, "suspects": [], "began_at": None, "next_at": None}
    now = structs.replace(now, minutes=30, look_at=NOW, **begun)
    assert await anna.one() == now, "what fell or is back is told all the same"
    assert await watches.switch(ANNA, 1, on=False)
    now = structs.replace(now, look_at=None, fallen=[], back=[])
    assert await anna.one() == now
    assert await watches.change(ANNA, 1, minutes=180)
    now = structs.replace(now, minutes=180)
    assert await anna.one() == now, "it stays paused"
    assert await watches.switch(ANNA, 1, on=True)
    assert await anna.one() == structs.replace(now, look_at=NOW, down=[], failures={})
    assert not await watches.change(BORIS, 1, minutes=30)


async def test_twins_are_bought_only_by_a_watch_that_is_on_in_the_currency_of_its_account(anna: Checks) -> None:
    number, watches = await anna.all(), anna.watches
    assert not await watches.replace(ANNA, number + 1, TERMS)
    assert not await watches.replace(ANNA, number, structs.replace(TERMS, currency="USD"))
    assert await watches.replace(ANNA, number, TERMS)
    await watches.switch(ANNA, number, on=False)
    assert not await watches.replace(ANNA, number, TERMS)
    assert await watches.replace(ANNA, number, None), "it can be ended also while it is paused"
    assert (await anna.one(number)).replacing is None
    await watches.switch(ANNA, number, on=True)
    await anna.moves_to_another_account()
    assert not await watches.replace(ANNA, number, TERMS)
    assert (await anna.one(number)).replacing is None


async def test_the_buttons_of_a_message_are_of_the_account_that_it_was_about(anna: Checks) -> None:
    kept = {"px6_user_id": anna.rig.account.user_id, "ids": [4], "at": NOW}
    async with anna.rig.database.write() as connection:
        number = await health_watches.add_fall(connection, ANNA, **kept)
    found = await anna.watches.fall(ANNA, number)
    assert found is not None and found.ids == [4]
    assert await anna.watches.fall(BORIS, number) is None
    await anna.moves_to_another_account()
    assert await anna.watches.fall(ANNA, number) is None


@pytest.mark.parametrize(
    ("why", "pause"),
    [("blocked", DAY), ("no key", DAY), ("another account", None), ("wrong key", HOUR), ("no answer", 10 * MINUTE)],
)
async def test_where_nothing_can_be_checked_or_told_it_is_tried_again_later(
    anna: Checks, why: str, pause: timedelta | None
) -> None:
    rig = anna.rig
    rig.proxy()
    await anna.all()
    match why:
        case "blocked":
            await rig.people.set_blocked(PersonId(ANNA), True)
        case "no key":
            async with rig.database.write() as connection:
                await run(connection, "DELETE FROM accounts")
        case "another account":
            await anna.moves_to_another_account()
        case _:
            error_id = 100 if why == "wrong key" else 1
            rig.fault("no_before", "getproxy", error_id=error_id, times=None)
    await anna.watches.look()
    [(at, began_at)] = rig.rows("SELECT look_at, began_at IS NULL FROM health_watches")
    assert (None if at is None else time_from_int(at) - NOW) == pause
    assert (began_at, anna.attempts, rig.requests("check")) == (why == "another account", 0, [])


@pytest.mark.parametrize("paused", [False, True])
async def test_what_another_watch_has_told_is_not_told_again_unless_that_one_is_paused(
    anna: Checks, paused: bool
) -> None:
    """A paused one may have told it long ago, of a fall that was over meanwhile."""
    rig = anna.rig
    fallen, stays = rig.proxy(comment="shop", alive=False), rig.proxy(comment="shop", alive=False)
    await anna.all()
    other = await anna.watches.watch(ANNA, "comment", "shop", minutes=1440, night=False)
    ids = [fallen.id, stays.id]
    async with rig.database.write() as connection:
        look_at = None if paused else NOW + 2 * DAY
        await health_watches.change(connection, ANNA, other, down=ids, look_at=look_at)
    for pause in (0 * MINUTE, 2 * MINUTE, 10 * MINUTE):
        rig.px6.clock.move(pause)
        await anna.watches.look()
    assert [said.count for said, _ in anna.news() if isinstance(said, HealthFell)] == ([2] if paused else [])
    assert (await anna.one()).down == ids
    fallen.alive = True
    rig.px6.clock.move(HOUR - 12 * MINUTE)
    await anna.watches.look()
    assert [(said.count, said.down) for said, _ in anna.news() if isinstance(said, HealthBack)] == [(1, 1)]
    assert (await anna.one(other)).down == (ids if paused else [stays.id]), "the other one need not tell that, too"


@pytest.mark.parametrize(("before", "pause"), [(2, 6 * HOUR), (3, 0 * MINUTE)])
async def test_what_has_failed_often_enough_for_a_twin_brings_a_look_at_the_account_at_once(
    anna: Checks, before: int, pause: timedelta
) -> None:
    rig = anna.rig
    fallen = rig.proxy(alive=False)
    await anna.all()
    async with rig.database.write() as connection:
        given = {"down": [fallen.id], "failures": {fallen.id: Failing(before, NOW - DAY)}}
        await health_watches.change(connection, ANNA, 1, **given, replacing=TERMS)
        await connection.execute(accounts_watched.update().values(next_look_at=NOW + 6 * HOUR))
    await anna.watches.look()
    assert (await anna.one()).failures == {fallen.id: Failing(before + 1, NOW - DAY)}
    [(at,)] = rig.rows("SELECT next_look_at FROM watches")
    assert time_from_int(at) - NOW == pause


async def test_a_message_names_what_fell_and_what_is_back_soonest_end_first(anna: Checks) -> None:
    rig = anna.rig
    late, one, other, good = (rig.proxy(ends_in=days * DAY, country=where) for days, where in
                              ((9, "de"), (5, "fr"), (5, "us"), (1, "nl")))  # fmt: skip
    for each in (late, one, other):
        each.alive = False
    await anna.all()
    for pause in (0 * MINUTE, 2 * MINUTE, 10 * MINUTE):
        rig.px6.clock.move(pause)
        assert anna.news() == []
        await anna.watches.look()
    listed = {proxy.id: proxy for proxy in await anna.listed()}

    def seen(*proxies: object) -> tuple[Seen, ...]:
        ids = [proxy.id for proxy in proxies]  # type: ignore[attr-defined]  # the stand-in's
        return tuple(Seen(n, listed[n].country or "", f"{listed[n].host}:{listed[n].port}") for n in ids)

    assert [each.country for each in seen(one, other, late)] == ["fr", "us", "de"]
    assert anna.news() == [(HealthFell(1, 3, seen(one, other, late), anna.now()), False)]
    one.alive = late.alive = True
    rig.px6.clock.move(HOUR - 12 * MINUTE - SECOND)
    await anna.watches.look()
    assert anna.news() == [], "an hour after the last look at all"
    rig.px6.clock.move(SECOND)
    await anna.watches.look()
    assert anna.news() == [(HealthBack(2, seen(one, late), 1), False)]
    assert good.alive
