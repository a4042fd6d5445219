"""How the bot speaks with one person: sentences, money, countries and times in their language and zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Bold, Code, DateTime, Text
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

from locales import LANGUAGES, catalogue, language_for
from model.people import Person
from model.proxies import ProxyKind

SLOT = re.compile(r"\{(\w+)\}")
CENT, TENTH = Decimal("0.01"), Decimal("0.1")
# Taller than any number of units: makes Babel use exactly the unit that was asked for ("23 days", not "3 weeks").
THIS_UNIT = 10**9
DAY = timedelta(days=1)
NBSP = "\N{NO-BREAK SPACE}"
BABEL_PATTERNS = {"t": "HH:mm", "d": "d MMM", "dt": "d MMM HH:mm"}  # Telegram's forms of a moment, and Babel's
EPOCH = datetime.fromtimestamp(0, UTC)
LAST_SHOWN = datetime.fromtimestamp(2**31 - 1, UTC)  # Telegram's numbers end there


def shown_time(text: str, at: datetime, form: str) -> Text:
    """A moment that the phone shows in its own zone, in the `form` of `date_time` entities.

    `text` is for clients that cannot, and for moments that Telegram cannot hold: up to 1970, and from 2038 on.
    """
    if not EPOCH < at <= LAST_SHOWN:
        return Text(text)
    return DateTime(text, unix_time=at, date_time_format=form)


class Words:
    """A language and a time zone. `tr` and `n` mark sentences for translation; `rich` keeps formatting inside."""

    def __init__(self, language: str, zone: str | None = None) -> None:
        self.language = language
        self.zone = ZoneInfo(zone) if zone else None
        self._spoken = LANGUAGES[language]
        self._catalogue = catalogue(language)
        self._locale = Locale(language)

    @property
    def px6_site(self) -> str:
        """The language of px6's pages that links lead to: `en` or `ru`."""
        return self._spoken.px6_site

    def tr(self, sentence: str, **values: object) -> str:
        """The sentence in the person's language, with `{name}` slots filled."""
        return fill(self._catalogue.gettext(sentence), values) if sentence else ""

    def n(self, one: str, many: str, count: int, **values: object) -> str:
        """The sentence for this count; `{count}` is filled with it."""
        values = {"count": self.number(count), **values}
        return fill(self._catalogue.ngettext(one, many, count), values)

    def rich(self, sentence: str, **values: object) -> Text:
        """Like `tr`, but the values may be formatted (`Code`, `Bold`, a time) and stay so."""
        return fill_rich(self._catalogue.gettext(sentence), values)

    def rich_n(self, one: str, many: str, count: int, **values: object) -> Text:
        """Like `n`, with formatted values."""
        values = {"count": self.number(count), **values}
        return fill_rich(self._catalogue.ngettext(one, many, count), values)

    def title(self, sentence: str, **values: object) -> Text:
        """The bold first line of a screen."""
        return Bold(self.tr(sentence, **values))

    def number(self, value: int) -> str:
        """`1,204` or `1 204`."""
        return str(format_decimal(value, locale=self._locale)).replace("\xa0", " ")

    def money(self, amount: Decimal, currency: str) -> str:
        """`1,204.50 RUB` or `1 204,50 ₽`: two decimals, rounded half up; `−3.20 RUB` with a minus of its own."""
        exact = amount.quantize(CENT, ROUND_HALF_UP)
        return f"{self.decimal(exact, least=2, most=2)} {self.sign(currency)}"

    def rate(self, amount: Decimal, currency: str) -> str:
        """A price per proxy per day, often below a cent: `0.70 RUB`, or two significant digits, `0.0087 USD`."""
        if abs(amount) >= TENTH or not amount:
            return self.money(amount, currency)
        exact = amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1), ROUND_HALF_UP)
        return f"{self.decimal(exact, least=2)} {self.sign(currency)}"

    def bare_rate(self, amount: Decimal, currency: str) -> str:
        """As `rate`, without the sign of the currency: `0.70`."""
        return self.rate(amount, currency).removesuffix(f" {self.sign(currency)}")

    def sign(self, currency: str) -> str:
        """`RUB`, or `₽` in Russian."""
        return self._spoken.signs.get(currency, currency)

    def decimal(self, value: Decimal | float, *, least: int = 0, most: int = 12) -> str:
        """`0.49` or `0,49`, with from `least` to `most` places; `−2` with a minus of its own."""
        pattern = "#,##0." + "0" * least + "#" * (most - least)
        shown = str(format_decimal(value, format=pattern, locale=self._locale))
        return shown.replace("\xa0", " ").replace("-", "−")

    def country(self, code: str | None) -> str:
        """The country's name in the person's language; the code itself when it has none."""
        upper = (code or "?").upper()
        return self._spoken.short_names.get(upper) or str(self._locale.territories.get(upper, upper))

    def place(self, code: str | None) -> str:
        """`🇩🇪 Germany`"""
        return f"{flag(code)} {self.country(code)}".strip()

    def kind(self, kind: str | None) -> str:
        """The name of a ProxyKind or a Version, `IPv4 Shared`; of a kind that is unknown here, its px6 number."""
        names: dict[str, str] = {
            ProxyKind.IPV4: "IPv4",
            ProxyKind.SHARED: self.tr("IPv4 Shared"),
            ProxyKind.IPV6: "IPv6",
            ProxyKind.IPV4_OR_SHARED: self.tr("IPv4 or Shared"),
            ProxyKind.MTPROTO: "MTProto",
        }
        return names.get(kind or ProxyKind.IPV4, self.tr("kind {number}", number=kind))

    def days(self, count: int) -> str:
        """`30 days`."""
        return self.n("{count} day", "{count} days", count)

    def time(self, moment: datetime) -> Text:
        """A moment that the phone shows in its own zone; the text inside is for clients that cannot."""
        return shown_time(self.clock(moment), moment, "dt")

    def local(self, moment: datetime) -> datetime:
        """A moment in the person's zone; in UTC while that is unknown, and where no year would hold it."""
        try:
            return moment.astimezone(self.zone or UTC)
        except OverflowError:
            return moment

    def clock(self, moment: datetime) -> str:
        """`26 Nov 2026 18:40` in the person's zone, or marked as UTC while that is unknown."""
        local = self.local(moment)
        text = format_datetime(local, "d MMM y HH:mm", locale=self._locale)
        return text if self.zone else f"{text} UTC"

    def day(self, moment: datetime) -> str:
        """`26 Nov` in the person's zone (UTC while that is unknown)."""
        return self.date(self.local(moment).date())

    def date(self, day: date) -> str:
        """`26 Nov`"""
        return format_date(day, "d MMM", locale=self._locale)

    def month(self, moment: datetime) -> str:
        """`November 2026` in the person's zone (UTC while that is unknown)."""
        return format_datetime(self.local(moment), "LLLL y", locale=self._locale)

    def short_month(self, moment: datetime) -> str:
        """`Nov`: for where there is room for few letters."""
        return format_datetime(self.local(moment), "LLL", locale=self._locale).rstrip(".")

    def when(self, moment: datetime, now: datetime) -> Text:
        """`26 Nov 2026 18:40 (in 3 days)`: the moment, and how far away it is."""
        return Text(self.time(moment), " (", self.relative(moment, now), ")")

    def near(self, moment: datetime, now: datetime) -> Text:
        """`today 18:40 (in 3 hours)`, `tomorrow 21:15`, `29 Nov 09:00`: how far away only when under a day."""
        shown = self.soon(moment, now)
        if abs(moment - now) >= DAY:
            return shown
        return Text(shown, f" ({self.relative(moment, now)})".replace(" ", NBSP).replace(NBSP, " ", 1))

    def soon(self, moment: datetime, now: datetime, *, hour: bool = True) -> Text:
        """`today 18:40`, `tomorrow 01:38`, `29 Nov 09:00`: one form of a moment for lists, the phone's own time.

        Whose day it is is known only with the zone; without it the day is the phone's as well, `24 Nov 13:00`.
        Without `hour` a moment that is further away is its day alone.
        """
        day = self.day_name(moment, now) if self.zone else None
        if day is not None:
            return Text(f"{day}{NBSP}", self._moment(moment, now, "t"))
        return self._moment(moment, now, "dt" if hour or (self.zone is None and abs(moment - now) < DAY) else "d")

    def since(self, moment: datetime, now: datetime) -> Text:
        """`10:40` of today, else `28 Nov 10:40`: after “since” and at the end of a line, the phone's time."""
        is_today = self.zone is not None and self.local(moment).date() == self.local(now).date()
        return self._moment(moment, now, "t" if is_today else "dt")

    def day_name(self, moment: datetime, now: datetime) -> str | None:
        """`today`, `tomorrow` or `yesterday`, by the person's midnight."""
        names = {0: self.tr("today"), 1: self.tr("tomorrow"), -1: self.tr("yesterday")}
        return names.get((self.local(moment).date() - self.local(now).date()).days)

    def _moment(self, at: datetime, now: datetime, form: str) -> Text:
        local, pattern = self.local(at), BABEL_PATTERNS[form]
        if local.year != self.local(now).year:
            pattern = pattern.replace("MMM", "MMM y")
        text = format_datetime(local, pattern, locale=self._locale)
        text = text if self.zone or form == "d" else f"{text} UTC"
        return shown_time(text.replace(" ", NBSP), at, form)

    def relative(self, moment: datetime, now: datetime) -> str:
        """`in 3 days`, `in 2 hours`, `5 minutes ago`, `8 seconds ago`; of what comes at least a minute."""
        return self._distance(moment - now, direction=True)

    def span(self, moment: datetime, now: datetime) -> str:
        """How far away it is, for labels: `3 days`, `2 hr`, `5 min`; `ended` when it is past."""
        left = moment - now
        return self._distance(left, direction=False, narrow=True) if left > timedelta(0) else self.tr("ended")

    def length(self, lasting: timedelta) -> str:
        """`1,343 days`, `2 hours`: how long something lasts, in the largest unit that fits."""
        days = lasting / timedelta(days=1)
        return self.days(round(days)) if days >= 2 else self._distance(lasting, direction=False)

    def _distance(self, delta: timedelta, *, direction: bool, narrow: bool = False) -> str:
        size = abs(delta)
        # By what the number will be: 59 minutes and 40 seconds are an hour, not 60 minutes.
        hours = round(size / timedelta(hours=1))
        unit = "day" if hours >= 48 else "hour" if size >= timedelta(minutes=59, seconds=30) else "minute"
        if direction and delta < timedelta(0) and size < timedelta(seconds=59, milliseconds=500):
            unit = "second"
        rounded = timedelta(**{f"{unit}s": max(1, round(size / timedelta(**{f"{unit}s": 1})))})
        signed = rounded if delta > timedelta(0) else -rounded
        return format_timedelta(
            signed,
            granularity=unit,  # type: ignore[arg-type]  # Babel's literal cannot be told from a computed str
            threshold=THIS_UNIT,
            add_direction=direction,
            format="short" if narrow else "long",
            locale=self._locale,
        ).replace("\xa0", " ")


