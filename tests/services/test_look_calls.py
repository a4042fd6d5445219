"""What one look asks px6 for and writes, when it reads px6 again before it speaks, and what hanging keys hold up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.people import Person
from services.ground.task_pool import TaskPool
from services.notifications.kinds import Digest, NotSent, Unsure
from services.orders import BuyWish
from services.proxies.kept_list import WRITTEN_EVERY
from services.reminders.look import FRESH
from services.sweep import AT_ONCE, MOST
from storage.engine.types import time_from_int
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.quotes import buy_quote
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, Rig, new_rig
from tests.services.watching import Watch


class Patient(Watch):
    """The sweep at a Telegram that has room for a digest only after `until_room`; None: at once."""

    until_room: Callable[[], object] | None = None

    async def room(self) -> bool:
        if self.until_room is not None:
            self.until_room()
        return self.until_room is not None

    async def asked(self) -> dict[str, int]:
        """What px6 is asked for by one look."""
        before = len(self.rig.px6.calls)
        await self.sweep.look(ANNA)
        return dict(Counter(call.method for call in self.rig.px6.calls[before:]))

    @contextmanager
    def transactions(self, kind: str = "write") -> Iterator[list[None]]:
        """One for each transaction that begins within, or (`read`) for each time that something is read."""
        found: list[None] = []
        database = self.rig.database
        lone = ["single"] if kind == "write" and database.is_shared else []  # where it is no transaction of many

        def begun(begin: Callable[[], AbstractAsyncContextManager[AsyncConnection]]) -> object:
            found.append(None)
            return begin()

        with pytest.MonkeyPatch.context() as patching:
            for each in (kind, *lone):
                patching.setattr(database, each, partial(begun, getattr(database, each)))
            yield found


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Patient]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Patient(rig)


def prolonged(rig: Rig, proxy_id: int) -> None:
    rig.px6.prolong_on_site(rig.account.key, [proxy_id], 30)


async def test_a_look_with_nothing_to_say_reads_the_list_and_the_prices_once(watch: Patient) -> None:
    for version in ("4", "4", "6"):
        watch.rig.proxy(ends_in=20 * DAY, version=version)
    with watch.transactions() as transactions, watch.transactions("read") as reads:
        assert await watch.asked() == {"getproxy": 1, "getprice": 1}
    assert len(transactions) == 2, "one claims, one keeps what was found and plans the next look"
    assert len(reads) == 1, "one statement tells what else there is to read: no board, nothing that waits for money"


async def test_that_px6_told_just_the_same_is_written_down_every_ten_minutes(watch: Patient) -> None:
    """What is shown while px6 is away says of when it is: no older than that, also where the clock was set back."""
    watch.rig.proxy(ends_in=20 * DAY)
    noted = []
    for passed in (0 * MINUTE, WRITTEN_EVERY - SECOND, SECOND, -HOUR):
        watch.rig.px6.clock.move(passed)
        await watch.asked()
        [(read_at,)] = watch.rig.rows("SELECT read_at FROM last_known")
        noted.append(time_from_int(read_at) - NOW)
    assert noted == [0 * MINUTE, 0 * MINUTE, WRITTEN_EVERY, WRITTEN_EVERY - HOUR]


async def test_a_look_with_a_digest_reads_the_list_twice_and_each_price_once(watch: Patient) -> None:
    watch.rig.proxy(ends_in=2 * DAY)
    watch.rig.proxy(ends_in=20 * DAY)
    with watch.transactions() as transactions:
        assert await watch.asked() == {"getproxy": 2, "getprice": 4}, "three periods for one, a forecast for both"
    assert len(transactions) == 4, "claimed, written down, sent, planned"
    [digest] = watch.digests
    assert digest.quote is not None
    kept = watch.rig.rows("SELECT id, message_id, balance FROM quotes")
    assert kept == [(digest.quote.id, 901, 1_000_000_000)]


async def test_what_is_prolonged_while_prices_are_asked_for_or_telegram_has_no_room_is_not_spoken_of(
    watch: Patient,
) -> None:
    ids = [watch.rig.proxy(ends_in=2 * DAY).id for _ in range(2)]
    watch.until_room = lambda: prolonged(watch.rig, ids.pop()) if ids else None
    assert (await watch.asked())["getproxy"] == 3, "the first of them left a digest of one, whose price is another"
    assert (ids, watch.digests) == ([], [])
    assert watch.rig.rows("SELECT count(*) FROM quotes") == [(0,)], "nothing is kept of what was not said"


async def test_a_digest_that_waited_for_room_is_not_tried_once_others_have_found_that_telegram_takes_nothing(
    watch: Patient,
) -> None:
    watch.rig.proxy(ends_in=2 * DAY)

    def others_find_out() -> None:
        watch.fails = NotSent()
        with suppress(NotSent), watch.line.sending():
            raise NotSent

    watch.until_room = others_find_out
    await watch.asked()
    assert watch.digests == []
    assert watch.rig.rows("SELECT count(*) FROM digests") == [(0,)]


async def test_a_digest_names_the_balance_that_was_read_last(watch: Patient) -> None:
    rig = watch.rig
    rig.proxy(ends_in=2 * DAY)
    watch.until_room = lambda: rig.px6.top_up(rig.account.key, "77.00")
    await watch.asked()
    [digest] = watch.digests
    assert digest.quote is not None
    assert digest.quote.balance == 1077


async def test_a_digest_names_no_price_where_the_currency_changed_meanwhile(watch: Patient) -> None:
    rig = watch.rig
    rig.proxy(ends_in=2 * DAY)
    watch.until_room = lambda: rig.px6.set_currency(rig.account.key, "USD")
    await watch.asked()
    assert [(len(digest.soon), digest.quote) for digest in watch.digests] == [(1, None)]


async def ended(watch: Patient) -> None:
    """A proxy that ended after a first look."""
    watch.rig.proxy(ends_in=HOUR)
    await watch.asked()
    watch.digests.clear()
    watch.rig.px6.clock.move(2 * HOUR)


async def test_px6_is_read_once_where_nothing_took_time_since(watch: Patient) -> None:
    await ended(watch)
    assert (await watch.asked())["getproxy"] == 1
    assert [len(digest.ended) for digest in watch.digests] == [1]


async def test_px6_is_read_again_where_telegram_had_no_room_at_once(watch: Patient) -> None:
    await ended(watch)
    watch.until_room = lambda: None
    assert (await watch.asked())["getproxy"] == 2
    assert len(watch.digests) == 1


async def test_px6_is_read_again_where_rules_had_their_turn(watch: Patient) -> None:
    await ended(watch)
    await watch.rule()
    assert (await watch.asked())["getproxy"] == 2
    assert len(watch.digests) == 1


async def test_px6_is_read_again_where_what_waits_for_money_had_its_turn(watch: Patient) -> None:
    """It may have been prolonged in this very look."""
    await ended(watch)
    watch.rig.account.balance = Decimal("1.00")
    quote = await buy_quote(watch.rig.orders, ANNA, BuyWish(2, 30, "de"))
    await watch.kept.keep(quote, quote.options[0], at_once=False)
    assert (await watch.asked())["getproxy"] == 2
    assert len(watch.digests) == 1


@pytest.mark.parametrize(
    ("passed", "fresh"), [(timedelta(0), True), (FRESH, True), (FRESH + SECOND, False), (-SECOND, False)]
)
async def test_a_look_is_fresh_for_two_seconds_and_not_after_the_clock_was_set_back(
    watch: Patient, passed: timedelta, fresh: bool
) -> None:
    look = await watch.look()
    assert FRESH == 2 * SECOND
    assert replace(look, read_at=NOW - passed).is_fresh(NOW) is fresh


async def test_a_look_at_another_account_of_the_person_is_the_first_one(watch: Patient) -> None:
    await watch.asked()
    person = await watch.rig.people.find_or_create(ANNA)
    known = [(await watch.reminders.facts(person, user_id)).looked_at for user_id in (watch.rig.account.user_id, "9")]
    assert known == [NOW, None]


class Hurried(Watch):
    """`enough` is set with the third digest."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self.enough = asyncio.Event()

    async def digest(self, person: Person, digest: Digest) -> int:
        sent = await super().digest(person, digest)
        if len(self.digests) == 3:
            self.enough.set()
        return sent


