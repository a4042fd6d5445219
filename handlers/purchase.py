"""What is to be bought: everything chosen so far, the quote with its one green button, and changing it.

What was chosen travels in the buttons. A comment does not fit there: it stays with the quote, whose id then travels
along.
"""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Code
from msgspec import structs

from handlers import parsing
from handlers.pay import Pay, balance_lines, short_of_money_rows, spend_label, stale_screen
from handlers.receipts import BuyAgain, ShowQuote
from handlers.screen import Row, Screen, back_button, button, home_button, pairs, spend_button
from handlers.turn import Asked, Turn
from handlers.words import Words, lines
from px6 import Protocol, Version
from services.orders import BuyWish, Quote

router = Router(name="purchase")


class Buy(CallbackData, prefix="b"):
    """All that is chosen so far; empty or 0 is not chosen yet. `quote` is where a comment is kept."""

    version: str = ""
    country: str = ""
    period: int = 0
    count: int = 0
    protocol: Protocol = Protocol.HTTP
    auto: bool = False
    quote: str = ""
    page: int = 1

    def but(self, **changes: object) -> Buy:
        """The same with something chosen otherwise."""
        return Buy(**{**self.model_dump(), **changes})


class TypeCountry(Buy, prefix="bt-c"):
    """The person types a country; what is chosen so far travels along, here and in the three below."""


class TypePeriod(Buy, prefix="bt-p"):
    """The person types a number of days."""


class TypeCount(Buy, prefix="bt-n"):
    """The person types a number of proxies."""


class TypeComment(Buy, prefix="bt-t"):
    """The person types a comment."""


class AutoRenew(Buy, prefix="b-auto"):
    """Explains px6's own renewal before it can be chosen."""


class Comment(Buy, prefix="b-none"):
    """Takes the comment away."""


async def wish_of(turn: Turn, chosen: Buy) -> BuyWish:
    """All that is wanted; the comment comes from the quote that is being changed."""
    before = await turn.services.orders.quote(turn.person.telegram_id, chosen.quote) if chosen.quote else None
    comment = before.wish.comment if before and before.wish else ""
    return BuyWish(
        chosen.count,
        chosen.period,
        chosen.country,
        Version(chosen.version),
        chosen.protocol,
        comment,
        chosen.auto,
    )


async def quote(turn: Turn, wish: BuyWish) -> None:
    """Ask px6 for stock and price, and show the one button that buys."""
    w = turn.words
    stock = (await (await turn.px6()).stock(wish.country, wish.version, fresh=True)).count
    if stock < wish.count:
        await turn.show(too_few_screen(w, wish, stock))
        return
    made = await turn.services.orders.quote_buy(turn.person.telegram_id, wish)
    message_id = await turn.show(quote_screen(w, made, turn.services.site_url))
    await turn.services.orders.set_message(made.id, turn.chat_id, message_id)


@router.callback_query(ShowQuote.filter(F.kind == "buy"))
async def show_quote(_: CallbackQuery, turn: Turn, callback_data: ShowQuote) -> None:
    """Back to a quote: made anew, since prices and the balance may have moved."""
    await turn.ask(None)
    before = await turn.services.orders.quote(turn.person.telegram_id, callback_data.quote)
    if before is None or before.wish is None:
        await turn.show(stale_screen(turn.words, None))
    else:
        await quote(turn, before.wish)


def too_few_screen(w: Words, wish: BuyWish, stock: int) -> Screen:
    so_far = as_data(wish)
    text = lines(
        w.title("Not enough there"),
        w.tr(
            "{place}, {kind}: {stock} can be bought, you want {count}.",
            place=w.place(wish.country),
            kind=w.kind(wish.version),
            stock=w.number(stock),
            count=w.number(wish.count),
        ),
        w.tr("Nothing was bought."),
    )
    rows: list[Row] = [
        [button(w.tr("Take {count}", count=w.number(stock)), so_far.but(count=stock))] if stock else [],
        *pairs(button(w.tr("Number"), so_far.but(count=0)), button(w.tr("Country"), so_far.but(country=""))),
        [home_button(w)],
    ]
    return Screen(text, rows)


def as_data(wish: BuyWish, quote_id: str = "") -> Buy:
    return Buy(
        version=wish.version,
        country=wish.country,
        period=wish.period,
        count=wish.count,
        protocol=wish.protocol,
        auto=wish.auto_prolong,
        quote=quote_id,
    )


