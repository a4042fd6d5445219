"""Opening, changing and removing one rule of automatic prolonging. Its screen is in rule_screen.py."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground.after_change import show_after_change
from handlers.ground.buttons import OpenRule
from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.filters import Asked
from handlers.ground.parsing import wrong
from handlers.ground.periods import PROLONG_PERIODS
from handlers.ground.rule_words import scope_name
from handlers.ground.screen import (
    Id,
    Screen,
    button,
    choice_button,
    danger_button,
    grid,
    home_row,
)
from handlers.ground.switching_off import note_begun
from handlers.ground.turn import Turn
from handlers.ground.typed import plain
from handlers.ground.words import Words, lines
from handlers.rules.list import RULES_SHOWN, show_rules
from handlers.rules.rule_screen import AskRemove, ChangeRule, ChooseNumber, ShownRule, TypeLimit, rule_screen
from model.colleagues import Right
from model.doers import Act
from model.money import NOTHING
from model.rules import Rule

router = Router(name=__name__)

HOUR_CHOICES = (1, 3, 6, 12, 24, 48)  # before the end
MOST_SUM = Decimal(10_000_000)
LIMITS = ("cap_run", "cap_month", "floor")
LIMIT_CHOICES = {"RUB": (100, 300, 500, 1000, 3000, 5000)}  # usual sums in a currency
OTHER_LIMIT_CHOICES = (1, 5, 10, 25, 50, 100)


class RemoveLimit(CallbackData, prefix="ru-x", durable=True, needs=Right.ALL):
    """Takes a limit away."""

    rule: Id
    name: str


class RemoveRule(CallbackData, prefix="ru-d", durable=True, needs=Right.ALL):
    """Removes a rule; its proxies and reminders stay."""

    rule: Id


@router.callback_query(OpenRule.filter())
async def open_rule(_: CallbackQuery, turn: Turn, callback_data: OpenRule) -> None:
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
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    shown = ShownRule(rule, preview, listed.currency, lost, all_stopped=not habits.rules_on)
    await turn.show(rule_screen(turn.words, shown, page))
    return None


@router.callback_query(ChooseNumber.filter(F.name.in_({"hours", "period"})))
async def ask_number(_: CallbackQuery, turn: Turn, callback_data: ChooseNumber) -> None:
    rule = await turn.services.rules.rule(turn.person.telegram_id, callback_data.rule)
    if rule is None:
        return await show_rules(turn)
    await turn.show(number_screen(turn.words, rule, callback_data.name))
    return None


def number_screen(w: Words, rule: Rule, name: str) -> Screen:
    if name == "hours":
        title = w.title("How long before the end does it prolong?")
        choices = [
            choice_button(
                w.n("{count} hour", "{count} hours", each),
                rule.hours == each,
                ChangeRule(rule=rule.id, name=name, value=each),
            )
            for each in HOUR_CHOICES
        ]
    else:
        title = w.title("For how many days?")
        choices = [
            choice_button(w.days(each), rule.period == each, ChangeRule(rule=rule.id, name=name, value=each))
            for each in PROLONG_PERIODS
        ]
    return Screen(lines(title), [*grid(choices, 3), home_row(w, OpenRule(rule=rule.id))])


@router.callback_query(ChangeRule.filter(F.name.in_({"hours", "period", "on", "quiet", *LIMITS})))
async def change_rule(_: CallbackQuery, turn: Turn, callback_data: ChangeRule) -> None:
    name, value, is_changed = callback_data.name, callback_data.value, False
    if name == "on" and value == 1:
        is_changed = await switch_on(turn, callback_data)
    elif name in LIMITS:
        return await set_limit(turn, callback_data, Decimal(value) if is_usable(name, value) else None)
    elif is_usable(name, value):
        given = bool(value) if name in ("on", "quiet") else value
        is_changed = await change(turn, callback_data.rule, name, given)
    await show_rule_after(turn, callback_data.rule, is_changed=is_changed)
    return None


async def switch_on(turn: Turn, given: ChangeRule) -> bool:
    """False, which is said: it is another rule by now than the one that was shown."""
    rules, person = turn.services.rules, turn.person
    is_on = await rules.switch_on(person.telegram_id, given.rule, given.terms, by=person.by)
    if is_on:
        turn.owes_outcome = True
        await note_act(turn, Act.RULE_CHANGED)
    else:
        await turn.toast(changed_rule_text(turn.words), alert=True)
    return is_on


async def show_rule_after(turn: Turn, rule: int, *, is_changed: bool) -> None:
    """The rule after a tap; where it changed, that is said also if the rule cannot be shown."""
    turn.on_disk()
    showing = show_rule(turn, rule)
    await (show_after_change(turn, showing) if is_changed else showing)


async def change(
    turn: Turn, rule: int, name: str, value: Decimal | bool | int | None, sum_in: str | None = None
) -> bool:
    """Change one thing of a rule; False where the rule is gone, or counts in another currency than `sum_in`."""
    person = turn.person
    changed = await turn.services.rules.change(person.telegram_id, rule, by=person.by, sum_in=sum_in, **{name: value})
    if changed:
        await note_act(turn, Act.RULE_CHANGED)
        if name != "quiet":
            await note_begun(turn, "rule")
    return changed


async def set_limit(turn: Turn, given: ChangeRule | TypeLimit, sum_: Decimal | None) -> None:
    """Set a limit in the currency that was named; in any other one it is asked for anew."""
    if sum_ is not None and not await change(turn, given.rule, given.name, sum_, given.currency):
        return await ask_for_limit(turn, TypeLimit(rule=given.rule, name=given.name), unchanged=True)
    await show_rule_after(turn, given.rule, is_changed=sum_ is not None)
    return None


def is_usable(name: str, value: int) -> bool:
    """Whether a button of ours may have said so; a forged one changes nothing."""
    if name in LIMITS:
        return value > 0
    return value in {"hours": HOUR_CHOICES, "period": PROLONG_PERIODS}.get(name, (0, 1))


def changed_rule_text(w: Words) -> str:
    """To a tap that would have switched on another rule than the one that was shown."""
    return w.tr("The rule was changed, so this tap did nothing. Read it again, then switch it on.")


@router.callback_query(TypeLimit.filter(F.name.in_(set(LIMITS))))
async def ask_limit(_: CallbackQuery, turn: Turn, callback_data: TypeLimit) -> None:
    await ask_for_limit(turn, callback_data)


async def ask_for_limit(turn: Turn, asked: TypeLimit, *, unchanged: bool = False) -> None:
    """The answer will be a sum in the currency in which the rule counts now."""
    rule = await turn.services.rules.rule(turn.person.telegram_id, asked.rule)
    if rule is None:
        return await show_rules(turn)
    asked = asked.model_copy(update={"currency": rule.currency})
    await turn.ask(asked)
    await turn.show(limit_question(turn.words, asked, rule, unchanged=unchanged))
    return None


def limit_question(w: Words, asked: TypeLimit, rule: Rule, *, unchanged: bool = False) -> Screen:
    """Usual sums in the rule's currency; another one is typed. `unchanged`: the one given was in none, or another."""
    titles = {
        "cap_run": w.title("How much may the rule spend per run?"),
        "cap_month": w.title("How much may the rule spend in a calendar month?"),
        "floor": w.title("How much should always stay on the balance?"),
    }
    now = {"cap_run": rule.cap_run, "cap_month": rule.cap_month, "floor": rule.floor}[asked.name]
    choices = [
        choice_button(
            f"{w.number(each)} {w.sign(rule.currency)}",
            now == each,
            ChangeRule(rule=rule.id, name=asked.name, value=each, currency=rule.currency),
        )
        for each in LIMIT_CHOICES.get(rule.currency, OTHER_LIMIT_CHOICES)
    ]
    text = lines(
        titles[asked.name],
        other_currency_text(w, rule.currency) if unchanged else None,
        w.tr("Choose an amount, or write another, like 99.50."),
    )
    label = w.tr("Nothing") if asked.name == "floor" else w.tr("No limit")
    none = button(label, RemoveLimit(rule=asked.rule, name=asked.name))
    return Screen(text, [*grid(choices, 3), [none], home_row(w, OpenRule(rule=asked.rule))])


