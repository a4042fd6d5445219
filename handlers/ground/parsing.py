"""The words after a command, turned into values. Wrong input raises `BadInput` with one clear message."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.typed import Typed, Word, in_one_line, is_blank, plain
from handlers.ground.words import Words, code, lines
from model.proxies import KIND_NAMES
from px6 import Protocol, State, Version

MAX_COUNT = 100_000  # far above any stock; keeps sums and URLs sane
MIN_PERIOD, MAX_PERIOD = 3, 3650  # days
COMMENT_LIMIT = 50  # characters, px6's
ID_LIMIT = 12  # digits; today's ids have 8
IDS_LIMIT = 5_000
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[ .,'’_][0-9]{3})+")
LIKE_A_KIND = re.compile(r"(ip)?v?\d+", re.IGNORECASE)
PROTOCOLS = {
    "http": Protocol.HTTP,
    "https": Protocol.HTTP,
    "socks": Protocol.SOCKS,
    "socks5": Protocol.SOCKS,
}


T = TypeVar("T")


class BadInput(Exception):
    """Input that cannot be used. `text` tells the person what is wrong, with a right example; `back`: from where."""

    def __init__(self, text: Text, back: CallbackData | None = None) -> None:
        super().__init__(text.as_kwargs()["text"])
        self.text, self.back = text, back


def wrong(w: Words, what: str, example: str, back: CallbackData | None = None) -> BadInput:
    """The message for wrong input: what is wrong, then a right example that a tap copies."""
    return BadInput(lines(what, w.rich("Example: {example}", example=code(example))), back)


def whole_number(text: str) -> int | None:
    """The number, perhaps in groups of three: `1000`, `1 000`, `1.000`, `１０００`; None for anything else."""
    digits = plain(text)
    digits = re.sub(r"[ .,'’_]", "", digits) if GROUPED.fullmatch(digits) else digits
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else None


def readings(typed: Typed) -> list[Sequence[Word]]:
    """The arguments, and again with what may be one number in groups, `1,000` or `1 000`, as one."""
    words = typed.words
    found: list[Sequence[Word]] = [words]
    for at in (0, 1):
        pair = words[at : at + 2]
        if len(pair) < 2 or not GROUPED.fullmatch(plain(typed.body[pair[0].start : pair[1].end])):
            continue
        merged = [*words[:at], Word(pair[0].text + pair[1].text), *words[at + 2 :]]
        if pair[1].text.startswith("0"):
            return [merged]  # no number of days begins so
        found.append(merged)
    return found


def parse_unambiguous(w: Words, typed: Typed, parse: Callable[[Sequence[Word]], T], example: str) -> T:
    """What the arguments mean. Where a comma parts two numbers or the groups of one, and both would do: BadInput."""
    meant, errors = [], []
    for words in readings(typed):
        try:
            meant.append(parse(words))
        except BadInput as error:
            errors.append(error)
    if not meant:
        raise errors[0]
    if len(meant) > 1 and "," in plain(typed.body):
        what = w.tr(
            "Is the comma in {given} inside a number or between two? Write numbers without commas.",
            given=quoted_input(w, typed.body),
        )
        raise wrong(w, what, example)
    return meant[0]


def count(w: Words, text: str, example: str) -> int:
    """How many proxies: a whole number from 1."""
    number = whole_number(text)
    if number is None or not 1 <= number <= MAX_COUNT:
        raise wrong(
            w,
            w.tr(
                "Quantity: {given} is not valid. Write a whole number from 1 to {most}.",
                given=quoted_input(w, text),
                most=w.number(MAX_COUNT),
            ),
            example,
        )
    return number


def period(w: Words, text: str, example: str) -> int:
    """A period: whole days from 3."""
    number = whole_number(text)
    if number is None or not MIN_PERIOD <= number <= MAX_PERIOD:
        raise wrong(
            w,
            w.tr(
                "Days: {given} is not valid. Write a whole number from {least} to {most}.",
                given=quoted_input(w, text),
                least=MIN_PERIOD,
                most=w.number(MAX_PERIOD),
            ),
            example,
        )
    return number


def version(w: Words, text: str, example: str) -> Version:
    """The kind of proxy that a word names. Raises BadInput."""
    try:
        return KIND_NAMES[plain(text)]
    except KeyError:
        raise wrong(
            w,
            w.tr("There is no kind {given}. Use ipv4, shared, ipv6 or mtproto.", given=quoted_input(w, text)),
            example,
        ) from None


def protocol(w: Words, text: str, example: str) -> Protocol:
    """The protocol that a word names: HTTP or SOCKS5. Raises BadInput."""
    try:
        return PROTOCOLS[plain(text)]
    except KeyError:
        raise wrong(
            w, w.tr("There is no protocol {given}. Use http or socks.", given=quoted_input(w, text)), example
        ) from None


def is_like_a_kind(word: Word) -> bool:
    """Whether a word is a kind or was meant as one: `ipv5`, `v4`, `7`."""
    return not word.quoted and bool(word.plain in KIND_NAMES or LIKE_A_KIND.fullmatch(word.plain))


def kind_and_protocol(w: Words, given: Sequence[Word], example: str) -> tuple[Version, Protocol, Sequence[Word]]:
    """A kind and a protocol, either first, either left out; and the words after them, which are a comment."""
    kind: Version | None = None
    speaks: Protocol | None = None
    rest = list(given)
    while rest and not rest[0].quoted:
        word = rest[0].plain
        if kind is None and word in KIND_NAMES:
            kind = KIND_NAMES[word]
        elif speaks is None and word in PROTOCOLS:
            speaks = PROTOCOLS[word]
        else:
            break
        del rest[0]
    if rest and is_likely_misplaced(rest, kind):
        raise ambiguous_kind(w, rest[0], example)
    return kind or Version.IPV6, speaks or Protocol.HTTP, rest


def is_likely_misplaced(comment: Sequence[Word], kind: Version | None) -> bool:
    """Whether a comment begins with what was more likely meant for a kind or a protocol."""
    first, alone = comment[0], len(comment) == 1
    if first.is_number:
        return alone or kind is None
    return is_like_a_kind(first) or (alone and not first.quoted and first.plain in PROTOCOLS)


def ambiguous_kind(w: Words, word: Word, example: str) -> BadInput:
    """The error for a word that may be a kind or a protocol by mistake: money is at stake, so it is no comment."""
    given = quoted_input(w, word.text)
    if word.plain in PROTOCOLS:
        what = w.tr("{given} is a second protocol. If it is a comment, put it in quotes.", given=given)
    elif word.plain in KIND_NAMES:
        what = w.tr("{given} is a second kind. If it is a comment, put it in quotes.", given=given)
    else:
        what = w.tr(
            "There is no kind {given}. Use ipv4, shared, ipv6 or mtproto. If it is a comment, put it in quotes.",
            given=given,
        )
    return wrong(w, what, example)


def ids(w: Words, given: Sequence[Word], example: str) -> tuple[int, ...]:
    """Ids of proxies, each once, in the order given."""
    found: dict[int, None] = {}
    for word in given:
        if word.is_range:
            what = w.tr(
                "{given} is a range. Write each ID, or select the proxies in /proxies.",
                given=quoted_input(w, word.text),
            )
            raise wrong(w, what, example)
        if word.id_digits in ("", "0") or len(word.id_digits) > ID_LIMIT:
            raise wrong(
                w,
                w.tr(
                    "{given} is not an ID. IDs are the numbers in /proxies.",
                    given=quoted_input(w, word.text),
                ),
                example,
            )
        found[int(word.id_digits)] = None
    if not found:
        raise wrong(w, w.tr("Which proxies? Add their IDs; /proxies shows them."), example)
    if len(found) > IDS_LIMIT:
        raise wrong(
            w,
            w.tr("That is more than {most} IDs. Select the proxies in /proxies instead.", most=w.number(IDS_LIMIT)),
            example,
        )
    return tuple(found)


def state(text: str) -> State | None:
    """A state of /proxies, or None when the word is something else."""
    return State(plain(text)) if plain(text) in set(State) else None


def comment(w: Words, text: str, example: str) -> str:
    """A comment that can be seen, or none at all: one of blanks would be a button without a text."""
    if text and is_blank(text):
        what = w.tr("Nobody would see this comment: it has only spaces. Write at least one visible character.")
        raise wrong(w, what, example)
    return text


def quoted_input(w: Words, text: str, most: int = 30) -> str:
    """What the person wrote, short enough to repeat, in quotation marks."""
    shown = in_one_line(text)
    return w.tr("“{text}”", text=f"{shown[:most]}…" if len(shown) > most else shown)
