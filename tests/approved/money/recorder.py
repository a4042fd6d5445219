"""What is drawn on a picture, written down stroke by stroke, in pixels."""

from __future__ import annotations

from typing import Any


class Recorder:
    """In place of Pillow's canvas: writes down what it is asked to draw."""

    def __init__(self, strokes: list[str]) -> None:
        self._strokes = strokes

    def text(self, xy: Any, text: str, *, fill: str, font: Any, anchor: str) -> None:
        if text:
            self._add(f"text {text!r} of {font.size}, {anchor}", [xy], fill)

    def line(self, xy: Any, *, fill: str, width: int) -> None:
        self._add(f"line of {width}", xy, fill)

    def rectangle(self, xy: Any, *, fill: str) -> None:
        self._add("box", [xy[:2], xy[2:]], fill)

    def _add(self, what: str, points: Any, fill: str) -> None:
        places = [f"{x:.0f},{y:.0f}" for x, y in points]
        if len(places) == 1 or len(set(places)) > 1:  # a line from a point to itself shows nothing
            self._strokes.append(f"{what}: {' '.join(places)} {fill}")
