"""Automatic prolonging: all rules of a person, and one switch for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from aiogram import F, Router
from aiogram.types import CallbackQuery

from handlers.ground.buttons import OpenRule
from handlers.ground.callback_data import CallbackData
from handlers.ground.rights import Whose
from handlers.ground.rule_words import scope_name
from handlers.ground.screen import Open, Page, Row, Screen, button, home_row, page_row
from handlers.ground.switching_off import switch_spending
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from model.colleagues import Right
from model.rules import Rule

router = Router(name=__name__)

RULES_SHOWN = 5  # on a page
T = TypeVar("T")


class SwitchAllRules(CallbackData, prefix="ru-all", durable=True, needs=Whose.OWNER):
    """Switches all rules on or off at once."""

    on: bool


class RulesPage(CallbackData, prefix="ru-p", needs=Right.LOOK):
    """A page of the rules."""

    page: Page


@router.callback_query(Open.filter(F.screen == "rules"))
async def rules(_: CallbackQuery, turn: Turn) -> None:
    await show_rules(turn)


@router.callback_query(RulesPage.filter())
async def rules_page(_: CallbackQuery, turn: Turn, callback_data: RulesPage) -> None:
    await show_rules(turn, callback_data.page)


async def show_rules(turn: Turn, page: int = 1) -> None:
    telegram_id = turn.person.telegram_id
    found = await turn.services.rules.of(telegram_id)
    habits = await turn.services.reminders.habits(telegram_id)
    await turn.show(rules_screen(turn.words, found, page, on=habits.rules_on))


def rules_screen(w: Words, rules: Sequence[Rule], page: int, *, on: bool) -> Screen:
    text = lines(
        w.title("Automatic prolonging"),
        state_line(w, rules, on=on),
        w.tr("A rule tells you in advance what it will prolong and for how much; you can skip it."),
        w.tr("It stops by itself at its limits, when the price rises, or when px6 does not accept the key."),
    )
    shown, turning = paged(rules, page, RULES_SHOWN, lambda number: RulesPage(page=number))
    listed: list[Row] = [[button(rule_label(w, rule), OpenRule(rule=rule.id))] for rule in shown]
    switch = button(w.tr("Stop all") if on else w.tr("Resume all"), SwitchAllRules(on=not on))
    rows: list[Row] = [[button(w.tr("New rule"), Open(screen="new_rule"))], [switch] if rules else []]
    return Screen(text, [*listed, turning, *rows, home_row(w, Open(screen="reminders"))])


def state_line(w: Words, rules: Sequence[Rule], *, on: bool) -> str:
    """How many rules work, or why none does. `on`: the one switch for all of them."""
    working = sum(rule.on for rule in rules)
    if not rules:
        return w.tr("There are no rules yet.")
    if not on:
        return w.tr("Off: no rule prolongs anything.")
    if not working:
        return w.tr("No rule is on.")
    return w.n("{count} rule is on.", "{count} rules are on.", working)


def paged(found: Sequence[T], page: int, size: int, data: Callable[[int], CallbackData]) -> tuple[Sequence[T], Row]:
    """The entries of a page (the last one when there are no longer so many), and the buttons that turn pages."""
    pages = -(-len(found) // size)
    page = min(page, pages)
    return found[(page - 1) * size : page * size], page_row(page, pages, data)


def rule_label(w: Words, rule: Rule) -> str:
    """`✓ comment “shop” · 30 days`"""
    state = "✓" if rule.on else "⚠️" if rule.stopped else "–"
    return f"{state} {scope_name(w, rule)} · {w.days(rule.period)}"


@router.callback_query(SwitchAllRules.filter())
async def all_rules(_: CallbackQuery, turn: Turn, callback_data: SwitchAllRules) -> None:
    await switch_spending(turn, on=callback_data.on)
    await show_rules(turn)
