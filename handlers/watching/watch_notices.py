"""What the bot says of what it watches: the money is there, a payment is made or not, something is in stock. Pure."""

from __future__ import annotations

from aiogram.utils.formatting import Code, Text

from handlers.ground.screen import (
    Open,
    Row,
    Screen,
    button,
    home_in_new_message,
    new_message_button,
    pairs,
    spend_button,
)
from handlers.ground.words import Words, lines
from handlers.orders.buy_buttons import FROM_COMMAND, WatchStock, wish_button
from handlers.orders.order_buttons import ShowQuote
from handlers.orders.pay import Pay, balance_lines, spend_label
from handlers.watching.kept_words import payment_text, stock_text
from handlers.watching.stock import BuyWatched
from services.notifications.watching_kinds import KeptEnded, KeptPaying, MoneyThere, StockBack, StockWatchOver
from services.orders import Quote

GOES_ON = ("later", "interrupted", "fewer")  # reasons that do not end it


def money_there_screen(w: Words, said: MoneyThere) -> Screen:
    """The quote of this moment with its one green button."""
    quote, [option] = said.quote, said.quote.options
    wish = quote.wish
    text = lines(
        w.title("The balance is enough now"),
        quote_text(w, quote),
        *balance_lines(w, quote, option),
        w.rich("Comment: {comment}", comment=Code(wish.comment)) if wish is not None and wish.comment else None,
        w.tr("px6 will prolong these proxies by itself and charge the balance.")
        if wish is not None and wish.auto_prolong
        else None,
        why_asked(w, said),
    )
    sum_ = spend_label(w, quote, option)
    label = (
        w.tr("Buy · {sum}", sum=sum_)
        if quote.kind == "buy"
        else w.tr("Prolong {days} · {sum}", days=w.days(option.period), sum=sum_)
    )
    details = new_message_button(w.tr("Details"), ShowQuote(kind=quote.kind, quote=quote.id, period=option.period))
    rows: list[Row] = [[spend_button(label, Pay(quote=quote.id, period=option.period))]]
    return Screen(text, [*rows, *pairs(details, home_in_new_message(w))])


def quote_text(w: Words, quote: Quote) -> str:
    count = quote.wish.count if quote.wish is not None else len(quote.ids)
    return payment_text(w, quote.kind, quote.wish, count, quote.options[0].period)


def why_asked(w: Words, said: MoneyThere) -> str | None:
    """Why it was not paid at once, although that was wanted."""
    if said.why == "price" and said.up_to is not None:
        limit = w.money(said.up_to, said.quote.currency)
        return w.tr("It costs more than {sum} now, so I ask first. Nothing was spent.", sum=limit)
    if said.why == "off":
        return w.tr("Automatic spending is switched off, so I ask first. Nothing was spent.")
    return None


def paying_screen(w: Words, said: KeptPaying) -> Screen:
    """Until the receipt takes its place."""
    [option] = said.quote.options
    sum_ = spend_label(w, said.quote, option)
    return Screen(
        lines(
            paying_title(w, said),
            quote_text(w, said.quote),
            w.tr("{sum}, as you wanted. The outcome will appear here.", sum=sum_),
        )
    )


def paying_title(w: Words, said: KeptPaying) -> Text:
    if said.why == "stock":
        return w.title("In stock again, I am paying")
    if said.why == "replace":
        return w.title("Replacing what stopped working, I am paying")
    return w.title("The money is there, I am paying")


def ended_screen(w: Words, said: KeptEnded) -> Screen:
    """Why a kept payment was not made, and what can be done now."""
    text = lines(
        w.title("Not paid yet") if said.why in GOES_ON else ended_title(w, said),
        payment_text(w, said.kind, said.wish, said.count, said.period),
        why_ended(w, said),
        w.tr("Nothing more was spent.") if said.why in ("nothing", "lost") else w.tr("Nothing was spent."),
    )
    return Screen(text, [*ended_rows(w, said), [home_in_new_message(w)]])


