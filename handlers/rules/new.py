"""A new rule of automatic prolonging: what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton

from handlers.ground.after_change import show_after_change
from handlers.ground.buttons import NewRule
from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.proxy_buttons import Chosen, ProlongAutomatically
from handlers.ground.proxy_words import comment_mark, most_used, short_comment
from handlers.ground.rule_words import scope_name
from handlers.ground.screen import Open, Row, Screen, button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import ticked_ids
from handlers.rules.list import paged
from handlers.rules.rule import show_rule
from handlers.rules.rule_screen import ShownRule, preview_lines, terms_line
from model.colleagues import Right
from model.doers import Act
from model.rules import Scope
from services.rules.service import IsThere, TooManyRules

router = Router(name=__name__)

COMMENTS_SHOWN = 6  # on a page
COUNTRIES_SHOWN = 10
NEW_RULE = Open(screen="new_rule")


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
        w.tr("First you see what the rule would do; it works once you switch it on."),
    )
    return Screen(text, [*rows, home_row(w, Open(screen="rules"))])


class CreateRule(CallbackData, prefix="ru-m", durable=True, needs=Right.ALL):
    """Creates the rule that was shown. `value`: a comment's mark, a country, or a selection."""

    scope: Scope
    value: str = ""


@router.callback_query(NewRule.filter())
async def offer_rule(_: CallbackQuery, turn: Turn, callback_data: NewRule) -> None:
    """Ask which one where that is open, else show what the rule would do."""
    scope, value = callback_data.scope, callback_data.value
    if scope == "all":
        await show_offered(turn, CreateRule(scope="all"), "", NEW_RULE)
    elif scope == "ids":
        await turn.show(how_to_choose_screen(turn.words))
    elif scope in ("country", "comment"):
        found = await values_of(turn, scope)
        match = matching(found, value)
        if match is None:
            await turn.show(which_screen(turn.words, scope, found, callback_data.page))
        else:
            create = CreateRule(scope="country" if scope == "country" else "comment", value=value)
            await show_offered(turn, create, match, NewRule(scope=scope, page=callback_data.page))


@router.callback_query(ProlongAutomatically.filter())
async def offer_rule_for_ticked(_: CallbackQuery, turn: Turn, callback_data: ProlongAutomatically) -> None:
    ids = await ticked_ids(turn, callback_data.ticks)
    create = CreateRule(scope="ids", value=callback_data.ticks)
    await show_offered(turn, create, list(ids), callback_data.to(Chosen))


async def values_of(turn: Turn, scope: str) -> Sequence[str]:
    """The comments or countries of the person's proxies, the most used first."""
    listed = (await (await turn.px6()).proxies(nokey=True)).proxies
    if scope == "comment":
        return most_used(p.comment for p in listed)
    return [one for one in most_used(p.country or "" for p in listed) if one]  # px6 need not say where a proxy is


def matching(found: Sequence[str], value: str) -> str | None:
    """The one that a button means by its text or its mark; None for none."""
    return next((one for one in found if value and value in (one, comment_mark(one))), None)


async def show_offered(turn: Turn, create: CreateRule, value: object, back: CallbackData) -> None:
    """What the rule would do. Nothing is kept of it before it is created."""
    client = await turn.px6()
    listed = await client.proxies(nokey=True)
    try:
        rule = await turn.services.rules.draft(turn.person.telegram_id, create.scope, value, hours=12, period=30)
    except TooManyRules:
        await turn.show(too_many_rules_screen(turn.words))
        return
    preview = await turn.services.rules.preview(turn.person, rule, client, listed)
    await turn.show(offered_screen(turn.words, ShownRule(rule, preview, listed.currency), create, back))


def offered_screen(w: Words, shown: ShownRule, create: CreateRule, back: CallbackData) -> Screen:
    text = lines(
        w.title("New rule: {what}", what=scope_name(w, shown.rule)),
        terms_line(w, shown.rule),
        *preview_lines(w, shown),
        w.tr("A new rule is off until you switch it on. Time, days and limits can be set there."),
    )
    return Screen(text, [[button(w.tr("Create the rule"), create)], home_row(w, back)])


@router.callback_query(CreateRule.filter())
async def create_rule(_: CallbackQuery, turn: Turn, callback_data: CreateRule) -> None:
    scope, value = callback_data.scope, callback_data.value
    if scope == "all":
        await add(turn, "all", "")
    elif scope == "ids":
        await add(turn, "ids", list(await ticked_ids(turn, value)))
    else:
        match = matching(await values_of(turn, scope), value)
        if match is not None:
            return await add(turn, scope, match)
        turn.on_disk()  # nothing has that comment, or is in that country, any more
        await turn.show(new_rule_screen(turn.words))
    return None


async def add(turn: Turn, scope: Scope, value: object) -> None:
    person = turn.person
    try:
        made = await turn.services.rules.add(person.telegram_id, scope, value, hours=12, period=30, by=person.by)
    except TooManyRules:
        await turn.show(too_many_rules_screen(turn.words))
    except IsThere as there:
        turn.on_disk()
        await show_after_change(turn, show_rule(turn, there.rule_id))
    else:
        await note_act(turn, Act.RULE_NEW)
        turn.on_disk()
        await show_after_change(turn, show_rule(turn, made.id))


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
    return Screen(lines(title, none), [*choices, turning, home_row(w, NEW_RULE)])


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
    return Screen(text, [*rows, home_row(w, NEW_RULE)])
