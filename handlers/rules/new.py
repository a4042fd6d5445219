"""A new rule of automatic prolonging: what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton

from handlers.ground.buttons import NewRule
from handlers.ground.proxy_words import comment_mark, most_used, short_comment
from handlers.ground.screen import Open, Row, Screen, button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import kept_ids
from handlers.rules.list import paged
from handlers.rules.rule import show_rule
from model.rules import Scope
from services.rules.service import TooManyRules

router = Router(name=__name__)

COMMENTS_SHOWN = 6  # on a page
COUNTRIES_SHOWN = 10


@router.callback_query(Open.filter(F.screen == "new_rule"))
async def new_rule(_: CallbackQuery, turn: Turn) -> None:
    await turn.show(new_rule_screen(turn.words))


def new_rule_screen(w: Words) -> Screen:
    rows = pairs(
        button(w.tr("All proxies"), NewRule(scope="all")),
        button(w.tr("A comment"), NewRule(scope="comment")),
        button(w.tr("A country"), NewRule(scope="country")),
        button(w.tr("Selected proxies"), NewRule(scope="ids")),
    )
    text = lines(
        w.title("What should be prolonged automatically?"),
        w.tr("A new rule is off: first see what it will do, then switch it on."),
    )
    return Screen(text, [*rows, home_row(w, Open(screen="rules"))])


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
        if not value:
            turn.on_disk()  # it only opens the choice
        listed = (await (await turn.px6()).proxies(nokey=True)).proxies
        by_country = scope == "country"
        found = most_used((p.country or "") if by_country else p.comment for p in listed)
        found = [one for one in found if one or not by_country]  # px6 need not say where a proxy is
        match = next((one for one in found if value and value in (one, comment_mark(one))), None)
        screen = which_screen(turn.words, scope, found, callback_data.page)
        await (turn.show(screen) if match is None else add(turn, "country" if by_country else "comment", match))


async def add(turn: Turn, scope: Scope, value: object) -> None:
    try:
        made = await turn.services.rules.add(turn.person.telegram_id, scope, value, hours=12, period=30)
    except TooManyRules:
        await turn.show(too_many_rules_screen(turn.words))
    else:
        turn.on_disk()
        await show_rule(turn, made.id)


def too_many_rules_screen(w: Words) -> Screen:
    text = lines(w.title("Too many rules"), w.tr("There are twenty rules already; remove one first."))
    return Screen(text, [home_row(w, Open(screen="rules"))])


def which_screen(w: Words, scope: str, values: Sequence[str], page: int) -> Screen:
    """Which comment or country, the most used first."""
    size = COUNTRIES_SHOWN if scope == "country" else COMMENTS_SHOWN
    shown, turning = paged(values, page, size, lambda number: NewRule(scope=scope, page=number))
    title = w.title("Which country?") if scope == "country" else w.title("Which comment?")
    none = None if values else w.tr("You have no proxies yet.")
    choices = pairs(*(value_button(w, scope, one) for one in shown))
    return Screen(lines(title, none), [*choices, turning, home_row(w, Open(screen="new_rule"))])


def value_button(w: Words, scope: str, value: str) -> InlineKeyboardButton:
    if scope == "country":
        return button(w.place(value), NewRule(scope=scope, value=value))
    return button(
        short_comment(value, 30) or w.tr("without a comment"), NewRule(scope=scope, value=comment_mark(value))
    )


def how_to_choose_screen(w: Words) -> Screen:
    text = lines(
        w.title("Select proxies in the list"),
        w.tr("In “My proxies” tap “Select”, tick them, tap “Continue”, then “Automatic prolonging”."),
    )
    rows: list[Row] = [[button(w.tr("My proxies"), Open(screen="proxies"))]]
    return Screen(text, [*rows, home_row(w, Open(screen="new_rule"))])
