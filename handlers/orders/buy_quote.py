"""The quote of a purchase with its one green button, and what can be changed in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Code
from msgspec import structs

from handlers.ground import parsing
from handlers.ground.drafts import keep_draft, offer_cut
from handlers.ground.filters import Asked
from handlers.ground.maintenance_words import maintenance_notice
from handlers.ground.proxy_words import protocol_name
from handlers.ground.screen import Row, Screen, button, choice_button, home_row, pairs, spend_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.buy_buttons import (
    FROM_COMMAND,
    FROM_STEPS,
    Buy,
    SoldKind,
    back_from_quote,
    back_to_quote,
    wish_button,
    wish_button_with_draft,
    wish_of,
)
from handlers.orders.order_buttons import BuyAgain, ShowQuote, TryRest
from handlers.orders.pay import Pay, balance_lines, outcome_now, show_stale, spend_label
from handlers.orders.short_of_money import NOTHING_FITS, Shortage, short_of_money_rows, shortage_of_buy
from handlers.orders.sold_out import show_sold_out
from model.colleagues import Right
from px6 import Protocol, Version
from services.orders import BuyWish, OrderState, Quote

router = Router(name=__name__)

USUAL_COUNTS = (1, 5, 10)  # a tap away in a quote


class TypeComment(Buy, prefix="bt-t", needs=Right.ALL):
    """The person types the comment of the purchase."""

    version: SoldKind


class ExplainAutoRenew(Buy, prefix="b-a", needs=Right.ALL):
    """Explains px6's auto-renewal before it can be chosen."""


class RemoveComment(Buy, prefix="b-n", needs=Right.ALL):
    """Makes the quote without a comment."""

    version: SoldKind


async def quote(turn: Turn, wish: BuyWish, origin: str = FROM_STEPS) -> None:
    """Ask px6 for stock and price, and show the one button that buys. Whatever fails, nothing chosen is lost.

    What was typed is answered with the quote only: until then the question stays open.
    """
    w = turn.words
    if not turn.is_tap:
        turn.retry_with(await wish_button_with_draft(turn, wish, origin))
    stock, made = await asyncio.gather(
        (await turn.px6()).stock(wish.country, wish.version, fresh=True),
        turn.services.orders.price_buy(turn.person.telegram_id, wish),
        return_exceptions=True,
    )
    if isinstance(stock, BaseException):
        raise stock
    if stock.count < wish.count:
        quoted = None if isinstance(made, BaseException) else made
        return await show_sold_out(turn, await wish_button_with_draft(turn, wish, origin), stock.count, quoted)
    if isinstance(made, BaseException):
        raise made
    await turn.services.orders.add_quote(made)
    await turn.ask(None)
    notice, short = await maintenance_notice(turn), NOTHING_FITS
    if made.options[0].price > made.balance:
        data = wish_button(wish, origin, quote_id=made.id)
        short = await shortage_of_buy(turn, made, lambda period: data.but(period=period))
    else:
        await turn.services.kept.asked_by(made)
    counts = [count for count in USUAL_COUNTS if count <= stock.count]
    message_id = await turn.show(quote_screen(w, made, turn.services.site_url, origin, notice, short, counts))
    await turn.services.orders.set_message(made.id, turn.chat_id, message_id)
    return None


@router.callback_query(ShowQuote.filter(F.kind == "buy"))
async def show_quote(_: CallbackQuery, turn: Turn, callback_data: ShowQuote) -> None:
    """Make a quote anew that a button leads back to: prices and the balance may have moved."""
    before = await turn.services.orders.quote(turn.person.telegram_id, callback_data.quote)
    if before is None or before.wish is None:
        await show_stale(turn)
    else:
        await quote(turn, before.wish, callback_data.origin)


@router.callback_query(TryRest.filter(F.kind == "buy"))
async def try_rest(_: CallbackQuery, turn: Turn, callback_data: TryRest) -> None:
    """Quote the same purchase again, unless it has turned out since that something was bought."""
    orders, person = turn.services.orders, turn.person.telegram_id
    confirmation = await orders.confirmation(person, callback_data.confirmation)
    before = None if confirmation is None else await orders.quote(person, confirmation.quote_id)
    if confirmation is None or before is None or before.wish is None:
        await show_stale(turn)
    elif all(order.state.spent_nothing for order in confirmation.orders):
        await quote(turn, before.wish)
    else:
        await turn.show(outcome_now(turn, confirmation))


def quote_screen(
    w: Words,
    made: Quote,
    site_url: str,
    origin: str = FROM_STEPS,
    notice: str | None = None,
    shortage: Shortage = NOTHING_FITS,
    counts: Sequence[int] = (),
) -> Screen:
    """What is bought, what it costs, the balance before and after; one green button.

    `notice`: what keeps it from being bought just now. `shortage`: what can be done where the money is short.
    `counts`: quantities that are a tap away.
    """
    wish, option = made.wish, made.options[0]
    assert wish is not None  # noqa: S101 - a quote of kind "buy" has a wish
    data = wish_button(wish, origin, quote_id=made.id)
    text = lines(
        w.title(
            "Buy {count} × {kind}, {country}, {days}",
            count=w.number(wish.count),
            kind=w.kind(wish.version),
            country=w.country(wish.country),
            days=w.days(wish.period),
        ),
        *balance_lines(w, made, option),
        w.tr("Protocol: {protocol}", protocol=protocol_name(wish.protocol)) if has_protocol(wish) else None,
        w.rich("Comment: {comment}", comment=Code(wish.comment)) if wish.comment else None,
        w.tr("px6 will prolong these proxies by itself and charge the balance.") if wish.auto_prolong else None,
        notice,
    )
    if option.price > made.balance:
        pay = short_of_money_rows(w, made, option, back_to_quote(data), site_url, shortage)
    else:
        label = w.tr("Buy · {sum}", sum=spend_label(w, made, option))
        pay = [[spend_button(label, Pay(quote=made.id, period=wish.period))], counts_row(w, data, counts)]
    return Screen(text, [*pay, *change_rows(w, data, wish), home_row(w, back_from_quote(data))])


