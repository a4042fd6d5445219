"""What a rule of automatic prolonging says of its own accord: what it will do, is doing, did not do. Pure screens."""

from __future__ import annotations

from aiogram.utils.formatting import Text

from handlers.ground.buttons import OpenRule
from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import address
from handlers.ground.rule_words import scope_name, sum_name
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    button,
    home_button,
    home_in_new_message,
    pairs,
    top_up_button,
)
from handlers.ground.words import Words, code, flag, lines
from model.colleagues import Right
from model.rules import Rule
from services.notifications.kinds import Announcement, CalledOff, RuleFailed, RulesStopped, Running

PROXIES_SHOWN = 5


class SkipAnnounced(CallbackData, prefix="skip", durable=True, needs=Right.ALL):
    """Keeps all that one message announced from happening."""

    cycle: Id


def announcement_screen(w: Words, said: Announcement, site_url: str) -> Screen:
    """What is going to happen, to which proxies, and one Skip for all of it."""
    count = len(said.proxies)
    named = [Text(f"{flag(p.country)} ", code(address(p)), " · ", w.when(p.ends_at, said.now)) for p in said.proxies]
    short, missing = said.missing > 0, sum_name(w, said.missing, said.currency, at_most=said.at_most)
    text = lines(
        w.title("Automatic prolonging: {what}", what=scope_name(w, said.rule)),
        will_line(w, said) if said.allowed else None,
        cap_line(w, said.rule, said.stop, said.allowed, len(said.proxies), said.currency),
        *named[:PROXIES_SHOWN],
        w.n("and {count} more", "and {count} more", count - PROXIES_SHOWN) if count > PROXIES_SHOWN else None,
        w.tr("⚠️ Missing on the balance: {sum}", sum=missing) if short else None,
    )
    rows: list[Row] = [
        [button(w.tr("Skip"), SkipAnnounced(cycle=said.cycle)), button(w.tr("Rule"), OpenRule(rule=said.rule.id))]
    ]
    return Screen(text, [*rows, [top_up_button(w, site_url)] if short else [], [home_in_new_message(w)]])


def will_line(w: Words, said: Announcement) -> Text:
    """When the rule prolongs how many proxies for how much, within its caps."""
    values: dict[str, object] = {
        "when": w.when(said.first, said.now),
        "days": w.days(said.rule.period),
        "sum": sum_name(w, said.allowed_price, said.currency, at_most=said.at_most),
    }
    if said.first == said.last:
        return w.rich_n(
            "On {when} I will prolong {count} proxy for {days}: {sum}",
            "On {when} I will prolong {count} proxies for {days}: {sum}",
            said.allowed,
            **values,
        )
    return w.rich_n(
        "Between {when} and {last} I will prolong {count} proxy for {days}: {sum}",
        "Between {when} and {last} I will prolong {count} proxies for {days}, each at its own time: {sum}",
        said.allowed,
        last=w.time(said.last),
        **values,
    )


def cap_line(w: Words, rule: Rule, stop: str | None, allowed: int, count: int, currency: str) -> str | None:
    """Which cap keeps the rule from prolonging all `count` of them; None where none does."""
    cap = {"cap_run": rule.cap_run, "cap_month": rule.cap_month}.get(stop or "")
    if cap is None:
        return None
    values: dict[str, object] = {
        "all": w.number(count),
        "why": w.tr("the limit per run") if stop == "cap_run" else w.tr("the monthly limit"),
        "limit": w.money(cap, currency),
    }
    if not allowed:
        return w.n(
            "⚠️ It will not be prolonged: {why} is {limit}.",
            "⚠️ None of these {count} will be prolonged: {why} is {limit}.",
            count,
            **values,
        )
    return w.n(
        "⚠️ At most {count} of these {all} will be prolonged: {why} is {limit}.",
        "⚠️ At most {count} of these {all} will be prolonged: {why} is {limit}.",
        allowed,
        **values,
    )


def running_screen(w: Words, running: Running) -> Screen:
    text = lines(
        w.title("Automatic prolonging: {what}", what=scope_name(w, running.rule)),
        w.n(
            "Prolonging {count} proxy for {days}: {sum}",
            "Prolonging {count} proxies for {days}: {sum}",
            running.count,
            days=w.days(running.rule.period),
            sum=sum_name(w, running.price, running.currency, at_most=running.at_most),
        ),
    )
    return Screen(text)


