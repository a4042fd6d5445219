from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from msgspec import structs

from handlers.ground.drafts import too_long_screen
from handlers.ground.proxy_buttons import Card, Send
from handlers.ground.proxy_words import address_end, ids_line, most_used, protocol_name, proxy_lines, short_comment
from handlers.proxies.card import CardFacts, OfferSocks, card_screen, gone_screen, socks_screen
from handlers.proxies.check import checked_line
from handlers.proxies.selection_view import list_button
from handlers.proxies.send import send_screen
from px6 import Check
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve
from tests.sample_proxies import NOW, a_proxy

CARD = Card(state="z", country="de", page=2, proxy=15)
ENDS = {
    "30 days": timedelta(days=30),
    "47 hours": timedelta(hours=47),
    "59 minutes": timedelta(minutes=59),
    "a second": timedelta(seconds=1),
    "no time": timedelta(0),
    "minus an hour": timedelta(hours=-1),
}


def cards() -> Iterator[State]:
    for name, ends_in in ENDS.items():
        yield f"ends in {name}", card_screen(EN, CARD, a_proxy(ends_in=ends_in), NOW)
    for protocol in ("http", "socks", "auto", "mtproto"):
        yield f"speaks {protocol}", card_screen(EN, CARD, a_proxy(type=protocol), NOW)
    for version in ("4", "3", "6", "5", "7", None):
        yield f"kind {version}", card_screen(EN, CARD, a_proxy(version=version), NOW).text
    for secret in ("dd" + "0f" * 16, "odd"):
        for w in (EN, RU):
            mtproto = structs.replace(a_proxy(version="5", type="mtproto", user="", password=""), secret=secret)
            yield f"MTProto, secret {secret}, {w.language}", card_screen(w, CARD, mtproto, NOW)
    for protocol in ("http", "socks", "auto"):
        yield (
            f"speaks {protocol}, px6 changes none",
            card_screen(RU, CARD, a_proxy(type=protocol), NOW, facts=CardFacts(settable=False)),
        )
    yield "kind not told, an IPv4", card_screen(EN, CARD, a_proxy(version=None, ip="185.1.1.1"), NOW).text
    yield "seen as its host", card_screen(EN, CARD, a_proxy(ip="185.22.134.250"), NOW).text
    yield "no comment, no country", card_screen(IN_BERLIN, CARD, a_proxy(comment="", country=None), NOW).text
    yield "with a note", card_screen(RU, CARD, a_proxy(), NOW, "✅ Проверено")
    length = len("185.22.134.250:7015:5svBNZ:")
    for copied in (256, 257):
        long = a_proxy(password="p" * (copied - length))
        yield f"{copied} characters to copy", card_screen(EN, CARD, long, NOW).rows[0]
    for w in (EN, RU):
        for name, proxy in (
            ("HTTPS", a_proxy()),
            ("both", a_proxy(type="auto")),
            (
                "MTProto",
                structs.replace(a_proxy(version="5", type="mtproto", user="", password=""), secret="0f" * 16),
            ),
            ("odd secret", structs.replace(a_proxy(version="5", type="mtproto"), secret="odd")),
            ("a long login", a_proxy(user="&" * 90, country=None)),
        ):
            yield f"send: {name}, {w.language}", send_screen(w, CARD.to(Send, proxy=15), proxy)
    yield "gone", gone_screen(EN, CARD)
    for w in (EN, RU):
        yield f"for Telegram, {w.language}", socks_screen(w, CARD.to(OfferSocks, proxy=15))
        for alive, seconds in ((False, None), (False, 0.5), (True, None), (True, 0.0), (True, 1.256)):
            result = Check(user_id="7", balance=Decimal("5.00"), currency="RUB", alive=alive, seconds=seconds)
            yield f"checked: {alive}, {seconds}, {w.language}", checked_line(w, result)
        for back in (None, CARD):
            for is_asked in (True, False):
                offered = too_long_screen(w, "c" * 51, CARD, back, is_asked=is_asked)
                yield f"comment too long, back {back is not None}, asked {is_asked}, {w.language}", offered
    yield "to the list", [list_button(EN), list_button(EN, CARD.but(ticks="tik", purpose="d"))]


def words() -> Iterator[State]:
    for count in (1, 5, 6, 35, 36, 37, 56):
        proxies = [a_proxy(15 + nth, ends_in=timedelta(hours=nth - 1)) for nth in range(count)]
        yield f"lines of {count}", proxy_lines(EN, proxies, NOW)
    yield "Russian: lines of 56", proxy_lines(RU, [a_proxy(15 + nth) for nth in range(56)], NOW)[-1]
    for count in (0, 1, 20, 21, 22):
        yield f"ids of {count}", ids_line(EN, range(count))
    for protocol in ("http", "socks", "auto"):
        yield f"protocol {protocol}", protocol_name(protocol)
    for host in ("185.22.134.250", "example.org", "localhost"):
        yield f"tail of {host}", address_end(a_proxy(host=host))
    for comment in ("", "exactly14chars", "fifteen letters", " a\n b ", "\u3164"):
        yield f"short {comment!r}", short_comment(comment)
    yield "most used", str(most_used(["b", "a", "c", "b", "a", "d", "b"]))


def states() -> Iterator[State]:
    for table in (cards, words):
        yield from table()


def test_every_card_reads_as_approved() -> None:
    approve(__file__, states())
