"""Killed, shared or shut out of its database: still one spend, and still the truth."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from model.errors import StorageError
from services.orders import OrderState
from storage.engine import database
from storage.engine.sqlite import PRAGMAS
from tests.services.desk import ANNA, Desk, new_desk


async def waited_for(desk: Desk, method: str) -> None:
    """Until px6 has the call."""
    while not desk.requests(method):  # noqa: ASYNC110 - the stand-in has no event for it
        await asyncio.sleep(0.005)


async def second_process(desk: Desk) -> Desk:
    """Another process of the bot on the same database."""
    other = Desk(desk.px6, desk._url, desk.folder, desk._stack)
    other.account = desk.account
    await other.start()
    return other


async def test_two_processes_on_one_database_spend_once(desk: Desk) -> None:
    other = await second_process(desk)
    quote, period = await desk.quoted_buy()
    claims = await asyncio.gather(*(one.orders.claim(ANNA, quote, period) for one in [desk, other] * 5))
    (won,) = [claim.confirmation for claim in claims if claim.won]
    assert won is not None
    await asyncio.gather(desk.orders.execute(won.id), other.orders.execute(won.id))
    assert len(desk.requests("buy")) == 1
    assert desk.states() == ["done"]


async def test_a_second_process_that_comes_late_neither_sends_nor_asks_again(desk: Desk) -> None:
    other = await second_process(desk)
    confirmation = await desk.pay(await desk.quoted_prolong([desk.proxy().id]))
    again = await other.orders.execute(confirmation.id)
    assert (again.requote, again.changes, other.told) == (None, confirmation.changes, [])
    assert desk.rows("SELECT count(*) FROM quotes") == [(1,)]


async def test_a_start_beside_a_running_call_does_not_disturb_it(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("slow", "buy", seconds=0.3)
    paying = asyncio.ensure_future(desk.pay(quoted))
    await waited_for(desk, "buy")
    other = await second_process(desk)
    await other.orders.recover()
    await other.orders.tell_untold()
    assert other.said() == [(OrderState.UNKNOWN,)]
    (order,) = (await paying).orders
    assert order.state is OrderState.DONE
    assert len(desk.requests("buy")) == 1


async def cut_off(desk: Desk, quoted: tuple[str, int], *, begun: bool) -> None:
    """A tap whose payment is killed before it was sent: right after the claim, or while the price is asked for."""
    claim = await desk.orders.claim(ANNA, *quoted)
    assert claim.confirmation is not None
    if begun:
        calls = len(desk.requests("getprice"))
        desk.fault("slow", "getprice", seconds=5)
        paying = asyncio.ensure_future(desk.orders.execute(claim.confirmation.id))
        while len(desk.requests("getprice")) == calls:  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.005)
        paying.cancel()
        await asyncio.gather(paying, return_exceptions=True)
    assert set(desk.states()) == {"confirmed"}


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_a_tap_that_a_kill_kept_from_being_sent_is_carried_out_after_the_start(
    desk: Desk, method: str, begun: bool
) -> None:
    quoted = await (desk.quoted_buy() if method == "buy" else desk.quoted_prolong([desk.proxy().id]))
    await cut_off(desk, quoted, begun=begun)
    desk.px6.clock.move(timedelta(minutes=14))
    await desk.restart()
    await desk.restart()
    assert desk.spends() == [method]
    assert desk.said() == [(OrderState.DONE,)]


async def test_a_tap_is_not_carried_out_after_a_start_when_it_costs_more_by_then(desk: Desk) -> None:
    await cut_off(desk, await desk.quoted_buy(), begun=True)
    desk.px6.set_prices("6", {3: "5.00"})
    await desk.restart()
    assert (desk.requests("buy"), desk.said()) == ([], [(OrderState.REQUOTED,)])
    (told,) = desk.told
    assert told.requote is not None
    assert told.requote.options[0].price > told.quoted


@pytest.mark.parametrize("minutes", [16, -16])
async def test_a_tap_of_long_before_a_start_is_told_as_not_sent(desk: Desk, minutes: int) -> None:
    await cut_off(desk, await desk.quoted_buy(), begun=False)
    desk.px6.clock.move(timedelta(minutes=minutes))
    await desk.restart()
    assert (desk.requests("buy"), desk.said()) == ([], [(OrderState.NOT_SENT,)])
    assert [order.error for order in desk.told[0].orders] == ["Interrupted"]


async def test_a_rules_payment_is_not_carried_on_by_a_start(desk: Desk) -> None:
    quote = await desk.orders.quote_prolong(ANNA, [desk.proxy().id], [30], source="rule")
    await cut_off(desk, (quote.id, 30), begun=False)
    await desk.restart()
    assert (desk.requests("prolong"), desk.said()) == ([], [(OrderState.NOT_SENT,)])


async def test_two_processes_that_carry_a_tap_on_at_once_spend_once(desk: Desk) -> None:
    await cut_off(desk, await desk.quoted_buy(), begun=False)
    both = [await second_process(desk), await second_process(desk)]
    carried_on = [await one.orders.recover() for one in both]
    assert carried_on[0] == carried_on[1] != []
    await asyncio.gather(*(one.orders.run(carried_on[0][0]) for one in both))
    assert (desk.spends(), desk.states()) == (["buy"], ["done"])


async def test_a_start_beside_a_payment_that_is_not_sent_yet_takes_it_over_whole(desk: Desk) -> None:
    """Whoever comes late finds the first part on its way, and leaves all as it is."""
    desk.px6.top_up(desk.account.key, 1_000_000)
    claim = await desk.orders.claim(ANNA, *await desk.quoted_prolong([desk.proxy().id for _ in range(500)], 7))
    assert claim.confirmation is not None
    parts, calls = len(claim.confirmation.orders), len(desk.requests("getprice"))
    desk.fault("slow", "getprice", seconds=1)
    desk.fault("slow", "prolong", seconds=1.5)
    paying = asyncio.ensure_future(desk.orders.run(claim.confirmation.id))
    while len(desk.requests("getprice")) == calls:  # noqa: ASYNC110 - the stand-in has no event for it
        await asyncio.sleep(0.005)
    other = await second_process(desk)
    assert await other.orders.recover() == [claim.confirmation.id]
    await asyncio.gather(paying, other.orders.run(claim.confirmation.id))
    assert desk.spends() == ["prolong"] * parts
    assert desk.states() == ["done"] * parts
    assert desk.rows("SELECT requote_id FROM confirmations") == [(None,)]


async def test_who_comes_late_and_finds_moved_ends_makes_no_quote_of_what_another_has_sent(desk: Desk) -> None:
    one = desk.proxy().id
    claim = await desk.orders.claim(ANNA, *await desk.quoted_prolong([one]))
    assert claim.confirmation is not None
    await desk.orders.execute(claim.confirmation.id)
    fresh = await desk.orders._quoter.prolong(ANNA, [one], [30], "person", fresh=True)
    await desk.orders._journal.requoted(claim.confirmation, fresh)
    assert desk.states() == ["done"]
    assert desk.rows("SELECT requote_id, changes FROM confirmations") == [(None, 1)]


async def test_two_processes_look_at_an_order_once(desk: Desk) -> None:
    other = await second_process(desk)
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    reads = len(desk.requests("getproxy"))
    await asyncio.gather(desk.after(seconds=6), other.after())
    assert len(desk.requests("getproxy")) == reads + 1
    assert len(desk.told) + len(other.told) == 2


@pytest.mark.parametrize("fault", ["silent_before", "silent_after"])
@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_a_kill_in_the_middle_of_the_call_is_found_out(desk: Desk, method: str, fault: str) -> None:
    quoted = await (desk.quoted_buy() if method == "buy" else desk.quoted_prolong([desk.proxy().id]))
    desk.fault(fault, method)
    paying = asyncio.ensure_future(desk.pay(quoted))
    await waited_for(desk, method)
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    await desk.restart()
    await desk.through(5, 30, 120, 600)
    done = OrderState.DONE if fault.endswith("after") else OrderState.NOT_DONE
    assert desk.said() == [(OrderState.UNKNOWN,), (done,)]
    assert len(desk.requests(method)) == 1


async def test_a_stop_between_parts_leaves_the_rest_not_sent(desk: Desk) -> None:
    desk.px6.top_up(desk.account.key, 1_000_000)
    quoted = await desk.quoted_prolong([desk.proxy().id for _ in range(900)], 7)
    desk.fault("slow", "prolong", seconds=0.3)
    paying = asyncio.ensure_future(desk.pay(quoted))
    await waited_for(desk, "prolong")
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    await desk.restart()
    assert desk.states()[0] == "unknown"
    assert set(desk.states()[1:]) == {"not_sent"}
    assert len(desk.requests("prolong")) == 1


async def test_what_was_told_before_a_kill_is_not_told_otherwise(desk: Desk) -> None:
    await desk.pay(await desk.quoted_buy())
    await desk.restart()
    await desk.after(minutes=2)
    assert desk.said() == [(OrderState.DONE,)]


async def test_an_outcome_nobody_was_told_of_is_told_after_the_start(desk: Desk) -> None:
    desk.telling_fails = ConnectionError("Telegram is away")
    await desk.pay(await desk.quoted_buy())
    desk.telling_fails = None
    await desk.restart()
    assert desk.said() == [(OrderState.DONE,)]


class Locked:
    """Another program holds the database."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "bot.sqlite3", isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        with closing(self._connection):
            self._connection.execute("ROLLBACK")


