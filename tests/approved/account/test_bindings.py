from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.account import bind_screens as screens
from model.accounts import Binding
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.sample_proxies import NOW

HOME, WORK = "5.18.204.9", "93.18.2.40"


def sent(*addresses: str, certain: bool = True) -> Binding:
    at = NOW - timedelta(days=3)
    return Binding(id=4, telegram_id=1, px6_user_id="7", addresses=addresses, sent_at=at, certain=certain)


def states() -> Iterator[State]:
    last = {
        "nothing was set": None,
        "set": sent(HOME, WORK),
        "removed": sent(),
        "unknown": sent(HOME, certain=False),
        "removed, unknown": sent(certain=False),
    }
    for name, binding in last.items():
        yield f"binding: {name}", screens.bind_screen(EN, binding, NOW)
    yield "binding, in Berlin", screens.bind_screen(IN_BERLIN, sent(HOME), NOW)
    yield "Russian: binding", [screens.bind_screen(RU, each, NOW) for each in last.values()]
    yield "ask for addresses", [screens.ask_addresses_screen(w) for w in (EN, RU)]
    for count in (0, 1, 2, 23):
        yield f"confirm: {count} active", screens.confirm_screen(EN, (HOME, WORK), 4, "7", count)
    yield "confirm: an address of a proxy", screens.confirm_screen(EN, (HOME, WORK), 4, "7", 2, (WORK,))
    yield "confirm: removing", screens.confirm_screen(EN, (), 4, "7", 2)
    for count in (1, 2, 5):
        yield f"Russian: confirm, {count}", screens.confirm_screen(RU, (HOME,), 4, "7", count, (HOME,))
    yield "Russian: confirm, removing", screens.confirm_screen(RU, (), 4, "7", 2)
    for w in (EN, RU):
        yield f"done in {w.language}", [screens.done_screen(w, sent(HOME)), screens.done_screen(w, sent())]
        yield f"not an address, in {w.language}", screens.not_an_address_screen(w, SITE)
        yield f"not offered, in {w.language}", screens.not_offered_screen(w, SITE)


def test_bindings_look_as_approved() -> None:
    approve(__file__, states())
