"""How a confirmed payment is told: while it is sent, while its outcome is looked for, and how it ended.

Pure screens. `handlers/pay.py` shows the first, `handlers/announce.py` all that follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiogram.filters.callback_data import CallbackData
from aiogram.utils.formatting import ExpandableBlockQuote, Text

import px6
from handlers.connect import AskKey
from handlers.errors import what_happened
from handlers.screen import Few, Id, Open, Row, Screen, beside, button, home_beside, home_button, link, pairs
from handlers.words import Words, code, flag, lines
from px6 import Proxy
from services.orders import Confirmation, Order, OrderState

LISTED = 5  # proxies that a receipt shows at once; up to FOLDED more are in a quotation that opens on a tap
FOLDED = 25

Proxies = Mapping[int, Proxy]


class ShowQuote(CallbackData, prefix="q"):
    """Makes a quote anew, since prices, ends and the balance may have moved. `kind` is "buy" or "prolong".

    `period`: of those that the quote offered, 0 is the first. `origin`: where buying began, see `handlers/wishes.py`.
    """

    kind: str
    quote: str
    period: Few = 0
    origin: str = ""


class TryRest(CallbackData, prefix="rest"):
    """Quotes what a confirmation has certainly spent nothing on, for the period that was confirmed."""

    kind: str
    confirmation: Id


class BuyAgain(CallbackData, prefix="again"):
    """Quotes the same purchase once more."""

    order: Id


def what(w: Words, confirmation: Confirmation) -> str:
    """`5 × IPv6, Germany, 30 days` or `3 proxies by 30 days`"""
    first = confirmation.orders[0]
    count = sum(order.count for order in confirmation.orders)
    if confirmation.kind == "buy":
        return w.tr(
            "{count} × {kind}, {country}, {days}",
            count=w.number(count),
            kind=w.kind(first.version),
            country=w.country(first.country),
            days=w.days(first.period),
        )
    return w.n("{count} proxy by {days}", "{count} proxies by {days}", count, days=w.days(first.period))


def sending_screen(w: Words, confirmation: Confirmation) -> Screen:
    """Between the tap and px6's answer: nothing to press."""
    told = what(w, confirmation)
    text = lines(
        w.title("Buying {what}", what=told)
        if confirmation.kind == "buy"
        else w.title("Prolonging {what}", what=told),
        w.tr("px6 has been asked. This can take half a minute; the outcome appears here."),
    )
    return Screen(text)


def outcome_screen(w: Words, confirmation: Confirmation, proxies: Proxies, now: datetime, site_url: str) -> Screen:
    """What is known of the outcome. `proxies`: those of the order as px6 lists them, if it could be read."""
    states = {order.state for order in confirmation.orders}
    if OrderState.CONFIRMED in states or OrderState.SENDING in states:
        return sending_screen(w, confirmation)
    if OrderState.UNKNOWN in states:
        return unknown_screen(w, confirmation)
    if states == {OrderState.DONE}:
        return done_screen(w, confirmation, proxies, now)
    if OrderState.UNCLEAR in states:
        return unclear_screen(w, confirmation, site_url)
    if OrderState.DONE in states:
        return partly_screen(w, confirmation)
    return nothing_screen(w, confirmation, site_url)


def unknown_screen(w: Words, confirmation: Confirmation) -> Screen:
    """Being found out. No button here can spend again."""
    order = next(order for order in confirmation.orders if order.state is OrderState.UNKNOWN)
    said = (
        w.tr("px6 has not said whether the purchase went through.")
        if confirmation.kind == "buy"
        else w.tr("px6 has not said whether the proxies were prolonged.")
    )
    text = lines(
        w.title("Finding out: {what}", what=what(w, confirmation)),
        said,
        w.tr("I am checking and will tell you here. Nothing will be repeated; do not pay again."),
        why_not_readable(w, order),
        *part_lines(w, confirmation),
    )
    refused = order.looking_error == "WrongKey"
    return Screen(text, [[button(w.tr("Give a new key"), AskKey())] if refused else [], [home_beside(w)]])


def why_not_readable(w: Words, order: Order) -> str | None:
    """Why the outcome cannot be looked for at the moment."""
    match order.looking_error:
        case None:
            return None
        case "WrongKey" | "NoKey":
            return w.tr("⚠️ px6 does not accept your key any more. With a new key of the same account I can look.")
        case "OtherAccount":
            return w.tr(
                "⚠️ It belongs to another px6 account than your present key. With that account's key I can look."
            )
    return w.tr("px6 cannot be read at the moment; I keep trying.")


