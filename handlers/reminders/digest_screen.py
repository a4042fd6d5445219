"""What a digest says, and its buttons: what ends, what ended, and what prolonging all of it costs. Pure screens."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.utils.formatting import Bold, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_words import address
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    SmallNumber,
    button,
    home_button,
    home_in_new_message,
    new_message_button,
    pairs,
    px6_proxies_button,
    top_up_button,
)
from handlers.ground.words import Words, lines
from handlers.orders.order_buttons import KeepQuote, ShowQuote
from handlers.orders.period_sums import affordable, at_most_line, green_rows, sums_lines
from handlers.reminders.buy_again import same_again_buttons
from handlers.reminders.end_lines import end_lines
from model.colleagues import Right
from model.proxies import is_sold
from px6 import Proxy
from services.notifications.kinds import Digest

ENDED_SHOWN = 2  # of what has ended


class DigestData(CallbackData, prefix="dg", needs=Right.LOOK):
    """A digest that was sent, shown again as it stands now."""

    digest: Id


class ChooseSome(DigestData, prefix="dg-c", needs=Right.LOOK):
    """Which of them are to be prolonged."""


class AskLater(DigestData, prefix="dg-l", needs=Right.LOOK):
    """Asks when to remind again."""


class PutOff(DigestData, prefix="dg-p", durable=True, needs=Right.LOOK):
    """Reminds again: in so many hours; 0: tomorrow morning."""

    hours: SmallNumber


class LetGo(DigestData, prefix="dg-g", durable=True, needs=Right.PROLONG):
    """No reminders of these, and no rules, until they are prolonged; `undo` takes that back."""

    undo: bool = False


class TryEnded(DigestData, prefix="dg-t", needs=Right.PROLONG):
    """Tries to prolong what has ended."""


def digest_screen(w: Words, digest: Digest, site_url: str) -> Screen:
    """What ends and what ended; green buttons for the periods that the balance covers."""
    if not digest.soon:
        return ended_screen(w, digest, site_url)
    text = lines(
        Text(w.tr("Only a test: this is what a reminder looks like.")) if digest.test else None,
        Bold(ends_title(w, digest)),
        *end_lines(w, digest.soon, digest.now, digest.renewed_by_px6),
        ended_line(w, digest),
        *money_lines(w, digest),
    )
    if digest.test:
        note = w.tr("In a real reminder, one tap on a button below prolongs all of them.")
        return Screen(lines(text, note), [[button(w.tr("Reminders"), Open(screen="reminders"))], [home_button(w)]])
    return Screen(text, [*pay_rows(w, digest, site_url), *answer_rows(w, digest)])


def ends_title(w: Words, digest: Digest) -> str:
    count = len(digest.soon)
    first = w.relative(digest.soon[0].ends_at, digest.now)
    if count == 1:
        return w.tr("⏳ 1 proxy ends {when}", when=first)
    return w.n(
        "⏳ {count} proxy ends, the first {when}", "⏳ {count} proxies end, the first {when}", count, when=first
    )


def ended_line(w: Words, digest: Digest) -> Text | None:
    """What ended and was not told before, in one line."""
    if not digest.ended:
        return None
    names = ", ".join(address(proxy) for proxy in digest.ended[:ENDED_SHOWN])
    more = " …" if len(digest.ended) > ENDED_SHOWN else ""
    said = w.n(
        "Already ended: {count} proxy ({names})",
        "Already ended: {count} proxies ({names})",
        len(digest.ended),
        names=names + more,
    )
    return Text(said)


def money_lines(w: Words, digest: Digest) -> list[str]:
    """The balance, or what is missing for the usual period; what it does not cover; what has no price."""
    quote = digest.quote
    if not digest.may(Right.PROLONG):
        return []
    if quote is None:
        return [] if digest.test else [priceless_line(w, digest)]
    unpriced = len(digest.soon) - len(quote.ids)
    said = sums_lines(w, quote, digest.left)
    if unpriced:
        said.append(
            w.n(
                "{count} of them cannot be prolonged here: try px6's site.",
                "{count} of them cannot be prolonged here: try px6's site.",
                unpriced,
            )
        )
    unsure = at_most_line(w, quote)
    return [*said, unsure] if unsure else said


def priceless_line(w: Words, digest: Digest) -> str:
    if not has_price(digest.soon):
        return unsold_line(w, digest.soon)
    return w.tr("px6 gives no price right now. I will ask again when you choose.")


def unsold_line(w: Words, proxies: Sequence[Proxy]) -> str:
    return w.n(
        "I cannot prolong it: try px6's site.",
        "I cannot prolong these: try px6's site.",
        len(proxies),
    )


def has_price(proxies: Sequence[Proxy]) -> bool:
    """Whether px6 can be asked to prolong any of them."""
    return any(is_sold(proxy) for proxy in proxies)


def pay_rows(w: Words, digest: Digest, site_url: str) -> list[Row]:
    """Green buttons, the usual period first; where the balance does not cover that one, the way to top up."""
    quote = digest.quote
    is_owners = digest.right is None
    if not digest.may(Right.PROLONG):
        return []
    if not has_price(digest.soon):
        return [[px6_proxies_button(w, site_url)]] if is_owners else []
    if quote is None:
        return [[new_message_button(w.tr("Prolong…"), ChooseSome(digest=digest.id))]]
    rows = green_rows(w, quote, digest.left)
    less = ShowQuote(kind="prolong", quote=quote.id, period=quote.options[0].period)
    if quote.options[0].price > quote.balance:
        topped_up = button(w.tr("I have topped up"), DigestData(digest=digest.id))
        rows += pairs(top_up_button(w, site_url), topped_up) if is_owners else []
        keep = KeepQuote(quote=quote.id, period=quote.options[0].period)
        if digest.may(Right.ALL):
            rows.append([new_message_button(w.tr("Finish when the money arrives"), keep)])
        if not affordable(quote) and len(digest.soon) > 1:
            rows.append([new_message_button(w.tr("What the balance is enough for"), less)])
    elif not rows:
        rows.append([new_message_button(w.tr("What your limit is enough for"), less)])
    return rows


def answer_rows(w: Words, digest: Digest) -> list[Row]:
    """What else can be done. What leads elsewhere comes as a new message: the digest stays in the chat."""
    return [
        *pairs(
            new_message_button(w.tr("Select"), ChooseSome(digest=digest.id)),
            button(w.tr("Remind me later"), AskLater(digest=digest.id)),
            button(w.tr("Don't prolong"), LetGo(digest=digest.id)) if digest.may(Right.PROLONG) else None,
            home_in_new_message(w),
        )
    ]


def ended_screen(w: Words, digest: Digest, site_url: str) -> Screen:
    """After the end: what it was, a try to prolong, and the same again."""
    count, sold = len(digest.ended), has_price(digest.ended)
    text = lines(
        Bold(w.n("{count} proxy has ended", "{count} proxies have ended", count)),
        *end_lines(w, digest.ended, digest.now),
        None
        if not digest.may(Right.PROLONG)
        else w.tr("px6 can sometimes still prolong a proxy that ended recently.")
        if sold
        else unsold_line(w, digest.ended),
    )
    rows: list[Row] = []
    if digest.may(Right.PROLONG):
        try_ = new_message_button(w.tr("Try to prolong"), TryEnded(digest=digest.id))
        rows += [[try_ if sold else px6_proxies_button(w, site_url)]] if sold or digest.right is None else []
    if digest.may(Right.ALL):
        rows += [[again] for again in same_again_buttons(w, digest)]
    return Screen(text, [*rows, [home_in_new_message(w)]])
