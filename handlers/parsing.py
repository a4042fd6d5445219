"""What people write after a command, turned into values. Wrong input raises `BadInput` with one clear message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiogram.utils.formatting import Text
from babel import Locale

from handlers.callback_data import CallbackData
from handlers.words import Words, code, lines
from locales import LANGUAGES
from px6 import Protocol, State, Version

MAX_COUNT = 100_000  # far above any stock; keeps sums and URLs sane
MIN_PERIOD, MAX_PERIOD = 3, 3650  # days
COMMENT_LIMIT = 50  # characters, px6's
ID_LIMIT = 12  # digits; today's ids have 8
IDS_LIMIT = 5_000
LIKE_A_KIND = re.compile(r"(ip)?v?\d+", re.IGNORECASE)
WORDS = re.compile(r'"([^"]*)"|“([^”]*)”|«([^»]*)»|([^\s,;]+)')
NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}  # regions and test codes among CLDR's territories
ALSO_CALLED = {
    "uk": "gb",
    "usa": "us",
    "сша": "us",
    "england": "gb",
    "англия": "gb",
    "holland": "nl",
    "голландия": "nl",
}
VERSIONS = {
    "ipv4": Version.IPV4,
    "4": Version.IPV4,
    "v4": Version.IPV4,
    "shared": Version.SHARED,
    "3": Version.SHARED,
    "ipv6": Version.IPV6,
    "6": Version.IPV6,
    "v6": Version.IPV6,
}
PROTOCOLS = {
    "http": Protocol.HTTP,
    "https": Protocol.HTTP,
    "socks": Protocol.SOCKS,
    "socks5": Protocol.SOCKS,
}


class BadInput(Exception):
    """Input that cannot be used. `text` tells the person what is wrong, with a right example; `back`: from where."""

    def __init__(self, text: Text, back: CallbackData | None = None) -> None:
        super().__init__(text.as_kwargs()["text"])
        self.text, self.back = text, back


@dataclass(frozen=True)
class Word:
    """One argument; in quotes it is text whatever it looks like."""

    text: str
    quoted: bool = False

    @property
    def is_number(self) -> bool:
        return not self.quoted and self.text.isascii() and self.text.isdecimal()

    @property
    def is_like_a_kind(self) -> bool:
        """A kind, or meant for one: `ipv5`, `v4`, `7`."""
        return not self.quoted and bool(self.text.lower() in VERSIONS or LIKE_A_KIND.fullmatch(self.text))


def words_of(text: str) -> list[Word]:
    """The arguments after the command: separated by spaces, commas or semicolons, or in quotes."""
    found = WORDS.finditer(without_command(text))
    return [
        Word(each[4]) if each[4] is not None else Word(each[1] or each[2] or each[3] or "", True) for each in found
    ]


def without_command(text: str) -> str:
    """The text after `/command`."""
    return text.partition(" ")[2].strip() if " " in text.split("\n")[0] else text.partition("\n")[2].strip()


def text_of(message: str, words: Sequence[Word]) -> str:
    """The text that the last words of a message make, as it was written; without its quotes when all is quoted."""
    if len(words) <= 1:
        return words[0].text if words else ""
    whole = list(WORDS.finditer(without_command(message)))
    return without_command(message)[whole[len(whole) - len(words)].start() :].strip()


def wrong(w: Words, what: str, example: str, back: CallbackData | None = None) -> BadInput:
    """The message for wrong input: what is wrong, then a right example that a tap copies."""
    return BadInput(lines(what, w.rich("Example: {example}", example=code(example))), back)


def whole_number(text: str) -> int | None:
    """The number written in plain Latin digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else None


def count(w: Words, text: str, example: str) -> int:
    """How many proxies: a whole number from 1."""
    number = whole_number(text)
    if number is None or not 1 <= number <= MAX_COUNT:
        raise wrong(
            w,
            w.tr(
                "How many: {given} will not do. It is a whole number from 1 to {most}.",
                given=cut(w, text),
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
                "Days: {given} will not do. px6 rents for whole days, from {least} to {most}.",
                given=cut(w, text),
                least=MIN_PERIOD,
                most=w.number(MAX_PERIOD),
            ),
            example,
        )
    return number


def version(w: Words, text: str, example: str) -> Version:
    """A kind of proxy."""
    try:
        return VERSIONS[text.lower()]
    except KeyError:
        raise wrong(
            w, w.tr("Kind: {given} is none. There are ipv4, shared and ipv6.", given=cut(w, text)), example
        ) from None


