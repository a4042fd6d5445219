"""What both stand-ins remember from one demo to the next: as the bot's database does, so that they fit together."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from sandbox.px6 import Px6State
from sandbox.telegram import TelegramState

_OF_PX6 = ("accounts", "revoked", "market", "generator", "rules")
_OF_BOT = ("secret", "username", "last_message_id", "chats", "files", "profile")


class SavedState:
    """Both stand-ins' state in one file; a file that cannot be read (the program has changed) counts as missing."""

    def __init__(self, path: Path, px6: Px6State, telegram: TelegramState) -> None:
        self._path, self._px6, self._telegram = path, px6, telegram
        self._written: object = None

    def load(self) -> bool:
        """Puts back what was saved last; False when there is no usable file."""
        try:
            # the folder is the owner's alone: who can write there can as well change the program
            remembered = pickle.loads(self._path.read_bytes())  # noqa: S301 - written by the demo itself
            self._put_back(remembered)
        except FileNotFoundError:
            return False
        except Exception as error:  # noqa: BLE001 - pickle raises whatever the classes of another version raise
            self._path.replace(self._path.with_suffix(".unreadable"))
            print(f"What the stand-ins remembered cannot be read ({type(error).__name__}): they begin anew.")  # noqa: T201 - to the terminal
            return False
        return True

    def write(self) -> None:
        """Atomically, and only when something has changed."""
        stamp = (self._telegram.events.last, self._px6.events.kept[-1].number if self._px6.events.kept else 0)
        if stamp == self._written:
            return
        new = self._path.with_suffix(".new")
        new.write_bytes(pickle.dumps(self._taken()))
        new.replace(self._path)
        self._written = stamp

    def _taken(self) -> dict[str, Any]:
        return {
            "px6": {name: getattr(self._px6, name) for name in _OF_PX6},
            "offset": self._px6.clock.offset,
            "people": self._telegram.people,
            "bots": {bot.id: {name: getattr(bot, name) for name in _OF_BOT} for bot in self._telegram.bots.values()},
        }

    def _put_back(self, remembered: dict[str, Any]) -> None:
        market = remembered["px6"].pop("market")
        vars(self._px6.market).update(vars(market))  # one of an earlier version knows less
        for name, value in remembered["px6"].items():
            setattr(self._px6, name, value)
        self._px6.clock.offset = remembered["offset"]
        self._telegram.people.update(remembered["people"])
        for bot_id, values in remembered["bots"].items():
            bot = self._telegram.bot_by_id(bot_id)
            for name, value in values.items():
                setattr(bot, name, value)