def ended_title(w: Words, said: KeptEnded) -> Text:
    if said.of == "stock":
        return w.title("Not bought")
    return w.title("Nothing left to prolong") if said.why == "nothing" else w.title("I no longer wait for the money")


def why_ended(w: Words, said: KeptEnded) -> str:
    match said.why:
        case "over":
            sum_ = w.money(said.price, said.currency)
            return w.tr("In three days the balance did not reach {sum}.", sum=sum_)
        case "late":
            return w.tr("Three days are over. The balance is enough now, but it could not be paid in time.")
        case "nothing":
            return w.tr("These proxies were prolonged in another way, or are gone.")
        case "account":
            return w.tr("You have since connected another px6 account.")
        case "currency":
            return w.tr("Your px6 account is in another currency now.")
        case "sold_out":
            return (
                w.tr("The money is there, but only {count} are left in stock.", count=w.number(said.stock))
                if said.stock
                else w.tr("The money is there, but it is sold out.")
            )
        case "refused":
            return w.tr("px6 no longer sells this for so many days.")
        case "later":
            return w.tr("Payments are paused, or another one is under way. I keep waiting.")
        case "interrupted":
            return w.tr("I was stopped before I could pay. I will try again now.")
        case "fewer":
            return w.tr("The others are no longer to be prolonged. I will try again now.")
    return w.tr("It was called off in this moment, or another payment came first.")


def ended_rows(w: Words, said: KeptEnded) -> list[Row]:
    if said.why in GOES_ON:
        return [[new_message_button(w.tr("Watched"), Open(screen="watch"))]]
    if said.why == "sold_out" and said.wish is not None:
        data = wish_button(said.wish, FROM_COMMAND)
        other = button(w.tr("See what there is"), data)
        return [[other], [button(w.tr("Tell me when in stock"), WatchStock(**data.model_dump()))]]
    if said.why in ("over", "late"):
        again = ShowQuote(kind=said.kind, quote=said.quote_id, period=said.period)
        return [[button(w.tr("Get a new quote"), again)]]
    return []


def back_screen(w: Words, said: StockBack) -> Screen:
    """It is in stock again: the way to its quote."""
    wish = said.wish
    text = lines(
        w.title("In stock again"),
        f"{w.place(wish.country)}, {w.kind(wish.version)}",
        w.n("{count} proxy in stock", "{count} proxies in stock", said.stock),
        why_not_bought(w, said),
    )
    count = max(1, wish.count)
    label = w.tr("Buy {count}: see the price", count=w.number(count)) if wish.period else w.tr("Buy")
    return Screen(text, [[new_message_button(label, BuyWatched(number=said.watch))], [home_in_new_message(w)]])


def why_not_bought(w: Words, said: StockBack) -> str | None:
    """Why it was not bought at once, although that was wanted."""
    price = w.money(said.price, said.currency) if said.price is not None else ""
    limit = w.money(said.up_to, said.currency) if said.up_to is not None else ""
    reasons = {
        "price": w.tr("I bought nothing: it costs {price} now, more than {limit}.", price=price, limit=limit),
        "money": w.tr("I bought nothing: the balance does not cover {price}.", price=price),
        "off": w.tr("I bought nothing: automatic spending is switched off."),
        "account": w.tr("I bought nothing: another px6 account is connected."),
        "currency": w.tr("I bought nothing: your px6 account is in another currency now."),
        "refused": w.tr("I bought nothing: px6 no longer sells this for so many days."),
        "key": w.tr("I bought nothing: px6 does not accept your key."),
    }
    return reasons.get(said.why)


def stock_over_screen(w: Words, said: StockWatchOver) -> Screen:
    text = lines(
        w.title("Still sold out"),
        w.tr(
            "{what}: not enough in stock in {days}. I no longer look.",
            what=stock_text(w, said.wish),
            days=w.days(said.days),
        ),
    )
    again = WatchStock(**wish_button(said.wish, FROM_COMMAND).model_dump())
    return Screen(text, [[button(w.tr("Keep watching"), again)], [home_in_new_message(w)]])
