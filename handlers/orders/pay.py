"""The tap that spends, and what the person reads of it until its outcome is known.

A quote's green button carries the quote's id. `Orders.claim` lets one tap win; its order is a background task, and
`OutcomeSender` rewrites the confirmed message into the outcome, whenever that comes, also after a restart.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.maintenance_words import not_now_text
from handlers.ground.screen import Open, Screen, SmallNumber, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.by_others import payment_line, payment_screen
from handlers.orders.order_buttons import ShowQuote
from handlers.orders.outcome_words import state_name
from handlers.orders.receipts import outcome_screen, sending_screen
from model.colleagues import Right
from model.errors import StorageError
from model.orders import BY_ITSELF
from services.orders import Claim, Confirmation, Option, Quote
from services.reminders.endings import end_by_payment, may_prolong

log = logging.getLogger(__name__)

router = Router(name=__name__)

OTHER_PAYMENT = ("busy", "behind", "repeated")  # reasons of a claim that is lost to another payment
COUNTRIES_KEPT = 8  # used last, offered first
STATES_NAMED = 2  # of the parts of a payment: a third does not fit into the 200 characters of an alert


class Pay(CallbackData, prefix="pay", durable=True, needs=Right.PROLONG):
    """Spends: confirms one period of a quote."""

    quote: str
    period: SmallNumber


def spend_label(w: Words, quote: Quote, option: Option) -> str:
    """The sum for a green button; "at most" while px6 may charge less."""
    sum_ = w.money(option.price, quote.currency)
    return w.tr("at most {sum}", sum=sum_) if option.at_most else sum_


def balance_lines(w: Words, quote: Quote, option: Option) -> Sequence[str | Text]:
    """The sum, and the balance before and after; or what is missing."""
    sum_ = spend_label(w, quote, option)
    single = option.price_single
    first = (
        w.tr("{sum} ({single} per proxy per day)", sum=sum_, single=w.rate(single, quote.currency))
        if single
        else sum_
    )
    if option.price <= quote.balance:
        left = w.money(quote.balance - option.price, quote.currency)
        after = w.tr("at least {sum}", sum=left) if option.at_most else left
        return [
            first,
            w.tr("Balance {before} → {after}", before=w.money(quote.balance, quote.currency), after=after),
        ]
    missing = w.money(option.price - quote.balance, quote.currency)
    return [
        first,
        w.tr(
            "Need {needed}, have {have}, missing {missing}",
            needed=sum_,
            have=w.money(quote.balance, quote.currency),
            missing=w.tr("at most {sum}", sum=missing) if option.at_most else missing,
        ),
    ]


@router.callback_query(Pay.filter())
async def pay(_: CallbackQuery, turn: Turn, callback_data: Pay) -> None:
    """The first tap wins and spends; every other one is told the state of the same order."""
    orders, person = turn.services.orders, turn.person.telegram_id
    shown = None if turn.message_id is None else (turn.chat_id, turn.message_id)
    claim = await orders.claim(person, callback_data.quote, callback_data.period, shown, turn.person.by)
    turn.on_disk()
    if claim.reason == "maintenance":
        await turn.toast(not_now_text(turn.words, await turn.services.maintenance.now()), alert=True)
    elif turn.person.colleague is not None and claim.reason in ("no_access", "no_right", "over_limit"):
        await turn.toast(not_theirs_text(turn.words, claim, turn.person.colleague.currency), alert=True)
    elif claim.confirmation is None and claim.reason not in OTHER_PAYMENT:
        await show_stale(turn, await orders.quote(person, callback_data.quote), callback_data.period)
    elif claim.won and claim.confirmation is not None:
        await start_payment(turn, claim.confirmation)
    else:
        await tell_losing_tap(turn, claim)


def not_theirs_text(w: Words, claim: Claim, currency: str) -> str:
    """Why a colleague cannot pay this."""
    if claim.reason == "no_access":
        return w.tr("You no longer have access to this account. Nothing was spent.")
    if claim.reason == "no_right" or claim.cap is None or claim.spent is None:
        return w.tr("Your access to this account does not include that. Nothing was spent.")
    return w.tr(
        "This is over your limit for the month: {limit}, of which {spent} is used. Nothing was spent.",
        limit=w.money(claim.cap, currency),
        spent=w.money(claim.spent, currency),
    )


async def start_payment(turn: Turn, confirmation: Confirmation) -> None:
    """Start the payment as a background task at once; only what the person reads of it waits for Telegram."""
    turn.background.start(turn.services.orders.run(confirmation.id))
    await turn.payment_confirmed()
    message_id = await turn.show_paying(sending_screen(turn.words, confirmation))
    if message_id and message_id != turn.message_id:
        await turn.services.orders.set_message(confirmation.quote_id, turn.chat_id, message_id)
    await remember_purchase(turn, confirmation)


async def tell_losing_tap(turn: Turn, claim: Claim) -> None:
    """A tap that came second: tell how the first order stands. Its message is left to the outcome sender."""
    w, before = turn.words, claim.confirmation
    if before is not None and before.by_person != by_whom(turn):
        await tell_of_other(turn, before)
        return
    await turn.toast(why_nothing_more_spent(w, claim), alert=True)
    if before is None or (before.chat_id, before.message_id) == turn.message_ref:
        return
    now = await turn.services.orders.confirmation(before.telegram_id, before.id)  # the toast may have taken long
    if now is not None and not now.is_open:
        await turn.send(outcome_now(turn, now))


def outcome_now(turn: Turn, confirmation: Confirmation) -> Screen:
    """What is known of the outcome, to who taps; px6 is not asked for the proxies."""
    now, site_url, is_colleague = turn.services.now(), turn.services.site_url, turn.person.colleague is not None
    return outcome_screen(turn.words, confirmation, {}, now, site_url, is_colleague=is_colleague)


def by_whom(turn: Turn) -> int | None:
    """As `Confirmation.by_person` names who taps."""
    return None if turn.person.colleague is None else turn.person.colleague.person


async def tell_of_other(turn: Turn, confirmation: Confirmation) -> None:
    """Somebody else who got the same reminder has confirmed it: who, and what became of it."""
    ids = [one for order in confirmation.orders for one in order.ids]
    end = end_by_payment(confirmation, ids, turn.services.now())
    await turn.toast(payment_line(turn.words, end), alert=True)
    if not confirmation.is_open:
        await turn.show(payment_screen(turn.words, replace(end, may_prolong=may_prolong(turn.person))))


async def remember_purchase(turn: Turn, confirmation: Confirmation) -> None:
    """Remember a purchase, so that it is offered first next time; its comment stands in its quote."""
    order = confirmation.orders[0]
    if order.kind != "buy":
        return
    bought = {
        "version": order.version,
        "country": order.country,
        "period": order.period,
        "count": order.count,
        "protocol": order.protocol,
        "quote": confirmation.quote_id,
    }
    people, person_id = turn.services.people, turn.person.chat_id
    try:
        await people.remember(person_id, buy=bought, version=order.version)
        await people.remember_first(person_id, "countries", order.country or "", COUNTRIES_KEPT)
    except StorageError as error:  # the payment is under way: nothing else is to be said of it
        log.warning("What was bought last was not remembered: %s", error)


def why_nothing_more_spent(w: Words, claim: Claim) -> str:
    """Why a tap on a green button spends nothing, and what became of the one that did."""
    if claim.reason == "busy" or claim.confirmation is None:
        return w.tr("Another payment for some of these proxies is under way. Nothing more was spent.")
    if claim.confirmation.source in BY_ITSELF:
        made = w.tr("Another payment for these proxies was made or is under way.")
        return f"{made} {w.tr('Nothing more was spent.')}"
    states = list(dict.fromkeys(state_name(w, order) for order in claim.confirmation.orders))
    said = "; ".join(states[:STATES_NAMED])
    return w.tr(
        "You have already confirmed this payment; tapping again spent nothing more. Status: {state}.", state=said
    )


async def show_stale(turn: Turn, quote: Quote | None = None, period: int = 0) -> None:
    """Show that a quote is too old, or is gone: with what it came to, perhaps, which then is not said."""
    removed = quote is None and await turn.services.orders.has_removed(turn.person.telegram_id)
    await turn.show(stale_screen(turn.words, quote, period, removed=removed))


def stale_screen(w: Words, quote: Quote | None, period: int = 0, *, removed: bool = False) -> Screen:
    """A quote that is too old to spend on, or that is gone. `period`: the one that was tapped.

    `removed`: what the quote came to may be no longer kept, so nothing is said of that.
    """
    said = (
        w.tr("This tap spent nothing. Older orders are no longer kept.")
        if removed
        else w.tr("Nothing was spent. Prices or end dates may have changed.")
    )
    text = lines(w.title("This quote is out of date"), said)
    others = [button(w.tr("Buy"), Open(screen="buy")), button(w.tr("My proxies"), Open(screen="proxies"))]
    again = ShowQuote(kind=quote.kind, quote=quote.id, period=period) if quote else None
    return Screen(text, [[button(w.tr("Get a new quote"), again)] if again else others, [home_button(w)]])