def done_screen(w: Words, confirmation: Confirmation, proxies: Proxies, now: datetime) -> Screen:
    """The receipt: what was got, what it cost, the proxies ready to use."""
    told = what(w, confirmation)
    text = lines(
        w.title("Bought {what}", what=told) if confirmation.kind == "buy" else w.title("Prolonged {what}", what=told),
        *cost_lines(w, confirmation),
        *(note for order in confirmation.orders for note in notes(w, order)),
        *(
            bought_lines(w, confirmation, proxies, now)
            if confirmation.kind == "buy"
            else end_lines(w, confirmation, proxies)
        ),
    )
    again = beside(w.tr("The same again"), BuyAgain(order=confirmation.orders[0].id))
    rows = pairs(
        beside(w.tr("My proxies"), Open(screen="proxies")),
        again if confirmation.kind == "buy" else None,
        beside(w.tr("Export"), Open(screen="export")) if confirmation.kind == "buy" else None,
        home_beside(w),
    )
    return Screen(text, rows)


def cost_lines(w: Words, confirmation: Confirmation) -> list[str]:
    """What px6 took; beside it what was quoted, when that differs. The balance after."""
    charged, currency = confirmation.charged, confirmation.orders[0].currency
    done = [order for order in confirmation.orders if order.state is OrderState.DONE]
    quoted = sum((order.quoted for order in done[1:]), done[0].quoted)
    if charged is None:
        told = [w.tr("px6 does not say what it took; {sum} was quoted.", sum=w.money(quoted, currency))]
    elif charged == quoted:
        told = [w.tr("{sum} paid", sum=w.money(charged, currency))]
    else:
        told = [
            w.tr("{sum} paid ({quoted} was quoted)", sum=w.money(charged, currency), quoted=w.money(quoted, currency))
        ]
    after = confirmation.balance_after
    return told if after is None else [*told, w.tr("Balance {sum}", sum=w.money(after, currency))]


def notes(w: Words, order: Order) -> list[str]:
    """What else a person should know of an order that is done."""
    found = []
    if order.kind == "buy" and order.proxies and len(order.proxies) < order.count:
        found.append(w.tr("⚠️ px6 delivered {got} of {count}.", got=len(order.proxies), count=order.count))
    if order.corrected:
        found.append(w.tr("⚠️ I had told you otherwise before: it showed up at px6 late."))
    if order.rename == "refused" and order.mark:
        found.append(w.tr("px6 did not take the comment; they carry “{mark}”. You can change it.", mark=order.mark))
    if order.rename_pending and order.rename_tries and order.mark:
        found.append(w.tr("Their comment is “{mark}” for now; I am changing it.", mark=order.mark))
    return found


def bought_lines(w: Words, confirmation: Confirmation, proxies: Proxies, now: datetime) -> list[Text | str]:
    """The first proxies ready to be copied, the rest folded."""
    got = [proxies[i] for order in confirmation.orders for i in order.ids if i in proxies]
    if not got:
        return [w.tr("They are in “My proxies”.")]
    shown: list[Text | str] = [w.rich("Until {when}", when=w.when(got[0].ends_at, now))]
    shown += [code(credentials(p)) for p in got[:LISTED]]
    rest = [credentials(p) for p in got[LISTED : LISTED + FOLDED]]
    if rest:
        shown.append(ExpandableBlockQuote("\n".join(rest)))
    more = len(got) - LISTED - FOLDED
    if more > 0:
        shown.append(w.n("{count} more is in the export", "{count} more are in the export", more))
    return shown


def credentials(proxy: Proxy) -> str:
    return f"{proxy.host}:{proxy.port}:{proxy.user}:{proxy.password}"


def end_lines(w: Words, confirmation: Confirmation, proxies: Proxies) -> list[Text | str]:
    """The new ends of the first proxies."""
    longer = [each for order in confirmation.orders for each in order.proxies if each.end_after is not None]
    shown: list[Text | str] = []
    for each in longer[:LISTED]:
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
    if len(longer) > LISTED:
        shown.append(w.n("and {count} more", "and {count} more", len(longer) - LISTED))
    return shown


def unclear_screen(w: Words, confirmation: Confirmation, site_url: str) -> Screen:
    """px6's books do not let the bot tell: where to look. Never a guess."""
    text = lines(
        w.title("Unclear: {what}", what=what(w, confirmation)),
        w.tr("px6's books do not tell whether this payment went through: something else changed at the same time."),
        w.tr("Compare your balance and the ends of the proxies at px6 before you pay again."),
        *part_lines(w, confirmation),
    )
    page = f"{site_url}/{w.language}/user/proxy"
    return Screen(
        text,
        [
            [link(w.tr("My proxies at px6"), page)],
            [beside(w.tr("My proxies"), Open(screen="proxies"))],
            [home_beside(w)],
        ],
    )


