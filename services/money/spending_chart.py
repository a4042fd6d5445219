"""The picture of what was spent: a bar for each month, of the parts that it was spent on.

Words and numbers come from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.money.canvas import (
    COUNT,
    EDGE,
    FAINT,
    GRID,
    INK,
    LABEL,
    TITLE,
    WIDTH,
    Canvas,
    axis_between,
    text_width,
)

COLORS = ("#62B5F6", "#FFC46B", "#7FD6A4", "#D7A3F2", "#FF8A7A", "#8FA6BC")  # of the parts; the last of all others
PARTS = len(COLORS)
TOP, BOTTOM = 160, 372  # of the highest bar, and of all
LEGEND_TOP, LEGEND_STEP, MARK = 70, 26, 14


@dataclass(frozen=True)
class SpendingWords:
    """Everything that is written on the picture. `parts`: a name for each part; `months`: a label for each bar.

    `money` are the labels of the axis, from the bottom (see `axis_sums`) to the top; `sums`: one above each bar.
    """

    title: str
    parts: Sequence[str]
    months: Sequence[str]
    sums: Sequence[str]
    money: Sequence[str]


def axis_sums(bars: Sequence[Sequence[float]]) -> list[float]:
    """Round sums for the axis, from nothing to the top. `bars`: of each month the sum of each part."""
    return axis_between(0.0, max(map(sum, bars)) or 1.0)


def draw(bars: Sequence[Sequence[float]], words: SpendingWords) -> bytes:
    """A PNG; the oldest month stands at the left. Takes some tens of milliseconds: call it in a thread."""
    canvas, axis = Canvas(), axis_sums(bars)
    canvas.text(EDGE, EDGE, words.title, TITLE, INK)
    draw_legend(canvas, words.parts)
    left = EDGE + max(text_width(label, LABEL) for label in words.money) + 10
    for sum_, label in zip(axis, words.money, strict=True):
        y = BOTTOM - sum_ / axis[-1] * (BOTTOM - TOP)
        canvas.stroke((left, y), (WIDTH - EDGE, y), GRID if sum_ else FAINT, 1)
        canvas.text(left - 10, y, label, LABEL, FAINT, "rm")
    step = (WIDTH - EDGE - left) / len(bars)
    for number, (bar, month, above) in enumerate(zip(bars, words.months, words.sums, strict=True)):
        middle = left + (number + 0.5) * step
        top = draw_bar(canvas, bar, middle - step * 0.36, middle + step * 0.36, axis[-1])
        if sum(bar) and fits(above, COUNT, step):
            canvas.text(middle, top - 3, above, COUNT, INK, "mb")
        canvas.text(middle, BOTTOM + 10, month, COUNT, FAINT, "ma")
    return canvas.png()


def draw_legend(canvas: Canvas, parts: Sequence[str]) -> None:
    """The name of each part beside its color, three a row."""
    width = (WIDTH - 2 * EDGE) / 3
    for number, (part, color) in enumerate(zip(parts, COLORS, strict=False)):
        x, y = EDGE + number % 3 * width, LEGEND_TOP + number // 3 * LEGEND_STEP
        canvas.box(x, y, x + MARK, y + MARK, color)
        canvas.text(x + MARK + 8, y + MARK / 2, fitting(part, width - MARK - 16), LABEL, INK, "lm")


def draw_bar(canvas: Canvas, bar: Sequence[float], left: float, right: float, highest: float) -> float:
    """The parts of one month, the first at the bottom; gives where it ends above."""
    y = float(BOTTOM)
    for part, color in zip(bar, COLORS, strict=False):
        top = y - part / highest * (BOTTOM - TOP)
        if part > 0:
            canvas.box(left, top, right, y, color)
        y = top
    return y


def fitting(text: str, width: float) -> str:
    """The text, cut where it is wider."""
    cut = text
    while len(cut) > 1 and not fits(cut, LABEL, width):
        cut = f"{cut.removesuffix('…')[:-1]}…"
    return cut


def fits(text: str, size: int, width: float) -> bool:
    return text_width(text, size) <= width
