"""One rule of automatic prolonging: what it would do, its limits, its switch."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.buttons import OpenRule
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Asked
from handlers.ground.parsing import wrong
from handlers.ground.periods import PROLONG_PERIODS
from handlers.ground.screen import (
    Id,
    Row,
    Screen,
    SmallNumber,
    button,
    choice_button,
    danger_button,
    grid,
    home_row,
    pairs,
)
from handlers.ground.turn import Turn
from handlers.ground.typed import plain
from handlers.ground.words import Words, lines
from handlers.rules.list import RULES_SHOWN, RulesPage, show_rules
from handlers.rules.words import scope_name, sum_name
from model.rules import Rule
from services.rules.plan import Preview

router = Router(name="one_rule")

HOURS = (1, 3, 6, 12, 24, 48)  # before the end
STEPS_SHOWN = 3
MOST_SUM = Decimal(10_000_000)
LIMITS = ("cap_run", "cap_month", "floor")


class ChangeRule(CallbackData, prefix="ru-c", durable=True):
    """Sets a number of a rule: `hours`, `period`, `on`, `quiet`. `terms`: those of the rule that is switched on."""

    rule: Id
    name: str
    value: SmallNumber
    terms: Id = 0


class AskNumber(CallbackData, prefix="ru-a"):
    """Shows the choices for `hours` or `period`."""

    rule: Id
    name: str


class TypeLimit(CallbackData, prefix="ru-t"):
    """The person types a sum: `cap_run`, `cap_month` or `floor`."""

    rule: Id
    name: str


class NoLimit(CallbackData, prefix="ru-x", durable=True):
    """Takes a limit away."""

    rule: Id
    name: str


class AskRemove(CallbackData, prefix="ru-r"):
    """Asks whether the rule is really to go."""

    rule: Id


class RemoveRule(CallbackData, prefix="ru-d", durable=True):
    """Removes a rule; its proxies and reminders stay."""

    rule: Id


@dataclass(frozen=True)
class Shown:
    """A rule with what it would do in the next 30 days, and the page of the list that it is on.

    `lost`: the currency of limits that it had before the account was kept in another one.
    """

    rule: Rule
    page: int
    preview: Preview
    currency: str
    lost: str | None = None


@router.callback_query(OpenRule.filter())
async def open_rule(_: CallbackQuery, turn: Turn, callback_data: OpenRule) -> None:
    await turn.ask(None)
    await show_rule(turn, callback_data.rule)


async def show_rule(turn: Turn, rule_id: int) -> None:
    rules = await turn.services.rules.of(turn.person.telegram_id)
    place = next((place for place, rule in enumerate(rules) if rule.id == rule_id), None)
    if place is None:
        return await show_rules(turn)
    before, page = rules[place], place // RULES_SHOWN + 1
    client = await turn.px6()
    listed = await client.proxies(nokey=True)
    rule = await turn.services.rules.bound(before, listed)
    preview = await turn.services.rules.preview(turn.person, rule, client, listed)
    lost = before.currency if before.has_limits and not rule.has_limits else None
    await turn.show(rule_screen(turn.words, Shown(rule, page, preview, listed.currency, lost)))
    return None


def rule_screen(w: Words, shown: Shown) -> Screen:
    rule = shown.rule
    text = lines(
        w.title("Rule: {what}", what=scope_name(w, rule)),
        w.tr(
            "{hours} before the end, for {days}",
            hours=w.n("{count} hour", "{count} hours", rule.hours),
            days=w.days(rule.period),
        ),
        limits_line(w, rule),
        w.tr(
            "⚠️ Its limits in {before} no longer hold: the account is in {now} now.",
            before=w.sign(shown.lost),
            now=w.sign(shown.currency),
        )
        if shown.lost
        else None,
        stopped_line(w, rule),
        *preview_lines(w, shown),
    )
    return Screen(text, rule_rows(w, rule, shown.page))


def rule_rows(w: Words, rule: Rule, page: int) -> list[Row]:
    label = w.tr("Switch off") if rule.on else w.tr("Switch on")
    limits = pairs(
        button(w.tr("When"), AskNumber(rule=rule.id, name="hours")),
        button(w.tr("Days"), AskNumber(rule=rule.id, name="period")),
        button(w.tr("At most at once"), TypeLimit(rule=rule.id, name="cap_run")),
        button(w.tr("At most a month"), TypeLimit(rule=rule.id, name="cap_month")),
        button(w.tr("Keep a balance"), TypeLimit(rule=rule.id, name="floor")),
        button(
            w.tr("Success: silent") if rule.quiet else w.tr("Success: sound"),
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
    """The limits that there are."""
    currency = rule.currency
    limits = [
        w.tr("{sum} at once", sum=w.money(rule.cap_run, currency)) if rule.cap_run is not None else None,
        w.tr("{sum} a month", sum=w.money(rule.cap_month, currency)) if rule.cap_month is not None else None,
        w.tr("{sum} stays on the balance", sum=w.money(rule.floor, currency)) if rule.floor else None,
    ]
    named = " · ".join(limit for limit in limits if limit is not None)
    return w.tr("Limits: {limits}", limits=named) if named else w.tr("No limits: as much as the balance has.")


def stopped_line(w: Words, rule: Rule) -> str:
    """Whether it is on, and why it stopped by itself."""
    if rule.stopped is None:
        return w.tr("It is on.") if rule.on else w.tr("It is off.")
    reasons = {
        "key": w.tr("px6 refused the key"),
        "price": w.tr("the price rose"),
        "period": w.tr("px6 does not rent for so many days"),
        "cap_run": w.tr("its limit for one time"),
        "cap_month": w.tr("its limit for a month"),
        "account": w.tr("another px6 account is connected"),
        "currency": w.tr("the account is in another currency"),
    }
    other = w.tr("px6 refused")
    return w.tr("⚠️ It stopped: {why}.", why=reasons.get(rule.stopped, other))


def preview_lines(w: Words, shown: Shown) -> list[str | Text | None]:
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
        for step in preview.steps[:STEPS_SHOWN]
    ]
    taken, unpriced = preview.taken, preview.unpriced
    return [
        head_line(w, shown),
        *steps,
        stop_line(w, preview),
        w.n("An older rule takes {count} more.", "An older rule takes {count} more.", taken) if taken else None,
        w.n("For {count} more px6 sells no renewal.", "For {count} more px6 sells no renewal.", unpriced)
        if unpriced
        else None,
    ]


def head_line(w: Words, shown: Shown) -> str:
    preview = shown.preview
    if preview.refused:
        return w.tr("px6 does not sell proxies for this number of days.")
    if not preview.steps:
        return w.tr("In the next 30 days it has nothing to do.")
    total = sum((step.price for step in preview.steps), Decimal("0.00"))
    return w.n(
        "The next 30 days: {count} time, {sum}",
        "The next 30 days: {count} times, {sum} in all",
        len(preview.steps),
        sum=sum_name(w, total, shown.currency, at_most=preview.at_most),
    )


def stop_line(w: Words, preview: Preview) -> str | None:
    """What ends the preview early."""
    match preview.steps[-1].stop if preview.steps else None:
        case None:
            return None
        case "money":
            return w.tr("⚠️ Then the balance is not enough.")
        case "cap_run":
            return w.tr("⚠️ Then it stops: its limit for one time.")
    return w.tr("⚠️ Then it stops: its limit for a month.")


@router.callback_query(AskNumber.filter(F.name.in_({"hours", "period"})))
async def ask_number(_: CallbackQuery, turn: Turn, callback_data: AskNumber) -> None:
    rule = await turn.services.rules.rule(turn.person.telegram_id, callback_data.rule)
    if rule is None:
        return await show_rules(turn)
    await turn.show(number_screen(turn.words, rule, callback_data.name))
    return None


def number_screen(w: Words, rule: Rule, name: str) -> Screen:
    if name == "hours":
        title = w.title("How long before the end?")
        choices = [
            choice_button(
                w.n("{count} hour", "{count} hours", each),
                rule.hours == each,
                ChangeRule(rule=rule.id, name=name, value=each),
            )
            for each in HOURS
        ]
    else:
        title = w.title("For how many days?")
        choices = [
            choice_button(w.days(each), rule.period == each, ChangeRule(rule=rule.id, name=name, value=each))
            for each in PROLONG_PERIODS
        ]
    return Screen(lines(title), [*grid(choices, 3), home_row(w, OpenRule(rule=rule.id))])


@router.callback_query(ChangeRule.filter(F.name.in_({"hours", "period", "on", "quiet"})))
async def change_rule(_: CallbackQuery, turn: Turn, callback_data: ChangeRule) -> None:
    name, value = callback_data.name, callback_data.value
    usable = value in HOURS if name == "hours" else value in PROLONG_PERIODS if name == "period" else value in (0, 1)
    if name == "on" and value == 1:
        rules, shown = turn.services.rules, callback_data.terms
        if not await rules.switch_on(turn.person.telegram_id, callback_data.rule, shown):
            await turn.toast(turn.words.tr("The rule was changed since. Look at it once more."), alert=True)
    elif usable:
        values = {name: bool(value) if name in ("on", "quiet") else value}
        await turn.services.rules.change(turn.person.telegram_id, callback_data.rule, **values)
    await show_rule(turn, callback_data.rule)


@router.callback_query(TypeLimit.filter(F.name.in_(set(LIMITS))))
async def ask_limit(_: CallbackQuery, turn: Turn, callback_data: TypeLimit) -> None:
    w = turn.words
    await turn.ask(callback_data)
    titles = {
        "cap_run": w.title("How much at most at once?"),
        "cap_month": w.title("How much at most in a calendar month?"),
        "floor": w.title("How much is always to stay on the balance?"),
    }
    text = lines(titles[callback_data.name], w.tr("Write a sum, like 500 or 99.50."))
    label = w.tr("Nothing") if callback_data.name == "floor" else w.tr("No limit")
    none = button(label, NoLimit(rule=callback_data.rule, name=callback_data.name))
    await turn.show(Screen(text, [[none], home_row(w, OpenRule(rule=callback_data.rule))]))


@router.message(F.text, Asked(TypeLimit))
async def typed_limit(_: Message, turn: Turn, asked: TypeLimit) -> None:
    sum_ = sum_from(turn.text)
    if sum_ is None:  # the question stays open: the next text answers it
        w = turn.words
        why = wrong(w, w.tr("A sum is needed, from 0, with at most two digits after the point."), "500")
        await turn.show(Screen(why.text, [home_row(w, OpenRule(rule=asked.rule))]))
        return
    await turn.ask(None)
    if asked.name in LIMITS:
        await turn.services.rules.change(turn.person.telegram_id, asked.rule, **{asked.name: sum_})
    await show_rule(turn, asked.rule)


def sum_from(text: str) -> Decimal | None:
    """A sum from `500`, `1 204,50`, `99.5`; None for anything else."""
    cleaned = "".join(plain(text).split()).replace(",", ".")
    if not cleaned or not cleaned.isascii() or set(cleaned) - set("0123456789."):
        return None
    try:
        sum_ = Decimal(cleaned)
    except InvalidOperation:
        return None
    exponent = sum_.as_tuple().exponent
    return sum_ if 0 <= sum_ <= MOST_SUM and isinstance(exponent, int) and exponent >= -2 else None


@router.callback_query(NoLimit.filter(F.name.in_(set(LIMITS))))
async def no_limit(_: CallbackQuery, turn: Turn, callback_data: NoLimit) -> None:
    await turn.ask(None)
    none = Decimal("0.00") if callback_data.name == "floor" else None
    await turn.services.rules.change(turn.person.telegram_id, callback_data.rule, **{callback_data.name: none})
    await show_rule(turn, callback_data.rule)


@router.callback_query(AskRemove.filter())
async def ask_remove(_: CallbackQuery, turn: Turn, callback_data: AskRemove) -> None:
    rule = await turn.services.rules.rule(turn.person.telegram_id, callback_data.rule)
    if rule is None:
        return await show_rules(turn)
    w = turn.words
    text = lines(
        w.title("Remove the rule: {what}?", what=scope_name(w, rule)),
        w.tr("What it announced does not happen. Your proxies stay as they are, and I remind you of them as usual."),
    )
    red = danger_button(w.tr("Remove the rule"), RemoveRule(rule=rule.id))
    await turn.show(Screen(text, [[red], home_row(w, OpenRule(rule=rule.id))]))
    return None


@router.callback_query(RemoveRule.filter())
async def remove_rule(_: CallbackQuery, turn: Turn, callback_data: RemoveRule) -> None:
    await turn.services.rules.remove(turn.person.telegram_id, callback_data.rule)
    await show_rules(turn)
