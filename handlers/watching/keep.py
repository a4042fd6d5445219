"""Finishing a payment when the money is there: how, what is waited for, and calling it off."""

from __future__ import annotations

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.ground.callback_data import CallbackData
from handlers.ground.colleague_notes import note_act
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    SmallNumber,
    button,
    home_button,
    home_row,
    pairs,
    spend_button,
    top_up_button,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.order_buttons import KeepQuote, ShowQuote
from handlers.orders.pay import show_stale, spend_label
from handlers.watching.kept_words import payment_text
from model.colleagues import Right
from model.doers import Act
from model.watching import KeptPayment
from services.orders import Option, OtherAccount, Quote
from services.watching.keeping import MOST_KEPT, TooManyKept
from services.watching.kept_steps import WATCHED_FOR

router = Router(name=__name__)


class AskFirst(CallbackData, prefix="kp-a", durable=True, needs=Right.ALL):
    """Keeps a quote until the money is there; then the person is asked once more."""

    quote: str
    period: SmallNumber


class PayAtOnce(CallbackData, prefix="kp-p", durable=True, needs=Right.ALL):
    """Spends, when the money is there: up to the sum of the quote, which is on the button."""

    quote: str
    period: SmallNumber


class CancelKept(CallbackData, prefix="kp-x", durable=True, needs=Right.ALL):
    """Calls a kept payment off."""

    number: Id


@router.callback_query(KeepQuote.filter())
async def ask_how(_: CallbackQuery, turn: Turn, callback_data: KeepQuote) -> None:
    found = await turn.services.orders.quote(turn.person.telegram_id, callback_data.quote)
    option = None if found is None else found.option(callback_data.period)
    if found is None or option is None:
        return await show_stale(turn, found, callback_data.period)
    await turn.show(how_screen(turn.words, found, option, turn.services.now()))
    return None


def how_screen(w: Words, quote: Quote, option: Option, now: datetime) -> Screen:
    """The two ways to finish it; the green one names the sum up to which it spends."""
    sum_ = w.money(option.price, quote.currency)
    count = quote.wish.count if quote.wish is not None else len(quote.ids)
    text = lines(
        w.title("When the money arrives"),
        payment_text(w, quote.kind, quote.wish, count, option.period),
        w.tr(
            "Need {needed}, have {have}, missing {missing}",
            needed=spend_label(w, quote, option),
            have=w.money(quote.balance, quote.currency),
            missing=w.money(option.price - quote.balance, quote.currency),
        )
        if option.price > quote.balance
        else None,
        w.rich("I will watch the balance until {when}.", when=w.near(now + WATCHED_FOR, now)),
        w.tr("Ask first: one message with the sum of that moment, and you confirm."),
        w.tr("Pay at once: up to the sum on the button; if it costs more by then, I ask."),
    )
    at_once = PayAtOnce(quote=quote.id, period=option.period)
    rows: list[Row] = [
        [button(w.tr("Ask me first"), AskFirst(quote=quote.id, period=option.period))],
        [spend_button(w.tr("Pay at once, up to {sum}", sum=sum_), at_once)],
        home_row(w, ShowQuote(kind=quote.kind, quote=quote.id, period=option.period)),
    ]
    return Screen(text, rows)


@router.callback_query(AskFirst.filter())
async def ask_first(_: CallbackQuery, turn: Turn, callback_data: AskFirst) -> None:
    await keep(turn, callback_data.quote, callback_data.period, at_once=False)


@router.callback_query(PayAtOnce.filter())
async def pay_at_once(_: CallbackQuery, turn: Turn, callback_data: PayAtOnce) -> None:
    await keep(turn, callback_data.quote, callback_data.period, at_once=True)


async def keep(turn: Turn, quote_id: str, period: int, *, at_once: bool) -> None:
    """Keep the quote, and say what will happen; a quote of which something came already is not kept again."""
    w, person = turn.words, turn.person.telegram_id
    turn.owes_outcome = True
    quote = await turn.services.orders.quote(person, quote_id)
    option = None if quote is None else quote.option(period)
    if quote is None or option is None:
        return await show_stale(turn, quote, period)
    try:
        kept = await turn.services.kept.keep(quote, option, at_once=at_once, by=turn.person.by)
    except OtherAccount:
        return await show_stale(turn)
    except TooManyKept:
        return await turn.toast(too_many_text(w), alert=True)
    await note_act(turn, Act.WATCH_NEW, int(kept is not None and kept.is_open))
    turn.on_disk()
    if kept is None or not kept.is_open:
        return await turn.toast(over_text(w), alert=True)
    if kept.state == "paying":
        return await turn.toast(too_late_text(w), alert=True)
    may_spend = await turn.services.kept.may_spend(person)
    await turn.show(kept_screen(w, kept, turn.services.now(), turn.services.site_url, may_spend=may_spend))
    return None


def too_late_text(w: Words) -> str:
    return w.tr("Too late: it has ended, or is being paid. See /orders.")


def over_text(w: Words) -> str:
    return w.tr("This quote was used already. Nothing more was spent. Get a new quote for another payment.")


def too_many_text(w: Words) -> str:
    return w.tr("At most {count} payments can wait for money. Cancel one in /watch.", count=w.number(MOST_KEPT))


def kept_screen(w: Words, kept: KeptPayment, now: datetime, site_url: str, *, may_spend: bool = True) -> Screen:
    """What is waited for and what happens then. `may_spend`: the switch of all automatic spending is on."""
    sum_ = w.money(kept.up_to, kept.currency) if kept.up_to is not None else ""
    asks = kept.up_to is None or not may_spend
    then = (
        w.tr("When the balance covers it, I will ask you once more.")
        if asks
        else w.tr("When the balance covers it, I will pay at once, up to {sum}, and tell you here.", sum=sum_)
    )
    text = lines(
        w.title("Waiting for the money"),
        payment_text(w, kept.kind, kept.wish, kept.count, kept.period),
        then,
        w.tr("Automatic spending is switched off; once it is on, I will pay at once, up to {sum}.", sum=sum_)
        if kept.up_to is not None and not may_spend
        else None,
        w.rich("Until {when}; to call it off: here or in /watch.", when=w.near(kept.until, now)),
    )
    cancel, listed = button(w.tr("Cancel"), CancelKept(number=kept.id)), button(w.tr("Watched"), Open(screen="watch"))
    return Screen(text, [[top_up_button(w, site_url)], *pairs(cancel, listed), [home_button(w)]])


@router.callback_query(CancelKept.filter())
async def cancel(_: CallbackQuery, turn: Turn, callback_data: CancelKept) -> None:
    person, number, kept = turn.person.telegram_id, callback_data.number, turn.services.kept
    cancelled = await kept.cancel(person, number)
    await note_act(turn, Act.WATCH_ENDED, int(cancelled))
    turn.on_disk()
    turn.owes_outcome = cancelled
    if cancelled or await kept.is_cancelled(person, number):
        await turn.show(cancelled_screen(turn.words))
    else:
        await turn.toast(too_late_text(turn.words), alert=True)


def cancelled_screen(w: Words) -> Screen:
    text = lines(w.title("Called off"), w.tr("Nothing was spent, and I no longer wait for the money."))
    return Screen(text, [[button(w.tr("Watched"), Open(screen="watch"))], [home_button(w)]])