async def test_an_answer_that_cannot_be_written_down_is_kept_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", (*PRAGMAS[1:], "PRAGMA busy_timeout=20"))
    async with new_desk(tmp_path) as desk:
        desk.fault("slow", "buy", seconds=0.2)
        paying = asyncio.ensure_future(desk.pay(await desk.quoted_buy()))
        await waited_for(desk, "buy")
        with Locked(tmp_path):
            assert (await paying).orders[0].state is OrderState.SENDING
            await desk.orders.settle_due()
            assert desk.states() == ["sending"]
        await desk.orders.settle_due()
        (order,) = await desk.orders.history(ANNA)
        assert (order.state, order.charged) == (OrderState.DONE, order.quoted)
        assert len(desk.requests("buy")) == 1
        assert desk.said() == [(OrderState.DONE,)]


async def test_nothing_is_sent_while_sending_cannot_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", (*PRAGMAS[1:], "PRAGMA busy_timeout=20"))
    async with new_desk(tmp_path) as desk:
        quoted = await desk.quoted_buy()
        desk.fault("slow", "getprice", seconds=0.2)
        calls = len(desk.requests("getprice"))
        paying = asyncio.ensure_future(desk.pay(quoted))
        while len(desk.requests("getprice")) == calls:  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.005)
        with Locked(tmp_path), pytest.raises(StorageError):
            await paying
        assert desk.requests("buy") == []
        await desk.orders.settle_due()
        assert desk.said() == [(OrderState.NOT_SENT,)]


