"""/reminders: what will be reminded and when, every switch of it, and a test."""

from __future__ import annotations

from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.screen import Open, Row, Screen, SmallNumber, button, choice_button, home_button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.known_screen import show_known
from handlers.proxies.selection_view import read_known_list
from handlers.reminders.lead_times import Leads
from handlers.reminders.schedule_words import before_the_end, minute_text, zone_line
from model.colleagues import Right
from model.schedules import Habits
from px6 import State
from services.notifications.kinds import NotSent, Unsure
from services.reminders.preview import ComingMessage
from services.reminders.service import RemindersOverview, Undelivered

router = Router(name=__name__)

LOW_BALANCE_CHOICES = (1, 3, 7)
NAMED = 3  # colleagues
UNDELIVERED_SHOWN = 3  # of the messages that could not be delivered


class SetSwitch(CallbackData, prefix="rm-s", durable=True, offline=True, needs=Right.LOOK):
    """Turns a switch: `on`, `after_end`, `changes`; `to_me`: the owner is reminded of what colleagues are, too."""

    name: str
    value: bool


class SetLowDays(CallbackData, prefix="rm-d", durable=True, offline=True, needs=Right.LOOK):
    """Warns when the balance does not cover so many days; 0: never."""

    days: SmallNumber


@router.message(Command("reminders"))
@router.callback_query(Open.filter(F.screen == "reminders"))
async def reminders(_: Message | CallbackQuery, turn: Turn) -> None:
    """/reminders"""
    turn.retry_with(Open(screen="reminders"))
    await show_reminders(turn)


async def show_reminders(turn: Turn) -> None:
    await show_known(turn, [State.ALL], lambda: make_reminders_screen(turn), least=State.ACTIVE)


async def make_reminders_screen(turn: Turn) -> Screen:
    listed = await read_known_list(turn, fresh=False, least=State.ACTIVE)
    person = await turn.services.people.on_account(turn.person, turn.person.telegram_id) or turn.person
    covered = await turn.services.rules.covered(person.telegram_id, listed)
    overview = await turn.services.reminders.overview(person, listed, covered)
    return reminders_screen(turn.words, overview, turn.services.now())


def reminders_screen(w: Words, overview: RemindersOverview, now: datetime) -> Screen:
    habits = overview.habits
    text = lines(
        w.title("Reminders"),
        *habit_lines(w, overview),
        receivers_line(w, overview),
        *coming_lines(w, overview, now),
        *undelivered_lines(w, overview, now),
    )
    switch = w.tr("Switch off") if habits.on else w.tr("Switch on")
    rows = pairs(
        None if overview.by_owner else button(w.tr("When to remind"), Leads()),
        None if overview.by_owner else button(w.tr("By comment"), Open(screen="by_comment")),
        button(w.tr("Quiet hours"), Open(screen="quiet")),
        button(w.tr("Fixed hour"), Open(screen="fixed_hour")),
        button(w.tr("Time zone"), Open(screen="zone")),
        button(w.tr("Other messages"), Open(screen="money_notices")),
        button(switch, SetSwitch(name="on", value=not habits.on)),
        button(w.tr("Send me a test"), Open(screen="test_digest")),
        button(w.tr("Watched"), Open(screen="watch")),
        button(w.tr("Automatic prolonging"), Open(screen="rules")),
        to_me_button(w, overview),
    )
    return Screen(text, [*rows, [home_button(w)]])


def receivers_line(w: Words, overview: RemindersOverview) -> str | None:
    """To whom reminders of the account go, where they go to colleagues."""
    if not overview.colleagues:
        return None
    names = ", ".join(overview.colleagues[:NAMED])
    if len(overview.colleagues) > NAMED:
        names += " …"
    return (
        w.tr("Reminders also go to: {names}", names=names)
        if overview.is_told
        else w.tr("Reminders go to colleagues only: {names}", names=names)
    )


def to_me_button(w: Words, overview: RemindersOverview) -> InlineKeyboardButton | None:
    if not overview.colleagues or not overview.habits.on:
        return None
    label = w.tr("Don't remind me") if overview.is_told else w.tr("Remind me, too")
    return button(label, SetSwitch(name="to_me", value=not overview.is_told))


def habit_lines(w: Words, overview: RemindersOverview) -> list[str | None]:
    """What is switched on, a line each."""
    habits = overview.habits
    if not habits.on:
        return [w.tr("Off: no reminders before proxies end.")]
    if overview.off_by_owner:
        return [w.tr("Off: the owner of this account has switched its reminders off.")]
    if overview.by_owner and not overview.is_told:
        return [w.tr("Reminders of this account do not come to you: its owner decides to whom.")]
    daily = habits.digest_minute
    when = (
        before_the_end(w, habits.leads)
        if daily is None
        else w.tr("Once a day at {time}", time=minute_text(w, daily))
        if daily == habits.hour
        else w.tr("Once a day at {time}, when the quiet hours are over", time=minute_text(w, daily))
    )
    quiet = (
        w.tr("Quiet {start}–{end}", start=minute_text(w, habits.quiet_from), end=minute_text(w, habits.quiet_to))
        if habits.quiet_from is not None and habits.quiet_to is not None
        else None
    )
    is_zone_said = bool(overview.zone) or quiet is not None or habits.hour is not None
    own = len(habits.by_comment)
    return [
        when,
        w.tr("The owner of this account sets how long before.") if overview.by_owner and daily is None else None,
        w.n("{count} comment has its own reminders", "{count} comments have their own reminders", own)
        if own
        else None,
        quiet,
        zone_line(w, overview.zone) if is_zone_said else None,
    ]


