"""Twins that were announced, when it is time to pay them: what stops them, and when it is looked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from model.replacing import Bought, Failing
from services.notifications.kinds import Notice, NotSent
from services.notifications.watching_kinds import KeptPaying, ReplaceEnded
from services.operators.maintenance import MaintenanceMode
from services.watching.replacing import Replacements
from storage import health_watches, replacements
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.quotes import buy_quote
from tests.sample_proxies import NOW
from tests.services.rig import ANNA
from tests.services.rules.rule_rig import nothing
from tests.services.twins import PRICE, TERMS, TWIN, Twins, new_twins


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Twins]:
    async with new_twins(tmp_path) as made:
        yield made


@pytest.mark.parametrize("act", ["pause", "skip"])
async def test_what_is_stopped_in_the_moment_of_payment_can_be_confirmed_by_nobody_any_more(
    anna: Twins, act: str
) -> None:
    """A pause ends: the same twin would be bought by the new quote and by this one."""
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.clock.move(15 * MINUTE)

    async def acts(_: Notice) -> None:
        if act == "pause":
            await MaintenanceMode(anna.rig.database, anna.now).switch_on()
        else:
            assert await Replacements(anna.rig.database, anna.rig.orders, anna, anna.line, anna.now).skip(ANNA, 1)

    anna.meanwhile = acts
    assert await anna.look_now() == (10 if act == "pause" else 0) * MINUTE
    assert anna.rig.rows("SELECT state FROM quotes") == [("withdrawn",)]
    assert [said for _, said in anna.rewritten] == [ReplaceEnded("later" if act == "pause" else "lost", TWIN, 1)]
    assert ([state for state, _ in anna.states()], anna.rig.spends()) == (
        ["announced" if act == "pause" else "skipped"],
        [],
    )


async def test_a_process_that_hung_does_not_reset_the_payment_that_another_one_has_begun_since(anna: Twins) -> None:
    """The twin would be bought once more."""
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.clock.move(15 * MINUTE)
    other = Replacements(anna.rig.database, anna.rig.orders, anna, anna.line, anna.now)

    async def another_takes_over(_: Notice) -> None:
        anna.meanwhile = nothing
        await other.step(await anna.look())
        anna.rig.fault("drop_after", "buy")
        await other.step(await anna.look())

    anna.meanwhile = another_takes_over
    await anna.look_now()
    assert ([state for state, _ in anna.states()], anna.rig.spends()) == (["paying"], ["buy"])
    await anna.rig.through(5, 30, 120, 600)
    for _ in range(3):
        anna.rig.px6.clock.move(11 * MINUTE)
        await anna.look_now()
    assert ([state for state, _ in anna.states()], anna.rig.spends()) == (["done"], ["buy"])


@pytest.mark.parametrize("dies", [False, True])
async def test_after_a_purchase_by_hand_in_the_moment_of_payment_there_is_still_time_for_skip(
    anna: Twins, dies: bool
) -> None:
    """The purchase has taken the quote back: nothing is paid, so nothing is too late."""
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.clock.move(15 * MINUTE)
    skipping = Replacements(anna.rig.database, anna.rig.orders, anna, anna.line, anna.now)

    async def acts(_: Notice) -> None:
        quote = await buy_quote(anna.rig.orders, ANNA, structs.replace(TWIN, period=7))
        assert (await anna.rig.orders.claim(ANNA, quote.id, 7)).won
        if dies:
            raise ZeroDivisionError
        assert await skipping.skip(ANNA, 1) is True

    anna.meanwhile = acts
    await anna.look_now()
    anna.meanwhile = nothing
    if dies:
        assert [state for state, _ in anna.states()] == ["paying"]
        assert await skipping.skip(ANNA, 1) is True
    anna.rig.px6.clock.move(HOUR)
    await anna.look_now()
    assert ([state for state, _ in anna.states()], anna.rig.spends()) == (["skipped"], [])


async def test_what_is_cut_off_while_it_is_taken_back_is_taken_back_by_the_next_look(
    anna: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.clock.move(15 * MINUTE)
    anna.fails = ZeroDivisionError()
    await anna.look_now()
    anna.fails = None

    async def dies(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(replacements, "move", dies)
        await anna.look_now()
    assert (anna.rig.rows("SELECT state FROM quotes"), anna.states()[0][0]) == ([("open",)], "paying")
    await anna.look_now()
    assert (anna.rig.rows("SELECT state FROM quotes"), anna.states()[0][0]) == ([("withdrawn",)], "announced")


async def test_while_telegram_takes_nothing_no_announcement_is_tried(anna: Twins) -> None:
    """Of one that is tried then nobody knows whether it arrived: it would be said again minutes later."""
    await anna.begin()
    anna.fails = NotSent()
    with suppress(NotSent), anna.line.sending():
        raise NotSent
    assert await anna.look_now() == 5 * SECOND
    assert (anna.attempts, anna.states()) == (0, [("announcing", 15 * MINUTE)])


@pytest.mark.parametrize("is_announced", [False, True])
async def test_a_price_that_px6_does_not_name_keeps_no_reminder_back(anna: Twins, is_announced: bool) -> None:
    await anna.begin()
    if is_announced:
        await anna.look_now()
    anna.rig.proxy(ends_in=DAY)
    anna.rig.px6.clock.move(15 * MINUTE)
    anna.rig.fault("no_before", "getprice", error_id=1)
    assert await anna.look_now() == 10 * MINUTE
    assert (len(anna.digests), anna.rig.spends()) == (1, [])
    assert [state for state, _ in anna.states()] == ["announced"] * is_announced


async def test_the_last_one_in_stock_is_bought_with_the_last_money(anna: Twins) -> None:
    await anna.begin()
    await anna.look_now()
    anna.rig.account.balance = PRICE
    anna.rig.px6.set_stock("de", "6", 1)
    anna.rig.px6.clock.move(15 * MINUTE)
    await anna.look_now()
    assert (anna.rig.spends(), [state for state, _ in anna.states()]) == (["buy"], ["done"])


async def test_what_was_cut_off_before_it_was_said_that_it_is_paid_waits_again_without_a_word(anna: Twins) -> None:
    await anna.begin()
    await anna.look_now()
    anna.news()
    anna.rig.px6.clock.move(15 * MINUTE)
    anna.fails = ZeroDivisionError()
    await anna.look_now()
    assert [state for state, _ in anna.states()] == ["paying"]
    anna.fails = None
    await anna.look_now()
    assert ([state for state, _ in anna.states()], anna.news(), anna.rewritten) == (["announced"], [], [])
    await anna.look_now()
    assert ([state for state, _ in anna.states()], anna.rig.spends()) == (["done"], ["buy"])


async def test_until_it_is_known_what_became_of_a_twin_the_next_look_is_in_ten_minutes(anna: Twins) -> None:
    await anna.begin()
    await anna.look_now()
    anna.news()
    anna.rig.px6.clock.move(15 * MINUTE)
    anna.rig.fault("drop_before", "buy")
    assert await anna.look_now() == 10 * MINUTE
    assert [type(said) for said, _ in anna.news()] == [KeptPaying]
    assert [state for state, _ in anna.states()] == ["paying"]
    await anna.rig.through(5, 30, 120, 600)
    await anna.look_now()
    assert (anna.rig.states(), [state for state, _ in anna.states()]) == (["not_done"], ["dropped"])
    assert anna.news() == [(anna.failed("not_sold", currency="RUB"), False)]
    [failing] = (await anna.watch()).failures.values()
    assert failing == Failing(3, NOW - 3 * HOUR), "once more, and it is announced again"


async def test_a_twin_that_px6_shows_only_after_it_counted_as_not_bought_keeps_a_second_one_from_being_bought(
    anna: Twins,
) -> None:
    """And it counts towards the limits of the month."""
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.clock.move(15 * MINUTE)
    anna.rig.fault("drop_after", "buy")
    await anna.look_now()
    [twin] = anna.rig.account.proxies.keys() - {anna.fallen.id}
    hidden = anna.rig.account.proxies.pop(twin)
    anna.rig.account.balance += PRICE
    await anna.rig.through(5, 30, 120, 600)
    await anna.look_now()
    assert (anna.rig.states(), [state for state, _ in anna.states()]) == (["not_done"], ["dropped"])
    anna.rig.account.proxies[twin] = hidden
    anna.rig.account.balance -= PRICE
    await anna.rig.through(1300)
    assert anna.rig.states() == ["done"]
    anna.news()
    async with anna.rig.database.write() as connection:
        failures = {anna.fallen.id: Failing(4, NOW - 3 * HOUR)}
        await health_watches.change(connection, ANNA, 1, failures=failures)
    for _ in range(2):
        await anna.look_now()
        anna.rig.px6.clock.move(16 * MINUTE)
    assert (anna.news(), anna.rig.spends()) == ([], ["buy"])
    async with anna.rig.database.read() as connection:
        assert await replacements.bought_since(connection, ANNA, NOW, 1) == [Bought(1, PRICE, "RUB")]


@pytest.mark.parametrize("is_announced", [False, True])
async def test_while_something_else_is_being_bought_a_twin_waits_for_ten_minutes(
    anna: Twins, is_announced: bool
) -> None:
    """What is bought by hand may be the twin."""
    await anna.begin()
    if is_announced:
        await anna.look_now()
        anna.news()
    anna.rig.px6.clock.move(15 * MINUTE)
    anna.rig.fault("drop_before", "buy")
    await anna.rig.pay(await anna.rig.quoted_buy())
    assert await anna.look_now() == 10 * MINUTE
    assert (anna.news(), [state for state, _ in anna.states()]) == ([], ["announced"] * is_announced)


async def test_what_works_again_when_it_is_to_be_paid_is_not_announced_anew_in_the_same_look(anna: Twins) -> None:
    await anna.begin()
    await anna.look_now()
    anna.news()
    anna.fallen.alive = True
    anna.rig.px6.clock.move(15 * MINUTE)
    await anna.look_now()
    assert (anna.news(), anna.rewritten) == ([], [(501, ReplaceEnded("back", TWIN, 1))])
    assert [state for state, _ in anna.states()] == ["dropped"]
    assert (await anna.watch()).failures == {anna.fallen.id: Failing(0, anna.now())}


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        ("not sold", "refused"),
        ("unknown", "back"),
        ("dearer", "price"),
        ("limit", "limit"),
        ("currency", "currency"),
    ],
)
async def test_what_has_changed_since_it_was_announced_ends_it_and_its_message_says_why(
    anna: Twins, happens: str, why: str
) -> None:
    """Nothing is spent that was not announced, and px6 is not asked for hours for what it does not sell or know."""
    await anna.begin()
    await anna.look_now()
    anna.rig.px6.clock.move(15 * MINUTE)
    match happens:
        case "not sold":
            anna.rig.fault("no_before", "getprice", error_id=210)
        case "unknown":
            anna.rig.fault("no_before", "check", error_id=404)
        case "dearer":
            anna.rig.px6.set_price_level("6", 101)
        case "limit":
            async with anna.rig.database.write() as connection:
                terms = structs.replace(TERMS, up_to=PRICE - Decimal("0.01"))
                await health_watches.change(connection, ANNA, 1, replacing=terms)
        case "currency":
            anna.rig.px6.set_currency(anna.rig.account.key, "USD")
    await anna.look_now()
    assert anna.rewritten == [(501, ReplaceEnded(why, TWIN, 1))]
    assert ("dropped" in [state for state, _ in anna.states()], anna.rig.spends()) == (True, [])
