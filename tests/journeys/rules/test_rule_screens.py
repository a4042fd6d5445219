"""Rules as they are made, looked at and removed: by buttons alone, and never into a dead end."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from handlers.ground.buttons import NewRule, OpenRule
from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import comment_mark
from handlers.rules.list import RulesPage
from handlers.rules.new import CreateRule
from handlers.rules.rule import RemoveLimit
from handlers.rules.rule_screen import AskRemove, ChangeRule, ChooseNumber, TypeLimit
from model.rules import Rule
from tests.customers import Customer
from tests.direct_phone import DirectPhone
from tests.durations import DAY, HOUR, MINUTE
from tests.world import buttons

pytestmark = pytest.mark.without_notices

PERSON = 1001
COUNTRIES = ("de", "us", "nl", "gb", "ru", "fr", "it", "es", "pl", "ua", "kz")
MOST_LINES, MOST_ROWS = 10, 9


async def opens_rules(ann: Customer) -> None:
    await ann.phone.says("/reminders")
    await ann.phone.taps("Automatic prolonging")


async def is_a_good_screen(ann: Customer) -> None:
    """It fits a phone, and ends with the way back."""
    screen = await ann.phone.screen()
    assert len(screen["text"].splitlines()) <= MOST_LINES, screen["text"]
    assert len(screen["keyboard"]) <= MOST_ROWS
    assert [button["text"] for button in screen["keyboard"][-1]] == ["Home", "Back"]


async def test_a_rule_is_made_by_buttons_and_shows_what_it_would_do(ann: Customer) -> None:
    ann.add(2, ends_in=3 * DAY, comment="shop")
    ann.add(1, ends_in=3 * DAY, comment="other")
    await opens_rules(ann)
    await is_a_good_screen(ann)
    for label in ("New rule", "A comment", "shop"):
        await ann.phone.taps(label)
        await is_a_good_screen(ann)
    assert "2 proxies, 42.00 RUB" in await ann.phone.reads()
    assert await ann.world.app.services.rules.of(PERSON) == [], "nothing is made before it is confirmed"
    await ann.phone.taps("Back")
    for label in ("shop", "Create the rule"):
        await ann.phone.taps(label)
        await is_a_good_screen(ann)
    text = await ann.phone.reads()
    assert "comment “shop”" in text
    assert "The rule is off." in text
    assert "No limits" in text
    assert "2 proxies, 42.00 RUB" in text
    await ann.phone.taps("Monthly limit")
    await is_a_good_screen(ann)
    await ann.phone.says("much")
    assert "Write an amount from 0" in await ann.phone.reads()
    await is_a_good_screen(ann)
    await ann.phone.says("30")
    assert "Limits: 30.00 RUB a month" in await ann.phone.reads()
    assert "After that the rule stops: its monthly limit is reached." in await ann.phone.reads()
    await ann.phone.taps("Switch on")
    assert "The rule is on." in await ann.phone.reads()


async def test_every_comment_and_country_can_be_chosen(ann: Customer) -> None:
    for number, country in enumerate(COUNTRIES):
        ann.add(1, ends_in=3 * DAY + number * 2 * HOUR, country=country, comment=f"client {number:02}")
    await opens_rules(ann)
    for label in ("New rule", "A comment", "›", "client 10", "Create the rule"):
        await ann.phone.taps(label)
        await is_a_good_screen(ann)
    assert "Rule: comment “client 10”" in await ann.phone.reads()
    for label in ("Back", "New rule", "A country", "›", "United States", "Create the rule"):
        await ann.phone.taps(label)
        await is_a_good_screen(ann)
    for label in ("Back", "New rule", "All proxies", "Create the rule"):
        await ann.phone.taps(label)
        await is_a_good_screen(ann)
    assert "Next 30 days: 11 runs, 231.00 RUB in total" in await ann.phone.reads()


async def test_all_twenty_rules_can_be_reached_and_one_removed_after_a_question(ann: Customer) -> None:
    rules = ann.world.app.services.rules
    for number in range(20):
        await rules.add(PERSON, "comment", f"client {number:02}", hours=12, period=30)
    await opens_rules(ann)
    await is_a_good_screen(ann)
    for label in ("New rule", "All proxies"):
        await ann.phone.taps(label)
    assert "There are twenty rules already" in await ann.phone.reads()
    await is_a_good_screen(ann)
    await ann.phone.forges(CreateRule(scope="all").pack())  # was offered when there were nineteen
    assert "There are twenty rules already" in await ann.phone.reads()
    for label in ("Back", "‹", "client 19", "Remove the rule"):
        await ann.phone.taps(label)
    assert "Remove the rule: comment “client 19”?" in await ann.phone.reads()
    assert len(await rules.of(PERSON)) == 20
    await is_a_good_screen(ann)
    [red] = [b for b in buttons(await ann.phone.screen()) if b.get("style") == "danger"]
    assert red["text"] == "Remove the rule"
    for label in ("Back", "Back"):
        await ann.phone.taps(label)
    assert "4/4" in await ann.phone.labels()
    for label in ("client 19", "Remove the rule", "Remove the rule"):
        await ann.phone.taps(label)
    left = await rules.of(PERSON)
    assert [rule.value for rule in left] == [f"client {number:02}" for number in range(19)]
    await ann.phone.forges(OpenRule(rule=left[7].id).pack())
    assert "no longer apply" not in await ann.phone.reads(), "it had no limits"
    await ann.phone.taps("Back")
    assert "2/4" in await ann.phone.labels()


async def test_a_preview_leaves_out_what_an_older_rule_takes_and_what_was_let_go(ann: Customer) -> None:
    rules = ann.world.app.services.rules
    ann.add(2, ends_in=3 * DAY, comment="shop")
    ann.add(1, ends_in=3 * DAY, comment="other")
    [gone] = ann.add(1, ends_in=2 * DAY, comment="other")
    ends = {gone: ann.world.px6.account(ann.key).proxies[gone].ends_at}
    await ann.world.app.services.reminders.mute(PERSON, ends, None)
    older = await rules.add(PERSON, "comment", "shop", hours=12, period=30)
    await rules.change(PERSON, older.id, on=True)
    await rules.add(PERSON, "all", "", hours=12, period=90)
    await opens_rules(ann)
    await ann.phone.taps("all proxies")
    assert "Next 30 days: 1 run, 58.50 RUB" in await ann.phone.reads()
    assert "An older rule prolongs 2 more." in await ann.phone.reads()


async def test_a_period_that_px6_does_not_rent_for_stops_the_rule_and_can_be_changed(ann: Customer) -> None:
    rules = ann.world.app.services.rules
    ann.add(1, ends_in=DAY)
    made = await rules.add(PERSON, "all", "", hours=12, period=2)
    await rules.change(PERSON, made.id, on=True)
    ann.world.move(MINUTE)
    texts = await ann.sweep()
    assert any("px6 does not prolong for this number of days." in text for text in texts)
    assert any("1 proxy ends" in text for text in texts)
    await opens_rules(ann)
    await ann.phone.taps("all proxies")
    assert "The rule has stopped: px6 does not prolong for this number of days." in await ann.phone.reads()
    for label in ("Days", "30 days", "Switch on"):
        await ann.phone.taps(label)
    await ann.news()
    assert "I will prolong 1 proxy for 30 days" in (await ann.sweep())[0]


def changes(rule: Rule) -> tuple[tuple[CallbackData, dict[str, Any]], ...]:
    """Buttons of a rule, and what it is after each, one after another."""
    some = partial(ChangeRule, rule=rule.id)
    return (
        (some(name="hours", value=48), {"hours": 48}),
        (some(name="hours", value=30), {}),
        (some(name="period", value=90), {"period": 90}),
        (some(name="period", value=48), {}),
        (some(name="quiet", value=1), {"quiet": True}),
        (some(name="quiet", value=2), {}),
        (some(name="quiet", value=0), {"quiet": False}),
        (some(name="on", value=2), {}),
        (some(name="on", value=1), {}),
        (some(name="terms", value=1), {}),
        (TypeLimit(rule=rule.id, name="cap_run"), {"cap_run": Decimal(70)}),
        (TypeLimit(rule=rule.id, name="cap_month"), {"cap_month": Decimal(70)}),
        (TypeLimit(rule=rule.id, name="floor"), {"floor": Decimal(70)}),
        (some(name="cap_run", value=300, currency="RUB"), {"cap_run": Decimal(300)}),
        (some(name="cap_month", value=5, currency="RUB"), {"cap_month": Decimal(5)}),
        (some(name="cap_month", value=0, currency="RUB"), {}),
        (some(name="cap_month", value=1, currency="RUB"), {"cap_month": Decimal(1)}),
        (some(name="floor", value=-1), {}),
        (RemoveLimit(rule=rule.id, name="cap_run"), {"cap_run": None}),
        (RemoveLimit(rule=rule.id, name="cap_month"), {"cap_month": None}),
        (RemoveLimit(rule=rule.id, name="floor"), {"floor": Decimal(0)}),
    )


async def test_a_rule_that_is_created_by_two_taps_is_one_rule(ann: Customer) -> None:
    """Until anything of it is set: then one more is a rule of its own."""
    ann.add(1, ends_in=3 * DAY, comment="shop")
    rules = ann.world.app.services.rules
    await ann.phone.says("/start")
    for create in (CreateRule(scope="all"), CreateRule(scope="comment", value=comment_mark("shop"))):
        direct = DirectPhone(ann.world.telegram, ann.world.token, PERSON)
        for _ in range(2):
            direct.forges(create.pack(), direct.newest())
        await ann.world.quiet()
    made = await rules.of(PERSON)
    assert [(rule.scope, rule.value) for rule in made] == [("all", ""), ("comment", "shop")]
    assert (await ann.phone.reads()).startswith("Rule: comment “shop”")
    settings: tuple[dict[str, Any], ...] = ({"quiet": True}, {"on": True}, {"cap_month": Decimal(70)})
    for set_now in settings:
        await rules.change(PERSON, made[0].id, **({"quiet": False, "on": False, "cap_month": None} | set_now))
        await ann.phone.forges(CreateRule(scope="all").pack())
        *_, newest = await rules.of(PERSON)
        assert newest.id not in {rule.id for rule in made}
        await rules.remove(PERSON, newest.id)


async def test_each_button_changes_what_it_names_and_nothing_else(ann: Customer) -> None:
    rules, phone = ann.world.app.services.rules, ann.phone
    await phone.forges(CreateRule(scope="all").pack())
    [rule] = await rules.of(PERSON)
    assert (rule.hours, rule.period, rule.quiet, rule.on) == (12, 30, False, False)
    for data, changed in changes(rule):
        answer = await phone.forges(data.pack())
        if isinstance(data, TypeLimit):
            assert "Write an amount from 0" in await phone.says("-1")
            await phone.says("70")
        rule = structs.replace(rule, **changed)
        assert await rules.of(PERSON) == [rule], data
        assert (await phone.reads()).startswith("Rule: all proxies") or "terms" in data.pack(), data
        assert bool(answer.get("show_alert")) is (data.pack().startswith("ru-c") and "on:1" in data.pack()), data
    assert "I did not understand that" in await phone.says("70")
    [rule] = await rules.of(PERSON)
    await phone.forges(ChangeRule(rule=rule.id, name="on", value=1, terms=rule.terms).pack())
    assert [each.on for each in await rules.of(PERSON)] == [True]
    await phone.forges(ChangeRule(rule=rule.id, name="on", value=0).pack())
    assert await rules.of(PERSON) == [rule]


async def test_the_buttons_of_a_rule_that_is_gone_lead_to_the_others(ann: Customer) -> None:
    for data in (OpenRule(rule=7), ChooseNumber(rule=7, name="hours"), AskRemove(rule=7), RulesPage(page=1)):
        await ann.phone.forges(data.pack())
        assert "There are no rules yet." in await ann.phone.reads(), data
    for asking in (NewRule(scope="ids", value="none"), NewRule(scope="country"), NewRule(scope="comment")):
        await ann.phone.forges(asking.pack())
        assert (await ann.phone.reads()).startswith(("Select proxies in the list", "Which co")), asking
        await is_a_good_screen(ann)
    for gone in (CreateRule(scope="comment", value="none"), CreateRule(scope="country", value="aq")):
        await ann.phone.says("/help")
        await ann.phone.forges(gone.pack())
        assert (await ann.phone.reads()).startswith("What should be prolonged automatically?"), gone
    assert await ann.world.app.services.rules.of(PERSON) == []


async def test_a_rule_for_what_is_selected_is_made_only_when_confirmed_and_back_keeps_the_selection(
    ann: Customer,
) -> None:
    rules = ann.world.app.services.rules
    chosen, _ = ann.add(2, ends_in=3 * DAY)
    await ann.phone.says("/proxies")
    for label in ("Select", "☐", "Continue · 1"):
        await ann.phone.taps(label)
    selected = await ann.phone.reads()
    await ann.phone.taps("Automatic prolonging")
    offered = await ann.phone.reads()
    assert offered.startswith("New rule: 1 selected proxy\nProlongs for 30 days, 12 hours before the end.")
    assert "1 proxy, 21.00 RUB" in offered
    await ann.phone.taps("Back")
    assert await ann.phone.reads() == selected
    assert await rules.of(PERSON) == []
    for label in ("Automatic prolonging", "Create the rule"):
        await ann.phone.taps(label)
    [rule] = await rules.of(PERSON)
    assert (rule.scope, list(rule.value), rule.on) == ("ids", [chosen], False)


async def test_a_limit_is_one_of_the_usual_sums_by_a_tap(ann: Customer) -> None:
    rules = ann.world.app.services.rules
    rule = await rules.add(PERSON, "all", "", hours=12, period=30)
    await ann.phone.forges(OpenRule(rule=rule.id).pack())
    for button, sum_ in (
        ("Limit per run", "300 RUB"),
        ("Monthly limit", "1,000 RUB"),
        ("Minimum balance", "100 RUB"),
    ):
        await ann.phone.taps(button)
        await is_a_good_screen(ann)
        await ann.phone.taps(sum_)
    assert "Limits: 300.00 RUB per run · 1,000.00 RUB a month · at least 100.00 RUB left" in await ann.phone.reads()
    await ann.phone.taps("Monthly limit")
    assert "• 1,000 RUB" in await ann.phone.labels()
    await ann.phone.taps("No limit")
    assert "a month" not in await ann.phone.reads()
    assert "I did not understand that" in await ann.phone.says("70")


SAVED = "Saved\nIt cannot be shown right now. Open it again in a minute."


async def test_what_was_changed_of_a_rule_while_px6_is_away_is_told_as_saved(ann: Customer) -> None:
    """px6's silence keeps the rule from being shown, not from being changed."""
    ann.add(1, ends_in=3 * DAY)
    rule = await ann.adds_rule()
    await opens_rules(ann)
    await ann.phone.taps("New rule")
    ann.world.px6.fault("500_before", "getproxy", times=None)
    for tapped in (
        ChangeRule(rule=rule.id, name="on", value=0),
        ChangeRule(rule=rule.id, name="hours", value=24),
        RemoveLimit(rule=rule.id, name="floor"),
        CreateRule(scope="all", value=""),
    ):
        await ann.phone.forges(tapped.pack())
        assert await ann.phone.reads() == SAVED
    rules = await ann.world.app.services.rules.of(PERSON)
    assert [(each.on, each.hours) for each in rules] == [(False, 24), (False, 12)]


async def test_a_tap_that_changes_nothing_of_a_rule_is_not_told_as_saved_while_px6_is_away(ann: Customer) -> None:
    ann.add(1, ends_in=3 * DAY)
    rule, rules = await ann.adds_rule(), ann.world.app.services.rules
    before = await rules.of(PERSON)
    await ann.phone.says("/start")
    ann.world.px6.fault("500_before", "getproxy", times=None)
    for tapped in (
        ChangeRule(rule=rule.id, name="on", value=1, terms=99),
        ChangeRule(rule=rule.id, name="hours", value=7),
        ChangeRule(rule=rule.id, name="cap_month", value=0),
    ):
        await ann.phone.forges(tapped.pack())
        assert (await ann.phone.reads()).startswith("px6 did not answer.\nNothing was spent or changed.")
    assert await rules.of(PERSON) == before
