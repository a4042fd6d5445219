from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import px6
from handlers.account.forget import erased_screen, question_screen
from handlers.account.home import Below, cancelled_screen, commands, help_screen, home_screen
from handlers.account.key_screens import (
    ReplaceKey,
    ask_key_screen,
    bad_key_screen,
    connected_screen,
    replace_screen,
    stored_key_screen,
    untried_key_screen,
    with_warnings,
)
from handlers.account.settings import language_screen, settings_screen
from handlers.ground.errors import px6_screen
from handlers.ground.words import Words
from handlers.money.spent import spent_line
from model.accounts import Outlook
from model.notifications import StoredBoard
from model.orders import PaidSum
from px6 import ProxyList
from services.account.accounts import BadKey, TooManyTries
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.sample_proxies import NOW, a_proxy

PAID = (
    ("nothing paid",),
    ("paid", ("RUB", Decimal("1204.30"), Decimal("0.00"))),
    ("paid by rules", ("RUB", Decimal("21.00"), Decimal("21.00"))),
    ("paid, some of it by rules", ("RUB", Decimal("1204.30"), Decimal("21.00"))),
    (
        "paid in two currencies",
        ("RUB", Decimal("21.00"), Decimal("21.00")),
        ("USD", Decimal("3.20"), Decimal("0.00")),
    ),
)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
OUTLOOK = Outlook(
    made_at=NOW, balance=Decimal("50.00"), currency="RUB", cost=Decimal("42.00"), lasts_until=None, at_most=False
)


def home(balance: str, *ends_in: timedelta, w: Words = EN) -> object:
    proxies = tuple(a_proxy(15 + nth, ends_in=each) for nth, each in enumerate(ends_in))
    account = ProxyList(user_id="7", balance=Decimal(balance), currency="RUB", proxies=proxies)
    return home_screen(w, account, NOW, SITE)


def homes() -> Iterator[State]:
    for balance in ("0.00", "640.50"):
        yield f"Russian: home, no proxies, balance {balance}", home(balance, w=RU)
    for balance in ("0.00", "0.01"):
        yield f"home: no proxies, balance {balance}", home(balance)
        yield f"home: one ends soon, balance {balance}", home(balance, timedelta(days=1))
    for ends_in in (-SECOND, 0 * SECOND, SECOND, timedelta(days=3), timedelta(days=3) + SECOND):
        yield f"home: one ends in {ends_in}", home("5.00", ends_in)
    yield "home: the second ends first", home("5.00", timedelta(days=9), timedelta(days=4), -SECOND)
    yield (
        "home: two end soon, one later",
        home("5.00", timedelta(days=1), timedelta(days=2), timedelta(days=4), w=IN_BERLIN),
    )
    for count in (1, 2, 5, 21):
        yield (
            f"Russian: home, {count} end soon of one more",
            home("5.00", *[DAY] * count, 9 * DAY, w=RU),
        )
    account = ProxyList(user_id="7", balance=Decimal("50.00"), currency="USD", proxies=(a_proxy(),))
    for w in (EN, RU, IN_BERLIN):
        for name, *paid in PAID:
            yield f"home: {name}, {w.language}, {w.zone}", spent_line(w, [PaidSum(*each) for each in paid])
    today = [PaidSum("USD", Decimal("3.20"), Decimal(0))]
    yield "home: paid today", home_screen(IN_BERLIN, account, NOW, SITE, Below(OUTLOOK, today)).text
    waiting = [home_screen(w, account, NOW, SITE, Below(waiting=2)).text for w in (EN, RU)]
    yield "home: payments wait for money", waiting
    yield "home: with what renewals cost", home_screen(EN, account, NOW, SITE, Below(OUTLOOK))
    for w in (EN, RU):
        yield f"help in {w.language}", help_screen(w)
        yield f"commands in {w.language}", [" ".join(each).replace("\n", " | ") for each in commands(w)]


def keys() -> Iterator[State]:
    yield "ask for a key", [ask_key_screen(EN, SITE), ask_key_screen(RU, SITE)]
    for balance in (None, "5.00 RUB"):
        for deleted in (True, False):
            yield (
                f"connected: balance {balance}, deleted {deleted}",
                connected_screen(EN, "7", balance, deleted=deleted),
            )
    use = ReplaceKey(key=4, warned=17)
    for left in ([], ["… 23 Nov · prolong 1 · 21.00 RUB"]):
        yield f"replace: {len(left)} left", replace_screen(EN, "8", use, left=left)
    for reason in ("empty", "spaces", "long", "short", "letters"):
        yield f"bad key: {reason}", bad_key_screen(BadKey(reason), EN, SITE)
    yield "too many tries", bad_key_screen(TooManyTries(), RU, SITE)
    yield "wrong key", bad_key_screen(px6.WrongKey(100, ""), EN, SITE)
    for w in (EN, RU):
        failure = px6_screen(px6.Unreachable(), w, retry="try", site_url=SITE)
        yield f"a key that could not be tried, {w.language}", untried_key_screen(w, failure)
        yield f"the stored key, which could not be tried, {w.language}", stored_key_screen(w, failure)
        for deleted in (True, False):
            for command in (None, "/prolong"):
                shown = with_warnings(w, ask_key_screen(w, SITE), deleted=deleted, instead_of=command)
                yield f"a key beside {command}, deleted {deleted}, {w.language}", shown


def settings() -> Iterator[State]:
    for user in (None, "7"):
        yield f"settings: account {user}", [settings_screen(w, user, 1001) for w in (EN, RU)]
    for state in ("on", "lost"):
        board = StoredBoard(telegram_id=1, state=state, claimed_at=None, message_id=5, pinned=True, mark="")
        yield f"settings: pinned message {state}", [settings_screen(w, "7", 1001, board).text for w in (EN, RU)]
    yield "language", [language_screen(EN), language_screen(RU)]
    for unknown in ([], ["… 23 Nov · prolong 1 · 21.00 RUB"]):
        yield f"forget: {len(unknown)} unknown", [question_screen(w, "qst", unknown) for w in (EN, RU)]
    for rules in (1, 21):
        yield f"forget: {rules} rules are on", [question_screen(w, "qst", [], rules) for w in (EN, RU)]
    yield "forget: a payment waits for money", [question_screen(w, "qst", [], waiting=2) for w in (EN, RU)]
    yield "everything is erased", [erased_screen(w) for w in (EN, RU)]
    for was_asked in (True, False):
        yield f"cancelled, asked {was_asked}", [cancelled_screen(w, was_asked=was_asked) for w in (EN, RU)]


def states() -> Iterator[State]:
    for table in (homes, keys, settings):
        yield from table()


def test_every_screen_of_an_account_reads_as_approved() -> None:
    approve(__file__, states())