def protocol(w: Words, text: str, example: str) -> Protocol:
    """HTTP or SOCKS5."""
    try:
        return PROTOCOLS[text.lower()]
    except KeyError:
        raise wrong(
            w, w.tr("Protocol: {given} is none. There are http and socks.", given=cut(w, text)), example
        ) from None


def kind_and_protocol(w: Words, given: Sequence[Word], example: str) -> tuple[Version, Protocol, Sequence[Word]]:
    """A kind and a protocol, either first, either left out; and the words after them, which are a comment."""
    kind: Version | None = None
    speaks: Protocol | None = None
    rest = list(given)
    while rest and not rest[0].quoted:
        word = rest[0].text.lower()
        if kind is None and word in VERSIONS:
            kind = VERSIONS[word]
        elif speaks is None and word in PROTOCOLS:
            speaks = PROTOCOLS[word]
        else:
            break
        del rest[0]
    if rest and is_slip(rest, kind):
        raise doubtful(w, rest[0], example)
    return kind or Version.IPV6, speaks or Protocol.HTTP, rest


def is_slip(comment: Sequence[Word], kind: Version | None) -> bool:
    """Whether a comment begins with what was more likely meant for a kind or a protocol."""
    first, alone = comment[0], len(comment) == 1
    if first.is_number:
        return alone or kind is None
    return first.is_like_a_kind or (alone and not first.quoted and first.text.lower() in PROTOCOLS)


def doubtful(w: Words, word: Word, example: str) -> BadInput:
    """Money is at stake: what may be a slip is not taken for a comment."""
    given = cut(w, word.text)
    if word.text.lower() in PROTOCOLS:
        what = w.tr("Protocol: {given} comes twice. A comment like that goes in quotes.", given=given)
    elif word.text.lower() in VERSIONS:
        what = w.tr("Kind: {given} comes twice. A comment like that goes in quotes.", given=given)
    else:
        what = w.tr(
            "Kind: {given} is none. There are ipv4, shared and ipv6. A comment like that goes in quotes.",
            given=given,
        )
    return wrong(w, what, example)


def country(w: Words, text: str, example: str) -> str:
    """A country: its two-letter code, or its name."""
    found = find_countries(w, text, every_country())
    exact = [each for each in found if text.casefold() in (each, *names(w, each))]
    if len(exact) != 1 and len(found) != 1:
        raise wrong(
            w,
            w.tr(
                "Country: {given} is not one I know. Use its two letters, such as de, or its name.",
                given=cut(w, text),
            ),
            example,
        )
    return (exact or found)[0]


def every_country() -> list[str]:
    """The ISO 3166-1 alpha-2 codes, lower case as px6 wants them."""
    codes = map(str, Locale("en").territories)
    return [code.lower() for code in codes if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES]


def names(w: Words, country_code: str) -> set[str]:
    """What people call a country, in every language of the bot, case-folded."""
    known = (Locale(language).territories.get(country_code.upper(), "") for language in LANGUAGES)
    return {*(name.casefold() for name in known), w.country(country_code).casefold()}


def find_countries(w: Words, text: str, among: Iterable[str]) -> list[str]:
    """The countries whose code is the text or whose name begins with it (or has a word that does)."""
    wanted = text.strip().casefold()
    wanted = ALSO_CALLED.get(wanted, wanted)
    if not wanted:
        return []
    among = list(among)
    if wanted in among:
        return [wanted]
    matches = [c for c in among if any(f" {name}".find(f" {wanted}") >= 0 for name in names(w, c))]
    return sorted(matches, key=lambda c: w.country(c))


def ids(w: Words, given: Sequence[Word], example: str) -> tuple[int, ...]:
    """Ids of proxies, each once, in the order given."""
    found: dict[int, None] = {}
    for word in given:
        if not word.is_number or len(word.text) > ID_LIMIT or int(word.text) == 0:
            raise wrong(
                w,
                w.tr("Ids: {given} is not one. They are the numbers that /proxies shows.", given=cut(w, word.text)),
                example,
            )
        found[int(word.text)] = None
    if not found:
        raise wrong(w, w.tr("Which proxies? Their ids are missing; /proxies shows them."), example)
    if len(found) > IDS_LIMIT:
        raise wrong(
            w,
            w.tr("That is more than {most} ids. Choose them in /proxies instead.", most=w.number(IDS_LIMIT)),
            example,
        )
    return tuple(found)


def state(text: str) -> State | None:
    """A state of /proxies, or None when the word is something else."""
    return State(text.lower()) if text.lower() in set(State) else None


def cut(w: Words, text: str, most: int = 30) -> str:
    """What the person wrote, short enough to repeat, in quotation marks."""
    shown = " ".join(text.split())
    return w.tr("“{text}”", text=f"{shown[:most]}…" if len(shown) > most else shown)
