"""The table of languages: a language is one entry here and its catalogues, `locales/CODE/*.po`, no other code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ENGLISH = "en"  # the language of the sentences in the code


def said_for(**words: str) -> dict[str, str]:
    """Each of the words, which are separated by commas, to its command."""
    return {word.strip(): command for command, listed in words.items() for word in listed.split(",")}


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
    command_words: what may be written for a command, as `handlers.ground.command_words` folds it, to its name.
    minutes, hours, days: how the unit in a time such as `8 h` may begin.
    """

    name: str
    phones: frozenset[str]
    px6_site: str = ENGLISH
    signs: Mapping[str, str] = field(default_factory=dict)
    short_names: Mapping[str, str] = field(default_factory=dict)
    also_called: Mapping[str, str] = field(default_factory=dict)
    little_words: frozenset[str] = frozenset()
    command_words: Mapping[str, str] = field(default_factory=dict)
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
        command_words=said_for(
            start="start, home, menu, main menu",
            help="help, commands",
            cancel="cancel",
            balance="balance, my balance, money",
            proxies="proxies, proxy, my proxies, my proxy, list",
            buy="buy, buy proxies, buy proxy, buy a proxy, order",
            prolong="prolong, renew, extend, prolong proxies",
            price="price, prices, cost",
            stock="stock, in stock",
            countries="countries, country",
            check="check, check proxies, check proxy",
            type="protocol, type",
            comment="comment, comments",
            delete="delete, delete proxies, remove",
            export="export, download",
            find="find, search",
            orders="orders, my orders, history",
            reminders="reminders, reminder",
            watch="watch, watching",
            forecast="forecast",
            bind="bind",
            key="key, api key",
            accounts="accounts, my accounts",
            settings="settings",
            language="language",
            forget="erase everything",
        ),
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
        command_words=said_for(
            start="старт, начать, начало, домой, главная, меню, главное меню",
            help="помощь, справка, команды",
            cancel="отмена, отменить",
            balance="баланс, мой баланс, деньги",
            proxies="прокси, мои прокси, список",
            buy="купить, купить прокси, покупка, заказать",
            prolong="продлить, продление, продлить прокси",
            price="цена, цены, прайс, стоимость",
            stock="наличие, в наличии",
            countries="страны, страна",
            check="проверить, проверка, проверить прокси",
            type="протокол",
            comment="комментарий",
            delete="удалить, удалить прокси",
            export="экспорт, выгрузка, скачать",
            find="найти, поиск",
            orders="заказы, мои заказы, история",
            reminders="напоминания, напоминание",
            watch="наблюдение, слежение",
            forecast="прогноз, прогноз расходов",
            bind="привязка",
            key="ключ, ключ api, апи ключ",
            accounts="аккаунты, мои аккаунты",
            settings="настройки",
            language="язык",
            forget="стереть все",
        ),
        minutes=("м",),
        hours=("ч",),
        days=("д", "с"),
    ),
}


def language_for(code: str | None) -> str:
    """The language to speak with a phone set to this IETF tag (`ru`, `en-GB`, None): English where no other fits."""
    primary = (code or "").lower().split("-")[0]
    return next((each for each, spoken in LANGUAGES.items() if primary in spoken.phones), ENGLISH)
