"""What px6 told last: when it is written down, how long it stays in memory, and how long px6 is waited for."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from px6 import Proxy, ProxyList, Px6Client, State
from services.proxies import last_known
from services.proxies.kept_list import WRITTEN_EVERY
from services.proxies.known_list import from_text, has_login
from services.proxies.last_known import IN_MEMORY, LastKnown, Reading
from storage import last_known as stored
from storage.engine.crypto import CannotOpen
from storage.last_known import LIST_COLUMN
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.failing_disk import FailingDisk
from tests.services.rig import ANNA, BORIS, Rig, new_rig


class Screens:
    """Anna looks at her proxies. `failing_since`: since when px6 has answered nobody."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.failing_since: datetime | None = None
        self.tasks: list[asyncio.Future[Any]] = []
        self.restart()

    def restart(self) -> None:
        """As after a kill: what was in memory is gone."""
        self.known = LastKnown(self.rig.database, self.rig.px6.clock.now, lambda: self.failing_since, self._start)

    def _start(self, work: Any) -> asyncio.Future[Any]:
        self.tasks.append(asyncio.ensure_future(work))
        return self.tasks[-1]

    async def client(self) -> Px6Client:
        return await self.rig.accounts.client(ANNA)

    async def reads(self, state: State = State.ALL) -> Reading:
        """What a screen shows; then all that goes on beside it ends."""
        client = await self.client()
        reading = await self.known.read(ANNA, client, state, lambda: client.proxies(state))
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return reading

    @contextmanager
    def counted(self) -> Iterator[list[None]]:
        """One for each transaction that begins within."""
        found: list[None] = []
        begin = self.rig.database.write

        def write() -> AbstractAsyncContextManager[AsyncConnection]:
            found.append(None)
            return begin()

        with pytest.MonkeyPatch.context() as patching:
            patching.setattr(self.rig.database, "write", write)
            yield found

    def row(self) -> tuple[Any, ...]:
        """(read at, silent since, mark, sealed)"""
        [found] = self.rig.rows("SELECT read_at, silent_since, mark, sealed_list FROM last_known")
        return found


@pytest.fixture
async def screens(tmp_path: Path) -> AsyncIterator[Screens]:
    async with new_rig(tmp_path) as rig:
        rig.proxy(ends_in=20 * DAY)
        rig.proxy(ends_in=-DAY)
        yield Screens(rig)


def away(rig: Rig) -> None:
    rig.px6.fault("500_before", "getproxy", times=None)


async def test_what_is_kept_names_no_login_and_no_password_and_opens_for_its_person_alone(screens: Screens) -> None:
    read = (await screens.reads()).listed
    sealed = bytes(screens.row()[3])
    keyring = screens.rig.database.keyring
    kept = from_text(keyring.open(sealed, ANNA, LIST_COLUMN))
    assert [proxy.id for proxy in kept.listed.proxies] == [proxy.id for proxy in read.proxies]
    assert not any(map(has_login, kept.listed.proxies))
    for person, column in ((BORIS, LIST_COLUMN), (ANNA, "accounts.sealed_key")):
        with pytest.raises(CannotOpen):
            keyring.open(sealed, person, column)


async def test_it_is_written_when_something_changed_and_else_every_ten_minutes(screens: Screens) -> None:
    with screens.counted() as writes:
        await screens.reads()
        await screens.reads()
        await screens.reads(State.ACTIVE)
        assert len(writes) == 1, "nothing is new"
        screens.rig.px6.clock.move(WRITTEN_EVERY)
        before = screens.row()
        await screens.reads()
        after = screens.row()
        assert (len(writes), after[2:]) == (2, before[2:])
        assert after[0] > before[0], "only that it was told again"
        screens.rig.px6.top_up(screens.rig.account.key, "7.00")
        await screens.reads(State.ACTIVE)
        assert len(writes) == 3
        assert screens.row()[2] != before[2]
        screens.restart()
        await screens.reads()
        assert len(writes) == 4, "a process that knows nothing of it"
        screens.restart()
        for _ in range(3):
            await screens.reads(State.ACTIVE)
        assert len(writes) == 5, "what has ended is known from the database by now"
    assert screens.row()[3] is not None


