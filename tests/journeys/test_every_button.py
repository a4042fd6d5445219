"""What every command and every kind of button brings, as it was approved: the message, its first line, the buttons,
whether Telegram still keeps the update then, the answer to the tap, what px6 was asked, and what is remembered of it.

`make approve` writes it anew: read the diff before you commit it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from sandbox.telegram.events import Event
from tests.approved.approving import approve
from tests.databases import Books, books_of
from tests.direct_phone import DirectPhone
from tests.world import World, buttons

COMMANDS = (
    "/start", "/help", "/balance", "/settings", "/language", "/proxies", "/proxies expiring", "/proxies shop",
    "{ids}", "5.18.204.9:8000:u:p", "/find", "/find shop",
    "/buy", "/buy 1 30 de", "/buy 2 7 us shared socks shop 7", "/buy 0", "/buy 1000 30 us", "/buy 5 30 fi ipv4",
    "/watch", "/prolong", "/prolong 30 {ids}",
    "/prolong 30",
    "/price", "/price 10 30", "/price 1", "/stock", "/stock de", "/stock de ipv4", "/stock ipv4", "/stock Hong Kong",
    "/countries", "/countries ipv4",
    "/check", "/check {ids}", "/check x", "/type", "/type socks {ids}", "/type http", "/comment", "/comment {ids}",
    "/comment {ids} shop 7", "/comment shop 7 > " + "x" * 60, "/comment {ids} " + "y" * 60, "/delete",
    "/delete {ids}",
    "/delete shop 7", "/delete nothing", "/export", "/orders", "/reminders", "/forecast", "/key", "/forget",
    "/bind", "/bind 5.18.204.9", "/bind off", "/check 5.18.204.9:8000:u:p",
    "/accounts", "/nonsense", "/cancel", "hello",
)  # fmt: skip
ASKING_PX6 = (  # the first one asks nothing of it once the list has been read
    "/comment {one}", "/check", "/check {one}", "/check {ids}", "/start", "/proxies", "/proxies shop", "/buy 1 30 de",
    "/prolong", "/prolong 30 {ids}", "/price 10 30", "/countries", "/type socks {ids}",
    "/comment {ids} shop 7", "/delete {ids}", "/delete shop 7", "/export", "/forecast",
)  # fmt: skip
# They take away what the others work on; or wait for what a person does elsewhere.
LEFT_OUT = ("forget", "key-new", "+open")
CHANGES = ("buy", "prolong", "delete", "settype", "setdescr", "check", "ipauth")
NOT_TWICE = ("/type socks", "/comment")  # what these have done they do not do again
TOKEN = re.compile(r"(?<=[:|])[\w-]{4,}(?=[:|]|$)")
NUMBER = re.compile(r"\d[\d,.:]*")
MOST = 400  # taps


class Reader:
    """One person who does something, and tells in a few lines what came of it."""

    def __init__(self, world: World, person: int, books: Books) -> None:
        self._world, self._books = world, books
        self._phone = DirectPhone(world.telegram, world.settings.bot_token.get_secret_value(), person)
        self._messages: dict[int, dict[str, Any]] = {}  # of the bot, as they are now
        self._came: dict[int, str] = {}  # the message → how it came
        self._kept: dict[str, Any] = {}
        self._updates: Any = vars(world.app.intake)["_updates"]
        world.telegram.events.listen(self._hear)

    def _hear(self, event: Event) -> None:
        """Of a message that is edited again at once only the end counts."""
        message = event.data.get("message")
        if event.data.get("chat") == self._phone.id and isinstance(message, dict) and message["from"] == "bot":
            number = message["message_id"]
            self._came.setdefault(number, "edited" if number in self._messages else "new")
            self._messages[number] = message | {"kept": self._updates.any_held}

    async def says(self, text: str) -> list[str]:
        self._phone.says(text)
        await self._world.quiet()
        return self._changes()

    async def taps(self, data: str, message_id: int) -> list[str]:
        tap = self._phone.forges(data, message_id)
        await self._world.quiet()
        return [*told_of_answer(dict(tap.answer or {})), *self._changes()]

    def _changes(self) -> list[str]:
        came = sorted(self._came.items())
        found = [line for number, how in came for line in told_of_message(how, self._messages[number])]
        self._came.clear()
        found += [f"px6: {call}" for call in self._calls()]
        return [*found, *self._remembered()] or ["nothing"]

    def _calls(self) -> list[str]:
        """The calls that change something; what was read is asked for again only once it is old."""
        calls = [
            f"{call.method} {masked_parameters(call.params)}"
            for call in self._world.px6.calls
            if call.method in CHANGES
        ]
        self._world.px6.calls.clear()
        return sorted(set(calls))

    def _remembered(self) -> Iterator[str]:
        """What has changed of the person's choices, and which question is open."""
        ((text,),) = self._books("SELECT choices FROM people WHERE telegram_id = ?", [self._phone.id])
        before, self._kept = self._kept, json.loads(text)
        for name in sorted(self._kept.keys() | before.keys()):
            if name != "asked" and self._kept.get(name) != before.get(name):
                value = str(self._kept.get(name))
                yield f"kept: {name} = {value.partition(':')[0] if name == 'asking' else masked(value)}"

    def waiting(self) -> list[tuple[str, int]]:
        """Every button that is in the chat now: its data, and its message."""
        return [
            (each["callback_data"], number)
            for number, message in self._messages.items()
            for each in buttons(message)
            if "callback_data" in each
        ]


