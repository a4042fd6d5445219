"""Reminders of one account to its owner and to colleagues: each by themselves, none lost, none twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from model.colleagues import Right
from model.errors import StorageError
from model.people import PersonId
from services.notifications.kinds import Change, Gone, NotSent, Refused, Unsure
from services.reminders.service import RemindersOverview
from storage.engine.types import time_from_int
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.reminders.team import CLARA, Team, let_in_colleagues
from tests.services.rig import ANNA, BORIS, new_rig


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    async with new_rig(tmp_path, now=lambda: NOW, begin=let_in_colleagues) as rig:
        rig.proxy(ends_in=DAY)
        yield Team(rig)


@pytest.mark.parametrize("failing", [ANNA, BORIS, CLARA])
@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (NotSent(), 5 * SECOND),
        (NotSent(70), 70 * SECOND),
        (Refused(), 10 * MINUTE),
        (Unsure(), MINUTE),
        (StorageError("the process ends"), 15 * MINUTE),  # as long as the account is claimed
    ],
)
async def test_whom_nothing_can_be_sent_keeps_nobody_else_from_being_told_and_is_told_once_later(
    team: Team, failing: int, error: Exception, pause: timedelta
) -> None:
    team.failing[failing] = [error]
    await team.sweep.run()
    [(at,)] = team.rig.rows("SELECT next_look_at FROM watches WHERE telegram_id = 1001")
    assert time_from_int(at) - NOW == pause
    if not isinstance(error, StorageError):
        assert team.counts() == tuple(int(person != failing) for person in (ANNA, BORIS, CLARA))
    for _ in range(3):
        team.rig.passed += 600
        await team.after(minutes=10)
    assert team.counts() == (1, 1, 1)
    if isinstance(error, Unsure):
        assert team.rig.rows("SELECT count(*) FROM digests") == [(3,)], "the same one, with the same quote behind it"


@pytest.mark.parametrize("gone", [ANNA, BORIS])
async def test_who_blocked_the_bot_is_told_when_they_return_and_the_others_go_on(team: Team, gone: int) -> None:
    team.failing[gone] = [Gone()]
    await team.sweep.run()
    [(at,)] = team.rig.rows("SELECT next_look_at FROM watches WHERE telegram_id = 1001")
    assert time_from_int(at) - NOW == (1 if gone == ANNA else 10) * MINUTE
    await team.after(minutes=2)
    team.rig.proxy(ends_in=DAY)
    await team.after(minutes=2)
    others = [len(team.got[person]) for person in (ANNA, BORIS, CLARA) if person != gone]
    assert (others, len(team.got[gone])) == ([2, 2], 0)
    await team.rig.people.set_blocked(PersonId(gone), False)
    await team.sweep.run()
    assert [len(digest.soon) for digest in team.got[gone]] == [2]


@pytest.mark.parametrize(
    ("error", "told", "pause"), [(Refused(), 1, 10 * MINUTE), (Gone(), 1, 10 * MINUTE), (NotSent(), 0, 5 * SECOND)]
)
async def test_what_the_owner_is_told_waits_for_no_colleague_who_cannot_be_reached(
    team: Team, error: Exception, told: int, pause: timedelta
) -> None:
    """Unless Telegram takes nothing at all: a colleague whose chat takes no message would keep it from the owner."""
    await team.sweep.run()
    team.news()
    team.rig.proxy(ends_in=DAY)
    team.rig.account.balance -= 20  # it was bought on px6's site
    team.failing[BORIS] = [error]
    await team.rig.after(minutes=2)
    assert await team.look_now() == pause
    assert team.counts() == (2, 1, 2)
    assert len([one for one, _ in team.news() if isinstance(one, Change)]) == told


async def test_who_blocks_the_bot_before_it_is_known_what_they_got_is_told_all_at_once_later(
    team: Team,
) -> None:
    team.failing[BORIS] = [Unsure()]
    await team.sweep.run()
    await team.rig.people.set_blocked(PersonId(BORIS), True)
    team.rig.proxy(ends_in=DAY)
    await team.after(minutes=2)
    assert team.counts() == (2, 0, 2)
    await team.rig.people.set_blocked(PersonId(BORIS), False)
    await team.after(minutes=2)
    assert [len(digest.soon) for digest in team.got[BORIS]] == [2]


async def test_one_quote_stands_behind_the_buttons_of_all_who_may_pay_also_hours_apart(team: Team) -> None:
    await team.reminders.change(BORIS, quiet_from=NOW.hour * 60, quiet_to=(NOW.hour * 60 + 120) % 1440)
    await team.sweep.run()
    assert team.counts() == (1, 0, 1)
    await team.after(hours=2)
    assert team.counts() == (1, 1, 1)
    [of_anna], [of_boris], [of_clara] = (team.got[person] for person in (ANNA, BORIS, CLARA))
    assert of_anna.quote is not None and of_boris.quote is not None
    assert (of_anna.quote.id, of_clara.quote) == (of_boris.quote.id, None)
    paid = await team.pays(BORIS)
    assert (paid.by_person, paid.chat_id) == (BORIS, BORIS)
    again = await team.rig.orders.claim(ANNA, of_anna.quote.id, 30, (ANNA, 1))
    assert (again.won, again.confirmation and again.confirmation.id) == (False, paid.id)
    assert team.rig.spends() == ["prolong"]


@pytest.mark.parametrize("error", [None, NotSent(), Unsure(), Gone(), Refused()])
async def test_others_are_told_who_prolonged_as_soon_as_telegram_takes_it_also_after_a_restart(
    team: Team, error: Exception | None
) -> None:
    await team.sweep.run()
    await team.pays(BORIS)
    team.failing[ANNA] = [] if error is None else [error]
    await team.sweep.endings.edit_due()
    is_over = error is None or isinstance(error, Gone | Refused)
    assert team.ends() == (["paid"] if error is None else [], [], ["paid"])
    later = Team(team.rig)  # another process, after a kill
    await team.rig.after(minutes=2)
    team.rig.passed += 60
    await later.sweep.endings.edit_due()
    assert later.ends() == ([] if is_over else ["paid"], [], [])
    await team.rig.after(minutes=10)
    await later.sweep.endings.edit_due()
    assert later.ends() == ([] if is_over else ["paid"], [], []), "once"


async def test_a_kill_in_the_middle_of_an_edit_is_made_good(team: Team) -> None:
    await team.sweep.run()
    await team.pays()
    team.failing[BORIS] = [StorageError("the process ends")]
    with pytest.raises(StorageError):
        await team.sweep.endings.edit_due()
    later = Team(team.rig)
    await team.rig.after(minutes=5)
    await later.sweep.endings.edit_due()
    assert later.ends() == ([], ["paid"], ["paid"])


async def test_what_one_has_paid_is_not_said_again_to_whom_it_may_not_have_come(team: Team) -> None:
    team.failing[BORIS] = [Unsure()]
    await team.sweep.run()
    await team.pays()
    await team.after(minutes=2)
    assert team.counts() == (1, 0, 1)
    assert team.rig.rows("SELECT state, again_at FROM digests WHERE receiver = 1002") == [("unknown", None)]


async def test_an_edit_waits_for_a_digest_that_is_being_sent(team: Team) -> None:
    await team.sweep.run()
    sent = team.rig.rows("SELECT id FROM digests WHERE receiver = 1002")[0][0]
    async with team.rig.database.write() as connection:
        await connection.exec_driver_sql(
            f"UPDATE digests SET state = 'sending', message_id = NULL WHERE id = {int(sent)}"  # noqa: S608 - a number
        )
    await team.pays()
    await team.sweep.endings.edit_due()
    assert team.ends() == ([], [], ["paid"])
    async with team.rig.database.write() as connection:
        await connection.exec_driver_sql(
            f"UPDATE digests SET state = 'sent', message_id = 1002001 WHERE id = {int(sent)}"  # noqa: S608 - a number
        )
    await team.rig.after(minutes=2)
    await team.sweep.endings.edit_due()
    assert team.ends() == ([], ["paid"], ["paid"])


async def test_who_is_told_no_longer_is_sent_nothing_that_was_on_its_way(team: Team) -> None:
    team.failing[BORIS] = [Unsure()]
    await team.sweep.run()
    await team.colleagues.take_back(ANNA, BORIS)
    await team.colleagues.tell(ANNA, CLARA, False)
    await team.after(minutes=2)
    await team.after(hours=1)
    assert team.counts() == (1, 0, 1)
    noted = team.rig.rows("SELECT state, again_at FROM digests WHERE receiver = 1002")
    assert noted == [("failed", None)], "and nobody looks at the account again and again for it"
    assert team.rig.rows("SELECT count(*) FROM colleague_reminders WHERE person_id = 1002") == [(0,)]
    await team.colleagues.tell(ANNA, CLARA, True)
    await team.after(minutes=1)
    assert team.counts() == (1, 0, 1), "Clara was told of it before"


async def test_a_colleague_is_told_by_their_own_fixed_hour(team: Team) -> None:
    await team.sweep.run()
    await team.reminders.change(CLARA, hour=(NOW.hour + 3) % 24 * 60)
    team.rig.proxy(ends_in=DAY + 2 * HOUR)
    await team.after(hours=2.5)
    assert team.counts() == (2, 2, 1)
    await team.after(hours=0.5)
    assert team.counts() == (2, 2, 2)


async def test_a_rule_that_prolongs_is_said_to_all(team: Team) -> None:
    await team.sweep.run()
    await team.rule()
    await team.after(minutes=1)
    await team.after(hours=12.5)
    await team.sweep.endings.edit_due()
    assert [end.by for end in team.became[BORIS]] == ["rule"] and team.ends() == (["paid"],) * 3


async def test_who_may_not_use_the_bot_any_more_is_told_nothing(team: Team) -> None:
    team.access.take([ANNA, CLARA], [])
    await team.sweep.run()
    assert team.counts() == (1, 0, 1)


async def test_who_has_switched_reminders_off_is_told_nothing_and_changes_are_looked_at_soon(team: Team) -> None:
    await team.sweep.run()
    await team.rig.after(minutes=1)
    await team.reminders.change(BORIS, on=False)
    [(at,)] = team.rig.rows("SELECT next_look_at FROM watches")
    assert time_from_int(at) - team.now() == 2 * MINUTE, "of the account that they are told of"
    team.rig.proxy(ends_in=DAY)
    await team.after(minutes=2)
    assert team.counts() == (2, 1, 2)


async def test_reminders_shows_each_what_is_theirs(team: Team) -> None:
    team.failing[BORIS] = [Refused()]
    await team.sweep.run()
    await team.reminders.change(BORIS, hour=8 * 60)
    listed = (await team.look()).listed

    async def shown(person: int) -> RemindersOverview:
        found = await team.rig.people.who_did(ANNA, None if person == ANNA else person)
        assert found is not None
        return await team.reminders.overview(found, listed)

    of_anna, of_boris, of_clara = [await shown(person) for person in (ANNA, BORIS, CLARA)]
    assert [seen.habits.hour for seen in (of_anna, of_boris, of_clara)] == [None, 8 * 60, None]
    assert [len(seen.undelivered) for seen in (of_anna, of_boris, of_clara)] == [0, 1, 0]
    assert [list(seen.colleagues) for seen in (of_anna, of_boris, of_clara)] == [
        ["Colleague 1002", "Colleague 1003"],
        [],
        [],
    ]
    assert [bool(seen.messages) for seen in (of_anna, of_boris, of_clara)] == [True, True, True]
    anna = await team.rig.people.find_or_create(ANNA)
    for told in (False, True):
        await team.reminders.tell_owner(anna, told)
        assert ((await shown(ANNA)).is_told, (await shown(CLARA)).is_told) == (told, True)
        assert bool((await shown(ANNA)).messages) is told, "none comes to her"
    await team.colleagues.tell(ANNA, CLARA, False)
    assert (await shown(CLARA)).messages == [], "who is told nothing awaits nothing"


async def test_reminders_names_only_colleagues_whom_reminders_reach_and_the_owner_where_there_are_none(
    team: Team,
) -> None:
    listed = (await team.look()).listed
    anna = await team.rig.people.find_or_create(ANNA)
    await team.reminders.tell_owner(anna, False)
    await team.reminders.change(CLARA, on=False)
    seen = await team.reminders.overview(anna, listed)
    assert (list(seen.colleagues), seen.is_told, seen.messages) == (["Colleague 1002"], False, [])
    await team.rig.people.set_blocked(PersonId(BORIS), True)
    seen = await team.reminders.overview(anna, listed)
    assert (list(seen.colleagues), seen.is_told, bool(seen.messages)) == ([], True, True)
    await team.sweep.run()
    assert team.counts() == (1, 0, 0), "as it says"


async def test_an_owner_who_left_it_to_colleagues_is_told_where_the_chat_of_each_takes_no_message(team: Team) -> None:
    await team.reminders.tell_owner(await team.rig.people.find_or_create(ANNA), False)
    team.failing[BORIS] = [Refused() for _ in range(9)]
    await team.sweep.run()
    assert team.counts() == (0, 0, 1), "Clara has it"
    team.failing[CLARA] = [Refused() for _ in range(9)]
    team.rig.proxy(ends_in=DAY)
    await team.after(minutes=10)
    assert team.counts() == (1, 0, 1)
    await team.after(minutes=10)
    assert team.counts() == (1, 0, 1), "once"


async def test_what_colleagues_were_told_of_ends_is_forgotten_90_days_later(team: Team) -> None:
    await team.sweep.run()
    team.rig.account.proxies.clear()
    kept = "SELECT count(DISTINCT person_id) FROM colleague_reminders"
    for days, left in ((90, 2), (2, 0)):
        await team.after(days=days)
        assert team.rig.rows(kept) == [(left,)]


async def test_what_is_said_again_offers_each_what_they_may(team: Team) -> None:
    team.failing.update({person: [Unsure()] for person in (ANNA, BORIS, CLARA)})
    await team.sweep.run()
    team.rig.passed += 10
    await team.after(minutes=1)
    [of_anna], [of_boris], [of_clara] = (team.got[person] for person in (ANNA, BORIS, CLARA))
    assert [(each.right, each.left) for each in (of_anna, of_boris, of_clara)] == [
        (None, None),
        (Right.PROLONG, Decimal(1000)),
        (Right.LOOK, None),
    ]
    assert of_anna.quote is not None and of_boris.quote is not None
    assert (of_anna.quote.id, of_clara.quote) == (of_boris.quote.id, None)
