"""How a confirmed payment is told: while it is sent, while its outcome is looked for, and how it ended.

Pure screens. `handlers/orders/pay.py` shows the first, `handlers/orders/outcome_sender.py` all that follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.buttons import AskKey
from handlers.ground.proxy_words import address_end, credentials
from handlers.ground.screen import (
    Open,
    Row,
    Screen,
    button,
    home_button,
    home_in_new_message,
    link_button,
    new_message_button,
    pairs,
    px6_proxies_button,
    top_up_button,
)
from handlers.ground.words import Words, code, flag, lines
from handlers.orders.order_buttons import BuyAgain, ExportOrder, ToppedUp, TryRest
from handlers.orders.outcome_words import (
    KEY_ERRORS,
    notes_on_done,
    owners_part,
    part_lines,
    rule_line,
    unusable_answer,
    why_not_readable,
    why_nothing,
    why_unclear,
)
from model.orders import OrderError
from model.proxies import is_mtproto
from px6 import Proxy
from services.orders import Confirmation, Order, OrderState
from services.proxies.exports import telegram_link

PROXIES_SHOWN = 5  # proxies that a receipt shows at once; up to FOLDED more are in a quotation that opens on a tap
PROXIES_FOLDED = 25
LINKS_SHOWN = 3

Proxies = Mapping[int, Proxy]


def brought_text(w: Words, confirmation: Confirmation) -> str:
    """`5 × IPv6, Germany, 30 days` or `3 proxies for 30 days`: of what is done, how many it brought."""
    return confirmation_text(
        w,
        confirmation,
        sum(order.got if order.state is OrderState.DONE else order.count for order in confirmation.orders),
    )


def ordered_text(w: Words, confirmation: Confirmation) -> str:
    """`5 × IPv6, Germany, 30 days` or `3 proxies for 30 days`: as it was confirmed, however many it brought."""
    return confirmation_text(w, confirmation, sum(order.count for order in confirmation.orders))


def confirmation_text(w: Words, confirmation: Confirmation, count: int) -> str:
    first = confirmation.orders[0]
    if confirmation.kind == "buy":
        return w.tr(
            "{count} × {kind}, {country}, {days}",
            count=w.number(count),
            kind=w.kind(first.version),
            country=w.country(first.country),
            days=w.days(first.period),
        )
    return w.n("{count} proxy for {days}", "{count} proxies for {days}", count, days=w.days(first.period))


def sending_screen(w: Words, confirmation: Confirmation) -> Screen:
    """The screen between the tap and px6's answer. It has no button."""
    told = brought_text(w, confirmation)
    text = lines(
        w.title("Buying {what}", what=told)
        if confirmation.kind == "buy"
        else w.title("Prolonging {what}", what=told),
        w.tr("Sending to px6. This can take half a minute; the outcome will appear here."),
    )
    return Screen(text)


def outcome_screen(
    w: Words, confirmation: Confirmation, proxies: Proxies, now: datetime, site_url: str, *, is_colleague: bool
) -> Screen:
    """What is known of the outcome. `proxies`: those of the order as px6 lists them, if it could be read.

    `is_colleague`: who reads it acts on somebody else's account, and cannot enter a key of it.
    """
    states = {order.state for order in confirmation.orders}
    if OrderState.CONFIRMED in states or OrderState.SENDING in states:
        return sending_screen(w, confirmation)
    if OrderState.UNKNOWN in states:
        return unknown_screen(w, confirmation, is_colleague=is_colleague)
    if states == {OrderState.DONE}:
        return done_screen(w, confirmation, proxies, now)
    if OrderState.UNCLEAR in states:
        return unclear_screen(w, confirmation, site_url, is_colleague=is_colleague)
    if OrderState.DONE in states:
        return partly_screen(w, confirmation, site_url, is_colleague=is_colleague)
    return nothing_screen(w, confirmation, site_url, is_colleague=is_colleague)


