from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from PIL import ImageDraw

from handlers.ground.words import Words
from handlers.money.spending import By, Spending, first_of_month, spending_screen
from handlers.money.spending_files import chart_of, month_days, spending_csv
from model.payments import Payment
from services.money.spending import Month, by_month
from services.money.spending_chart import PARTS, draw
from tests.approved.approving import EN, RU, State, approve
from tests.approved.money.recorder import Recorder
from tests.approved.money.sample_payments import KNOWN, paid
from tests.sample_proxies import NOW

DAYS = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 12))]


YEAR = [
    paid("63.00", 15, 16, days=190),
    paid("1204.50", 15, kind="buy", version="6", comment="shop", days=40),
    paid("30.00", 99, kind="buy", version="3", comment="old", days=40),
    paid("120.00", 15, days=2, source="rule"),
    paid("8.00", 17, 98, days=1),
]
MANY = [paid(f"{nth}.00", nth, kind="buy", version="6", comment=f"client {nth}") for nth in range(1, 12)]


def months(by: By, payments: list[Payment]) -> list[Month]:
    return list(by_month(payments, UTC, KNOWN.group_of(by), KNOWN.kinds))


def screens() -> Iterator[State]:
    ways: tuple[By, ...] = ("month", "kind", "comment")
    for w in (EN, RU):
        for by in ways:
            asked = Spending(by=by)
            yield f"{w.language}, by {by}", spending_screen(w, asked, months(by, YEAR), NOW)
            this = Spending(by=by, months=1)
            yield f"{w.language}, by {by}, this month", spending_screen(w, this, months(by, YEAR[3:]), NOW)
        yield f"{w.language}, nothing", spending_screen(w, Spending(), [], NOW)
        older = spending_screen(w, Spending(), months("month", YEAR), NOW, removed=True)
        yield f"{w.language}, older ones removed", older
        running = spending_screen(w, Spending(months=1), months("month", YEAR[3:]), NOW, removed=True)
        yield f"{w.language}, older ones removed, this month", running.text
        yield f"{w.language}, many comments", spending_screen(w, Spending(by="comment"), months("comment", MANY), NOW)
    for count in (1, 2):
        few = [paid(f"{nth}.00", nth, days=40 * nth) for nth in range(1, count + 1)]
        yield f"{count} of the months", spending_screen(EN, Spending(), months("month", few), NOW).text
    dollars = paid("1.50", 15, currency="USD")
    yield "two currencies", spending_screen(EN, Spending(), months("month", [*YEAR, dollars]), NOW)


def charts() -> Iterator[State]:
    for w in (EN, RU):
        yield f"{w.language}: by who paid", drawn(w, "month", YEAR)
    yield "by comment, with others", drawn(EN, "comment", MANY)


def drawn(w: Words, by: By, payments: list[Payment]) -> str:
    chart, strokes = chart_of(w, by, months(by, payments), DAYS), list[str]()
    with patch.object(ImageDraw, "Draw", lambda _: Recorder(strokes)):
        draw(chart.bars, chart.words)
    return "\n".join([chart.caption, *strokes])


def states() -> Iterator[State]:
    yield from screens()
    yield from charts()
    yield "CSV", spending_csv(months("month", YEAR), months("kind", YEAR)).decode("utf-8-sig").replace("\r", "")


def test_every_screen_of_spending_is_as_approved() -> None:
    approve(__file__, states())


@pytest.mark.parametrize(
    ("groups", "named", "others"), [(1, 1, []), (PARTS, PARTS, []), (PARTS + 1, PARTS - 1, ["others"])]
)
def test_a_chart_has_a_color_for_each_group_and_one_for_all_that_are_beyond(
    groups: int, named: int, others: list[str]
) -> None:
    paid_for = [
        paid(f"{2 * groups - nth}.00", nth, kind="buy", version="6", comment=f"c{nth}") for nth in range(groups)
    ]
    chart = chart_of(EN, "comment", months("comment", paid_for), DAYS)
    assert chart.words.parts == [*(f"c{nth}" for nth in range(named)), *others]
    assert [round(sum(bar)) for bar in chart.bars] == [0] * 11 + [sum(2 * groups - nth for nth in range(groups))]


def test_a_chart_is_in_the_currency_of_the_newest_month() -> None:
    dollars = paid("1.50", 15, currency="USD", days=1)
    chart = chart_of(EN, "month", months("month", [*YEAR[:3], dollars]), DAYS)
    assert chart.caption == "In all: 1.50 USD"
    assert [sum(bar) for bar in chart.bars] == [0.0] * 11 + [1.5]


@pytest.mark.parametrize(
    ("now", "zone", "month"),
    [
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 1)),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 11, 1)),
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), "America/New_York", date(2026, 10, 1)),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), "America/New_York", date(2026, 11, 1)),
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), None, date(2026, 10, 1)),
        (datetime(2026, 11, 1, tzinfo=UTC), None, date(2026, 11, 1)),
    ],
)
def test_the_running_month_is_that_of_the_persons_own_calendar(now: datetime, zone: str | None, month: date) -> None:
    w = Words("en", zone)
    assert first_of_month(w, now) == month
    paid_now = [Month(month, "RUB", {"own": Decimal(1)}, 1, True)]
    text = str(spending_screen(w, Spending(months=1), paid_now, now).content["text"])
    assert text.splitlines() == [f"Spending · {month:%B %Y}", f"{month:%B %Y}: 1.00 RUB"]
    days = month_days(w, now)
    assert (days[0], days[-1]) == (month.replace(year=2025, month=month.month + 1), month)
    assert len(days) == 12
