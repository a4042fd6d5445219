"""One stage of checks at px6: what each answer about a proxy means for it, for the others, and for px6; and how a
message names those that fell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import px6
from model.checks import CheckEntry
from model.errors import StorageError
from services.account.current_client import CurrentClient
from services.notifications.watching_kinds import Seen
from services.proxies.check_histories import CheckHistories
from services.watching import health_round
from services.watching.health_look import MOST_NAMED, named_of
from services.watching.health_round import Asking, Stage
from storage import check_histories
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW, a_proxy
from tests.sample_watches import a_watch
from tests.services.rig import ANNA, Rig, new_rig

TRIES = 3  # of a call that px6 does not answer


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Five proxies run."""
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        for _ in range(5):
            rig.proxy(ends_in=9 * DAY)
        yield rig


async def asked(rig: Rig, number: int, claims: Iterator[bool] | None = None, **given: Any) -> Stage:
    """A stage of a watch for all; in later ones each is a suspect. `claims`: whether the look is this task's."""

    async def keep_claim() -> bool:
        return claims is None or next(claims)

    account, client = await rig.accounts.connected(ANNA)
    histories = CheckHistories(rig.database, rig.px6.clock.now)
    asking = Asking(histories, rig.px6.clock.now, lambda: False, keep_claim)
    suspects = list(rig.account.proxies) if number else []
    watch = a_watch(px6_user_id=account.px6_user_id, stage=number, suspects=suspects, **given)
    return await asking.run(watch, CurrentClient(rig.accounts, account, client))


@pytest.mark.parametrize(
    ("number", "fault", "error_id", "times", "said", "running", "error"),
    [
        (0, "no_before", 30, 4, 1, 5, None),
        (0, "no_before", 230, 4, 1, 1, None),
        (0, "no_before", 404, 4, 1, 1, None),
        (0, "no_before", 100, 1, 0, 5, px6.WrongKey),
        (0, "no_before", 105, 1, 0, 5, px6.WrongAddress),
        (0, "html_before", 0, 2 * TRIES, 3, 5, None),
        (0, "html_before", 0, 3 * TRIES, 0, 5, px6.BadAnswer),
        (1, "html_before", 0, TRIES, 4, 5, px6.NoAnswer),
        (1, "no_before", 30, 4, 1, 5, None),
    ],
)
async def test_only_px6_that_answers_nothing_or_refuses_the_key_ends_a_stage(
    rig: Rig,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    fault: str,
    error_id: int,
    times: int,
    said: int,
    running: int,
    error: type[px6.Px6Error] | None,
) -> None:
    """Proxies that px6 does not want to check would else keep it from being noticed that others have fallen."""
    monkeypatch.setattr(health_round, "WORKERS", 1)
    rig.fault(fault, "check", times=times, error_id=error_id)
    stage = await asked(rig, number)
    assert (len(stage.said), len(stage.running), stage.error and type(stage.error)) == (said, running, error)


@pytest.mark.parametrize(
    ("ago", "again"),
    [
        (MINUTE + SECOND, True),
        (MINUTE, False),
        (timedelta(0), False),
        (-MINUTE, False),
        (-MINUTE - SECOND, True),
    ],
)
async def test_what_px6_said_since_the_stage_began_is_not_asked_again(rig: Rig, ago: timedelta, again: bool) -> None:
    """It began within the second of a minute ago; an answer of a time to come is of before the clock was set back."""
    one, *others = rig.account.proxies
    async with rig.database.write() as connection:
        said = {one: CheckEntry(NOW - ago, False)}
        user_id = rig.account.user_id
        await check_histories.note(connection, ANNA, px6_user_id=user_id, checked=said)
    stage = await asked(rig, 0, began_at=NOW - MINUTE + SECOND / 2)
    ids = sorted(int(call.params["ids"]) for call in rig.requests("check"))
    assert ids == sorted([*([one] if again else []), *others])
    assert stage.said == {one: again} | dict.fromkeys(others, True)
    rig.px6.calls.clear()
    await asked(rig, 0, began_at=None)
    assert len(rig.requests("check")) == 5, "a stage that begins now knows nothing yet"


async def test_a_long_stage_claims_its_look_anew_and_ends_without_a_word_once_it_is_another_tasks(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_round, "WORKERS", 1)
    monkeypatch.setattr(health_round, "CLAIMED_ANEW_AFTER", 2)
    stage = await asked(rig, 0, iter([True, False]))
    assert (stage.cut_off, len(stage.said), len(rig.requests("check"))) == (True, 3, 3)


async def forgotten(rig: Rig) -> None:
    await rig.accounts.forget(ANNA)


async def replaced(rig: Rig) -> None:
    await rig.replaces_key(rig.px6.add_account(balance="1.00").key)


async def has_a_new_key(rig: Rig) -> None:
    await rig.accounts.connect(ANNA, rig.px6.new_key(rig.account.key))


@pytest.mark.parametrize(("change", "calls", "written"), [(forgotten, 1, 0), (replaced, 1, 0), (has_a_new_key, 5, 5)])
async def test_a_stage_goes_on_with_the_key_of_now_and_ends_with_its_account(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, change: Callable[[Rig], Awaitable[None]], calls: int, written: int
) -> None:
    monkeypatch.setattr(health_round, "WORKERS", 1)
    old = rig.account.key
    with rig.held("check"):
        asking, done = asyncio.ensure_future(asked(rig, 0)), asyncio.Event()
        rig.px6.events.subscribe(lambda event: done.set() if event.data.get("method") == "check" else None)
        await done.wait()
        await change(rig)
    stage = await asking
    assert (stage.cut_off, stage.error, len(stage.said)) == (calls == 1, None, calls)
    assert [call.key == old for call in rig.requests("check")] == [True, *[False] * (calls - 1)]
    async with rig.database.read() as connection:
        found = await check_histories.of_proxies(connection, ANNA, list(rig.account.proxies))
    assert len(found) == written


async def test_a_stage_ends_where_it_cannot_be_read_whose_it_is(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_round, "WORKERS", 1)
    monkeypatch.setattr(health_round, "CLAIMED_ANEW_AFTER", 2)
    stage = await asked(rig, 0, (away() for _ in range(5)))
    assert (stage.cut_off, stage.error, len(stage.said)) == (True, None, 1)


def away() -> bool:
    raise StorageError("full")


def test_a_message_names_the_soonest_to_end_each_by_its_country_and_address() -> None:
    """By these a person tells which of their programs stands still."""
    given = {"host": "185.22.134.250", "port": 7330}
    running = {
        15: a_proxy(15, ends_in=2 * DAY, country="de", **given),
        17: a_proxy(17, ends_in=HOUR, country="nl", **given),
        16: a_proxy(16, ends_in=HOUR, country=None, **given),
        18: a_proxy(18, ends_in=HOUR, country="fr", **given),
    }
    at = "185.22.134.250:7330"
    assert named_of([15, 16, 17], running) == (Seen(16, "", at), Seen(17, "nl", at), Seen(15, "de", at))


def test_a_message_names_no_more_than_it_has_room_for() -> None:
    running = {one: a_proxy(one) for one in range(MOST_NAMED + 1)}
    assert [seen.id for seen in named_of(running, running)] == list(range(MOST_NAMED))
