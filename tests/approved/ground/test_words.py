from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from aiogram.types import InlineKeyboardButton

from handlers.ground.screen import Open, choice_button, grid, home_row, page_row, pairs
from handlers.ground.words import flag, lines
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve, row_text
from tests.sample_proxies import NOW

BOTH = (EN, RU)
SUMMER = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)  # August in Berlin
AWAY = {
    "0 s": timedelta(0),
    "1 s": timedelta(seconds=1),
    "89 s": timedelta(seconds=89),
    "91 s": timedelta(seconds=91),
    "59 min 29 s": timedelta(minutes=59, seconds=29),
    "59 min 30 s": timedelta(minutes=59, seconds=30),
    "89 min": timedelta(minutes=89),
    "91 min": timedelta(minutes=91),
    "47 h 29 min": timedelta(hours=47, minutes=29),
    "47 h 31 min": timedelta(hours=47, minutes=31),
    "48 h": timedelta(hours=48),
    "59 h": timedelta(hours=59),
    "61 h": timedelta(hours=61),
    "23 d": timedelta(days=23),
    "1343 d": timedelta(days=1343),
}


def spoken(name: str, *shown: str) -> State:
    return name, " | ".join(shown)


def figures() -> Iterator[State]:
    for number in (0, 1, 999, 1_000, 1_204_567):
        yield spoken(f"number {number}", *(w.number(number) for w in BOTH))
    for sum_ in ("0", "0.004", "0.005", "1.005", "1.015", "1204.5", "-3.2"):
        yield spoken(f"money {sum_}", *(w.money(Decimal(sum_), "RUB") for w in BOTH), EN.money(Decimal(sum_), "EUR"))
    for sum_ in ("0", "0.0087", "0.00874", "0.00876", "0.0999", "0.1", "-0.05", "0.05", "3.456"):
        yield spoken(f"rate {sum_}", *(w.rate(Decimal(sum_), "USD") for w in BOTH))
    for least, most in ((0, 12), (2, 2), (0, 2)):
        found = (
            w.decimal(Decimal(each), least=least, most=most) for w in BOTH for each in ("-2", "0.4567", "1204.5")
        )
        yield spoken(f"decimal {least}–{most}", *found)
    for count in (0, 1, 2, 5, 11, 21, 101, 1_000):
        yield spoken(f"days {count}", *(w.days(count) for w in BOTH))


def times() -> Iterator[State]:
    for name, away in AWAY.items():
        ways = [(w.relative(NOW + away, NOW), w.relative(NOW - away, NOW), w.span(NOW + away, NOW)) for w in BOTH]
        yield spoken(f"away {name}", *(each for way in ways for each in way))
        yield spoken(f"long {name}", *(w.length(away) for w in BOTH))
    for w in (EN, RU, IN_BERLIN):
        for moment in (NOW, SUMMER):
            told = (w.clock(moment), w.day(moment), w.month(moment), w.when(moment, NOW).as_html())
            yield spoken(f"{moment.isoformat()}, {w.language}, {w.zone}", *told)
    edges = [datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)]
    edges += [datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)]
    for moment in (*edges, datetime.max.replace(tzinfo=UTC)):
        yield spoken(f"edge {moment.isoformat()}", IN_BERLIN.time(moment).as_html())


def names() -> Iterator[State]:
    for code in ("de", "us", "gb", "uk", "ae", "kp", "zz", "xx", "d", "", None):
        yield spoken(f"place {code!r}", *(w.place(code) for w in BOTH), flag(code))
    for kind in ("4", "3", "6", "u", "5", "9", "", None):
        yield spoken(f"kind {kind!r}", *(w.kind(kind) for w in BOTH))
    yield "lines", lines("one", None, "", EN.title("{a} <b>", a="x"), EN.rich("Comment: {comment}", comment="{a}"))


def rows() -> Iterator[State]:
    labels = ("16 characters ok", "17 characters no!", "short", "more", "last")
    named = [InlineKeyboardButton(text=label, callback_data="x") for label in labels]
    yield "pairs", [row_text(row) for row in pairs(*named, None)]
    yield "pairs of three short ones", [row_text(row) for row in pairs(named[0], None, *named[2:4])]
    for width in (2, 3):
        yield f"grid of {width}", [row_text(row) for row in grid(named, width)]
    for page, pages in ((1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3)):
        yield f"pager {page}/{pages}", row_text(page_row(page, pages, lambda number: Open(screen=str(number))))
    yield "ways", [row_text(home_row(EN)), row_text(home_row(EN, Open(screen="buy")))]
    yield "chosen", [choice_button("7 days", each, Open(screen="x")) for each in (True, False)]


def states() -> Iterator[State]:
    for table in (figures, times, names, rows):
        yield from table()


def test_every_way_of_speaking_reads_as_approved() -> None:
    approve(__file__, states())
