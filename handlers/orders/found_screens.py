"""What was pasted or searched for: which of it is the person's, and all that can be done with just these. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_buttons import AskComment, Card, Check, Export, Picked, Prolong
from handlers.ground.proxy_words import missing_title, proxy_lines, unread_line
from handlers.ground.screen import Open, Row, Screen, button, home_button, pairs
from handlers.ground.words import Words, code, lines
from handlers.orders.order_buttons import ShowQuote
from handlers.orders.pay import balance_lines
from handlers.orders.period_sums import green_rows, over_line
from handlers.orders.short_of_money import short_of_money_rows
from handlers.proxies.check_string_screens import AskStrings
from handlers.proxies.search import nothing_matches
from handlers.proxies.ticks import TickMany
from model.colleagues import Right
from px6 import Proxy
from services.orders import Quote

STRANGERS_NAMED = 5
TEXT_OF_STRANGER = 60  # characters; names of hosts may be longer


class AskFind(CallbackData, prefix="fd-a", offline=True, needs=Right.LOOK):
    """Asks what is to be found; the next text answers."""


class Found(Picked, prefix="fd", offline=True, needs=Right.LOOK):
    """What was found, shown again as it is now."""


@dataclass(frozen=True, kw_only=True)
class FoundProxies:
    """`known`: soonest end first. `strangers`: names of what was pasted beside and is none of the person's.

    `by_words`: they were searched for, not pasted. `is_cut`: the message is so long that more may have followed.
    `quote`: what prolonging them for one period costs; None: not known. `left`: of a colleague's limit a month.
    `prolong`: the button that asks for how long; `left_out`: of so many that have ended, neither is meant.
    `unreadable`: so many more are in px6's list, and may be the strangers. `unread`: ids that are, or may be, of
    these.
    """

    known: Sequence[Proxy]
    prolong: Prolong
    strangers: Sequence[str] = ()
    by_words: bool = False
    is_cut: bool = False
    quote: Quote | None = None
    left: Decimal | None = None
    left_out: int = 0
    unreadable: int = 0
    unread: Sequence[int] = ()


def find_question(w: Words) -> Screen:
    text = lines(
        w.title("What are you looking for?"),
        w.tr("Send IDs, addresses or whole lists, or part of a comment, or a country."),
        w.tr("Lists also work without a command, and as a .txt, .csv or .json file."),
    )
    return Screen(text, [[home_button(w)]])


def found_screen(
    w: Words, data: Found, found: FoundProxies, now: datetime, site_url: str, notice: str | None = None
) -> Screen:
    """The proxies, what is not the person's, the price of prolonging, and the ways on with exactly these."""
    text = lines(
        found_title(w, found),
        *proxy_lines(w, found.known, now),
        strangers_line(w, found.strangers),
        unread_line(w, found.unread),
        unreadable_line(w, found.unreadable) if found.strangers else None,
        w.tr("Telegram cuts long lists into several messages: send it as a .txt file to see all of it at once.")
        if found.is_cut
        else None,
        *price_lines(w, found),
        notice,
    )
    return Screen(text, [*prolong_rows(w, data, found, site_url), *deeds(w, data), [home_button(w)]])


def found_title(w: Words, found: FoundProxies) -> Text:
    count = len(found.known)
    if found.by_words:
        return Bold(w.n("{count} proxy found", "{count} proxies found", count))
    if found.unread:
        return missing_title(w, found.strangers, found.unread, count)
    if found.strangers:
        whole = count + len(found.strangers)
        return w.title("{count} of {whole} proxies are yours", count=w.number(count), whole=w.number(whole))
    if count == 1:
        return w.title("This proxy is yours")
    return Bold(w.n("{count} proxy, all yours", "{count} proxies, all yours", count))


def strangers_line(w: Words, strangers: Sequence[str]) -> Text | None:
    return w.rich("Not yours: {ids}", ids=names_of(w, strangers)) if strangers else None


def unreadable_line(w: Words, count: int) -> str | None:
    """How many of px6's list may be the strangers; None for none."""
    if not count:
        return None
    return w.n(
        "⚠️ {count} proxy of yours could not be read: see px6's site.",
        "⚠️ {count} proxies of yours could not be read: see px6's site.",
        count,
    )