def told_again_screen(w: Words, screen: Screen) -> Screen:
    """An outcome that may stand in the chat already, marked so that nobody takes it for a second payment."""
    why = w.tr(
        "Sent again, because Telegram did not say whether the first message arrived. It is "
        "the same payment, not another one."
    )
    return Screen(lines(screen.text, "", why), screen.rows)


def settled_below_screen(w: Words, confirmation: Confirmation) -> Screen:
    """In place of "Not known yet", once the outcome has come in a message of its own."""
    return Screen(lines(w.title("Settled, see below"), ordered_text(w, confirmation)), [[home_in_new_message(w)]])


def unknown_screen(w: Words, confirmation: Confirmation, *, is_colleague: bool) -> Screen:
    """The outcome is not known yet. No button here can spend again."""
    order = next(order for order in confirmation.orders if order.state is OrderState.UNKNOWN)
    text = lines(
        w.title("Not known yet: {what}", what=brought_text(w, confirmation)),
        rule_line(w, confirmation),
        what_is_open(w, order),
        w.tr("I am checking and will tell you here. Nothing will be repeated; do not pay again."),
        why_not_readable(w, order, is_colleague=is_colleague),
        *cost_lines(w, confirmation),
        *part_lines(w, confirmation, is_colleague=is_colleague),
    )
    needs_key = order.looking_error in KEY_ERRORS and not is_colleague
    return Screen(text, [key_row(w) if needs_key else [], [home_in_new_message(w)]])


def key_row(w: Words) -> Row:
    return [button(w.tr("Enter a new key"), AskKey())]


def what_is_open(w: Words, order: Order) -> str:
    """What px6 has not said, or has said otherwise than it was ordered."""
    if order.names_others:
        return w.tr("px6's answer lists only {got} of {count} proxies.", got=order.got, count=order.count)
    said = unusable_answer(w, order)
    if said is not None:
        return said
    if order.kind == "buy":
        return w.tr("px6 has not said whether the purchase went through.")
    return w.tr("px6 has not said whether the proxies were prolonged.")


def done_screen(w: Words, confirmation: Confirmation, proxies: Proxies, now: datetime) -> Screen:
    """The receipt: what was got, what it cost, the proxies ready to use."""
    told = brought_text(w, confirmation)
    text = lines(
        w.title("Bought {what}", what=told) if confirmation.kind == "buy" else w.title("Prolonged {what}", what=told),
        rule_line(w, confirmation),
        *cost_lines(w, confirmation),
        *(note for order in confirmation.orders for note in notes_on_done(w, order)),
        *(
            bought_lines(w, confirmation, proxies, now)
            if confirmation.kind == "buy"
            else new_end_lines(w, confirmation, proxies)
        ),
    )
    again = new_message_button(w.tr("Buy the same"), BuyAgain(order=confirmation.orders[0].id))
    rows = pairs(
        new_message_button(w.tr("My proxies"), Open(screen="proxies")),
        again if confirmation.kind == "buy" else None,
        export_button(w, confirmation),
        home_in_new_message(w),
    )
    return Screen(text, [*(telegram_rows(w, bought(confirmation, proxies))), *rows])


def export_button(w: Words, confirmation: Confirmation) -> InlineKeyboardButton | None:
    """Exports what one order brought. Where px6 did not say which these are, all are offered."""
    if len(confirmation.orders) != 1:
        return None
    [order] = confirmation.orders
    if order.ids:
        return new_message_button(w.tr("Export"), ExportOrder(order=order.id))
    return new_message_button(w.tr("Export"), Open(screen="export")) if order.kind == "buy" else None


def bought(confirmation: Confirmation, proxies: Proxies) -> list[Proxy]:
    """What a purchase brought, as far as px6 lists it; nothing for a prolong."""
    orders = confirmation.orders if confirmation.kind == "buy" else ()
    return [proxies[i] for order in orders for i in order.ids if i in proxies]


