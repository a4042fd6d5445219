from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from handlers.ground import parsing
from handlers.ground.parsing import BadInput
from handlers.ground.typed import read
from handlers.ground.words import Words
from handlers.orders.buy import wish_from
from handlers.orders.prices import kind_from, price_from
from tests.approved.approving import EN, RU, State, approve

BUYS = (
    *("/buy", "/buy 5 30", "/buy five 30 de", "/buy 0 30 de", "/buy 100001 30 de", "/buy 5 2 de", "/buy 5 3651 de"),
    *("/buy 5 30 Narnia", "/buy 5 30 de ipv5", "/buy 5 30 de 4", "/buy 5 30 de ipv6 ipv4", "/buy 5 30 de socks http"),
    *("/buy 5 30 de ipv6 7", '/buy 5 30 de ipv6 " "', "/buy 1,000 30 de", "/buy 1,100 de", "/buy 5 30 guinea bissau"),
    *("/buy 3 30 congo republic", "/buy 5 30 de shop", "/buy 5 30 de socks ipv4 my shop", "/buy 1 000 30 de"),
)
IDS = ("", "0", "abc", "12-15", "1" * 13, "15, 16 17", " ".join(map(str, range(1, 5_002))))


def told(read_it: Callable[[Words], object]) -> list[object]:
    """What becomes of the text in both languages: what is read, or what is wrong with it."""
    found: list[object] = []
    for w in (EN, RU):
        try:
            found.append(str(read_it(w)))
        except BadInput as error:
            found.append(error.text)
    return found


def commands() -> Iterator[State]:
    for text in BUYS:
        yield text, told(lambda w, text=text: wish_from(w, read(text)))  # type: ignore[misc]  # of this turn
    for text in ("", "5", "5 30", "5 30 shared", "5 30 ipv5", "5 30 ipv6 de", "1,100 6"):
        given = read(f"/price {text}").words
        yield f"/price {text}", told(lambda w, given=given: price_from(w, given).pack())  # type: ignore[misc]
    for text in ("", "shared", "ipv5", "ipv4 ipv6"):
        given = read(f"/countries {text}").words
        yield f"/countries {text}", told(lambda w, given=given: kind_from(w, given).name)  # type: ignore[misc]


def values() -> Iterator[State]:
    for text in IDS:
        given = read(f"/check {text}").words
        yield f"ids {text[:20]}", told(lambda w, given=given: parsing.ids(w, given, "/check 15, 16"))  # type: ignore[misc]
    for text in ("http", "SOCKS5", "ftp"):
        yield f"protocol {text}", told(lambda w, text=text: parsing.protocol(w, text, "/type socks 15").value)  # type: ignore[misc]
    for text in ("", "shop", " ", "\u200b"):
        yield f"comment {text!r}", told(lambda w, text=text: repr(parsing.comment(w, text, "shop")))  # type: ignore[misc]
    for length in (30, 31):
        yield f"repeated, {length} characters", [parsing.quoted_input(w, "x" * length) for w in (EN, RU)]
    for number in ("1", "100000", "100001", "1 000", "1.5", "-1", "१२"):
        yield f"count {number}", told(lambda w, number=number: Decimal(parsing.count(w, number, "5")))  # type: ignore[misc]
    for number in ("2", "3", "3650", "3651", "x"):
        yield f"days {number}", told(lambda w, number=number: parsing.period(w, number, "30"))  # type: ignore[misc]


def states() -> Iterator[State]:
    for table in (commands, values):
        yield from table()


def test_what_is_wrong_with_a_text_reads_as_approved() -> None:
    approve(__file__, states())
