"""How a rule and its sums are named."""

from __future__ import annotations

from decimal import Decimal

from handlers.ground.proxy_words import short_comment
from handlers.ground.words import Words
from model.rules import Rule


def scope_name(w: Words, rule: Rule) -> str:
    """What a rule prolongs."""
    match rule.scope:
        case "all":
            return w.tr("all proxies")
        case "comment":
            return (
                w.tr("comment “{comment}”", comment=short_comment(rule.value))
                if rule.value
                else w.tr("without a comment")
            )
        case "country":
            return w.place(rule.value)
    return w.n("{count} selected proxy", "{count} selected proxies", len(rule.value))


def sum_name(w: Words, sum_: Decimal, currency: str, *, at_most: bool) -> str:
    """The sum, or "at most" it."""
    money = w.money(sum_, currency)
    return w.tr("at most {sum}", sum=money) if at_most else money