async def test_what_px6_tells_while_something_older_is_written_down_is_not_lost(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    await screens.reads()
    screens.restart()
    client, free, begin = await screens.client(), asyncio.Event(), screens.rig.database.write

    @asynccontextmanager
    async def busy() -> AsyncIterator[AsyncConnection]:
        await free.wait()
        async with begin() as connection:
            yield connection

    monkeypatch.setattr(screens.rig.database, "write", busy)
    before = await screens.known.read(ANNA, client, State.ACTIVE, lambda: client.proxies(State.ACTIVE))
    screens.rig.px6.top_up(screens.rig.account.key, "7.00")
    await screens.known.read(ANNA, client, State.ACTIVE, lambda: client.proxies(State.ACTIVE))
    free.set()
    await asyncio.gather(*screens.tasks)
    recalled = await screens.known.recall(ANNA, client, State.ACTIVE)
    assert recalled is not None
    assert recalled.listed.balance == before.listed.balance + 7


async def test_what_is_not_kept_though_it_was_to_be_is_written_anew(screens: Screens) -> None:
    """Another process has removed it."""
    await screens.reads()
    before = screens.row()
    async with screens.rig.database.write() as connection:
        await stored.forget(connection, ANNA)
    screens.rig.px6.clock.move(WRITTEN_EVERY)
    await screens.reads()
    assert not screens.rig.rows("SELECT * FROM last_known")
    await screens.reads()
    assert screens.row()[2] == before[2]


async def test_what_ended_is_known_also_where_only_those_that_run_were_read_since_the_start(screens: Screens) -> None:
    whole = [proxy.id for proxy in (await screens.reads()).listed.proxies]
    screens.restart()
    running = [proxy.id for proxy in (await screens.reads(State.ACTIVE)).listed.proxies]
    away(screens.rig)
    shown = await screens.reads()
    assert sorted(proxy.id for proxy in shown.listed.proxies) == sorted(whole)
    assert [proxy.id for proxy in shown.listed.proxies if has_login(proxy)] == running


async def test_without_anything_known_px6s_error_is_told(screens: Screens) -> None:
    away(screens.rig)
    with pytest.raises(px6.NoAnswer):
        await screens.reads()
    screens.rig.px6.clear_faults()
    await screens.reads(State.ACTIVE)
    away(screens.rig)
    assert (await screens.reads(State.ACTIVE)).silence is not None
    with pytest.raises(px6.NoAnswer):
        await screens.reads(State.EXPIRED)


@pytest.mark.parametrize(("fault", "error"), [("429", px6.TooManyCalls), ("other_account", px6.AnotherAccount)])
async def test_who_answers_is_not_down(screens: Screens, fault: str, error: type[Exception]) -> None:
    await screens.reads()
    screens.rig.px6.fault(fault, "getproxy", times=None)
    with pytest.raises(error):
        await screens.reads()
    assert screens.row()[1] is None


async def test_since_when_px6_is_silent_is_the_first_that_is_known_of_it_also_after_a_restart(
    screens: Screens,
) -> None:
    rig = screens.rig
    await screens.reads()
    rig.px6.clock.move(MINUTE)
    away(rig)
    first = (await screens.reads()).silence
    assert first is not None
    rig.px6.clock.move(HOUR)
    assert (await screens.reads()).silence == first
    screens.restart()
    after_restart = (await screens.reads()).silence
    assert after_restart == first
    screens.failing_since = first.since - 30 * SECOND
    earlier = (await screens.reads()).silence
    assert earlier is not None
    assert earlier.since == screens.failing_since, "others were not answered before"
    screens.failing_since = first.read_at - SECOND
    assert (await screens.reads()).silence == first, "it has answered since"
    rig.px6.clear_faults()
    screens.failing_since = None
    assert (await screens.reads()).silence is None
    assert screens.row()[1] is None
    away(rig)
    again = (await screens.reads()).silence
    assert again is not None and again.since >= again.read_at > first.since
    await screens.known.wait(ANNA)
    assert rig.rows("SELECT since FROM awaiting") == [(screens.row()[1],)], "the person hears since when"


async def test_a_px6_that_hangs_is_not_waited_for_and_its_late_answer_counts(screens: Screens) -> None:
    await screens.reads()
    screens.known.patience = screens.known.patience_in_silence = 0.01
    client, late = await screens.client(), asyncio.Event()
    screens.rig.px6.top_up(screens.rig.account.key, "7.00")

    async def answer() -> ProxyList:
        await late.wait()
        return await client.proxies()

    shown = await screens.known.read(ANNA, client, State.ALL, answer)
    assert shown.silence is not None
    late.set()
    await asyncio.gather(*screens.tasks)
    recalled = await screens.known.recall(ANNA, client, State.ALL)
    assert recalled is not None
    assert recalled.listed.balance == shown.listed.balance + 7


async def test_a_px6_that_answers_page_by_page_is_not_silent_however_long_it_takes(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    await screens.reads()
    client, whole, pages = await screens.client(), asyncio.Event(), iter((True, True, False))

    async def answer() -> ProxyList:
        await whole.wait()
        return await client.proxies()

    async def passes(tasks: set[asyncio.Future[ProxyList]], **_: float) -> None:
        """As if the screen's patience was at its end, with one more page here."""
        if next(pages):
            await client.account()
        else:
            whole.set()
            await asyncio.gather(*tasks)

    monkeypatch.setattr(asyncio, "wait", passes)
    assert (await screens.known.read(ANNA, client, State.ALL, answer)).silence is None


async def test_px6_is_waited_for_where_nothing_is_known_and_less_long_in_a_known_silence(screens: Screens) -> None:
    screens.known.patience = 0.01
    client = await screens.client()
    assert (await screens.known.read(ANNA, client, State.ALL, lambda: slowly(client))).silence is None
    assert screens.known._patience(client) == screens.known.patience
    screens.failing_since = screens.rig.px6.clock.now()
    assert screens.known._patience(client) == screens.known.patience_in_silence
    screens.failing_since = None
    away(screens.rig)
    await screens.reads()
    assert screens.known._patience(client) == screens.known.patience_in_silence


async def test_an_error_that_comes_late_is_none_of_ours(screens: Screens, caplog: pytest.LogCaptureFixture) -> None:
    await screens.reads()
    screens.known.patience, client = 0.01, await screens.client()
    away(screens.rig)
    assert (await screens.known.read(ANNA, client, State.ALL, lambda: slowly(client))).silence is not None
    await asyncio.wait(screens.tasks)
    screens.tasks.clear()
    gc.collect()
    assert caplog.messages == [], "operators would hear of it"


async def slowly(client: Px6Client) -> ProxyList:
    await asyncio.sleep(0.05)  # longer than the screen's patience
    return await client.proxies()


async def test_logins_and_passwords_stay_in_memory_for_twelve_hours_and_only_so_many(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await screens.client()
    await screens.reads()
    memory = screens.known._memory
    assert len(memory[client].known.listed.proxies) == 2
    screens.rig.px6.clock.move(IN_MEMORY - SECOND)
    screens.known._forget_old()
    assert client in memory
    assert screens.known._timer is not None, "also where nobody reads any more"
    screens.rig.px6.clock.move(2 * SECOND)
    screens.known._forget_hourly()
    assert client not in memory
    assert screens.known._timer is None
    for most, kept in ((2, True), (1, False)):
        monkeypatch.setattr(last_known, "MOST_IN_MEMORY", most)
        await screens.reads()
        assert (client in memory) is kept


async def test_of_several_accounts_the_one_that_was_read_longest_ago_leaves_memory_and_no_other(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, clients = screens.rig, [await screens.client()]
    for person in (BORIS, 1003):
        other = rig.px6.add_account()
        for _ in range(2):
            rig.px6.add_proxy(other.key, ends_in=DAY)
        await rig.accounts.connect(person, other.key)
        clients.append(await rig.accounts.client(person))
    monkeypatch.setattr(last_known, "MOST_IN_MEMORY", 4)
    for one in (0, 1, 0, 2):
        await screens.known.read(ANNA, clients[one], State.ALL, clients[one].proxies)
    await asyncio.gather(*screens.tasks)
    assert [client in screens.known._memory for client in clients] == [True, False, True]


async def test_of_a_person_who_is_forgotten_meanwhile_nothing_is_kept(screens: Screens) -> None:
    await screens.reads()
    client = await screens.client()
    listed = await client.proxies()
    await screens.rig.accounts.forget(ANNA)
    assert not screens.rig.rows("SELECT * FROM last_known")
    await screens.known.read(ANNA, client, State.ALL, lambda: answered(listed))
    await asyncio.gather(*screens.tasks)
    assert not screens.rig.rows("SELECT * FROM last_known")
    screens.tasks.clear()
    del client
    gc.collect()
    assert len(screens.known._memory) == 0


async def answered(listed: ProxyList) -> ProxyList:
    return listed


def without(gone: int) -> Callable[[Proxy], Proxy | None]:
    """What becomes of each proxy where this one is deleted."""
    return lambda proxy: None if proxy.id == gone else proxy


async def shown(screens: Screens, state: State = State.ALL) -> list[int]:
    """Ids of what is shown without asking px6."""
    recalled = await screens.known.recall(ANNA, await screens.client(), state)
    return [] if recalled is None else [proxy.id for proxy in recalled.listed.proxies]


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_what_was_changed_is_known_in_memory_and_in_the_database(screens: Screens, is_restarted: bool) -> None:
    one, other = [proxy.id for proxy in (await screens.reads()).listed.proxies]
    before = screens.row()
    if is_restarted:
        screens.restart()
    await screens.known.gone(ANNA, await screens.client(), [one])
    assert await shown(screens) == [other]
    assert screens.row()[:2] == before[:2] and screens.row()[2:] != before[2:], "px6 told it when it did"
    screens.restart()
    assert await shown(screens) == [other]


async def test_a_change_is_known_where_only_those_that_run_were_read_since_the_start(screens: Screens) -> None:
    running, ended = [proxy.id for proxy in (await screens.reads()).listed.proxies]
    screens.restart()
    await screens.reads(State.ACTIVE)
    await screens.known.gone(ANNA, await screens.client(), [ended])
    assert await shown(screens) == [running]


async def test_what_was_changed_while_something_older_is_written_down_is_not_undone_by_that(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = [proxy.id for proxy in (await screens.reads()).listed.proxies]
    screens.restart()
    client, begun, free, begin = await screens.client(), asyncio.Event(), asyncio.Event(), screens.rig.database.write

    @asynccontextmanager
    async def first_is_busy() -> AsyncIterator[AsyncConnection]:
        if not begun.is_set():
            begun.set()
            await free.wait()
        async with begin() as connection:
            yield connection

    monkeypatch.setattr(screens.rig.database, "write", first_is_busy)
    await screens.known.read(ANNA, client, State.ACTIVE, lambda: client.proxies(State.ACTIVE))
    await begun.wait()
    changing = asyncio.ensure_future(screens.known.change(ANNA, client, without(other)))
    await asyncio.wait({changing}, timeout=0.05)  # as long as it would take, if it did not wait
    free.set()
    await asyncio.gather(changing, *screens.tasks)
    assert await shown(screens) == [one]
    screens.restart()
    assert await shown(screens) == [one]


async def test_a_change_that_cannot_be_written_down_is_known_all_the_same(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = [proxy.id for proxy in (await screens.reads()).listed.proxies]
    disk = FailingDisk(None)
    disk.fails = True
    monkeypatch.setattr(screens.rig.database, "write", disk.write)
    await screens.known.gone(ANNA, await screens.client(), [one])
    assert await shown(screens) == [other]


class Slowly:
    """An answer of px6 that comes only when a test lets it come."""

    def __init__(self, screens: Screens, client: Px6Client, listed: ProxyList) -> None:
        self.asked, self._comes, self._listed = asyncio.Event(), asyncio.Event(), listed
        self._reading = asyncio.ensure_future(screens.known.read(ANNA, client, State.ALL, self._answer))

    async def _answer(self) -> ProxyList:
        self.asked.set()
        await self._comes.wait()
        return self._listed

    async def comes(self) -> None:
        self._comes.set()
        await self._reading


async def test_an_answer_that_took_longer_than_a_later_one_does_not_take_its_place(screens: Screens) -> None:
    client = await screens.client()
    first = await client.proxies()
    slow = Slowly(screens, client, first)
    await slow.asked.wait()
    screens.rig.px6.top_up(screens.rig.account.key, "7.00")
    newer = screens.rig.proxy(ends_in=DAY).id
    await screens.known.read(ANNA, client, State.ACTIVE, lambda: client.proxies(State.ACTIVE))
    await slow.comes()
    recalled = await screens.known.recall(ANNA, client, State.ALL)
    assert recalled is not None, "what has ended is known by the older one alone"
    assert recalled.listed.balance == first.balance + 7
    assert {proxy.id for proxy in recalled.listed.proxies} == {*(proxy.id for proxy in first.proxies), newer}


async def test_an_answer_of_before_a_change_does_not_undo_it(screens: Screens) -> None:
    one, other = [proxy.id for proxy in (await screens.reads()).listed.proxies]
    client = await screens.client()
    slow = Slowly(screens, client, await client.proxies())
    await slow.asked.wait()
    await client.delete(ids=[one])
    await screens.known.gone(ANNA, client, [one])
    await slow.comes()
    assert await shown(screens) == [other]
