"""Failures on the wire: what is repeated, what never is, and what the caller is told. Raw requests are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import px6
from px6 import Protocol, Px6Client, Px6Pool, Throttle, newer
from px6.calls import Calls
from px6.transport import MOST_BYTES, Transport
from tests.px6.clock import Clock
from tests.px6.conftest import no_pause, quick_client, until
from tests.px6.server import KEY, Fault, Px6, Reply, Request, Script, closed_port, refused, said, serving

CHANGES: dict[str, Callable[[Px6Client], Awaitable[Any]]] = {
    "buy": lambda c: c.buy(1, 7, "ru"),
    "prolong": lambda c: c.prolong(7, [1]),
    "delete": lambda c: c.delete(ids=[1]),
    "settype": lambda c: c.set_type([1], Protocol.SOCKS),
    "setdescr": lambda c: c.set_comment("a", ids=[1]),
    "ipauth": lambda c: c.bind_addresses([]),
}
WEIGHTY = {"buy", "prolong", "delete"}
OPEN: dict[str, Script] = {
    "dropped": Fault.DROP,
    "cut short": Fault.HALF,
    "500": Reply(500, b"<html>"),
    "503": Reply(503),
    "redirect": Reply(302, headers="Location: /api/elsewhere\r\n"),
    "HTML": Reply(200, b"<html>Checking your browser"),
    "broken JSON": Reply(200, b'{"status":"yes","user'),
    "coding": Reply(200, b"\x1f\x8b", "Content-Encoding: gzip\r\n"),
    "no HTTP": Reply(200, b"x", "Broken header\r\n"),
}
BEFORE_ANYTHING = (100, 105, 110, 200, 210, 220, 230, 240, 250, 260, 270, 280, 300, 400, 404, 410)
"""What px6's document says of these is found before anything is done."""
LATE = 1.0
"""Seconds: long enough for a busy machine to deliver a request, the only real wait of these tests."""
DONE = said(price=1, period=7, count=1, list=[])


@pytest.mark.parametrize("kept_alive", [False, True], ids=["fresh", "kept alive"])
@pytest.mark.parametrize("fault", OPEN.values(), ids=OPEN)
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_sent_once_whatever_comes_back(
    server: Px6, client: Px6Client, name: str, fault: Script, kept_alive: bool
) -> None:
    if kept_alive:
        await client.account()
    server.then(fault)
    with pytest.raises(px6.OutcomeUnknown) as caught:
        await CHANGES[name](client)
    assert server.methods.count(name) == 1
    assert server.requests[-1].connection == 1
    assert (caught.value.method, caught.value.money_may_have_moved) == (name, name in ("buy", "prolong"))


async def test_a_change_without_an_answer_in_time_is_open(server: Px6) -> None:
    async with quick_client([server.url, server.url], timeout=LATE) as client:
        await client.account()
        server.otherwise = Fault.SILENCE
        errors = await asyncio.gather(*(call(client) for call in CHANGES.values()), return_exceptions=True)
    assert [type(error) for error in errors] == [px6.OutcomeUnknown] * len(CHANGES)
    assert all("no answer within" in str(error) for error in errors)
    assert sorted(server.methods) == sorted(["", *CHANGES])


@pytest.mark.parametrize("name", sorted(set(CHANGES) - WEIGHTY))
async def test_a_change_that_costs_and_destroys_nothing_goes_out_again_after_429(
    server: Px6, client: Px6Client, name: str
) -> None:
    server.then(Reply(429), Reply(429), DONE)
    await CHANGES[name](client)
    assert server.methods == [name] * 3


@pytest.mark.parametrize("name", sorted(WEIGHTY))
async def test_what_costs_or_destroys_is_not_sent_again_by_the_client(
    server: Px6, client: Px6Client, name: str
) -> None:
    server.otherwise = Reply(429)
    with pytest.raises(px6.TooManyCalls):
        await CHANGES[name](client)
    assert server.methods == [name]


async def test_an_open_outcome_after_a_429_is_open(server: Px6, client: Px6Client) -> None:
    server.then(Reply(429), Fault.DROP)
    with pytest.raises(px6.OutcomeUnknown):
        await client.set_comment("a", ids=[1])
    assert len(server.requests) == 2


@pytest.mark.parametrize("number", [0, 30, 31, 999])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_no_with_a_number_that_does_not_tell_leaves_open_what_costs_or_destroys(
    server: Px6, client: Px6Client, name: str, number: int
) -> None:
    server.then(Reply(body=b'{"status":"no","error_id":%d,"error":"Error"}' % number))
    with pytest.raises(px6.OutcomeUnknown if name in WEIGHTY else px6.Refused) as caught:
        await CHANGES[name](client)
    assert getattr(caught.value, "error_id", None) == number


