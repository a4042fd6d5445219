"""What an account that has, or had, colleagues shows of who did what: to its owner, and to a colleague."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from msgspec import structs

from handlers.ground.screen import Screen
from handlers.money.spending import By, Spending, SpendingBy, spending_screen, whose_screen
from handlers.money.spending_files import spending_csv
from handlers.orders.colleague_actions import actions_screen
from handlers.orders.deletion_history import deletion_screen, deletions_screen
from handlers.orders.history import OrdersPage, filter_screen, order_screen, orders_screen
from handlers.orders.orders_file import orders_csv
from handlers.orders.outcome_sender import no_access_screen, with_who
from handlers.orders.receipts import outcome_screen
from handlers.orders.who_did import team
from model.colleagues import GONE, ColleagueAction
from model.deletions import Deletion, DeletionProxy
from model.doers import Act, Doer, Doers
from model.orders import OrderState
from services.money.spending import Month, by_month
from tests.approved.approving import EN, RU, SITE, State, approve
from tests.approved.money.sample_payments import KNOWN, paid
from tests.handlers.sample_orders import a_confirmation, an_order
from tests.sample_proxies import NOW

ANN, BOB, CAROL = 1001, 1002, 1003
LONG = "Christopher Montgomery"
DOERS = Doers(
    own=True,
    automatic=True,
    had_colleagues=True,
    colleagues=(Doer(person=GONE, name=""), Doer(person=BOB, name="Bob"), Doer(person=CAROL, name=LONG)),
)
TO_ANN, TO_BOB = team(DOERS, None), team(DOERS, BOB)
QUIET = team(Doers(own=True, had_colleagues=True), None)
ORDERS = [
    an_order(id=9, source="person"),
    an_order("buy", (15, 16), id=8, source="digest", by_person=BOB, by_name="Bob"),
    an_order(id=7, proxies=range(15, 25), by_person=CAROL, by_name=LONG, source="person"),
    an_order(id=6, source="rule", state="refused", longer=0, charged=None),
    an_order(id=5, source="at_once", by_person=None),
    an_order(id=4, source="person", by_person=GONE),
]


def a_deletion(by_person: int | None, by_name: str | None) -> Deletion:
    proxies = (DeletionProxy(id=15, host="185.22.134.1", days_left=2.5),)
    return Deletion(
        id=7,
        telegram_id=ANN,
        px6_user_id="7",
        deleted_at=NOW,
        certain=True,
        proxies=proxies,
        by_person=by_person,
        by_name=by_name,
    )


DELETIONS = [a_deletion(None, None), a_deletion(BOB, "Bob"), a_deletion(GONE, None)]
DELETED = OrdersPage(show="deleted")


def histories() -> Iterator[State]:
    for who, of in (("the owner", TO_ANN), ("Bob", TO_BOB)):
        screens = [orders_screen(w, OrdersPage(), ORDERS, [], of=of) for w in (EN, RU)]
        yield f"orders, to {who}", screens
        yield f"orders of Bob, to {who}", [orders_screen(w, OrdersPage(who="1002"), [], [], of=of) for w in (EN, RU)]
        yield f"filter, to {who}", [filter_screen(w, "buy", "1002", of) for w in (EN, RU)]
        cards = [order_screen(w, order, OrdersPage(who="own"), of) for w in (EN, RU) for order in ORDERS[:2]]
        yield f"cards, to {who}", cards
        yield f"deletions, to {who}", [deletions_screen(w, DELETED, DELETIONS, of) for w in (EN, RU)]
    yield "a rule's card", order_screen(EN, ORDERS[3], OrdersPage(), TO_ANN)
    yield "a deletion", deletion_screen(EN, DELETIONS[1], DELETED, TO_ANN)
    yield "only the owner did something", [orders_screen(EN, OrdersPage(), ORDERS[:1], [], of=QUIET)]
    yield "only the owner did something: filter", filter_screen(EN, "all", of=QUIET)


def files() -> Iterator[State]:
    yield "orders.csv", orders_csv(ORDERS, DELETIONS, with_doers=True).decode("utf-8-sig").replace("\r\n", "\n")
    risky = [an_order(id=9, source="person", by_person=BOB, by_name="=1+1")]
    yield "a name that is a formula", orders_csv(risky, [], with_doers=True).decode("utf-8-sig").replace("\r\n", "\n")
    csv = spending_csv(months("month"), months("kind"), with_colleagues=True)
    yield "spending.csv", csv.decode("utf-8-sig").replace("\r\n", "\n")


YEAR = [
    paid("63.00", 15, days=40),
    paid("120.00", 15, days=2, source="rule"),
    paid("21.00", 15, days=1, by_person=BOB),
    paid("9.00", 15, days=1, by_person=CAROL),
    paid("8.00", 15, days=1),
]


def months(by: By) -> list[Month]:
    return list(by_month(YEAR, UTC, KNOWN.group_of(by), KNOWN.kinds))


def spending() -> Iterator[State]:
    for who, of in (("the owner", TO_ANN), ("Bob", TO_BOB)):
        for asked in (Spending(), Spending(by="who"), Spending(by="kind", who="1002")):
            screens = [spending_screen(w, asked, months(asked.by), NOW, of) for w in (EN, RU)]
            yield f"spending by {asked.by} of {asked.who or 'all'}, to {who}", screens
    yield "whose spending", [whose_screen(w, SpendingBy(by="who", months=12, who="auto"), TO_ANN) for w in (EN, RU)]


def actions() -> Iterator[State]:
    done = [
        ColleagueAction(
            id=nth,
            owner=ANN,
            person=BOB if nth % 2 else GONE,
            name="Bob" if nth % 2 else "",
            at=NOW - timedelta(hours=nth),
            action=act,
            count=nth,
        )
        for nth, act in enumerate(Act, 1)
    ]
    for page in range(3):
        shown = done[page * 6 : page * 6 + 7]
        yield f"actions, page {page + 1}", [actions_screen(w, page + 1, shown, TO_ANN) for w in (EN, RU)]
    yield "actions, to Bob", actions_screen(EN, 1, done[:1], TO_BOB)
    yield "no actions", [actions_screen(w, 1, [], TO_ANN) for w in (EN, RU)]
    yield "an act of a later version", actions_screen(EN, 1, [structs.replace(done[0], action="fly")], TO_ANN)


def as_sent(screen: Screen) -> list[object]:
    return [screen.content["text"], *(list(row) for row in screen.rows)]


def copies() -> Iterator[State]:
    for state in (OrderState.DONE, OrderState.UNKNOWN, OrderState.NOT_DONE, OrderState.UNCLEAR):
        nothing: dict[str, Any] = {} if state is OrderState.DONE else {"longer": 0, "charged": None}
        made = a_confirmation(an_order("prolong", state=state, **nothing))
        made = structs.replace(made, by_person=BOB, by_name="Bob")
        copied = [
            as_sent(with_who(w, outcome_screen(w, made, {}, NOW, SITE, is_colleague=False), made)) for w in (EN, RU)
        ]
        yield f"the owner's copy: {state}", copied
    forgotten = structs.replace(a_confirmation(an_order()), by_person=GONE)
    whole = outcome_screen(EN, forgotten, {}, NOW, SITE, is_colleague=False)
    yield (
        "the owner's copy: of one account",
        as_sent(with_who(EN, replace(whole, account_line="Account: client"), forgotten)),
    )
    yield "no access any more", [no_access_screen(w) for w in (EN, RU)]


def states() -> Iterator[State]:
    for table in (histories, files, spending, actions, copies):
        yield from table()


def test_who_did_what_is_told_as_approved() -> None:
    approve(__file__, states())