async def test_an_answer_is_kept_when_every_connection_to_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.05)
    async with new_desk(tmp_path) as desk:
        desk.fault("slow", "buy", seconds=0.2)
        paying = asyncio.ensure_future(desk.pay(await desk.quoted_buy()))
        await waited_for(desk, "buy")
        async with desk.database.write():
            assert (await paying).orders[0].state is OrderState.SENDING
        await desk.orders.settle_due()
        assert (desk.states(), desk.said()) == (["done"], [(OrderState.DONE,)])


async def test_a_confirmation_that_cannot_even_be_read_is_closed_as_not_sent_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.05)
    async with new_desk(tmp_path) as desk, AsyncExitStack() as readers:
        claim = await desk.orders.claim(ANNA, *await desk.quoted_buy())
        assert claim.confirmation is not None
        for _ in range(database.READERS):
            await readers.enter_async_context(desk.database.read())
        await desk.orders.run(claim.confirmation.id)
        assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
            "A confirmed order was not carried on: the database cannot be used: all connections to it are busy"
        ]
        await readers.aclose()
        await desk.orders.settle_due()
        assert (desk.states(), desk.said()) == (["not_sent"], [(OrderState.NOT_SENT,)])
        assert desk.requests("buy") == []


async def test_what_can_never_be_written_down_does_not_keep_other_outcomes_from_it(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async def never() -> None:
        raise OverflowError("a number that no column holds")

    claim = await desk.orders.claim(ANNA, *await desk.quoted_buy())
    assert claim.confirmation is not None
    await desk.orders._recorder.record(never)
    desk.orders._spender.give_up(claim.confirmation.id, "Interrupted")
    await desk.orders.settle_due()
    assert desk.said() == [(OrderState.NOT_SENT,)]
    assert "cannot be written down" in caplog.text
    caplog.clear()
    await desk.orders.settle_due()
    assert not caplog.records, "it is not tried for ever"