def quote_screen(w: Words, made: Quote, site_url: str) -> Screen:
    """What is bought, what it costs, the balance before and after; one green button."""
    wish, option = made.wish, made.options[0]
    assert wish is not None  # noqa: S101 - a quote of kind "buy" has a wish
    data = as_data(wish, made.id)
    text = lines(
        w.title(
            "Buy {count} × {kind}, {country}, {days}",
            count=w.number(wish.count),
            kind=w.kind(wish.version),
            country=w.country(wish.country),
            days=w.days(wish.period),
        ),
        *balance_lines(w, made, option),
        w.tr("Protocol: {protocol}", protocol=protocol_name(wish.protocol)),
        w.rich("Comment: {comment}", comment=Code(wish.comment)) if wish.comment else None,
        w.tr("px6 will renew them by itself and charge you.") if wish.auto_prolong else None,
    )
    pay: list[Row] = (
        [
            [
                spend_button(
                    w.tr("Buy · {sum}", sum=spend_label(w, made, option)),
                    Pay(quote=made.id, period=wish.period),
                )
            ]
        ]
        if option.price <= made.balance
        else short_of_money_rows(w, ShowQuote(kind="buy", quote=made.id), site_url)
    )
    return Screen(text, [*pay, *change_rows(w, data, wish), [back_button(w, data.but(count=0, quote=""))]])


def change_rows(w: Words, data: Buy, wish: BuyWish) -> list[Row]:
    """Everything in the quote can be changed without starting again."""
    other = Protocol.SOCKS if wish.protocol == Protocol.HTTP else Protocol.HTTP
    auto = data.but(auto=False) if wish.auto_prolong else AutoRenew(**data.model_dump())
    return [
        [
            button(w.tr("Days"), data.but(period=0)),
            button(w.tr("Number"), data.but(count=0)),
            button(w.tr("Country"), data.but(country="")),
        ],
        *pairs(
            button(w.tr("Comment"), TypeComment(**data.model_dump())),
            button(w.tr("Use {protocol}", protocol=protocol_name(other)), data.but(protocol=other)),
        ),
        [button(w.tr("Auto-renew: on") if wish.auto_prolong else w.tr("Auto-renew: off"), auto)],
    ]


def protocol_name(protocol: str) -> str:
    return {"http": "HTTPS", "socks": "SOCKS5", "auto": "HTTPS + SOCKS5"}.get(protocol, protocol.upper())


@router.callback_query(TypeComment.filter())
async def ask_comment(_: CallbackQuery, turn: Turn, callback_data: TypeComment) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("Which comment?"), w.tr("Up to 50 characters; it helps to find these proxies later."))
    none = button(w.tr("No comment"), Comment(**callback_data.model_dump()))
    await turn.show(Screen(text, [[none], [back_button(w, ShowQuote(kind="buy", quote=callback_data.quote))]]))


@router.message(F.text, Asked(TypeComment))
async def typed_comment(_: Message, turn: Turn, asked: TypeComment) -> None:
    text = turn.text.strip()
    comment = parsing.comment(turn.words, text, text[: parsing.COMMENT_LIMIT])
    await turn.ask(None)
    await quote(turn, structs.replace(await wish_of(turn, asked), comment=comment))


@router.callback_query(Comment.filter())
async def no_comment(_: CallbackQuery, turn: Turn, callback_data: Comment) -> None:
    await turn.ask(None)
    await quote(turn, structs.replace(await wish_of(turn, callback_data), comment=""))


@router.callback_query(AutoRenew.filter())
async def explain_auto_renew(_: CallbackQuery, turn: Turn, callback_data: AutoRenew) -> None:
    """Said before it is chosen: the API can switch it on, never off."""
    w = turn.words
    text = lines(
        w.title("px6's own renewal"),
        w.tr("px6 prolongs these proxies by itself and takes the money from your balance."),
        w.tr("⚠️ It can be switched off on px6's site only, not here."),
    )
    rows = [
        [button(w.tr("Switch it on"), callback_data.but(auto=True))],
        [back_button(w, ShowQuote(kind="buy", quote=callback_data.quote))],
    ]
    await turn.show(Screen(text, rows))


@router.callback_query(BuyAgain.filter())
async def buy_again(_: CallbackQuery, turn: Turn, callback_data: BuyAgain) -> None:
    """The same purchase once more: its quote, then the green button."""
    order = await turn.services.orders.order(turn.person.telegram_id, callback_data.order)
    if order is None or order.country is None or order.version is None or order.protocol is None:
        await turn.show(stale_screen(turn.words, None))
        return
    comment = order.comment or ""
    await quote(
        turn,
        BuyWish(order.count, order.period, order.country, order.version, order.protocol, comment, order.auto_prolong),
    )