def other_currency_text(w: Words, currency: str) -> str:
    """To a sum that may have been meant in another currency."""
    return w.tr("Nothing was changed: amounts are in {currency} here.", currency=w.sign(currency))


@router.message(Asked(TypeLimit), F.text)
async def typed_limit(_: Message, turn: Turn, asked: TypeLimit) -> None:
    sum_ = sum_from(turn.text)
    if sum_ is None:  # the question stays open: the next text answers it
        await turn.show(wrong_limit_screen(turn.words, asked))
        return
    await turn.ask(None)
    await set_limit(turn, asked, sum_ if asked.name in LIMITS else None)


def wrong_limit_screen(w: Words, asked: TypeLimit) -> Screen:
    why = wrong(w, w.tr("Write an amount from 0, with up to two decimals."), "500")
    return Screen(why.text, [home_row(w, OpenRule(rule=asked.rule))])


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


@router.callback_query(RemoveLimit.filter(F.name.in_(set(LIMITS))))
async def no_limit(_: CallbackQuery, turn: Turn, callback_data: RemoveLimit) -> None:
    none = NOTHING if callback_data.name == "floor" else None
    is_changed = await change(turn, callback_data.rule, callback_data.name, none)
    await show_rule_after(turn, callback_data.rule, is_changed=is_changed)


@router.callback_query(AskRemove.filter())
async def ask_remove(_: CallbackQuery, turn: Turn, callback_data: AskRemove) -> None:
    rule = await turn.services.rules.rule(turn.person.telegram_id, callback_data.rule)
    if rule is None:
        return await show_rules(turn)
    await turn.show(remove_question(turn.words, rule))
    return None


def remove_question(w: Words, rule: Rule) -> Screen:
    text = lines(
        w.title("Remove the rule: {what}?", what=scope_name(w, rule)),
        w.tr(
            "What the rule announced will not happen. Your proxies stay as they are; I will "
            "remind you of them as usual."
        ),
    )
    red = danger_button(w.tr("Remove the rule"), RemoveRule(rule=rule.id))
    return Screen(text, [[red], home_row(w, OpenRule(rule=rule.id))])


@router.callback_query(RemoveRule.filter())
async def remove_rule(_: CallbackQuery, turn: Turn, callback_data: RemoveRule) -> None:
    if await turn.services.rules.remove(turn.person.telegram_id, callback_data.rule):
        await note_act(turn, Act.RULE_REMOVED)
        await note_begun(turn, "rule")
    turn.on_disk()
    await show_rules(turn)
