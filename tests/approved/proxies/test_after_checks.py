from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from handlers.ground.proxy_buttons import Card, Check, CheckStep
from handlers.ground.screen import TEXT_LIMIT
from handlers.orders.after_check import twins_of, twins_screen
from handlers.proxies.card import CardFacts, card_screen
from handlers.proxies.check_run import CheckRun
from handlers.proxies.check_screens import summary_screen
from handlers.proxies.history_words import history_line, since_words
from handlers.proxies.support_text import MOST_IN_TEXT, support_screen
from model.checks import CheckEntry, CheckHistory
from model.proxies import USUAL_KINDS
from tests.approved.approving import EN, IN_BERLIN, RU, State, approve
from tests.sample_proxies import NOW, a_proxy

STEP = CheckStep(result="result", step="t")


def history(outcomes: str, hours: int = 1) -> CheckHistory:
    """Checks an hour apart, the newest first and so many hours ago: `w` worked, `f` failed."""
    times = [NOW - timedelta(hours=hours + nth) for nth in range(len(outcomes))]
    return CheckHistory([CheckEntry(at, each == "w") for at, each in zip(times, outcomes, strict=True)])


HISTORIES = {outcomes: history(outcomes) for outcomes in ("w", "f", "wf", "f" + 19 * "w", 20 * "w", 15 * "f")}


def histories() -> Iterator[State]:
    for outcomes, told in HISTORIES.items():
        for w in (EN, RU, IN_BERLIN):
            yield f"{outcomes}, {w.language} {w.zone}", history_line(w, told, NOW)
        yield f"{outcomes}, beside", since_words(IN_BERLIN, told, NOW)
    yield "days ago", history_line(IN_BERLIN, history("f", 72), NOW)
    yield (
        "on a card",
        card_screen(
            EN, Card(proxy=15), a_proxy(), NOW, facts=CardFacts(checks=history_line(EN, history("ffw"), NOW))
        ).text,
    )
    yield "a dead one", card_screen(RU, Card(proxy=15), a_proxy(), NOW, facts=CardFacts(dead=STEP)).rows[2:3]


def summaries() -> Iterator[State]:
    dead = [a_proxy(15 + nth) for nth in range(3)]
    since = {15: since_words(IN_BERLIN, history("ff"), NOW), 16: since_words(IN_BERLIN, history("fw"), NOW)}
    for w in (EN, RU):
        run = CheckRun([*dead, a_proxy(30)], [])
        run.dead, run.good = dead, [a_proxy(30)]
        yield f"failing for long, {w.language}", summary_screen(w, Check(ticks="tik"), run, "result", since)


def texts() -> Iterator[State]:
    for w in (EN, RU, IN_BERLIN):
        dead = [a_proxy(15), a_proxy(16, host="10.0.0.7", ip="10.0.0.7", type="socks"), a_proxy(17)]
        told = {15: history("ff"), 16: history("fw")}
        yield f"three, {w.language} {w.zone}", support_screen(w, STEP, dead, told)
        yield f"one, {w.language} {w.zone}", support_screen(w, STEP, dead[:1], {15: history("w")})
    yield "none", support_screen(RU, STEP, [], {})
    many = [a_proxy(15 + nth) for nth in range(MOST_IN_TEXT + 2)]
    yield "many", support_screen(RU, STEP, many, {})


def test_the_longest_text_for_the_support_fits_into_a_message() -> None:
    ip = ":".join(["2a00"] * 8)
    dead = [a_proxy(30_000_000 + nth, ip=ip, host="185.222.134.250", port=65_000) for nth in range(1_000)]
    told = support_screen(RU, STEP, dead, {proxy.id: history(20 * "f") for proxy in dead})
    assert len(str(told.text.as_kwargs()["text"])) < TEXT_LIMIT


def twins() -> Iterator[State]:
    dead = [
        *(a_proxy(15 + nth, version="4", comment="") for nth in range(2)),
        a_proxy(17, type="socks", country="us", version="3", comment="a long comment of a shop"),
        a_proxy(18, version="5", type="mtproto"),
        a_proxy(19, version=None, ip="10.0.0.7"),
    ]
    for w in (EN, RU):
        found = Counter(twin for proxy in dead for twin in twins_of(proxy, USUAL_KINDS))
        yield f"twins, {w.language}", twins_screen(w, "result", dead, found)
    alike = Counter(twin for proxy in dead[:3] for twin in twins_of(proxy, USUAL_KINDS))
    yield "twins whose kinds are known", twins_screen(EN, "result", dead[:3], alike)


def states() -> Iterator[State]:
    for table in (histories, summaries, texts, twins):
        yield from table()


def test_what_follows_a_check_reads_as_approved() -> None:
    approve(__file__, states())
