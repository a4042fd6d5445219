"""The chart: which days what ends stands under, and what is written on it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from handlers.ground.words import Words
from handlers.money.forecast import chart_words
from px6 import Version
from services.money import spending_chart
from services.money.canvas import COUNT, EDGE, LABEL, WIDTH, Canvas, text_width
from services.money.chart import DAYS, Pen, axis_sums, chart_data, date_of, draw
from services.money.forecast import Forecast, make_forecast
from services.money.prices import Prices
from services.money.spending_chart import fits, fitting
from tests.sample_proxies import a_proxy

LATE = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # 6 in the morning of the 24th in Vladivostok
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")


def forecast(balance: str, *ends: datetime) -> Forecast:
    prices = Prices(30, "RUB", Decimal(balance), {Version.IPV6: Decimal(21)}, {})
    proxies = [a_proxy(number, ends_at=end) for number, end in enumerate(ends)]
    return make_forecast(proxies, prices, Decimal(balance), LATE)


def test_what_ends_stands_under_its_own_date_in_the_persons_zone() -> None:
    tonight, tomorrow = LATE + timedelta(hours=3), LATE + timedelta(hours=5)
    drawn = chart_data(forecast("100", tonight, tomorrow), UTC)
    assert (drawn.ends[0], drawn.ends[1]) == (1, 1)  # 23:00 is today, 01:00 tomorrow
    assert list(drawn.balance[:3]) == [100.0, 79.0, 58.0]
    there = chart_data(forecast("100", tonight, tomorrow), VLADIVOSTOK)
    assert (there.ends[0], there.ends[1]) == (2, 0)  # 9 and 11 in the morning of the 24th
    assert date_of(forecast("100"), 0, VLADIVOSTOK) == date(2026, 11, 24)


def test_the_axis_speaks_the_persons_language_and_has_room_for_millions() -> None:
    short = forecast("0.60", LATE + timedelta(hours=1))
    words = chart_words(Words("ru", "Asia/Vladivostok"), short)
    assert words.line == "баланс, ₽"
    assert words.money[0] == "−30" and words.days[0] == "24 нояб." and words.days[1] == ""
    assert chart_words(Words("ru"), forecast("1.9")).money == ["0", "0,5", "1", "1,5", "2"]
    rich = forecast("3000000", LATE + timedelta(hours=1))
    assert chart_words(Words("ru"), rich).money[-1] == "3 000 000"
    assert text_width("3 000 000", 17) > 64  # what the axis once had for its labels
    assert axis_sums(chart_data(rich, UTC))[-1] == 3_000_000


def test_the_picture_does_not_glare_on_a_dark_phone() -> None:
    some = forecast("30", *(LATE + timedelta(days=day) for day in range(1, 29)))
    picture = Image.open(io.BytesIO(draw(some, chart_words(Words("ru"), some), UTC)))
    assert picture.size == (1280, 840)
    ground = picture.getpixel((0, 0))
    assert isinstance(ground, tuple) and max(ground) < 0x80


class WrittenOn(Canvas):
    """Keeps what is written on it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def text(self, x: float, y: float, text: str, size: int, color: str, anchor: str = "la") -> None:
        self.texts.append(text)


@pytest.mark.parametrize(("left", "right"), [(12, 3), (3, 12), (9, 8)])
def test_of_the_numbers_of_two_days_with_less_than_four_points_between_them_the_greater_is_written(
    left: int, right: int
) -> None:
    width = (text_width(str(left), COUNT) + text_width(str(right), COUNT)) / 2
    for space, written in ((3.9, [max(left, right)]), (4.1, sorted([left, right], reverse=True))):
        canvas = WrittenOn()
        pen = Pen(canvas, [0.0, 1.0], widest=WIDTH - 2 * EDGE - 10 - (width + space) * (DAYS + 1))
        pen.bars([0, left, right, *[0] * (DAYS - 2)], "ends")
        assert canvas.texts == ["ends", *map(str, written)]


def test_what_is_just_as_wide_as_the_room_for_it_is_written_whole() -> None:
    sum_ = "1,234.50"
    assert fits(sum_, COUNT, text_width(sum_, COUNT))
    assert not fits(sum_, COUNT, text_width(sum_, COUNT) - 0.01)
    assert fitting("Reserve", text_width("Reserve", LABEL)) == "Reserve"
    assert fitting("Reserve", text_width("Reserve", LABEL) - 0.01) in ("Reser…", "Reserv…")


def test_months_in_which_all_was_free_have_an_axis_as_well() -> None:
    assert spending_chart.axis_sums([[0.0], [0.0, 0.0]]) == [0.0, 0.5, 1.0]
    assert spending_chart.axis_sums([[3.0, 0.5], [4.0]]) == [0.0, 1.0, 2.0, 3.0, 4.0]
