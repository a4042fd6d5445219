"""When to remind: how long before the end, for all proxies or for those of a comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Asked
from handlers.ground.parsing import BadInput, wrong
from handlers.ground.proxy_words import comment_mark, most_used, short_comment
from handlers.ground.screen import Open, Page, Row, Screen, Seconds, button, choice_button, grid, home_row, page_row
from handlers.ground.turn import Turn
from handlers.ground.typed import plain
from handlers.ground.words import Words, lines
from handlers.reminders.schedule_words import before_the_end, lead_text
from locales import LANGUAGES
from model.colleagues import Right
from model.schedules import DAY, HOUR, LONGEST_LEAD, MOST_LEADS, SHORTEST_LEAD, Habits, TooManyLeads

router = Router(name=__name__)

MINUTE = 60  # seconds

LEAD_CHOICES = (7 * DAY, 5 * DAY, 3 * DAY, 2 * DAY, DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, HOUR)
COMMENTS_SHOWN = 6
LEAD_TEXT = re.compile(r"(\d{1,3})\s*([^\W\d_]*)")


class ByComment(CallbackData, prefix="rm-bc", needs=Right.LOOK):
    """A page of the comments, each with its reminders."""

    page: Page = 1


class Leads(CallbackData, prefix="rm-l", offline=True, needs=Right.LOOK):
    """When to remind; `comment`: the mark of the comment whose own reminders these are, found on that `page`."""

    comment: str = ""
    page: Page = 1

    @property
    def back(self) -> CallbackData:
        return ByComment(page=self.page) if self.comment else Open(screen="reminders")


class ToggleLead(Leads, prefix="rm-t", needs=Right.LOOK):
    """Adds or removes a reminder; `lead`: how long before the end it comes."""

    lead: Seconds


class OwnLeads(Leads, prefix="rm-o", needs=Right.LOOK):
    """Gives a comment reminders of its own, or (not `own`) takes them away."""

    own: bool


class TypeLead(Leads, prefix="rm-tl", needs=Right.LOOK):
    """The person types how long before the end to remind."""


@router.callback_query(Leads.filter())
async def leads(_: CallbackQuery, turn: Turn, callback_data: Leads) -> None:
    await show_leads(turn, callback_data)


async def show_leads(turn: Turn, data: Leads) -> None:
    await show_leads_of(turn, data, await comment_of(turn, data.comment))


async def show_leads_of(turn: Turn, data: Leads, comment: str | None) -> None:
    """After a change, too: px6 is asked for nothing more, so what it does then cannot hide that it was made."""
    habits = await turn.services.reminders.habits(turn.person.chat_id)
    await turn.show(leads_screen(turn.words, habits, data, comment))


async def comment_of(turn: Turn, marked: str) -> str | None:
    """The text of a marked comment; None without a mark. Raises BadInput when nothing has that comment any more."""
    if not marked:
        return None
    habits = await turn.services.reminders.habits(turn.person.chat_id)
    known = [each.comment for each in habits.by_comment]
    listed = [p.comment for p in (await (await turn.px6()).proxies(nokey=True)).proxies]
    found = next((c for c in (*known, *listed) if comment_mark(c) == marked), None)
    if found is None:
        raise BadInput(Text(turn.words.tr("None of your proxies has this comment any more.")), ByComment())
    return found


def leads_screen(w: Words, habits: Habits, data: Leads, comment: str | None) -> Screen:
    own = comment is None or any(each.comment == comment for each in habits.by_comment)
    current = habits.leads_kept(comment)
    title = (
        w.title("When to remind")
        if comment is None
        else w.title("When to remind: “{comment}”", comment=short_comment(comment))
    )
    text = lines(
        title,
        before_the_end(w, current),
        w.tr("If several are due at once, you get one message."),
    )
    everything = sorted({*LEAD_CHOICES, *current}, reverse=True)
    choices = [
        choice_button(
            lead_text(w, lead), lead in current, ToggleLead(comment=data.comment, page=data.page, lead=lead)
        )
        for lead in everything
    ]
    other = button(w.tr("Other…"), TypeLead(comment=data.comment, page=data.page))
    rows = grid([*choices, other], 3)
    if comment is not None:
        label = w.tr("Same as the others") if own else w.tr("Set its own")
        rows = [*rows, [button(label, OwnLeads(comment=data.comment, page=data.page, own=not own))]]
    return Screen(text, [*rows, home_row(w, data.back)])


def too_many(w: Words) -> str:
    return w.tr("You already have {count} reminders. Remove one first.", count=MOST_LEADS)


@router.callback_query(ToggleLead.filter())
async def toggle_lead(_: CallbackQuery, turn: Turn, callback_data: ToggleLead) -> None:
    comment, lead = await comment_of(turn, callback_data.comment), callback_data.lead
    if SHORTEST_LEAD <= lead <= LONGEST_LEAD:
        try:
            await change_habits(turn, lambda habits: habits.toggled(comment, lead))
        except TooManyLeads:
            await turn.toast(too_many(turn.words), alert=True)
            return
    await show_leads_of(turn, callback_data, comment)


async def change_habits(turn: Turn, change: Callable[[Habits], Habits]) -> None:
    """Apply a change to the settings as they are stored now, since another tap may have changed them meanwhile."""
    await turn.services.reminders.rework(turn.person.chat_id, change)


@router.callback_query(OwnLeads.filter())
async def own_leads(_: CallbackQuery, turn: Turn, callback_data: OwnLeads) -> None:
    comment, own = await comment_of(turn, callback_data.comment), callback_data.own
    await change_habits(turn, lambda habits: habits.with_comment(comment or "", habits.leads if own else None))
    await show_leads_of(turn, callback_data, comment)


@router.callback_query(TypeLead.filter())
async def ask_lead(_: CallbackQuery, turn: Turn, callback_data: TypeLead) -> None:
    await turn.ask(callback_data)
    await turn.show(lead_question(turn.words, callback_data))


def lead_question(w: Words, asked: TypeLead) -> Screen:
    text = lines(w.title("How long before the end?"), w.tr("Write how long, like 4 days or 8 hours."))
    return Screen(text, [home_row(w, Leads(comment=asked.comment, page=asked.page))])


@router.message(Asked(TypeLead), F.text)
async def typed_lead(_: Message, turn: Turn, asked: TypeLead) -> None:
    lead, back = lead_from(turn.text), Leads(comment=asked.comment, page=asked.page)
    if lead is None:
        raise wrong_lead(turn.words, back)
    comment = await comment_asked_about(turn, asked.comment)
    await turn.ask(None)
    try:
        await change_habits(turn, lambda habits: habits.with_lead(comment, lead))
    except TooManyLeads:
        raise BadInput(Text(too_many(turn.words)), back) from None
    await show_leads_of(turn, back, comment)


async def comment_asked_about(turn: Turn, marked: str) -> str | None:
    """As `comment_of`; the question stays open where px6 does not answer, and closes with the comment gone."""
    try:
        return await comment_of(turn, marked)
    except BadInput:
        await turn.ask(None)
        raise


def wrong_lead(w: Words, back: Leads) -> BadInput:
    return wrong(w, w.tr("Write 30 minutes to 60 days, like 4 days or 8 hours."), w.tr("4 days"), back)


def lead_from(text: str) -> int | None:
    """Seconds from `4 days`, `8 h`, `90 min`, in any language of the bot; a bare number is days."""
    found = LEAD_TEXT.fullmatch(plain(text))
    if found is None or not found[1].isascii():
        return None
    lead = int(found[1]) * seconds_of(found[2].lower())
    return lead if SHORTEST_LEAD <= lead <= LONGEST_LEAD else None


def seconds_of(unit: str) -> int:
    """The seconds in one minute, hour or day, by how the word begins; 0 for any other word."""
    if not unit:
        return DAY
    for spoken in LANGUAGES.values():
        for size, beginnings in ((MINUTE, spoken.minutes), (HOUR, spoken.hours), (DAY, spoken.days)):
            if unit.startswith(beginnings):
                return size
    return 0


@router.callback_query(Open.filter(F.screen == "by_comment"))
async def by_comment(_: CallbackQuery, turn: Turn) -> None:
    await show_comments(turn, 1)


@router.callback_query(ByComment.filter())
async def comments_page(_: CallbackQuery, turn: Turn, callback_data: ByComment) -> None:
    await show_comments(turn, callback_data.page)


async def show_comments(turn: Turn, page: int) -> None:
    listed = (await (await turn.px6()).proxies(nokey=True)).proxies
    habits = await turn.services.reminders.habits(turn.person.chat_id)
    own = [each.comment for each in habits.by_comment]
    found = list(dict.fromkeys([*most_used(p.comment for p in listed if p.comment), *own]))
    await turn.show(by_comment_screen(turn.words, habits, found, page))


def by_comment_screen(w: Words, habits: Habits, comments: Sequence[str], page: int) -> Screen:
    own = {each.comment: each.leads for each in habits.by_comment}
    pages = -(-len(comments) // COMMENTS_SHOWN)
    page = min(page, pages)
    text = lines(
        w.title("Reminders by comment"),
        w.tr("Proxies with a comment can have their own reminders, or none.")
        if comments
        else w.tr("None of your proxies has a comment yet."),
    )
    rows: list[Row] = [
        [
            button(
                w.tr("{comment} · custom", comment=short_comment(comment, 20))
                if comment in own
                else short_comment(comment, 30),
                Leads(comment=comment_mark(comment), page=page),
            )
        ]
        for comment in comments[(page - 1) * COMMENTS_SHOWN : page * COMMENTS_SHOWN]
    ]
    turning = page_row(page, pages, lambda to: ByComment(page=to))
    return Screen(text, [*rows, turning, home_row(w, Open(screen="reminders"))])