def words_for(person: Person) -> Words:
    """Words in the language that the person chose, or else their phone's, and in their zone."""
    chosen = person.language if person.language in LANGUAGES else None
    return Words(chosen or language_for(person.phone_language), person.zone)


def flag(code: str | None) -> str:
    """The flag of an ISO 3166-1 alpha-2 country as its two regional letters."""
    if not code or len(code) != 2 or not code.isascii() or not code.isalpha():
        return "🏳"
    code = {"uk": "gb"}.get(code.lower(), code.lower())
    return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in code)


def fill(sentence: str, values: dict[str, object]) -> str:
    """Put the values into the slots, once: what a value itself contains is never read as a slot."""
    return SLOT.sub(lambda slot: str(values[slot[1]]), sentence)


def fill_rich(sentence: str, values: dict[str, object]) -> Text:
    """The sentence with its slots filled by text that may be formatted."""
    pieces = SLOT.split(sentence)
    return Text(*(values[piece] if index % 2 else piece for index, piece in enumerate(pieces) if piece))


def lines(*parts: str | Text | None) -> Text:
    """The parts one under another; None is left out, an empty string is an empty line."""
    kept = [part for part in parts if part is not None]
    body: list[object] = []
    for index, part in enumerate(kept):
        body += ["\n", part] if index else [part]
    return Text(*body)


def code(value: object) -> Text:
    """Text that a tap copies."""
    return Code(str(value))
