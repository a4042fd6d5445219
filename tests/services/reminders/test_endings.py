"""What a payment made of the proxies of a digest, of which it prolonged some or all; and how it is said to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.orders import Confirmation, Order, OrderState
from model.people import PersonId
from services.notifications.kinds import DigestEnd, NotSent, Unsure
from services.reminders.endings import end_by_payment, what_became
from storage.engine.types import time_from_int
from storage.schema import digest_endings
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.orders.books import order
from tests.services.reminders.team import CLARA, Team, let_in_colleagues
from tests.services.rig import ANNA, BORIS, new_rig

S = OrderState


def a_payment(*orders: Order, **given: Any) -> Confirmation:
    """A tap of the owner's on a digest, for 30 days."""
    usual: dict[str, Any] = {
        "id": 5,
        "telegram_id": 1001,
        "px6_user_id": "7",
        "quote_id": "abc",
        "kind": "prolong",
        "source": "digest",
        "period": 30,
        "confirmed_at": NOW,
        "chat_id": None,
        "message_id": None,
        "changes": 1,
        "told": 0,
        "told_at": None,
        "told_owner": 0,
    }
    return Confirmation(**{**usual, **given}, orders=orders)


def prolonged(ends: dict[int, timedelta | None], state: str = "done") -> Order:
    """An order for these; they end so long from now."""
    proxies = [
        {"id": one, "end_before": NOW, "end_after": None if end is None else NOW + end} for one, end in ends.items()
    ]
    return order("prolong", state=state, proxies=proxies)


@pytest.mark.parametrize(
    ("states", "became"),
    [
        ([S.DONE], "paid"),
        ([S.DONE, S.REFUSED], "paid"),
        ([S.DONE, S.UNCLEAR], "paid"),
        ([S.DONE, S.UNKNOWN], "unknown"),
        ([S.UNKNOWN, S.UNCLEAR], "unknown"),
        ([S.DONE, S.UNKNOWN, S.SENDING], "paying"),
        ([S.DONE, S.CONFIRMED], "paying"),
        ([S.UNCLEAR, S.REFUSED], "unclear"),
        ([S.REFUSED, S.NOT_DONE, S.REQUOTED], "nothing"),
    ],
)
def test_what_is_open_counts_before_what_is_known_and_money_before_none(
    states: list[OrderState], became: str
) -> None:
    assert what_became(states) == became


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([prolonged({1: 30 * DAY, 2: 31 * DAY})], {"count": 2, "until": NOW + 30 * DAY, "apart": True}),
        ([prolonged({1: 30 * DAY, 2: 30 * DAY + HOUR})], {"count": 2, "until": NOW + 30 * DAY, "apart": False}),
        ([prolonged({1: 31 * DAY, 9: 30 * DAY})], {"count": 1, "until": NOW + 31 * DAY, "apart": False}),
        ([prolonged({1: 31 * DAY, 2: None})], {"count": 1, "until": NOW + 31 * DAY, "apart": False}),
        (
            [prolonged({1: 31 * DAY}), prolonged({2: 30 * DAY}, "refused")],
            {"count": 1, "until": NOW + 31 * DAY, "apart": False},
        ),
        ([prolonged({1: None}, "refused")], {"count": 0, "until": None, "apart": False, "what": "nothing"}),
        (
            [prolonged({3: None}, "refused"), prolonged({9: 30 * DAY})],
            {"count": 0, "until": None, "apart": False, "what": "nothing"},
        ),
        (
            [prolonged({3: 30 * DAY}), prolonged({9: None}, "unknown")],
            {"count": 1, "until": NOW + 30 * DAY, "apart": False},
        ),
    ],
)
def test_only_what_was_prolonged_of_the_digest_is_counted_with_the_soonest_of_its_ends(
    orders: list[Order], expected: dict[str, Any]
) -> None:
    usual = {"by": "owner", "what": "paid", "of": 3, "now": NOW, "period": 30, "quote_id": "abc"}
    assert end_by_payment(a_payment(*orders), (1, 2, 3), NOW) == DigestEnd(**{**usual, **expected})


@pytest.mark.parametrize(
    ("given", "by", "name"),
    [
        ({}, "owner", ""),
        ({"by_person": 1002, "by_name": "Ben"}, "colleague", "Ben"),
        ({"by_person": 1002}, "colleague", ""),
        ({"source": "rule"}, "rule", ""),
        ({"source": "at_once"}, "rule", ""),
    ],
)
def test_it_is_said_who_did_it(given: dict[str, Any], by: str, name: str) -> None:
    end = end_by_payment(a_payment(prolonged({1: DAY}), **given), (1,), NOW)
    assert (end.by, end.name) == (by, name)


@pytest.fixture
async def reminded(tmp_path: Path) -> AsyncIterator[Team]:
    """All three were reminded of one proxy."""
    async with new_rig(tmp_path, now=lambda: NOW, begin=let_in_colleagues) as rig:
        rig.proxy(ends_in=DAY)
        team = Team(rig)
        await team.sweep.run()
        yield team


