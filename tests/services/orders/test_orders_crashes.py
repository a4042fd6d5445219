"""Killed, shared or shut out of its database: still one spend, and still the truth."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from model.errors import StorageError
from model.orders import BY_ITSELF, Source
from services.orders import OrderState
from tests.databases import READERS, locked, wait_briefly_for_connections, wait_briefly_for_locks
from tests.services.rig import ANNA, Rig, new_rig, second_process, waited_for

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here


async def test_two_processes_on_one_database_spend_once(rig: Rig) -> None:
    other = await second_process(rig)
    quote, period = await rig.quoted_buy()
    claims = await asyncio.gather(*(one.orders.claim(ANNA, quote, period) for one in [rig, other] * 5))
    (won,) = [claim.confirmation for claim in claims if claim.won]
    assert won is not None
    await asyncio.gather(rig.orders.execute(won.id), other.orders.execute(won.id))
    assert len(rig.requests("buy")) == 1
    assert rig.states() == ["done"]


async def test_a_second_process_that_comes_late_neither_sends_nor_asks_again(rig: Rig) -> None:
    other = await second_process(rig)
    confirmation = await rig.pay(await rig.quoted_prolong([rig.proxy().id]))
    again = await other.orders.execute(confirmation.id)
    assert (again.requote, again.changes, other.told) == (None, confirmation.changes, [])
    assert rig.rows("SELECT count(*) FROM quotes") == [(1,)]


async def test_a_start_beside_a_running_call_does_not_disturb_it(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    with rig.held("buy"):
        paying = asyncio.ensure_future(rig.pay(quoted))
        await waited_for(rig, "buy")
        other = await second_process(rig)
        await other.orders.recover()
        await other.orders.tell_untold()
        assert other.said() == [(OrderState.UNKNOWN,)]
    (order,) = (await paying).orders
    assert order.state is OrderState.DONE
    assert len(rig.requests("buy")) == 1


async def cut_off(rig: Rig, quoted: tuple[str, int], *, begun: bool) -> None:
    """A tap whose payment is killed before it was sent: right after the claim, or while the price is asked for."""
    claim = await rig.orders.claim(ANNA, *quoted)
    assert claim.confirmation is not None
    if begun:
        calls = len(rig.requests("getprice"))
        with rig.held("getprice"):
            paying = asyncio.ensure_future(rig.orders.execute(claim.confirmation.id))
            await waited_for(rig, "getprice", calls + 1)
            paying.cancel()
            await asyncio.gather(paying, return_exceptions=True)
    assert set(rig.states()) == {"confirmed"}


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_a_tap_that_a_kill_kept_from_being_sent_is_carried_out_after_the_start(
    rig: Rig, method: str, begun: bool
) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    await cut_off(rig, quoted, begun=begun)
    rig.px6.clock.move(timedelta(minutes=14))
    await rig.restart()
    await rig.restart()
    assert rig.spends() == [method]
    assert rig.said() == [(OrderState.DONE,)]


async def test_a_tap_is_not_carried_out_after_a_start_when_it_costs_more_by_then(rig: Rig) -> None:
    await cut_off(rig, await rig.quoted_buy(), begun=True)
    rig.px6.set_prices("6", {3: "5.00"})
    await rig.restart()
    assert (rig.requests("buy"), rig.said()) == ([], [(OrderState.REQUOTED,)])
    (told,) = rig.told
    assert told.requote is not None
    assert told.requote.options[0].price > told.quoted


@pytest.mark.parametrize("minutes", [16, -16])
async def test_a_tap_of_long_before_a_start_is_told_as_not_sent(rig: Rig, minutes: int) -> None:
    await cut_off(rig, await rig.quoted_buy(), begun=False)
    rig.px6.clock.move(timedelta(minutes=minutes))
    await rig.restart()
    assert (rig.requests("buy"), rig.said()) == ([], [(OrderState.NOT_SENT,)])
    assert [order.error for order in rig.told[0].orders] == ["Interrupted"]


@pytest.mark.parametrize("source", BY_ITSELF)
async def test_what_was_made_by_itself_is_not_carried_on_by_a_start(rig: Rig, source: Source) -> None:
    """It may have been switched off, called off or sold out meanwhile."""
    quote = await rig.orders.quote_prolong(ANNA, [rig.proxy().id], [30], source=source)
    await cut_off(rig, (quote.id, 30), begun=False)
    await rig.restart()
    assert (rig.requests("prolong"), rig.said()) == ([], [(OrderState.NOT_SENT,)])


async def test_two_processes_that_carry_a_tap_on_at_once_spend_once(rig: Rig) -> None:
    await cut_off(rig, await rig.quoted_buy(), begun=False)
    both = [await second_process(rig), await second_process(rig)]
    carried_on = [await one.orders.recover() for one in both]
    assert carried_on[0] == carried_on[1] != []
    await asyncio.gather(*(one.orders.run(carried_on[0][0]) for one in both))
    assert (rig.spends(), rig.states()) == (["buy"], ["done"])


async def test_a_start_beside_a_payment_that_is_not_sent_yet_takes_it_over_whole(rig: Rig) -> None:
    """Whoever comes late finds the first part on its way, and leaves all as it is."""
    rig.px6.top_up(rig.account.key, 1_000_000)
    claim = await rig.orders.claim(ANNA, *await rig.quoted_prolong([rig.proxy().id for _ in range(500)], 7))
    assert claim.confirmation is not None
    parts, calls = len(claim.confirmation.orders), len(rig.requests("getprice"))
    with rig.held("getprice", times=2):
        paying = asyncio.ensure_future(rig.orders.run(claim.confirmation.id))
        await waited_for(rig, "getprice", calls + 1)
        other = await second_process(rig)
        assert await other.orders.recover() == [claim.confirmation.id]
        taking_over = asyncio.ensure_future(other.orders.run(claim.confirmation.id))
        await waited_for(rig, "getprice", calls + 2)
    with rig.held("prolong"):
        await asyncio.wait((paying, taking_over), return_when=asyncio.FIRST_COMPLETED)
        assert len(rig.requests("prolong")) == 1
    await asyncio.gather(paying, taking_over)
    assert rig.spends() == ["prolong"] * parts
    assert rig.states() == ["done"] * parts
    assert rig.rows("SELECT requote_id FROM confirmations") == [(None,)]


async def test_who_comes_late_and_finds_moved_ends_makes_no_quote_of_what_another_has_sent(rig: Rig) -> None:
    one = rig.proxy().id
    claim = await rig.orders.claim(ANNA, *await rig.quoted_prolong([one]))
    assert claim.confirmation is not None
    await rig.orders.execute(claim.confirmation.id)
    fresh = (await rig.orders._quoter.prolong(ANNA, [one], [30], "person", fresh=True)).quote
    await rig.orders._journal.requoted(claim.confirmation, fresh)
    assert rig.states() == ["done"]
    assert rig.rows("SELECT requote_id, changes FROM confirmations") == [(None, 1)]


async def test_two_processes_look_at_an_order_once(rig: Rig) -> None:
    other = await second_process(rig)
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    reads = len(rig.requests("getproxy"))
    await asyncio.gather(rig.after(seconds=6), other.after())
    assert len(rig.requests("getproxy")) == reads + 1
    assert len(rig.told) + len(other.told) == 2


@pytest.mark.parametrize("fault", ["silent_before", "silent_after"])
@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_a_kill_in_the_middle_of_the_call_is_found_out(rig: Rig, method: str, fault: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    rig.fault(fault, method)
    paying = asyncio.ensure_future(rig.pay(quoted))
    await waited_for(rig, method)
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    await rig.restart()
    await rig.through(5, 30, 120, 600)
    done = OrderState.DONE if fault.endswith("after") else OrderState.NOT_DONE
    assert rig.said() == [(OrderState.UNKNOWN,), (done,)]
    assert len(rig.requests(method)) == 1


async def test_a_stop_between_parts_leaves_the_rest_not_sent(rig: Rig) -> None:
    rig.px6.top_up(rig.account.key, 1_000_000)
    quoted = await rig.quoted_prolong([rig.proxy().id for _ in range(900)], 7)
    with rig.held("prolong"):
        paying = asyncio.ensure_future(rig.pay(quoted))
        await waited_for(rig, "prolong")
        paying.cancel()
        await asyncio.gather(paying, return_exceptions=True)
    await rig.restart()
    assert rig.states()[0] == "unknown"
    assert set(rig.states()[1:]) == {"not_sent"}
    assert len(rig.requests("prolong")) == 1


async def test_what_was_told_before_a_kill_is_not_told_otherwise(rig: Rig) -> None:
    await rig.pay(await rig.quoted_buy())
    await rig.restart()
    await rig.after(minutes=2)
    assert rig.said() == [(OrderState.DONE,)]


async def test_an_outcome_nobody_was_told_of_is_told_after_the_start(rig: Rig) -> None:
    rig.telling_fails = ConnectionError("Telegram is away")
    await rig.pay(await rig.quoted_buy())
    rig.telling_fails = None
    await rig.restart()
    assert rig.said() == [(OrderState.DONE,)]


async def test_an_answer_that_cannot_be_written_down_is_kept_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_briefly_for_locks(monkeypatch)
    async with new_rig(tmp_path) as rig:
        with ExitStack() as lock:
            with rig.held("buy"):
                paying = asyncio.ensure_future(rig.pay(await rig.quoted_buy()))
                await waited_for(rig, "buy")
                lock.enter_context(locked(tmp_path))
            assert (await paying).orders[0].state is OrderState.SENDING
            await rig.orders.settle_due()
            assert rig.states() == ["sending"]
        await rig.orders.settle_due()
        (order,) = await rig.orders.history(ANNA)
        assert (order.state, order.charged) == (OrderState.DONE, order.quoted)
        assert len(rig.requests("buy")) == 1
        assert rig.said() == [(OrderState.DONE,)]


async def test_nothing_is_sent_while_sending_cannot_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_briefly_for_locks(monkeypatch)
    async with new_rig(tmp_path) as rig:
        quoted = await rig.quoted_buy()
        calls = len(rig.requests("getprice"))
        with ExitStack() as lock:
            with rig.held("getprice"):
                paying = asyncio.ensure_future(rig.pay(quoted))
                await waited_for(rig, "getprice", calls + 1)
                lock.enter_context(locked(tmp_path))
            with pytest.raises(StorageError):
                await paying
        assert rig.requests("buy") == []
        await rig.orders.settle_due()
        assert rig.said() == [(OrderState.NOT_SENT,)]


@pytest.mark.sqlite("it can be read while its writer is busy")
async def test_an_answer_is_kept_when_every_connection_to_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_briefly_for_connections(monkeypatch)
    async with new_rig(tmp_path) as rig:
        async with AsyncExitStack() as writer:
            with rig.held("buy"):
                paying = asyncio.ensure_future(rig.pay(await rig.quoted_buy()))
                await waited_for(rig, "buy")
                await writer.enter_async_context(rig.database.write())
            assert (await paying).orders[0].state is OrderState.SENDING
        await rig.orders.settle_due()
        assert (rig.states(), rig.said()) == (["done"], [(OrderState.DONE,)])


async def test_a_confirmation_that_cannot_even_be_read_is_closed_as_not_sent_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wait_briefly_for_connections(monkeypatch)
    async with new_rig(tmp_path) as rig, AsyncExitStack() as readers:
        claim = await rig.orders.claim(ANNA, *await rig.quoted_buy())
        assert claim.confirmation is not None
        for _ in range(READERS):
            await readers.enter_async_context(rig.database.read())
        await rig.orders.run(claim.confirmation.id)
        assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
            "A confirmed order was not carried on: the database cannot be used: all connections to it are busy"
        ]
        await readers.aclose()
        await rig.orders.settle_due()
        assert (rig.states(), rig.said()) == (["not_sent"], [(OrderState.NOT_SENT,)])
        assert rig.requests("buy") == []


async def test_what_can_never_be_written_down_does_not_keep_other_outcomes_from_it(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    async def never() -> None:
        raise OverflowError("a number that no column holds")

    claim = await rig.orders.claim(ANNA, *await rig.quoted_buy())
    assert claim.confirmation is not None
    await rig.orders._recorder.record(never)
    rig.orders._spender.give_up(claim.confirmation.id, "Interrupted")
    await rig.orders.settle_due()
    assert rig.said() == [(OrderState.NOT_SENT,)]
    assert "cannot be written down" in caplog.text
    caplog.clear()
    await rig.orders.settle_due()
    assert not caplog.records, "it is not tried for ever"
