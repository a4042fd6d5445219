"""One confirmation spends at most once, and what it says is so."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest

from px6 import Version
from services.orders import BuyWish, OrderState, UnknownIds
from tests.quotes import buy_quote
from tests.services.rig import ANNA, BORIS, Rig

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here


async def test_a_confirmed_buy_is_sent_once_renamed_and_told(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    confirmation = await rig.pay(quoted)

    (order,) = confirmation.orders
    assert order.state is OrderState.DONE
    assert len(order.proxies) == 2
    assert order.charged == order.quoted == confirmation.quoted
    assert order.balance_before == Decimal("1000.00")
    assert order.balance_after == rig.account.balance
    assert rig.spends() == ["buy"]
    assert {proxy.comment for proxy in rig.account.proxies.values()} == {"shop"}
    assert (order.rename, rig.rows("SELECT rename, state FROM orders")) == ("done", [("done", "done")])
    assert rig.said() == [(OrderState.DONE,)]
    assert rig.rows("SELECT told, changes FROM confirmations") == [(1, 1)]


async def test_ten_taps_at_once_spend_once(rig: Rig) -> None:
    quote, period = await rig.quoted_buy()
    claims = await asyncio.gather(*(rig.orders.claim(ANNA, quote, period) for _ in range(10)))
    won = [claim.confirmation for claim in claims if claim.won]
    assert len(won) == 1
    assert {claim.reason for claim in claims if not claim.won} == {"claimed"}
    assert {claim.confirmation and claim.confirmation.id for claim in claims} == {won[0] and won[0].id}
    assert won[0]
    await asyncio.gather(*(rig.orders.execute(won[0].id) for _ in range(10)))
    assert len(rig.requests("buy")) == 1
    assert rig.spends() == ["buy"]


async def test_a_tap_after_a_restart_on_a_confirmed_quote_spends_nothing(rig: Rig) -> None:
    quote, period = await rig.quoted_buy()
    await rig.pay((quote, period))
    await rig.restart()
    claim = await rig.orders.claim(ANNA, quote, period)
    assert (claim.won, claim.reason) == (False, "claimed")
    assert claim.confirmation is not None
    assert claim.confirmation.orders[0].state is OrderState.DONE
    assert rig.spends() == ["buy"]


async def test_an_old_quote_asks_again(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    await rig.after(minutes=16)
    claim = await rig.orders.claim(ANNA, *quoted)
    assert (claim.won, claim.reason) == (False, "stale")
    assert rig.rows("SELECT state FROM quotes") == [("open",)]


async def test_prolonging_moves_the_ends_and_says_what_it_cost(rig: Rig) -> None:
    ids = [rig.proxy().id, rig.proxy(version="4").id]
    ends = {one: rig.account.proxies[one].ends_at for one in ids}
    confirmation = await rig.pay(await rig.quoted_prolong(ids))
    (order,) = confirmation.orders
    assert order.state is OrderState.DONE
    assert order.charged == order.quoted
    for proxy in order.proxies:
        assert proxy.end_before == ends[proxy.id]
        assert proxy.end_after == rig.account.proxies[proxy.id].ends_at != ends[proxy.id]


async def test_a_moved_end_makes_a_new_quote_instead_of_a_second_spend(rig: Rig) -> None:
    one = rig.proxy().id
    quoted = await rig.quoted_prolong([one])
    rig.px6.prolong_on_site(rig.account.key, [one], 30)
    confirmation = await rig.pay(quoted)
    assert [order.state for order in confirmation.orders] == [OrderState.REQUOTED]
    assert confirmation.requote is not None
    assert confirmation.requote.ends == {one: rig.account.proxies[one].ends_at}
    assert rig.requests("prolong") == []
    assert (await rig.pay((confirmation.requote.id, 30))).orders[0].state is OrderState.DONE


async def test_a_risen_price_asks_again_and_a_fallen_one_does_not(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.px6.set_prices("6", {3: "5.00"})
    dearer = await rig.pay(quoted)
    assert dearer.requote is not None
    assert dearer.requote.options[0].price > dearer.quoted
    rig.px6.set_prices("6", {3: "0.10"})
    cheaper = await rig.pay((dearer.requote.id, 30))
    assert cheaper.orders[0].state is OrderState.DONE
    assert cheaper.charged is not None
    assert cheaper.charged < cheaper.quoted
    assert rig.spends() == ["buy"]


async def test_all_periods_of_a_digest_are_one_confirmation(rig: Rig) -> None:
    one = rig.proxy().id
    quote = await rig.orders.quote_prolong(ANNA, [one], [7, 30, 90], source="digest")
    assert [option.period for option in quote.options] == [7, 30, 90]
    claims = await asyncio.gather(*(rig.orders.claim(ANNA, quote.id, period) for period in (7, 30, 90)))
    assert sum(claim.won for claim in claims) == 1


async def test_a_person_has_at_most_fifty_open_quotes(rig: Rig) -> None:
    first = await rig.quoted_buy()
    await rig.pay(await rig.quoted_buy())
    for _ in range(50):
        await rig.quoted_buy()
    assert rig.rows("SELECT state, count(*) FROM quotes GROUP BY state ORDER BY state") == [
        ("claimed", 1),
        ("open", 50),
    ]
    assert (await rig.orders.claim(ANNA, *first)).reason == "gone"


async def test_a_proxy_has_one_open_order(rig: Rig) -> None:
    one, other = rig.proxy().id, rig.proxy().id
    first, second = await rig.quoted_prolong([one, other]), await rig.quoted_prolong([one])
    held = await rig.orders.claim(ANNA, *first)
    busy = await rig.orders.claim(ANNA, *second)
    assert (busy.won, busy.reason) == (False, "busy")
    assert busy.confirmation == held.confirmation
    assert rig.rows("SELECT state FROM quotes ORDER BY created_at") == [("claimed",), ("open",)]


async def test_an_automatic_order_is_made_once_for_each_end(rig: Rig) -> None:
    one = rig.proxy().id
    quotes = [await rig.orders.quote_prolong(ANNA, [one], [30], source="rule") for _ in range(2)]
    rig.fault("silent_before", "prolong")
    await rig.pay((quotes[0].id, 30))
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["not_done"]
    assert (await rig.orders.claim(ANNA, quotes[1].id, 30)).reason == "repeated"


async def test_an_automatic_order_that_surely_spent_nothing_may_be_made_again(rig: Rig) -> None:
    one = rig.proxy().id
    quotes = [await rig.orders.quote_prolong(ANNA, [one], [30], source="rule") for _ in range(2)]
    rig.px6.top_up(rig.account.key, -1000)
    assert (await rig.pay((quotes[0].id, 30))).orders[0].error == "NoMoney"
    assert (await rig.orders.claim(ANNA, quotes[1].id, 30)).won


async def test_too_little_money_is_shown_in_the_quote_and_refused_by_px6(rig: Rig) -> None:
    rig.px6.top_up(rig.account.key, -999)
    quote = await buy_quote(rig.orders, ANNA, BuyWish(100, 30, "de"))
    assert quote.balance < quote.options[0].price
    (order,) = (await rig.pay((quote.id, 30))).orders
    assert (order.state, order.error, order.error_id) == (OrderState.REFUSED, "NoMoney", 400)


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_a_call_over_the_limit_is_known_to_have_done_nothing(rig: Rig, method: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    rig.fault("429", method, times=None)
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, order.error) == (OrderState.NOT_SENT, "TooManyCalls")
    assert rig.spends() == []


async def test_without_a_connection_nothing_is_sent(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("down", times=None)
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, order.error) == (OrderState.NOT_SENT, "Unreachable")
    assert rig.requests("buy") == []


async def test_ids_that_are_not_the_persons_are_named(rig: Rig) -> None:
    one = rig.proxy().id
    with pytest.raises(UnknownIds) as caught:
        await rig.orders.quote_prolong(ANNA, [one, 5, one, 7], [30])
    assert (caught.value.unknown, caught.value.known) == ((5, 7), (one,))


async def test_a_long_prolong_goes_out_in_parts_under_one_confirmation(rig: Rig) -> None:
    rig.px6.top_up(rig.account.key, 1_000_000)
    ids = [rig.proxy().id for _ in range(900)]
    confirmation = await rig.pay(await rig.quoted_prolong(ids, 7))
    assert len(confirmation.orders) > 1
    assert {order.state for order in confirmation.orders} == {OrderState.DONE}
    assert sorted(one for order in confirmation.orders for one in order.ids) == sorted(ids)
    before = confirmation.balance_before
    assert before is not None
    assert confirmation.charged is not None
    assert before - confirmation.charged == confirmation.balance_after == rig.account.balance


async def test_after_a_part_of_unknown_outcome_the_rest_is_not_sent(rig: Rig) -> None:
    rig.px6.top_up(rig.account.key, 1_000_000)
    quoted = await rig.quoted_prolong([rig.proxy().id for _ in range(900)], 7)
    rig.fault("drop_after", "prolong")
    confirmation = await rig.pay(quoted)
    assert confirmation.orders[0].state is OrderState.UNKNOWN
    assert {(order.state, order.error) for order in confirmation.orders[1:]} == {(OrderState.NOT_SENT, "Stopped")}
    assert len(rig.requests("prolong")) == 1
    await rig.after(seconds=6)
    assert rig.states()[0] == "done"


async def test_an_uncertain_kind_is_quoted_at_most_and_charged_as_px6_says(rig: Rig) -> None:
    rig.px6.profile = "classic"
    one = rig.proxy(version="3").id
    quote = await rig.orders.quote_prolong(ANNA, [one], [30])
    assert quote.options[0].at_most
    confirmation = await rig.pay((quote.id, 30))
    assert confirmation.charged is not None
    assert confirmation.charged < confirmation.quoted


async def test_the_kind_of_what_was_bought_here_is_known_on_servers_that_do_not_say_it(rig: Rig) -> None:
    rig.px6.profile = "classic"
    bought = await rig.pay(await rig.quoted_buy(BuyWish(1, 30, "de", Version.SHARED)))
    quote = await rig.orders.quote_prolong(ANNA, bought.orders[0].ids, [30])
    assert not quote.options[0].at_most


async def test_a_comment_that_px6_refuses_leaves_a_readable_one_and_says_so(rig: Rig) -> None:
    rig.px6.rules.accept_empty_comment = False
    (order,) = (await rig.pay(await rig.quoted_buy(BuyWish(1, 30, "de")))).orders
    assert order.rename == "refused"
    assert order.mark is not None
    assert order.mark.endswith(" bot")
    assert {proxy.comment for proxy in rig.account.proxies.values()} == {order.mark}
    assert len(rig.told) == 2


async def test_a_rename_that_failed_is_tried_again_and_spares_what_the_person_renamed(rig: Rig) -> None:
    rig.fault("500_before", "setdescr")
    (order,) = (await rig.pay(await rig.quoted_buy())).orders
    assert order.rename_pending
    mine, other = rig.account.proxies.values()
    mine.comment = "my own"
    await rig.after(minutes=1)
    assert (mine.comment, other.comment) == ("my own", "shop")
    assert rig.rows("SELECT rename, due_at FROM orders") == [("done", None)]


async def test_a_rename_waits_for_a_key_and_comes_as_soon_as_there_is_one(rig: Rig) -> None:
    rig.fault("500_before", "setdescr", times=None)
    await rig.pay(await rig.quoted_buy())
    old_key = rig.account.key
    await rig.replaces_key(rig.px6.add_account().key)
    for _ in range(3):
        await rig.after(hours=1, seconds=5)
    assert rig.rows("SELECT rename, rename_tries FROM orders") == [("pending", 1)]
    await rig.replaces_key(old_key)
    rig.px6.clear_faults()
    await rig.orders.settle_due()
    assert {proxy.comment for proxy in rig.account.proxies.values()} == {"shop"}


async def test_what_was_sent_and_what_came_back_stay_in_the_journal_without_secrets(rig: Rig) -> None:
    (order,) = (await rig.pay(await rig.quoted_buy())).orders
    journal = rig.rows("SELECT event, data FROM journal ORDER BY id")
    assert [event for event, _ in journal] == ["sent", "answered", "renamed"]
    sent, answered = (json.loads(data) for _, data in journal[:2])
    assert sent["params"]["descr"] == order.mark
    assert answered["price"] == str(order.charged)
    written = str(rig.rows("SELECT * FROM journal")) + str(rig.rows("SELECT * FROM orders"))
    secrets = [rig.account.key, *(proxy.password for proxy in rig.account.proxies.values())]
    assert not [secret for secret in secrets if secret in written]
    assert await rig.orders.order(BORIS, order.id) is None


async def test_a_cancelled_call_is_on_disk_as_sending_and_found_out_after_the_start(rig: Rig) -> None:
    claim = await rig.orders.claim(ANNA, *(await rig.quoted_buy()))
    assert claim.confirmation is not None
    rig.fault("silent_after", "buy")
    paying = asyncio.ensure_future(rig.orders.execute(claim.confirmation.id))
    while not rig.spends():  # noqa: ASYNC110 - the stand-in has no event for it
        await asyncio.sleep(0.005)
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    assert rig.states() == ["sending"]
    await rig.restart()
    assert rig.said() == [(OrderState.UNKNOWN,)]
    await rig.after(seconds=6)
    assert rig.states() == ["done"]
    assert rig.spends() == ["buy"]


async def test_an_outcome_that_could_not_be_told_is_told_later_and_once(rig: Rig) -> None:
    rig.telling_fails = ConnectionError("Telegram is away")
    await rig.pay(await rig.quoted_buy())
    assert rig.told == []
    rig.telling_fails = None
    await rig.after(minutes=1)
    await rig.after(minutes=1)
    assert rig.said() == [(OrderState.DONE,)]
