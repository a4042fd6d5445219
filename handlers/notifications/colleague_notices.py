"""What is told about access to an account: to its owner, and to a colleague. Pure screens."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.ground.buttons import ShowColleagues
from handlers.ground.right_words import instead_line, right_of, shown_name
from handlers.ground.screen import Open, Screen, home_in_new_message, new_message_button
from handlers.ground.still_spending import spending_line, spending_rows
from handlers.ground.words import Words, lines
from model.notifications import ColleagueNews, LimitsDropped
from services.notifications.kinds import AccessEnded, RightChanged

NAMES_SHOWN = 3


def colleague_news_screen(w: Words, news: ColleagueNews) -> Screen:
    """To the owner: somebody accepted, declined, or left."""
    values = {"name": shown_name(w, news.name), "account": news.account}
    match news.news:
        case "accepted":
            title = w.title("{name} has access to “{account}” now", **values)
        case "declined":
            title = w.title("{name} has declined the invitation to “{account}”", **values)
        case "left":
            title = w.title("{name} has given up the access to “{account}”", **values)
    may = right_of(w, news.access) if news.access is not None else ""
    opened = new_message_button(w.tr("Colleagues"), ShowColleagues(account=news.owner))
    rows = spending_rows(w, news.rules, news.watches, opening=new_message_button)
    text = lines(
        title,
        w.tr("They may: {right}", right=may) if may else None,
        instead_line(w, may, news.before),
        spending_line(w, news.rules, news.watches),
    )
    return Screen(text, [*rows, [opened, home_in_new_message(w)]], of_account=False)


def limits_dropped_screen(w: Words, said: LimitsDropped) -> Screen:
    """To the owner: what no longer holds since px6 keeps the account in another currency, and how to set it anew."""
    before, now = w.sign(said.before), w.sign(said.now)
    limited, withdrawn, buying = len(said.colleagues), said.invites, said.watches
    text = lines(
        w.title("⚠️ Your px6 account is in {now} now", now=now),
        w.tr("Limits in {before} no longer apply.", before=before),
        w.n(
            "{count} colleague prolongs nothing until you set a new limit: {names}",
            "{count} colleagues prolong nothing until you set a new limit: {names}",
            limited,
            names=names_of(w, said.colleagues),
        )
        if limited
        else None,
        w.n(
            "{count} invitation with a limit was withdrawn.",
            "{count} invitations with a limit were withdrawn.",
            withdrawn,
        )
        if withdrawn
        else None,
        w.n(
            "{count} watch buys nothing until you set its sum anew.",
            "{count} watches buy nothing until you set their sums anew.",
            buying,
        )
        if buying
        else None,
    )
    people = [new_message_button(w.tr("Colleagues"), ShowColleagues(account=said.account))]
    watched = [new_message_button(w.tr("Watched"), Open(screen="watch"))]
    rows = [people if limited or withdrawn else [], watched if buying else [], [home_in_new_message(w)]]
    return Screen(text, rows)


def names_of(w: Words, names: Sequence[str]) -> str:
    """The first few of them."""
    shown = ", ".join(shown_name(w, name) for name in names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    return shown if more <= 0 else w.n("{ids} and {count} more", "{ids} and {count} more", more, ids=shown)


def right_changed_screen(w: Words, news: RightChanged) -> Screen:
    """To a colleague: what they may do from now on."""
    text = lines(
        w.title("Your right on “{account}” has changed", account=news.account),
        w.tr("Account: {name} of {owner}", name=news.account, owner=shown_name(w, news.access.by_name)),
        w.tr("You may: {right}", right=right_of(w, news.access)),
    )
    return Screen(text, [[home_in_new_message(w)]], of_account=False)


def access_ended_screen(w: Words, news: AccessEnded) -> Screen:
    """To a colleague: their access is over."""
    text = lines(
        w.title("You have no access to “{account}” any more", account=news.account),
        w.tr("Account: {name} of {owner}", name=news.account, owner=shown_name(w, news.owner)),
        w.tr("The access was taken back. Buttons in older messages about this account do nothing."),
    )
    accounts = new_message_button(w.tr("Accounts"), Open(screen="accounts"))
    return Screen(text, [[accounts, home_in_new_message(w)]], of_account=False)
