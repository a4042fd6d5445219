"""Why an order ended as it did, and which of its proxies that concerns. The screens are in receipts.py."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal, get_args

from aiogram.utils.formatting import ExpandableBlockQuote, Text

import px6
from handlers.ground.errors import owner_allows_line, what_happened
from handlers.ground.rule_words import scope_name
from handlers.ground.words import Words
from model.orders import OrderError
from services.orders import Confirmation, Order, OrderProxy, OrderState

IDS_NAMED = 300  # ids that a fold names: 300 of ten characters leave room for the rest of a message

Fate = Literal["prolonged", "not_prolonged", "not_known", "unclear"]
# Why a look fails until the key of the account is there.
KEY_ERRORS = (OrderError.WRONG_KEY, OrderError.NO_KEY, OrderError.OTHER_ACCOUNT)


def notes_on_done(w: Words, order: Order) -> list[str]:
    """What else a person should know of an order that is done."""
    if order.state is not OrderState.DONE:
        return []
    found = [
        note for note in (known_by_books(w, order), fewer_than_ordered(w, order), comment_state(w, order)) if note
    ]
    if order.corrected:
        found.append(w.tr("⚠️ Earlier I told you otherwise: it appeared at px6 late."))
    return found


def known_by_books(w: Words, order: Order) -> str | None:
    """Why a prolong counts as done although px6 did not say so; None when it said so, and for a buy."""
    if order.kind == "buy" or not order.by_books or order.names_others:
        return None
    said = unusable_answer(w, order)
    if said is not None:
        fit = w.tr(
            "Its data matches all the same: the end dates moved as ordered and the balance fell by exactly this sum."
        )
        return f"{said} {fit}"
    return w.tr(
        "px6 did not answer, but its data matches: the end dates moved as ordered and the "
        "balance fell by exactly this sum."
    )


def unusable_answer(w: Words, order: Order) -> str | None:
    """What px6 answered that settles nothing; None when it did not answer."""
    match order.answered_otherwise:
        case OrderError.NO:
            return w.tr(
                "px6 answered with error {code}, which does not say whether anything was done.",
                code=order.error_id,
            )
        case OrderError.NOT_AS_ORDERED:
            return w.tr("px6 accepted the request, but its answer does not match the order.")
        case OrderError.FOR_OTHERS:
            return w.tr("px6 answered about another account, or in another currency.")
        case OrderError.TOO_MANY:
            return w.tr("px6 answered “too many requests”, which does not say whether anything was done.")
    return None


def fewer_than_ordered(w: Words, order: Order) -> str | None:
    """That px6 named or delivered fewer proxies than were ordered; None when it did not."""
    if order.got >= order.count:
        return None
    if order.kind == "buy":
        return w.tr("⚠️ px6 delivered {got} of {count}.", got=order.got, count=order.count)
    return w.tr("⚠️ px6 reports only {got} of {count} as prolonged.", got=order.got, count=order.count)


def comment_state(w: Words, order: Order) -> str | None:
    """Why the proxies do not carry the comment that was wanted; None when they do."""
    if order.rename == "refused":
        return w.tr("px6 did not accept the comment; it is “{mark}” now. You can change it.", mark=order.mark)
    if order.rename == "given_up":
        return w.tr(
            "I could not change the comment; it is “{mark}” now. You can change it yourself.", mark=order.mark
        )
    if order.rename == "kept":
        return (
            w.tr("At px6 the comment is “{mark}”, not the one you wanted. You can change it.", mark=order.mark)
            if order.mark
            else w.tr("At px6 the proxies have no comment, although you wanted one. You can set it.")
        )
    if order.rename_pending and order.rename_tries:
        return w.tr("The comment is “{mark}” for now; I am changing it.", mark=order.mark)
    return None


def part_lines(w: Words, confirmation: Confirmation, *, is_colleague: bool) -> list[str | Text]:
    """How each part stands, and why, when there are several; in a fold what became of which id."""
    if len(confirmation.orders) == 1:
        return []
    parts = grouped_parts(w, confirmation, is_colleague=is_colleague)
    return [*(part_line(w, *part) for part in parts), ids_fold(w, confirmation)]


def grouped_parts(w: Words, confirmation: Confirmation, *, is_colleague: bool) -> list[tuple[str, list[Order]]]:
    """Parts that follow each other and ended alike are one."""
    named = ((order, how_it_ended(w, order, is_colleague=is_colleague)) for order in confirmation.orders)
    by_end = groupby(named, key=itemgetter(1))
    return [(how, [order for order, _ in alike]) for how, alike in by_end]


def part_line(w: Words, how: str, alike: Sequence[Order]) -> str:
    """`333 proxies (15–40): px6 refused, nothing was spent. There is too little money at px6.`"""
    ids = [one for order in alike for one in order.ids]
    return w.n(
        "{count} proxy ({ids}): {state}", "{count} proxies ({ids}): {state}", len(ids), ids=ids_span(ids), state=how
    )


def ids_span(ids: Sequence[int]) -> str:
    """`15–40`, from the first to the last id of a part."""
    match ids:
        case [one]:
            return str(one)
    return f"{ids[0]}–{ids[-1]}"


def ids_fold(w: Words, confirmation: Confirmation) -> Text:
    """Which ids were prolonged, which were not, and which are open; "Not prolonged" only where it is certain."""
    found: dict[Fate, list[int]] = {fate: [] for fate in get_args(Fate)}
    for order in confirmation.orders:
        for proxy in order.proxies:
            found[fate_of(order, proxy)].append(proxy.id)
    most = IDS_NAMED // max(2, sum(bool(ids) for ids in found.values()))
    named = {fate: ids_text(w, ids, most) for fate, ids in found.items()}
    told: dict[Fate, str] = {
        "prolonged": w.tr("Prolonged: {ids}", ids=named["prolonged"]),
        "not_prolonged": w.tr("Not prolonged: {ids}", ids=named["not_prolonged"]),
        "not_known": w.tr("Not known yet: {ids}", ids=named["not_known"]),
        "unclear": w.tr("Unclear: {ids}", ids=named["unclear"]),
    }
    return ExpandableBlockQuote("\n".join(line for fate, line in told.items() if found[fate]))


def fate_of(order: Order, proxy: OrderProxy) -> Fate:
    """What became of one proxy of a prolong. An order that is done without it: px6's answer left it out."""
    if proxy.end_after is not None:
        return "prolonged"
    if order.state.spent_nothing or order.state is OrderState.DONE:
        return "not_prolonged"
    return "unclear" if order.state is OrderState.UNCLEAR else "not_known"


