"""Several processes on one database: who runs, who holds what, and what becomes of it when one is gone."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from services.ground.presence import STEADY, Presence, SharedLeases, SharedPost
from storage import processes
from storage.engine.database import Database
from tests.databases import opened, rows_of, run
from tests.several_processes import running

START = 1000.0  # seconds, by the clock of the processes
GONE = "UPDATE processes SET until = 1 WHERE id = ?"  # its time is over, as eight seconds after its last word


class Processes:
    """Two processes on one database. Their clock is moved."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.now, self.taken_over = database, folder, START, 0
        self.a, self.b = (Presence(database, lambda: self.now, self.sleep) for _ in range(2))
        self.b.take_over = self._take_over
        self.runs_into: Exception | None = None  # what taking over does
        self.waits = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """A beat never comes by itself; whoever waits for a lease tries again at once."""
        if seconds >= 1:
            await asyncio.Event().wait()
        self.waits.set()
        await asyncio.sleep(0.001)

    async def _take_over(self) -> None:
        if self.runs_into is not None:
            raise self.runs_into
        self.taken_over += 1

    async def kill(self, process: str) -> None:
        """It has not been heard of for long."""
        async with self.database.write() as connection:
            await run(connection, GONE, [process])

    async def beat_of_b(self) -> None:
        self.now += 1
        await self.b.beat()


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Processes]:
    async with opened(tmp_path) as database:
        both = Processes(database, tmp_path)
        async with running((both.a, both.b)):
            yield both


async def test_one_of_two_holds_a_lease_and_the_other_waits(two: Processes) -> None:
    first, second = SharedLeases(two.a, two.sleep), SharedLeases(two.b, two.sleep)
    order = list[str]()

    async def waits() -> None:
        async with second.held("payment of 7"):
            order.append("second")

    async with first.held("payment of 7"), second.held("payment of 8"):
        waiting = asyncio.ensure_future(waits())
        await two.waits.wait()
        async with second.held_if_free("payment of 7") as free:
            assert not free, "who waits in the same process comes first as well"
        async with first.held_if_free("payment of 8") as free:
            assert not free
        order.append("first")
    await waiting
    assert order == ["first", "second"]
    assert rows_of(two.folder, "SELECT * FROM leases") == []


async def test_who_is_cancelled_while_waiting_holds_nothing(two: Processes) -> None:
    first, second = SharedLeases(two.a, two.sleep), SharedLeases(two.b, two.sleep)

    async def waits() -> None:
        async with second.held("look at 1001"):
            raise AssertionError("it was held")

    async with first.held("look at 1001"):
        waiting = asyncio.ensure_future(waits())
        await two.waits.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert rows_of(two.folder, "SELECT name, holder FROM leases") == [("look at 1001", two.a.process)]
    async with first.held_if_free("look at 1001") as free:
        assert free


async def test_what_a_process_held_that_is_gone_is_free(two: Processes) -> None:
    assert await two.a.take("polling")
    assert not await two.b.take("polling")
    await two.kill(two.a.process)
    assert await two.b.take("polling")
    assert not await two.a.take("polling")


async def test_a_process_that_is_gone_is_buried_once_and_taken_over(two: Processes) -> None:
    await two.a.take("telling of 5")
    await two.beat_of_b()
    assert (two.b.living, two.taken_over) == (2, 0)
    await two.kill(two.a.process)
    await two.beat_of_b()
    await two.beat_of_b()
    assert (two.b.living, two.taken_over) == (1, 1)
    assert rows_of(two.folder, "SELECT * FROM leases") == []


