"""Buying: kind, country, days, number, quote, one green button. /buy, and the same on buttons.

What was chosen so far travels in the buttons. A comment does not fit there: it stays with the quote, whose id then
travels along. The first thing that is missing is asked for; the quote comes when nothing is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Code
from msgspec import structs

from handlers import parsing
from handlers.pay import Pay, balance_lines, short_of_money_rows, spend_label
from handlers.receipts import BuyAgain, ShowQuote
from handlers.screen import (
    Open,
    Row,
    Screen,
    back_button,
    button,
    grid,
    home_button,
    pager,
    pairs,
    spend_button,
)
from handlers.turn import Asked, Turn
from handlers.words import Words, lines
from px6 import Protocol, Version
from services.orders import BuyWish, Quote

router = Router(name="buy")

EXAMPLE = "/buy 5 30 de ipv6 socks shop"
PERIODS = (3, 7, 14, 30, 60, 90)  # days
COUNTS = (1, 2, 5, 10, 25, 50, 100)
COUNTRIES_A_PAGE = 8


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


@router.message(Command("buy"))
async def buy_command(_: Message, turn: Turn) -> None:
    """/buy COUNT DAYS COUNTRY [VERSION] [http|socks] [COMMENT]"""
    given, w = parsing.words_of(turn.text), turn.words
    if not given:
        return await start(turn)
    if len(given) < 3:
        raise parsing.wrong(w, w.tr("It takes a number of proxies, days and a country."), EXAMPLE)
    count = parsing.count(w, given[0].text, EXAMPLE)
    period = parsing.period(w, given[1].text, EXAMPLE)
    country = parsing.country(w, given[2].text, EXAMPLE)
    rest = list(given[3:])
    version, protocol = Version.IPV6, Protocol.HTTP
    if rest and not rest[0].quoted and rest[0].text.lower() in parsing.VERSIONS:
        version = parsing.VERSIONS[rest.pop(0).text.lower()]
    if rest and not rest[0].quoted and rest[0].text.lower() in parsing.PROTOCOLS:
        protocol = parsing.PROTOCOLS[rest.pop(0).text.lower()]
    comment = parsing.comment(w, parsing.text_of(turn.text, rest), EXAMPLE)
    turn.retry_with(Buy(version=version, country=country, period=period, count=count, protocol=protocol))
    return await quote(turn, BuyWish(count, period, country, version, protocol, comment, False))


@router.callback_query(Open.filter(F.screen == "buy"))
async def buy(_: CallbackQuery, turn: Turn) -> None:
    await start(turn)


async def start(turn: Turn) -> None:
    """The kinds, and before them what was bought last."""
    await turn.ask(None)
    await turn.px6()  # without a key there is nothing to choose
    await turn.show(kinds_screen(turn.words, Buy(), last_buy(turn.person.choices)))


@router.callback_query(Buy.filter())
async def chosen_so_far(_: CallbackQuery, turn: Turn, callback_data: Buy) -> None:
    await turn.ask(None)
    await next_step(turn, callback_data)


async def next_step(turn: Turn, so_far: Buy) -> None:
    """Ask for the first thing that is missing, or make the quote."""
    if not so_far.version:
        await turn.show(kinds_screen(turn.words, so_far, last_buy(turn.person.choices)))
    elif not so_far.country:
        await choose_country(turn, so_far)
    elif not so_far.period:
        await choose_period(turn, so_far)
    elif not so_far.count:
        await choose_count(turn, so_far)
    else:
        await quote(turn, await wish_of(turn, so_far))


def last_buy(choices: Mapping[str, object]) -> Buy | None:
    """What was bought last, if anything was."""
    last = choices.get("buy")
    return Buy(**last) if isinstance(last, dict) else None


def kinds_screen(w: Words, so_far: Buy, last: Buy | None) -> Screen:
    text = lines(
        w.title("Buy proxies"),
        w.tr("IPv4 – an address of your own, works everywhere"),
        w.tr("IPv4 Shared – up to three people use it, cheaper"),
        w.tr("IPv6 – cheapest, for sites that have IPv6"),
    )
    rows: list[Row] = [[button(w.tr("Again: {what}", what=buy_line(w, last)), last)]] if last else []
    rows += [
        [button(w.kind(version), so_far.but(version=version, country="")) for version in Version],
        [home_button(w)],
    ]
    return Screen(text, rows)


def buy_line(w: Words, what: Buy) -> str:
    """`5 × IPv6, Germany, 30 days`"""
    return f"{what.count} × {w.kind(what.version)}, {w.country(what.country)}, {w.days(what.period)}"


async def choose_country(turn: Turn, so_far: Buy) -> None:
    """The countries, the ones used last first. Their stock is filled in as px6 tells it."""
    client, w = await turn.px6(), turn.words
    found = (await client.countries(Version(so_far.version))).countries
    used = turn.person.choices.get("countries", [])
    ordered = [c for c in used if c in found] + sorted((c for c in found if c not in used), key=w.country)
    await turn.show(countries_screen(w, so_far, ordered, {}))
    shown = page_of(ordered, so_far.page)
    stock = await asyncio.gather(*(client.background.stock(c, Version(so_far.version)) for c in shown))
    await turn.show(countries_screen(w, so_far, ordered, {c: s.count for c, s in zip(shown, stock, strict=True)}))


def page_of(ordered: Sequence[str], page: int) -> Sequence[str]:
    return ordered[(page - 1) * COUNTRIES_A_PAGE : page * COUNTRIES_A_PAGE]


def countries_screen(w: Words, so_far: Buy, ordered: Sequence[str], stock: Mapping[str, int]) -> Screen:
    text = lines(
        w.title("Buy {kind}: where?", kind=w.kind(so_far.version)),
        None if ordered else w.tr("px6 has none now."),
    )
    places = [
        button(w.place(c) + (f" · {w.number(stock[c])}" if c in stock else ""), so_far.but(country=c, page=1))
        for c in page_of(ordered, so_far.page)
    ]
    pages = max(1, -(-len(ordered) // COUNTRIES_A_PAGE))
    rows: list[Row] = [
        *grid(places, 2),
        pager(so_far.page, pages, lambda number: so_far.but(page=number)),
        [button(w.tr("Search by name"), TypeCountry(**so_far.model_dump()))],
        [back(w, so_far, so_far.but(version="", page=1))],
    ]
    return Screen(text, rows)


def back(w: Words, so_far: Buy, otherwise: Buy) -> InlineKeyboardButton:
    """To the quote that is being changed, if there is one; else to the step before."""
    return back_button(w, ShowQuote(kind="buy", quote=so_far.quote) if so_far.quote else otherwise)


@router.callback_query(TypeCountry.filter())
async def ask_country(_: CallbackQuery, turn: Turn, callback_data: TypeCountry) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("Which country?"), w.tr("Write its name or its two letters."))
    await turn.show(Screen(text, [[back_button(w, callback_data.but())]]))


@router.message(F.text, Asked(TypeCountry))
async def typed_country(_: Message, turn: Turn, asked: TypeCountry) -> None:
    w = turn.words
    available = (await (await turn.px6()).countries(Version(asked.version))).countries
    matches = parsing.find_countries(w, turn.text, available)
    if len(matches) == 1:
        await turn.ask(None)
        await next_step(turn, asked.but(country=matches[0], page=1))
        return
    if not matches:
        text = lines(
            w.title("No such country here"),
            w.tr(
                "px6 rents no {kind} in {given}. Write another name.",
                kind=w.kind(asked.version),
                given=parsing.cut(turn.text),
            ),
        )
        await turn.show(Screen(text, [[back_button(w, asked.but())]]))
        return
    places = [button(w.place(c), asked.but(country=c, page=1)) for c in matches[:COUNTRIES_A_PAGE]]
    await turn.show(Screen(lines(w.title("Which of these?")), [*grid(places, 2), [back_button(w, asked.but())]]))


async def choose_period(turn: Turn, so_far: Buy) -> None:
    w = turn.words
    stock = await (await turn.px6()).stock(so_far.country, Version(so_far.version))
    text = lines(
        w.title(
            "Buy {kind}, {country}: for how long?",
            kind=w.kind(so_far.version),
            country=w.country(so_far.country),
        ),
        w.n("{count} proxy can be bought", "{count} proxies can be bought", stock.count),
    )
    choices = [button(w.days(period), so_far.but(period=period)) for period in PERIODS]
    other = button(w.tr("Other number"), TypePeriod(**so_far.model_dump()))
    await turn.show(Screen(text, [*grid(choices, 3), [other], [back(w, so_far, so_far.but(country=""))]]))


@router.callback_query(TypePeriod.filter())
async def ask_period(_: CallbackQuery, turn: Turn, callback_data: TypePeriod) -> None:
    w = turn.words
    await turn.ask(callback_data)
    text = lines(w.title("For how many days?"), w.tr("Write a number, 3 or more."))
    await turn.show(Screen(text, [[back_button(w, callback_data.but())]]))


@router.message(F.text, Asked(TypePeriod))
async def typed_period(_: Message, turn: Turn, asked: TypePeriod) -> None:
    period = parsing.period(turn.words, turn.text.strip(), "30")
    await turn.ask(None)
    await next_step(turn, asked.but(period=period))


async def choose_count(turn: Turn, so_far: Buy) -> None:
    w = turn.words
    stock = (await (await turn.px6()).stock(so_far.country, Version(so_far.version))).count
    text = lines(
        w.title(
            "Buy {kind}, {country}, {days}: how many?",
            kind=w.kind(so_far.version),
            country=w.country(so_far.country),
            days=w.days(so_far.period),
        ),
        w.n("{count} proxy can be bought", "{count} proxies can be bought", stock),
    )
    choices = [button(w.number(count), so_far.but(count=count)) for count in COUNTS if count <= stock]
    other = [button(w.tr("Other number"), TypeCount(**so_far.model_dump()))] if stock else []
    await turn.show(Screen(text, [*grid(choices, 3), other, [back(w, so_far, so_far.but(period=0))]]))


@router.callback_query(TypeCount.filter())
async def ask_count(_: CallbackQuery, turn: Turn, callback_data: TypeCount) -> None:
    w = turn.words
    await turn.ask(callback_data)
    await turn.show(
        Screen(
            lines(w.title("How many proxies?"), w.tr("Write a number.")),
            [[back_button(w, callback_data.but())]],
        )
    )


@router.message(F.text, Asked(TypeCount))
async def typed_count(_: Message, turn: Turn, asked: TypeCount) -> None:
    count = parsing.count(turn.words, turn.text.strip(), "5")
    await turn.ask(None)
    await next_step(turn, asked.but(count=count))


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
        await start(turn)
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
        return await start(turn)
    comment = order.comment or ""
    return await quote(
        turn,
        BuyWish(order.count, order.period, order.country, order.version, order.protocol, comment, order.auto_prolong),
    )
