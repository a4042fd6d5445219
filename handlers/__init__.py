"""What a person can do in the chat: one module for each thing, read from top to bottom."""

from __future__ import annotations

import handlers.entry.aiogram_import  # noqa: F401 - before aiogram

# isort: split
from aiogram import Router

from handlers.account import forget, home, settings
from handlers.account import key as keys
from handlers.entry import fallback
from handlers.money import forecast
from handlers.notifications import notices
from handlers.orders import buy, pay, prices, prolong, top_up
from handlers.orders import buy_quote as purchase
from handlers.orders import deletion_history as deleted
from handlers.orders import history as orders
from handlers.proxies import card, check, comment, delete, export, protocol, selection
from handlers.proxies import filter as filtering
from handlers.proxies import list as proxies
from handlers.reminders import buy_again as again
from handlers.reminders import digest, hours
from handlers.reminders import lead_times as leads
from handlers.reminders import overview as reminders
from handlers.rules import list as rules
from handlers.rules import new as new_rule
from handlers.rules import rule as one_rule

MODULES = (
    keys,
    home,
    buy,
    purchase,
    prolong,
    pay,
    top_up,
    orders,
    prices,
    proxies,
    filtering,
    card,
    selection,
    check,
    protocol,
    comment,
    delete,
    deleted,
    export,
    digest,
    again,
    notices,
    reminders,
    leads,
    hours,
    rules,
    new_rule,
    one_rule,
    forecast,
    settings,
    forget,
    fallback,
)


def router() -> Router:
    """All handlers, in a router of their own each time, since aiogram lets a router belong to one bot only.

    `keys` comes first: a key must not become a comment because one is asked for. `fallback` takes everything.
    """
    whole = Router(name="handlers")
    for module in MODULES:
        for event, observer in module.router.observers.items():
            whole.observers[event].handlers.extend(observer.handlers)
    return whole
