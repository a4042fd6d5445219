"""What px6 sends, decoded: (method, status, body) in; a model, or one of our errors, out. No network here.

Two ways lead to a model. A list of proxies as px6 sends it today goes straight into structs, 1,000 proxies in half a
millisecond. Everything else, and every list that does not fit, is read as plain JSON, brought into one shape
(`_normal`), and converted: accounts, prices and orders are small, and their types vary most.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from .dates import NO_TIME, seconds_of
from .errors import (
    BEFORE_ANYTHING,
    BadAnswer,
    NoAnswer,
    OutcomeUnknown,
    Px6Error,
    Refused,
    TooManyCalls,
    refusal,
)
from .models import (
    Account,
    Change,
    Check,
    Countries,
    Moment,
    Number,
    Price,
    Priced,
    Prolongation,
    Proxy,
    ProxyList,
    Purchase,
    Stock,
    Version,
    Word,
)
from .texts import country_code, is_word, listed_comment, one_line

T = TypeVar("T", bound=Account)

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The end of a proxy must lie between these: px6 did not exist before, and a later time is an error."""

LONGEST_WORDS = 200
"""Characters of px6's own words that are kept of a refusal."""

MOST_NOTICES = 2**16
"""Bytes of PHP notices before px6's JSON that are skipped at most."""

_BEGINNING = b'{"status"'
_BEFORE = codecs.BOM_UTF8 + b" \t\r\n"

_TEXTS = frozenset(
    {"user_id", "currency", "order_id", "ip", "host", "user", "pass", "secret", "type", "country", "descr"}
    | {"version", "error"}
)


class Effect(Enum):
    """What a method does at px6: this decides whether the call may be repeated, and what a "no" proves.

    IRREVERSIBLE: it costs money, or deletes proxies.
    """

    READS = auto()
    CHANGES = auto()
    IRREVERSIBLE = auto()


@dataclass(frozen=True)
class Method(Generic[T]):
    """An API method: its name in the path, what it does, and how its answer becomes a model."""

    name: str
    effect: Effect
    read: Callable[[bytes], T]

    @property
    def title(self) -> str:
        """The method's name in messages; the call without a method is "account"."""
        return self.name or "account"

    def failed(self, reason: str) -> Px6Error:
        """The error for a call that px6 may have processed and that got no usable answer."""
        if self.effect is Effect.READS:
            return NoAnswer(f"{self.title}: {reason}")
        return OutcomeUnknown(self.name, reason)

    def refused(self, error_id: int, words: str) -> Px6Error:
        """The error for a "no": a refusal, or OutcomeUnknown if its number does not prove that nothing was done."""
        if self.effect is Effect.IRREVERSIBLE and error_id not in BEFORE_ANYTHING:
            return OutcomeUnknown(self.name, f"px6 said no with {error_id}", error_id)
        return refusal(error_id, words)

    def misread(self, reason: str, kind: type[BadAnswer] = BadAnswer) -> Px6Error:
        """The error for an answer that cannot be read, or is about something else."""
        if self.effect is Effect.READS:
            return kind(f"{self.title}: {reason}")
        return OutcomeUnknown(self.name, reason)


class Unreadable(ValueError):
    """The answer is not one of px6's. Raised and caught in this module only."""


class _Refusal(msgspec.Struct, frozen=True):
    error_id: Annotated[int, msgspec.Meta(ge=0, le=999_999)]
    error: str = ""


class _Listed(Account, frozen=True, kw_only=True):
    """An answer of getproxy, as px6 sends it."""

    status: Literal["yes"]
    list: dict[str, Proxy] | tuple[Proxy, ...]


class _Identified(msgspec.Struct, frozen=True):
    id: Number


class _End(msgspec.Struct, frozen=True):
    id: Number
    unixtime_end: Moment


class _Prolonged(Priced, frozen=True, kw_only=True):
    order_id: Word | None = None
    list: tuple[_End, ...]


_JSON = msgspec.json.Decoder(float_hook=Decimal)
_LISTED = msgspec.json.Decoder(_Listed, strict=False)
_NEEDLESS: dict[str, dict[str, str]] = {Version.MTPROTO.value: {"user": "", "pass": "", "type": "mtproto"}}
"""By version, what its proxies are used without, so that px6 may leave it out."""
BROKEN = (ValueError, ArithmeticError, RecursionError)
"""The errors that the decoders raise for an unreadable body (msgspec's errors are ValueErrors)."""


