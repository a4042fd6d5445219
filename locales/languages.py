"""The table of languages: a language is one entry here and its catalogues, `locales/CODE/*.po`, no other code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ENGLISH = "en"  # the language of the sentences in the code


@dataclass(frozen=True, kw_only=True)
class Language:
    """What a language needs besides its catalogues and what Babel knows of it (numbers, dates, plural forms).

    name: as its speakers write it.
    phones: phones set to these languages (ISO 639, as Telegram tells them) are spoken to in this one.
    px6_site: the language of px6's pages that links lead to; px6 has `en` and `ru`.
    signs: currency code to the sign that is written for it; other currencies are written by their code.
    short_names: country code to a name that fits a button, where the official one is long or nobody uses it.
    also_called: other names by which people call a country, in small letters, to its code in small letters.
    little_words: words that names of countries are compared without.
    minutes, hours, days: how the unit in a time such as `8 h` may begin.
    """

    name: str
    phones: frozenset[str]
    px6_site: str = ENGLISH
    signs: Mapping[str, str] = field(default_factory=dict)
    short_names: Mapping[str, str] = field(default_factory=dict)
    also_called: Mapping[str, str] = field(default_factory=dict)
    little_words: frozenset[str] = frozenset()
    minutes: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    days: tuple[str, ...] = ()


LANGUAGES: dict[str, Language] = {
    ENGLISH: Language(
        name="English",
        phones=frozenset({"en"}),
        short_names={"CD": "Congo (DRC)", "HK": "Hong Kong", "MO": "Macao", "AE": "UAE"},
        also_called={
            "uk": "gb",
            "great britain": "gb",
            "britain": "gb",
            "england": "gb",
            "usa": "us",
            "united states of america": "us",
            "holland": "nl",
            "turkey": "tr",
            "czech republic": "cz",
            "uae": "ae",
            "russian federation": "ru",
        },
        little_words=frozenset({"and", "the"}),
        minutes=("m",),
        hours=("h",),
        days=("d",),
    ),
    "ru": Language(
        name="Русский",
        phones=frozenset({"ru", "be", "kk", "uk"}),
        px6_site="ru",
        signs={"RUB": "₽", "USD": "$", "EUR": "€", "UAH": "₴"},
        short_names={
            "BA": "Босния",
            "CD": "ДР Конго",
            "HK": "Гонконг",
            "KR": "Южная Корея",
            "MO": "Макао",
            "US": "США",
        },
        also_called={
            "англия": "gb",
            "сша": "us",
            "голландия": "nl",
            "оаэ": "ae",
            "рф": "ru",
            "молдавия": "md",
            "белоруссия": "by",
            "киргизия": "kg",
        },
        little_words=frozenset({"и"}),
        minutes=("м",),
        hours=("ч",),
        days=("д", "с"),
    ),
}


def language_for(code: str | None) -> str:
    """The language to speak with a phone set to this IETF tag (`ru`, `en-GB`, None): English where no other fits."""
    primary = (code or "").lower().split("-")[0]
    return next((each for each, spoken in LANGUAGES.items() if primary in spoken.phones), ENGLISH)
