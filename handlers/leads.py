"""Lead times: how long before the end a reminder comes, for all proxies or for those of a comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiogram import F, Router
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message

from handlers.habit_words import lead_text, leads_text
from handlers.parsing import wrong
from handlers.screen import Open, Row, Screen, back_button, button, chosen, grid
from handlers.turn import Asked, Turn
from handlers.views import mark, most_used, short
from handlers.words import Words, lines
from services.habits import DAY, HOUR, LONGEST_LEAD, SHORTEST_LEAD, Habits, ordered

router = Router(name="leads")

LEADS = (7 * DAY, 5 * DAY, 3 * DAY, 2 * DAY, DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, HOUR)
COMMENTS_SHOWN = 6
SPAN = re.compile(r"(\d{1,3})\s*([a-zа-яё]*)", re.IGNORECASE)


class Leads(CallbackData, prefix="rm-l"):
    """Lead times; `comment` is the mark of the comment whose own they are."""

    comment: str = ""


class ToggleLead(Leads, prefix="rm-t"):
    """Adds or removes a lead time."""

    lead: int


class OwnLeads(Leads, prefix="rm-o"):
    """Gives a comment lead times of its own, or (not `own`) takes them away."""

    own: bool


class TypeLead(Leads, prefix="rm-tl"):
    """The person types a lead time."""


@router.callback_query(Leads.filter())
async def leads(_: CallbackQuery, turn: Turn, callback_data: Leads) -> None:
    await turn.ask(None)
    await show_leads(turn, callback_data.comment)


async def show_leads(turn: Turn, marked: str) -> None:
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    comment = await comment_of(turn, marked)
    await turn.show(leads_screen(turn.words, habits, marked, comment))


async def comment_of(turn: Turn, marked: str) -> str | None:
    """The text of a marked comment; None without a mark."""
    if not marked:
        return None
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    known = [each.comment for each in habits.by_comment]
    listed = [p.comment for p in (await (await turn.px6()).proxies(nokey=True)).proxies]
    return next((c for c in (*known, *listed) if mark(c) == marked), "")


def leads_screen(w: Words, habits: Habits, marked: str, comment: str | None) -> Screen:
    own = comment is None or any(each.comment == comment for each in habits.by_comment)
    current = habits.leads if comment is None else habits.leads_of(comment)
    title = w.title("Lead times") if comment is None else w.title("Lead times of “{comment}”", comment=short(comment))
    text = lines(
        title,
        w.tr("{leads} before the end", leads=leads_text(w, current)),
        w.tr("Several that have passed make one message."),
    )
    everything = sorted({*LEADS, *current}, reverse=True)
    choices = [
        chosen(lead_text(w, lead), lead in current, ToggleLead(comment=marked, lead=lead)) for lead in everything
    ]
    other = button(w.tr("Other…"), TypeLead(comment=marked))
    rows = grid([*choices, other], 3)[:7]
    if comment is not None:
        label = w.tr("The same as all others") if own else w.tr("Its own")
        rows = [*rows, [button(label, OwnLeads(comment=marked, own=not own))]]
    back = Open(screen="by_comment") if comment is not None else Open(screen="reminders")
    return Screen(text, [*rows, [back_button(w, back)]])


@router.callback_query(ToggleLead.filter())
async def toggle_lead(_: CallbackQuery, turn: Turn, callback_data: ToggleLead) -> None:
    if SHORTEST_LEAD <= callback_data.lead <= LONGEST_LEAD:
        await change_leads(turn, callback_data.comment, callback_data.lead)
    await show_leads(turn, callback_data.comment)


async def change_leads(turn: Turn, marked: str, lead: int) -> None:
    """Add a lead, or remove it when it is there."""
    telegram_id = turn.person.telegram_id
    habits = await turn.services.reminders.habits(telegram_id)
    comment = await comment_of(turn, marked)
    before = habits.leads if comment is None else habits.leads_of(comment)
    after = ordered(tuple(each for each in before if each != lead) if lead in before else (*before, lead))
    if comment is None:
        await turn.services.reminders.change(telegram_id, leads=after)
    else:
        by_comment = habits.with_comment(comment, after).by_comment
        await turn.services.reminders.change(telegram_id, by_comment=by_comment)


@router.callback_query(OwnLeads.filter())
async def own_leads(_: CallbackQuery, turn: Turn, callback_data: OwnLeads) -> None:
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    comment = await comment_of(turn, callback_data.comment) or ""
    changed = habits.with_comment(comment, habits.leads if callback_data.own else None)
    await turn.services.reminders.change(turn.person.telegram_id, by_comment=changed.by_comment)
    await show_leads(turn, callback_data.comment)


@router.callback_query(TypeLead.filter())
async def ask_lead(_: CallbackQuery, turn: Turn, callback_data: TypeLead) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("How long before the end?"), w.tr("Write it like 4 days or 8 hours."))
    await turn.show(Screen(text, [[back_button(w, Leads(comment=callback_data.comment))]]))


@router.message(F.text, Asked(TypeLead))
async def typed_lead(_: Message, turn: Turn, asked: TypeLead) -> None:
    lead = lead_from(turn.text)
    w = turn.words
    if lead is None:
        raise wrong(w, w.tr("From 30 minutes to 60 days, written like 4 days or 8 hours."), "4 days")
    await turn.ask(None)
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    comment = await comment_of(turn, asked.comment)
    if lead not in (habits.leads if comment is None else habits.leads_of(comment)):
        await change_leads(turn, asked.comment, lead)
    await show_leads(turn, asked.comment)


def lead_from(text: str) -> int | None:
    """Seconds from `4 days`, `8 h`, `90 min`, also in Russian; a bare number is days."""
    found = SPAN.fullmatch(text.strip())
    if found is None or not found[1].isascii():
        return None
    unit = found[2].lower()
    size = (
        60
        if unit.startswith(("m", "м"))
        else HOUR
        if unit.startswith(("h", "ч"))
        else DAY
        if not unit or unit.startswith(("d", "д", "с"))
        else 0
    )
    lead = int(found[1]) * size
    return lead if SHORTEST_LEAD <= lead <= LONGEST_LEAD else None


@router.callback_query(Open.filter(F.screen == "by_comment"))
async def by_comment(_: CallbackQuery, turn: Turn) -> None:
    listed = (await (await turn.px6()).proxies(nokey=True)).proxies
    habits = await turn.services.reminders.habits(turn.person.telegram_id)
    own = [each.comment for each in habits.by_comment]
    found = list(dict.fromkeys([*own, *most_used(p.comment for p in listed if p.comment)]))
    await turn.show(by_comment_screen(turn.words, habits, found))


def by_comment_screen(w: Words, habits: Habits, comments: Sequence[str]) -> Screen:
    own = {each.comment: each.leads for each in habits.by_comment}
    text = lines(
        w.title("Lead times by comment"),
        w.tr("A comment can have lead times of its own, or none.")
        if comments
        else w.tr("None of your proxies has a comment yet."),
    )
    rows: list[Row] = [
        [
            button(
                f"{short(comment, 20)} · {leads_text(w, own[comment])}" if comment in own else short(comment, 30),
                Leads(comment=mark(comment)),
            )
        ]
        for comment in comments[:COMMENTS_SHOWN]
    ]
    return Screen(text, [*rows, [back_button(w, Open(screen="reminders"))]])
