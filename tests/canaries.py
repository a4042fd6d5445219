"""What no test's world may have written anywhere: its px6 keys and its bot's token."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.logs import RedactingFormatter

OURS = ("px6", "bot", "services", "storage", "handlers")
SHORTEST = 16  # a shorter key is a test's slip of the pen, and stands in other texts as well


class Canaries(logging.Handler):
    """Hears every log record and every message of the bot. What is ours is read before the last guard redacts it."""

    def __init__(self, stand_ins: Any) -> None:
        super().__init__(logging.DEBUG)
        self._px6, self._token = stand_ins.px6, stand_ins.token
        self.found: list[str] = []

    def secrets(self) -> set[str]:
        """The keys that px6 has or had by now, and the token, also without its number."""
        all_ = {*self._px6.accounts, self._token, self._token.partition(":")[2]}
        return {each for each in all_ if len(each) >= SHORTEST}

    def emit(self, record: logging.LogRecord) -> None:
        formatter = logging.Formatter() if record.name.startswith(OURS) else RedactingFormatter()
        self.look(formatter.format(record), f"logged by {record.name}")

    def hear(self, event: Any) -> None:
        """An event of the Telegram stand-in."""
        if event.kind in ("message", "edit") and event.data["message"]["from"] == "bot":
            self.look(json.dumps(event.data["message"], ensure_ascii=False), "in a message")

    def look(self, text: str, where: str) -> None:
        self.found += [where for secret in self.secrets() if secret in text]

    def search(self, folder: Path) -> None:
        """Every file of the bot, also pages that are no longer used."""
        for path in filter(Path.is_file, folder.iterdir()):
            content = path.read_bytes()
            self.found += [f"in {path.name}" for secret in self.secrets() if secret.encode() in content]


@contextmanager
def watched(stand_ins: Any, folder: Path) -> Iterator[None]:
    """While the block runs, and in what is left of it, no secret turns up."""
    canaries, root = Canaries(stand_ins), logging.getLogger()
    deaf = stand_ins.telegram.events.listen(canaries.hear)
    root.addHandler(canaries)
    try:
        yield
    finally:
        root.removeHandler(canaries)
        deaf()
    canaries.search(folder)
    assert not canaries.found, canaries.found