def telegram_rows(w: Words, got: Sequence[Proxy]) -> list[Row]:
    """The way into Telegram for the first of what works there only."""
    links = [(proxy, link) for proxy in got if is_mtproto(proxy) and (link := telegram_link(proxy))]
    label = w.tr("Use in Telegram")
    named = (label if len(links) == 1 else f"{label} · {address_end(proxy)}" for proxy, _ in links)
    return [[link_button(name, link)] for name, (_, link) in zip(named, links[:LINKS_SHOWN], strict=False)]


def cost_lines(w: Words, confirmation: Confirmation) -> list[str]:
    """What px6 took for what is done; beside it what was quoted, when that differs. The balance after."""
    charged, currency = confirmation.charged, confirmation.orders[0].currency
    done = [order for order in confirmation.orders if order.state is OrderState.DONE]
    if not done:
        return []
    quoted = sum((order.quoted for order in done[1:]), done[0].quoted)
    if charged is None:
        told = [w.tr("px6 does not say how much it charged; the quote was {sum}.", sum=w.money(quoted, currency))]
    elif charged == quoted:
        told = [w.tr("{sum} paid", sum=w.money(charged, currency))]
    else:
        told = [
            w.tr(
                "{sum} paid (the quote was {quoted})",
                sum=w.money(charged, currency),
                quoted=w.money(quoted, currency),
            )
        ]
    after = confirmation.balance_after
    return told if after is None else [*told, w.tr("Balance {sum}", sum=w.money(after, currency))]


def bought_lines(w: Words, confirmation: Confirmation, proxies: Proxies, now: datetime) -> list[Text | str]:
    """The first proxies ready to be copied, the rest folded."""
    got = bought(confirmation, proxies)
    if not got:
        return [w.tr("They are in “My proxies”.")]
    shown: list[Text | str] = [w.rich("Until {when}", when=w.when(got[0].ends_at, now))]
    shown += [code(credentials(p)) for p in got[:PROXIES_SHOWN]]
    rest = [credentials(p) for p in got[PROXIES_SHOWN : PROXIES_SHOWN + PROXIES_FOLDED]]
    if rest:
        shown.append(ExpandableBlockQuote("\n".join(rest)))
    more = len(got) - PROXIES_SHOWN - PROXIES_FOLDED
    if more > 0:
        shown.append(w.n("{count} more is in the export", "{count} more are in the export", more))
    return shown


def new_end_lines(w: Words, confirmation: Confirmation, proxies: Proxies) -> list[Text | str]:
    """The new ends of the first proxies."""
    longer = [each for order in confirmation.orders for each in order.proxies if each.end_after is not None]
    shown: list[Text | str] = []
    for each in longer[:PROXIES_SHOWN]:
        proxy = proxies.get(each.id)
        name = f"{proxy.host}:{proxy.port}" if proxy else str(each.id)
        assert each.end_after is not None  # noqa: S101 - filtered above
        shown.append(
            w.rich(
                "{flag} {address} · until {when}",
                flag=flag(proxy.country if proxy else None),
                address=code(name),
                when=w.time(each.end_after),
            )
        )
    if len(longer) > PROXIES_SHOWN:
        shown.append(w.n("and {count} more", "and {count} more", len(longer) - PROXIES_SHOWN))
    return shown


