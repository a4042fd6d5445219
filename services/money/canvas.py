"""What pictures are drawn on and with. Sizes are points; a picture has twice as many pixels.

Dark slate with light ink: it reads on a light phone and does not glare on a dark one.
"""

from __future__ import annotations

import io
from functools import cache
from math import floor, log10
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"  # has Latin and Cyrillic; Pillow's own has not
SCALE = 2
WIDTH, HEIGHT = 640, 420  # a phone shows a photo about 360 to 430 wide, so the letters are large
EDGE = 20  # left free on all sides
TITLE, TEXT, LABEL, COUNT = 26, 19, 17, 15  # sizes of letters
COMPRESSION = 4  # of 9: more takes longer, and saves little
BACKGROUND, INK, FAINT, GRID = "#26313C", "#F1F4F6", "#AEBAC5", "#3D4B59"

Point = tuple[float, float]


class Canvas:
    """A picture under way."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), BACKGROUND)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, x: float, y: float, text: str, size: int, color: str, anchor: str = "la") -> None:
        self._draw.text((x * SCALE, y * SCALE), text, fill=color, font=font(size), anchor=anchor)

    def stroke(self, start: Point, end: Point, color: str, width: int) -> None:
        points = [(x * SCALE, y * SCALE) for x, y in (start, end)]
        self._draw.line(points, fill=color, width=width * SCALE)

    def box(self, left: float, top: float, right: float, bottom: float, color: str) -> None:
        self._draw.rectangle([left * SCALE, top * SCALE, right * SCALE, bottom * SCALE], fill=color)

    def png(self) -> bytes:
        out = io.BytesIO()
        self._image.save(out, "PNG", compress_level=COMPRESSION)
        return out.getvalue()


def axis_between(low: float, high: float) -> list[float]:
    """About four round steps of an axis that holds both, from the bottom to the top."""
    step = round_step((high - low) / 4)
    return [step * n for n in range(int(low // step), int(-(-high // step)) + 1)]


def round_step(size: float) -> float:
    """1, 2 or 5 times a power of ten, not smaller than `size`."""
    power = 10.0 ** max(floor(log10(size)), -2)
    return next(power * n for n in (1, 2, 5, 10) if power * n >= size or n == 10)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """From the file's bytes: in place of a file that is missing Pillow takes one of this name from the machine."""
    return ImageFont.truetype(io.BytesIO(FONT.read_bytes()), size * SCALE)


def text_width(text: str, size: int) -> float:
    """How wide a text is, in points."""
    return font(size).getlength(text) / SCALE
