from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.notifications.board import board_screen, off_screen, switch_screen
from handlers.notifications.notices import left_alone_screen, notice_screen, skipped_screen, why_not_skipped
from model.notifications import StoredBoard
from services.notifications.kinds import (
    Announcement,
    Board,
    CalledOff,
    Change,
    KeyRefused,
    LowBalance,
    Notice,
    RuleFailed,
    RulesStopped,
    Running,
)
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.sample_proxies import NOW, a_proxy
from tests.sample_rules import a_rule

SUM = Decimal("42.00")


def said(name: str, notice: Notice) -> State:
    return name, notice_screen(EN, notice, SITE)


def money() -> Iterator[State]:
    for count in (1, 2):
        for at_most in (False, True):
            low = LowBalance(3, count, SUM, Decimal("41.99"), "RUB", at_most)
            yield said(f"low: {count}, at most {at_most}", low)
    yield "Russian: low", notice_screen(RU, LowBalance(1, 21, SUM, Decimal(0), "USD", False), SITE)
    nothing: dict[int, int] = {}
    for by in ("site", "px6", "unknown"):
        yield said(f"change: money, by {by}", Change(SUM, "RUB", nothing, 0, by, False))
    yield said("change: one longer", Change(SUM, "RUB", {15: 30}, 0, "unknown", True))
    yield said(
        "change: some longer by several lengths", Change(Decimal(0), "RUB", {15: 30, 16: 7, 17: 30}, 0, "px6", False)
    )
    for bought in (1, 2):
        yield said(f"change: {bought} bought", Change(SUM, "RUB", nothing, bought, "site", False))
    yield (
        "Russian: change",
        notice_screen(RU, Change(SUM, "RUB", dict.fromkeys(range(5), 21), 22, "site", True), SITE),
    )
    for code in (100, 105):
        for stopped in (True, False):
            yield said(f"refused {code}, rules stopped {stopped}", KeyRefused(code, stopped))
    yield said("refused 105, px6 names the bot's address", KeyRefused(105, False, "93.18.2.40"))


def announced(count: int = 1, **given: Any) -> Announcement:
    made = Announcement(
        rule=a_rule(cap_run=Decimal("40.00"), cap_month=Decimal("100.00")),
        cycle=9,
        proxies=tuple(a_proxy(15 + nth) for nth in range(count)),
        first=NOW + timedelta(hours=12),
        last=NOW + timedelta(hours=12),
        price=Decimal(21) * count,
        allowed=count,
        allowed_price=Decimal(21) * count,
        stop=None,
        missing=Decimal("0.00"),
        currency="RUB",
        at_most=False,
        now=NOW,
    )
    return replace(made, **given)


def announcements() -> Iterator[State]:
    for count in (1, 2, 5, 6, 7):
        yield said(f"announced: {count}", announced(count))
    for count in (1, 2):
        yield said(f"announced: {count} from then to later", announced(count, last=NOW + timedelta(hours=20)))
    for stop in ("cap_run", "cap_month"):
        for allowed in (0, 1, 2):
            given = {"allowed": allowed, "allowed_price": Decimal(21) * allowed, "stop": stop}
            yield said(f"announced: {allowed} of 3 because of {stop}", announced(3, **given))
    for missing in ("0.00", "0.01"):
        yield said(f"announced: {missing} missing", announced(missing=Decimal(missing)))
        yield said(f"announced: {missing} missing at most", announced(missing=Decimal(missing), at_most=True))
    for stop in ("cap_run", "cap_month"):
        yield said(f"announced: not one because of {stop}", announced(allowed=0, stop=stop))
    yield "announced: in Berlin", notice_screen(IN_BERLIN, announced(), SITE)
    yield "Russian: announced", notice_screen(RU, announced(26, allowed=21, stop="cap_run"), SITE)
    for count in (1, 2, 5, 21):
        yield f"skipped: {count}", [skipped_screen(EN, count), skipped_screen(RU, count)]
    for skipped in (None, 0):
        yield f"not skipped: {skipped}", [why_not_skipped(w, skipped) for w in (EN, RU)]
    yield "that was me", [left_alone_screen(w) for w in (EN, RU)]
    for count in (1, 2):
        yield said(f"running: {count}", Running(a_rule(), count, SUM, "RUB", count > 1))


def failures() -> Iterator[State]:
    for why in ("busy", "moved", "changed", "skipped", "let_go", "stale", "currency", "maintenance"):
        yield said(f"called off: {why}", CalledOff(a_rule(), why, 1))
    yield "Russian: called off", notice_screen(RU, CalledOff(a_rule(), "busy", 21), SITE)
    for why in ("price", "period", "cap_run", "cap_month", "money", "unread", "maintenance", "refused"):
        failed = RuleFailed(a_rule(), why, why != "money", 2, SUM, Decimal("21.00"), "RUB")
        yield said(f"failed: {why}", failed)
    yield said(
        "failed: one, the last warning", RuleFailed(a_rule(), "money", False, 1, SUM, Decimal(0), "RUB", last=True)
    )
    yield "Russian: failed", notice_screen(RU, RuleFailed(a_rule(), "price", True, 5, SUM, Decimal(1), "RUB"), SITE)
    yield said("failed: two, the last warning", RuleFailed(a_rule(), "unread", False, 2, last=True))
    for count in (1, 2):
        yield said(f"{count} stopped: another account", RulesStopped(count, "8", None))
        yield said(f"{count} stopped: another currency", RulesStopped(count, "7", ("RUB", "USD")))
    yield "Russian: stopped", notice_screen(RU, RulesStopped(5, "7", ("RUB", "USD")), SITE)


def boards() -> Iterator[State]:
    for w in (EN, RU, IN_BERLIN):
        for count in (0, 1, 3, 21):
            ends = tuple(a_proxy(nth, ends_in=timedelta(days=nth + 1)) for nth in range(min(count, 3)))
            name = f"board: {count} proxies, {w.language}, {w.zone}"
            yield name, board_screen(w, Board(Decimal("1204.50"), "RUB", count, ends))
    for w in (EN, RU):
        for count in (1, 2, 3, 4, 26):
            dead = tuple(a_proxy(nth) for nth in range(count))
            yield f"board: {count} fail, {w.language}", board_screen(w, Board(SUM, "RUB", 30, dead[:1], dead)).text
        for name, stored in (
            ("none", None),
            ("to come", a_board()),
            ("on", a_board(message_id=5)),
            ("lost", a_board(state="lost")),
        ):
            yield f"board: {name}, {w.language}", switch_screen(w, stored)
        yield f"board: off, {w.language}", off_screen(w)


def a_board(**changed: Any) -> StoredBoard:
    on = StoredBoard(telegram_id=1, state="on", claimed_at=None, message_id=None, pinned=True, mark="")
    return structs.replace(on, **changed)


def states() -> Iterator[State]:
    for table in (money, announcements, failures, boards):
        yield from table()


def test_every_notice_reads_as_approved() -> None:
    approve(__file__, states())