@pytest.mark.parametrize("number", BEFORE_ANYTHING)
@pytest.mark.parametrize("name", sorted(WEIGHTY))
async def test_a_no_with_a_number_of_before_anything_is_a_refusal(
    server: Px6, client: Px6Client, name: str, number: int
) -> None:
    server.then(Reply(body=b'{"status":"no","error_id":%d}' % number))
    with pytest.raises(px6.Refused):
        await CHANGES[name](client)


@pytest.mark.parametrize("fault", OPEN.values(), ids=OPEN)
async def test_a_read_is_tried_again(server: Px6, client: Px6Client, fault: Script) -> None:
    server.then(fault, fault)
    assert (await client.account()).user_id == "1"
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", OPEN.values(), ids=OPEN)
async def test_a_read_gives_up_after_three_tries(server: Px6, client: Px6Client, fault: Script) -> None:
    server.otherwise = fault
    with pytest.raises(px6.NoAnswer) as caught:
        await client.account()
    assert len(server.requests) == 3
    assert not caught.value.money_may_have_moved


async def test_a_read_that_took_its_whole_time_is_not_repeated(server: Px6) -> None:
    server.then(said(count=1))
    async with quick_client([server.url], timeout=LATE) as client:
        await client.stock("ru")
        server.otherwise = Fault.SILENCE
        with pytest.raises(px6.NoAnswer, match="within"):
            await client.account()
    assert server.methods == ["getcount", ""]


@pytest.mark.parametrize(("seconds", "requests"), [(14.5, 2), (15.0, 1), (16.0, 1)])
async def test_a_read_is_repeated_only_if_it_failed_within_half_of_its_time(
    server: Px6, seconds: float, requests: int
) -> None:
    clock = Clock()

    def late(request: Request) -> Reply:
        clock.pass_by(seconds)
        return Reply(503)

    server.then(late)
    async with Px6Client(
        KEY, urls=[server.url], timeout=30.0, clock=clock, throttle=Throttle(9), sleep=no_pause
    ) as client:
        await asyncio.gather(client.account(), return_exceptions=True)
    assert len(server.requests) == requests


async def test_whoever_asked_to_hear_of_it_hears_of_every_429(server: Px6) -> None:
    heard: list[str] = []
    transport = Transport([server.url])
    calls = Calls(KEY, transport, Throttle(9), sleep=no_pause, on_too_many=lambda: heard.append("429"))
    server.then(Reply(429), Reply(503), Reply(429))
    with pytest.raises(px6.TooManyCalls):
        await calls.read(newer.ACCOUNT, {}, background=False)
    await transport.close()
    assert heard == ["429", "429"]


async def test_the_observer_hears_of_every_request_what_went_wrong_and_how_long_it_took(server: Px6) -> None:
    heard: list[tuple[str, str, float]] = []
    clock = Clock()

    def observer(method: str, error: px6.Px6Error | None, seconds: float) -> None:
        heard.append((method, type(error).__name__, seconds))

    def late(_: Request) -> Reply:
        clock.pass_by(2.5)
        return Reply(503)

    given = {"clock": clock, "sleep": no_pause, "observer": observer}
    async with Px6Client(KEY, urls=[server.url], throttle=Throttle(9), **given) as client:  # type: ignore[arg-type]
        server.then(late, Reply(429), refused(100))
        with pytest.raises(px6.WrongKey):
            await client.account()
        server.then(Reply(503))
        with pytest.raises(px6.OutcomeUnknown):
            await client.buy(1, 7, "ru")
    pool = Px6Pool([server.url], **given)  # type: ignore[arg-type]
    await pool.client(KEY).account()
    await pool.close()
    assert heard == [
        ("account", "NoAnswer", 2.5),
        ("account", "TooManyCalls", 0.0),
        ("account", "WrongKey", 0.0),
        ("buy", "OutcomeUnknown", 0.0),
        ("account", "NoneType", 0.0),
    ]


async def test_a_no_with_a_number_is_an_answer_and_its_address_is_kept(server: Px6) -> None:
    async with serving() as other, quick_client([server.url, other.url]) as client:
        server.then(refused(31), Reply(200, b"<html>"))
        for _ in range(2):
            with pytest.raises(px6.OutcomeUnknown):
                await client.buy(1, 7, "ru")
        assert (server.methods, other.methods) == (["buy", "buy"], [])
        await client.account()
        assert other.methods == [""], "after an answer that is none the next address comes first"