def decode(method: Method[T], status: int, body: bytes, *, secret: str = "") -> T:
    """The model of an answer. `secret`, the key, is taken out of px6's words should it repeat it.

    Raises Refused and TooManyCalls; NoAnswer (of a read) or OutcomeUnknown (of a change) for all that is not px6's
    answer with status 200: px6 says its own errors with 200, so nothing is known of a call that ended otherwise.
    """
    if status == 429:
        raise TooManyCalls(f"{method.title}: px6 allows no more calls now")
    if status != 200:
        raise method.failed(f"status {status}")
    failure: Px6Error
    try:
        return method.read(_json_in(body))
    except Refused as said:
        words = said.error.replace(secret, "[key]") if secret else said.error
        failure = method.refused(said.error_id, one_line(words, LONGEST_WORDS))
    except BROKEN as error:
        failure = method.misread(f"the answer cannot be read ({type(error).__name__})")
    raise failure


def _json_in(body: bytes) -> bytes:
    """px6's JSON without a byte order mark, and without what PHP may print around it: notices and warnings.

    What px6 says comes after its notices, and within its texts quotes are escaped, so the last place where an answer
    can begin is where it begins.
    """
    body = body if body.startswith(b"{") else body.lstrip(_BEFORE)
    begins = 0 if body.startswith(b"{") else body.rfind(_BEGINNING)
    if not 0 <= begins <= MOST_NOTICES:
        return body
    return body[begins:] if body.endswith(b"}") else body[begins : body.rfind(b"}") + 1]


def read_answer(body: bytes) -> dict[str, Any]:
    """A successful answer as plain JSON in one shape. Raises Refused, and BROKEN."""
    answer = _JSON.decode(body)
    if not isinstance(answer, dict):
        raise Unreadable("not an object")
    normal = _normal(answer)
    if normal.get("status") == "no":
        refused = msgspec.convert(normal, _Refusal, strict=False)
        raise refusal(refused.error_id, refused.error)
    if normal.get("status") != "yes":
        raise Unreadable("no status")
    return normal


def _normal(entry: dict[str, Any]) -> dict[str, Any]:
    """The object without nulls, with texts as texts, lists as arrays and times as numbers."""
    known = {name: _text(name, value) for name, value in entry.items() if value is not None}
    for name, date in (("unixtime", "date"), ("unixtime_end", "date_end")):
        if known.get(name, "") in NO_TIME and (written := known.get(f"{date}_iso", known.get(date))) is not None:
            known[name] = seconds_of(written)
    if "list" in entry:
        known["list"] = [_normal_item(item) for item in _items(entry["list"])]
    return known


def _normal_item(item: object) -> object:
    """The item in one shape; one that cannot be normalised stays as it is, and its conversion fails later."""
    try:
        return _NEEDLESS.get(str(item.get("version")), {}) | _normal(item) if isinstance(item, dict) else item
    except BROKEN:
        return item


def _text(name: str, value: object) -> object:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return str(value) if is_number and name in _TEXTS else value


def _items(listed: object) -> list[Any]:
    """px6 sends an object keyed by id, with `nokey` an array, and `[]` for nothing. A null may hide anything."""
    if isinstance(listed, dict):
        return list(listed.values())
    if isinstance(listed, list):
        return listed
    if listed is None:
        return [None]
    raise Unreadable("list is neither object nor array")


def _plainly(model: type[T]) -> Callable[[bytes], T]:
    return lambda body: msgspec.convert(read_answer(body), model, strict=False)


def _proxies(body: bytes) -> ProxyList:
    try:
        listed = _LISTED.decode(body)
        found = listed.list
        proxies = tuple(map(_sound, found.values() if isinstance(found, dict) else found))
    except BROKEN:  # another shape, a refusal, or not px6's answer: the slow way finds out
        return _item_by_item(read_answer(body))
    return ProxyList(user_id=listed.user_id, balance=listed.balance, currency=listed.currency, proxies=proxies)


