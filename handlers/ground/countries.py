"""Countries as people write them: two letters, or a name of one or more words in any language of the bot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from babel import Locale

from handlers.ground.parsing import PROTOCOLS, BadInput, is_like_a_kind, quoted_input, wrong
from handlers.ground.typed import Word, plain
from handlers.ground.words import Words, code, lines
from locales import ENGLISH, LANGUAGES

NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}  # regions and test codes among CLDR's territories
LONGEST_NAME = 8  # words


def country(w: Words, text: str, example: str) -> str:
    """The code of a country in lower case, from its two letters, its name, or so much of it that only one fits."""
    exact = country_by_name(text)
    found = [exact] if exact else find_countries(w, text, every_country())
    if len(found) != 1:
        raise wrong(
            w,
            w.tr(
                "I do not know the country {given}. Use its name or two-letter code, like de.",
                given=quoted_input(w, text),
            ),
            example,
        )
    return found[0]


def country_of(w: Words, given: Sequence[Word], example: str) -> tuple[str, Sequence[Word]]:
    """The country that the first words name, and the words after it: a kind, a protocol, a comment.

    Where fewer words name another country, nobody can tell what is its name and what is a comment: BadInput.
    """
    if given[0].quoted:
        return country(w, given[0].text, example), given[1:]
    span = name_words(given)
    sizes = [
        size for size in range(len(span), 0, -1) if normalized_name(span[size - 1].text)
    ]  # a name ends in a letter
    named = [(size, found) for size in sizes if (found := country_by_name(words_text(span[:size])))]
    if not named:
        return country(w, words_text(span or given[:1]), example), given[len(span) :]
    if len({found for _, found in named}) > 1:
        raise ambiguous_country(w, span, [size for size, _ in named], example)
    return named[0][1], given[named[0][0] :]


def name_words(given: Sequence[Word]) -> Sequence[Word]:
    """As many of the first words as may belong to a name."""
    for at, word in enumerate(given):
        if word.quoted or word.is_number or is_like_a_kind(word) or word.plain in PROTOCOLS:
            return given[: min(at, LONGEST_NAME)]
    return given[:LONGEST_NAME]


def words_text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def ambiguous_country(w: Words, span: Sequence[Word], sizes: Sequence[int], example: str) -> BadInput:
    """The error for words that name one country, or another one with a comment; it shows how to write each."""
    start = example[: example.index(" de")]
    longer, shorter = sizes[0], sizes[-1]
    what = w.tr(
        "Is {given} a country, or a country and a comment?",
        given=quoted_input(w, words_text(span[:longer])),
    )
    comment = words_text(span[shorter:])
    return BadInput(
        lines(
            what,
            w.tr("Use quotes to make it clear:"),
            code(f'{start} "{words_text(span[:longer])}"'),
            code(f'{start} {words_text(span[:shorter])} "{comment}"'),
        )
    )


@cache
def every_country() -> tuple[str, ...]:
    """The ISO 3166-1 alpha-2 codes, lower case as px6 wants them."""
    codes = map(str, Locale(ENGLISH).territories)
    return tuple(code.lower() for code in codes if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES)


@lru_cache(maxsize=512)
def names_of_country(country_code: str) -> frozenset[str]:
    """What people call a country, in every language of the bot, as `normalized_name` writes it."""
    upper = country_code.upper()
    official = (Locale(language).territories.get(upper, "") for language in LANGUAGES)
    shown = (Words(language).country(upper) for language in LANGUAGES)
    return frozenset(normalized_name(name) for name in (*official, *shown) if name)


@cache
def codes_by_name() -> dict[str, str]:
    """The code of each name that only one country has."""
    found = {name: code for code in every_country() for name in names_of_country(code)}
    also = {name: code for spoken in LANGUAGES.values() for name, code in spoken.also_called.items()}
    return {**found, **{code: code for code in every_country()}, **also}


@cache
def little_words() -> frozenset[str]:
    """Words such as "the" and "of" that are left out when names are compared, in every language of the bot."""
    return frozenset().union(*(spoken.little_words for spoken in LANGUAGES.values()))


def normalized_name(name: str) -> str:
    """A name without accents, marks of punctuation and little words, in small letters."""
    letters = unicodedata.normalize("NFKD", plain(name).casefold())
    kept = "".join(each for each in letters if not unicodedata.combining(each) and each not in ".'’")
    return " ".join(word for word in re.findall(r"\w+", kept) if word not in little_words())


def country_by_name(text: str) -> str | None:
    """The code of the country with exactly this name or code; None when there is none."""
    return codes_by_name().get(normalized_name(text))


def find_countries(w: Words, text: str, among: Iterable[str]) -> list[str]:
    """The countries whose code or name is the text, else whose name begins with it (or has a word that does)."""
    wanted, among = normalized_name(text), list(among)
    if not wanted:
        return []
    if (exact := country_by_name(text)) in among and exact:
        return [exact]
    matches = [c for c in among if any(f" {wanted}" in f" {name}" for name in names_of_country(c))]
    return sorted(matches, key=w.country)
