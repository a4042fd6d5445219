"""What is known of an account's proxies, put together from what px6 listed of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from px6 import Proxy, ProxyList, State
from services.proxies.known_list import (
    KnownList,
    as_text,
    completed,
    encoded,
    from_text,
    has_login,
    mark_of,
    merged,
)
from tests.durations import DAY, HOUR
from tests.sample_proxies import NOW, ending

SOON, RUNS, ENDED = ending(DAY, 1), ending(20 * DAY, 2), ending(-DAY, 3)


def listed(*proxies: Proxy, user_id: str = "7", balance: str = "5.00", unreadable: int = 0) -> ProxyList:
    return ProxyList(
        user_id=user_id, balance=Decimal(balance), currency="RUB", proxies=proxies, unreadable=unreadable
    )


WHOLE = merged(None, listed(ENDED, RUNS, SOON), State.ALL, NOW)


def ids(known: KnownList | None, state: State = State.ALL) -> list[int] | None:
    found = None if known is None else known.in_state(state, NOW)
    return None if found is None else [proxy.id for proxy in found.proxies]


def test_what_px6_listed_whole_is_known_in_every_state() -> None:
    assert [ids(WHOLE, state) for state in (State.ALL, State.ACTIVE, State.EXPIRING, State.EXPIRED)] == [
        [1, 2, 3],
        [1, 2],
        [1],
        [3],
    ]
    later = WHOLE.in_state(State.ACTIVE, NOW + 2 * DAY)
    assert later is not None
    assert [proxy.id for proxy in later.proxies] == [2], "what ended since runs no longer"


@pytest.mark.parametrize(
    ("state", "shown", "hidden"),
    [
        (State.ACTIVE, {State.ACTIVE, State.EXPIRING}, {State.ALL, State.EXPIRED}),
        (State.EXPIRED, {State.EXPIRED}, {State.ALL, State.ACTIVE, State.EXPIRING}),
        (State.EXPIRING, set(), set(State)),
    ],
)
def test_what_px6_never_listed_is_not_known(state: State, shown: set[State], hidden: set[State]) -> None:
    known = merged(None, listed(*([ENDED] if state is State.EXPIRED else [SOON])), state, NOW)
    assert {each for each in State if ids(known, each) is not None} == shown
    assert {each for each in State if ids(known, each) is None} == hidden


@pytest.mark.parametrize(
    ("state", "told", "left"),
    [
        (State.ACTIVE, (RUNS,), [2, 3]),
        (State.ACTIVE, (), [3]),
        (State.EXPIRED, (), [1, 2]),
        (State.EXPIRING, (), [1, 2, 3]),
        (State.ALL, (RUNS,), [2]),
    ],
)
def test_what_is_no_longer_listed_is_gone_and_the_rest_stays(
    state: State, told: tuple[Proxy, ...], left: list[int]
) -> None:
    known = merged(WHOLE, listed(*told, balance="4.00"), state, NOW)
    assert ids(known) == left
    assert known.listed.balance == Decimal("4.00")


def test_another_accounts_list_is_mixed_with_none() -> None:
    others = merged(WHOLE, listed(RUNS, user_id="8"), State.ACTIVE, NOW)
    assert (ids(others), ids(others, State.ACTIVE)) == (None, [2])
    assert completed(others, WHOLE, NOW) == others


def test_what_was_not_listed_since_comes_from_what_was_kept() -> None:
    longer = structs.replace(SOON, ends_at=NOW + 9 * DAY)
    running = merged(None, listed(longer), State.ACTIVE, NOW)
    whole = completed(running, WHOLE, NOW)
    assert ids(whole) == [1, 3], "the one that runs no more was not listed, so it is gone"
    assert whole.listed.proxies[0] == longer
    assert completed(running, None, NOW) == running
    assert completed(WHOLE, running, NOW) is WHOLE
    ended = completed(merged(None, listed(ENDED), State.EXPIRED, NOW), WHOLE, NOW)
    assert ids(ended) == [1, 2, 3]
    assert ids(completed(merged(None, listed(), State.ACTIVE, NOW), running, NOW + HOUR)) is None


def test_a_text_has_all_but_logins_and_passwords() -> None:
    known = merged(WHOLE, listed(RUNS, SOON, unreadable=2), State.ACTIVE, NOW)
    opened = from_text(as_text(encoded(known)))
    assert opened == structs.replace(
        known,
        listed=structs.replace(
            known.listed,
            proxies=tuple(structs.replace(proxy, user="", password="") for proxy in known.listed.proxies),
        ),
    )
    assert [has_login(proxy) for proxy in opened.listed.proxies] == [False] * 3
    assert all(map(has_login, known.listed.proxies))
    assert encoded(opened) == encoded(known)
    assert RUNS.password.encode() not in encoded(known)


def test_a_mark_is_another_one_whenever_the_text_is() -> None:
    known = [
        WHOLE,
        merged(WHOLE, listed(SOON, RUNS, balance="4.99"), State.ACTIVE, NOW),
        merged(None, listed(SOON, RUNS, ENDED), State.ACTIVE, NOW),
        merged(None, listed(structs.replace(SOON, comment="x"), RUNS, ENDED), State.ALL, NOW),
    ]
    assert len({mark_of(encoded(each)) for each in known}) == len(known)
    again = merged(None, listed(structs.replace(SOON, password="new"), RUNS, ENDED), State.ALL, NOW)
    assert mark_of(encoded(again)) == mark_of(encoded(WHOLE))
