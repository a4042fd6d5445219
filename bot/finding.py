"""What the doctor finds: one line for each thing looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was looked at and how it is; `text` is one line for the operator, without any secret."""

    level: Literal["ok", "warn", "FAIL"]
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<5}{self.name:<10}{self.text}"