def partly_screen(w: Words, confirmation: Confirmation) -> Screen:
    """A long prolong that went out in parts, of which not all were done."""
    text = lines(
        w.title("Partly done: {what}", what=what(w, confirmation)),
        *cost_lines(w, confirmation),
        *part_lines(w, confirmation),
    )
    rest = beside(w.tr("Prolong the rest"), TryRest(kind="prolong", confirmation=confirmation.id))
    return Screen(text, [[rest], [beside(w.tr("My proxies"), Open(screen="proxies"))], [home_beside(w)]])


def part_lines(w: Words, confirmation: Confirmation) -> list[str]:
    """How each part stands, when there are several."""
    if len(confirmation.orders) == 1:
        return []
    return [
        w.n(
            "{count} proxy ({ids}): {state}",
            "{count} proxies ({ids}): {state}",
            order.count,
            ids=span(order.ids),
            state=state_name(w, order),
        )
        for order in confirmation.orders
    ]


def span(ids: Sequence[int]) -> str:
    """`15–40`, from the first to the last id of a part."""
    return str(ids[0]) if len(ids) == 1 else f"{ids[0]}–{ids[-1]}"


def state_name(w: Words, order: Order) -> str:
    """The outcome of one order in a word or two."""
    names = {
        OrderState.CONFIRMED: w.tr("waiting"),
        OrderState.SENDING: w.tr("asking px6"),
        OrderState.DONE: w.tr("done"),
        OrderState.REFUSED: w.tr("px6 refused, nothing was spent"),
        OrderState.NOT_SENT: w.tr("not sent, nothing was spent"),
        OrderState.REQUOTED: w.tr("the price had changed, nothing was spent"),
        OrderState.UNKNOWN: w.tr("being found out"),
        OrderState.NOT_DONE: w.tr("not done, nothing was spent"),
        OrderState.UNCLEAR: w.tr("unclear"),
    }
    return names[order.state]


def nothing_screen(w: Words, confirmation: Confirmation, site_url: str) -> Screen:
    """It is certain that nothing was spent: why, and what to do now."""
    order = confirmation.orders[0]
    title = w.title("Not bought") if confirmation.kind == "buy" else w.title("Not prolonged")
    text = lines(
        title,
        what(w, confirmation),
        *why_nothing(w, order),
        w.tr("Nothing was spent."),
        *part_lines(w, confirmation),
    )
    rows: list[Row] = [[button(w.tr("Try again"), TryRest(kind=confirmation.kind, confirmation=confirmation.id))]]
    if order.error == "NoMoney":
        rows.insert(0, [link(w.tr("Top up at px6"), site_url)])
    if order.error in ("WrongKey", "NoKey"):
        rows.insert(0, [button(w.tr("Give a new key"), AskKey())])
    return Screen(text, [*rows, [home_button(w)]])


def why_nothing(w: Words, order: Order) -> list[str]:
    """The reason, in words; px6's own are never shown alone."""
    if order.state is OrderState.NOT_DONE:
        return [w.tr("px6 did not answer, and its books show that it did nothing.")]
    if order.state is OrderState.REQUOTED:
        return [w.tr("The price or an end had changed, so I did not send it.")]
    match order.error:
        case None | "Interrupted":
            return [w.tr("It was not sent: the bot was stopped before.")]
        case "NoMoney":
            return [w.tr("There is too little money at px6.")]
        case "WrongKey" | "NoKey":
            return [w.tr("px6 does not accept your key any more.")]
        case "WrongAddress":
            return [w.tr("Your px6 account takes API calls from certain IP addresses only.")]
        case "OtherAccount":
            return [w.tr("You have connected another px6 account since.")]
    happened, advice = what_happened(error_named(order.error, order.error_id), w)
    return [happened, advice] if advice else [happened]


def error_named(name: str, error_id: int | None) -> px6.Px6Error:
    """The error that the journal names, to find its words."""
    kind = getattr(px6, name, px6.Px6Error)
    if isinstance(kind, type) and issubclass(kind, px6.Refused):
        return kind(error_id or 0, "")
    return px6.NoAnswer() if not isinstance(kind, type) or kind is px6.OutcomeUnknown else kind()
