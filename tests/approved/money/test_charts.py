"""What is drawn of a forecast, stroke by stroke, in pixels: each line says what, where and in which colour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from decimal import Decimal
from unittest.mock import patch

from PIL import ImageDraw

from handlers.ground.words import Words
from handlers.money.forecast import chart_words
from px6 import Version
from services.money.canvas import round_step
from services.money.chart import axis_sums, chart_data, draw
from services.money.forecast import Forecast, make_forecast
from services.money.prices import Prices
from tests.approved.approving import State, approve
from tests.approved.money.recorder import Recorder
from tests.sample_proxies import NOW, a_proxy


def forecast(balance: str, *days: float, price: str = "21.00") -> Forecast:
    prices = Prices(30, "RUB", Decimal(balance), {Version.IPV6: Decimal(price)}, {})
    proxies = [a_proxy(nth, ends_at=NOW + timedelta(days=day)) for nth, day in enumerate(days)]
    return make_forecast(proxies, prices, Decimal(balance), NOW)


def drawn(made: Forecast, words: Words) -> str:
    strokes: list[str] = []
    with patch.object(ImageDraw, "Draw", lambda _: Recorder(strokes)):
        draw(made, chart_words(words, made), UTC)
    return "\n".join(strokes)


def pictures() -> Iterator[State]:
    en = Words("en")
    yield "nothing ends", drawn(forecast("5.00"), en)
    yield "it lasts to the cent", drawn(forecast("42.00", 3, 9), en)
    crowd = [1.0] * 12 + [2.0] * 11 + [3.0] * 9 + [4.0, 12.0] + [13.0] * 3 + [29.9, 30.0]
    yield "it does not last, and numbers would touch", drawn(forecast("300.00", *crowd), en)


def axes() -> Iterator[State]:
    for size in (0.003, 0.01, 0.011, 0.25, 0.5, 1, 1.01, 2, 2.01, 5, 5.01, 10, 10.01, 99, 100, 101, 12_345):
        yield f"steps for {size}", f"{round_step(size):g}"
    for balance in ("0.00", "1.00", "1.01", "20.00", "21.00", "21.01", "84.00", "400.00"):
        made = forecast(balance, 0.1, 0.6, 5, 29.6)
        data = chart_data(made, UTC)
        ends = {day: count for day, count in enumerate(data.ends) if count}
        yield (
            f"balance {balance}",
            f"axis {axis_sums(data)}, ends {ends}, from {data.balance[0]:.2f} to {data.balance[-1]:.2f}",
        )


def states() -> Iterator[State]:
    yield from pictures()
    yield from axes()


def test_every_chart_is_drawn_as_approved() -> None:
    approve(__file__, states())