def coming_lines(w: Words, overview: RemindersOverview, now: datetime) -> list[str | Text | None]:
    """The next messages, if nothing is prolonged before."""
    let_go = (
        w.n("Marked “Don't prolong”: {count}", "Marked “Don't prolong”: {count}", overview.let_go)
        if overview.let_go
        else None
    )
    if not overview.habits.on or overview.off_by_owner:
        return []
    if not overview.is_told:
        return [let_go]
    if not overview.messages:
        return [w.tr("No reminder is due within two months."), let_go]
    return [w.tr("Next messages:"), *(coming_line(w, each, now) for each in overview.messages), let_go]


def coming_line(w: Words, message: ComingMessage, now: datetime) -> Text:
    """When it comes, and about how many. What is due now comes with the next look, within a minute or so."""
    if message.at <= now:
        return Text(w.n("Within minutes: {count} proxy", "Within minutes: {count} proxies", message.count))
    when = w.near(message.at, now)
    return w.rich_n("{when}: {count} proxy", "{when}: {count} proxies", message.count, when=when)


def undelivered_lines(w: Words, overview: RemindersOverview, now: datetime) -> list[str | Text | None]:
    """What could not be said, as far as that is known."""
    listed: list[str | Text | None] = [
        undelivered_line(w, each, now) for each in overview.undelivered[:UNDELIVERED_SHOWN]
    ]
    others = w.n(
        "⚠️ {count} other message is not delivered yet",
        "⚠️ {count} other messages are not delivered yet",
        overview.others,
    )
    return [*listed, others if overview.others else None]


def undelivered_line(w: Words, message: Undelivered, now: datetime) -> Text:
    when = w.when(message.at, now)
    if message.certain:
        return w.rich_n(
            "⚠️ Not delivered {when}: {count} proxy",
            "⚠️ Not delivered {when}: {count} proxies",
            message.count,
            when=when,
        )
    return w.rich_n(
        "⚠️ Perhaps not delivered {when}: {count} proxy",
        "⚠️ Perhaps not delivered {when}: {count} proxies",
        message.count,
        when=when,
    )


@router.callback_query(SetSwitch.filter(F.name.in_({"on", "after_end", "changes"})))
async def switch(_: CallbackQuery, turn: Turn, callback_data: SetSwitch) -> None:
    habits = await turn.services.reminders.change(turn.person.chat_id, **{callback_data.name: callback_data.value})
    turn.on_disk()
    if callback_data.name == "on":
        await show_reminders(turn)
    else:
        await turn.show(other_messages_screen(turn.words, habits))


@router.callback_query(SetSwitch.filter(F.name == "to_me"))
async def tell_owner(_: CallbackQuery, turn: Turn, callback_data: SetSwitch) -> None:
    if turn.person.colleague is None:
        await turn.services.reminders.tell_owner(turn.person, callback_data.value)
    turn.on_disk()
    await show_reminders(turn)


@router.callback_query(Open.filter(F.screen == "money_notices"))
async def money_notices(_: CallbackQuery, turn: Turn) -> None:
    habits = await turn.services.reminders.habits(turn.person.chat_id)
    await turn.show(other_messages_screen(turn.words, habits))


def other_messages_screen(w: Words, habits: Habits) -> Screen:
    low = (
        w.tr("Low balance: no warning")
        if habits.low_days is None
        else w.tr("Low balance: warning when it does not cover {days}", days=w.days(habits.low_days))
    )
    text = lines(
        w.title("Other messages"),
        low,
        w.tr("Messages about ended proxies: on") if habits.after_end else w.tr("Messages about ended proxies: off"),
        w.tr("Messages about changes at px6 made without me: on")
        if habits.changes
        else w.tr("Messages about changes at px6 made without me: off"),
        w.tr("Warn when the balance does not cover:"),
    )
    never = choice_button(w.tr("No warning"), habits.low_days is None, SetLowDays(days=0))
    days = [
        choice_button(w.days(each), habits.low_days == each, SetLowDays(days=each)) for each in LOW_BALANCE_CHOICES
    ]
    after = (
        w.tr("Stop messages about ended proxies") if habits.after_end else w.tr("Send messages about ended proxies")
    )
    changes = w.tr("Stop messages about px6 changes") if habits.changes else w.tr("Send messages about px6 changes")
    rows: list[Row] = [
        [never, days[0]],
        days[1:],
        [button(after, SetSwitch(name="after_end", value=not habits.after_end))],
        [button(changes, SetSwitch(name="changes", value=not habits.changes))],
    ]
    return Screen(text, [*rows, home_row(w, Open(screen="reminders"))])


@router.callback_query(SetLowDays.filter())
async def set_low_days(_: CallbackQuery, turn: Turn, callback_data: SetLowDays) -> None:
    days = callback_data.days if callback_data.days in LOW_BALANCE_CHOICES else None
    habits = await turn.services.reminders.change(turn.person.chat_id, low_days=days)
    turn.on_disk()
    await turn.show(other_messages_screen(turn.words, habits))


@router.callback_query(Open.filter(F.screen == "test_digest"))
async def test_digest(_: CallbackQuery, turn: Turn) -> None:
    """A reminder now, as a new message, about what ends soonest; nothing is marked as said."""
    listed = await (await turn.px6()).proxies(nokey=True)
    soon = turn.services.reminders.examples(listed)
    w = turn.words
    if not soon:
        await turn.toast(w.tr("None of your proxies ends within two months."), alert=True)
        return
    try:
        await turn.services.sweep.digests.send_example(turn.person, soon)
    except NotSent:
        await turn.toast(w.tr("Telegram did not accept the message. Try again in a minute."), alert=True)
    except Unsure:
        await turn.toast(w.tr("Telegram did not answer. If nothing comes, try again."), alert=True)
    else:
        await turn.answer(w.tr("Sent"))
