from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import px6
from handlers.proxies import check_string_screens as screens
from handlers.proxies.check_screens import already_running_screen
from handlers.proxies.check_string_run import StringRun
from handlers.proxies.proxy_strings import ProxyString
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import a_proxy


def strings(count: int) -> list[ProxyString]:
    return [ProxyString("5.18.204.9", str(8000 + nth), "login", "password") for nth in range(count)]


def answer(*, alive: bool, seconds: float | None = 0.314) -> px6.Check:
    return px6.Check(user_id="7", balance=Decimal("5.00"), currency="RUB", alive=alive, seconds=seconds)


WORKS, DEAD = answer(alive=True), answer(alive=False)
VERDICTS: dict[str, px6.Check | px6.Px6Error] = {
    "works": WORKS,
    "works, of an older px6": answer(alive=True, seconds=None),
    "dead": DEAD,
    "wrong port": px6.WrongPort(270, ""),
    "no string": px6.WrongProxyString(280, ""),
    "not found": px6.NotFound(404, ""),
}


def run(*answers: px6.Check | px6.Px6Error, silent: int = 0, **given: Any) -> StringRun:
    made = StringRun(strings(len(answers) + silent), **given)
    made.answers = dict(zip(made.strings, answers, strict=False))
    made.silent = list(made.strings[len(answers) :])
    return made


def states() -> Iterator[State]:
    for w in (EN, RU):
        yield f"ask, in {w.language}", screens.ask_strings_screen(w)
        yield f"nothing read, in {w.language}", screens.nothing_read_screen(w)
        yield f"not offered, in {w.language}", screens.not_offered_screen(w)
        yield f"already running, in {w.language}", already_running_screen(w)
        yield f"progress, in {w.language}", screens.strings_progress_screen(w, run(WORKS, silent=19))
        for deleted in (True, False):
            shown = screens.strings_screen(w, run(WORKS), {})
            yield f"deleted {deleted}, in {w.language}", screens.with_deletion(w, shown, deleted=deleted)
        yield (
            f"each verdict, in {w.language}",
            [screens.strings_screen(w, run(verdict), {}) for verdict in VERDICTS.values()],
        )
        mine = dict(zip(strings(2), (a_proxy(15, user="login", password="password"), a_proxy(16)), strict=True))
        yield f"two are mine, in {w.language}", screens.strings_screen(w, run(WORKS, DEAD, WORKS), mine)
        for count in (1, 2, 5):
            yield (
                f"{count} beyond and unread, in {w.language}",
                screens.strings_screen(w, run(WORKS), {}, unread=count, beyond=count),
            )
    for count in (6, 7, 20):
        yield f"{count} work", screens.strings_screen(EN, run(*[WORKS] * count), {})
    yield "stopped", screens.strings_screen(EN, run(WORKS, silent=3, stopped=True), {})
    yield "stopped after the last", screens.strings_screen(EN, run(WORKS, stopped=True), {})
    silent = run(WORKS, silent=3, error=px6.NoAnswer())
    yield "three without an answer", [screens.strings_screen(w, silent, {}) for w in (EN, RU)]
    many = {each: a_proxy(15 + nth) for nth, each in enumerate(strings(6))}
    yield "six are mine", screens.strings_screen(EN, run(*[WORKS] * 6), many)


def test_checks_of_strings_look_as_approved() -> None:
    approve(__file__, states())
