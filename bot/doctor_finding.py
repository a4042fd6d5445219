"""A finding of `python -m bot doctor`: one line for each thing that it examines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """`name` is what was examined, `text` one line for the owner, without any secret."""

    level: Literal["ok", "warn", "FAIL"]
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<5}{self.name:<10}{self.text}"