def names_of(w: Words, strangers: Sequence[str]) -> Text:
    """The first of what is not the person's, ready to be copied, and how many more there are."""
    named: list[Text | str] = []
    for each in strangers[:STRANGERS_NAMED]:
        named += [", "] if named else []
        named.append(code(each[:TEXT_OF_STRANGER]))
    shown, more = Text(*named), len(strangers) - STRANGERS_NAMED
    if more > 0:
        shown = w.rich_n("{ids} and {count} more", "{ids} and {count} more", more, ids=shown)
    return shown


def price_lines(w: Words, found: FoundProxies) -> Sequence[str | Text]:
    """What prolonging costs, and the balance; what is not meant."""
    ended = w.n(
        "Without {count} proxy that has ended: px6 may not prolong it.",
        "Without {count} proxies that have ended: px6 may not prolong them.",
        found.left_out,
    )
    said: list[str | Text] = [ended] if found.left_out else []
    if found.quote is None:
        return said
    [option] = found.quote.options
    sum_, *balance = balance_lines(w, found.quote, option)
    at_most = w.tr("px6 does not say whether these IPv4 proxies are Shared: the higher price is shown.")
    first = w.rich("Prolonging for {days}: {sum}", days=w.days(option.period), sum=sum_)
    over = over_line(w, found.quote, found.left)
    return [first, *said, *balance, *([at_most] if option.at_most else []), *([over] if over else [])]


def prolong_rows(w: Words, data: Found, found: FoundProxies, site_url: str) -> list[Row]:
    """The green button with its sum, the way to money where that is missing, or the way to a price."""
    quote, other = found.quote, found.prolong
    if quote is None:
        return [[button(w.tr("Prolong"), other)]]
    [option] = quote.options
    days: Row = [button(w.tr("Other days"), other)]
    if option.price > quote.balance:
        return [*short_of_money_rows(w, quote, option, data, site_url), days]
    less = ShowQuote(kind="prolong", quote=quote.id, period=option.period)
    enough = [button(w.tr("What your limit is enough for"), less)]
    return [*(green_rows(w, quote, found.left) or [enough]), days]


def deeds(w: Words, data: Found) -> Sequence[Row]:
    """Everything else, with exactly these proxies."""
    return pairs(
        button(w.tr("Check"), data.to(Check, proxy=data.proxy)),
        button(w.tr("Export"), data.to(Export, proxy=data.proxy)),
        select_button(w, data),
        button(w.tr("Comment"), data.to(AskComment, proxy=data.proxy)),
    )


def select_button(w: Words, data: Found) -> InlineKeyboardButton:
    """The list of just these, all ticked; of one proxy its card."""
    if data.proxy:
        return button(w.tr("Details"), data.to(Card, proxy=data.proxy))
    return button(w.tr("Select"), data.but(found=data.ticks, ticks="").to(TickMany, what="all"))


def none_found_screen(w: Words, strangers: Sequence[str], unread: Sequence[int] = (), unreadable: int = 0) -> Screen:
    """Nothing of what was pasted is the person's, as far as px6's list could be read."""
    text = lines(
        none_found_title(w, strangers, unread),
        *none_found_lines(w, strangers, unread, unreadable),
        unread_line(w, unread),
    )
    any_proxy = button(w.tr("Check any proxy"), AskStrings())
    return Screen(text, [[button(w.tr("My proxies"), Open(screen="proxies"))], [any_proxy], [home_button(w)]])


def none_found_title(w: Words, strangers: Sequence[str], unread: Sequence[int]) -> Text:
    match len(strangers), len(unread):
        case 1, 0:
            return w.title("This proxy is not yours")
        case 0, 1:
            return w.title("This proxy cannot be read right now")
    return missing_title(w, strangers, unread, 0)


def none_found_lines(
    w: Words, strangers: Sequence[str], unread: Sequence[int], unreadable: int
) -> Sequence[str | Text | None]:
    """What is said of the strangers."""
    if not strangers:
        return []
    return [
        strangers_line(w, strangers) if unread else names_of(w, strangers),
        w.tr("It may belong to another px6 account, or has been deleted.")
        if len(strangers) == 1
        else w.tr("They may belong to another px6 account, or have been deleted."),
        unreadable_line(w, unreadable),
    ]


def nothing_found_screen(w: Words, given: str) -> Screen:
    text = lines(w.title("Nothing found"), nothing_matches(w, given))
    return Screen(text, [[button(w.tr("Search again"), AskFind())], [home_button(w)]])