def called_off_screen(w: Words, off: CalledOff) -> Screen:
    """Why a rule did not prolong what it had just said it would; in place of that message.

    With "busy" and "moved" somebody may have paid for them in another way.
    """
    certain = off.why not in ("busy", "moved")
    reasons = {
        "busy": w.tr("Another payment for these proxies was made or is under way."),
        "moved": w.tr("An end date changed at the last moment: px6 or someone else prolonged a proxy."),
        "changed": w.tr("The rule was changed or switched off at that moment."),
        "skipped": w.tr("It was skipped at that moment."),
        "let_go": w.tr("Some of them are no longer to be prolonged."),
        "stale": w.tr("The quote went out of date before it was paid."),
        "currency": w.tr("Your px6 account is in another currency now."),
        "maintenance": w.tr("Payments are paused for maintenance. The rule tries again after it."),
    }
    text = lines(
        w.title("Automatic prolonging: {what}", what=scope_name(w, off.rule)),
        reasons[off.why],
        w.n("The rule did not prolong {count} proxy.", "The rule did not prolong {count} proxies.", off.count),
        w.tr("Nothing was spent.") if certain else w.tr("Nothing more was spent."),
    )
    row = [button(w.tr("Rule"), OpenRule(rule=off.rule.id)), button(w.tr("My proxies"), Open(screen="proxies"))]
    return Screen(text, [row, [home_button(w)]])


def failed_screen(w: Words, failed: RuleFailed, site_url: str) -> Screen:
    """Why a rule did not prolong, what is left, and what to do now."""
    text = lines(
        w.title("⚠️ Automatic prolonging: {what}", what=scope_name(w, failed.rule)),
        why_failed(w, failed),
        w.n("{count} proxy was not prolonged.", "{count} proxies were not prolonged.", failed.left),
        cap_line(w, failed.rule, failed.capped_by, failed.allowed, failed.left, failed.currency),
        w.tr("The rule has stopped and does nothing until you switch it on again.") if failed.stopped else None,
        w.n("This is the last warning before it ends.", "This is the last warning before they end.", failed.left)
        if failed.last
        else None,
    )
    rows: list[Row] = [[top_up_button(w, site_url)]] if failed.why == "money" else []
    rows += pairs(
        button(w.tr("Prolong"), Open(screen="prolong_soon")), button(w.tr("Rule"), OpenRule(rule=failed.rule.id))
    )
    return Screen(text, [*rows, [home_button(w)]])


def stopped_screen(w: Words, stopped: RulesStopped) -> Screen:
    """Rules stopped because their limits belong to another px6 account or another currency."""
    if stopped.currency is None:
        why = w.tr("It was set up for another px6 account; now account {id} is connected.", id=stopped.account)
        to_do = w.tr("Open the rules and switch on those you want for this account.")
    else:
        before, now = (w.sign(one) for one in stopped.currency)
        why = w.tr("Its limits were in {before}, and your px6 account is in {now} now.", before=before, now=now)
        to_do = w.tr(
            "Limits in {before} no longer apply: set new ones in each rule, then switch it on again.", before=before
        )
    text = lines(
        w.title("⚠️ Automatic prolonging has stopped"),
        why,
        w.n("{count} rule is off.", "{count} rules are off.", stopped.count),
        to_do,
        w.tr("Nothing was spent."),
    )
    return Screen(text, [[button(w.tr("Automatic prolonging"), Open(screen="rules"))], [home_button(w)]])


def why_failed(w: Words, failed: RuleFailed) -> str:
    needed = w.money(failed.needed, failed.currency) if failed.needed is not None else ""
    limit = w.money(failed.limit, failed.currency) if failed.limit is not None else ""
    match failed.why:
        case "price":
            return w.tr("The price rose from {before} to {now}. Nothing more was spent.", before=limit, now=needed)
        case "period":
            return w.tr("px6 does not prolong for this number of days.")
        case "cap_run":
            return w.tr("The limit per run is reached: {needed} more is needed.", needed=needed)
        case "cap_month":
            return w.tr("This month's limit is reached: {needed} more is needed.", needed=needed)
        case "money":
            return w.tr(
                "Not enough money: the rule needs {needed} and may spend {limit}.", needed=needed, limit=limit
            )
        case "unread":
            return w.tr("px6 gives no price right now. I keep trying.")
        case "maintenance":
            return w.tr("Payments are paused for maintenance. The rule tries again after it.")
    return w.tr("px6 did not prolong these. The message about the payment says why.")