async def test_thirty_keys_that_hang_hold_up_nobody_else(tmp_path: Path) -> None:
    """Not even until they count as slow: that is switched off here."""
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        watch = Hurried(rig)
        begun: list[asyncio.Future[None]] = []

        def start(work: object) -> asyncio.Future[None]:
            begun.append(asyncio.ensure_future(work))  # type: ignore[call-overload]  # a coroutine
            return begun[-1]

        watch.sweep._looks = TaskPool(AT_ONCE, start, slow=600, most=MOST)
        for person in range(2000, 2033):
            account = rig.px6.add_account()
            await rig.accounts.connect(person, account.key)
            if person < 2030:
                rig.px6.fault("silent_before", "getproxy", times=None, key=account.key)
            else:
                rig.px6.add_proxy(account.key, ends_in=2 * DAY)
        sweeping = asyncio.ensure_future(watch.sweep.run())
        await asyncio.wait_for(watch.enough.wait(), 30)
        assert sum(not one.done() for one in begun) >= 30
        for one in (*begun, sweeping):
            one.cancel()
        await asyncio.gather(*begun, sweeping, return_exceptions=True)


async def test_a_digest_that_is_said_again_waits_for_room_as_well(watch: Patient) -> None:
    asked = list[int]()
    watch.rig.proxy(ends_in=2 * DAY)
    watch.digest_fails = [Unsure()]
    await watch.asked()
    watch.until_room = lambda: asked.append(len(watch.digests))
    watch.rig.px6.clock.move(MINUTE)
    watch.rig.passed += 10
    await watch.asked()
    assert (asked, len(watch.digests)) == ([0], 1)


async def test_a_look_while_a_notice_waits_is_made_again_when_that_is_to_be_said(watch: Patient) -> None:
    """Else it would wait for the lease of this look to run out."""
    watch.rig.proxy(ends_in=20 * DAY)
    await watch.look_now()
    watch.rig.px6.clock.move(HOUR)
    watch.rig.account.balance -= 5
    watch.fails = Unsure()
    assert await watch.look_now() == MINUTE
    watch.rig.px6.clock.move(MINUTE / 2)
    watch.rig.passed += 10
    assert await watch.look_now() == MINUTE / 2
    assert watch.attempts == 1, "not before"