@pytest.mark.parametrize(("more", "is_sent"), [(0, True), (1, False)])
async def test_a_url_of_4096_bytes_is_sent_and_no_longer_one(
    server: Px6, client: Px6Client, more: int, is_sent: bool
) -> None:
    server.otherwise = said(count=1)
    rest = len(f"{server.url}/{KEY}/setdescr/?new=&old=a")
    comment = "x" * (4096 - rest + more)
    if is_sent:
        await client.set_comment(comment, old="a")
    else:
        with pytest.raises(ValueError, match="more than 4096 bytes of URL"):
            await client.set_comment(comment, old="a")
    assert len(server.requests) == int(is_sent)


async def test_pauses_between_tries_grow(server: Px6) -> None:
    clock = Clock()
    server.then(Reply(503), Reply(429))
    async with Px6Client(KEY, urls=[server.url], clock=clock, sleep=clock.sleep) as client:
        call = asyncio.ensure_future(client.account())
        await until(lambda: clock.sleeping == 0.3)
        await clock.move(0.3)
        await until(lambda: clock.sleeping == 1.0)
        await clock.move(1.0)
        await call
    assert len(server.requests) == 3


@pytest.mark.parametrize("name", [*CHANGES, ""])
async def test_the_next_address_is_used_when_one_cannot_be_reached(server: Px6, name: str) -> None:
    server.otherwise = DONE
    dead = f"http://127.0.0.1:{await closed_port()}/api"
    async with quick_client([dead, server.url]) as client:
        await (CHANGES[name](client) if name else client.account())
    assert server.methods == [name]


async def test_an_unreachable_address_is_left_alone_for_a_minute(server: Px6) -> None:
    clock, port = Clock(), await closed_port()
    async with Px6Client(
        KEY, urls=[f"http://127.0.0.1:{port}/api", server.url], clock=clock, throttle=Throttle(9), sleep=no_pause
    ) as client:
        await client.account()
        async with serving(port) as back:
            await clock.move(59)
            await client.account()
            assert back.requests == []
            await clock.move(2)
            await client.account()
            assert len(back.requests) == 1
    assert len(server.requests) == 2


async def test_without_any_address_nothing_was_sent() -> None:
    dead = [f"http://127.0.0.1:{await closed_port()}/api" for _ in range(2)]
    async with quick_client(dead) as client:
        for call in (client.buy(1, 7, "ru"), client.account()):
            with pytest.raises(px6.Unreachable, match=r"127\.0\.0\.1") as caught:
                await call
            assert not caught.value.money_may_have_moved


async def test_a_read_goes_on_at_the_next_address_when_one_answers_nonsense(server: Px6) -> None:
    async with serving() as other, quick_client([server.url, other.url]) as client:
        server.otherwise = Reply(500)
        await client.account()
        await client.account()
        assert (len(server.requests), len(other.requests)) == (1, 2)


async def test_a_change_does_not_go_on_at_the_next_address(server: Px6) -> None:
    async with serving() as other, quick_client([server.url, other.url]) as client:
        server.otherwise = Fault.DROP
        with pytest.raises(px6.OutcomeUnknown):
            await client.buy(1, 7, "ru")
        assert (server.methods, other.methods) == (["buy"], [])


async def test_a_redirect_is_not_followed(server: Px6) -> None:
    async with serving() as other, quick_client([server.url]) as client:
        server.otherwise = Reply(307, headers=f"Location: {other.url}/{KEY}/buy/\r\n")
        with pytest.raises(px6.OutcomeUnknown):
            await client.buy(1, 7, "ru")
        assert other.requests == []


async def test_a_cancelled_purchase_is_not_sent_again(server: Px6, client: Px6Client) -> None:
    server.then(Fault.SILENCE)
    call = asyncio.ensure_future(client.buy(1, 7, "ru"))
    await until(lambda: bool(server.requests))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await client.account()
    assert server.methods == ["buy", ""]


async def test_an_answer_without_end_is_not_read_into_memory(server: Px6, client: Px6Client) -> None:
    body = said(price=1).body
    server.then(Reply(body=b" " * (MOST_BYTES + 1)), Reply(body=b" " * (MOST_BYTES - len(body)) + body))
    with pytest.raises(px6.OutcomeUnknown, match="more than 8388608 bytes"):
        await client.delete(ids=[11])
    assert (await client.account()).user_id == "1"
    assert len(server.requests) == 2, "up to there it is read"