def ids_text(w: Words, ids: Sequence[int], most: int) -> str:
    """`15, 16, 17 and 3 more`; `most`: so many are named."""
    shown = ", ".join(map(str, ids[:most]))
    more = len(ids) - most
    return shown if more <= 0 else w.n("{ids} and {count} more", "{ids} and {count} more", more, ids=shown)


def how_it_ended(w: Words, order: Order, *, is_colleague: bool) -> str:
    """The state of a part, and why nothing came of it, unless the state says all there is."""
    if order.state not in (OrderState.REFUSED, OrderState.NOT_SENT):
        return state_name(w, order)
    return f"{state_name(w, order)}. {why_nothing(w, order, is_colleague=is_colleague)[0]}"


def state_name(w: Words, order: Order) -> str:
    """The outcome of one order in a word or two."""
    names = {
        OrderState.CONFIRMED: w.tr("waiting to be sent"),
        OrderState.SENDING: w.tr("in progress"),
        OrderState.DONE: w.tr("done"),
        OrderState.REFUSED: w.tr("px6 refused, nothing was spent"),
        OrderState.NOT_SENT: w.tr("not sent, nothing was spent"),
        OrderState.REQUOTED: w.tr("the price or an end date had changed, nothing was spent"),
        OrderState.UNKNOWN: w.tr("outcome not known yet"),
        OrderState.NOT_DONE: w.tr("not done, nothing was spent"),
        OrderState.UNCLEAR: w.tr("unclear"),
    }
    return names[order.state]


