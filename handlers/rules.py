"""Automatic prolonging: rules, what each would do, their limits, and one switch for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from aiogram import F, Router
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.notices import OpenRule, scope_name
from handlers.parsing import BadInput, wrong
from handlers.prolong import PERIODS
from handlers.screen import Open, Row, Screen, back_button, button, chosen, grid, home_button, pairs
from handlers.turn import Asked, Turn
from handlers.views import kept_ids, mark, most_used, short
from handlers.words import Words, lines
from services.rules import TooManyRules
from services.ruling import Step
from storage.rules import Rule, Scope

router = Router(name="rules")

HOURS = (1, 3, 6, 12, 24, 48)  # before the end
COMMENTS_SHOWN = 6
COUNTRIES_SHOWN = 12
STEPS_SHOWN = 6
RULES_SHOWN = 5
MOST_SUM = Decimal(10_000_000)
LIMITS = ("cap_run", "cap_month", "floor")


class AllRules(CallbackData, prefix="ru-all"):
    """The one switch."""

    on: bool


class NewRule(CallbackData, prefix="ru-n"):
    """A rule for `all`, a `comment` (its mark), a `country`, the `ids` of a selection. No value: asks which."""

    scope: str
    value: str = ""


class ChangeRule(CallbackData, prefix="ru-c"):
    """Sets a number of a rule: `hours`, `period`, `on`, `quiet`."""

    rule: int
    name: str
    value: int


class AskNumber(CallbackData, prefix="ru-a"):
    """Shows the choices for `hours` or `period`."""

    rule: int
    name: str


class TypeLimit(CallbackData, prefix="ru-t"):
    """The person types a sum: `cap_run`, `cap_month` or `floor`."""

    rule: int
    name: str


class NoLimit(CallbackData, prefix="ru-x"):
    """Takes a limit away."""

    rule: int
    name: str


class RemoveRule(CallbackData, prefix="ru-d"):
    """Removes a rule; its proxies and reminders stay."""

    rule: int


# -- all rules


@router.callback_query(Open.filter(F.screen == "rules"))
async def rules(_: CallbackQuery, turn: Turn) -> None:
    await turn.ask(None)
    await show_rules(turn)


async def show_rules(turn: Turn) -> None:
    telegram_id = turn.person.telegram_id
    found = await turn.services.rules.of(telegram_id)
    habits = await turn.services.reminders.habits(telegram_id)
    await turn.show(rules_screen(turn.words, found, on=habits.rules_on))


def rules_screen(w: Words, rules: Sequence[Rule], *, on: bool) -> Screen:
    working = sum(rule.on for rule in rules)
    state = (
        w.tr("Off: no rule prolongs anything.")
        if not rules or not on
        else w.n("{count} rule is on.", "{count} rules are on.", working)
    )
    text = lines(
        w.title("Automatic prolonging"),
        state,
        w.tr("A rule says beforehand what it will do and what it costs; you can skip it."),
        w.tr("It stops by itself at its limits, when the price rises, and when px6 refuses the key."),
    )
    listed: list[Row] = [[button(rule_label(w, rule), OpenRule(rule=rule.id))] for rule in rules[:RULES_SHOWN]]
    switch = button(w.tr("Stop all of them") if on else w.tr("Let them work again"), AllRules(on=not on))
    rows: list[Row] = [[button(w.tr("New rule"), Open(screen="new_rule"))], [switch] if rules else []]
    return Screen(text, [*listed, *rows, [back_button(w, Open(screen="reminders")), home_button(w)]])


def rule_label(w: Words, rule: Rule) -> str:
    """`✓ comment “shop” · 30 days`"""
    state = "✓" if rule.on else "⚠️" if rule.stopped else "–"
    return f"{state} {scope_name(w, rule)} · {w.days(rule.period)}"


@router.callback_query(AllRules.filter())
async def all_rules(_: CallbackQuery, turn: Turn, callback_data: AllRules) -> None:
    await turn.services.reminders.change(turn.person.telegram_id, rules_on=callback_data.on)
    await show_rules(turn)


# -- a new rule


@router.callback_query(Open.filter(F.screen == "new_rule"))
async def new_rule(_: CallbackQuery, turn: Turn) -> None:
    w = turn.words
    rows = pairs(
        button(w.tr("Everything"), NewRule(scope="all")),
        button(w.tr("A comment"), NewRule(scope="comment")),
        button(w.tr("A country"), NewRule(scope="country")),
        button(w.tr("Chosen proxies"), NewRule(scope="ids")),
    )
    text = lines(w.title("Prolong what automatically?"), w.tr("The rule stays off until you have seen what it does."))
    await turn.show(Screen(text, [*rows, [back_button(w, Open(screen="rules"))]]))


@router.callback_query(NewRule.filter())
async def make_rule(_: CallbackQuery, turn: Turn, callback_data: NewRule) -> None:
    """Ask which one where that is open, else make the rule and show it."""
    scope, value = callback_data.scope, callback_data.value
    if scope == "all":
        await add(turn, "all", "")
    elif scope == "ids":
        ids = await kept_ids(turn, value)
        await (add(turn, "ids", list(ids)) if ids else turn.show(how_to_choose_screen(turn.words)))
    elif scope in ("country", "comment"):
        listed = (await (await turn.px6()).proxies(nokey=True)).proxies
        by_country = scope == "country"
        found = most_used((p.country or "") if by_country else p.comment for p in listed)
        match = next((one for one in found if value and value in (one, mark(one))), None)
        screen = which_screen(turn.words, scope, found)
        await (turn.show(screen) if match is None else add(turn, "country" if by_country else "comment", match))


async def add(turn: Turn, scope: Scope, value: object) -> None:
    try:
        made = await turn.services.rules.add(turn.person.telegram_id, scope, value, hours=12, period=30)
    except TooManyRules:
        raise BadInput(Text(turn.words.tr("There are twenty rules already; remove one first."))) from None
    await show_rule(turn, made.id)


def which_screen(w: Words, scope: str, values: Sequence[str]) -> Screen:
    if scope == "country":
        title = w.title("Which country?")
        choices = [button(w.place(one), NewRule(scope=scope, value=one)) for one in values[:COUNTRIES_SHOWN]]
    else:
        title = w.title("Which comment?")
        choices = [
            button(short(one, 30) or w.tr("without a comment"), NewRule(scope=scope, value=mark(one)))
            for one in values[:COMMENTS_SHOWN]
        ]
    none = None if values else w.tr("You have no proxies yet.")
    return Screen(lines(title, none), [*pairs(*choices), [back_button(w, Open(screen="new_rule"))]])


def how_to_choose_screen(w: Words) -> Screen:
    text = lines(
        w.title("Choose the proxies in your list"),
        w.tr("Tick them in My proxies, then press “Automatic” there."),
    )
    rows = [[button(w.tr("My proxies"), Open(screen="proxies"))], [back_button(w, Open(screen="new_rule"))]]
    return Screen(text, rows)


# -- one rule


@dataclass(frozen=True)
class Shown:
    """A rule with what it would do in the next 30 days."""

    rule: Rule
    steps: Sequence[Step]
    currency: str
    now: datetime


@router.callback_query(OpenRule.filter())
async def open_rule(_: CallbackQuery, turn: Turn, callback_data: OpenRule) -> None:
    await turn.ask(None)
    await show_rule(turn, callback_data.rule)


async def show_rule(turn: Turn, rule_id: int) -> None:
    rule = await turn.services.rules.rule(turn.person.telegram_id, rule_id)
    if rule is None:
        return await show_rules(turn)
    client = await turn.px6()
    listed = await client.proxies(nokey=True)
    steps = await turn.services.rules.preview(turn.person, rule, client, listed)
    shown = Shown(rule, steps, listed.currency, turn.services.now())
    await turn.show(rule_screen(turn.words, shown))
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
        limits_line(w, shown),
        stopped_line(w, rule),
        "",
        *preview_lines(w, shown),
    )
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
    label = w.tr("Switch off") if rule.on else w.tr("Switch on")
    switch = [button(label, ChangeRule(rule=rule.id, name="on", value=int(not rule.on)))]
    return Screen(
        text,
        [
            switch,
            *limits,
            [button(w.tr("Remove the rule"), RemoveRule(rule=rule.id))],
            [back_button(w, Open(screen="rules")), home_button(w)],
        ],
    )


def limits_line(w: Words, shown: Shown) -> str:
    rule, none = shown.rule, w.tr("no limit")

    def sum_(value: Decimal | None) -> str:
        return none if value is None else w.money(value, shown.currency)

    return w.tr(
        "At once: {run} · a month: {month} · balance kept: {floor}",
        run=sum_(rule.cap_run),
        month=sum_(rule.cap_month),
        floor=sum_(rule.floor),
    )


def stopped_line(w: Words, rule: Rule) -> str | None:
    """Why it stopped by itself."""
    if rule.stopped is None:
        return w.tr("It is on.") if rule.on else w.tr("It is off.")
    reasons = {
        "key": w.tr("px6 refused the key"),
        "price": w.tr("the price rose"),
        "cap_run": w.tr("its limit for one time"),
        "cap_month": w.tr("its limit for a month"),
    }
    other = w.tr("px6 refused")
    return w.tr("⚠️ It stopped: {why}.", why=reasons.get(rule.stopped, other))


def preview_lines(w: Words, shown: Shown) -> list[str | Text]:
    """What it would do in the next 30 days."""
    if not shown.steps:
        return [w.tr("In the next 30 days it has nothing to do.")]
    total = sum((step.price for step in shown.steps), Decimal("0.00"))
    head = w.tr("The next 30 days, {sum} in all:", sum=w.money(total, shown.currency))
    listed = [
        w.rich_n(
            "{when}: {count} proxy, {sum}",
            "{when}: {count} proxies, {sum}",
            step.count,
            when=w.time(step.at),
            sum=w.money(step.price, shown.currency),
        )
        for step in shown.steps[:STEPS_SHOWN]
    ]
    more = len(shown.steps) - STEPS_SHOWN
    rest = [w.n("and {count} more time", "and {count} more times", more)] if more > 0 else []
    return [head, *listed, *rest, *stop_lines(w, shown.steps[-1])]


def stop_lines(w: Words, last: Step) -> list[str]:
    """What ends the preview early."""
    match last.stop:
        case None:
            return []
        case "money":
            return [w.tr("⚠️ Then the balance is not enough.")]
        case "cap_run":
            return [w.tr("⚠️ Then it stops: its limit for one time.")]
    return [w.tr("⚠️ Then it stops: its limit for a month.")]


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
            chosen(
                w.n("{count} hour", "{count} hours", each),
                rule.hours == each,
                ChangeRule(rule=rule.id, name=name, value=each),
            )
            for each in HOURS
        ]
    else:
        title = w.title("For how many days?")
        choices = [
            chosen(w.days(each), rule.period == each, ChangeRule(rule=rule.id, name=name, value=each))
            for each in PERIODS
        ]
    return Screen(lines(title), [*grid(choices, 3), [back_button(w, OpenRule(rule=rule.id))]])


@router.callback_query(ChangeRule.filter(F.name.in_({"hours", "period", "on", "quiet"})))
async def change_rule(_: CallbackQuery, turn: Turn, callback_data: ChangeRule) -> None:
    name, value = callback_data.name, callback_data.value
    usable = value in HOURS if name == "hours" else value in PERIODS if name == "period" else value in (0, 1)
    if usable:
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
    none = button(w.tr("No limit"), NoLimit(rule=callback_data.rule, name=callback_data.name))
    await turn.show(Screen(text, [[none], [back_button(w, OpenRule(rule=callback_data.rule))]]))


@router.message(F.text, Asked(TypeLimit))
async def typed_limit(_: Message, turn: Turn, asked: TypeLimit) -> None:
    sum_ = sum_from(turn.text)
    if sum_ is None:
        w = turn.words
        raise wrong(w, w.tr("A sum is needed, from 0, with at most two digits after the point."), "500")
    await turn.ask(None)
    if asked.name in LIMITS:
        await turn.services.rules.change(turn.person.telegram_id, asked.rule, **{asked.name: sum_})
    await show_rule(turn, asked.rule)


def sum_from(text: str) -> Decimal | None:
    """A sum from `500`, `1 204,50`, `99.5`; None for anything else."""
    cleaned = text.strip().replace(" ", "").replace("\xa0", "").replace(",", ".")
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


@router.callback_query(RemoveRule.filter())
async def remove_rule(_: CallbackQuery, turn: Turn, callback_data: RemoveRule) -> None:
    await turn.services.rules.remove(turn.person.telegram_id, callback_data.rule)
    await show_rules(turn)