def counts_row(w: Words, data: Buy, counts: Sequence[int]) -> Row:
    """The usual quantities, that of the quote marked; none where it is another one."""
    if data.count not in counts:
        return []
    return [choice_button(w.number(count), count == data.count, data.but(count=count)) for count in counts]


def has_protocol(wish: BuyWish) -> bool:
    """MTProto is bought without one."""
    return wish.version is not Version.MTPROTO


def change_rows(w: Words, data: Buy, wish: BuyWish) -> list[Row]:
    """The buttons that change one thing in the quote and keep the rest."""
    other = Protocol.SOCKS if wish.protocol == Protocol.HTTP else Protocol.HTTP
    change = data.but(changing=True)
    auto = data.but(auto=False) if wish.auto_prolong else ExplainAutoRenew(**data.model_dump())
    speak = button(w.tr("Use {protocol}", protocol=protocol_name(other)), data.but(protocol=other))
    return [
        *pairs(
            button(w.tr("Days"), change.but(period=0)),
            button(w.tr("Quantity"), change.but(count=0)),
            button(w.tr("Country"), change.but(country="")),
            button(w.tr("Comment"), TypeComment(**data.model_dump())),
        ),
        [speak] if has_protocol(wish) else [],
        [button(w.tr("px6's auto-renewal: on") if wish.auto_prolong else w.tr("px6's auto-renewal: off"), auto)],
    ]


@router.callback_query(TypeComment.filter())
async def ask_comment(_: CallbackQuery, turn: Turn, callback_data: TypeComment) -> None:
    await turn.ask(callback_data)
    await turn.show(comment_question(turn.words, callback_data))


def comment_question(w: Words, asked: TypeComment) -> Screen:
    text = lines(
        w.title("Which comment?"), w.tr("Write up to 50 characters; the comment helps you find these proxies later.")
    )
    none = button(w.tr("No comment"), RemoveComment(**asked.model_dump()))
    return Screen(text, [[none], home_row(w, back_to_quote(asked))])


@router.message(Asked(TypeComment), F.text)
async def typed_comment(_: Message, turn: Turn, asked: TypeComment) -> None:
    comment = parsing.comment(turn.words, turn.typed.body or turn.text, "shop")
    await take_comment(turn, structs.replace(await wish_of(turn, asked), comment=comment), asked)


async def take_comment(turn: Turn, wish: BuyWish, so_far: Buy) -> None:
    """Show the quote with this comment; one that is too long is offered cut, and the rest of the wish is kept."""
    if len(wish.comment) <= parsing.COMMENT_LIMIT:
        return await quote(turn, wish, so_far.origin)
    wanted = wish_button(wish, so_far.origin, draft=await keep_draft(turn, wish.comment))
    await offer_cut(turn, wish.comment, wanted, back_to_quote(so_far) if so_far.quote else None)
    return None


@router.callback_query(RemoveComment.filter())
async def no_comment(_: CallbackQuery, turn: Turn, callback_data: RemoveComment) -> None:
    await quote(turn, structs.replace(await wish_of(turn, callback_data), comment=""), callback_data.origin)


@router.callback_query(ExplainAutoRenew.filter())
async def explain_auto_renew(_: CallbackQuery, turn: Turn, callback_data: ExplainAutoRenew) -> None:
    await turn.show(auto_renew_screen(turn.words, callback_data))


def auto_renew_screen(w: Words, data: ExplainAutoRenew) -> Screen:
    """Said before it is chosen: the API can switch it on, never off."""
    text = lines(
        w.title("Switch on px6's auto-renewal?"),
        w.tr("px6 will prolong these proxies by itself and charge the balance."),
        w.tr("⚠️ It can be switched off only on px6's site, not here."),
    )
    rows = [
        [button(w.tr("Switch it on"), data.but(auto=True))],
        home_row(w, back_to_quote(data)),
    ]
    return Screen(text, rows)


@router.callback_query(BuyAgain.filter())
async def buy_again(_: CallbackQuery, turn: Turn, callback_data: BuyAgain) -> None:
    """Show a quote for the same purchase once more."""
    order = await turn.services.orders.order(turn.person.telegram_id, callback_data.order)
    if order is None or order.country is None or order.version is None or order.protocol is None:
        await show_stale(turn)
        return
    if order.state.is_open or order.state is OrderState.UNCLEAR:  # first the person looks what became of it
        await turn.toast(
            turn.words.tr("It is not known whether this purchase went through: see /orders."), alert=True
        )
        return
    wish = BuyWish(
        order.count,
        order.period,
        order.country,
        order.version,
        order.protocol,
        order.comment or "",
        order.auto_prolong,
    )
    # Under a receipt the quote is a new message, with nothing before it; on an order's card it takes its place.
    await quote(turn, wish, FROM_COMMAND if turn.message_id is None else str(order.id))
