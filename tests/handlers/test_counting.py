"""Lists that are cut: what is named and what is said to be beyond it come to all there is, at every length.

And pages: entries that fill them exactly make no empty one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from aiogram.utils.formatting import Text

from handlers.ground.proxy_buttons import View
from handlers.ground.proxy_words import ids_line, proxy_lines
from handlers.ground.screen import Screen
from handlers.ground.words import Words, lines
from handlers.money.forecast import breakdown_screen, event_text, lasting_lines
from handlers.notifications.rule_notices import announcement_screen
from handlers.orders import prolong_quote, receipts
from handlers.orders.buy import countries_screen as countries_to_buy
from handlers.orders.buy_buttons import Buy
from handlers.orders.deletion_history import deletion_screen, deletions_screen
from handlers.orders.history import OrdersPage, ids_quote, orders_screen
from handlers.orders.outcome_words import ids_span, ids_text
from handlers.orders.prices import Countries
from handlers.orders.prices import countries_screen as countries_of
from handlers.proxies.check_screens import dead_lines
from handlers.proxies.list import Listed, list_screen
from handlers.reminders.digest_screen import ended_line
from handlers.reminders.end_lines import folded_lines
from handlers.reminders.lead_times import by_comment_screen
from handlers.reminders.time_zone import ShowPlaces, places_screen
from handlers.rules.list import rules_screen
from handlers.rules.new import which_screen
from handlers.watching.health import which_screen as what_to_check
from handlers.watching.list import watched_screen
from model.deletions import Deletion, DeletionProxy
from model.rules import Rule
from model.schedules import Habits
from px6 import Proxy, Version
from services.money.forecast import make_forecast
from services.money.prices import Prices
from services.notifications.kinds import Announcement, Digest
from tests.handlers.sample_orders import a_confirmation, an_order
from tests.sample_proxies import NOW, a_proxy
from tests.sample_watches import a_price, a_watch

EN = Words("en")
SITE = "https://px6.example"
MORE = re.compile(r"\band (\d+) more\b|\b(\d+) (?:more (?:is|are) in the export|others?:)")


def shown(screen: Screen) -> str:
    return text_of(screen.text)


def text_of(*pieces: object) -> str:
    return str(lines(*pieces).as_kwargs()["text"])  # type: ignore[arg-type]


def some(count: int) -> list[Proxy]:
    """Each with an address and a comment of its own, an hour after the other."""
    return [
        a_proxy(1000 + n, host=f"10.0.0.{n}", port=8000, comment=f"c{n}", ends_in=timedelta(hours=n + 1))
        for n in range(count)
    ]


def ids(count: int) -> list[int]:
    return [1000 + n for n in range(count)]


def a_rule(number: int = 1) -> Rule:
    return Rule(
        id=number,
        telegram_id=1001,
        scope="ids",
        value=[number],
        hours=12,
        period=30,
        px6_user_id="7",
        currency="RUB",
        cap_run=None,
        cap_month=None,
        floor=Decimal(0),
        quiet=False,
        on=True,
        stopped=None,
        created_at=NOW,
    )


# -- what is named, and how many are beyond


def of_a_receipt(count: int) -> str:
    return text_of(
        *receipts.new_end_lines(EN, a_confirmation(an_order(proxies=ids(count))), {p.id: p for p in some(count)})
    )


def of_a_purchase(count: int) -> str:
    bought = a_confirmation(an_order("buy", ids(count)))
    return text_of(*receipts.bought_lines(EN, bought, {p.id: p for p in some(count)}, NOW))


def of_a_card(count: int) -> str:
    return text_of(ids_quote(EN, an_order(proxies=ids(count))))


def a_deletion(count: int, number: int = 1) -> Deletion:
    gone = tuple(DeletionProxy(id=one, host=f"10.0.0.{one - 1000}", days_left=1.0) for one in ids(count))
    return Deletion(id=number, telegram_id=1001, px6_user_id="7", deleted_at=NOW, certain=True, proxies=gone)


def announced(count: int) -> str:
    said = Announcement(
        a_rule(),
        1,
        tuple(some(count)),
        NOW,
        NOW,
        Decimal(21),
        count,
        Decimal(21),
        None,
        Decimal(0),
        "RUB",
        False,
        NOW,
    )
    return shown(announcement_screen(EN, said, SITE))


PRICES = Prices(30, "RUB", Decimal(0), {Version.IPV6: Decimal(21)}, {})


def falling(count: int) -> str:
    """All end within a day of the first that nobody can pay."""
    near = [a_proxy(1000 + n, host=f"10.0.0.{n}", ends_in=timedelta(minutes=n + 1)) for n in range(count)]
    return text_of(*lasting_lines(EN, make_forecast(near, PRICES, Decimal(0), NOW)))


def by_comment(count: int) -> str:
    return shown(breakdown_screen(EN, make_forecast(some(count), PRICES, Decimal(0), NOW), "comment"))


ADDRESS, ID, COMMENT = r"\b10\.0\.0\.\d+\b", r"\b1\d{3}\b", r"\bc\d+\b"
LISTS: dict[str, tuple[Callable[[int], str], str, int]] = {
    "proxies": (lambda n: text_of(*proxy_lines(EN, some(n), NOW)), ADDRESS, 35),
    "to be prolonged": (lambda n: text_of(*prolong_quote.proxy_lines(EN, some(n), NOW)), ADDRESS, 35),
    "a receipt": (of_a_receipt, ADDRESS, 5),
    "a purchase": (of_a_purchase, ADDRESS, 30),
    "an order's card": (of_a_card, ID, 40),
    "dead ones": (lambda n: text_of(*dead_lines(EN, some(n), {})), ADDRESS, 45),
    "a deletion": (lambda n: shown(deletion_screen(EN, a_deletion(n), OrdersPage())), ADDRESS, 40),
    "the fold of a digest": (lambda n: text_of(folded_lines(EN, some(n), NOW)), ADDRESS, 40),
    "ids": (lambda n: ids_line(EN, ids(n)), ID, 20),
    "ids of a part": (lambda n: ids_text(EN, ids(n), 150), ID, 150),
    "an announcement": (announced, ADDRESS, 5),
    "what falls first": (falling, ADDRESS, 3),
    "sums by comment": (by_comment, COMMENT, 8),
    "an event of a calendar": (lambda n: event_text(EN, some(n)), ADDRESS, 10),
}


@pytest.mark.parametrize(("render", "entry", "most"), LISTS.values(), ids=LISTS)
def test_what_is_named_and_what_is_beyond_come_to_all_there_is(
    render: Callable[[int], str], entry: str, most: int
) -> None:
    for count in (1, 2, most - 1, most, most + 1, most + 2, most + 9):
        text = render(count)
        named = len(set(re.findall(entry, text)))
        beyond = [int(one or other) for one, other in MORE.findall(text)]
        assert (named, beyond) == (min(count, most), [count - most] if count > most else []), (count, text)


def test_sums_that_are_not_named_are_added_up() -> None:
    text = by_comment(10)
    assert text.endswith("2 others: 42.00 RUB")
    assert text.count(": 21.00 RUB") == 8


@pytest.mark.parametrize(("count", "dots"), [(1, False), (2, False), (3, True)])
def test_what_ended_meanwhile_is_named_with_dots_only_when_there_is_more(count: int, dots: bool) -> None:
    line = text_of(ended_line(EN, Digest(1, (), tuple(some(count)), None, False, NOW)))
    assert ("…" in line) is dots
    assert len(re.findall(ADDRESS, line)) == min(count, 2)
    assert f"Already ended: {count} prox" in line


@pytest.mark.parametrize(("given", "said"), [([15], "15"), ([15, 16], "15–16"), ([15, 16, 99], "15–99")])
def test_a_part_of_one_is_no_span(given: list[int], said: str) -> None:
    assert ids_span(given) == said


# -- sums of a part


def costs(*orders: object) -> list[str]:
    return receipts.cost_lines(EN, a_confirmation(*orders))  # type: ignore[arg-type]


def test_partly_done_names_the_sums_of_what_is_done_alone() -> None:
    done, rest = an_order(proxies=[15, 16]), an_order(proxies=[17, 18, 19], state="refused", charged=None, longer=0)
    assert costs(done, rest) == ["42.00 RUB paid"]
    assert costs(an_order(proxies=[15, 16], charged=Decimal("40.00")), rest) == [
        "40.00 RUB paid (the quote was 42.00 RUB)"
    ]
    assert costs(an_order(proxies=[15, 16], charged=None), rest) == [
        "px6 does not say how much it charged; the quote was 42.00 RUB."
    ]
    assert costs(rest) == []
    text = shown(receipts.partly_screen(EN, a_confirmation(done, rest), SITE, is_colleague=False))
    assert text.splitlines()[:2] == ["Partly prolonged: 5 proxies for 30 days", "42.00 RUB paid"]
    assert "Prolonged: 15, 16\nNot prolonged: 17, 18, 19" in text


def test_all_done_in_parts_names_the_sums_of_all() -> None:
    parts = (
        an_order(proxies=[15, 16], balance_after=Decimal("58.00")),
        an_order(proxies=[17], balance_after=Decimal("37.00")),
    )
    assert costs(*parts) == ["63.00 RUB paid", "Balance 37.00 RUB"]
    unsaid = an_order(proxies=[15, 16]), an_order(proxies=[17], charged=None)
    assert costs(*unsaid) == ["px6 does not say how much it charged; the quote was 63.00 RUB."]


# -- pages


def turned(screen: Screen) -> str | None:
    """`2/3` of the row that turns pages; None without one."""
    found = [each.text for row in screen.rows for each in row if re.fullmatch(r"\d+/\d+", each.text)]
    return found[0] if found else None


CODES: tuple[str, ...] = (
    "de",
    "us",
    "fr",
    "nl",
    "gb",
    "ru",
    "ua",
    "pl",
    "it",
    "es",
    "cz",
    "se",
    "no",
    "fi",
    "dk",
    "pt",
    "gr",
    "tr",
)
CODES += ("jp", "cn", "in")


def codes(count: int) -> Sequence[str]:
    return CODES[:count]


def named(count: int) -> list[str]:
    return [f"c{one}" for one in range(count)]


def to_check(count: int, page: int) -> Screen:
    """One entry stands for all proxies, each other one for a comment."""
    return what_to_check(EN, [a_proxy(comment=comment, country="") for comment in ["", *named(count - 1)]], page)


def listing(count: int, page: int) -> Screen:
    return list_screen(EN, Listed(View(page=page), some(count), frozenset(), None), NOW)


def watched(count: int, page: int) -> Screen:
    """Some are checked, the others are prices."""
    checked = [a_watch(one) for one in range(1, 4)][:count]
    priced = [a_price(one) for one in range(count - len(checked))]
    screen = watched_screen(EN, [], [], NOW, page, seen=(checked, priced))
    numbers = [int(one) for one in re.findall(r"^(\d+)\. ", shown(screen), re.MULTILINE)]
    assert numbers == list(range(6 * (page - 1) + 1, min(count, 6 * page) + 1)), "as on the buttons"
    return screen


PAGES: dict[str, tuple[Callable[[int, int], Screen], int]] = {
    "proxies": (listing, 6),
    "rules": (lambda n, page: rules_screen(EN, [a_rule(one) for one in range(n)], page, on=True), 5),
    "comments of a rule": (lambda n, page: which_screen(EN, "comment", named(n), page), 6),
    "countries of a rule": (lambda n, page: which_screen(EN, "country", codes(n), page), 10),
    "proxies to check": (to_check, 5),
    "what is watched": (watched, 6),
    "lead times by comment": (lambda n, page: by_comment_screen(EN, Habits(), named(n), page), 6),
    "places": (lambda n, page: places_screen(EN, ShowPlaces(hour=1, minute=1, page=page), ["Europe/Berlin"] * n), 7),
    "countries to buy": (lambda n, page: countries_to_buy(EN, Buy(version="6", page=page), codes(n), {}), 6),
    "countries of a kind": (
        lambda n, page: countries_of(EN, Countries(version=Version.IPV6, page=page), codes(n)),
        5,
    ),
}  # fmt: skip


def fixed(make: Callable[[int, int], Screen]) -> int:
    """How many buttons a page has besides its entries."""
    return sum(len(row) for row in make(1, 1).rows) - 1


@pytest.mark.parametrize(("make", "size"), PAGES.values(), ids=PAGES)
def test_entries_that_fill_the_pages_exactly_make_no_empty_one(make: Callable[[int, int], Screen], size: int) -> None:
    beside = fixed(make)
    for count, page, entries, turns in (
        (size, 1, size, None),
        (size + 1, 1, size, "1/2"),
        (size + 1, 2, 1, "2/2"),
        (2 * size, 2, size, "2/2"),
        (2 * size + 1, 3, 1, "3/3"),
    ):
        screen = make(count, page)
        found = sum(len(row) for row in screen.rows) - beside - (3 if turned(screen) else 0)
        assert (found, turned(screen)) == (entries, turns), (count, page)


def an_orders_page(count: int) -> Screen:
    return orders_screen(EN, OrdersPage(), [an_order() for _ in range(count)], ())


def a_deletions_page(count: int) -> Screen:
    return deletions_screen(EN, OrdersPage(show="deleted"), [a_deletion(1, number) for number in range(count)])


@pytest.mark.parametrize("make", [an_orders_page, a_deletions_page])
@pytest.mark.parametrize(("read", "more"), [(4, False), (5, False), (6, True)])
def test_a_page_of_history_leads_on_only_when_one_more_was_read(
    make: Callable[[int], Screen], read: int, more: bool
) -> None:
    labels: Sequence[str] = [each.text for row in make(read).rows for each in row]
    assert ("›" in labels) is more
    assert sum("·" in label for label in labels) == min(read, 5)
    assert isinstance(make(read).text, Text)