def _item_by_item(answer: dict[str, Any]) -> ProxyList:
    """A list of which each unreadable proxy is counted and left out. Raises BROKEN if there is no list."""
    account = msgspec.convert(answer, Account)
    if "list" not in answer:
        raise Unreadable("no list")
    items = answer["list"]
    found = [(item, _readable(item)) for item in items]
    read = tuple(proxy for _, proxy in found if proxy is not None)
    ids = (_id_of(item) for item, proxy in found if proxy is None)
    return ProxyList(
        user_id=account.user_id,
        balance=account.balance,
        currency=account.currency,
        proxies=read,
        unreadable=len(items) - len(read),
        unreadable_ids=tuple(one for one in ids if one is not None),
    )


def _readable(item: object) -> Proxy | None:
    try:
        return _sound(msgspec.convert(item, Proxy, strict=False))
    except BROKEN:
        return None


def _id_of(item: object) -> int | None:
    """The id of an item that is no proxy otherwise."""
    try:
        return msgspec.convert(item, _Identified, strict=False).id
    except BROKEN:
        return None


def _sound(proxy: Proxy) -> Proxy:
    """The proxy with its country and comment made fit for one line. Raises Unreadable for one that cannot be used."""
    if not is_word(f"{proxy.ip}{proxy.host}{proxy.user}{proxy.password}{proxy.type}{proxy.version}{proxy.secret}"):
        raise Unreadable("not the texts of a proxy")
    if not EARLIEST <= proxy.ends_at < LATEST or proxy.bought_at >= LATEST:
        raise Unreadable("not the times of a proxy")
    country, comment = country_code(proxy.country), listed_comment(proxy.comment)
    if (country, comment) == (proxy.country, proxy.comment):
        return proxy
    return msgspec.structs.replace(proxy, country=country, comment=comment)


def _prolongation(body: bytes) -> Prolongation:
    done = msgspec.convert(read_answer(body), _Prolonged, strict=False)
    said = {name: getattr(done, name) for name in done.__struct_fields__ if name != "list"}
    if not all(EARLIEST <= end.unixtime_end < LATEST for end in done.list):
        raise Unreadable("not the end of a proxy")
    return Prolongation(**said, ends={end.id: end.unixtime_end for end in done.list})


def _countries(body: bytes) -> Countries:
    """The countries, without unreadable codes. Raises BROKEN if all of them are unreadable."""
    answer = read_answer(body)
    items = answer.get("list", [None])
    codes = dict.fromkeys(code for item in items if (code := country_code(item)) is not None)
    if items and not codes:
        raise Unreadable("no countries")
    return msgspec.convert(answer | {"list": list(codes)}, Countries)


def priced(count: int, period: int) -> Method[Price]:
    """The method getprice; an answer about another count or period is unreadable."""

    def read(body: bytes) -> Price:
        price = PRICE.read(body)
        if (price.count, price.period) != (count, period):
            raise Unreadable("the price of something else")
        return price

    return Method(PRICE.name, PRICE.effect, read)


def purchase(country: str, comment: str, version: str) -> Method[Purchase]:
    """The method buy. Its answer leaves country, comment and kind out of each proxy: they are those of the order."""

    def read(body: bytes) -> Purchase:
        answer = {"country": country, **read_answer(body)}
        ordered = {"country": answer["country"], "descr": comment, "version": version}
        lacking = _NEEDLESS.get(version, {}) | ordered
        items = [lacking | item if isinstance(item, dict) else item for item in answer.get("list", [])]
        bought = msgspec.convert(answer | {"list": items}, Purchase, strict=False)
        return msgspec.structs.replace(bought, proxies=tuple(map(_sound, bought.proxies)))

    return Method("buy", Effect.IRREVERSIBLE, read)


PRICE = Method("getprice", Effect.READS, _plainly(Price))
STOCK = Method("getcount", Effect.READS, _plainly(Stock))
COUNTRIES = Method("getcountry", Effect.READS, _countries)
PROXIES = Method("getproxy", Effect.READS, _proxies)
CHECK = Method("check", Effect.READS, _plainly(Check))
SET_TYPE = Method("settype", Effect.CHANGES, _plainly(Account))
SET_COMMENT = Method("setdescr", Effect.CHANGES, _plainly(Change))
PROLONG = Method("prolong", Effect.IRREVERSIBLE, _prolongation)
DELETE = Method("delete", Effect.IRREVERSIBLE, _plainly(Change))
BIND = Method("ipauth", Effect.CHANGES, _plainly(Account))
