"""Habits of reminding: the digest's minute against quiet hours, and lead times that are added and taken away."""

from __future__ import annotations

import msgspec
import pytest

from model.schedules import CommentLeads, Habits, TooManyLeads

EIGHT = tuple(range(1800, 1800 + 8))


@pytest.mark.parametrize(
    ("quiet_from", "quiet_to", "hour", "minute"),
    [
        (None, None, 600, 600),
        (None, 480, 600, 600),
        (1380, None, 1400, 1400),
        (1380, 480, None, None),
        (1380, 480, 1379, 1379),
        (1380, 480, 1380, 480),
        (1380, 480, 0, 480),
        (1380, 480, 479, 480),
        (1380, 480, 480, 480),
        (1380, 480, 481, 481),
        (60, 120, 59, 59),
        (60, 120, 60, 120),
        (60, 120, 119, 120),
        (60, 120, 121, 121),
        (0, 1, 0, 1),
        (600, 600, 600, 600),
        (600, 600, 700, 700),
    ],
)
def test_a_digest_within_the_quiet_hours_waits_for_their_end(
    quiet_from: int | None, quiet_to: int | None, hour: int | None, minute: int | None
) -> None:
    assert Habits(quiet_from=quiet_from, quiet_to=quiet_to, hour=hour).digest_minute == minute


def test_whoever_has_changed_nothing_is_reminded_three_times() -> None:
    habits = Habits()
    assert habits.leads == (259_200, 86_400, 10_800)
    assert (habits.on, habits.after_end, habits.changes, habits.rules_on, habits.low_days) == (*[True] * 4, 3)
    assert habits.leads_of("shop") == habits.leads
    assert Habits(on=False).leads_of("shop") == ()
    assert Habits(on=False).leads_kept("shop") == habits.leads


def test_a_comment_has_leads_of_its_own_also_none() -> None:
    habits = Habits().with_leads("shop", (60, 7200, 60)).with_comment("off", ())
    assert habits.leads_kept("shop") == (7200, 60)
    assert habits.leads_kept("off") == ()
    assert habits.leads_kept(None) == habits.leads_kept("other") == (259_200, 86_400, 10_800)
    assert habits.with_comment("shop", None).by_comment == (CommentLeads("off", ()),)
    assert habits.with_comment("shop", (60,)).by_comment == (CommentLeads("off", ()), CommentLeads("shop", (60,)))


def test_leads_come_and_go_longest_first() -> None:
    habits = Habits(leads=(7200, 60))
    assert habits.with_lead(None, 3600).leads == (7200, 3600, 60)
    assert habits.toggled(None, 3600).leads == (7200, 3600, 60)
    assert habits.toggled(None, 60).leads == (7200,)
    assert habits.toggled("shop", 60).leads_kept("shop") == (7200,)
    assert habits.toggled("shop", 60).leads == (7200, 60)


@pytest.mark.parametrize("comment", [None, "shop"])
def test_the_eighth_lead_is_taken_and_the_ninth_is_not(comment: str | None) -> None:
    full = Habits().with_leads(comment, (*EIGHT, *EIGHT))
    assert full.leads_kept(comment) == EIGHT[::-1]
    assert full.with_lead(comment, 1800) == full
    with pytest.raises(TooManyLeads):
        full.with_lead(comment, 60)
    with pytest.raises(TooManyLeads):
        full.toggled(comment, 60)


def test_only_what_was_changed_is_kept() -> None:
    assert msgspec.json.encode(Habits()) == b"{}"
    assert msgspec.json.encode(Habits(low_days=None)) == b'{"low_days":null}'