async def test_what_a_process_leaves_that_ends_is_taken_over_without_a_word(
    two: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody need look into the log for a stop in good order."""
    third = Presence(two.database, lambda: two.now, two.sleep)
    async with third.present():
        await two.beat_of_b()
    assert two.taken_over == 0
    for _ in range(2):
        await two.beat_of_b()
    assert (two.taken_over, two.b.living, caplog.messages) == (1, 2, [])


@pytest.mark.parametrize("error", [StorageError("the server closed the connection"), KeyError("odd")])
async def test_a_take_over_that_is_cut_off_is_done_again_until_it_ends_well(two: Processes, error: Exception) -> None:
    await two.beat_of_b()
    await two.kill(two.a.process)
    two.runs_into = error
    for _ in range(2):
        with pytest.raises(type(error)):
            await two.beat_of_b()
    two.runs_into = None
    for _ in range(2):
        await two.beat_of_b()
    assert two.taken_over == 1


async def test_a_burial_whose_answer_was_lost_is_taken_over(two: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    bury = processes.bury

    async def lost(connection: AsyncConnection) -> list[bool]:
        await bury(connection)
        raise StorageError("the server closed the connection")

    await two.beat_of_b()
    await two.kill(two.a.process)
    monkeypatch.setattr(processes, "bury", lost)
    with pytest.raises(StorageError):
        await two.beat_of_b()
    monkeypatch.undo()
    await two.beat_of_b()
    assert two.taken_over == 1


async def test_who_buries_another_before_it_knows_how_to_take_over_does_it_as_soon_as_it_knows(
    two: Processes,
) -> None:
    await two.beat_of_b()
    how, two.b.take_over = two.b.take_over, None
    await two.kill(two.a.process)
    await two.beat_of_b()
    two.b.take_over = how
    await two.beat_of_b()
    assert two.taken_over == 1


async def test_while_taking_over_takes_long_the_beats_go_on_and_what_is_buried_meanwhile_comes_next(
    two: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows may be locked by a process that hangs: who waits for them for eight seconds would be taken for gone."""
    monkeypatch.setattr("services.ground.presence.PATIENCE", 0.01)
    goes_on, begun = asyncio.Event(), list[int]()

    async def slow() -> None:
        begun.append(len(rows_of(two.folder, "SELECT id FROM processes")))
        await goes_on.wait()

    third = Presence(two.database, lambda: two.now, two.sleep)
    async with third.present():
        two.b.take_over = slow
        await two.beat_of_b()
        await two.kill(two.a.process)
        await two.beat_of_b()
        await two.kill(third.process)
        await two.beat_of_b()
    assert (begun, two.b.living) == ([2], 1)
    goes_on.set()
    for _ in range(2):
        await two.beat_of_b()
    assert begun == [2, 1]


async def test_after_a_database_was_away_nobody_is_buried_before_they_could_say_that_they_run(two: Processes) -> None:
    await two.beat_of_b()
    await two.kill(two.a.process)
    two.now += 20
    await two.beat_of_b()
    assert two.taken_over == 0
    await two.a.beat()
    await two.beat_of_b()
    assert (two.b.living, two.taken_over) == (2, 0)


@pytest.mark.parametrize(("away", "buries"), [(STEADY, True), (STEADY + 0.5, False)])
async def test_who_was_away_for_a_moment_only_buries_at_once_what_is_gone(
    two: Processes, away: float, buries: bool
) -> None:
    """Else nobody would take over the payments that a killed process was about to send."""
    await two.beat_of_b()
    await two.kill(two.a.process)
    two.now += away - 1
    await two.beat_of_b()
    assert two.taken_over == buries


async def test_a_process_that_has_not_begun_buries_nobody_and_is_not_certain_of_what_it_holds(
    two: Processes,
) -> None:
    new = Presence(two.database, lambda: two.now, two.sleep)
    await two.kill(two.a.process)
    assert not new.is_certain
    await new.beat()
    for seconds, certain in ((0, True), (7.5, True), (8, False)):
        two.now = START + seconds
        assert new.is_certain is certain, "others bury whoever was not heard of for eight seconds"
    assert rows_of(two.folder, "SELECT count(*) FROM processes") == [(3,)], "it may be about to say that it runs"


async def test_a_process_that_was_buried_goes_on_under_another_name(two: Processes) -> None:
    before = two.a.process
    await two.a.take("polling")
    await two.beat_of_b()
    await two.kill(before)
    await two.beat_of_b()
    await two.a.beat()
    assert two.a.process != before
    assert await two.b.take("polling")
    await two.beat_of_b()
    assert two.b.living == 2


async def test_a_process_that_hung_takes_nothing_before_it_has_another_name(two: Processes) -> None:
    """What it took under the one of before would be free for all at once."""
    await two.a.beat()
    await two.kill(two.b.process)
    two.now += 1
    await two.a.beat()
    assert not await two.b.take("payment of 7")
    assert await two.a.take("payment of 7")
    await two.a.release("payment of 7")
    await two.beat_of_b()
    assert await two.b.take("payment of 7")
    assert not await two.a.take("payment of 7")


async def test_after_a_database_was_away_nobody_takes_itself_to_be_alone_before_the_others_could_say_that_they_run(
    two: Processes,
) -> None:
    """Else each would send all that Telegram takes of both, and edit messages without asking the other."""
    third = Presence(two.database, lambda: two.now, two.sleep)
    async with third.present():
        await two.beat_of_b()
        for each in (two.a, two.b, third):
            await two.kill(each.process)
        two.now += 20
        await two.beat_of_b()
        assert (two.b.living, two.b.are_several) == (3, True)
        await two.a.beat()
        await two.beat_of_b()
        assert two.b.living == 2, "the third is gone"


async def test_after_a_database_was_away_nobody_takes_what_others_would_not_see_to_be_held(two: Processes) -> None:
    """All were away for longer than eight seconds, and nobody is buried: who says first that it runs may take it."""
    for each in (two.a, two.b):
        await two.kill(each.process)
    assert not await two.a.take("telling of 5")
    assert not await two.b.take("telling of 5")
    two.now += 20
    await two.a.beat()
    assert await two.a.take("telling of 5")
    assert not await two.b.take("telling of 5")
    await two.beat_of_b()
    assert not await two.b.take("telling of 5")


async def test_what_is_taken_under_another_name_than_it_was_waited_for_is_free_in_the_end(two: Processes) -> None:
    """The process hung, and was buried, while it waited for what another one holds."""
    leases, done = SharedLeases(two.b, two.sleep), list[str]()

    async def waits() -> None:
        async with leases.held("payment of 7"):
            done.append(two.b.process)

    await two.beat_of_b()
    assert await two.a.take("payment of 7")
    waiting, before = asyncio.ensure_future(waits()), two.b.process
    await two.waits.wait()
    await two.kill(before)
    await two.a.beat()
    await two.a.beat()
    await two.beat_of_b()
    await two.a.release("payment of 7")
    await waiting
    assert done == [two.b.process] != [before]
    assert rows_of(two.folder, "SELECT * FROM leases") == []


AT_REST = {
    "px6_slots": "(name, number, free_at) VALUES ('a key', 1, 0)",
    "chat_paces": "(chat, full_at) VALUES ('a chat', 0)",
    "message_owners": "(name, newest, closed, at) VALUES ('a message', 0, 0, 0)",
    "taken_updates": "(number, again, at) VALUES (7, FALSE, 0)",
}


async def test_once_a_minute_nothing_is_left_of_what_is_at_rest(two: Processes) -> None:
    left = list[list[int]]()
    for second in (1, 60, 61):
        if len(left) != 2:
            async with two.database.write() as connection:
                for table, values in AT_REST.items():
                    await run(connection, f"INSERT INTO {table} {values}")
        two.now = START + second
        await two.b.beat()
        left.append([len(rows_of(two.folder, f"SELECT * FROM {table}")) for table in AT_REST])  # noqa: S608 - our own
    assert left == [[0] * 4, [1] * 4, [0] * 4]


async def test_a_post_is_kept_while_nobody_else_can_have_it_though_the_database_is_away(
    two: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pass_(seconds: float) -> None:
        two.now += seconds
        await asyncio.sleep(0)

    post, another = (SharedPost(each, "polling", pass_) for each in (two.a, two.b))
    await asyncio.wait_for(post.taken(), 10)
    assert two.now == START
    monkeypatch.setattr("storage.processes.take", refuse)
    await asyncio.wait_for(post.lost(), 10)
    assert two.now == START + 8, "from then on the others may hold this one to be gone"
    waiting = asyncio.ensure_future(another.taken())
    await asyncio.sleep(0.01)
    assert not waiting.done(), "what nobody can tell is nobody's"
    waiting.cancel()


async def test_a_process_that_ends_frees_what_it_holds_at_once(two: Processes) -> None:
    third = Presence(two.database, lambda: two.now, two.sleep)
    async with third.present():
        assert await third.take("polling")
        assert not await two.a.take("polling")
    assert await two.a.take("polling")


async def test_a_release_that_the_database_did_not_take_is_made_up_for(
    two: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SharedLeases(two.b, two.sleep).held("payment of 7"):
        monkeypatch.setattr("storage.processes.release", refuse)
    assert not await two.a.take("payment of 7")
    monkeypatch.undo()
    await two.beat_of_b()
    assert await two.a.take("payment of 7")


async def test_what_is_taken_again_before_its_release_was_made_up_for_stays_taken(
    two: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SharedLeases(two.b, two.sleep).held("payment of 7"):
        monkeypatch.setattr("storage.processes.release", refuse)
    monkeypatch.undo()
    async with SharedLeases(two.b, two.sleep).held("payment of 7"):
        await two.beat_of_b()
        assert not await two.a.take("payment of 7")
    assert await two.a.take("payment of 7")


async def test_what_is_taken_again_while_its_release_is_made_up_for_stays_taken(
    two: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, under_way, goes_on = processes.release, asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> None:
        under_way.set()
        await goes_on.wait()
        await release(*given)

    async with SharedLeases(two.b, two.sleep).held("payment of 7"):
        monkeypatch.setattr("storage.processes.release", refuse)
    monkeypatch.setattr("storage.processes.release", slow)
    beat = asyncio.ensure_future(two.beat_of_b())
    await asyncio.wait_for(under_way.wait(), 10)
    taking = asyncio.ensure_future(two.b.take("payment of 7"))
    await asyncio.wait({taking}, timeout=0.05)
    goes_on.set()
    await beat
    assert await taking and not await two.a.take("payment of 7")


async def test_a_database_that_is_away_is_one_line_each_time_and_nothing_ends_the_beats(
    two: Processes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    renew, done, away = processes.renew, asyncio.Event(), StorageError("the server is away")
    outcomes = deque([away, away, None, away, KeyError("odd"), away, None])

    async def renewed(*given: Any) -> bool:
        if error := outcomes.popleft():
            raise error
        return await renew(*given)

    async def beats_as_long_as_there_is_an_outcome(_: float) -> None:
        if not outcomes:
            done.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("storage.processes.renew", renewed)
    caplog.set_level(logging.WARNING)
    async with Presence(two.database, lambda: two.now, beats_as_long_as_there_is_an_outcome).present():
        await asyncio.wait_for(done.wait(), 10)
    cannot = "The other processes cannot be told that this one runs"
    assert caplog.messages == [f"{cannot}: the server is away"] * 2 + [cannot]


async def test_a_take_over_that_fails_again_and_again_is_told_at_first_and_at_its_end(
    two: Processes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However long each takes: a beat goes well meanwhile."""
    monkeypatch.setattr("services.ground.presence.PATIENCE", 0.0)
    away, odd = StorageError("a row is locked"), KeyError("odd")
    outcomes, beats, done = deque([away, away, odd, away, odd, None]), 0, asyncio.Event()

    async def slow() -> None:
        for _ in range(9):
            await asyncio.sleep(0)
        if error := outcomes.popleft():
            raise error

    async def beats_as_long_as_there_is_an_outcome(_: float) -> None:
        nonlocal beats
        beats += 1
        if not outcomes and third._taking_over is None:
            done.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    third = Presence(two.database, lambda: two.now, beats_as_long_as_there_is_an_outcome)
    third.take_over = slow
    await two.kill(two.a.process)
    async with third.present():
        await asyncio.wait_for(done.wait(), 10)
    assert beats > 12, "one begins it, and the next finds that it has ended"
    assert [(record.levelname, record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        ("WARNING", "Another process is gone; what it did is taken over", False),
        ("ERROR", "What another process left cannot be taken over now: a row is locked", False),
        ("ERROR", "What another process left could not be taken over", True),
        ("WARNING", "What another process left is taken over now", False),
    ]


async def test_the_next_take_over_that_fails_is_told_anew(two: Processes, caplog: pytest.LogCaptureFixture) -> None:
    third = Presence(two.database, lambda: two.now, two.sleep)
    async with third.present():
        await two.beat_of_b()
        for process in (two.a.process, third.process):
            await two.kill(process)
            two.runs_into = StorageError("a row is locked")
            with pytest.raises(StorageError):
                await two.beat_of_b()
            two.runs_into = None
            await two.beat_of_b()
    assert [line.partition(":")[0] for line in caplog.messages] == 2 * [
        "Another process is gone; what it did is taken over",
        "What another process left cannot be taken over now",
        "What another process left is taken over now",
    ]


async def refuse(*_: object) -> None:
    raise StorageError("the database is away")