@pytest.fixture
async def team(reminded: Team) -> Team:
    """Anna has prolonged what Boris was reminded of, too."""
    await reminded.pays()
    return reminded


async def test_others_are_told_what_a_payment_came_to_once_that_is_known(reminded: Team) -> None:
    team, waits = reminded, "SELECT edit_at FROM digest_endings"
    team.rig.fault("drop_before", "prolong")
    await team.pays()
    await team.sweep.endings.edit_due()
    assert (team.ends(), {time_from_int(at) - NOW for (at,) in team.rig.rows(waits)}) == (([], [], []), {MINUTE})
    await team.rig.through(5, 30, 120, 600)
    await team.sweep.endings.edit_due()
    assert (team.ends(), team.rig.rows(waits)) == (([], ["nothing"], ["nothing"]), [(None,), (None,)])


@pytest.mark.parametrize(
    ("before", "error", "pause"),
    [
        (0, NotSent(), MINUTE),
        (0, NotSent(70), 70 * SECOND),
        (0, Unsure(), MINUTE),
        (49, NotSent(), MINUTE),
        (50, NotSent(), None),
    ],
)
async def test_a_message_that_cannot_be_edited_is_tried_again_fifty_times_when_telegram_says_so(
    team: Team, before: int, error: Exception, pause: timedelta | None
) -> None:
    async with team.rig.database.write() as connection:
        await connection.execute(digest_endings.update().values(tries=before))
    team.failing[BORIS] = [error]
    await team.sweep.endings.edit_due()
    [(tries, edit_at)] = team.rig.rows(
        "SELECT e.tries, e.edit_at FROM digest_endings e JOIN digests d ON d.id = e.digest_id WHERE d.receiver = 1002"
    )
    assert (tries, edit_at and time_from_int(edit_at) - NOW) == (before + 1, pause)


async def test_while_telegram_takes_nothing_no_edit_is_tried_and_each_waits_a_minute(team: Team) -> None:
    team.fails = NotSent()
    with suppress(NotSent), team.line.sending():
        raise NotSent
    await team.sweep.endings.edit_due()
    assert team.ends() == ([], [], [])
    waiting = {time_from_int(at) - NOW for (at,) in team.rig.rows("SELECT edit_at FROM digest_endings")}
    assert waiting == {MINUTE}


async def test_an_outage_of_hours_uses_up_no_try(team: Team) -> None:
    team.failing[BORIS] = [NotSent()]
    team.fails = NotSent()
    for _ in range(60):
        await team.sweep.endings.edit_due()
        await team.rig.after(minutes=2)
        team.rig.passed += 60
    assert team.rig.rows("SELECT DISTINCT tries FROM digest_endings ORDER BY tries") == [(0,), (1,)]
    team.fails = None
    await team.sweep.endings.edit_due()
    assert team.ends() == ([], ["paid"], ["paid"])


async def a_colleague_lets_it_end_unheard(team: Team) -> dict[int, datetime]:
    """Anna's message cannot be edited yet when Boris lets the proxies of it end; gives their ends."""
    ends = {proxy.id: proxy.ends_at for proxy in team.got[ANNA][-1].soon}
    boris = await team.rig.people.who_did(ANNA, PersonId(BORIS))
    assert boris is not None
    await team.reminders.mute(ANNA, ends, None, boris.colleague)
    team.failing[ANNA] = [NotSent()]
    await team.sweep.endings.edit_due()
    return ends


async def she_decides(team: Team, what: str, ends: dict[int, datetime]) -> None:
    """Anna decides otherwise, and then her message could be edited."""
    if what == "takes it back":
        await team.reminders.unmute(ANNA, ends)
    else:
        await team.pays(shown=(ANNA, 7))  # from the list
    await team.rig.after(minutes=2)
    team.rig.passed += 60
    await team.sweep.endings.edit_due()


@pytest.mark.parametrize("then", ["takes it back", "prolongs it"])
async def test_what_somebody_decided_is_not_said_to_whoever_has_decided_otherwise_meanwhile(
    reminded: Team, then: str
) -> None:
    team = reminded
    ends = await a_colleague_lets_it_end_unheard(team)
    await she_decides(team, then, ends)
    ended = "undone" if then == "takes it back" else "paid"
    assert team.ends() == ([], [ended], ["let_go", ended])
    assert team.rig.rows("SELECT count(*) FROM digest_endings WHERE edit_at IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("then", ["takes it back", "prolongs it"])
async def test_nor_is_it_said_where_no_colleague_is_left_by_then(reminded: Team, then: str) -> None:
    team = reminded
    ends = await a_colleague_lets_it_end_unheard(team)
    for colleague in (BORIS, CLARA):
        await team.colleagues.take_back(ANNA, PersonId(colleague))
    await she_decides(team, then, ends)
    assert team.ends() == ([], [], ["let_go"])
    assert team.rig.rows("SELECT count(*) FROM digest_endings WHERE edit_at IS NOT NULL") == [(0,)]
