"""What colleagues did on an account beside orders and deletions: when, who, what, on how many proxies."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text

from handlers.ground.proxy_words import proxy_count
from handlers.ground.screen import Open, Row, Screen, button, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.who_did import ColleagueActions, Team, colleague_name, on_button, team_of
from model.colleagues import ColleagueAction
from model.doers import Act

router = Router(name=__name__)

ACTIONS_PER_PAGE = 6  # each may take two lines


@router.callback_query(ColleagueActions.filter())
async def colleague_actions(_: CallbackQuery, turn: Turn, callback_data: ColleagueActions) -> None:
    found = await turn.services.colleagues.actions(
        turn.person.telegram_id, ACTIONS_PER_PAGE + 1, (callback_data.page - 1) * ACTIONS_PER_PAGE
    )
    await turn.show(actions_screen(turn.words, callback_data.page, found, await team_of(turn)))


def actions_screen(w: Words, page: int, found: Sequence[ColleagueAction], of: Team) -> Screen:
    """A page of them, newest first; `found` holds one more than a page when there is another."""
    text = lines(
        w.title("What colleagues did"),
        *(action_line(w, each, of) for each in found[:ACTIONS_PER_PAGE]),
        None if found else w.tr("Nothing here yet."),
        w.tr("Purchases, prolongations and deletions are in “Orders”.") if page == 1 else None,
    )
    turn_page: Row = [
        *([button("‹", ColleagueActions(page=page - 1))] if page > 1 else []),
        *([button("›", ColleagueActions(page=page + 1))] if len(found) > ACTIONS_PER_PAGE else []),
    ]
    return Screen(text, [turn_page, home_row(w, Open(screen="orders"))])


def action_line(w: Words, one: ColleagueAction, of: Team) -> Text:
    """`26 Nov, 18:40 · Bob · check: 3 proxies`"""
    who = w.tr("you") if one.person == of.reader else colleague_name(w, one.name)
    return w.rich("{when} · {who} · {what}", when=w.time(one.at), who=on_button(who), what=act_words(w, one))


def act_words(w: Words, one: ColleagueAction) -> str:
    """What was done; of an act that this version does not know, its name."""
    proxies = proxy_count(w, one.count)
    words = {
        Act.CHECK: w.tr("check: {what}", what=proxies),
        Act.COMMENT: w.tr("comment: {what}", what=proxies),
        Act.PROTOCOL: w.tr("protocol: {what}", what=proxies),
        Act.EXPORT: w.tr("export: {what}", what=proxies),
        Act.BIND: w.n("binding: {count} address", "binding: {count} addresses", one.count),
        Act.UNBIND: w.tr("binding lifted"),
        Act.RULE_NEW: w.tr("new rule"),
        Act.RULE_CHANGED: w.tr("rule changed"),
        Act.RULE_REMOVED: w.tr("rule removed"),
        Act.RULE_SKIPPED: w.tr("a rule's prolongation skipped"),
        Act.LET_GO: w.tr("don't prolong: {what}", what=proxies),
        Act.REMINDED: w.tr("remind again: {what}", what=proxies),
        Act.WATCH_NEW: w.tr("new watch"),
        Act.WATCH_CHANGED: w.tr("watch changed"),
        Act.WATCH_ENDED: w.tr("watch ended"),
    }
    return words.get(Act(one.action), one.action) if one.action in set(Act) else one.action
