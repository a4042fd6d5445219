"""/stats: people, payments, reminders, and whether px6 and Telegram answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.screen import Screen, button, home_button, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, lines
from handlers.operators.commands import ByOperator, OperatorCommand, OperatorScreen
from model.operators import Figures, Health, Paid

router = Router(name=__name__)

BARS = "▁▂▃▄▅▆▇█"


@router.message(OperatorCommand("stats"))
@router.callback_query(OperatorScreen.filter(F.screen == "stats"), ByOperator())
async def stats(_: Message | CallbackQuery, turn: Turn) -> None:
    figures = await turn.services.figures.read(turn.words.zone)
    await turn.show(stats_screen(turn.words, figures, turn.services.now()))


def stats_screen(w: Words, seen: Figures, now: datetime) -> Screen:
    """All figures, each kind in a line; what is wrong has a mark."""
    text = lines(
        w.title("Figures"),
        people_line(w, seen),
        accounts_line(w, seen),
        w.tr("Paid today: {sums}", sums=sums(w, seen.today)),
        w.tr("Paid in 30 days: {sums}", sums=sums(w, seen.month)),
        code(chart(seen.by_day)) if any(seen.by_day) else None,
        w.tr("Refused payments: {refused}; outcome not known yet: {unknown}", **numbers(w, seen)),
        marked(
            w.tr("Reminders: {due} due, {late} late, {unsaid} not delivered", **numbers(w, seen)),
            is_wrong=seen.late > 0,
        ),
        *health_lines(w, seen, now),
        None if w.zone else w.tr("Days begin at midnight in UTC: your time zone is not known."),
    )
    rows = pairs(
        button(w.tr("Read again"), OperatorScreen(screen="stats")),
        button(w.tr("Maintenance"), OperatorScreen(screen="maintenance")),
    )
    return Screen(text, [*rows, [home_button(w)]])


def numbers(w: Words, seen: Figures) -> dict[str, str]:
    counted = {
        "refused": seen.refused,
        "unknown": seen.unknown,
        "due": seen.due,
        "late": seen.late,
        "unsaid": seen.unsaid,
    }
    return {name: w.number(count) for name, count in counted.items()}


def people_line(w: Words, seen: Figures) -> str:
    return w.tr(
        "People: {all}; new in 30 days: {new}; blocked the bot: {blocked}",
        all=w.number(seen.people),
        new=w.number(seen.new),
        blocked=w.number(seen.blocked),
    )


def accounts_line(w: Words, seen: Figures) -> str:
    return w.tr(
        "px6 accounts: {all}; refused keys: {refused}",
        all=w.number(seen.accounts),
        refused=w.number(seen.refused_keys),
    )


def sums(w: Words, paid: Sequence[Paid]) -> str:
    """`12 · 1,204.50 RUB, 3 · 5.00 USD`: payments and their sum, by currency."""
    return ", ".join(f"{w.number(one.payments)} · {w.money(one.sum, one.currency)}" for one in paid) or "0"


def chart(by_day: Sequence[int]) -> str:
    """A bar for each day, the highest for the most; a day with one payment is higher than a day without any.

    >>> chart([0, 1, 100])
    '▁▂█'
    """
    most = max(*by_day, 1)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in by_day)


def health_lines(w: Words, seen: Figures, now: datetime) -> Iterator[str | Text]:
    yield health_line(w, "px6", seen.px6, now)
    yield health_line(w, "Telegram", seen.telegram, now)


def health_line(w: Words, name: str, health: Health, now: datetime) -> str | Text:
    if health.failing_since is not None:
        return w.rich("⚠️ {name} does not answer since {when}", name=name, when=w.when(health.failing_since, now))
    if health.answered_at is None:
        return w.tr("{name}: not asked yet", name=name)
    return w.tr("{name} answers, last {when}", name=name, when=w.relative(health.answered_at, now))


def marked(line: str, *, is_wrong: bool) -> str:
    return f"⚠️ {line}" if is_wrong else line
