"""What a digest says instead, once somebody else has ended its matter. Pure screens."""

from __future__ import annotations

from aiogram.utils.formatting import Bold, Text

from handlers.ground.screen import Row, Screen, button, home_in_new_message
from handlers.ground.words import Words, lines
from handlers.orders.by_others import name_of, payment_screen
from handlers.reminders.digest_screen import DigestData, LetGo
from services.notifications.kinds import DigestEnd


def ending_screen(w: Words, end: DigestEnd) -> Screen:
    """What somebody else made of it; what they have let go, or not any more, can be shown again, or taken back."""
    if end.what not in ("let_go", "undone"):
        return payment_screen(w, end)
    rows: list[Row] = []
    if end.what == "let_go" and end.may_prolong:
        rows = [[button(w.tr("Remind me after all"), LetGo(digest=end.digest_id, undo=True))]]
    elif end.what == "undone":
        rows = [[button(w.tr("Show the reminder"), DigestData(digest=end.digest_id))]]
    return Screen(lines(Bold(decision_title(w, end)), decision_line(w, end)), [*rows, [home_in_new_message(w)]])


def decision_title(w: Words, end: DigestEnd) -> str:
    """What was decided; also for the alert of a tap."""
    if end.what == "let_go":
        return w.n("Not prolonging: {count} proxy", "Not prolonging: {count} proxies", end.of)
    return w.n("Reminders again: {count} proxy", "Reminders again: {count} proxies", end.of)


def decision_line(w: Words, end: DigestEnd) -> Text:
    who = name_of(w, end)
    if end.what == "undone":
        return Text(w.tr("Decided by {who}.", who=who))
    return Text(
        w.tr("Decided by {who}. There are no reminders of it, and rules skip it, until it is prolonged.", who=who)
        if end.of == 1
        else w.tr(
            "Decided by {who}. There are no reminders of them, and rules skip them, until they are prolonged.",
            who=who,
        )
    )
