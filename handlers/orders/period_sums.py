"""A quote of several periods, in a reminder and on a card: what the balance covers, and a green button for each.

All the buttons together are one confirmation: the first tap on one of them closes the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aiogram.types import InlineKeyboardButton

from handlers.ground.screen import Row, spend_button
from handlers.ground.words import Words
from handlers.orders.pay import Pay, spend_label
from services.orders import Option, Quote


def sums_lines(w: Words, quote: Quote, left: Decimal | None = None) -> list[str]:
    """The balance, or what is missing for the usual period; and which periods it, or a colleague's limit of which so
    much is left, does not cover."""
    if quote.options[0].price <= quote.balance:
        said = [w.tr("Balance {sum}", sum=w.money(quote.balance, quote.currency))]
    else:
        said = missing_lines(w, quote)
    dear = sorted((o for o in quote.options[1:] if o.price > quote.balance), key=lambda option: option.period)
    if dear:
        said.append(w.tr("The balance is not enough for {periods}", periods=named_sums(w, quote, dear)))
    over = over_line(w, quote, left)
    return said if over is None else [*said, over]


def named_sums(w: Words, quote: Quote, options: Sequence[Option]) -> str:
    """`30 days · 54.00 RUB, 90 days · 162.00 RUB`"""
    return ", ".join(w.tr("{days} · {sum}", days=w.days(o.period), sum=spend_label(w, quote, o)) for o in options)


def over_line(w: Words, quote: Quote, left: Decimal | None) -> str | None:
    """The periods that the balance covers, but not what is left of a colleague's limit; None where there are none."""
    over = sorted(set(affordable(quote)) - set(affordable(quote, left)), key=lambda option: option.period)
    if not over:
        return None
    return w.tr(
        "Your limit is not enough for {periods}. The owner of the account can raise it.",
        periods=named_sums(w, quote, over),
    )


def missing_lines(w: Words, quote: Quote) -> list[str]:
    """The sums needed, there and missing for the usual period; and the cheapest period that the balance covers."""
    usual, fitting = quote.options[0], affordable(quote)
    missing = w.money(usual.price - quote.balance, quote.currency)
    said = w.tr(
        "{days}: need {needed}, have {have}, missing {missing}",
        days=w.days(usual.period),
        needed=spend_label(w, quote, usual),
        have=w.money(quote.balance, quote.currency),
        missing=w.tr("at most {sum}", sum=missing) if usual.at_most else missing,
    )
    if not fitting:
        return [said]
    cheapest = min(fitting, key=lambda option: option.price)
    return [said, w.tr("The balance is enough for {days}.", days=w.days(cheapest.period))]


def at_most_line(w: Words, quote: Quote) -> str | None:
    """Why the sums are "at most", where they are."""
    if not any(option.at_most for option in quote.options):
        return None
    return w.tr("px6 does not say whether these IPv4 proxies are Shared: the higher price is shown.")


def spendable(quote: Quote, left: Decimal | None = None) -> Decimal:
    """The balance, or what is `left` of a colleague's limit, where that is less."""
    return quote.balance if left is None else min(quote.balance, left)


def affordable(quote: Quote, left: Decimal | None = None) -> list[Option]:
    """The periods that the balance covers, and what is left of a colleague's limit, in their order."""
    return [option for option in quote.options if option.price <= spendable(quote, left)]


def green_rows(w: Words, quote: Quote, left: Decimal | None = None) -> list[Row]:
    """A green button for each period that can be paid, the usual one first."""
    return [[green_button_of(w, quote, option)] for option in affordable(quote, left)]


def green_button_of(w: Words, quote: Quote, option: Option) -> InlineKeyboardButton:
    """`Prolong 30 days · 54.00 RUB`: a tap spends that."""
    label = w.tr("Prolong {days} · {sum}", days=w.days(option.period), sum=spend_label(w, quote, option))
    return spend_button(label, Pay(quote=quote.id, period=option.period))
