"""What an export asks and says."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.ground.proxy_buttons import Card, Export, SetProtocol
from handlers.proxies.export_buttons import AskTemplate, ExportFor, MoreFormats
from handlers.proxies.export_screens import (
    Habits,
    chromium_screen,
    export_title,
    formats_screen,
    mixed_screen,
    more_screen,
    protocol_line,
    unfit_screen,
    warned_line,
    what_is_exported,
)
from handlers.proxies.export_template import template_line, template_question
from handlers.proxies.selection_view import PickedProxies
from px6 import Protocol
from services.proxies.exports import Format, Wanted, WrongTemplate
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import a_proxy

CARD = Card(state="z", country="de", page=2, proxy=15)
TICKED = ExportFor(ticks="tik", how=Format.ADSPOWER, take="")
HTTPS, SOCKS, EITHER = a_proxy(), a_proxy(16, type="socks"), a_proxy(17, type="auto")
MTPROTO = a_proxy(18, version="5", type="mtproto", secret="?")
CHANGE = SetProtocol(ticks="tok", protocol=Protocol.HTTP)


def formats() -> Iterator[State]:
    for count in (0, 1, 2):
        proxies = [a_proxy(15 + nth) for nth in range(count)]
        yield f"programs for {count}", formats_screen(EN, Export(), PickedProxies(proxies, []), Habits())
    one = PickedProxies([a_proxy()], [99])
    for w in (EN, RU):
        last = Habits([Format.JSON, Format.GOLOGIN], "{host}")
        yield f"programs, two used last, one unknown, {w.language}", formats_screen(w, Export(ticks="tik"), one, last)
        for part in ("p", "l"):
            data = MoreFormats(ticks="tik", part=part)
            yield f"more, {part}, {w.language}", more_screen(w, data, one, Habits(template="{host}"))
    yield "lines without a template", more_screen(EN, MoreFormats(part="l"), one, Habits())
    last = Habits([Format.HOST_FIRST, Format.CSV], "{host}")
    yield "programs, a long name used last", formats_screen(EN, Export(), one, last)
    yield "a template used last", formats_screen(EN, Export(), one, Habits([Format.TEMPLATE], "{host}"))
    yield "programs, from a card", formats_screen(RU, CARD.to(Export, proxy=15), one, Habits([Format.CSV]))
    yield "programs, there are more", formats_screen(EN, Export(country="de"), one, Habits(), also=1_204)
    yield "none, but others", formats_screen(EN, Export(), PickedProxies([], []), Habits(), also=3)
    for asked in (Export(), Export(state="g"), Export(state="x"), Export(state="z"), Export(ticks="tik")):
        for count in (1, 2):
            yield f"named: {count} {asked.state}{asked.ticks}", [what_is_exported(w, asked, count) for w in (EN, RU)]


def questions() -> Iterator[State]:
    for w in (EN, RU):
        for how in (Format.ADSPOWER, Format.GOLOGIN, Format.URL):
            yield (
                f"mixed, {how.name}, {w.language}",
                mixed_screen(w, TICKED, how, [HTTPS, HTTPS, SOCKS, EITHER, MTPROTO]),
            )
        for refused, wanted, change in (
            ([SOCKS], Wanted.NOT_ASKED, CHANGE),
            ([SOCKS, SOCKS], Wanted.BOTH, CHANGE),
            ([SOCKS], Wanted.SOCKS, None),
        ):
            screen = chromium_screen(w, TICKED, Format.PLAYWRIGHT, refused, wanted, change)
            yield f"refused: {len(refused)}, {wanted.name}, change {change is not None}, {w.language}", screen
        for how, unfit, change in (
            (Format.TELEGRAM, [HTTPS], CHANGE),
            (Format.V2RAYN, [HTTPS, HTTPS], None),
            (Format.TELEGRAM, [HTTPS, MTPROTO, MTPROTO], None),
            (Format.CLASH, [MTPROTO], None),
        ):
            screen = unfit_screen(w, TICKED, how, unfit, change)
            yield f"unfit: {len(unfit)} for {how.name}, change {change is not None}, {w.language}", screen
        yield f"asks for a template, {w.language}", template_question(w, CARD.to(AskTemplate, proxy=15))
    for unknown in ([], ["a"], ["a", "b", "c", "d", "e"], ["a", "b", "c", "d", "e", "f"]):
        yield f"template: {len(unknown)} unknown", template_line(EN, WrongTemplate(unknown))


def captions() -> Iterator[State]:
    for how in Format:
        for count in (1, 2):
            yield f"{how.name} of {count}", [export_title(w, TICKED, how, count) for w in (EN, RU)]
    for how in (Format.HOST_FIRST, Format.URL, Format.DOLPHIN_ANTY):
        for proxy in (HTTPS, SOCKS, MTPROTO):
            yield f"spoken: {how.name}, {proxy.type}", [protocol_line(w, how, [proxy]) for w in (EN, RU)]
    for count in (0, 1, 2):
        yield f"warned of {count}", [warned_line(w, [SOCKS] * count) for w in (EN, RU)]


def states() -> Iterator[State]:
    for table in (formats, questions, captions):
        yield from table()


def test_every_export_reads_as_approved() -> None:
    approve(__file__, states())