def why_nothing(w: Words, order: Order, *, is_colleague: bool) -> list[str]:
    """Why nothing was spent; px6's own words are never shown alone. `is_colleague`: who reads it has no key of it."""
    if order.state is OrderState.NOT_DONE:
        said = unusable_answer(w, order)
        if said is not None:
            nothing = w.tr("Its data shows that nothing was done.")
            return [f"{said} {nothing}"]
        return [
            w.tr("px6 answered about other proxies than ordered; its data shows that nothing was done.")
            if order.names_others
            else w.tr("px6 did not answer; its data shows that nothing was done.")
        ]
    if order.state is OrderState.REQUOTED:
        return [w.tr("The price or an end date had changed, so I sent nothing.")]
    match order.error:
        case None | OrderError.CUT_OFF:
            return [w.tr("The bot was stopped before it could send the request.")]
        case OrderError.NOT_SAVED:
            return [w.tr("I could not save it, so I sent nothing to px6."), w.tr("Try again in a minute.")]
        case OrderError.STOPPED:
            return [w.tr("I stopped after the previous part.")]
        case OrderError.NO_MONEY:
            return [w.tr("Not enough money at px6.")]
        case OrderError.WRONG_KEY:
            return [
                w.tr("px6 did not accept the key of this account.")
                if is_colleague
                else w.tr("px6 no longer accepts your key.")
            ]
        case OrderError.NO_KEY:
            return [w.tr("There was no px6 key.")]
        case OrderError.WRONG_ADDRESS:
            return [
                w.tr("This px6 account accepts API calls only from certain IP addresses.")
                if is_colleague
                else w.tr("Your px6 account accepts API calls only from certain IP addresses.")
            ]
        case OrderError.WRONG_IDS if order.kind == "prolong":  # they were listed a moment before
            return [w.tr("px6 does not prolong these proxies for the bot. Try it on px6's site.")]
        case OrderError.OTHER_ACCOUNT:
            return [
                w.tr("Another px6 account has been connected since then.")
                if is_colleague
                else w.tr("You have since connected another px6 account.")
            ]
    happened, advice = what_happened(error_by_name(order.error, order.error_id), w)
    return [happened, advice] if advice else [happened]


def error_by_name(name: str, error_id: int | None) -> px6.Px6Error:
    """The error that the journal names, to find its words."""
    kind = getattr(px6, name, px6.Px6Error)
    if isinstance(kind, type) and issubclass(kind, px6.Refused):
        return kind(error_id or 0, "")
    return px6.NoAnswer() if not isinstance(kind, type) or kind is px6.OutcomeUnknown else kind()


def rule_line(w: Words, confirmation: Confirmation) -> str | None:
    """The rule or watch that made this payment, or that it had waited; nothing under what the person tapped."""
    match confirmation.source:
        case "at_once":
            return w.tr("This payment waited for the money.")
        case "stock":
            return w.tr("This purchase waited until there was enough in stock.")
        case "replace":
            return w.tr("In place of what stopped working.")
    return w.tr("Rule: {what}", what=scope_name(w, confirmation.rule)) if confirmation.rule else None


def why_unclear(w: Words, confirmation: Confirmation) -> str:
    """What px6's data shows, and what it leaves open."""
    unclear = [order for order in confirmation.orders if order.state is OrderState.UNCLEAR]
    if any(order.error == OrderError.RESTORED for order in unclear):
        return w.tr("The bot's data was restored from a backup, so I do not know whether this payment went through.")
    if any(order.looking_error in KEY_ERRORS for order in unclear):
        return w.tr("I can no longer see the px6 account of this payment, so I do not know whether it went through.")
    if confirmation.kind == "prolong" and all(order.got == order.count for order in unclear):
        return w.tr("The proxies were prolonged, but px6's auto-renewal or someone on its site may have done it.")
    return w.tr(
        "px6's data does not show whether this payment went through: something else changed at the same time."
    )


def owners_part(w: Words, order: Order) -> str | None:
    """To a colleague: what only the owner of the account can do about why nothing was spent."""
    if order.error in (OrderError.WRONG_KEY, OrderError.NO_KEY):
        return w.tr("The owner of the account has to enter another key.")
    return owner_allows_line(w) if order.error == OrderError.WRONG_ADDRESS else None


def why_not_readable(w: Words, order: Order, *, is_colleague: bool) -> str | None:
    """Why the outcome cannot be looked for at the moment."""
    match order.looking_error:
        case None:
            return None
        case OrderError.WRONG_KEY if is_colleague:
            return w.tr(
                "⚠️ px6 does not accept the key of this account. Once its owner enters another one, I can check."
            )
        case OrderError.NO_KEY | OrderError.OTHER_ACCOUNT if is_colleague:
            return w.tr(
                "⚠️ The key of the px6 account that paid is no longer here. Once its owner enters one, I can check."
            )
        case OrderError.WRONG_KEY:
            return w.tr("⚠️ px6 no longer accepts your key. Enter a new key of the same account, and I can check.")
        case OrderError.NO_KEY:
            return w.tr("⚠️ There is no px6 key now. Enter a key of the same account, and I can check.")
        case OrderError.OTHER_ACCOUNT:
            return w.tr(
                "⚠️ This payment was made from another px6 account. Enter a key of that account, and I can check."
            )
    return w.tr("px6 is unavailable right now; I keep trying.")
