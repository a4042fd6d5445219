"""The picture of a forecast: ends per day, and the balance running down. Drawn twice as large as it is shown.

A card of its own colour, so that it reads on a light and on a dark phone alike. Words and numbers come from outside.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from services.forecast import Forecast

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"  # has Latin and Cyrillic; Pillow's own has not
SCALE = 2
WIDTH, HEIGHT = 640, 420  # points; a phone shows a photo about 360 to 430 wide
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 96, 56
DAYS = 30
CARD, INK, FAINT, GRID = "#FFFFFF", "#1C1C1E", "#5F6368", "#E3E5E8"
BAR, LINE, SHORT = "#9CC3EE", "#1A6FC4", "#C62828"


@dataclass(frozen=True)
class ChartWords:
    """Everything that is written on the picture. `days`: a label for each of the 31 days, empty ones are left out.

    `money` are the labels of the balance's axis, from the bottom (see `scale`) to the top.
    """

    title: str
    bars: str
    line: str
    days: Sequence[str]
    money: Sequence[str]
    short: str


@dataclass(frozen=True)
class Curve:
    """What is drawn: ends of each day, and the balance at the beginning and after each day."""

    ends: Sequence[int]
    balance: Sequence[float]


def curve(ahead: Forecast) -> Curve:
    """The forecast by days from now."""
    ends = [0] * (DAYS + 1)
    spent = [0.0] * (DAYS + 1)
    for one in ahead.renewals:
        day = min(int((one.at - ahead.now) / timedelta(days=1)), DAYS)
        ends[day] += 1
        spent[day] += float(one.price)
    balance, running = [float(ahead.balance)], float(ahead.balance)
    for sum_ in spent:
        running -= sum_
        balance.append(running)
    return Curve(ends, balance)


def scale(drawn: Curve) -> list[float]:
    """Round sums for the axis, from the bottom to the top."""
    low, high = min(*drawn.balance, 0.0), max(*drawn.balance, 1.0)
    step = nice((high - low) / 4)
    bottom = int(low // step)
    top = int(-(-high // step))
    return [step * n for n in range(bottom, top + 1)]


def nice(size: float) -> float:
    """1, 2 or 5 times a power of ten, not smaller than `size`."""
    power = 1.0
    while power * 10 < size:
        power *= 10
    while power > size and power > 0.01:
        power /= 10
    return next(power * n for n in (1, 2, 5, 10) if power * n >= size or n == 10)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size * SCALE)


def draw(ahead: Forecast, words: ChartWords) -> bytes:
    """A PNG. Takes some tens of milliseconds: call it in a thread."""
    drawn = curve(ahead)
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), CARD)
    pen = Pen(ImageDraw.Draw(image), scale(drawn), max(*drawn.ends, 1))
    pen.text(LEFT - 40, 16, words.title, 20, INK)
    pen.legend(words)
    pen.grid(words.money)
    pen.bars(drawn.ends)
    pen.days(words.days)
    pen.line(drawn.balance)
    if min(drawn.balance) < 0:
        pen.text(WIDTH - RIGHT, HEIGHT - 26, words.short, 13, SHORT, "ra")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False, compress_level=4)
    return out.getvalue()


class Pen:
    """Draws in points on a canvas of twice the size."""

    def __init__(self, canvas: ImageDraw.ImageDraw, sums: Sequence[float], most: int) -> None:
        self._canvas, self._sums, self._most = canvas, sums, most
        self._step = (WIDTH - LEFT - RIGHT) / (DAYS + 1)

    def text(self, x: float, y: float, text: str, size: int, color: str, anchor: str = "la") -> None:
        self._canvas.text((x * SCALE, y * SCALE), text, fill=color, font=font(size), anchor=anchor)

    def legend(self, words: ChartWords) -> None:
        self.box(LEFT - 40, 56, LEFT - 26, 70, BAR)
        self.text(LEFT - 20, 54, words.bars, 14, INK)
        after = LEFT + 12 + font(14).getlength(words.bars) / SCALE
        self._canvas.line(self._scaled([(after, 63), (after + 18, 63)]), fill=LINE, width=3 * SCALE)
        self.text(after + 24, 54, words.line, 14, INK)

    def grid(self, labels: Sequence[str]) -> None:
        for sum_, label in zip(self._sums, labels, strict=True):
            y = self._y(sum_)
            color = FAINT if sum_ == 0 else GRID
            self._canvas.line(self._scaled([(LEFT, y), (WIDTH - RIGHT, y)]), fill=color, width=SCALE)
            self.text(LEFT - 6, y, label, 12, FAINT, "rm")

    def bars(self, ends: Sequence[int]) -> None:
        """Upwards from the bottom, at most a third of the height, each with its number."""
        bottom, reach = HEIGHT - BOTTOM, (HEIGHT - TOP - BOTTOM) / 3
        for day, count in enumerate(ends):
            if count:
                x = LEFT + day * self._step
                top = bottom - max(reach * count / self._most, 3)
                self.box(x + 2, top, x + self._step - 2, bottom, BAR)
                self.text(x + self._step / 2, top - 2, str(count), 11, FAINT, "mb")

    def days(self, labels: Sequence[str]) -> None:
        for day, label in enumerate(labels):
            if label:
                self.text(LEFT + (day + 0.5) * self._step, HEIGHT - BOTTOM + 8, label, 12, FAINT, "ma")

    def line(self, balance: Sequence[float]) -> None:
        """Stairs: the balance stays until something is renewed. Red below nothing."""
        points: list[tuple[float, float]] = []
        for day, sum_ in enumerate(balance):
            x = LEFT + max(day - 0.5, 0) * self._step
            if points:
                points.append((x, points[-1][1]))
            points.append((x, self._y(sum_)))
        points.append((WIDTH - RIGHT, points[-1][1]))
        zero = self._y(0)
        for start, end in pairwise(points):
            color = SHORT if max(start[1], end[1]) > zero + 0.5 else LINE
            self._canvas.line(self._scaled([start, end]), fill=color, width=3 * SCALE)

    def box(self, left: float, top: float, right: float, bottom: float, color: str) -> None:
        self._canvas.rectangle(self._scaled([(left, top), (right, bottom)]), fill=color)

    def _y(self, sum_: float) -> float:
        low, high = self._sums[0], self._sums[-1]
        share = (sum_ - low) / ((high - low) or 1)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def _scaled(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x * SCALE, y * SCALE) for x, y in points]


def day_of(ahead: Forecast, day: int) -> datetime:
    """The moment `day` days from now."""
    return ahead.now + timedelta(days=day)
