"""No more than 3 calls in any sliding second, counted as received."""

from __future__ import annotations

from tests.sandbox.px6.conftest import Api


async def statuses(api: Api, *moments: float) -> list[int | None]:
    api.state.rules.limit = 3
    began = api.ticks.now
    seen = []
    for moment in moments:
        api.ticks.now = began + moment
        seen.append((await api.raw("/getcountry")).status)
    return seen


async def test_the_fourth_call_within_a_second_is_429_with_an_empty_body(api: Api) -> None:
    assert await statuses(api, 0, 0.5, 0.9) == [200, 200, 200]
    answer = await api.raw("/getcountry")
    assert (answer.status, answer.body) == (429, b"")
    assert "retry-after" not in answer.headers


async def test_the_second_slides(api: Api) -> None:
    assert await statuses(api, 0, 0.5, 0.9, 0.99, 1.0, 1.4, 1.5, 1.6) == [200, 200, 200, 429, 200, 429, 200, 429]


async def test_refused_calls_are_logged_and_do_nothing(api: Api) -> None:
    api.state.rules.limit = 0
    assert (await api.raw("/buy?count=1&period=7&country=ru")).status == 429
    [call] = api.state.calls
    assert (call.status, call.processed) == (429, False)
    assert api.account.balance == 100


async def test_each_key_has_its_own_limit_unless_addresses_are_counted(api: Api) -> None:
    assert await statuses(api, 0, 0, 0) == [200, 200, 200]
    first, api.account = api.account, api.state.add_account()
    assert (await api.raw("")).status == 200
    assert (api.state.meter(first.key), api.state.meter(api.account.key)) == (3, 1)
    api.state.rules.limit_by = "address"
    api.ticks.now += 5
    for account in (first, api.account, first):
        api.account = account
        assert (await api.raw("")).status == 200
    assert (await api.raw("")).status == 429
