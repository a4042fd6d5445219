"""What a person can do in the chat: one folder a subject, one module for each thing that can be done."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TypeVar

import handlers.entry.aiogram_import  # noqa: F401 - before aiogram

# isort: split
from aiogram import Router
from aiogram.dispatcher.event.handler import HandlerObject

from handlers.account import accepting, accounts, bind, colleagues, forget, home, inviting, key, settings
from handlers.entry import fallback, page_choice
from handlers.entry.by_prefix import ByPrefix
from handlers.money import forecast, spending, spending_files
from handlers.notifications import board, notices
from handlers.operators import broadcast, maintenance, stats
from handlers.orders import (
    after_check,
    buy,
    buy_quote,
    colleague_actions,
    deletion_history,
    found,
    found_files,
    history,
    order_export,
    orders_file,
    pay,
    prices,
    prolong,
    top_up,
)
from handlers.proxies import (
    card,
    check,
    check_steps,
    check_strings,
    comment,
    delete,
    export,
    protocol,
    search,
    selection,
    send,
    tell_when_back,
)
from handlers.proxies import filter as proxy_filter
from handlers.proxies import list as proxy_list
from handlers.reminders import buy_again, digest, hours, lead_times, overview, time_zone
from handlers.rules import list as rule_list
from handlers.rules import new as new_rule
from handlers.rules import rule
from handlers.watching import fell, health, health_card, keep, replace, replace_notices, stock, stock_card
from handlers.watching import list as watched_list
from handlers.watching import prices as watched_prices

MODULES = (
    key,
    accepting,
    home,
    buy,
    buy_quote,
    prolong,
    pay,
    top_up,
    history,
    order_export,
    orders_file,
    colleague_actions,
    prices,
    proxy_list,
    search,
    tell_when_back,
    proxy_filter,
    card,
    send,
    selection,
    check,
    check_steps,
    after_check,
    check_strings,
    protocol,
    comment,
    delete,
    deletion_history,
    export,
    digest,
    buy_again,
    notices,
    board,
    overview,
    lead_times,
    hours,
    time_zone,
    rule_list,
    new_rule,
    rule,
    keep,
    stock,
    stock_card,
    health,
    health_card,
    replace,
    replace_notices,
    fell,
    watched_prices,
    watched_list,
    forecast,
    spending,
    spending_files,
    settings,
    accounts,
    colleagues,
    inviting,
    bind,
    forget,
    found_files,
    found,
    stats,
    maintenance,
    broadcast,
    page_choice,
    fallback,
)
"""In the order in which they are asked. `key` is first, so that a key never becomes an answer to a question such as
the one for a comment. `fallback` is last, since it takes everything."""


AnyRouter = TypeVar("AnyRouter", bound=Router)


@cache
def handlers_by_event() -> dict[str, list[HandlerObject]]:
    """The handlers of all modules."""
    found = defaultdict[str, list[HandlerObject]](list)
    for module in MODULES:
        for event, observer in module.router.observers.items():
            found[event] += observer.handlers
    return {event: handlers for event, handlers in found.items() if handlers}


def filled(whole: AnyRouter) -> AnyRouter:
    """A new router with all handlers: aiogram lets one belong to one bot only.

    It may be the dispatcher itself: then an update is asked of one router, not of two.
    """
    for event, of_event in handlers_by_event().items():
        whole.observers[event].handlers.extend(of_event)
    whole.callback_query = whole.observers["callback_query"] = ByPrefix(whole, whole.callback_query.handlers)
    return whole
