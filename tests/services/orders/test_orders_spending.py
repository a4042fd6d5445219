"""One confirmation spends at most once, and what it says is so."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest

from px6 import Version
from services.orders import BuyWish, OrderState, UnknownIds
from tests.services.desk import ANNA, BORIS, Desk


async def test_a_confirmed_buy_is_sent_once_renamed_and_told(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    confirmation = await desk.pay(quoted)

    (order,) = confirmation.orders
    assert order.state is OrderState.DONE
    assert len(order.proxies) == 2
    assert order.charged == order.quoted == confirmation.quoted
    assert order.balance_before == Decimal("1000.00")
    assert order.balance_after == desk.account.balance
    assert desk.spends() == ["buy"]
    assert {proxy.comment for proxy in desk.account.proxies.values()} == {"shop"}
    assert (order.rename, desk.rows("SELECT rename, state FROM orders")) == ("done", [("done", "done")])
    assert desk.said() == [(OrderState.DONE,)]
    assert desk.rows("SELECT told, changes FROM confirmations") == [(1, 1)]


async def test_ten_taps_at_once_spend_once(desk: Desk) -> None:
    quote, period = await desk.quoted_buy()
    claims = await asyncio.gather(*(desk.orders.claim(ANNA, quote, period) for _ in range(10)))
    won = [claim.confirmation for claim in claims if claim.won]
    assert len(won) == 1
    assert {claim.reason for claim in claims if not claim.won} == {"claimed"}
    assert {claim.confirmation and claim.confirmation.id for claim in claims} == {won[0] and won[0].id}
    assert won[0]
    await asyncio.gather(*(desk.orders.execute(won[0].id) for _ in range(10)))
    assert len(desk.requests("buy")) == 1
    assert desk.spends() == ["buy"]


async def test_a_tap_after_a_restart_on_a_confirmed_quote_spends_nothing(desk: Desk) -> None:
    quote, period = await desk.quoted_buy()
    await desk.pay((quote, period))
    await desk.restart()
    claim = await desk.orders.claim(ANNA, quote, period)
    assert (claim.won, claim.reason) == (False, "claimed")
    assert claim.confirmation is not None
    assert claim.confirmation.orders[0].state is OrderState.DONE
    assert desk.spends() == ["buy"]


async def test_an_old_quote_asks_again(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    await desk.after(minutes=16)
    claim = await desk.orders.claim(ANNA, *quoted)
    assert (claim.won, claim.reason) == (False, "stale")
    assert desk.rows("SELECT state FROM quotes") == [("open",)]


async def test_prolonging_moves_the_ends_and_says_what_it_cost(desk: Desk) -> None:
    ids = [desk.proxy().id, desk.proxy(version="4").id]
    ends = {one: desk.account.proxies[one].ends_at for one in ids}
    confirmation = await desk.pay(await desk.quoted_prolong(ids))
    (order,) = confirmation.orders
    assert order.state is OrderState.DONE
    assert order.charged == order.quoted
    for proxy in order.proxies:
        assert proxy.end_before == ends[proxy.id]
        assert proxy.end_after == desk.account.proxies[proxy.id].ends_at != ends[proxy.id]


async def test_a_moved_end_makes_a_new_quote_instead_of_a_second_spend(desk: Desk) -> None:
    one = desk.proxy().id
    quoted = await desk.quoted_prolong([one])
    desk.px6.prolong_on_site(desk.account.key, [one], 30)
    confirmation = await desk.pay(quoted)
    assert [order.state for order in confirmation.orders] == [OrderState.REQUOTED]
    assert confirmation.requote is not None
    assert confirmation.requote.ends == {one: desk.account.proxies[one].ends_at}
    assert desk.requests("prolong") == []
    assert (await desk.pay((confirmation.requote.id, 30))).orders[0].state is OrderState.DONE


async def test_a_risen_price_asks_again_and_a_fallen_one_does_not(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.px6.set_prices("6", {3: "5.00"})
    dearer = await desk.pay(quoted)
    assert dearer.requote is not None
    assert dearer.requote.options[0].price > dearer.quoted
    desk.px6.set_prices("6", {3: "0.10"})
    cheaper = await desk.pay((dearer.requote.id, 30))
    assert cheaper.orders[0].state is OrderState.DONE
    assert cheaper.charged is not None
    assert cheaper.charged < cheaper.quoted
    assert desk.spends() == ["buy"]


async def test_all_periods_of_a_digest_are_one_confirmation(desk: Desk) -> None:
    one = desk.proxy().id
    quote = await desk.orders.quote_prolong(ANNA, [one], [7, 30, 90], source="digest")
    assert [option.period for option in quote.options] == [7, 30, 90]
    claims = await asyncio.gather(*(desk.orders.claim(ANNA, quote.id, period) for period in (7, 30, 90)))
    assert sum(claim.won for claim in claims) == 1


async def test_a_person_has_at_most_fifty_open_quotes(desk: Desk) -> None:
    first = await desk.quoted_buy()
    await desk.pay(await desk.quoted_buy())
    for _ in range(50):
        await desk.quoted_buy()
    assert desk.rows("SELECT state, count(*) FROM quotes GROUP BY state ORDER BY state") == [
        ("claimed", 1),
        ("open", 50),
    ]
    assert (await desk.orders.claim(ANNA, *first)).reason == "gone"


async def test_a_proxy_has_one_open_order(desk: Desk) -> None:
    one, other = desk.proxy().id, desk.proxy().id
    first, second = await desk.quoted_prolong([one, other]), await desk.quoted_prolong([one])
    held = await desk.orders.claim(ANNA, *first)
    busy = await desk.orders.claim(ANNA, *second)
    assert (busy.won, busy.reason) == (False, "busy")
    assert busy.confirmation == held.confirmation
    assert desk.rows("SELECT state FROM quotes ORDER BY created_at") == [("claimed",), ("open",)]


async def test_an_automatic_order_is_made_once_for_each_end(desk: Desk) -> None:
    one = desk.proxy().id
    quotes = [await desk.orders.quote_prolong(ANNA, [one], [30], source="rule") for _ in range(2)]
    desk.fault("silent_before", "prolong")
    await desk.pay((quotes[0].id, 30))
    await desk.through(5, 30, 120, 600)
    assert desk.states() == ["not_done"]
    assert (await desk.orders.claim(ANNA, quotes[1].id, 30)).reason == "repeated"


async def test_an_automatic_order_that_surely_spent_nothing_may_be_made_again(desk: Desk) -> None:
    one = desk.proxy().id
    quotes = [await desk.orders.quote_prolong(ANNA, [one], [30], source="rule") for _ in range(2)]
    desk.px6.top_up(desk.account.key, -1000)
    assert (await desk.pay((quotes[0].id, 30))).orders[0].error == "NoMoney"
    assert (await desk.orders.claim(ANNA, quotes[1].id, 30)).won


async def test_too_little_money_is_shown_in_the_quote_and_refused_by_px6(desk: Desk) -> None:
    desk.px6.top_up(desk.account.key, -999)
    quote = await desk.orders.quote_buy(ANNA, BuyWish(100, 30, "de"))
    assert quote.balance < quote.options[0].price
    (order,) = (await desk.pay((quote.id, 30))).orders
    assert (order.state, order.error, order.error_id) == (OrderState.REFUSED, "NoMoney", 400)


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_a_call_over_the_limit_is_known_to_have_done_nothing(desk: Desk, method: str) -> None:
    quoted = await (desk.quoted_buy() if method == "buy" else desk.quoted_prolong([desk.proxy().id]))
    desk.fault("429", method, times=None)
    (order,) = (await desk.pay(quoted)).orders
    assert (order.state, order.error) == (OrderState.NOT_SENT, "TooManyCalls")
    assert desk.spends() == []


async def test_without_a_connection_nothing_is_sent(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("down", times=None)
    (order,) = (await desk.pay(quoted)).orders
    assert (order.state, order.error) == (OrderState.NOT_SENT, "Unreachable")
    assert desk.requests("buy") == []


async def test_ids_that_are_not_the_persons_are_named(desk: Desk) -> None:
    one = desk.proxy().id
    with pytest.raises(UnknownIds) as caught:
        await desk.orders.quote_prolong(ANNA, [one, 5, one, 7], [30])
    assert (caught.value.unknown, caught.value.known) == ((5, 7), (one,))


async def test_a_long_prolong_goes_out_in_parts_under_one_confirmation(desk: Desk) -> None:
    desk.px6.top_up(desk.account.key, 1_000_000)
    ids = [desk.proxy().id for _ in range(900)]
    confirmation = await desk.pay(await desk.quoted_prolong(ids, 7))
    assert len(confirmation.orders) > 1
    assert {order.state for order in confirmation.orders} == {OrderState.DONE}
    assert sorted(one for order in confirmation.orders for one in order.ids) == sorted(ids)
    before = confirmation.balance_before
    assert before is not None
    assert confirmation.charged is not None
    assert before - confirmation.charged == confirmation.balance_after == desk.account.balance


async def test_after_a_part_of_unknown_outcome_the_rest_is_not_sent(desk: Desk) -> None:
    desk.px6.top_up(desk.account.key, 1_000_000)
    quoted = await desk.quoted_prolong([desk.proxy().id for _ in range(900)], 7)
    desk.fault("drop_after", "prolong")
    confirmation = await desk.pay(quoted)
    assert confirmation.orders[0].state is OrderState.UNKNOWN
    assert {(order.state, order.error) for order in confirmation.orders[1:]} == {(OrderState.NOT_SENT, "Stopped")}
    assert len(desk.requests("prolong")) == 1
    await desk.after(seconds=6)
    assert desk.states()[0] == "done"


async def test_an_uncertain_kind_is_quoted_at_most_and_charged_as_px6_says(desk: Desk) -> None:
    desk.px6.profile = "classic"
    one = desk.proxy(version="3").id
    quote = await desk.orders.quote_prolong(ANNA, [one], [30])
    assert quote.options[0].at_most
    confirmation = await desk.pay((quote.id, 30))
    assert confirmation.charged is not None
    assert confirmation.charged < confirmation.quoted


async def test_the_kind_of_what_was_bought_here_is_known_on_servers_that_do_not_say_it(desk: Desk) -> None:
    desk.px6.profile = "classic"
    bought = await desk.pay(await desk.quoted_buy(BuyWish(1, 30, "de", Version.SHARED)))
    quote = await desk.orders.quote_prolong(ANNA, bought.orders[0].ids, [30])
    assert not quote.options[0].at_most


async def test_a_comment_that_px6_refuses_leaves_a_readable_one_and_says_so(desk: Desk) -> None:
    desk.px6.rules.accept_empty_comment = False
    (order,) = (await desk.pay(await desk.quoted_buy(BuyWish(1, 30, "de")))).orders
    assert order.rename == "refused"
    assert order.mark is not None
    assert order.mark.endswith(" bot")
    assert {proxy.comment for proxy in desk.account.proxies.values()} == {order.mark}
    assert len(desk.told) == 2


async def test_a_rename_that_failed_is_tried_again_and_spares_what_the_person_renamed(desk: Desk) -> None:
    desk.fault("500_before", "setdescr")
    (order,) = (await desk.pay(await desk.quoted_buy())).orders
    assert order.rename_pending
    mine, other = desk.account.proxies.values()
    mine.comment = "my own"
    await desk.after(minutes=1)
    assert (mine.comment, other.comment) == ("my own", "shop")
    assert desk.rows("SELECT rename, due_at FROM orders") == [("done", None)]


async def test_a_rename_waits_for_a_key_and_is_given_up_only_after_real_tries(desk: Desk) -> None:
    desk.fault("500_before", "setdescr", times=None)
    await desk.pay(await desk.quoted_buy())
    old_key = desk.account.key
    await desk.accounts.connect(ANNA, desk.px6.add_account().key)
    for _ in range(10):
        await desk.after(hours=1, seconds=5)
    assert desk.rows("SELECT rename, rename_tries FROM orders") == [("pending", 1)]
    await desk.accounts.connect(ANNA, old_key)
    desk.px6.clear_faults()
    await desk.orders.settle_due()
    assert {proxy.comment for proxy in desk.account.proxies.values()} == {"shop"}
    desk.fault("500_before", "setdescr", times=None)
    await desk.pay(await desk.quoted_buy())
    for _ in range(50):
        await desk.after(hours=1, seconds=5)
    assert desk.told[-1].orders[0].rename == "given_up"


async def test_what_was_sent_and_what_came_back_stay_in_the_journal_without_secrets(desk: Desk) -> None:
    (order,) = (await desk.pay(await desk.quoted_buy())).orders
    journal = desk.rows("SELECT event, data FROM journal ORDER BY id")
    assert [event for event, _ in journal] == ["sent", "answered", "renamed"]
    sent, answered = (json.loads(data) for _, data in journal[:2])
    assert sent["params"]["descr"] == order.mark
    assert answered["price"] == str(order.charged)
    written = str(desk.rows("SELECT * FROM journal")) + str(desk.rows("SELECT * FROM orders"))
    secrets = [desk.account.key, *(proxy.password for proxy in desk.account.proxies.values())]
    assert not [secret for secret in secrets if secret in written]
    assert await desk.orders.order(BORIS, order.id) is None


async def test_a_cancelled_call_is_on_disk_as_sending_and_found_out_after_the_start(desk: Desk) -> None:
    claim = await desk.orders.claim(ANNA, *(await desk.quoted_buy()))
    assert claim.confirmation is not None
    desk.fault("silent_after", "buy")
    paying = asyncio.ensure_future(desk.orders.execute(claim.confirmation.id))
    while not desk.spends():  # noqa: ASYNC110 - the stand-in has no event for it
        await asyncio.sleep(0.005)
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    assert desk.states() == ["sending"]
    await desk.restart()
    assert desk.said() == [(OrderState.UNKNOWN,)]
    await desk.after(seconds=6)
    assert desk.states() == ["done"]
    assert desk.spends() == ["buy"]


async def test_an_outcome_that_could_not_be_told_is_told_later_and_once(desk: Desk) -> None:
    desk.telling_fails = ConnectionError("Telegram is away")
    await desk.pay(await desk.quoted_buy())
    assert desk.told == []
    desk.telling_fails = None
    await desk.after(minutes=1)
    await desk.after(minutes=1)
    assert desk.said() == [(OrderState.DONE,)]
