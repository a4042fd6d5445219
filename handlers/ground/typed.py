"""What a person typed, read as they mean it: a command in any case, then words between white space of any kind.

Phones, spreadsheets and Telegram Web put tabs, no-break spaces and marks that nobody sees where a person means a
space or nothing. Only this module knows that: every command takes its arguments from `read`. What stands inside a
word, a quote or a comment stays as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

MARKS = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, direction, soft hyphen
SEPARATORS = ",;，；、،"
EDGE = rf'\s{SEPARATORS}"“”„«»'
STRAY = re.compile(rf"(?<![^{EDGE}])[{MARKS}]++|(?<![{MARKS}])[{MARKS}]++(?![^{EDGE}])")
ODD_SPACE = re.compile(r"[^\S\n ]")
COMMAND = re.compile(rf"/([A-Za-z0-9_]{{1,64}})(?:@([A-Za-z0-9_]{{3,32}}))?(?![^{EDGE}])")
WORD = re.compile(rf'"([^"]*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»|((?:[#№]\s*(?=\d))?[^\s{SEPARATORS}]+)')
ID_NUMBER = re.compile(r"[#№]?\s*([0-9]+)")
ID_RANGE = re.compile(r"(?:[#№]?[0-9]+)?(?:[-~…]|\.{2,})(?:[#№]?[0-9]+)?")
DASH = re.compile(r"[‐-―⁃−﹘﹣－]")
UNQUOTED_GROUP = 5  # the group of WORD that is not in quotes
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Drawn as nothing, though neither white space nor marks: fillers, the empty Braille cell, variation selectors.
FILLERS = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
INVISIBLE = {*FILLERS, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
OPEN_BOX = "␣"  # stands for a text that nobody would see


def tidy(text: str) -> str:
    """The text with plain spaces and line breaks, without marks at the edges of words and without space around it."""
    return ODD_SPACE.sub(" ", STRAY.sub("", text.replace("\r\n", "\n"))).strip()


def unmarked(text: str) -> str:
    """The text without any mark, also inside words."""
    return re.sub(rf"[{MARKS}]+", "", text)


def plain(text: str) -> str:
    """Lower case, with full-width forms and dashes in ASCII: for numbers and names, never for comments."""
    return DASH.sub("-", tidy(text).translate(FULL_WIDTH).lower())


def key_spellings(text: str) -> tuple[str, str]:
    """Two readings of the text as a px6 key, without marks, in ASCII: soft hyphens left out, and as hyphens."""
    written = unicodedata.normalize("NFKC", text)
    plainly = (unmarked(written), unmarked(written.replace("\u00ad", "-")))
    return DASH.sub("-", plainly[0]).strip(), DASH.sub("-", plainly[1]).strip()


def alike(text: str) -> str:
    """The form in which texts are compared: texts that differ only in white space and stray marks are equal."""
    return " ".join(tidy(text).split())


def is_blank(text: str) -> bool:
    """Whether nobody would see anything of the text."""
    return all(
        unicodedata.category(each) in ("Cc", "Cf", "Zs", "Zl", "Zp") or ord(each) in INVISIBLE for each in text
    )


def in_one_line(text: str) -> str:
    """The text for a label: in one line, without marks that turn the direction of what follows; never invisible."""
    line = " ".join(re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text).split())
    return OPEN_BOX if text and is_blank(line) else line


@dataclass(frozen=True)
class Word:
    """One argument; in quotes it is text whatever it looks like. `start` and `end`: where it stands in the body."""

    text: str
    quoted: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def plain(self) -> str:
        """The word in lower case and ASCII forms, to be read as a number or a name."""
        return plain(self.text)

    @property
    def is_number(self) -> bool:
        """Whether it is nothing but digits, and not in quotes."""
        return not self.quoted and self.plain.isascii() and self.plain.isdecimal()

    @property
    def id_digits(self) -> str:
        """The digits of the id that it may be: of `15`, `#15`, `№ 15`, `0015`; empty when it is none."""
        found = None if self.quoted else ID_NUMBER.fullmatch(self.plain)
        return (found[1].lstrip("0") or "0") if found else ""

    @property
    def is_range(self) -> bool:
        """`10-15`, or the dash between two numbers."""
        return not self.quoted and ID_RANGE.fullmatch(self.plain) is not None


@dataclass(frozen=True)
class Typed:
    """A message. `command` is its name in lower case: None without a slash, "" when nothing follows it.

    `bot`: the name after its `@`, in lower case. `body`: all that is not the command; `words`: the same as arguments.
    """

    command: str | None
    bot: str
    body: str
    words: tuple[Word, ...]

    @property
    def is_command(self) -> bool:
        """Whether it begins with a slash."""
        return self.command is not None

    def text_of(self, words: Sequence[Word]) -> str:
        """The text that the last words make, as it was written; without its quotes when all of it is quoted."""
        if len(words) <= 1:
            return words[0].text if words else ""
        return self.body[words[0].start :]


def read(text: str) -> Typed:
    """The command and its arguments, separated by white space, commas or semicolons, or in quotes."""
    tidied = tidy(text)
    if not tidied.startswith("/"):
        return Typed(None, "", tidied, words_of(tidied))
    found = COMMAND.match(tidied)
    if found is None:
        return Typed("", "", tidied, ())
    body = tidied[found.end() :].lstrip()
    return Typed(found[1].lower(), (found[2] or "").lower(), body, words_of(body))


def words_of(body: str) -> tuple[Word, ...]:
    """The words of a tidied text."""
    return tuple(
        Word(each[each.lastindex or UNQUOTED_GROUP], each.lastindex != UNQUOTED_GROUP, each.start(), each.end())
        for each in WORD.finditer(body)
    )
