from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from handlers.account import accounts_screens as screens
from handlers.account.forget import question_screen
from handlers.account.home import home_screen
from handlers.account.key_screens import added_screen, connected_screen
from handlers.ground.account_line import account_line
from handlers.ground.errors import unknown_account_screen
from model.accounts import Snapshot
from model.people import FIRST_ACCOUNT, OwnAccount, Person
from px6 import ProxyList
from tests.approved.approving import EN, RU, SITE, State, approve
from tests.sample_proxies import NOW


def account(nth: int, name: str | None = None, refused: int | None = None) -> OwnAccount:
    owner = FIRST_ACCOUNT + nth if nth else 1001
    return OwnAccount(telegram_id=owner, name=name, px6_user_id=f"40001{nth}", currency="RUB", refused_code=refused)


def seen(count: int) -> Snapshot:
    ends = {one: NOW + timedelta(days=3) for one in range(count)} | {-1: NOW}
    return Snapshot(px6_user_id="7", read_at=NOW, balance=Decimal("1204.50"), currency="RUB", ends=ends)


def states() -> Iterator[State]:
    own, shop, refused = account(0), account(1, "Ivanov & sons"), account(2, "shop", 100)
    three, elsewhere = [own, shop, refused], account(3, refused=105)
    known = {own.telegram_id: seen(1), shop.telegram_id: seen(22)}
    many = [account(nth, f"client {nth}") for nth in range(8)]
    for w in (EN, RU):
        yield f"one account, {w.language}", screens.accounts_screen(w, [own], own.telegram_id, 1, known, NOW)
        yield f"three, {w.language}", screens.accounts_screen(w, three, shop.telegram_id, 1, known, NOW)
        yield f"refused for its address, {w.language}", screens.accounts_screen(w, [elsewhere], elsewhere.telegram_id)
        yield f"switched, {w.language}", [screens.switched_screen(w), added_screen(w, "400011")]
        yield f"added before, {w.language}", added_screen(w, "400011", again=True)
        yield f"connected, {w.language}", connected_screen(w, "400011", "5.00", added=True)
        yield f"name, {w.language}", [screens.name_screen(w, each, 24) for each in (own, shop)]
        yield (
            f"remove, {w.language}",
            [
                screens.remove_screen(w, shop, "qst", []),
                screens.remove_screen(w, own, "qst", ["… 23 Nov · prolong 1 · 21.00 RUB"], 2, 1),
            ],
        )
        yield f"removed, {w.language}", screens.removed_screen(w, shop, own)
        yield f"erase everything, {w.language}", question_screen(w, "qst", [], 0, 0, three)
        yield f"nobody knows, {w.language}", unknown_account_screen(w)
    yield "the second page", screens.accounts_screen(EN, many, many[0].telegram_id, 2)
    empty = ProxyList(user_id="7", balance=Decimal("5.00"), currency="RUB", proxies=())
    yield "home of one of several", [home_screen(w, empty, NOW, SITE, several=True) for w in (EN, RU)]
    person = Person(telegram_id=1, choices={}, created_at=NOW, account="shop")
    yield "the line of a message", [account_line(w, person) or "" for w in (EN, RU)]


def test_accounts_look_as_approved() -> None:
    approve(__file__, states())
