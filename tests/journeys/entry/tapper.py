"""A person who taps whatever buttons a test gives them, a few at a time, and reads everything that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import cycle

from sandbox.telegram.events import Event
from tests.direct_phone import DirectPhone
from tests.world import World

# They take away what the others work on.
LAST = ("forget", "key-new", "ru-d", "ru-all", "rm-s", "kp-x", "sw-x", "watch-s", "hw-x", "pw-x")
AT_ONCE = 12  # taps that are under way or wait; more than thirty of one person are refused


class Tapper:
    """A person who taps data, and every text, label and answer that came to them of it."""

    def __init__(self, world: World, person: int) -> None:
        self._world, self._person = world, person
        self._phone = DirectPhone(world.telegram, world.settings.bot_token.get_secret_value(), person)
        self.read, self._homes = list[str](), list[int]()
        world.telegram.events.listen(self._hear)

    def _hear(self, event: Event) -> None:
        if event.data.get("chat") != self._person:
            return
        match event.kind, event.data:
            case "message" | "edit", {"message": dict(message)} if message["from"] == "bot":
                labels = [each["text"] for row in message.get("keyboard") or [] for each in row]
                self.read += [message["text"] or "", *labels]
            case "answer", data:
                self.read.append(str(data.get("text") or ""))

    async def goes_home(self) -> None:
        """Ask for the home screens on which `taps` taps."""
        before = self._phone.newest()
        for _ in range(AT_ONCE):
            self._phone.says("/start")
        await self._world.quiet()
        self._homes = self._phone.newest_ones(AT_ONCE)
        assert min(self._homes) > before, "each is answered"

    async def taps(self, data: Iterable[str]) -> list[str]:
        """Tap these in turn on the home screens; gives what was read of it."""
        return await self.taps_on(dict(zip(sorted(data), cycle(self._homes), strict=False)))

    async def taps_on(self, buttons: Mapping[str, int]) -> list[str]:
        """Tap each on the message with that id, several messages at a time; gives what was read of it."""
        before = len(self.read)
        last = {text: at for text, at in sorted(buttons.items()) if text.split(":")[0] in LAST}
        first = {text: at for text, at in sorted(buttons.items()) if text not in last}
        for together in (*rounds(first), *rounds(last)):
            taps = [self._phone.forges(text, at) for text, at in together]
            await self._world.quiet()
            assert [tap.data for tap in taps if tap.answer is None] == []
        return self.read[before:]


def rounds(buttons: Mapping[str, int]) -> Iterator[list[tuple[str, int]]]:
    """A few at a time, no two on one message: of taps on the same message only the newest shows its screen."""
    left = dict(buttons)
    while left:
        by_message = dict[int, str]()
        for text, at in left.items():
            by_message.setdefault(at, text)
        together = [(text, at) for at, text in by_message.items()][:AT_ONCE]
        yield together
        for text, _ in together:
            del left[text]