def unclear_screen(w: Words, confirmation: Confirmation, site_url: str, *, is_colleague: bool) -> Screen:
    """Nobody can tell from px6's books: where to look, or what to ask the person. Never a guess."""
    asked = next((order for order in confirmation.orders if order.top_up is not None), None)
    corrected = any(order.corrected for order in confirmation.orders if order.state is OrderState.UNCLEAR)
    text = lines(
        w.title("Unclear: {what}", what=brought_text(w, confirmation)),
        rule_line(w, confirmation),
        w.tr("⚠️ Earlier I told you that nothing was spent. That is no longer certain.") if corrected else None,
        *(top_up_question(w, asked, is_colleague=is_colleague) if asked else [why_unclear(w, confirmation)]),
        w.tr("Compare the balance and the proxies' end dates at px6 before you pay again.")
        if is_colleague
        else w.tr("Compare your balance and the proxies' end dates at px6 before you pay again."),
        *cost_lines(w, confirmation),
        *part_lines(w, confirmation, is_colleague=is_colleague),
    )
    return Screen(
        text,
        [
            top_up_answers(w, asked) if asked else [],
            [px6_proxies_button(w, site_url)],
            [new_message_button(w.tr("My proxies"), Open(screen="proxies"))],
            [home_in_new_message(w)],
        ],
    )


def top_up_question(w: Words, order: Order, *, is_colleague: bool) -> list[str]:
    """Only people know where the money came from by which the balance rose. A colleague's own no would be no answer:
    it may have been the owner."""
    sum_ = risen_by(w, order)
    return [
        w.tr("px6 shows no trace of this payment, and the balance is {sum} higher than before.", sum=sum_),
        w.tr("Has anybody topped it up by {sum} since then?", sum=sum_)
        if is_colleague
        else w.tr("Have you topped up {sum} since then?", sum=sum_),
    ]


def top_up_answers(w: Words, order: Order) -> Row:
    sum_ = risen_by(w, order)
    return [
        button(w.tr("Yes, {sum}", sum=sum_), ToppedUp(order=order.id, yes=1)),
        button(w.tr("No"), ToppedUp(order=order.id, yes=0)),
    ]


def risen_by(w: Words, order: Order) -> str:
    """By how much the balance rose, of an order that nothing but a top-up would explain."""
    assert order.top_up is not None  # noqa: S101 - nobody is asked about another
    return w.money(order.top_up, order.currency)


def partly_screen(w: Words, confirmation: Confirmation, site_url: str, *, is_colleague: bool) -> Screen:
    """A long prolong that went out in parts, of which not all were done."""
    text = lines(
        w.title("Partly prolonged: {what}", what=ordered_text(w, confirmation)),
        rule_line(w, confirmation),
        *cost_lines(w, confirmation),
        *(note for order in confirmation.orders for note in notes_on_done(w, order)),
        *part_lines(w, confirmation, is_colleague=is_colleague),
    )
    rest = new_message_button(w.tr("Prolong the rest"), TryRest(kind="prolong", confirmation=confirmation.id))
    proxies = new_message_button(w.tr("My proxies"), Open(screen="proxies"))
    return Screen(text, [top_up_row(w, confirmation, site_url), [rest], [proxies], [home_in_new_message(w)]])


def top_up_row(w: Words, confirmation: Confirmation, site_url: str) -> Row:
    """The way to more money, when that is what was missing."""
    short = any(order.error == OrderError.NO_MONEY for order in confirmation.orders)
    return [top_up_button(w, site_url)] if short else []


def nothing_screen(w: Words, confirmation: Confirmation, site_url: str, *, is_colleague: bool) -> Screen:
    """It is certain that nothing was spent: why, and what to do now."""
    order = confirmation.orders[0]
    title = w.title("Not bought") if confirmation.kind == "buy" else w.title("Not prolonged")
    text = lines(
        title,
        brought_text(w, confirmation),
        rule_line(w, confirmation),
        *why_nothing(w, order, is_colleague=is_colleague),
        w.tr("Nothing was spent."),
        owners_part(w, order) if is_colleague else None,
        *part_lines(w, confirmation, is_colleague=is_colleague),
    )
    key = key_row(w) if order.error in (OrderError.WRONG_KEY, OrderError.NO_KEY) and not is_colleague else []
    again = button(w.tr("Try again"), TryRest(kind=confirmation.kind, confirmation=confirmation.id))
    return Screen(text, [key, top_up_row(w, confirmation, site_url), [again], [home_button(w)]])
