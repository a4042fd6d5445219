"""The screen of one rule: what it would do in the next 30 days, its limits, its switch; and its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.rule_words import scope_name, sum_name
from handlers.ground.screen import Id, Row, Screen, SmallNumber, button, home_row, pairs
from handlers.ground.words import Words, lines
from handlers.rules.list import RulesPage
from model.colleagues import Right
from model.money import NOTHING
from model.rules import Rule
from services.rules.plan import Preview, Step

STEPS_SHOWN = 3


class ChangeRule(CallbackData, prefix="ru-c", durable=True, needs=Right.ALL):
    """Sets a number of a rule: `hours`, `period`, `on`, `quiet`, or a limit, which is a sum in `currency`.

    `terms`: those of the rule that is switched on.
    """

    later_field: ClassVar[str | None] = "currency"
    rule: Id
    name: str
    value: SmallNumber
    terms: Id = 0
    currency: str = ""


class ChooseNumber(CallbackData, prefix="ru-a", needs=Right.ALL):
    """Shows the choices for `hours` or `period`."""

    rule: Id
    name: str


class TypeLimit(CallbackData, prefix="ru-t", needs=Right.ALL):
    """The person types a sum: `cap_run`, `cap_month` or `floor`; in `currency`, once they were asked for it."""

    later_field: ClassVar[str | None] = "currency"
    rule: Id
    name: str
    currency: str = ""


class AskRemove(CallbackData, prefix="ru-r", needs=Right.ALL):
    """Asks whether the rule is really to go."""

    rule: Id


@dataclass(frozen=True)
class ShownRule:
    """A rule with what it would do in the next 30 days.

    `all_stopped`: the one switch keeps every rule from working. `lost`: the currency of limits that it had before
    the account was kept in another one.
    """

    rule: Rule
    preview: Preview
    currency: str
    lost: str | None = None
    all_stopped: bool = False


def rule_screen(w: Words, shown: ShownRule, page: int) -> Screen:
    """`page`: of the list, where Back leads."""
    rule = shown.rule
    text = lines(
        w.title("Rule: {what}", what=scope_name(w, rule)),
        terms_line(w, rule),
        limits_line(w, rule),
        w.tr(
            "⚠️ The limits in {before} no longer apply: the px6 account is in {now} now.",
            before=w.sign(shown.lost),
            now=w.sign(shown.currency),
        )
        if shown.lost
        else None,
        state_line(w, rule, all_stopped=shown.all_stopped),
        *preview_lines(w, shown),
    )
    return Screen(text, rule_rows(w, rule, page))


def terms_line(w: Words, rule: Rule) -> str:
    hours = w.n("{count} hour", "{count} hours", rule.hours)
    return w.tr("Prolongs for {days}, {hours} before the end.", hours=hours, days=w.days(rule.period))


def rule_rows(w: Words, rule: Rule, page: int) -> list[Row]:
    label = w.tr("Switch off") if rule.on else w.tr("Switch on")
    limits = pairs(
        button(w.tr("When"), ChooseNumber(rule=rule.id, name="hours")),
        button(w.tr("Days"), ChooseNumber(rule=rule.id, name="period")),
        button(w.tr("Limit per run"), TypeLimit(rule=rule.id, name="cap_run")),
        button(w.tr("Monthly limit"), TypeLimit(rule=rule.id, name="cap_month")),
        button(w.tr("Minimum balance"), TypeLimit(rule=rule.id, name="floor")),
        button(
            w.tr("Report: silent") if rule.quiet else w.tr("Report: sound"),
            ChangeRule(rule=rule.id, name="quiet", value=int(not rule.quiet)),
        ),
    )
    return [
        [button(label, ChangeRule(rule=rule.id, name="on", value=int(not rule.on), terms=rule.terms))],
        *limits,
        [button(w.tr("Remove the rule"), AskRemove(rule=rule.id))],
        home_row(w, RulesPage(page=page)),
    ]


def limits_line(w: Words, rule: Rule) -> str:
    """The limits that the rule has, in one line."""
    currency = rule.currency
    limits = [
        w.tr("{sum} per run", sum=w.money(rule.cap_run, currency)) if rule.cap_run is not None else None,
        w.tr("{sum} a month", sum=w.money(rule.cap_month, currency)) if rule.cap_month is not None else None,
        w.tr("at least {sum} left on the balance", sum=w.money(rule.floor, currency)) if rule.floor else None,
    ]
    named = " · ".join(limit for limit in limits if limit is not None)
    return (
        w.tr("Limits: {limits}", limits=named) if named else w.tr("No limits: the rule may spend the whole balance.")
    )


def state_line(w: Words, rule: Rule, *, all_stopped: bool) -> str:
    """Whether the rule works, and why it does not."""
    if rule.stopped is not None:
        return w.tr("⚠️ The rule has stopped: {why}.", why=why_stopped(w, rule.stopped))
    if not rule.on:
        return w.tr("The rule is off.")
    return (
        w.tr("⚠️ The rule is on, but all rules are stopped. You can resume them in “Automatic prolonging”.")
        if all_stopped
        else w.tr("The rule is on.")
    )


def why_stopped(w: Words, stopped: str) -> str:
    """Why a rule stopped by itself."""
    reasons = {
        "key": w.tr("px6 did not accept the key"),
        "price": w.tr("the price rose"),
        "period": w.tr("px6 does not prolong for this number of days"),
        "cap_run": w.tr("its limit per run is reached"),
        "cap_month": w.tr("its monthly limit is reached"),
        "account": w.tr("another px6 account is connected"),
        "currency": w.tr("the px6 account is in another currency"),
    }
    return reasons.get(stopped) or w.tr("px6 refused")


def preview_lines(w: Words, shown: ShownRule) -> list[str | Text | None]:
    """What it would do in the next 30 days, and what it leaves to others."""
    preview, currency = shown.preview, shown.currency
    steps = [
        w.rich_n(
            "{when}: {count} proxy, {sum}",
            "{when}: {count} proxies, {sum}",
            step.count,
            when=w.time(step.at),
            sum=sum_name(w, step.price, currency, at_most=preview.at_most),
        )
        for step in paying(preview)[:STEPS_SHOWN]
    ]
    taken, unpriced = preview.taken, preview.unpriced
    return [
        head_line(w, shown),
        *steps,
        stop_line(w, preview),
        w.n("An older rule prolongs {count} more.", "An older rule prolongs {count} more.", taken) if taken else None,
        w.n(
            "{count} more cannot be prolonged here: try px6's site.",
            "{count} more cannot be prolonged here: try px6's site.",
            unpriced,
        )
        if unpriced
        else None,
    ]


def paying(preview: Preview) -> list[Step]:
    """The runs that prolong anything: the last one may be stopped before its first proxy."""
    return [step for step in preview.steps if step.count]


def head_line(w: Words, shown: ShownRule) -> str:
    preview = shown.preview
    if preview.refused:
        return w.tr("px6 does not prolong for this number of days.")
    if not preview.steps:
        return w.tr("Nothing to prolong in the next 30 days.")
    runs = paying(preview)
    if not runs:
        return w.tr("It cannot prolong anything in the next 30 days.")
    total = sum((step.price for step in runs), NOTHING)
    return w.n(
        "Next 30 days: {count} run, {sum}",
        "Next 30 days: {count} runs, {sum} in total",
        len(runs),
        sum=sum_name(w, total, shown.currency, at_most=preview.at_most),
    )


def stop_line(w: Words, preview: Preview) -> str | None:
    """What ends the preview early."""
    at_once = not paying(preview)
    match preview.steps[-1].stop if preview.steps else None:
        case None:
            return None
        case "money":
            return w.tr("⚠️ The balance is not enough.") if at_once else w.tr("⚠️ After that the balance is too low.")
        case "cap_run":
            return (
                w.tr("⚠️ The limit per run is too low.")
                if at_once
                else w.tr("⚠️ After that the rule stops: its limit per run is reached.")
            )
    return (
        w.tr("⚠️ The monthly limit is used up.")
        if at_once
        else w.tr("⚠️ After that the rule stops: its monthly limit is reached.")
    )
