"""The picture of a forecast: the balance running down, and below it what ends on each day.

Words and numbers come from outside, and so does the zone by whose calendar days are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import pairwise

from services.money.canvas import (
    COUNT,
    EDGE,
    FAINT,
    GRID,
    INK,
    LABEL,
    TEXT,
    TITLE,
    WIDTH,
    Canvas,
    Point,
    axis_between,
    text_width,
)
from services.money.forecast import Forecast

TOP, BOTTOM = 102, 272  # of the line of the balance
BARS_TOP, BARS_BOTTOM = 326, 372  # of the highest bar, and of all
DAYS = 30
BAR, LINE, SHORT = "#8FA6BC", "#62B5F6", "#FF8A7A"


@dataclass(frozen=True)
class ChartWords:
    """Everything that is written on the picture. `days`: a label for each of the 31 days, empty ones are left out.

    `money` are the labels of the balance's axis, from the bottom (see `axis_sums`) to the top.
    """

    title: str
    bars: str
    line: str
    days: Sequence[str]
    money: Sequence[str]
    short: str


@dataclass(frozen=True)
class ChartData:
    """What is drawn: how many proxies end on each day, and the balance at the beginning and after each day."""

    ends: Sequence[int]
    balance: Sequence[float]


def chart_data(forecast: Forecast, zone: tzinfo) -> ChartData:
    """The forecast by calendar days of the zone; the first is today."""
    today = forecast.now.astimezone(zone).date()
    ends = [0] * (DAYS + 1)
    spent = [0.0] * (DAYS + 1)
    for one in forecast.prolongations:
        day = min((one.at.astimezone(zone).date() - today).days, DAYS)
        ends[day] += 1
        spent[day] += float(one.price)
    balance, running = [float(forecast.balance)], float(forecast.balance)
    for sum_ in spent:
        running -= sum_
        balance.append(running)
    return ChartData(ends, balance)


def date_of(forecast: Forecast, day: int, zone: tzinfo) -> date:
    """The date `day` days after today."""
    return forecast.now.astimezone(zone).date() + timedelta(days=day)


def axis_sums(data: ChartData) -> list[float]:
    """Round sums for the axis, from the bottom to the top."""
    return axis_between(min(*data.balance, 0.0), max(*data.balance, 1.0))


def draw(forecast: Forecast, words: ChartWords, zone: tzinfo) -> bytes:
    """A PNG. Takes some tens of milliseconds: call it in a thread."""
    data = chart_data(forecast, zone)
    canvas = Canvas()
    canvas.text(EDGE, EDGE, words.title, TITLE, INK)
    pen = Pen(canvas, axis_sums(data), max(text_width(label, LABEL) for label in words.money))
    pen.legend(words, is_short=min(data.balance) < 0)
    pen.grid(words.money)
    pen.line(data.balance)
    pen.bars(data.ends, words.bars)
    pen.days(words.days)
    return canvas.png()


class Pen:
    """Draws a forecast. The axis takes as much room as its widest label needs."""

    def __init__(self, canvas: Canvas, sums: Sequence[float], widest: float) -> None:
        self._canvas, self._sums = canvas, sums
        self._left = EDGE + widest + 10
        self._step = (WIDTH - EDGE - self._left) / (DAYS + 1)

    def legend(self, words: ChartWords, *, is_short: bool) -> None:
        y = 70
        self._canvas.stroke((EDGE, y), (EDGE + 22, y), LINE, 3)
        self._canvas.text(EDGE + 32, y, words.line, TEXT, INK, "lm")
        if is_short:
            self._canvas.text(WIDTH - EDGE, y, words.short, TEXT, SHORT, "rm")

    def grid(self, labels: Sequence[str]) -> None:
        for sum_, label in zip(self._sums, labels, strict=True):
            y = self._y(sum_)
            self._canvas.stroke((self._left, y), (WIDTH - EDGE, y), FAINT if sum_ == 0 else GRID, 1)
            self._canvas.text(self._left - 10, y, label, LABEL, FAINT, "rm")

    def line(self, balance: Sequence[float]) -> None:
        """Stairs: the balance stays until something is renewed. Red below nothing."""
        zero = self._y(0)
        for start, end in pairwise(self._stairs(balance)):
            if start[1] < zero < end[1]:
                self._canvas.stroke(start, (start[0], zero), LINE, 3)
                start = (start[0], zero)
            self._canvas.stroke(start, end, SHORT if end[1] > zero + 0.5 else LINE, 3)

    def _stairs(self, balance: Sequence[float]) -> Iterator[Point]:
        """The corners; the sum after a day is reached in the middle of that day."""
        before = self._y(balance[0])
        yield self._left, before
        for day, sum_ in enumerate(balance[1:]):
            yield self._middle(day), before
            before = self._y(sum_)
            yield self._middle(day), before
        yield WIDTH - EDGE, before

    def bars(self, ends: Sequence[int], caption: str) -> None:
        """In a strip of their own, each with its number; of numbers that would touch the greater is shown."""
        self._canvas.text(self._left, BOTTOM + 14, caption, LABEL, FAINT)
        self._canvas.stroke((self._left, BARS_BOTTOM), (WIDTH - EDGE, BARS_BOTTOM), GRID, 1)
        most = max(ends)
        taken: list[tuple[float, float]] = []
        some = ((day, count) for day, count in enumerate(ends) if count)
        for day, count in sorted(some, key=lambda each: -each[1]):
            x, top = self._middle(day), BARS_BOTTOM - max((BARS_BOTTOM - BARS_TOP) * count / most, 3)
            self._canvas.box(x - self._step / 2 + 2, top, x + self._step / 2 - 2, BARS_BOTTOM, BAR)
            half = text_width(str(count), COUNT) / 2 + 2
            if all(x + half <= left or right <= x - half for left, right in taken):
                taken.append((x - half, x + half))
                self._canvas.text(x, top - 3, str(count), COUNT, INK, "mb")

    def days(self, labels: Sequence[str]) -> None:
        for day, label in enumerate(labels):
            half = text_width(label, LABEL) / 2
            x = min(max(self._middle(day), EDGE / 2 + half), WIDTH - EDGE / 2 - half)
            self._canvas.text(x, BARS_BOTTOM + 10, label, LABEL, FAINT, "ma")

    def _middle(self, day: int) -> float:
        return self._left + (day + 0.5) * self._step

    def _y(self, sum_: float) -> float:
        low, high = self._sums[0], self._sums[-1]
        return BOTTOM - (sum_ - low) / (high - low) * (BOTTOM - TOP)
