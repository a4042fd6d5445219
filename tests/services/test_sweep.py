"""When the sweep comes again to an account, and what it says of an account in one look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from decimal import Decimal
from pathlib import Path

import pytest

from model.errors import StorageError
from model.people import PersonId
from services.notifications.kinds import Change, Digest, Gone, KeyRefused, LowBalance, NotSent, Refused, Unsure
from storage.engine.types import time_from_int
from tests.databases import locked, run, wait_briefly_for_locks
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS, new_rig
from tests.services.watching import Watch

D = Decimal


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Watch(rig)


async def test_the_next_look_is_when_something_may_be_due_but_never_at_once(watch: Watch) -> None:
    rig = watch.rig
    assert await watch.look_now() == 6 * HOUR
    rig.proxy(ends_in=DAY + 2 * HOUR)
    assert await watch.look_now() == 2 * HOUR, "the reminder of a day before"
    rig.fault("no_before", "getproxy")
    assert await watch.look_now() == 10 * MINUTE, "px6 does not answer"
    rig.px6.clock.move(2 * HOUR)
    for error, pause in ((Refused(), 10 * MINUTE), (NotSent(), 5 * SECOND), (NotSent(70), 70 * SECOND)):
        watch.digest_fails = [error]
        assert await watch.look_now() == pause
    watch.digest_fails = [Gone()]
    assert await watch.look_now() is None
    person = await rig.people.find(ANNA)
    assert person is not None
    assert person.blocked_at == watch.now()
    assert await watch.look_now() is None, "who blocked the bot is left alone"
    await rig.people.set_blocked(PersonId(ANNA), False)
    watch.digest_fails = [Unsure()]
    watch.digests.clear()
    assert await watch.look_now() == MINUTE
    assert watch.digests == []
    rig.passed += 10
    rig.px6.clock.move(MINUTE)
    await watch.look_now()
    assert [len(digest.soon) for digest in watch.digests] == [1]


@pytest.mark.parametrize("round_", [True, False])
async def test_while_an_account_is_looked_at_no_other_process_does_for_a_quarter_of_an_hour(
    watch: Watch, round_: bool
) -> None:
    watch.rig.proxy(ends_in=DAY)
    await (watch.sweep.run() if round_ else watch.sweep.look(ANNA))
    [(at, leased)] = watch.leased
    assert (time_from_int(at) - NOW, leased) == (15 * MINUTE, 1)


async def test_a_look_that_the_database_ends_is_made_again_once_it_is_back(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.digest_fails = [StorageError("the server is away")]
    await watch.sweep.run()
    assert watch.digests == []
    [(at, lease)] = watch.rig.rows("SELECT next_look_at, lease FROM watches")
    assert (time_from_int(at) - NOW, lease is None) == (15 * MINUTE, False)
    await watch.sweep.run()
    [(at, lease)] = watch.rig.rows("SELECT next_look_at, lease FROM watches")
    assert (time_from_int(at) - NOW, lease) == (5 * MINUTE, None), "when what may have been sent is said again"
    watch.rig.px6.clock.move(5 * MINUTE)
    await watch.sweep.run()
    assert [len(digest.soon) for digest in watch.digests] == [1]


@pytest.mark.sqlite("on PostgreSQL nobody can hold all tables at once")
async def test_a_digest_that_arrived_while_the_database_took_nothing_is_not_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_briefly_for_locks(monkeypatch)
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        watch = Watch(rig)
        rig.proxy(ends_in=DAY)
        with ExitStack() as held:
            watch.once_sent = lambda: held.enter_context(locked(tmp_path))
            await watch.sweep.run()
            assert rig.rows("SELECT state FROM digests") == [("sending",)]
        watch.once_sent = lambda: None
        await watch.sweep.run()
        assert rig.rows("SELECT state, message_id, again_at FROM digests") == [("sent", 901, None)]
        assert rig.rows("SELECT message_id FROM quotes") == [(901,)], "the buttons know where they stand"
        rig.px6.clock.move(10 * MINUTE)
        await watch.sweep.run()
        assert len(watch.digests) == 1


async def test_a_look_that_fails_is_planned_again_in_ten_minutes(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.digest_fails = [ZeroDivisionError()]
    assert await watch.look_now() == 10 * MINUTE
    assert "A look at an account failed" in caplog.text


async def test_who_has_no_key_is_left_alone(watch: Watch) -> None:
    async with watch.rig.database.write() as connection:
        await run(connection, "DELETE FROM accounts")
    assert await watch.look_now() is None


async def test_a_refused_key_is_said_once_and_looked_at_after_six_hours(watch: Watch) -> None:
    for error_id, said in ((100, 1), (100, 0), (105, 1), (105, 0)):
        watch.rig.fault("no_before", "getproxy", error_id=error_id)
        assert await watch.look_now() == 6 * HOUR
        assert watch.news() == [(KeyRefused(error_id, rules_stopped=False), False)] * said
    assert watch.rig.rows("SELECT refused_code FROM accounts") == [(105,)]
    assert await watch.look_now() == 6 * HOUR, "the look that finds it is enough"
    assert watch.rig.rows("SELECT refused_code FROM accounts") == [(None,)]


async def test_a_round_looks_at_who_is_due_and_let_in(watch: Watch) -> None:
    other = watch.rig.px6.add_account()
    await watch.rig.accounts.connect(BORIS, other.key)
    for key in (watch.rig.account.key, other.key):
        watch.rig.px6.add_proxy(key, ends_in=DAY)
    watch.stopping = True
    await watch.sweep.run()
    assert (watch.begun, len(watch.digests)) == (1, 0)
    watch.stopping = False
    watch.access.take([BORIS], [])
    await watch.sweep.run()
    assert (watch.begun, len(watch.digests)) == (3, 1)
    watch.access.take([], [])
    await watch.sweep.run()
    await watch.sweep.run()
    assert (watch.begun, len(watch.digests)) == (6, 2), "each round says at its end that it goes on"


async def test_while_telegram_takes_nothing_only_payments_of_rules_are_looked_at(watch: Watch) -> None:
    other = watch.rig.px6.add_account()
    await watch.rig.accounts.connect(BORIS, other.key)
    watch.rig.px6.add_proxy(other.key, ends_in=DAY)
    watch.rig.proxy(ends_in=DAY)
    await watch.rule()
    await watch.look_now()
    watch.rig.px6.clock.move(12 * HOUR)
    watch.fails = NotSent()
    with suppress(NotSent), watch.line.sending():
        raise NotSent
    await watch.sweep.run()
    assert watch.rig.spends() == ["prolong"]
    assert watch.digests == []
    await watch.sweep.resume()
    assert watch.digests == [], "it takes nothing yet"
    watch.fails = None
    watch.rig.passed += 10
    await watch.sweep.resume()
    assert len(watch.digests) == 1
    begun = watch.begun
    await watch.sweep.resume()
    assert watch.begun == begun, "nothing had to wait"


# -- what a digest offers and names


async def test_a_digest_offers_the_usual_period_first_and_a_short_one_when_the_balance_covers_no_other(
    watch: Watch,
) -> None:
    rig = watch.rig

    async def offered() -> tuple[int, ...]:
        rig.proxy(ends_in=DAY)
        await watch.look_now()
        quote = watch.digests[-1].quote
        assert quote is not None
        kept = await rig.orders.quote(ANNA, quote.id)
        assert kept is not None
        assert kept.message_id == 900 + len(watch.digests)
        return tuple(quote.periods)

    assert await offered() == (30, 7, 90)
    await rig.pay(await rig.quoted_prolong([rig.proxy(ends_in=40 * DAY).id], period=60))
    assert await offered() == (60, 30, 7, 90)
    rig.account.balance = D("6.30")
    assert await offered() == (60, 30, 7, 90), "7 days are 6.30 RUB"
    rig.account.balance = D("6.29")
    assert await offered() == (60, 30, 7, 90, 3)


async def test_a_digest_that_may_not_have_arrived_is_said_again_as_far_as_it_still_holds(watch: Watch) -> None:
    rig = watch.rig
    kept, renewed, let_go, put_off = (rig.proxy(ends_in=DAY) for _ in range(4))
    watch.digest_fails = [Unsure()]
    assert await watch.look_now() == MINUTE
    [(quote_id,)] = rig.rows("SELECT quote_id FROM digests")
    rig.px6.prolong_on_site(rig.account.key, [renewed.id], 30)
    await watch.reminders.mute(ANNA, {let_go.id: let_go.ends_at}, None)
    await watch.reminders.mute(ANNA, {put_off.id: put_off.ends_at}, NOW + 2 * MINUTE)
    rig.passed += 10
    rig.px6.clock.move(MINUTE - SECOND)
    assert await watch.look_now() == 5 * SECOND, "a second more, but never at once"
    assert watch.digests == []
    rig.px6.clock.move(SECOND)
    await watch.look_now()
    [again] = watch.digests
    assert ([proxy.id for proxy in again.soon], again.ended, again.quietly) == ([kept.id], (), False)
    assert again.quote is not None
    assert (list(again.quote.ids), again.quote.id == quote_id) == ([kept.id], False)
    assert rig.rows("SELECT state, message_id, quote_id FROM digests") == [("sent", 901, again.quote.id)]


@pytest.mark.parametrize("tapped", [True, False])
async def test_of_a_digest_of_which_nothing_holds_any_more_nothing_is_said_again(watch: Watch, tapped: bool) -> None:
    """A tap on its button proves that it has arrived."""
    rig = watch.rig
    one = rig.proxy(ends_in=DAY)
    watch.digest_fails = [Unsure()]
    await watch.look_now()
    if tapped:
        [(quote_id,)] = rig.rows("SELECT quote_id FROM digests")
        await rig.pay((quote_id, 30))
    else:
        await watch.reminders.mute(ANNA, {one.id: one.ends_at}, None)
    rig.passed += 10
    rig.px6.clock.move(MINUTE)
    await watch.look_now()
    assert watch.digests == []
    assert rig.rows("SELECT state, again_at FROM digests") == [("sent" if tapped else "unknown", None)]


def low_balances(watch: Watch) -> list[LowBalance]:
    return [notice for notice, _ in watch.news() if isinstance(notice, LowBalance)]


async def test_a_low_balance_is_said_again_when_it_got_worse_and_never_beside_a_digest_that_names_it(
    watch: Watch,
) -> None:
    await watch.reminders.change(ANNA, on=False)
    watch.rig.proxy(ends_in=2 * DAY)
    watch.rig.account.balance = D("20.00")
    await watch.look_now()
    assert low_balances(watch) == [LowBalance(3, 1, D("21.00"), D("20.00"), "RUB", False)]
    await watch.look_now()
    assert low_balances(watch) == []
    watch.rig.account.balance = D("19.00")
    await watch.look_now()
    assert [low.balance for low in low_balances(watch)] == [D("19.00")]
    watch.rig.account.balance = D("21.00")
    await watch.look_now()
    watch.rig.account.balance = D("20.00")
    await watch.look_now()
    assert [low.balance for low in low_balances(watch)] == [D("20.00")], "it was enough in between"


async def test_what_happened_at_px6_is_said_with_its_price_once(watch: Watch) -> None:
    rig = watch.rig
    ids = [rig.proxy(ends_in=40 * DAY).id for _ in range(2)]
    await watch.look_now()
    rig.px6.clock.move(HOUR)
    rig.px6.prolong_on_site(rig.account.key, ids, 30)
    await watch.look_now()
    assert watch.news() == [(Change(D("42.00"), "RUB", dict.fromkeys(ids, 30), 0, "site", True), False)]
    await watch.look_now()
    assert watch.news() == []
    rig.px6.clock.move(HOUR)
    rig.account.balance -= D("0.01")
    rig.px6.prolong_on_site(rig.account.key, ids[:1], 30)
    await watch.reminders.change(ANNA, quiet_from=0, quiet_to=1439)
    await watch.look_now()
    assert watch.news() == [(Change(D("21.01"), "RUB", {ids[0]: 30}, 0, "site", False), True)]
    rig.px6.clock.move(HOUR)
    rig.px6.prolong_on_site(rig.account.key, ids, 60)
    rig.fault("no_before", "getprice", times=None)
    await watch.look_now()
    [(unpriced, _)] = watch.news()
    assert unpriced == Change(D("81.60"), "RUB", dict.fromkeys(ids, 60), 0, "site", False), "it waits for no price"
    await watch.reminders.change(ANNA, changes=False)
    rig.px6.clock.move(HOUR)
    rig.account.balance -= D("5.00")
    await watch.look_now()
    assert watch.news() == []


async def test_while_a_payment_is_under_way_only_the_outlook_is_kept(watch: Watch) -> None:
    """A look that may have seen half of it is none to compare with."""
    rig = watch.rig
    rig.proxy(ends_in=10 * DAY)
    await watch.look_now()
    first = rig.rows("SELECT read_at FROM snapshots")
    quoted = await rig.quoted_buy()
    rig.fault("drop_after", "buy")
    await rig.pay(quoted)
    assert rig.states() == ["unknown"]
    rig.account.proxies = dict(list(rig.account.proxies.items())[:1])
    rig.px6.clock.move(HOUR)
    rig.account.balance = D("7.00")
    await watch.look_now()
    assert rig.rows("SELECT read_at FROM snapshots") == first
    account = await (await rig.accounts.client(ANNA)).account()
    outlook = await watch.forecaster.outlook(ANNA, account)
    assert outlook is not None
    assert (outlook.made_at, outlook.balance, outlook.cost) == (NOW + HOUR, D("7.00"), D("21.00"))
    assert [notice for notice, _ in watch.news() if isinstance(notice, Change)] == []
    rig.account.balance = D("6.99")
    other = await (await rig.accounts.client(ANNA)).account()
    assert await watch.forecaster.outlook(ANNA, other) is None, "that was of another balance"
    assert await watch.look_now() is not None


async def test_without_prices_a_look_says_the_rest_and_a_refused_key_is_said_also_then(watch: Watch) -> None:
    await watch.reminders.change(ANNA, on=False)
    watch.rig.proxy(ends_in=2 * DAY)
    watch.rig.account.balance = D("1.00")
    watch.rig.fault("no_before", "getprice")
    assert await watch.look_now() == 6 * HOUR
    assert watch.news() == []
    watch.rig.fault("no_before", "getprice", error_id=100)
    await watch.look_now()
    assert watch.news() == [(KeyRefused(100, rules_stopped=False), False)]


async def test_what_could_not_be_said_is_listed_for_a_week_and_all_else_kept_for_90_days(watch: Watch) -> None:
    rig = watch.rig
    rig.proxy(ends_in=DAY)
    await watch.look_now()
    await watch.rule()
    await watch.look_now()
    watch.fails = Refused()
    rig.px6.clock.move(HOUR)
    rig.account.balance -= D("5.00")
    await watch.look_now()
    watch.fails = None
    counts = "SELECT (SELECT count(*) FROM unsaid), (SELECT count(*) FROM runs), (SELECT count(*) FROM digests)"
    before = rig.rows(counts)
    assert before == [(1, 1, 1)]
    rig.account.proxies.clear()
    rig.px6.clock.move(7 * DAY)
    await watch.look_now()
    assert rig.rows(counts) == [(1, 1, 1)], "to the second"
    for days, left in ((1, (1, 1)), (82, (1, 1)), (2, (1, 0)), (6, (0, 0))):
        rig.px6.clock.move(days * DAY)
        await watch.look_now()
        assert rig.rows(counts) == [(0, *left)]


async def test_a_digest_that_names_what_is_missing_is_the_warning_and_else_the_next_look_gives_it(
    watch: Watch,
) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.rig.account.balance = D("20.99")
    for _ in range(2):
        await watch.look_now()
        assert (len(watch.digests), low_balances(watch)) == (1, [])
    watch.rig.account.balance = D("20.98")
    await watch.look_now()
    assert [low.balance for low in low_balances(watch)] == [D("20.98")], "it got worse"
    watch.rig.account.balance = D("21.00")
    await watch.look_now()
    watch.rig.account.balance = D("0.00")
    watch.rig.proxy(ends_in=DAY)
    await watch.look_now()
    assert (len(watch.digests), low_balances(watch)) == (2, []), "the digest named 21.00 of 42.00"
    await watch.look_now()
    assert [low.needed for low in low_balances(watch)] == [D("42.00")]


async def test_an_example_is_marked_as_one_and_has_no_buttons_that_pay(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    look = await watch.look()
    await watch.sweep.digests.send_example(look.person, look.listed.proxies)
    assert watch.digests == [Digest(0, tuple(look.listed.proxies), (), None, False, NOW, test=True)]
    assert watch.rig.rows("SELECT count(*) FROM digests") == [(0,)]


async def test_no_price_is_asked_for_a_digest_that_telegram_would_not_take(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.fails = NotSent()
    with suppress(NotSent), watch.line.sending():
        raise NotSent
    assert await watch.look_now() == 5 * SECOND
    assert watch.rig.requests("getprice") == []


async def test_whatever_a_person_changes_of_reminders_is_looked_at_with_the_next_sweep(watch: Watch) -> None:
    one = watch.rig.proxy(ends_in=DAY)
    ends = {one.id: one.ends_at}
    service, planned = watch.reminders, "SELECT next_look_at FROM watches"
    for change in (
        lambda: service.change(ANNA, on=True),
        lambda: service.mute(ANNA, ends, None),
        lambda: service.unmute(ANNA, ends),
        lambda: service.wake(ANNA),
    ):
        await watch.look_now()
        before = watch.rig.rows(planned)
        await change()
        assert watch.rig.rows(planned) < before
    assert (await watch.look()).facts.muted == {}
    watch.rig.px6.clock.move(DAY)
    assert (await watch.look()).facts.since == NOW, "since the key was given"


async def test_a_digest_that_may_not_have_arrived_is_tried_four_times(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.digest_fails = [Unsure() for _ in range(4)]
    noted = []
    for pause in (MINUTE, 15 * MINUTE, HOUR, HOUR):
        await watch.look_now()
        [(tries, again_at)] = watch.rig.rows("SELECT tries, again_at FROM digests")
        noted.append((tries, again_at and time_from_int(again_at) - watch.now()))
        watch.rig.px6.clock.move(pause)
        watch.rig.passed += 10
    assert noted == [(1, MINUTE), (2, 15 * MINUTE), (3, HOUR), (4, None)]
    await watch.look_now()
    assert watch.digests == []


async def test_what_was_said_along_with_another_brings_no_look_of_its_own(watch: Watch) -> None:
    for end in (DAY, DAY + 2 * HOUR):
        watch.rig.proxy(ends_in=end)
    assert await watch.look_now() == 6 * HOUR
    assert [len(digest.soon) for digest in watch.digests] == [2]


async def test_a_try_of_what_may_have_arrived_counts_when_telegram_refuses_it_and_not_when_it_takes_nothing(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.rig.proxy(ends_in=DAY)
    noted = []
    for error in (Unsure(), NotSent(70), Refused()):
        watch.digest_fails = [error]
        await watch.look_now()
        [(state, tries, again_at)] = watch.rig.rows("SELECT state, tries, again_at FROM digests")
        noted.append((state, tries, time_from_int(again_at) - watch.now()))
        watch.rig.px6.clock.move(noted[-1][2])
        watch.rig.passed += 100
    assert noted == [("unknown", 1, MINUTE), ("unknown", 1, 70 * SECOND), ("unknown", 2, 15 * MINUTE)]
    said = [record.getMessage() for record in caplog.records if "reminder" in record.getMessage()]
    assert said == [
        "A reminder may not have arrived",
        "A reminder was not sent; it waits until Telegram takes it",
        "Telegram refuses a reminder; it is listed in /reminders",
    ]


async def test_an_end_that_may_not_have_been_told_is_told_again_without_buttons_that_pay(watch: Watch) -> None:
    one = watch.rig.proxy(ends_in=DAY)
    await watch.look_now()
    watch.rig.px6.clock.move(DAY)
    watch.digest_fails = [Unsure()]
    await watch.look_now()
    watch.rig.px6.clock.move(MINUTE)
    watch.rig.passed += 10
    await watch.look_now()
    soon, ended = watch.digests
    assert ([proxy.id for proxy in soon.soon], soon.ended) == ([one.id], ())
    assert (ended.soon, [proxy.id for proxy in ended.ended], ended.quote) == ((), [one.id], None)
    assert watch.rig.rows("SELECT kind, state FROM digests ORDER BY id") == [("soon", "sent"), ("ended", "sent")]


async def test_a_digest_goes_out_without_prices_but_not_with_a_key_that_is_refused(watch: Watch) -> None:
    watch.rig.proxy(ends_in=DAY)
    watch.rig.fault("no_before", "getprice", error_id=100)
    await watch.look_now()
    assert (watch.digests, watch.news()) == ([], [(KeyRefused(100, rules_stopped=False), False)])
    watch.rig.fault("no_before", "getprice", times=None)
    await watch.look_now()
    assert [digest.quote for digest in watch.digests] == [None]