def told_of_answer(answer: dict[str, Any]) -> list[str]:
    text = answer.get("text")
    return [f"{'alert' if answer.get('show_alert') else 'toast'}: {text}"] if text else []


def told_of_message(how: str, message: dict[str, Any]) -> list[str]:
    file = [f"  file {message['file']['name']}"] if message.get("file") else []
    rows = ["  " + " ".join(told_of_button(each) for each in row) for row in message.get("keyboard") or []]
    kept = ", kept by Telegram" if message["kept"] else ""
    return [f"{how}{kept}: {first_line(message)}", *file, *rows]


def told_of_button(button: dict[str, Any]) -> str:
    style = f"{button['style']}: " if button.get("style") else ""
    does = button.get("callback_data") or button.get("url") or "copies"
    return f"[{style}{does if does.startswith(('open', '+open')) else TOKEN.sub('…', does.partition('?')[0])}]"


def first_line(message: dict[str, Any]) -> str:
    return masked((message["text"] or "").partition("\n")[0])


def masked(text: str) -> str:
    """Without what is another in each run: tokens and moments."""
    return NUMBER.sub("#", re.sub(r"(?<=['\": ])[\w-]{4,}(?='|:\d)", "…", text))


def masked_parameters(params: dict[str, str]) -> str:
    return " ".join(f"{name}={'…' if name in ('ids', 'id') else value}" for name, value in sorted(params.items()))


@cache  # after each tap it is asked of every button in the chat
def kind_of(data: str) -> str:
    """The button's prefix, with which of its fields are set: one of each kind is tapped."""
    prefix, *fields = data.split(":")
    return (
        data
        if prefix.endswith("open")
        else ":".join([prefix, *("" if f in ("", "0", "-1") else "x" for f in fields)])
    )


@pytest.mark.older_px6("what was approved is of that px6")
async def test_every_command_and_every_kind_of_button_brings_what_was_approved(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    one, two = list(world.px6.account(world.key).proxies)[:2]
    found, tapped = list[tuple[str, object]](), set[str]()
    with books_of(world.folder) as books:
        reader = Reader(world, phone.id, books)
        await reader.says("/start")
        for command in COMMANDS:
            text = command.format(ids=f"{one} {two}")
            found.append((masked(command[:40]), await reader.says(text)))
            while left := [(data, number) for data, number in reader.waiting() if is_left(data, tapped)]:
                data, number = min(left, key=lambda each: each[0].startswith("pg:"))  # which leads nowhere new
                tapped.add(kind_of(data))
                found.append((f"{kind_of(data)} after {command[:20]}", await reader.taps(data, number)))
    assert len(tapped) < MOST
    approve(__file__, found)


async def test_whatever_px6_does_not_answer_can_be_tried_again_by_a_button(world: World) -> None:
    """Told as `command: the button`; a button that leads elsewhere would lose what was asked for."""
    phone = world.phone()
    await phone.connects()
    one, two = list(world.px6.account(world.key).proxies)[:2]
    for command in ASKING_PX6:
        text = command.format(ids=f"{one} {two}", one=one)
        world.px6.fault("500_before", times=None)
        await phone.says(text)
        failed = await phone.screen()
        world.px6.clear_faults()
        await phone.taps("Try again", failed["message_id"])
        tapped = await phone.reads()
        if text.startswith(NOT_TWICE):
            assert "px6 did not answer" not in tapped, text
        else:
            assert tapped.partition("\n")[0] == (await phone.says(text)).partition("\n")[0]


def is_left(data: str, tapped: set[str]) -> bool:
    return kind_of(data) not in tapped and not data.startswith(LEFT_OUT)
