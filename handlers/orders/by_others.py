"""What is said to whoever got a reminder that somebody else has acted upon, in a message and in answer to a tap."""

from __future__ import annotations

from aiogram.utils.formatting import Bold, Text

from handlers.ground.screen import Open, Row, Screen, home_in_new_message, new_message_button
from handlers.ground.words import Words, lines
from handlers.orders.order_buttons import ShowQuote
from handlers.orders.who_did import colleague_name
from services.notifications.kinds import DigestEnd


def name_of(w: Words, end: DigestEnd) -> str:
    """Who it was: a name, or what takes its place."""
    if end.by == "owner":
        return w.tr("the owner")
    return w.tr("automatic prolonging") if end.by == "rule" else colleague_name(w, end.name)


def payment_line(w: Words, end: DigestEnd) -> str:
    """What became of somebody else's payment, in one sentence; also for the alert of a tap."""
    who = name_of(w, end)
    if end.what == "paying":
        return w.tr("Being prolonged right now by {who}. This tap spent nothing.", who=who)
    if end.what == "unknown":
        return w.tr("Payment by {who}: px6 has not confirmed it yet. I am checking; do not pay again.", who=who)
    if end.what == "unclear":
        return w.tr("Payment by {who}: px6 does not tell what became of it. See /orders.", who=who)
    if end.what == "nothing":
        return w.tr("Not prolonged: {who} tried, and nothing was spent.", who=who)
    return w.tr("Prolonged by {who}", who=who)


def payment_screen(w: Words, end: DigestEnd) -> Screen:
    """What a reminder says instead, once somebody else has paid, or tried to."""
    if end.what == "paid":
        return Screen(lines(Bold("✅ ", payment_line(w, end)), paid_line(w, end)), [[home_in_new_message(w)]])
    rows: list[Row] = []
    if end.what == "nothing" and end.may_prolong:
        again = ShowQuote(kind="prolong", quote=end.quote_id, period=end.period)
        rows.append([new_message_button(w.tr("Get a new quote"), again)])
    if end.what == "unclear":
        rows.append([new_message_button(w.tr("Orders"), Open(screen="orders"))])
    return Screen(lines(payment_line(w, end)), [*rows, [home_in_new_message(w)]])


def paid_line(w: Words, end: DigestEnd) -> Text:
    """How many, for how long and until when: `2 proxies, 30 days, until 29 Dec 18:40`."""
    count = (
        w.tr("{count} of {all} proxies", count=w.number(end.count), all=w.number(end.of))
        if end.count < end.of
        else w.n("{count} proxy", "{count} proxies", end.count)
    )
    if end.until is None:
        return Text(w.days(end.period))
    what = Text(f"{count}, {w.days(end.period)}")
    until = w.when(end.until, end.now)
    if end.apart:
        return w.rich("{what}, the first until {when}", what=what, when=until)
    return w.rich("{what}, until {when}", what=what, when=until)
